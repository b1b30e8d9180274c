"""The frames that an error came through, which hold all that was at work there."""

from __future__ import annotations


def forget_frames(error: BaseException) -> None:
    """Let go of the frames of an error that was answered: they hold payloads and bodies, for as long as anybody keeps the error."""
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
