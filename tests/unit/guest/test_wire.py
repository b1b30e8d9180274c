"""Frames: what the host takes from a guest, and what it refuses before it has cost anything."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopebox.vocabulary import CALL_TYPES
from scopebox_guest import weight, wire

from tests.growth import quick
from tests.json_data import DATA

FRAMES = (
    wire.Ready({"seccomp": ""}, 1),
    wire.Call(1, 1, "log", ['héllo "quoted" \\ \n', 1, 1.5, None, {"a": [{}]}], 3),
    wire.Output(1, "text"),
    wire.Done(1),
    wire.Done(1, msgspec.Raw(b'{"a":[1,2.5,"x"]}')),
    wire.Done(1, repr="<object>"),
    wire.Done(1, failure=wire.Failure("ValueError", "no", frames=[wire.Frame("<cell>", 1)], data=msgspec.Raw(b"[1]"))),
)


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: type(frame).__name__)
def test_what_a_guest_packs_the_host_reads(frame: object) -> None:
    packed = wire.pack(frame)
    size, size_class = wire.HEADER.unpack_from(packed)
    body = packed[wire.HEADER.size :]
    assert (size, size_class) == (len(body), wire.ORDINARY)
    assert wire.encode(wire.decode_from_guest(body, wire.ORDINARY, CALL_TYPES)) == body


CALL = b'{"frame":"call","id":%b,"inv":1,"type":"log","args":%b,"line":0}'
DONE = b'{"frame":"done","inv":1,"value":%b}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"call"',
        b"\xff\xfe",
        CALL % (b"1", b"[]") + b" ",
        CALL % (b"1", b"[]") * 2,
        (CALL % (b"1", b"[]")).decode().encode("utf-16"),
        b"\xef\xbb\xbf" + CALL % (b"1", b"[]"),
        (CALL % (b"1", b"[]")).replace(b":", b": "),
        (CALL % (b"1", b"[]")).replace(b'"line":0', b'"line":0,"granted":true'),
        (CALL % (b"1", b"[]")).replace(b'"id":1', b'"id":1,"id":2'),
        (CALL % (b"1", b"[]")).replace(b'"line":0', b'"line":0,"frame":"done"'),
        (CALL % (b"1", b"[]")).replace(b'"call"', b'"invoke"'),
        (CALL % (b"1", b"[]")).replace(b'"call"', b'"load"'),
        (CALL % (b"1", b"[]")).replace(b'"call"', b'["call"]'),
        *(
            CALL % (value, b"[]")
            for value in (b"1.5", b"1.0", b'"1"', b"true", b"null", b"[1]", b"NaN", b"-", b"1" * 5000)
        ),
        *(CALL % (b"1", value) for value in (b"null", b'"x"', b'{"0":"x"}', b"5", b"[NaN]", b"[Infinity]", b"[1e400]")),
        CALL % (b"1", b'[{"a":1,"a":2}]'),
        CALL % (b"1", b'["\xff"]'),
        CALL % (b"1", b'["\\ud800"]'),
        CALL % (b"1", b"[1.0e2]"),
        DONE % b'{"a":1,"a":2}',
        DONE % b'["\xff"]',
        DONE % b"[1, 2]",
        DONE % b"[1e400]",
        DONE % b"NaN",
        b'{"frame":"done","inv":1,"failure":{"kind":"E","message":"","data":{"a":1,"a":1}}}',
    ],
)
def test_only_the_canonical_text_of_a_frame_is_taken(body: bytes) -> None:
    with pytest.raises(wire.FrameError):
        wire.decode_from_guest(body, wire.ORDINARY, CALL_TYPES)


def test_an_error_has_no_more_levels_than_a_guest_sends() -> None:
    levels = [wire.Frame("<cell>", 1)] * (wire.MAX_LEVELS + 1)
    most, many = (wire.Done(1, failure=wire.Failure("E", "no", frames=frames)) for frames in (levels[1:], levels))
    wire.decode_from_guest(wire.encode(most), wire.ORDINARY, CALL_TYPES)
    with pytest.raises(wire.FrameError, match="length <= 50"):
        wire.decode_from_guest(wire.encode(many), wire.ORDINARY, CALL_TYPES)


def test_a_frame_error_says_little_of_what_the_guest_sent() -> None:
    with pytest.raises(wire.FrameError) as caught:
        wire.decode_from_guest(CALL % (b'"' + b"x" * 60_000 + b'"', b"[]"), wire.ORDINARY, CALL_TYPES)
    assert len(str(caught.value)) <= 200


def test_containers_are_counted_by_size_class() -> None:
    many = b"[" + b"{}," * wire.MAX_CONTAINERS[wire.ORDINARY] + b"{}]"
    wire.check_frame(many, wire.BULK)
    with pytest.raises(wire.FrameError, match="containers"):
        wire.check_frame(many, wire.ORDINARY)


@pytest.mark.parametrize(
    ("kind", "most"),
    [("create-items", wire.MAX_ITEM_VALUES), ("request", weight.MAX_VALUES), ("log", weight.MAX_VALUES)],
)
def test_a_call_that_carries_items_may_have_more_values_than_others(kind: str, most: int) -> None:
    fits = most - 7  # the frame itself and its six members
    wire.decode_from_guest(wire.encode(wire.Call(1, 1, kind, [1] * fits)), wire.BULK, CALL_TYPES)
    with pytest.raises(wire.FrameError, match=f"more than {most:,} values"):
        wire.decode_from_guest(wire.encode(wire.Call(1, 1, kind, [1] * (fits + 1))), wire.BULK, CALL_TYPES)


def test_ten_thousand_items_of_thirty_fields_are_one_call() -> None:
    items: list[object] = [{f"field_{number}": 1 for number in range(30)}] * 10_000
    wire.decode_from_guest(
        wire.encode(wire.Call(1, 1, "create-items", ["articles", {"data": items}])), wire.BULK, CALL_TYPES
    )


def test_ten_thousand_items_of_thirty_texts_are_one_call() -> None:
    items: list[object] = [{f"f{number}": "abc" for number in range(30)}] * 10_000
    body = wire.encode(wire.Call(1, 1, "create-items", ["articles", {"data": items}]))
    wire.check_frame(body, wire.BULK, wire.MAX_ITEM_VALUES)


def test_ten_thousand_items_of_a_table_are_one_call_with_texts_and_fractions_in_it() -> None:
    item: dict[str, object] = {f"n{number}": number for number in range(20)}
    item |= {f"t{number}": "text" for number in range(5)} | {f"f{number}": 0.5 for number in range(5)}
    body = wire.encode(wire.Call(1, 1, "create-items", ["articles", {"data": [item] * 10_000}]))
    wire.check_frame(body, wire.BULK, wire.MAX_ITEM_VALUES)


LARGE = b'{"frame":"call","id":1,"inv":1,"type":"create-items","args":["articles",{"data":[%b]}],"line":7}'
MANY = b",".join([b'{"a":1}'] * 40_000)


def refuse(_kind: str) -> bool:
    return True


def test_a_large_call_that_is_refused_anyway_is_not_decoded_but_for_what_it_is_about() -> None:
    for inside in (
        MANY,
        b"1e9999," * 1_000_000 + b"1",
        b'{"a":1,"a":2},' + MANY,
        b"[" * 150 + b"]" * 150 + b"," + MANY,
    ):
        frame = wire.decode_from_guest(LARGE % inside, wire.BULK, CALL_TYPES, refuse)
        assert isinstance(frame, wire.Unread)
        assert frame.call() == wire.Call(1, 1, "create-items", ["articles"], 7)


@pytest.mark.parametrize("args", [b"[]", b"[1]", b'[["articles"]]', b'{"0":"articles"}', b'"articles"', b"null"])
def test_of_what_else_a_refused_call_begins_with_nothing_is_decoded(args: bytes) -> None:
    body = b'{"frame":"call","id":1,"inv":1,"type":"create-items","args":%b,"line":0}' % args
    assert msgspec.json.decode(body, type=wire.Unread).call().args == []


@pytest.mark.parametrize(
    ("options", "known"),
    [
        (b'{"body":[1e9999],"method":"POST","headers":{}}', [{"method": "POST"}]),
        (b'{"body":"{\\"method\\":\\"POST\\"}"}', []),
        (b'{"method":1}', []),
        (b'["method"]', []),
        (b'"method"', []),
        (b"null", []),
    ],
)
def test_a_refused_request_is_about_its_url_and_its_method(options: bytes, known: list[object]) -> None:
    body = b'{"frame":"call","id":1,"inv":1,"type":"request","args":["https://a.test/",%b,1],"line":0}' % options
    assert msgspec.json.decode(body, type=wire.Unread).call().args == ["https://a.test/", *known]


def test_a_call_that_is_refused_and_short_is_decoded_for_people_to_be_told_of_it() -> None:
    frame = wire.decode_from_guest(LARGE % MANY[:150_000].rpartition(b",")[0], wire.BULK, CALL_TYPES, refuse)
    assert isinstance(frame, wire.Call)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b'"line":7', b'"line":7,"more":1'),
        (b'"line":7', b'"line": 7'),
        (b'"id":1', b'"id":2,"id":1'),
        (b'"id":1', b'"id":-1'),
        (b'"id":1', b'"id":1e0'),
        (b'["articles"', b'["articles'),
        (b'"line":7}', b'"line":7}}'),
        (b'{"a":1}', b"{a:1}"),
        (b'{"data":[', b'{"data":[' + b"[" * 500_000 + b"]" * 500_000 + b","),
    ],
)
def test_the_head_of_a_call_that_is_not_decoded_is_the_very_text_of_the_encoder(good: bytes, bad: bytes) -> None:
    body = LARGE % MANY
    wire.decode_from_guest(body, wire.BULK, CALL_TYPES, refuse)
    with pytest.raises(wire.FrameError):
        wire.decode_from_guest(body.replace(good, bad, 1), wire.BULK, CALL_TYPES, refuse)


def test_a_result_has_as_many_values_as_any_frame() -> None:
    text = msgspec.Raw(b"[" + b",".join([b'"a"'] * weight.MAX_VALUES) + b"]")
    with pytest.raises(wire.FrameError, match="more than 200,000 values"):
        wire.decode_from_guest(wire.encode(wire.Done(1, text)), wire.BULK, CALL_TYPES)


@pytest.mark.parametrize(
    "frame",
    [
        wire.Ready({"seccomp": "x" * 70_000}, 1),
        wire.Output(1, "x" * 70_000),
        wire.Done(1, failure=wire.Failure("ValueError", "x" * 70_000)),
    ],
    ids=lambda frame: type(frame).__name__,
)
def test_only_calls_and_results_may_be_large(frame: object) -> None:
    with pytest.raises(wire.FrameError, match="neither a call nor a result"):
        wire.decode_from_guest(wire.encode(frame), wire.BULK, CALL_TYPES)


@given(st.lists(DATA, max_size=5))
def test_json_data_of_a_guest_arrives_unchanged(args: list[object]) -> None:
    body = wire.encode(wire.Call(1, 1, "echo", args))
    frame = wire.decode_from_guest(body, wire.BULK, CALL_TYPES)
    assert isinstance(frame, wire.Call)
    assert frame.args == args


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_frame_error(body: bytes) -> None:
    try:
        wire.decode_from_guest(body, wire.ORDINARY, CALL_TYPES)
    except wire.FrameError:
        return


SPELLINGS = [
    "1e308",
    "5e-324",
    "1.5e300",
    "1.7976931348623157e308",
    "1" * 300 + "e8",
    "0." + "3" * 800 + "e-300",
    "9" * 300,
    "9007199254740993.0",
    "99999999999999.9",
]


@pytest.mark.parametrize("number", SPELLINGS)
def test_no_spelling_of_a_number_is_dear_to_decode(number: str) -> None:
    text = f"[{','.join([number] * (1_000_000 // len(number)))}]".encode()
    frame = b'{"frame":"call","id":1,"inv":1,"type":"log","args":%b,"line":0}' % text
    assert quick(lambda: wire.decode_json(text))
    assert quick(lambda: wire.decode_as(text, list[object]))
    assert quick(lambda: wire.decode_call(frame))


@pytest.mark.parametrize("number", ["1.5", "1e-300"])
def test_a_large_result_is_looked_at_for_exponents_once(monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    looks, look = [], weight.has_exponents

    def counted(text: bytes | bytearray) -> bool:
        looks.append(len(text))
        return look(text)

    monkeypatch.setattr(weight, "has_exponents", counted)
    body = DONE % f"[{','.join([number] * 100_000)}]".encode()
    assert isinstance(wire.decode_from_guest(body, wire.BULK, CALL_TYPES), wire.Done)
    assert looks == [len(body)]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_read_as_python_reads_them(number: float) -> None:
    text = wire.encode([number])
    assert wire.encode(wire.decode_json(text)) == text
    assert wire.decode_json(repr(number)) == number


@pytest.mark.parametrize("text", ["1e400", "[-1e309]", '{"a": 1' + "0" * 400 + ".0}"])
def test_a_number_beyond_all_others_is_no_number(text: str) -> None:
    with pytest.raises(msgspec.DecodeError, match="out of range"):
        wire.decode_json(text)
