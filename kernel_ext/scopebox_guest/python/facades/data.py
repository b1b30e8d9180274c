"""Formats and encodings: json, csv, html, base64, io, urllib.parse, xml.etree.ElementTree."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import urllib.parse
from typing import Final
from xml.etree import ElementTree as ET

from scopebox_guest.python.stand_ins import Function, Module, classes, functions, members

_ENCODE: Final = json.JSONEncoder().encode
_DECODE: Final = json.JSONDecoder().decode


def _dumps(value: object, /, **options: object) -> str:
    """``json.dumps`` without ``cls``: an encoder class would be one of the standard library, handed to the guest."""
    if not options:
        return _ENCODE(value)
    if "cls" in options:
        raise TypeError("json.dumps() takes no encoder class here, use default=")
    return json.dumps(value, **options)  # type: ignore[arg-type]


def _loads(text: str | bytes | bytearray, /, **options: object) -> object:
    """``json.loads`` without ``cls``."""
    if not options and type(text) is str:
        return _DECODE(text)
    if "cls" in options:
        raise TypeError("json.loads() takes no decoder class here, use object_hook=")
    return json.loads(text, **options)  # type: ignore[arg-type]


def data_modules() -> dict[str, Module]:
    """The façades of this module."""
    parse = Module(
        "urllib.parse",
        functions(
            urllib.parse,
            "parse_qs parse_qsl quote quote_from_bytes quote_plus unquote unquote_plus unquote_to_bytes urldefrag urlencode "
            "urljoin urlparse urlsplit urlunparse urlunsplit",
        ),
    )
    tree = Module(
        "xml.etree.ElementTree",
        functions(ET, "SubElement fromstring tostring iselement indent") | members(ET, "Element ParseError"),
    )
    etree = Module("xml.etree", {"ElementTree": tree})
    modules = (
        Module(
            "json",
            {
                "dumps": Function("dumps", _dumps),
                "loads": Function("loads", _loads),
                "JSONDecodeError": json.JSONDecodeError,
            },
        ),
        Module(
            "csv",
            functions(csv, "reader writer")
            | classes(csv, "DictReader DictWriter")
            | members(csv, "Error QUOTE_ALL QUOTE_MINIMAL QUOTE_NONNUMERIC QUOTE_NONE"),
        ),
        Module("html", functions(html, "escape unescape")),
        Module("io", members(io, "StringIO BytesIO")),
        Module(
            "base64",
            functions(
                base64,
                "a85decode a85encode b16decode b16encode b32decode b32encode b64decode b64encode b85decode b85encode decodebytes "
                "encodebytes standard_b64decode standard_b64encode urlsafe_b64decode urlsafe_b64encode",
            ),
        ),
        Module("urllib", {"parse": parse}),
        Module("xml", {"etree": etree}),
        parse,
        etree,
        tree,
    )
    return {module._name: module for module in modules}
