"""YAML in steps, and what its texts may take."""

from __future__ import annotations

from pathlib import Path

import pytest
from scopebox.errors import SchemaError
from scopebox.store.sources import yaml_file
from scopebox.store.steps import at_once


def test_it_is_read_in_steps_that_take_few_of_its_values() -> None:
    text = "x: [" + "1," * 20_000 + "]"
    assert len(list(yaml_file.load(Path("a.yaml"), text.encode()))) > 20_000 / 1_000


@pytest.mark.parametrize("quote", ["", "'"])
def test_different_texts_are_counted_in_quotes_and_without(quote: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_file, "MAX_TEXTS", 50)
    text = "x:\n" + "".join(f"- {quote}{at}.5{quote}\n" for at in range(50))
    with pytest.raises(SchemaError, match="line 51 has more than 50 different texts, which are the limit"):
        at_once(yaml_file.load(Path("a.yaml"), text.encode()))


def test_texts_are_weighed_by_the_memory_that_they_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_file, "MAX_KEPT", 100_000)
    narrow = "".join(f"- '{'a' * 1_000}{at}'\n" for at in range(50))
    assert at_once(yaml_file.load(Path("a.yaml"), narrow.encode()))
    wide = "".join(f"- '\U0001f600{'a' * 1_000}{at}'\n" for at in range(50))
    with pytest.raises(SchemaError, match="texts that take more than 0 MiB of memory"):
        at_once(yaml_file.load(Path("a.yaml"), wide.encode()))
