"""Teaching hints: what would be right instead of a typical mistake."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from scopebox_guest.keys import KEY, is_key
from scopebox_guest.python.hint_tables import (
    INPUT,
    MEMBERS,
    MESSAGES,
    METHODS,
    MODULES,
    NAMES,
    NO_FILES,
    QUOTED_KEY,
    REQUEST_KEYS,
    SYNTAX,
    SYNTAX_MESSAGES,
    URL_PARTS,
    URL_PARTS_HINT,
)
from scopebox_guest.python.names import is_refused_attribute, is_refused_variable
from scopebox_guest.python.results import result_hint

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from scopebox_guest.python.results import Place
    from scopebox_guest.python.stand_ins import Module

MAX_TEXT_CHARACTERS: Final = 300  # of a message, a name or a line
MAX_SOURCE_CHARACTERS: Final = 20_000  # in which names of variables of the environment are looked for
ENVIRONMENT: Final = frozenset({"os", "process", "environ", "getenv", "dotenv"})
SECRETS: Final = frozenset({"secret", "secrets"})
_LOOKED_UP: Final = re.compile(r"""\bsecrets?(?:\.|\[["'])([A-Za-z_]\w{0,63})""")
_VARIABLE: Final = re.compile(r"""(?:environ(?:\.get)?|getenv|\.env)\s{0,5}[.(\[]\s{0,5}["']?([A-Za-z_]\w{0,63})""")
_NO_MEMBER: Final = re.compile(
    r"^(?:module '([\w.]+)' has no attribute|cannot import name) '(\w+)'(?: from '([\w.]+)')?$"
)
_NO_ATTRIBUTE: Final = re.compile(r"^'(\w+)' object has no attribute '(\w+)'$")
_NO_CLASS_ATTRIBUTE: Final = re.compile(r"^class '(\w+)' has no attribute '(\w+)' here$")
_REFUSED: Final = re.compile(r"^the attribute '(\w+)' is refused$")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was there when the error happened: the names that were known, the modules, the line that failed, all of the source.

    ``place`` is where in it; None for an error that no line of the extension had.
    """

    names: Collection[str]
    modules: Mapping[str, Module]
    line: str = ""
    source: str = ""
    place: Place | None = None


def hint(error: BaseException, surroundings: Surroundings) -> str:
    """The hint for an error of an extension, or an empty text. The error is the guest's own: its texts may do anything."""
    try:
        return _hint(error, surroundings)
    except Exception:  # noqa: BLE001 - raised by code of the guest; an error without a hint is still an error
        return ""


def _hint(error: BaseException, surroundings: Surroundings) -> str:
    message = str.__str__(str(error))[:MAX_TEXT_CHARACTERS]
    if surroundings.place is not None and (found := result_hint(error, surroundings.place)):
        return found
    if isinstance(error, ModuleNotFoundError):
        return _of_module(str(error.name)[:MAX_TEXT_CHARACTERS], surroundings)
    if isinstance(error, NameError) and not isinstance(error, UnboundLocalError):
        return _of_name(str(error.name)[:MAX_TEXT_CHARACTERS], surroundings)
    if isinstance(error, AttributeError | ImportError):
        found = _of_attribute(message, surroundings)
        if found:
            return found
    if isinstance(error, KeyError) and error.args and type(error.args[0]) is str:
        return _of_key(error.args[0])
    if isinstance(error, RecursionError):
        message = f"maximum recursion depth: {message}"
    return next((text for part, text in MESSAGES if part in message), "")


def _of_key(name: str) -> str:
    if name in URL_PARTS:
        return URL_PARTS_HINT
    if name == "collection":
        return "An event of %sandbox emit has a collection if you give it one: --collection NAME."
    return ""


def _of_environment(otherwise: str, surroundings: Surroundings) -> str:
    """The hint for what looks into the environment: for a key of a service, if it looks for one."""
    found = (each[1] for each in _VARIABLE.finditer(surroundings.source[:MAX_SOURCE_CHARACTERS]))
    name = next((each for each in found if is_key(each)), "")
    return KEY.format(name=name) if name else otherwise


def _of_name(name: str, surroundings: Surroundings) -> str:
    found = _of_name_in(surroundings.line[:MAX_TEXT_CHARACTERS], name)
    if found:
        return found
    if name in ENVIRONMENT:
        return _of_environment(NAMES.get(name, NO_FILES), surroundings)
    if name in NAMES:
        return NAMES[name]
    if name in surroundings.modules:
        return f"Write import {name}."
    close = _close(name, (known for known in surroundings.names if not is_refused_variable(known)))
    if close:
        return f"Did you mean {close}?"
    return (KEY if is_key(name) else INPUT).format(name=name)


def _of_name_in(line: str, name: str) -> str:
    """The hint that the line tells: a key without quotes, a secret that is looked up."""
    if re.search(rf"(?:[{{,]|^)\s*{re.escape(name)}\s*:(?!=)", line) and "lambda" not in line:
        return QUOTED_KEY.format(name=name)
    looked = _LOOKED_UP.search(line) if name in SECRETS else None
    return KEY.format(name=looked[1]) if looked else ""


def _of_module(name: str, surroundings: Surroundings) -> str:
    if name in ENVIRONMENT:
        return _of_environment(NO_FILES, surroundings)
    if name in MODULES:
        return MODULES[name]
    root = name.partition(".")[0]
    close = _close(name, surroundings.modules)
    if close:
        return f"Did you mean {close}?"
    if root in MODULES:
        return MODULES[root]
    return (
        "Only a part of the standard library is here: "
        + ", ".join(sorted(m for m in surroundings.modules if "." not in m))
        + "."
    )


def _of_attribute(message: str, surroundings: Surroundings) -> str:
    if found := _NO_MEMBER.match(message):
        module, name = found[1] or found[3], found[2]
        return _of_member(module, name, surroundings)
    if found := _NO_ATTRIBUTE.match(message):
        return _of_object(found[1], found[2])
    if found := _NO_CLASS_ATTRIBUTE.match(message):
        return f"Call it on an object: {found[1]}(…).{found[2]}()."
    if found := _REFUSED.match(message):
        return _of_refused(found[1])
    return ""


def _of_member(module: str, name: str, surroundings: Surroundings) -> str:
    if (module, name) in MEMBERS:
        return MEMBERS[module, name]
    known = [member for member in vars(surroundings.modules[module]) if not is_refused_attribute(member)]
    close = _close(name, known)
    if close:
        return f"Did you mean {module}.{close}?"
    return f"Only a part of {module} is here: {', '.join(sorted(known))}."


def _of_object(kind: str, name: str) -> str:
    if kind == "coroutine":
        return "An await is missing: write await before the call."
    if kind == "dict" and name in REQUEST_KEYS:
        return f'A request is a dict: write request["{name}"].'
    if kind == "dict" and name in URL_PARTS:
        return URL_PARTS_HINT
    if kind == "dict" and name not in METHODS:
        close = _close(name, (method for method in dir(dict) if not method.startswith("_")))
        return (
            f"Did you mean {close}()?"
            if close
            else f'Objects of the host are dicts: write ["{name}"], or .get("{name}").'
        )
    return METHODS.get(name, "")


def _of_refused(name: str) -> str:
    if name == "obj":
        return "Look at str(error); an error does not hand out the object that it is about."
    if name.startswith("_"):
        return "Names that begin with an underscore are reserved; keep values in a dict to look them up by name."
    if name in {"send", "throw", "close", "asend", "athrow", "aclose"}:
        return "Coroutines are run by the sandbox: await them, or loop with async for."
    return "Nothing here looks into frames, classes and functions; use isinstance() and hasattr()."


def _close(name: str, known: Iterable[str]) -> str:
    matches = get_close_matches(name, list(known), n=1, cutoff=0.75)
    return matches[0] if matches else ""


def syntax_hint(message: str, text: str) -> str:
    """The hint for a syntax error with ``message`` in the line ``text``, or an empty text."""
    for part, found in SYNTAX_MESSAGES:
        if part in message:
            return found
    return next((found for pattern, found in SYNTAX if re.search(pattern, text[:MAX_TEXT_CHARACTERS])), "")
