"""Text: re, string, textwrap, unicodedata."""

from __future__ import annotations

import codecs
import re
import string
import textwrap
import unicodedata
from typing import Final

from scopebox_guest.python.stand_ins import Module, classes, functions, members

FLAGS: Final = "A ASCII I IGNORECASE L LOCALE M MULTILINE S DOTALL U UNICODE X VERBOSE"

# Those that a guest can encode to and decode from; Python imports each at its first use, when no file can be opened any more.
ENCODINGS: Final = (
    "ascii base64 cp1250 cp1251 cp1252 cp437 cp850 hex idna iso8859-1 iso8859-15 iso8859-2 punycode quopri raw_unicode_escape rot13 "
    "unicode_escape utf-16 utf-16-be utf-16-le utf-32 utf-32-be utf-32-le utf-7 utf-8 utf-8-sig"
)


def text_modules() -> dict[str, Module]:
    """The façades of this module. The flags of ``re`` are plain numbers: their enumeration is a class of the library."""
    for encoding in ENCODINGS.split():
        codecs.lookup(encoding)
    expressions = functions(re, "compile escape findall finditer fullmatch match purge search split sub subn")
    flags = {name: int(getattr(re, name)) for name in FLAGS.split()}
    constants = (
        "ascii_letters ascii_lowercase ascii_uppercase digits hexdigits octdigits printable punctuation whitespace"
    )
    return {
        "re": Module("re", expressions | flags | members(re, "error Match Pattern")),
        "string": Module(
            "string", members(string, constants) | classes(string, "Template") | functions(string, "capwords")
        ),
        "textwrap": Module("textwrap", functions(textwrap, "dedent fill indent shorten wrap")),
        "unicodedata": Module(
            "unicodedata",
            members(
                unicodedata,
                "bidirectional category combining decimal digit is_normalized lookup name normalize numeric",
            ),
        ),
    }
