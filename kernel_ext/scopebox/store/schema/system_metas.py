"""What a Directus says of its system collections, in its order: of those too of which a store keeps nothing."""

from __future__ import annotations

from typing import Final

PREFIX: Final = "directus_"
"""What the names of system collections begin with."""
Meta = dict[str, object]
_ICONS: Final = {
    "access": "admin_panel_settings", "activity": None, "collections": "database", "comments": None, "fields": "input", "files": "folder",
    "folders": None, "migrations": None, "permissions": "admin_panel_settings", "policies": "admin_panel_settings", "presets": "bookmark",
    "relations": "merge_type", "revisions": None, "roles": "supervised_user_circle", "sessions": None, "settings": None, "users": "people_alt",
    "dashboards": None, "panels": None, "notifications": None, "shares": "share", "flows": None, "operations": None, "translations": None,
    "versions": None, "extensions": None, "deployments": "cloud_upload", "deployment_projects": None, "deployment_runs": None,
}  # fmt: skip
_TEMPLATES: Final = {
    "access": "{{ policy.name }}", "files": "{{ $thumbnail }} {{ title }}", "folders": "{{ name }}",
    "users": "{{ first_name }} {{ last_name }}",
}  # fmt: skip
_UNTRACKED: Final = ("activity", "presets", "revisions")  # changes of these leave no trace
_BESIDES: Final[dict[str, Meta]] = {
    "access": {"sort_field": "sort"},
    "users": {"archive_field": "status", "archive_value": "archived", "unarchive_value": "draft"},
}


def _meta(name: str) -> Meta:
    return {
        "collection": f"{PREFIX}{name}",
        "hidden": False,
        "singleton": name == "settings",
        "icon": _ICONS[name],
        "note": f"$t:directus_collection.{PREFIX}{name}",
        "translations": None,
        "display_template": _TEMPLATES.get(name),
        "accountability": None if name in _UNTRACKED else "all",
        **_BESIDES.get(name, {}),
        "system": True,
    }


METAS: Final[dict[str, Meta]] = {f"{PREFIX}{name}": _meta(name) for name in _ICONS}
"""The meta of each system collection, by its name."""
