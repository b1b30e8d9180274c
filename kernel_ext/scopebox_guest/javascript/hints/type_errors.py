"""Hints for type errors: what is called that is no function, what is read of nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from scopebox_guest.javascript.hints.tables import (
    ANSWER_HINT,
    ARRAY_METHODS,
    AWAIT_HINT,
    EXPORT_HINT,
    LISTENER_HINT,
    LOG,
    NO_CONTEXT,
    NO_FILES,
    NO_SERVICES,
    ONE_ARGUMENT_HINT,
    REQUEST_PARTS_HINT,
    RESPONSE_HINT,
    UNDEFINED_HINT,
)
from scopebox_guest.keys import KEY, is_key

if TYPE_CHECKING:
    from collections.abc import Callable

_NOT_A_FUNCTION: Final = re.compile(r"([\w$]{1,100})\)? is not a function|not a function")
_OF_NOTHING: Final = re.compile(
    r"(?:cannot|can't) (?:read|set) propert(?:y|ies)\b.{0,200}\b(?:undefined|null)", re.IGNORECASE
)
_FROM_NOTHING: Final = re.compile(r"cannot (?:convert undefined|destructure)", re.IGNORECASE)
_ANSWER: Final = re.compile(
    r"\b(?:res|response|reply|resp)\s*\.\s*(?:send|json|status|end|write|redirect|sendStatus|set|header|type)\s*\("
)
_REQUEST_PARTS: Final = re.compile(r"\b(?:req|request)\s*\.\s*(?:query|params)\b")
_TAKEN_APART: Final = re.compile(r"\}\s{0,5}=\s{0,5}(?:req|request)\s{0,5}\.\s{0,5}(?:query|params)\b")
_PARAMETERS: Final = re.compile(r"\(\s*[\w${}\s]{1,80},[^()]{1,150}\)\s*(?:=>|\{)")
_SERVICES: Final = re.compile(r"\b(?:services|database|getSchema|knex|ItemsService)\b")
_EXPORT: Final = re.compile(r"^export\s+default\s+(?:async\s+)?(?:function\b\s*\w{0,50}\s*)?\(")
_LISTENER: Final = re.compile(r"(?<![.\w])(?:filter|action)\s*\(\s*[\"'`]")
_HOOK_WORDS: Final = re.compile(r"\b(?:meta|context|accountability)\b")
_CONTEXT: Final = re.compile(r",\s{0,5}\{([\w$,:\s]{1,150})\}[^()]{0,50}\)\s{0,5}(?:=>|\{)")
_NOT_THERE: Final = re.compile(r"(?<![\w$])(env|services|database|getSchema|logger|emitter)(?![\w$])")
_VARIABLE: Final = re.compile(r"\benv\.([A-Za-z_]\w{0,63})")
_READING: Final = re.compile(r"\((?:reading|setting) '([\w$]{1,100})'\)|propert(?:y|ies) '([\w$]{1,100})' of undefined")
_METHOD_OF: Final = re.compile(r"(?<![\w$.])([\w$]{1,60})\.[\w$]{1,60} is not a function")
_REQUESTED: Final = re.compile(r"(?<![\w$.])([\w$]{1,60})\s{0,5}=\s{0,5}await\s{1,5}request\s{0,5}\(")
_UNAWAITED: Final = re.compile(r"(?<!await )\b(?:exec|request|sleep)\s*\(")


def type_hint(message: str, text: str) -> str:
    """Return the hint for a type error with ``message`` in the line ``text``, or an empty text."""
    return next((hint for rule in _RULES if (hint := rule(message, text))), "")


def _of_environment(_: str, text: str) -> str:
    found = _VARIABLE.search(text)
    return KEY.format(name=found[1]) if found and is_key(found[1]) else ""


def _of_answer(_: str, text: str) -> str:
    return RESPONSE_HINT if _ANSWER.search(text) else ""


def _of_export(message: str, text: str) -> str:
    nothing = _OF_NOTHING.search(message) or _FROM_NOTHING.search(message)
    return EXPORT_HINT if nothing and _EXPORT.search(text) else ""


def _of_listener(message: str, text: str) -> str:
    named = message.startswith(("filter is not", "action is not"))
    return LISTENER_HINT if named and _LISTENER.search(text) else ""


def _of_nothing(message: str, text: str) -> str:
    if not _OF_NOTHING.search(message):
        return ""
    if _REQUEST_PARTS.search(text):
        return REQUEST_PARTS_HINT
    if _SERVICES.search(text):
        return NO_SERVICES
    return ONE_ARGUMENT_HINT if _HOOK_WORDS.search(text) else ""


def _of_parameters(message: str, text: str) -> str:
    taken_apart = _FROM_NOTHING.search(message) and (_PARAMETERS.search(text) or "accountability" in text)
    return ONE_ARGUMENT_HINT if taken_apart else ""


def _of_promise(message: str, text: str) -> str:
    found = _NOT_A_FUNCTION.search(message)
    method = found is not None and found[1] in ARRAY_METHODS
    if method:
        return AWAIT_HINT
    unready = "not iterable" in message or _OF_NOTHING.search(message)
    return AWAIT_HINT if unready and _UNAWAITED.search(text) else ""


_RULES: Final[tuple[Callable[[str, str], str], ...]] = (
    _of_answer,
    _of_environment,
    _of_export,
    _of_listener,
    _of_nothing,
    _of_parameters,
    _of_promise,
)


def answer_hint(message: str, source: str) -> str:
    """Return the hint for a method of what ``request`` returned, which holds the answer and is none itself."""
    called = _METHOD_OF.search(message)
    if called is None or all(made[1] != called[1] for made in _REQUESTED.finditer(source)):
        return ""
    return ANSWER_HINT.format(name=called[1])


def context_hint(message: str, text: str, source: str) -> str:
    """Return the hint for a handler whose second argument is taken apart for what extensions outside of a sandbox get in it."""
    taken = _FROM_NOTHING.search(message) and not _EXPORT.search(text) and _CONTEXT.search(text)
    named = _NOT_THERE.search(taken[1]) if taken else None
    if named is None:
        return ""
    name = named[1]
    instead = {"env": NO_FILES, "logger": LOG, "emitter": ""}.get(name, NO_SERVICES)
    if name == "env":
        key = next((found[1] for found in _VARIABLE.finditer(source) if is_key(found[1])), "")
        instead = KEY.format(name=key) if key else instead
    return f"{NO_CONTEXT.format(name=name)}{instead}".rstrip()


def undefined_hint(message: str, text: str, source: str) -> str:
    """Return the hint for a property of what is undefined: which name that is, as the line has it, or an await that is missing."""
    reading = _READING.search(message)
    if reading is None:
        parts = _FROM_NOTHING.search(message) and _TAKEN_APART.search(source)
        return REQUEST_PARTS_HINT if parts else ""
    member = re.escape(reading[1] or reading[2])
    found = re.search(rf"\b((?:[\w$]{{1,60}}\.){{0,5}}?[\w$]{{1,60}})\.([\w$]{{1,60}})\.{member}\b", text)
    if found is None:
        return ""
    owner = found[1].partition(".")[0]
    made = re.search(rf"\b{re.escape(owner)}\s*=\s*(?:exec|request)\s*\(", source)
    if made is not None:
        return AWAIT_HINT
    return UNDEFINED_HINT.format(name=f"{found[1]}.{found[2]}", member=found[2], owner=found[1])
