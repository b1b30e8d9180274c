"""The code of both documents, character for character as it is printed there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, NamedTuple

DATA: Final = Path(__file__).parent / "data" / "documents.json"


class Piece(NamedTuple):
    """One piece of code. ``kind`` is call, example, signature, permission or manifest, ``name`` the heading that it stands under."""

    document: str
    kind: str
    name: str
    text: str

    @property
    def id(self) -> str:
        """What a test is called."""
        return f"{self.document}-{self.kind}-{self.name}"


PIECES: Final = tuple(Piece(**entry) for entry in json.loads(DATA.read_text("utf-8")))


def piece(document: str, kind: str, name: str) -> str:
    """Return the text of the only piece of that kind and name."""
    (found,) = [each.text for each in PIECES if (each.document, each.kind, each.name) == (document, kind, name)]
    return found


def mended(text: str, wrong: str, right: str) -> str:
    """Return ``text`` with what is wrong in print put right, once."""
    assert text.count(wrong) == 1
    return text.replace(wrong, right)
