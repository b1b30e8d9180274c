"""What is tried out when a zygote starts: that the library is what it is taken for. If not, there is no JavaScript on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scopebox_guest.engine import UnavailableError
from scopebox_guest.javascript.library import TAG_OBJECT, Bare

if TYPE_CHECKING:
    from scopebox_guest.javascript.realm import Realm


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


def prove_one_thread() -> None:
    """See that this process has one thread: where there are more, no guest can be forked."""
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise UnavailableError(f"its process has {threads} threads, and may have one")
