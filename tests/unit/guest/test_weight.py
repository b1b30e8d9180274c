"""What JSON text weighs, told before it is decoded."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopebox_guest import weight, wire

from tests.json_data import DATA


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def test_nesting_is_refused_one_level_above_the_limit() -> None:
    weight.check_nesting(nested(weight.MAX_DEPTH))
    with pytest.raises(ValueError, match="nested"):
        weight.check_nesting(nested(weight.MAX_DEPTH + 1))
    with pytest.raises(ValueError, match="nested"):
        weight.check_nesting(b'{"a":' * 9_000)


def values_in(data: object) -> int:
    if isinstance(data, dict):
        return 1 + sum(map(values_in, data.values()))
    return 1 + sum(map(values_in, data)) if isinstance(data, list) else 1


def test_values_are_refused_one_above_the_limit() -> None:
    weight.check_values(b"[" + b",".join([b'"a,[{"'] * (weight.MAX_VALUES - 1)) + b"]")
    with pytest.raises(ValueError, match="more than 200,000 values"):
        weight.check_values(b"[" + b",".join([b"1"] * weight.MAX_VALUES) + b"]")


HEAVY: dict[str, list[object]] = {  # fewer values than a call may have, and each kind of them takes more than the frame
    "wide keys": [{"я": "ю", "ж": "ю", "ш": "ю"}] * 90_000,
    "keys that are all different": [{f"{n}a": "xyz", f"{n}b": "xyz", f"{n}c": "xyz"} for n in range(80_000)],
    "numbers with a fraction of many digits": [0.14285714285714285] * 190_000,
    "numbers with an exponent": [1e-99] * 320_000,
}


@pytest.mark.parametrize("kind", HEAVY)
def test_what_a_frame_takes_in_memory_is_weighed_keys_and_numbers_included(kind: str) -> None:
    items = HEAVY[kind]
    body = wire.encode(wire.Call(1, 1, "create-items", ["articles", {"data": items}]))
    assert len(body) <= wire.MAX_GUEST_FRAME_BYTES[wire.BULK]
    weight.check_values(body, wire.MAX_ITEM_VALUES)
    with pytest.raises(ValueError, match="more than 51,380,224 bytes of memory"):
        weight.check_weight(body)
    weight.check_weight(wire.encode(wire.Call(1, 1, "create-items", ["articles", {"data": items[: len(items) // 3]}])))


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("[1.5,-48.137154,-9007199254740993.0]", False),
        ('["1e5","0.14285714285714285",{"a12345678901234567890":1,"b":2}]', False),
        ("[12345,67890]" * 9, False),
        ("[1e5,2.5e-9,1E+9]", False),
        ("[1e10]", True),
        ("[1.5E-05]", True),
        ("[1.5e+300]", True),
    ],
)
def test_exponents_are_told_from_what_stands_in_texts(text: str, has: bool) -> None:
    assert weight.has_exponents(text.encode()) is has


def test_ten_thousand_items_of_ordinary_fractions_weigh_little() -> None:
    items = [{f"f{number}": number + 0.25 for number in range(30)}] * 10_000
    weight.check_weight(wire.encode(items))


@pytest.mark.parametrize(
    "text",
    [
        b'["' + b"{[,.1e5" * 500_000 + b'"]',
        b'["' + b'\\"' * 1_500_000 + b'"]',
        b'["' + "юя".encode() * 1_000_000 + b'"]',
        b"[" + b"true," * 199_000 + b"false]",
    ],
)
def test_texts_weigh_nothing_whatever_stands_in_them(text: bytes) -> None:
    weight.check_weight(text)


def test_a_smaller_weight_can_be_the_most_there_may_be() -> None:
    text = b"[" + b",".join([b"[]"] * 1_000) + b"]"
    weight.check_weight(text, weight.weight_of(text))
    with pytest.raises(ValueError, match="more than 100,000 bytes of memory"):
        weight.check_weight(text, 100_000)


@given(DATA, st.integers(0, 2_000))
def test_a_weight_is_exact_where_it_is_more_than_enough(data: object, enough: int) -> None:
    text = wire.encode(data)
    found = weight.weight_of(text, enough)
    assert found == weight.weight_of(text) if found > enough else weight.weight_of(text) <= enough


def test_brackets_in_strings_do_not_count() -> None:
    weight.check_nesting(json.dumps(["[" * 500 + '"\\', '\\"[[' * 500, "{" * 500]).encode())


def depth_of(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


@given(DATA, st.integers(0, weight.MAX_DEPTH + 4), st.booleans())
def test_nesting_is_measured_exactly(data: object, levels: int, ascii: bool) -> None:  # noqa: A002
    for _ in range(levels):
        data = [data, "[["]
    body = json.dumps(data, ensure_ascii=ascii).encode()
    if depth_of(data) > weight.MAX_DEPTH:
        with pytest.raises(ValueError, match="nested"):
            weight.check_nesting(body)
    else:
        weight.check_nesting(body)


@given(DATA, st.booleans())
def test_values_are_counted_exactly(data: object, ascii: bool) -> None:  # noqa: A002
    for spaces in ((",", ":"), (", ", ": ")):
        body = json.dumps(data, ensure_ascii=ascii, separators=spaces).encode()
        weight.check_values(body, values_in(data))
        if (below := values_in(data) - 1) > 0:
            with pytest.raises(ValueError, match="values"):
                weight.check_values(body, below)


class Unread(bytes):
    def count(self, *_: object) -> int:
        raise AssertionError("nobody looks at it")


def test_values_of_a_text_that_is_too_short_for_as_many_are_not_counted() -> None:
    weight.check_values(Unread(b"[" + b"1," * (weight.MAX_VALUES - 2) + b"1]"))
    with pytest.raises(AssertionError, match="nobody"):
        weight.check_values(Unread(b"[" + b"1," * (weight.MAX_VALUES - 1) + b"1]"))


def keys(number: int, of: str = "") -> str:
    return ",".join(f'"{of}{key}":1' for key in range(number))


@pytest.mark.parametrize(
    ("text", "large"),
    [
        (f"{{{keys(256)}}}", 0),
        (f"{{{keys(257)}}}", 257),
        (f"[{{{keys(257)}}},{{{keys(256)}}},{{{keys(300)}}}]", 557),
        (f'{{"a":{{{keys(300)}}},{keys(200)}}}', 300),
        (f'{{{keys(200)},"a":[{{}},{{"b":2}}],{keys(200)}}}', 401),
        (f"{{{keys(300, of='}')}}}", 300),
        (f"{{{keys(100, of='{')}}}", 0),
        (f"{{{keys(200, of=':')}}}", 0),
        (f"{{{keys(300)}", 300),
        (f"}}}}}}{{{keys(300)}}}", 300),
        ("{}," * 100_001 + keys(7), 7),
    ],
)
def test_the_keys_of_large_objects_are_counted_and_no_others(text: str, large: int) -> None:
    assert weight._keys_of_large_objects(text.encode()) == large


@pytest.mark.parametrize(
    ("text", "wide"),
    [
        ('["a","b c",""]', 0),
        ('["я","яя","aя","","é"]', 4),
        (r'["\u0001","\\u0001","\\\u0001","\"\u0001","я\\"]', 4),
        ('{"я":"a","b":"ю"}', 2),
    ],
)
def test_wide_strings_are_counted_each_once(text: str, wide: int) -> None:
    assert weight._wide_strings(text.encode()) == wide


def heaviest(piece: Callable[[int], str], before: str = "[", after: str = "]") -> bytes:
    """Return the longest text of such pieces that is light enough for a frame."""
    few, many = 1, wire.MAX_ITEM_VALUES
    pieces = list(map(piece, range(many)))
    while few < many:
        middle = (few + many + 1) // 2
        text = f"{before}{','.join(pieces[:middle])}{after}".encode()
        try:
            weight.check_weight(text)
            fits = len(text) <= wire.MAX_GUEST_FRAME_BYTES[wire.BULK]
        except ValueError:
            fits = False
        few, many = (middle, many) if fits else (few, middle - 1)
    return f"{before}{','.join(pieces[:few])}{after}".encode()


DEAREST: dict[str, tuple[Callable[[int], str], str, str]] = {
    "wide texts": (lambda n: f'"😀😀{n % 100:02}"', "[", "]"),
    "one object of many keys": (lambda n: f'"{n:x}":1', "{", "}"),
    "one object of many texts": (lambda n: f'"{n:x}":"{n + 1:x}"', "{", "}"),
    "one object of wide keys": (lambda n: f'"я{n:x}":"ю{n:x}"', "{", "}"),
}


@pytest.mark.parametrize("kind", DEAREST)
def test_the_dearest_text_of_its_kind_takes_no_more_than_what_may_be_weighed(kind: str) -> None:
    text = heaviest(*DEAREST[kind])
    tracemalloc.start()
    try:
        decoded = wire.decode_json(text)
        assert wire.encode(decoded) == text
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40 * 2**20


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (b'[1,2.5,1e99,-1e-400,true,"1e400",{"1e400":0}]', []),
        (b"[1e400,-2.5E+308,0,1e0100]", [b"1e400", b"-2.5E+308", b"1e0100"]),
        (b"1" * 199, []),
        (b"[" + b"1" * 200 + b",2]", [b"1" * 200]),
    ],
)
def test_numbers_that_may_be_beyond_all_others_are_found_where_they_are_no_text(
    text: bytes, numbers: list[bytes]
) -> None:
    assert list(weight.large_numbers(text)) == numbers
