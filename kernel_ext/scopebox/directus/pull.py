"""Pulling a project from a live Directus: its schema, who may do what, and a bounded sample of items, into a folder.

It only reads, with the rights of the token's user. What is whole in the folder stays there if it ends early, and the same pull goes
on from it.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from scopebox.directus.access_records import read_access, users_of
from scopebox.directus.description import FILES, FOLDERS, USERS, Description, Table, described, objects, read_snapshot
from scopebox.directus.licence import IGNORED, ignores_rules
from scopebox.directus.listing import PAGE
from scopebox.directus.pull_folder import SNAPSHOT, PullFolder
from scopebox.directus.sampling import Sampling, table_of
from scopebox.directus.withheld import PERSONAL, USER_PERSONAL, USER_PLAIN, excluded
from scopebox.errors import PullError
from scopebox.store.sources.pulled import LeftOut, Options, left_out_lines
from scopebox.text.messages import hint, quote
from scopebox.text.visible import clean
from scopebox.views.parts import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from scopebox.directus.client import Client, Say

MAX_ITEMS: Final = 5_000  # of a collection
KNOWN: Final = ("11", "12")  # versions of Directus
SCHEMA: Final = "schema"  # parts of a pull that are no collections
ACCESS: Final = "access"
FILE_FIELDS: Final = (
    "id", "storage", "filename_disk", "filename_download", "title", "type", "folder", "uploaded_by", "created_on", "uploaded_on",
    "modified_by", "modified_on", "charset", "filesize", "width", "height", "duration", "embed", "description", "tags",
    "focal_point_x", "focal_point_y",
)  # fmt: skip


def pull(client: Client, path: Path, options: Options, say: Say) -> PullFolder:
    """Write the folder ``path`` from the Directus of ``client``, and tell ``say`` what was done, a line at a time.

    A pull that is finished is left as it is. PullError, and what is whole stays, for everything that goes wrong.
    """
    if not 0 <= options.items <= MAX_ITEMS:
        raise PullError(f"--items has to lie between 0 and {MAX_ITEMS:,}, not {options.items:,}")
    folder = PullFolder.open(path, client.address, options)
    record = folder.record
    if record.finished:
        say(f"{path} is finished since {record.finished}, nothing was asked; remove it, or name another, to pull anew")
        return folder
    if client.exposed:
        say(
            "the token travels unencrypted, and whoever is on the way can read it: https keeps it between the two of you"
        )
    info = client.identify()
    version = info.get("version")
    version = clean(version, 40) if isinstance(version, str) else ""
    say(f"Directus {version or '(it does not say which version)'} at {client.address}")
    description = _description(client, folder, version, say)
    folder.leave_out(_left_out(description, options))
    tables = _tables(description, options, record.left_out)
    page = _page(info)
    if not folder.is_whole(ACCESS) and ignores_rules(client, info):
        say(IGNORED)
        folder.note([IGNORED])
    try:
        access = _access(client, folder, page, say)
        sampling = Sampling(client, description, folder, tables, page=page, say=say)
        sampling.want(USERS, access)
        for name in _sampled(tables, options):
            sampling.take(name)
        sampling.follow()
    except BaseException:
        with suppress(PullError):  # what ended it is said; a part that is not noted as whole is asked for once more
            folder.save()
        raise
    record.finished = _now()
    folder.save()
    return folder


def _description(client: Client, folder: PullFolder, version: str, say: Say) -> Description:
    """Return the schema; it is read unless an earlier run did, and the folder begins with it."""
    record = folder.record
    if folder.is_whole(SCHEMA) and folder.has(SNAPSHOT):
        say(f"schema: there already, the pull of {record.begun} goes on")
        return described(folder.read_json(SNAPSHOT))
    found, notes = read_snapshot(client, version)
    description = described(found)
    # Whatever the user names has to be there, before anything is written.
    _tables(description, record.options, _left_out(description, record.options))
    record.directus, record.begun = version, _now()
    if version and version.partition(".")[0] not in KNOWN:
        notes.append(
            f"Directus {version}: pull knows {' and '.join(KNOWN)}, others may differ in ways that it does not see"
        )
    folder.note(notes)
    folder.begin()
    folder.write_json(SNAPSHOT, found)
    folder.finish(SCHEMA)
    schema = description.schema
    fields = sum(len(entry.fields) for entry in schema.collections.values())
    say(f"schema: {counted(len(schema.collections), 'collection')}, {counted(fields, 'field')}")
    return description


def _left_out(description: Description, options: Options) -> list[LeftOut]:
    """Return what is never taken, and what the user excludes."""
    known = {name: description.columns(name) for name in description.schema.collections}
    users = (*USER_PLAIN, *USER_PERSONAL, *description.user_fields)
    system = {USERS: users, FILES: FILE_FIELDS, FOLDERS: ("id", "name", "parent")}
    known |= {name: {field: field == "id" for field in fields} for name, fields in system.items()}
    found = [*description.withheld]
    if not options.with_users:
        keys = {link.field for link in description.links if link.many == USERS}
        personal = [*USER_PERSONAL, *(field for field in description.user_fields if field not in keys)]
        found += [LeftOut(USERS, field, PERSONAL) for field in personal]
    return list(
        {(entry.collection, entry.field): entry for entry in [*found, *excluded(options.exclude, known)]}.values()
    )


def _tables(description: Description, options: Options, left_out: Iterable[LeftOut]) -> dict[str, Table]:
    """Return what may be read but for what is ``left_out``, by collection; PullError for a collection that the user names and there is not."""
    names = description.schema.collections
    for name in options.collections:
        if name not in names:
            raise PullError(f"--collections {quote(name)}: there is no such collection", hint=hint(name, names))
    gone: dict[str, set[str]] = {}
    for entry in left_out:
        gone.setdefault(entry.collection, set()).add(entry.field)
    users = (*USER_PLAIN, *USER_PERSONAL, *description.user_fields)
    system = (
        Table(USERS, "/users", "id", tuple(field for field in users if field not in gone.get(USERS, ()))),
        Table(FILES, "/files", "id", tuple(field for field in FILE_FIELDS if field not in gone.get(FILES, ()))),
        Table(FOLDERS, "/folders", "id", ("id", "name", "parent")),
    )
    tables = [*(table_of(description, name, gone.get(name, ())) for name in names), *system]
    if not options.items:
        tables = [table for table in tables if table.name == USERS]
    return {table.name: table for table in tables if "" not in gone.get(table.name, ())}


def _sampled(tables: Mapping[str, Table], options: Options) -> list[str]:
    """Return the collections that are sampled; others come as far as those refer to them."""
    if not options.items:
        return []
    return [name for name in tables if name in options.collections or not options.collections]


def _page(info: Mapping[str, object]) -> int:
    """Return how many items one request may ask for."""
    limits = info.get("queryLimit")
    most = limits.get("max") if isinstance(limits, dict) else None
    return min(most, PAGE) if isinstance(most, int) and most > 0 else PAGE


def _access(client: Client, folder: PullFolder, page: int, say: Say) -> list[str]:
    """Write who may do what, unless an earlier run did; return the keys of the users that have policies of their own."""
    if folder.is_whole(ACCESS):
        return users_of(objects(folder.read_json("access.json")))
    access = read_access(client, page)
    for kind, records in access.kinds.items():
        folder.write_json(f"{kind}.json", records)
    folder.leave_out(LeftOut(f"directus_{kind}", "", why) for kind, why in access.missing.items())
    folder.finish(ACCESS)
    nouns = {"roles": "role", "policies": "policy", "permissions": "permission"}
    read = [counted(len(access.kinds[kind]), noun, kind) for kind, noun in nouns.items() if kind in access.kinds]
    say(f"access: {', '.join(read) or 'nothing that the user of the token may see'}")
    return access.users


def closing_lines(folder: PullFolder) -> list[str]:
    """Return what there is to say at the end; the last line says how many real items lie on disk now."""
    record = folder.record
    items = {name: entry.items for name, entry in record.content.items() if not name.startswith("directus_")}
    total = sum(items.values())
    listed = ", ".join(f"{clean(name)} {number:,}" for name, number in items.items() if number)
    others = []
    if USERS in record.content:
        personal = "with" if record.options.with_users else "without"
        others.append(f"{counted(record.content[USERS].items, 'user')} ({personal} personal fields)")
    if FILES in record.content:
        others.append(f"the metadata of {counted(record.content[FILES].items, 'file')} (no contents)")
    what = f"{counted(total, 'real item')}: {listed}" if total else "no real items"
    also = f"; {', '.join(others)}" if others else ""
    return [*record.notes, *left_out_lines(record.left_out), f"Now on disk in {folder.path}: {what}{also}"]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
