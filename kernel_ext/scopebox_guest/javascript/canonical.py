"""JSON text as the engine writes it, and as frames have it: mostly the same."""

from __future__ import annotations

from typing import Final

_KEPT: Final = b"0123456789.e-+\\,"  # of a text, to look at little of it
_OTHERS: Final = bytes(sign for sign in range(256) if sign not in _KEPT)
_DIGITS_AS_ZEROS: Final = bytes.maketrans(b"123456789", b"000000000")
_MANY_DIGITS: Final = b"0" * 16  # of a number that may be written in another way
_FRACTION: Final = b".00000"  # of a number that may be so small that it has an exponent there
_ESCAPE: Final = b"\\u"  # of half a character, among others


def is_canonical(text: bytes) -> bool:
    """Return whether JSON text of the engine is for sure what the encoder of frames would write: quicker than to write it again."""
    signs = text.translate(_DIGITS_AS_ZEROS, _OTHERS)
    if _MANY_DIGITS in signs or _FRACTION in signs or (b"\\" in signs and _ESCAPE in text):
        return False
    return b"0e-0" not in signs and not (b"+" in signs and b"0e+" in signs)
