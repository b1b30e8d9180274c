"""The first and only program of the emulated machine: starts zygotes, has their guests try what they must not do, and prints what came of it.

It uses the guest's own package and nothing of the host, which needs libraries that are large.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import sys
import traceback
from pathlib import Path

sys.path.insert(0, "/scopebox")

from scopebox_guest import wire

MARK = "RESULT "
MOUNTS = (
    ("proc", "/proc", "proc"),
    ("sysfs", "/sys", "sysfs"),
    ("devtmpfs", "/dev", "devtmpfs"),
    ("tmpfs", "/tmp", "tmpfs"),
)
POWER_OFF = 0x4321FEDC
CELLS = {"python": "sum(range(4)) * 7", "javascript": "[1, 2, 3].reduce((sum, each) => sum + each) * 7"}
LANGUAGES = {"python": "python", "javascript": "js"}


class Zygote:
    """One zygote, as the host starts it."""

    def __init__(self, engine: str, without: list[str]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        types: dict[str, object] = {"functions": [], "bulk": [], "items": [], "immediate": [], "handlers": {}}
        options = {"engine": engine, "types": types, "without": without}
        command = [
            sys.executable,
            "-I",
            "-S",
            "/scopebox/scopebox_guest/zygote.py",
            str(theirs.fileno()),
            json.dumps(options),
            "/scopebox",
        ]
        self.process = subprocess.Popen(command, env={}, cwd="/", pass_fds=(theirs.fileno(),), start_new_session=True)
        theirs.close()
        self.control = ours

    def said(self) -> object:
        packet, descriptors, _, _ = socket.recv_fds(self.control, 16 * 1024, 1)
        for descriptor in descriptors:
            os.close(descriptor)
        if not packet:
            raise EOFError("the zygote ended")
        return wire.decode_from_zygote(packet)

    def fork(self, what: bytes) -> socket.socket:
        """Return the channel of a new guest."""
        ours, theirs = socket.socketpair()
        socket.send_fds(self.control, [what], [theirs.fileno()])
        theirs.close()
        return ours


def frames(channel: socket.socket) -> bytes:
    """Return the body of the next frame."""
    head = b""
    while len(head) < wire.HEADER.size:
        head += channel.recv(wire.HEADER.size - len(head)) or b"\0" * wire.HEADER.size
    size, body = wire.HEADER.unpack(head)[0], b""
    while len(body) < size:
        data = channel.recv(size - len(body))
        if not data:
            raise EOFError("the guest ended")
        body += data
    return body


def try_out(engine: str, without: list[str]) -> dict[str, object]:
    """Have one guest try everything, and another run a cell."""
    zygote = Zygote(engine, without)
    hello = zygote.said()
    if not isinstance(hello, wire.Hello):
        return {"engine": engine, "failed": repr(hello)}
    probed = wire.decode_probed(frames(zygote.fork(b"probe")))
    channel = zygote.fork(b"guest")
    ready = json.loads(frames(channel))
    load = wire.Load(1, LANGUAGES[engine], CELLS[engine], "<cell>", "exec", "", {}, False, 10_000, 10, False)
    channel.sendall(wire.pack(load))
    done = json.loads(frames(channel))
    zygote.control.close()
    zygote.process.wait()
    return {
        "engine": engine,
        "missing": {name: why for name, why in ready["mechanisms"].items() if why},
        "tried": len(probed.possible),
        "possible": [name for name, reached in probed.possible.items() if reached],
        "cell": done,
    }


def main() -> None:
    for what, place, kind in MOUNTS:
        Path(place).mkdir(exist_ok=True)
        ctypes.CDLL(None).mount(what.encode(), place.encode(), kind.encode(), 0, None)
    engines = Path("/engines").read_text().split()
    print(f"{MARK}{json.dumps({'machine': list(os.uname()), 'lsm': _lsm()})}", flush=True)
    for engine in engines:
        try:
            found = try_out(engine, [])
        except BaseException as error:
            found = {"engine": engine, "failed": "".join(traceback.format_exception(error))}
        print(f"{MARK}{json.dumps(found)}", flush=True)


def _lsm() -> str:
    ctypes.CDLL(None).mount(b"securityfs", b"/sys/kernel/security", b"securityfs", 0, None)
    try:
        return Path("/sys/kernel/security/lsm").read_text()
    except OSError:
        return "not told"


if __name__ == "__main__":
    try:
        main()
    finally:
        sys.stdout.flush()
        os.sync()
        ctypes.CDLL(None).reboot(POWER_OFF)
