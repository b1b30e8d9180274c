from __future__ import annotations

import pytest
from scopebox.extension.environment import missing_variables


@pytest.mark.parametrize(
    "source", ["f(process.env.API_KEY)", "process.env?.API_KEY", "process.env['API_KEY']", 'process.env?.["API_KEY"]']
)
def test_a_variable_of_an_environment_is_noted(source: str) -> None:
    note = missing_variables(source)
    assert note.startswith("process.env.API_KEY: undefined in an isolate")
    assert "%sandbox secret API_KEY" in note


def test_a_variable_that_is_no_key_is_an_input() -> None:
    assert "--input" in missing_variables("process.env.API_URL")


@pytest.mark.parametrize("source", ["process.env.NODE_ENV", "process.envelope.A", "process.env", "myprocess.env.A", ""])
def test_what_is_there_is_not_noted(source: str) -> None:
    assert missing_variables(source) == ""


def test_each_name_is_noted_once_and_only_a_few() -> None:
    note = missing_variables("".join(f"process.env.A{i % 50};" for i in range(1000)))
    assert note.startswith(
        "process.env.A0, process.env.A1, process.env.A2, process.env.A3, process.env.A4 and 45 more:"
    )
