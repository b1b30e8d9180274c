"""What a guest tries, confined as every guest is, to learn what it cannot do. Run for ``%sandbox doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn
import os

if TYPE_CHECKING:
    from scopebox_guest.channel import Channel


def run(channel: Channel, zygote: int) -> NoReturn:
    """Placeholder."""
    os._exit(0)
