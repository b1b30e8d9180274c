"""``%sandbox items``: the items of a collection as a table, or as a file in a form of a Directus."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.errors import ScopeboxError
from scopebox.notebook.argument_values import mapping_of
from scopebox.text.messages import quote, remedy
from scopebox.views.parts import Block, Line, View, counted
from scopebox.vocabulary import QUERY_KEYS

if TYPE_CHECKING:
    from argparse import Namespace

    from scopebox.notebook.session import Session

FORMATS: Final = ("csv", "json", "xml", "yaml")
SHOWN: Final = 100  # items of a table


def items(session: Session, options: Namespace) -> View:
    """Show the items that a role may see; with a format or a place as a file."""
    box, known = session.box, session.box.store.schema.collections
    if options.collection not in known:
        raise LookupError(f"There is no collection {quote(options.collection)}; {remedy(options.collection, known)}")
    form = _format(options.format, options.to)
    given = mapping_of(session, options.query, "--query")
    unknown = next((key for key in given if key not in QUERY_KEYS), None)
    if unknown is not None:
        raise LookupError(f"{quote(unknown)} is not a key of a query; {remedy(unknown, QUERY_KEYS)}")
    query = {"limit": SHOWN + 1 if form is None else -1, **given}
    found = box.items(options.collection, options.role).read(query)
    if form is None:
        return _table(found, capped="limit" not in given)
    return _file(options, found, form)


def _format(given: str | None, place: Path | None) -> str | None:
    """Return the form that is meant: the one that is named, or what the name of the file ends with."""
    if given is not None or place is None:
        return given
    ending = place.suffix.removeprefix(".").lower().replace("yml", "yaml")
    if ending not in FORMATS:
        raise ScopeboxError(
            f"The name {quote(place.name)} does not tell the form of the file",
            hint=f"Give it one of these endings, or name the form: --format {'|'.join(FORMATS)}",
        )
    return ending


def _table(found: list[dict[str, object]], *, capped: bool) -> View:
    from scopebox.views.data import Data  # noqa: PLC0415 - loaded when something is shown

    shown = found[:SHOWN] if capped else found
    more = f"These are the first {SHOWN}; --to FILE writes all of them, --query selects others"
    return View((Data(shown), *((Line(more, "muted"),) if len(found) > len(shown) else ())), shown)


def _file(options: Namespace, found: list[dict[str, object]], form: str) -> View:
    from scopebox.server.exports.export import FORMATS as WRITERS  # noqa: PLC0415 - loading the magics must be quick
    from scopebox.server.exports.export import file_content, file_name  # noqa: PLC0415 - as above

    content = file_content(msgspec.json.encode(found), WRITERS[form])
    if options.to is None:
        words = content.decode()
        return View((Block(words),), words)
    place = options.to / file_name(options.collection, WRITERS[form]) if options.to.is_dir() else options.to
    _write(place, content, force=options.force)
    return View((Line(f"Wrote {counted(len(found), 'item')} of {options.collection} to {place}"),), place)


def _write(place: Path, content: bytes, *, force: bool) -> None:
    """Write a file, never over another one that nobody gave up."""
    from scopebox.directus.whole_file import write_whole  # noqa: PLC0415 - loading the magics must be quick

    try:
        if place.exists() and not force:
            raise ScopeboxError(f"{place} is there already", hint="--force writes over it.")
        write_whole(place, content)
    except OSError as error:
        raise ScopeboxError(
            f"{place} cannot be written: {error.strerror}", hint="Its folder has to be there, and writable."
        ) from None
