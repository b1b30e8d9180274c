"""What scopebox raises."""

from scopebox.errors.tree import (
    CancelledRun,
    DirectusError,
    ExtensionError,
    ExtensionSyntaxError,
    GrantError,
    IsolateDied,
    IsolationError,
    LimitError,
    ManifestError,
    MockError,
    PackageError,
    PullError,
    SchemaError,
    ScopeboxError,
    SettingsError,
    UnknownNameError,
)

__all__ = [
    "CancelledRun",
    "DirectusError",
    "ExtensionError",
    "ExtensionSyntaxError",
    "GrantError",
    "IsolateDied",
    "IsolationError",
    "LimitError",
    "ManifestError",
    "MockError",
    "PackageError",
    "PullError",
    "SchemaError",
    "ScopeboxError",
    "SettingsError",
    "UnknownNameError",
]
