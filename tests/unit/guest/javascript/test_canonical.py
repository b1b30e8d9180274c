"""JSON text of the engine that needs not be written again: no frame with it is refused."""

from __future__ import annotations

import json
import random
import struct

import msgspec
import pytest
from scopebox.isolate.pool import IsolatePool
from scopebox_guest.javascript.canonical import is_canonical
from scopebox_guest.wire import decode_json, encode

from tests.isolates import Guest, value

DOUBTFUL = [
    "1e+21",
    "-1e-7",
    '{"a":[1,2e-9]}',
    "0.00001",
    "123456789012345680000",
    "1234567890123456",
    r'"\ud800"',
    r'["\u0001"]',
]
PLAIN = ['{"a":[1,-2.5,0.1,true,null,"x"],"b":"e-1 +"}', '"\\\\ \\n"', '"ä €"', "0", "[]", "123456789012345"]
SIGNS = [*map(chr, range(300)), *map(chr, range(0x2020, 0x2030)), "\ud800", "\udfff", "\ufeff", "\U0001f600"]
COUNT = 300


@pytest.mark.parametrize("text", DOUBTFUL)
def test_what_may_be_written_in_another_way_is_looked_at(text: str) -> None:
    assert not is_canonical(text.encode())


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_always_written_so_is_not(text: str) -> None:
    assert is_canonical(text.encode())
    assert encode(decode_json(text)) == text.encode()


def anything(chance: random.Random) -> object:
    match chance.randrange(6):
        case 0:
            number: float = struct.unpack("d", chance.randbytes(8))[0]
            return number if abs(number) < 1e300 else 0.5
        case 1:
            return chance.randint(-(10 ** chance.randrange(1, 25)), 10 ** chance.randrange(1, 25))
        case 2:
            return chance.random() * 10.0 ** chance.randrange(-12, 25)
        case 3:
            return round(chance.random() * 10 ** chance.randrange(8), chance.randrange(12))
        case 4:
            return "".join(chance.choices(SIGNS, k=5))
    return {"".join(chance.choices(SIGNS, k=2)): [None, True, chance.random(), -0.0, "e-1"]}


def test_whatever_a_handler_returns_arrives(pool: IsolatePool) -> None:
    guest = Guest(pool, language="js")
    guest.load("exec('register-operation', { id: 'x', handler: (text) => JSON.parse(text) }); 1")
    chance = random.Random(12)
    for _ in range(COUNT):
        given = anything(chance)
        text = json.dumps(given)
        done = guest.invoke(1, text)
        if "\\ud" in text and done.repr:
            continue  # half a character
        assert value(done) == pytest.approx(given) if isinstance(given, float) else done.failure is None
    guest.end()


RAW = ("1.0", "1E5", "-0", "1.50", "1e5", '"\\/"', '"\\u0041"')


@pytest.mark.parametrize("raw", RAW)
def test_raw_json_is_what_it_says_and_no_frame_is_refused(pool: IsolatePool, raw: str) -> None:
    guest = Guest(pool, language="js")
    source = f"const raw = JSON.rawJSON({json.dumps(raw)}); Object.prototype['to' + 'JSON'] = () => raw; ({{ a: 1 }})"
    assert value(guest.load(source)) == msgspec.json.decode(raw)
    assert value(guest.load("delete Object.prototype.toJSON; JSON.stringify([raw])", append=True)) == f"[{raw}]"
    guest.end()
