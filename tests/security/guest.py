"""The engine of confined attacks: plain Python in a real guest, with the harness names of the corpus.

Loaded by the zygote by its file. The frames of the corpus have neutral names; here they become those of ``wire``, and whatever
the host would not know stays in them.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Protocol

from scopebox_guest.python.engine import Engine
from scopebox_guest.wire import HEADER, MAX_GUEST_FRAME_BYTES, ORDINARY

CHANNEL_FD = 3
FIRST_CALL = 10  # attacks count their calls from 0; the numbers below are the harness's own
EARLY = ""  # source that runs before a guest says that it is ready
Frame = dict[str, object]


class _Channel(Protocol):
    _rest: bytes
    _socket: socket.socket


def neutral(frame: Frame) -> Frame:
    """Return a frame of the host under the names of the corpus."""
    kind = frame.pop("frame")
    if kind == "invoke":
        return {"type": "invoke", "id": int(str(frame["inv"])) - 1, "args": frame["args"]}
    if kind in ("reply", "refuse"):
        number = int(str(frame.pop("id"))) - FIRST_CALL
        return {"type": "result" if kind == "reply" else "error", "id": number, **frame}
    return {"type": kind, **frame}


def native(neutral_frame: Frame, run: int) -> Frame:
    """Return a frame of the corpus under the names of ``wire``; ``run`` is the cell that runs."""
    frame = dict(neutral_frame)
    kind, number = frame.pop("type", None), frame.pop("id", None)
    if kind == "call":
        if isinstance(number, int) and not isinstance(number, bool):
            number += FIRST_CALL
        method, args = frame.pop("method", None), frame.pop("args", None)
        return {"frame": "call", "id": number, "inv": run, "type": method, "args": _handlers(args), "line": 0, **frame}
    if kind in ("result", "error"):
        run = number + 1 if isinstance(number, int) else number  # type: ignore[assignment] # a wrong id is the attack
        if kind == "result":
            return {"frame": "done", "inv": run, "value": frame.pop("value", None), **frame}
        return {"frame": "done", "inv": run, "failure": _failure(frame)}
    if kind == "done":
        if "error" in frame:
            error = frame.pop("error")
            failure = _failure(dict(error) if isinstance(error, dict) else {"message": error})
            return {"frame": "done", "inv": run, "failure": failure, **frame}
        return {"frame": "done", "inv": run, "value": frame.pop("result", None), **frame}
    return {"frame": kind, **({} if number is None else {"id": number}), **frame}


def _failure(error: Frame) -> Frame:
    kind = error.pop("type", None) or error.pop("name", None) or "RuntimeError"
    return {"kind": kind, "message": str(error.pop("message", "")), **error}


def _handlers(value: object) -> object:
    if isinstance(value, dict):
        if set(value) == {"$handler"}:
            return {"handler": value["$handler"]}
        return {key: _handlers(item) for key, item in value.items()}
    return [_handlers(item) for item in value] if isinstance(value, list) else value


def frame_header(size: int, size_class: int = ORDINARY) -> bytes:
    return HEADER.pack(size & 0xFFFFFFFF, size_class)


def frame_bytes_of_size(size: int, size_class: int = ORDINARY) -> bytes:
    begin = b'{"frame":"output","inv":1,"text":"'
    return frame_header(size, size_class) + begin + b"x" * (size - len(begin) - 2) + b'"}'


class Primitives:
    """What an attack may do with the socket."""

    def __init__(self, channel: _Channel, run: int, printed: Callable[..., None]) -> None:
        self._channel = channel
        self._run = run
        self._calls = 0
        self._print = printed

    def names(self) -> Mapping[str, object]:
        """Return the harness names of the corpus."""
        return {
            "CHANNEL_FD": CHANNEL_FD,
            "MAX_FRAME": MAX_GUEST_FRAME_BYTES[ORDINARY],
            "frame_bytes": self.frame_bytes,
            "frame_bytes_of_size": frame_bytes_of_size,
            "frame_header": frame_header,
            "next_id": self.next_id,
            "recv_frame": self.recv_frame,
            "register_endpoint_raw": self.register_endpoint_raw,
            "report": lambda text: self._print(text, flush=True),
            "send_frame": lambda frame: self.send_raw(self.frame_bytes(frame)),
            "send_frame_before_handshake": lambda frame: self.send_raw(self.frame_bytes(frame)),
            "send_raw": self.send_raw,
            "send_with_fds": self.send_with_fds,
            "shutdown_write": lambda: self._channel._socket.shutdown(socket.SHUT_WR),
            "wait_invocation": self.wait_invocation,
        }

    def frame_bytes(self, frame: Frame) -> bytes:
        body = json.dumps(native(frame, self._run), separators=(",", ":"), ensure_ascii=False)
        data = body.encode("utf-8", "surrogatepass")
        size_class = ORDINARY if len(data) <= MAX_GUEST_FRAME_BYTES[ORDINARY] else ORDINARY + 1
        return HEADER.pack(len(data), size_class) + data

    def send_raw(self, data: bytes) -> None:
        self._channel._socket.sendall(data)

    def send_with_fds(self, data: bytes, fds: list[int]) -> None:
        socket.send_fds(self._channel._socket, [data], fds)

    def next_id(self) -> int:
        self._calls += 1
        return self._calls - FIRST_CALL

    def register_endpoint_raw(self, path: str) -> Frame | None:
        options = {"path": path, "method": "GET", "handler": {"$handler": 1}}
        frame: Frame = {"type": "call", "id": self.next_id(), "method": "register-endpoint", "args": [options]}
        self.send_raw(self.frame_bytes(frame))
        return self.recv_frame(5)

    def wait_invocation(self) -> Frame:
        while True:
            frame = self.recv_frame(8)
            if frame is None:
                raise TimeoutError("no invocation")
            if frame["type"] == "invoke":
                return frame

    def recv_frame(self, seconds: float) -> Frame | None:
        """Return the next frame of the host; None if there is none within ``seconds``."""
        deadline = time.monotonic() + seconds
        while True:
            data = self._channel._rest
            if len(data) >= HEADER.size:
                end = HEADER.size + HEADER.unpack_from(data)[0]
                if len(data) >= end:
                    self._channel._rest = data[end:]
                    return neutral(json.loads(data[HEADER.size : end]))
            try:
                more = self._channel._socket.recv(65536, socket.MSG_DONTWAIT)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    return None
                time.sleep(0.002)
                continue
            if not more:
                raise EOFError("the host has gone")
            self._channel._rest = data + more


class _Early:
    """The channel before there is a driver."""

    def __init__(self) -> None:
        self._rest = b""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, CHANNEL_FD)


class _RawInterpreter(Protocol):
    def load(self, source: str, filename: str, names: Mapping[str, object], *, append: bool) -> object: ...


def _raw_interpreter() -> _RawInterpreter:
    spec = spec_from_file_location("raw_engine", Path(__file__).parents[1] / "raw_engine.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    interpreter: _RawInterpreter = module.RawInterpreter()
    return interpreter


def make_engine() -> object:
    """Return the raw engine; every cell is given the harness names as well."""
    interpreter: Any = _raw_interpreter()
    zygote, load = os.getpid(), interpreter.load

    def attack(source: str, filename: str, names: Mapping[str, object], *, append: bool) -> object:
        if "exec" in names:
            printed: Any = names["print"]
            output, scheduler = (cell.cell_contents for cell in printed.__closure__)  # in the order of the alphabet
            primitives = Primitives(output._channel, scheduler._run._number, printed)
            names = {**names, **primitives.names()}
        elif EARLY and os.getpid() != zygote:
            exec(EARLY, dict(Primitives(_Early(), 1, print).names()))
        return load(source, filename, names, append=append)

    interpreter.load = attack
    return Engine(interpreter)
