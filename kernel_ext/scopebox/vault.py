"""Secrets: values that an extension may use by reference and never holds.

``{{secret.NAME}}`` in the value of a request header stands for the secret of that name. The host puts the value in after all
checks, and takes it out of whatever comes back.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SHORTEST: Final = 4  # characters; a shorter value would be found in any text

_LONGEST: Final = 8192
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_REFERENCE: Final = re.compile(r"\{\{\s*secret\.([^{}]*?)\s*\}\}")
_OPENING: Final = re.compile(r"\{\{\s*secret\b")


class Secrets:
    """Named secrets: set them, delete them, list their names. No value can be read back.

    ``secrets["API_KEY"] = "…"`` raises ValueError for a name that is no identifier and for a value that no header takes.
    Changes take effect at the next request, from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: Mapping[str, str] = MappingProxyType({})
        self._spellings: tuple[tuple[str, str], ...] = ()

    def __setitem__(self, name: str, value: str) -> None:
        if not _NAME.fullmatch(name):
            raise ValueError(f"The name of a secret is made of letters, digits and _, not {name!a}")
        if not isinstance(value, str):
            raise TypeError(f"The secret {name} has to be text")
        if (
            not SHORTEST <= len(value) <= _LONGEST
            or not (value.isascii() and value.isprintable())
            or value != value.strip()
        ):
            raise ValueError(f"The secret {name} has to be {SHORTEST} or more visible ASCII characters on one line")
        self._replace({**self._values, name: value})

    def __delitem__(self, name: str) -> None:
        values = dict(self._values)
        del values[name]
        self._replace(values)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<Secrets: {', '.join(self._values) or 'none'}>"

    def _replace(self, values: dict[str, str]) -> None:
        spellings = [(spelling, name) for name, value in values.items() for spelling in _spellings(value)]
        with self._lock:
            self._values = MappingProxyType(values)
            self._spellings = tuple(sorted(spellings, key=lambda pair: -len(pair[0])))

    def fill(self, text: str) -> str:
        """Return ``text`` with the secrets in place of their references; ValueError for one that does not exist."""
        values = self._values

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name not in values:
                raise ValueError(f'There is no secret {name[:64]!a}. In the notebook: box.secrets["{name[:64]}"] = "…"')
            return values[name]

        filled = _REFERENCE.sub(value, text)
        if refers(_REFERENCE.sub("", text)):
            raise ValueError("A reference to a secret is written {{secret.NAME}}")
        return filled

    def redact(self, text: str) -> str:
        """Return ``text`` with references in place of all secrets, also where they are encoded in a usual way."""
        for spelling, name in self._spellings:
            text = text.replace(spelling, f"{{{{secret.{name}}}}}")
        return text


def refers(text: str) -> bool:
    """Whether ``text`` refers to a secret, or tries to."""
    return _OPENING.search(text) is not None


def _spellings(value: str) -> set[str]:
    """Return the value as it is, and as JSON, percent-encoding, base64 and hexadecimal text spell it."""
    data = value.encode()
    plain = base64.b64encode(data).decode().rstrip("=")
    return {value, json.dumps(value)[1:-1], quote(value, safe=""), plain, data.hex()}
