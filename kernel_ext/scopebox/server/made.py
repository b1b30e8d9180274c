"""What is made of a request while it is answered: its text as data, and the conditions, statements and rows that follow from that."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote_to_bytes

from scopebox_guest import weight

from scopebox.text.sizes import most_decoded

MAX_ALL_MADE_BYTES: Final = 16 * 2**20  # of all requests that are answered at the same time
SMALL_MADE_BYTES: Final = 2**16  # that are made of an ordinary request, which needs no room of its own
_SHORT_QUERY, _SHORT_BODY = 256, 4 * 2**10  # bytes of a request of which little is made, whatever it says,
_FEW_VALUES: Final = 64  # with as many values in its body
# Of the keys of as many items as one request may change, which a query finds, and of their plan.
MANY_KEYS_BYTES: Final = 2**20
_TIMES: Final = 3  # as much as data takes what is made of it, with the data
_PARAMETER, _NAME = 160, 56  # bytes that a parameter takes, and a name in a list of names, as data
# Bytes of an item that is about to be written, and of each field of it, whether it is given or not.
_ROW, _FIELD = 400, 80


def is_little(query: bytes, body: bytearray) -> bool:
    """Whether little is made of a request, as of most: told in as few steps as possible."""
    return len(query) <= _SHORT_QUERY and (
        not body or (len(body) <= _SHORT_BODY and weight.most_values_in(body) <= _FEW_VALUES)
    )


def most_made(query: bytes, body: bytearray, fields: int = 0) -> int:
    """Return about how many bytes are made of a request at most, by the text of its query string and of its body.

    Each object in ``body`` may be an item that is written, with ``fields`` fields, if there are any. By counting alone: little more than reading it.
    """
    asked = unquote_to_bytes(query)
    data = most_decoded(asked) + _PARAMETER * asked.count(b"&") + _NAME * asked.count(b",") + most_decoded(body)
    rows = (_ROW + _FIELD * fields) * body.count(b"{") if fields else 0
    return _TIMES * data + rows
