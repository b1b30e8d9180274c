"""What the reference says that stands in no docstring; tests/unit/test_reference.py holds that nothing is missing."""

from __future__ import annotations

from typing import Final

REASONS: Final = {
    "undeclared": "the manifest does not ask for it",
    "denied": "the manifest asks for it as optional, and it is not granted",
    "url": "no URL of the entry covers the request, or a secret would go where it must not",
    "method": "the entry does not allow the method",
    "address": "the host is a private address, which the entry does not name exactly or the sandbox does not allow",
    "role": "the role may not do that with these items",
}
# What is documented of each class: its public members, or the ones that are named.
CLASSES: Final[dict[str, tuple[str, ...] | None]] = {
    "scopebox.sandbox.sandbox:Sandbox": (
        *(
            "load",
            "aload",
            "load_file",
            "load_package",
            "aload_package",
            "unload",
            "extensions",
            "endpoints",
            "hooks",
            "operations",
            "request",
        ),
        *("arequest", "run_operation", "arun_operation", "emit_filter", "emit_action", "items", "mock", "serve"),
        *("isolation", "accept_isolation", "subscribe", "close", "view"),
        *("settings", "store", "app", "log", "trace", "mocks", "secrets", "pool", "decisions"),
    ),
    "scopebox.extension.extension:Extension": ("grants", "manifest", "result", "warnings", "alive", "unload", "view"),
    "scopebox.extension.result:RunResult": None,
    "scopebox.grants.grants:Grants": ("grant", "deny", "undeclared"),
    "scopebox.grants.grants:Grant": None,
    "scopebox.manifest.manifest:Manifest": None,
    "scopebox.manifest.permission:Permission": None,
    "scopebox.sandbox.items:Items": None,
    "scopebox.network.mocks:Mocks": ("add", "load", "clear"),
    "scopebox.network.mocks:Replay": None,
    "scopebox.network.mocks:Mock": ("method", "url", "status", "calls", "called"),
    "scopebox.network.mocks:MockCall": None,
    "scopebox.network.secrets:Secrets": (),
    "scopebox.journal.ring:Ring": ("last", "dropped", "since", "clear", "export"),
    "scopebox.journal.records:LogRecord": None,
    "scopebox.journal.records:CallRecord": None,
    "scopebox.registry.registrations:Usage": ("calls", "last_status", "last_error", "median_seconds"),
    "scopebox.server.serving:Server": ("url", "port", "stop"),
    "scopebox.store.store:Store": (
        *("sample", "from_project", "create_collection", "load_snapshot", "from_dataframe", "collections", "count"),
        *("schema", "access", "notes", "sql", "fork", "close"),
    ),
    "scopebox.store.access:Access": ("users", "roles", "policies", "read", "for_role", "for_token"),
    "scopebox.store.access:Accountability": None,
    "scopebox.isolate.report:IsolationReport": ("level", "mechanisms", "meaning", "possible"),
    "scopebox.isolate.pool:IsolatePool": ("isolation", "close"),
    "scopebox.notebook.background:BackgroundRun": ("done", "result", "cancel"),
    "scopebox.workbench.tryout:Rehearsal": None,
    "scopebox.workbench.tryout:Step": None,
    "scopebox_widgets:Panel": ("open", "close"),
}
FUNCTIONS: Final = (
    "scopebox:current_sandbox",
    *(
        "scopebox.workbench.tryout:emit_filter",
        "scopebox.workbench.tryout:emit_action",
        "scopebox.workbench.tryout:run_operations",
    ),
    "scopebox.extension.least_privilege:suggest",
)
