"""What is tried out when a zygote starts: that the library is what it is taken for. If not, there is no JavaScript on this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from scopebox_guest.engine import UnavailableError
from scopebox_guest.javascript.quickjs.interface import TAG_OBJECT, Bare
from scopebox_guest.javascript.quickjs.realm import ASYNC, SCRIPT, Realm

if TYPE_CHECKING:
    from scopebox_guest.javascript.quickjs.values import Value

MODULE_NAME: Final = "self:test"
EVERY_CALL: Final = b"""
const late = Promise.reject(1);
late.catch(() => 0);
const { one } = await import("self:test");
const refused = await import("self:other").catch(() => "refused");
console.log(one, refused);
"""
ARRIVING: Final = ["rejected", "handled", "p1 refused\n"]


def prove_size(realm: Realm) -> None:
    """Have the engine write two values beside each other, and see that it wrote two and no more."""
    mark = 0x5A5A
    room = (Bare * 3)(*(Bare(mark, mark) for _ in range(3)))
    promise = realm._take(realm._library.JS_NewPromiseCapability(realm._context, room))
    tags = [each.tag for each in room]
    if promise._tag != TAG_OBJECT or tags != [TAG_OBJECT, TAG_OBJECT, mark] or room[2].content != mark:
        raise UnavailableError("a value of the engine has another size than 16 bytes")
    for each in room[:2]:
        realm._free(each)


def prove_callbacks(realm: Realm, refuse_import: Value) -> None:
    """Have the engine make every kind of call to Python that there is, and see that each arrives."""
    arrived: list[str] = []

    def asked(text: bytes) -> int:
        arrived.append(text.decode())
        return 0

    realm._on_call = asked
    realm._on_rejected = lambda _promise, _reason: arrived.append("rejected")
    realm._on_handled = lambda _promise: arrived.append("handled")
    realm._offer(MODULE_NAME, {"one": realm._parsed(b"1")}, refuse_import)
    realm._run(realm._compiled(EVERY_CALL, b"<self-test>", SCRIPT | ASYNC))
    realm._jobs()
    if arrived != ARRIVING:
        raise UnavailableError(f"the engine calls Python in another way than it should: {', '.join(arrived)}")


def prove_one_thread() -> None:
    """See that this process has one thread: where there are more, no guest can be forked."""
    threads = len(os.listdir("/proc/self/task"))  # noqa: PTH208 - pathlib would be imported for it alone
    if threads != 1:
        raise UnavailableError(f"its process has {threads} threads, and may have one")
