"""``contextlib.contextmanager``, with managers that keep their generator to themselves; and ``anext``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Generator
    from types import TracebackType


def next_of(iterator: AsyncIterator[object], /, *default: object) -> Coroutine[object, None, object]:
    """``anext``, as a coroutine: what Python's own returns is an iterator as well, and could be stepped by hand."""
    step: Awaitable[object] = anext(iterator, *default)

    async def next_item() -> object:
        return await step

    next_item.__name__ = next_item.__qualname__ = "anext"
    return next_item()


class GeneratorContext:
    """A context manager that runs a generator up to its ``yield`` and, at the end, on from there."""

    __slots__ = ("_generator",)

    def __init__(self, generator: Generator[object, None, None]) -> None:
        self._generator = generator

    def __enter__(self) -> object:
        try:
            return next(self._generator)
        except StopIteration:
            raise RuntimeError("generator didn't yield") from None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        if error is None:
            return self._finish()
        try:
            self._generator.throw(error)
        except StopIteration as stop:
            return stop is not error
        except BaseException as raised:
            if raised is error or (isinstance(error, StopIteration) and raised.__cause__ is error):
                return False
            raise
        raise RuntimeError("generator didn't stop after throw()")

    def _finish(self) -> bool:
        try:
            next(self._generator)
        except StopIteration:
            return False
        raise RuntimeError("generator didn't stop")


class AsyncGeneratorContext:
    """The same for an asynchronous generator."""

    __slots__ = ("_generator",)

    def __init__(self, generator: AsyncGenerator[object, None]) -> None:
        self._generator = generator

    async def __aenter__(self) -> object:
        try:
            return await anext(self._generator)
        except StopAsyncIteration:
            raise RuntimeError("generator didn't yield") from None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> bool:
        if error is None:
            return await self._finish()
        try:
            await self._generator.athrow(error)
        except StopAsyncIteration as stop:
            return stop is not error
        except BaseException as raised:
            if raised is error or (isinstance(error, StopAsyncIteration) and raised.__cause__ is error):
                return False
            raise
        raise RuntimeError("generator didn't stop after athrow()")

    async def _finish(self) -> bool:
        try:
            await anext(self._generator)
        except StopAsyncIteration:
            return False
        raise RuntimeError("generator didn't stop")


def context_manager(function: Callable[..., Generator[object, None, None]]) -> Callable[..., GeneratorContext]:
    """``contextlib.contextmanager``."""

    def manager(*arguments: object, **keywords: object) -> GeneratorContext:
        return GeneratorContext(function(*arguments, **keywords))

    return manager


def async_context_manager(
    function: Callable[..., AsyncGenerator[object, None]],
) -> Callable[..., AsyncGeneratorContext]:
    """``contextlib.asynccontextmanager``."""

    def manager(*arguments: object, **keywords: object) -> AsyncGeneratorContext:
        return AsyncGeneratorContext(function(*arguments, **keywords))

    return manager
