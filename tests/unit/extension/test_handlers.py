"""What a handler came to, as the host keeps it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scopebox.errors import ExtensionError
from scopebox.extension import handlers
from scopebox.extension.extension import Extension
from scopebox.extension.handlers import MAX_NAME_CHARACTERS, outcome
from scopebox.isolate.isolate import Isolate
from scopebox.sandbox.sandbox import Sandbox
from scopebox_guest import wire


@pytest.fixture
def extension() -> Iterator[Extension]:
    with Sandbox() as box:
        box.load("first = 1", name="hello")
        yield box.load("second = 2", name="hello", append=True)


def _raised(extension: Extension, failure: wire.Failure) -> ExtensionError:
    with pytest.raises(ExtensionError) as caught:
        outcome(extension, wire.Done(1, failure=failure))
    return caught.value


@pytest.mark.parametrize("letter", ["x", "\U0001f600"])
def test_the_names_in_an_error_take_so_much_memory_at_most(extension: Extension, letter: str) -> None:
    name = f"{'x' * 1_000}{letter}"
    error = _raised(extension, wire.Failure(name, "no", frames=[wire.Frame(name, 1)], reason=name))
    width = 1 if letter.isascii() else 4
    for kept in (error.kind, error.frames[0].function, error.reason):
        assert kept.startswith("xxx")
        assert len(kept) * width < MAX_NAME_CHARACTERS + 30 * width


def test_ordinary_names_stay_as_they_are(extension: Extension) -> None:
    name = "größe_der_bestellung_berechnen"
    error = _raised(extension, wire.Failure("KeyError", "no", frames=[wire.Frame(name, 1)], reason="denied"))
    assert (error.kind, error.frames[0].function, error.reason) == ("KeyError", name, "denied")


def test_a_level_of_a_call_stack_names_a_cell_that_ran_or_none(extension: Extension) -> None:
    files = [*extension.sources, "x" * 10_000]
    error = _raised(extension, wire.Failure("E", "no", frames=[wire.Frame("f", 1, file) for file in files]))
    assert [frame.file for frame in error.frames] == [*extension.sources, ""]


FILTERS = """
async def note(payload, meta, context):
    return payload + [len(meta["query"])]
for _ in range(20):
    await exec("register-filter", {"event": "a.b", "handler": note})
"""


def test_filters_that_are_told_much_beside_the_payload_are_told_in_several_frames(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes: list[int] = []
    packed_series = Isolate.call_series

    def noted(self: Isolate, frame: wire.Series, *args: object, **options: object) -> object:
        sizes.append(sum(map(len, frame.metas)))
        return packed_series(self, frame, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Isolate, "call_series", noted)
    with Sandbox() as box:
        box.load(FILTERS, name="hello")
        assert box.emit_filter("a.b", [], {"query": "x"}) == [1] * 20
        assert len(sizes) == 1
        many = handlers.MAX_SERIES_BYTES // 8
        assert box.emit_filter("a.b", [], {"query": "x" * many}) == [many] * 20
    assert max(sizes) <= handlers.MAX_SERIES_BYTES
