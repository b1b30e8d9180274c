from __future__ import annotations

import pytest
from scopebox.errors import DirectusError
from scopebox.store.schema.schema import Collection, Field
from scopebox.store.values.casting import key_value

THINGS = Collection("things", {"id": Field("id", "integer", primary_key=True, nullable=False)})


def test_a_key_is_compared_as_its_type() -> None:
    assert key_value(THINGS, "5") == 5
    with pytest.raises(DirectusError):
        key_value(THINGS, "x")
