"""The zygote: preloads the guest, confines itself, and forks a guest for each request of the host.

Started by its file path with ``-I -S`` and an empty environment. Arguments: the descriptor of its control socket, the JSON of its
:class:`Options`, and the folders where modules are found. On the control socket, one packet each way at a time: the host sends ``guest`` or ``probe`` with the guest's
end of a socket pair; the zygote answers with ``Forked`` and a pidfd, and reports each end with ``Exited``.
"""

from __future__ import annotations

import array
import gc
import os
import resource
import select
import signal
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NoReturn

if __name__ == "__main__":
    gc.disable()  # imports leave no garbage, and what is behind them is collected at once
    sys.path += sys.argv[3:]
    sys.modules["typing_extensions"] = None  # type: ignore[assignment] # msgspec takes typing where it is not there, and that is imported anyway

from msgspec import Struct

from scopebox_guest.driver.channel import Channel
from scopebox_guest.driver.driver import Driver
from scopebox_guest.engine import UnavailableError
from scopebox_guest.process import confinement, origins, probes
from scopebox_guest.process.libc import close_from
from scopebox_guest.process.memory_reserve import RESERVED_BYTES
from scopebox_guest.starting import load_engine, preload
from scopebox_guest.wire import (
    BROKEN,
    OUT_OF_MEMORY,
    CallTypes,
    Exited,
    Failed,
    Forked,
    Hello,
    Probed,
    Ready,
    decode_as,
    encode,
    pack,
)

if TYPE_CHECKING:
    from scopebox_guest.driver.calls import Calls
    from scopebox_guest.driver.output import Printed
    from scopebox_guest.driver.run import Outcome
    from scopebox_guest.engine import Engine
    from scopebox_guest.process.mechanisms import Mechanisms

PACKET_BYTES: Final = 64
CONTROL_DESCRIPTOR: Final = 3  # where the zygote keeps its control socket, whatever number it came under
ABOVE_DESCRIPTORS: Final = 64  # more than the zygote ever opens, and numbers are given from below


class Options(Struct, frozen=True):
    """What the host wants. ``engine`` is the package beside this file that runs the language of the guests, or the file of another one; ``without`` are mechanisms that are switched off."""

    engine: str
    types: CallTypes
    without: frozenset[str]


class Zygote:
    """Answers the requests on the control socket until the host is gone."""

    def __init__(
        self, control: socket.socket, engine: Engine[Outcome, Calls, Printed], types: CallTypes, without: frozenset[str]
    ) -> None:
        self._control = control
        self._engine = engine
        self._types = types
        self._without = without
        self._pid = os.getpid()
        self._woken, waker = socket.socketpair()
        self._woken.setblocking(False)
        waker.setblocking(False)
        self._waker = waker
        self._mechanisms: Mechanisms = {}
        self._size = address_space() + RESERVED_BYTES

    def run(self) -> NoReturn:
        """Confine this process, say hello and serve."""
        self._mechanisms = confinement.confine_zygote(self._without)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._control.send(encode(Hello(self._mechanisms)))
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if self._woken.fileno() in ready:
                self._reap()
            if self._control.fileno() in ready:
                self._answer()

    def _answer(self) -> None:
        try:
            request, descriptors, _, _ = socket.recv_fds(self._control, PACKET_BYTES, 1)
        except OSError:
            os._exit(0)
        if not request:
            os._exit(0)
        try:
            pid = os.fork()
        except OSError as error:
            self._control.send(encode(Failed(f"no process for a guest: {error.strerror}")))
        else:
            if not pid:
                self._be_guest(descriptors[0], probe=request == b"probe")
            self._report(pid)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _report(self, pid: int) -> None:
        """Tell the host about a new guest, with a pidfd if the kernel has them."""
        descriptors = []
        if not self._mechanisms["pidfd"]:
            descriptors.append(os.pidfd_open(pid))
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        self._control.sendmsg([encode(Forked(pid))], rights)
        for descriptor in descriptors:
            os.close(descriptor)

    def _reap(self) -> None:
        with suppress(BlockingIOError):
            self._woken.recv(4096)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            self._control.send(encode(Exited(pid, os.waitstatus_to_exitcode(status))))

    def _be_guest(self, descriptor: int, *, probe: bool) -> NoReturn:
        """Become a guest. Nothing that goes wrong here may run on as the zygote."""
        try:
            signal.set_wakeup_fd(-1)
            for handled in (signal.SIGCHLD, signal.SIGINT):  # a guest may not return from a handler
                signal.signal(handled, signal.SIG_DFL)
            os.dup2(descriptor, confinement.CHANNEL)
            for number in range(confinement.CHANNEL):
                os.close(number)
            close_from(confinement.CHANNEL + 1, ABOVE_DESCRIPTORS)
            channel = Channel(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, confinement.CHANNEL))
            mechanisms = confinement.confine_guest(self._mechanisms, self._without, self._pid)
            if probe:
                channel._send(pack(Probed(mechanisms, probes.run(self._pid))))
                os._exit(0)
            self._engine.warm_up(failures=False)
            driver = Driver(channel, self._engine, self._types)
            channel._send(pack(Ready(mechanisms, self._size)))
            driver._serve()
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        except BaseException:  # noqa: BLE001 - see above
            os._exit(BROKEN)


def address_space() -> int:
    """Return the bytes of address space of this process."""
    with open("/proc/self/statm", encoding="ascii") as sizes:  # noqa: PTH123 - pathlib would be imported for it alone
        return int(sizes.read().split()[0]) * resource.getpagesize()


def take_control(descriptor: int) -> socket.socket:
    """Return the control socket under its fixed number, and have no other descriptor above the standard ones."""
    if descriptor != CONTROL_DESCRIPTOR:
        os.dup2(descriptor, CONTROL_DESCRIPTOR, inheritable=False)
    close_from(CONTROL_DESCRIPTOR + 1, max(descriptor + 1, ABOVE_DESCRIPTORS))
    return socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, CONTROL_DESCRIPTOR)


def main() -> NoReturn:
    """Start up, or tell the host why not."""
    confinement.die_with(os.getppid())
    control = take_control(int(sys.argv[1]))
    try:
        options = decode_as(sys.argv[2], Options)
        preload()
        engine, types, without = load_engine(options.engine)(), options.types, options.without
        engine.warm_up(failures=True)
        del options  # a file of an engine would say where it is installed
        origins.forget()
        gc.collect()
        gc.freeze()
        gc.enable()
        Zygote(control, engine, types, without).run()
    except UnavailableError as error:
        control.send(encode(Failed(str(error)[:2000])))
        os._exit(1)
    except BaseException as error:  # noqa: BLE001 - the host has to learn of it
        control.send(encode(Failed(f"{type(error).__name__}: {error}"[:2000])))
        os._exit(1)


if __name__ == "__main__":
    main()
