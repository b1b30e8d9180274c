"""What the arguments of ``%sandbox`` stand for: JSON data, variables of the notebook, extensions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from scopebox.errors import ScopeboxError
from scopebox.text.messages import quote, remedy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox.extension.extension import Extension
    from scopebox.notebook.session import Session
    from scopebox.sandbox.sandbox import Sandbox


def extension_of(box: Sandbox, name: str | None) -> Extension:
    """Return the extension of that name, or the only one; LookupError with what comes close."""
    if name is None:
        if len(box.extensions) == 1:
            return next(iter(box.extensions.values()))
        raise LookupError(f"Say which extension: {', '.join(box.extensions) or 'none is loaded yet'}")
    if name not in box.extensions:
        raise LookupError(f"There is no extension {quote(name)}; {remedy(name, box.extensions)}")
    return box.extensions[name]


def is_json(session: Session, text: str) -> bool:
    """Whether ``text`` is JSON, or a variable that holds data other than text."""
    if text in session.shell.user_ns:
        return not isinstance(session.shell.user_ns[text], str)
    try:
        _parsed(text)
    except ValueError:
        return False
    return True


def _parsed(text: str) -> object:
    """Return what JSON ``text`` says; ValueError for what is none, or is nested too deeply to be read."""
    try:
        data: object = json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return data


def data_of(session: Session, text: str | None) -> object:
    """Return JSON data: from JSON text, or from the variable of that name."""
    if text is None:
        return None
    if text.isidentifier() and text not in {"true", "false", "null"}:
        return session.variable(text, "The data")
    try:
        return _parsed(text)
    except ValueError as error:
        hint = 'JSON has double quotes, as in {"text": "Hello"}.'
        raise ScopeboxError(f"{quote(text)} is neither JSON nor a variable: {error}", hint=hint) from None


def text_of(session: Session, text: str) -> str:
    """Return a text: that of the variable of this name, if there is one, else the words themselves."""
    value = session.shell.user_ns.get(text)
    return value if isinstance(value, str) else text


def mapping_of(session: Session, text: str | None, option: str = "--meta") -> Mapping[str, object]:
    """Return a JSON object, the value of ``option``; an empty one for None."""
    data = data_of(session, text)
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise ScopeboxError(f"{option} has to be an object, not {quote(data)}")
    return data
