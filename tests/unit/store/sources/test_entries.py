"""The lists of a schema."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import msgspec
import pytest
from scopebox.errors import SchemaError
from scopebox.store.sources import files
from scopebox.store.sources.entries import Entries

PATH = Path("fields.json")


def test_an_entry_is_decoded_when_its_turn_comes() -> None:
    entries = Entries.of(PATH, "fields", msgspec.Raw(b'[{"a": 1}, 2, "%s"]' % (b"x" * files.MAX_ENTRY)))
    assert len(entries) == 3
    one, two = islice(entries, 2)
    assert (one, two) == ({"a": 1}, 2)
    with pytest.raises(SchemaError, match=r"fields\.json: fields\[2\] has 2,097,154 bytes, 2,097,152 are the limit"):
        list(entries)


@pytest.mark.parametrize("text", [b"{}", b"5", b"null", b'"[]"'])
def test_what_is_no_list_is_refused(text: bytes) -> None:
    with pytest.raises(SchemaError, match=r"fields\.json: 'fields' has to be a list of objects"):
        Entries.of(PATH, "fields", msgspec.Raw(text))


def test_it_holds_no_more_values_than_memory_is_meant_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_VALUES", 3)
    assert len(Entries.of(PATH, "fields", msgspec.Raw(b"[1, 2]"))) == 2
    with pytest.raises(SchemaError, match=r"fields\.json: fields cannot be read: more than 3 values"):
        Entries.of(PATH, "fields", msgspec.Raw(b"[1, 2, 3]"))
