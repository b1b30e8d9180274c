"""Secrets: values that an extension may use by reference and never holds.

``{{secret.NAME}}`` in the value of a request header stands for the secret of that name. The host puts the value in after all
checks, and takes it out of the answer to that request.
"""

from __future__ import annotations

import re
import threading
import warnings
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from scopebox.network.redaction import MIN_SECRET_CHARACTERS, Redaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

UNKNOWN: Final = "There is no secret"  # begins the error for a name that none has
MAX_REFERENCES: Final = 16  # to secrets, in the headers of one request

_GUESSABLE_CHARACTERS: Final = 8  # characters; all values that are shorter can be tried
_MAX_SECRET_CHARACTERS: Final = 8192
_MAX_BLANKS: Final = 64  # characters around the parts of a reference
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_REFERENCE: Final = re.compile(r"\{\{([^{}]{1,96})\}\}")  # 100 characters in all
_OPENING: Final = re.compile(rf"\{{\{{\s{{0,{_MAX_BLANKS}}}secret\b")
_OPENING_IN_BYTES: Final = re.compile(_OPENING.pattern.encode())


class Filled(NamedTuple):
    """Headers with the secrets in them, and what takes those secrets out of the answer."""

    headers: dict[str, str]
    redaction: Redaction


class Secrets:
    """Named secrets: set them, delete them, list their names. No value can be read back.

    ``secrets["API_KEY"] = "…"`` raises ValueError for a name that is no identifier and for a value that no header takes. One
    below eight characters is taken with a warning, as it can be guessed. Changes take effect at the next request, from any
    thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: Mapping[str, str] = MappingProxyType({})

    def __setitem__(self, name: str, value: str) -> None:
        check_name(name)
        if not isinstance(value, str):
            raise TypeError(f"The secret {name} has to be text")
        if (
            not MIN_SECRET_CHARACTERS <= len(value) <= _MAX_SECRET_CHARACTERS
            or not (value.isascii() and value.isprintable())
            or value != value.strip()
        ):
            raise ValueError(
                f"The secret {name} has to be {MIN_SECRET_CHARACTERS} or more visible ASCII characters on one line"
            )
        if len(value) < _GUESSABLE_CHARACTERS:
            warnings.warn(
                f"The secret {name} has {len(value)} characters and can be guessed by whoever may send it: take one of "
                f"{_GUESSABLE_CHARACTERS} or more",
                stacklevel=2,
            )
        with self._lock:
            self._values = MappingProxyType({**self._values, name: value})

    def __delitem__(self, name: str) -> None:
        with self._lock:
            values = dict(self._values)
            del values[name]
            self._values = MappingProxyType(values)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<Secrets: {', '.join(self._values) or 'none'}>"

    def fill(self, headers: Mapping[str, str]) -> Filled:
        """Return ``headers`` with the secrets in place of their references.

        ValueError for a secret that does not exist, for what is no whole reference, and for more than MAX_REFERENCES of them.
        """
        values = self._values
        used: list[str] = []

        def value(match: re.Match[str]) -> str:
            name = _name(match[1])
            if name is None:
                return match[0]
            if name not in values:
                raise ValueError(f"{UNKNOWN} {name[:64]!a}")
            if len(used) == MAX_REFERENCES:
                raise ValueError(f"Request refers to secrets more than {MAX_REFERENCES} times, which is the limit")
            used.append(name)
            return values[name]

        filled = {}
        for header, text in headers.items():
            filled[header] = _REFERENCE.sub(value, text)
            if refers(_REFERENCE.sub(_leave_others, text)):
                raise ValueError("A reference to a secret is written {{secret.NAME}}")
        return Filled(filled, Redaction({name: values[name] for name in used}))


def check_name(name: str) -> None:
    """Raise ValueError unless a secret may be called that."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"The name of a secret is made of letters, digits and _, at most 64, not {name[:80]!a}")


def _name(inner: str) -> str | None:
    """Return the name in the text between the braces of a reference, None if it is no reference to a secret."""
    word, dot, name = inner.strip().partition(".")
    return name.strip() if word == "secret" and dot else None


def _leave_others(match: re.Match[str]) -> str:
    return match[0] if _name(match[1]) is None else ""


def refers(text: str | bytes) -> bool:
    """Whether ``text`` refers to a secret, or tries to."""
    if isinstance(text, bytes):
        return _OPENING_IN_BYTES.search(text) is not None
    return _OPENING.search(text) is not None
