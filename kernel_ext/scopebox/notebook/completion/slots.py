"""What stands at the cursor in the body of a cell: which kind of word belongs there, and how much of it is typed.

Completion asks for the words that fit, help for what the word there means; both ask here where the cursor is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from scopebox.languages import DEFAULT_LANGUAGE
from scopebox.manifest.object_notation import is_notation
from scopebox.notebook.completion import javascript_cursor, javascript_names, toml_cursor
from scopebox.notebook.completion.cells import manifest_before
from scopebox.notebook.completion.cursor import Place, place_of
from scopebox.vocabulary import EXECUTION_TYPES, HOOK_KINDS, ITEMS, LOGICAL, QUANTIFIERS, SCOPES

if TYPE_CHECKING:
    from scopebox.languages import Language
    from scopebox.notebook.completion.cursor import Level
    from scopebox.store.schema.schema import Schema

Kind = Literal[
    # words of a manifest; an entry key may stand beside those of the whole in the notation of JavaScript
    "manifest key", "entry key", "first key", "scope", "scope key", "permission", "role", "methods", "type", "value",
    # words of a call of exec, and of the functions that a default export gets
    "execution type", "option", "collection", "event", "method", "output", "secret",
    # words of a query
    "query key", "field", "sort field", "data key", "filter key", "operator", "function",
    # words of the code: a name, what follows a dot, a module, what is imported from one
    "name", "member", "module", "imported",
    # a text of which nothing is known
    "text",
]  # fmt: skip
REFERENCE: Final = "{{secret."  # begins a secret in a header
API: Final = "directus.api"
OPTION_VALUES: Final = ("method", "output")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a word. ``typed`` stands before the cursor, and a completion replaces it.

    ``owner`` is what the word belongs to: the execution type of an option, the collection of a field, the key of a value, what stands before
    the dot. ``lead`` is the way through relations that is typed before a field (``author.``), and ``related`` a place in a filter where
    conditions on related items may stand as well. ``quoted`` is a word within a text.
    """

    kind: Kind
    typed: str
    place: Place
    owner: str = ""
    lead: str = ""
    related: bool = False
    quoted: bool = False


def slot_at(before: str, language: Language, schema: Schema | None) -> Slot:
    """Return the slot at the end of ``before``, the body of a cell up to the cursor."""
    manifest = manifest_before(before, language)
    if manifest is not None:
        return _in_manifest(manifest)
    if language is DEFAULT_LANGUAGE:
        place, line = place_of(before), before.rpartition("\n")[2]
        return _in_python(line, place) if place.text is None else _in_text(place, schema)
    return _in_javascript(before, schema)


def ending(text: str, more: str = "") -> str:
    """Return the letters, digits and underscores at the end of ``text``, and the characters in ``more`` among them."""
    at = len(text)
    while at and (text[at - 1].isalnum() or text[at - 1] == "_" or text[at - 1] in more):
        at -= 1
    return text[at:]


def _in_manifest(text: str) -> Slot:  # noqa: PLR0911 - one return a kind
    base: tuple[str, ...] = ()
    objects = is_notation(text)
    if objects:
        place = javascript_cursor.place_of(text if text.lstrip().startswith(("{", "[")) else f"{{{text}")
    else:
        base, place = toml_cursor.place_of(text)
    typed = place.key if place.text is None else place.text
    if typed is None:
        return Slot("text", "", place)
    keys = [part for key in place.path if key != "[]" for part in key.split(".")]
    slot = Slot("value", typed, place, quoted=place.text is not None)
    match [*base, *keys]:
        case [""]:
            return replace(slot, kind="entry key" if "[]" in place.path else "first key" if objects else "manifest key")
        case ["permissions", ""]:
            return replace(slot, kind="entry key")
        case ["requestedScopes", ""]:
            return replace(slot, kind="scope")
        case ["requestedScopes", name, ""] if name in SCOPES:
            return replace(slot, kind="scope key", owner=name)
        case [*_, "permission" | "role" | "methods" | "type" as key]:
            return replace(slot, kind=key)
        case [*_, key]:
            return replace(slot, owner=key)
        case _:
            return replace(slot, kind="text")


def _in_python(line: str, place: Place) -> Slot:
    word, path = ending(line), ending(line, ".")
    match line.split(None, 3):
        case ["from", module, "import", *rest] if rest or line[-1].isspace():
            return Slot("imported", word, place, owner=module)
    if _imports(line, path):
        return Slot("module", path, place)
    return _code(path, word, place)


def _imports(line: str, path: str) -> bool:
    """Whether the ``path`` at the cursor is the name of a module, behind ``import`` or ``from``."""
    before = line[: len(line) - len(path)]
    match before.split(None, 1):
        case ["import" | "from"]:
            return before[-1].isspace()
        case ["import" | "from", names]:
            return names.rstrip().endswith(",")
        case _:
            return False


