"""Every compiled pattern of the product, and the texts that are hard for it."""

from __future__ import annotations

import ast
import re
import re._constants as constants  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from tests.sweep import growth

ATOMS: Final = (
    "(", ")", "[", "]", "{", "}", "<", ">", " ", "\t", "\n", "1", "a", "A", "_", ".", ",", ":", "/", "\\", '"', "'", "-", "#", "$", "%", "*", "é",
    "\u0301", "\u202e", "\ud800", "$NOW", "$NOW(", "{{secret.", "{{", "1 ", "a.", "a,", "a(", "[]", "%2", "%2F", "//", "/a", "\\x", "a=", "&a", "\r\n",
)  # fmt: skip
_HEADS: Final = 10  # beginnings that are tried of a pattern
_REPEATED: Final = 16  # texts that are tried of what it repeats
TAILS: Final = ("", "x", "\x00!")
_USES: Final[Mapping[str, Callable[[re.Pattern[Any], Any], object]]] = {
    "match": lambda pattern, text: pattern.match(text),
    "fullmatch": lambda pattern, text: pattern.fullmatch(text),
    "search": lambda pattern, text: pattern.search(text),
    "finditer": lambda pattern, text: sum(1 for _ in pattern.finditer(text)),
}
_LIKE: Final = {"findall": "finditer", "sub": "finditer", "subn": "finditer", "split": "finditer"}
_COMPILING: Final = frozenset(
    {"compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
)


def compiled(modules: Mapping[str, ModuleType]) -> dict[str, re.Pattern[Any]]:
    """Return the patterns that ``modules`` hold, by where: in names, attributes of classes, containers and closures."""
    found: dict[str, re.Pattern[Any]] = {}
    seen: set[int] = set()

    def look(place: str, value: object, depth: int) -> None:
        if isinstance(value, re.Pattern):
            if id(value) not in {id(entry) for entry in found.values()}:
                found[place] = value
            return
        if depth == 0 or isinstance(value, str | bytes | int | float | ModuleType) or id(value) in seen:
            return
        seen.add(id(value))
        for name, inner in _inside(value):
            look(f"{place}.{name}", inner, depth - 1)

    for name, module in sorted(modules.items()):
        for key, value in list(vars(module).items()):
            if getattr(value, "__module__", name) == name or isinstance(
                value, re.Pattern | tuple | list | Mapping | set | frozenset
            ):
                look(f"{name}.{key}", value, 4)
    return found


def _inside(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        yield from ((str(key)[:40], inner) for key, inner in list(value.items()))
        yield from (("keys", key) for key in list(value))
    elif isinstance(value, tuple | list | set | frozenset):
        yield from ((str(at), inner) for at, inner in enumerate(list(value)))
    elif isinstance(value, type):
        yield from list(vars(value).items())
    elif isinstance(value, types.FunctionType):
        for name, cell in zip(value.__code__.co_freevars, value.__closure__ or (), strict=True):
            yield name, cell.cell_contents
        yield from ((str(at), inner) for at, inner in enumerate(value.__defaults__ or ()))
        yield from (value.__kwdefaults__ or {}).items()
    elif isinstance(value, types.MethodType):
        yield "self", value.__self__


def possessive_groups(pattern: re.Pattern[Any]) -> bool:
    """Whether a group is repeated possessively, which Python 3.11.2 gets wrong; ``(?>(?:…)*)`` says the same."""
    plain = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "_", _text(pattern), flags=re.DOTALL)
    return re.search(r"\)(?:[*+?]|\{\d*,?\d*\})\+", plain) is not None


def _text(pattern: re.Pattern[Any]) -> str:
    return pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")


def compiled_at_call(folder: Path) -> list[str]:
    """Return where a function compiles a pattern each time it is called."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                found += [f"{path.relative_to(folder)}:{line}" for line in _compiling(function)]
    return sorted(set(found))


def _compiling(function: ast.AST) -> Iterator[int]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _COMPILING:
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id == "re":
                yield node.lineno


def uses(folder: Path, package: str) -> dict[str, set[str]]:
    """Return how patterns are used in the sources of ``package`` below ``folder``, by module and name."""
    found: dict[str, set[str]] = {}
    for path in folder.rglob("*.py"):
        module = ".".join([package, *path.relative_to(folder).with_suffix("").parts]).removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in _COMPILING:
                found.setdefault(f"{module}.{node.value.id}", set()).add(_LIKE.get(node.attr, node.attr))
    return found


def hard(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str, str]]:
    """Yield what may be hard for ``pattern``: what comes first, what is repeated, and what comes last."""
    text = _text(pattern)
    tree = parser.parse(text, pattern.flags & ~re.DEBUG if isinstance(pattern.pattern, str) else 0)
    before: dict[str, None] = {"": None}
    repeated: dict[str, None] = {}
    _walk(tree, "", before, repeated)
    own = dict.fromkeys(character for character in text if not character.isalnum())
    heads = list(before)[:_HEADS]
    pairs = {(head, atom) for head in heads for atom in [*list(repeated)[:_REPEATED], " ", "1", "a"] if atom}
    pairs |= {("", atom) for atom in (*ATOMS, *own, *heads) if atom}
    for head, atom in sorted(pairs):
        for tail in TAILS:
            yield head, atom, tail


def _walk(tree: Any, head: str, before: dict[str, None], repeated: dict[str, None]) -> str:
    """Go through a parsed pattern; return ``head`` with a shortest text that it matches behind it.

    ``before`` gets what stands before each repetition, ``repeated`` what is repeated.
    """
    text = head
    for operation, argument in tree:
        if operation in (constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT):
            least, _most, body = argument
            before.setdefault(text)
            piece = _walk(body, text, before, repeated)[len(text) :]
            repeated.setdefault(piece)
            for sample in _samples(body):
                repeated.setdefault(sample)
            before.setdefault(text + piece)  # as long as it takes to go on inside of it
            text += piece * min(least, 50)
        elif operation is constants.SUBPATTERN:
            text = _walk(argument[3], text, before, repeated)
        elif operation is constants.ATOMIC_GROUP:
            text = _walk(argument, text, before, repeated)
        elif operation is constants.BRANCH:
            branches = [_walk(branch, text, before, repeated) for branch in argument[1]]
            text = branches[0]
        elif operation in (constants.ASSERT, constants.ASSERT_NOT):
            _walk(argument[1], text, before, repeated)
        else:
            text += next(iter(_samples([(operation, argument)])), "")
    before.setdefault(text)
    return text


def _samples(tree: Any) -> list[str]:
    """Return some characters that the first part of a parsed pattern takes."""
    for operation, argument in tree:
        if operation is constants.LITERAL:
            return [chr(argument)]
        if operation in (constants.NOT_LITERAL, constants.ANY, constants.IN):
            candidates = "a1 (_{\"'\\/.,-x\n\u0301\u202eA#$%=&[<é"
            shape = [(operation, argument)]
            found = [character for character in candidates if _takes(shape, character)]
            if operation is constants.IN:
                found += [chr(low) for kind, low in argument if kind is constants.LITERAL][:6]
                found += [chr(low[0]) for kind, low in argument if kind is constants.RANGE][:3]
            return found[:10]
    return []


def _takes(shape: Any, character: str) -> bool:
    operation, argument = shape[0]
    if operation is constants.ANY:
        return True
    if operation is constants.NOT_LITERAL:
        return bool(ord(character) != argument)
    negated = argument[0][0] is constants.NEGATE
    inside = False
    for kind, value in argument:
        if kind is constants.LITERAL:
            inside |= ord(character) == value
        elif kind is constants.RANGE:
            inside |= value[0] <= ord(character) <= value[1]
        elif kind is constants.CATEGORY:
            inside |= bool(re.match(_CATEGORIES.get(str(value), r"(?!)"), character))
    return bool(inside is not negated)


_CATEGORIES: Final = {
    "CATEGORY_DIGIT": r"\d", "CATEGORY_NOT_DIGIT": r"\D", "CATEGORY_SPACE": r"\s", "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w", "CATEGORY_NOT_WORD": r"\W",
}  # fmt: skip


def tried(pattern: re.Pattern[Any], kinds: set[str]) -> Iterator[tuple[str, growth.Work, Callable[[int], str]]]:
    """Yield what is tried of ``pattern``: what it is, a call with a text, and what makes a text of so many characters."""
    raw = isinstance(pattern.pattern, bytes)
    for kind in sorted(kinds & set(_USES)) or ["fullmatch", "match", "search"]:
        use = _USES[kind]
        for head, atom, tail in hard(pattern):

            def make(size: int, head: str = head, atom: str = atom, tail: str = tail) -> str:
                return head + atom * (size // len(atom)) + tail

            def work(text: str, use: Callable[[re.Pattern[Any], Any], object] = use) -> object:
                return use(pattern, text.encode("latin-1", "replace") if raw else text)

            yield f"{kind} of {head!r} + {atom!r} * n + {tail!r}", work, make


def slow(pattern: re.Pattern[Any], kinds: set[str], longest: int = growth.SHORT) -> str:
    """Say for which text ``pattern`` takes longer than the text is; empty if for none that was tried."""
    for what, work, make in tried(pattern, kinds):
        if said := growth.beyond(work, make, longest):
            return f"{what}: {said}"
    return ""
