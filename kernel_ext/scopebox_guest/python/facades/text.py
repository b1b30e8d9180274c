"""Text: re, string, textwrap, unicodedata."""

from __future__ import annotations

import re
import string
import textwrap
import unicodedata
from typing import Final

from scopebox_guest.python.facades.module import Module, classes, functions, members

FLAGS: Final = "A ASCII I IGNORECASE L LOCALE M MULTILINE S DOTALL U UNICODE X VERBOSE"


def text_modules() -> dict[str, Module]:
    """The façades of this module. The flags of ``re`` are plain numbers: their enumeration is a class of the library."""
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
