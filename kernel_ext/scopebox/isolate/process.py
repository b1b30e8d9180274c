"""The seam between an isolate and its process: what starts one, what ends it, what is known of it, what limits it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from scopebox.errors import IsolationError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping


class StarterEndedError(IsolationError):
    """What starts guests ended after it was asked for one; another one can be started."""


class Facts(Protocol):
    """What the system says of one process; from any thread."""

    def clock(self) -> float:
        """Seconds of processor time that it has used; ProcessLookupError if it is gone."""

    def sleeps(self) -> bool:
        """Whether it waits, as a guest does between frames."""

    def size_bytes(self) -> int:
        """How large it is, in what its memory is limited by; OSError if it is gone, or if the system hides it."""


class Limits(Protocol):
    """The limits of one process. ProcessLookupError if it is gone, OSError if they cannot be set."""

    def allow_memory(self, size: int) -> None:
        """Let the guest be ``size`` bytes large."""

    def exceeded(self) -> bool:
        """Whether it is larger, where nothing but a look tells."""

    def rest(self) -> None:
        """Nothing runs in the guest from now on."""

    def renew(self, clock: float, working: Callable[[], bool]) -> None:
        """Let the guest go on from ``clock`` if it is ``working``."""


class GuestProcess(Protocol):
    """One process of a guest. Killing it is safe from any thread and at any time, also when it has ended already.

    ``reason`` is why it did not get ready, as far as it could say so itself.
    """

    pid: int
    engine: str
    reason: str

    @property
    def facts(self) -> Facts:
        """What the system says of it."""

    @property
    def limits(self) -> Limits:
        """What limits it."""

    def kill(self) -> None:
        """Kill the process, if it has not ended."""

    def listen(self, on_exit: Callable[[int | None], None]) -> None:
        """Have ``on_exit`` called on the loop, once, with the exit status; None if it got lost."""

    def inspect(self, said: Mapping[str, str]) -> Mapping[str, str]:
        """Return the mechanisms that hold, of those that the guest ``said``, each with why it is missing; IsolationError if it cannot be trusted."""


class Starter(Protocol):
    """Starts the guests of one engine. On the loop thread."""

    alive: bool
    mechanisms: Mapping[str, str]

    async def started(self) -> None:
        """Wait until it can start guests. IsolationError, with the reason, if it cannot."""

    async def fork(self, channel: socket.socket, *, probe: bool = False) -> GuestProcess:
        """Return a new guest whose end of the channel is ``channel``; with ``probe`` it tries out its confinement and ends."""

    def close(self) -> None:
        """End all its guests."""
