"""The system collections of a Directus that relations lead to: users, roles, policies, files and folders, as far as a store keeps them.

They are read along relations and by routes of their own, and no request writes them. What only the server of a Directus acts on
(permissions, presets, activity) is not among them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from scopebox.store.schema.schema import NO_DEFAULT, Collection, Field, Relation, Schema
from scopebox.store.schema.system_metas import METAS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox.store.schema.schema import DeleteRule

NAMES: Final = frozenset(METAS)
"""The names of all system collections of a Directus."""
USERS: Final = "directus_users"
ROLES: Final = "directus_roles"
POLICIES: Final = "directus_policies"
ACCESS: Final = "directus_access"
FILES: Final = "directus_files"
FOLDERS: Final = "directus_folders"
MASK: Final = "**********"
"""What stands in the place of a secret that is set; the secret itself is never kept."""

_USERS: Final = """
    first_name string 50; last_name string 50; email string 128; password string 255 hash conceal; location string 255; title string 50
    description text; tags json; avatar uuid; language string 255; tfa_secret string 255 conceal; status string 16 = active; role uuid
    token string 255 conceal; last_access timestamp; last_page string 255; provider string 128 = default; external_identifier string 255
    auth_data json; email_notifications boolean = true; appearance string 255; theme_dark string 255; theme_light string 255
    theme_light_overrides json; theme_dark_overrides json; text_direction string 255 = auto; policies m2m
"""
_ROLES: Final = """
    name string 100; icon string 64 = supervised_user_circle; description text; parent uuid; children o2m; policies m2m; users o2m
"""
_POLICIES: Final = """
    name string 100; icon string 64 = badge; description text; ip_access csv; enforce_tfa boolean = false; admin_access boolean = false
    app_access boolean = false; users m2m; roles m2m
"""
_FILES: Final = """
    storage string 255; filename_disk string 255; filename_download string 255; title string 255; type string 255; folder uuid
    uploaded_by uuid; created_on timestamp; modified_by uuid; modified_on timestamp; charset string 50; filesize bigInteger
    width integer; height integer; duration integer; embed string 200; description text; location text; tags json; metadata json
    focal_point_x integer; focal_point_y integer; tus_id string 64; tus_data json; uploaded_on timestamp
"""
_FIELDS: Final = {
    USERS: _USERS, ROLES: _ROLES, POLICIES: _POLICIES, FILES: _FILES, FOLDERS: "name string 255; parent uuid",
    ACCESS: "role uuid; user uuid; policy uuid; sort integer",
}  # fmt: skip
_RELATIONS: Final = (
    f"{USERS}.role {ROLES} users", f"{USERS}.avatar {FILES}", f"{ROLES}.parent {ROLES} children", f"{FOLDERS}.parent {FOLDERS}",
    f"{FILES}.folder {FOLDERS}", f"{FILES}.uploaded_by {USERS}", f"{FILES}.modified_by {USERS}",
    f"{ACCESS}.policy {POLICIES} roles role", f"{ACCESS}.policy {POLICIES} users user", f"{ACCESS}.role {ROLES} policies policy",
    f"{ACCESS}.user {USERS} policies policy",
)  # fmt: skip
_REFERENCES: Final = frozenset(text.split()[0].partition(".")[2] for text in _RELATIONS)
_LISTS: Final = ("o2m", "m2m")


def with_system(schema: Schema) -> Schema:
    """Return ``schema`` with the system collections, and the relations among them, that it does not have yet."""
    system = {**COLLECTIONS, **schema.system}
    return replace(schema, system=system, system_relations=RELATIONS)


def both(one: Mapping[str, Collection], other: Mapping[str, Collection]) -> dict[str, Collection]:
    """Return system collections with the fields that they have on either side."""
    return {
        name: replace(entry, fields={**entry.fields, **(other[name].fields if name in other else {})})
        for name, entry in {**other, **one}.items()
    }


def _field(text: str) -> Field:
    """Return the field that a line says: name, type, length, and ``=`` before its default."""
    said, _, default = text.partition(" = ")
    name, type_, *more = said.split()
    kind = "m2o" if name in _REFERENCES else type_ if type_ in _LISTS else ""
    value = {"": NO_DEFAULT, "true": True, "false": False}.get(default, default)
    return Field(
        name,
        "alias" if type_ in _LISTS else type_,  # type: ignore[arg-type]
        default=value,
        max_length=next((int(part) for part in more if part.isdigit()), None),
        special=tuple(flag for flag in more if flag in ("hash", "conceal")),
        kind=kind,  # type: ignore[arg-type]
    )


def _collection(name: str, fields: str) -> Collection:
    listed = [line.strip() for line in fields.strip().replace("\n", ";").split(";")]
    key = Field("id", "uuid", primary_key=True, nullable=False, special=("uuid",))
    return Collection(name, {key.name: key, **{field.name: field for field in map(_field, listed)}}, tracking=False)


def _relation(text: str) -> Relation:
    side, one, *more = text.split()
    many, _, field = side.partition(".")
    alias, junction = (*more, None, None)[:2]
    rule: DeleteRule = "CASCADE" if many == ACCESS else "SET NULL"
    return Relation(
        many, field, one, alias, junction, on_delete=rule, sort_field="sort" if alias == "policies" else None
    )


RELATIONS: Final = tuple(map(_relation, _RELATIONS))
"""The relations among system collections."""

COLLECTIONS: Final = {name: _collection(name, fields) for name, fields in _FIELDS.items()}
"""The system collections by name, as a Directus has them without custom fields."""