def _in_javascript(before: str, schema: Schema | None) -> Slot:
    place, line = javascript_cursor.place_of(before), before.rpartition("\n")[2]
    if place.text is not None:
        if javascript_names.names_module(line[: len(line) - len(place.text) - 1]):
            return Slot("module", place.text, place, quoted=True)
        return _in_text(place, schema)
    word, path = ending(line, "$"), ending(line, "$.")
    if not path.rpartition(".")[1]:
        if javascript_names.imported(line):
            return Slot("imported", word, place, owner=javascript_names.MODULE)
        if place.key is not None:
            slot = _in_call(place, word, schema)
            if slot.kind != "text":
                return slot
    return _code(path, word, place)


def _code(path: str, word: str, place: Place) -> Slot:
    owner, dot, _ = path.rpartition(".")
    return Slot("member" if dot else "name", word, place, owner=owner)


def _in_text(place: Place, schema: Schema | None) -> Slot:
    text = place.text or ""
    _, reference, name = text.rpartition(REFERENCE)
    if reference and "}" not in name:
        return Slot("secret", name, place, quoted=True)
    return replace(_in_call(place, text, schema), quoted=True)


def _in_call(place: Place, typed: str, schema: Schema | None) -> Slot:
    """Return the slot of a text, or of a key without quotes, by the call around it."""
    slot, call = Slot("text", typed, place), place.call
    if call is None:
        return slot
    function = call.callee.rpartition(".")[2]
    if function in HOOK_KINDS and not call.texts and not place.path:
        return replace(slot, kind="event")
    return _in_exec(call, slot, schema) if function == "exec" else slot


def _in_exec(call: Level, slot: Slot, schema: Schema | None) -> Slot:  # noqa: PLR0911 - one return a kind
    path = slot.place.path
    if not call.texts:
        return slot if path else replace(slot, kind="execution type")
    kind = call.texts[0] or ""
    if path == ("",):
        return replace(slot, kind="option", owner=kind) if kind in EXECUTION_TYPES else slot
    if kind not in ITEMS:
        return _in_option(path, slot)
    if len(call.texts) == 1:
        return slot if path else replace(slot, kind="collection")
    collection = call.texts[1] or ""
    match path:
        case ("query", *inner):
            return _in_query(inner, slot, collection, schema)
        case ("data", *_, ""):
            return replace(slot, kind="data key", owner=collection)
        case _:
            return slot


def _in_option(path: tuple[str, ...], slot: Slot) -> Slot:
    match path:
        case ("event",):
            return replace(slot, kind="event")
        case ("method" | "output" as key,):
            return replace(slot, kind=key)
        case _:
            return slot


def _in_query(path: list[str], slot: Slot, collection: str, schema: Schema | None) -> Slot:  # noqa: PLR0911 - one return a kind
    match path:
        case [""]:
            return replace(slot, kind="query key")
        case ["sort", *_]:
            typed = slot.typed.rpartition(",")[2]
            return _field(replace(slot, kind="sort field", typed=typed), collection, schema)
        case ["fields" | "groupBy", *_]:
            return _field(replace(slot, kind="field"), collection, schema)
        case ["aggregate", ""]:
            return replace(slot, kind="function")
        case ["aggregate", *_]:
            return replace(slot, kind="field", owner=collection)
        case ["filter", *inner, ""]:
            return _in_filter(inner, replace(slot, kind="filter key"), collection, schema)
        case _:
            return slot


def _field(slot: Slot, collection: str, schema: Schema | None) -> Slot:
    """Follow the relations that the text already names."""
    *way, _ = slot.typed.lstrip("-").split(".")
    for name in way:
        collection = _behind(schema, collection, name)
    return replace(slot, owner=collection, lead="".join(f"{name}." for name in way))


def _in_filter(path: list[str], slot: Slot, collection: str, schema: Schema | None) -> Slot:
    """Follow the keys on the way: below a field stand operators, below a relation its fields as well."""
    related = False
    for key in path:
        if key in LOGICAL or key in QUANTIFIERS or key == "[]":
            continue
        behind = _behind(schema, collection, key)
        if not behind:
            return replace(slot, kind="operator", owner=collection, lead=key)
        collection, related = behind, True
    return replace(slot, owner=collection, related=related)


def _behind(schema: Schema | None, collection: str, name: str) -> str:
    """Return the collection behind a relation, nothing if the field is none."""
    relation = None if schema is None else schema.relation_of(collection, name)
    if relation is None:
        return ""
    return relation.one if (relation.many, relation.field) == (collection, name) else relation.many
