"""The interpreter: loads sources into one namespace, calls functions of it, and explains errors."""

from __future__ import annotations

import linecache
from collections.abc import Coroutine
from functools import partial
from inspect import CO_COROUTINE, CO_VARARGS
from itertools import islice
from random import Random
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Final

from scopebox_guest.python.builtin_names import build_builtins
from scopebox_guest.python.facades.registry import Imports, build_modules
from scopebox_guest.python.guards import Guards
from scopebox_guest.python.guest_state import GuestState
from scopebox_guest.python.hints import MAX_SOURCE_CHARACTERS, Surroundings, hint
from scopebox_guest.python.names import is_refused_variable
from scopebox_guest.python.other_languages import with_language
from scopebox_guest.python.results import Place
from scopebox_guest.python.source import VALUE, compile_source, split_lines
from scopebox_guest.python.stand_ins import closed
from scopebox_guest.wire import TOP_LEVEL, Frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MODULE_NAME: Final = "extension"  # __name__ of the namespace, seen in the repr of classes


class Interpreter:
    """The restricted Python of one guest, without anything that calls the host.

    Made before the guest is confined: nothing is imported and no file is opened later. ``modules`` are modules that the engine
    adds to the façades by dotted name, such as ``{"directus.api": {"log": …}}``; set them before ``load``.
    """

    def __init__(self) -> None:
        self.modules: Mapping[str, Mapping[str, object]] = {}
        self._random = Random()  # noqa: S311 - what the guest's own random module is made of
        self._state = GuestState()
        guards = Guards(self._state)
        self._imports = Imports(build_modules(self._state, guards, self._random))
        self._builtins = build_builtins(self._state, guards, self._imports)
        self._files: set[str] = set()
        self._newest = ""

    def load(self, source: str, filename: str, names: Mapping[str, object], *, append: bool) -> object:
        """Run ``source`` in the namespace, a new one unless ``append``, after adding ``names`` to it.

        Returns the value of the last expression, or a coroutine that returns it if the source awaits at its top level. Raises
        :class:`SourceError` if the source does not compile, and whatever the source raises.
        """
        code = compile_source(source, filename)
        namespace = self._state.names
        if not append:
            namespace.clear()
            self._random.seed()
        self._imports.add(self.modules)
        namespace.update({name: closed(name, value) for name, value in names.items() if not is_refused_variable(name)})
        namespace.update(__builtins__=self._builtins, __name__=MODULE_NAME)
        self._remember(source, filename)
        running = FunctionType(code, namespace)()
        if code.co_flags & CO_COROUTINE:
            return self._value_of(running)
        return namespace.pop(VALUE, None)

    async def _value_of(self, running: Coroutine[object, object, None]) -> object:
        await running
        return self._state.names.pop(VALUE, None)

    def _remember(self, source: str, filename: str) -> None:
        """Keep the lines for tracebacks; an entry without a modification time is never looked up on disk."""
        self._files.add(filename)
        self._newest = filename
        lines = [f"{line}\n" for line in split_lines(source)]
        linecache.cache[filename] = (len(source), None, lines, filename)

    def call(self, function: object, args: Sequence[object]) -> object:
        """Call a function of the guest: its value, or a coroutine if it is asynchronous."""
        if not callable(function):
            raise TypeError(f"{type(function).__name__!r} object is not callable")
        value: object = function(*args)
        return value

    def default_export(self) -> object | None:
        """The global ``default``, if there is one."""
        return self._state.names.get("default")

    def positional(self, function: object) -> tuple[int, bool]:
        """How many positional arguments ``function`` takes, optional ones included, and whether it takes ``*args`` as well.

        ``(0, True)`` for a callable that does not tell.
        """
        plain, given = self._plain(function)
        if plain is None:
            return (0, True)
        code = plain.__code__
        return (max(code.co_argcount - given, 0), bool(code.co_flags & CO_VARARGS))

    def required(self, function: object) -> int:
        """How many positional arguments ``function`` cannot do without; 0 for a callable that does not tell.

        Nor does one tell that wants others by name, or was given some: what is wrong with it is said when it is called.
        """
        plain, given = self._plain(function)
        if plain is None or (isinstance(function, partial) and function.keywords):
            return 0
        if plain.__code__.co_kwonlyargcount > len(plain.__kwdefaults__ or ()):
            return 0
        return max(plain.__code__.co_argcount - given - len(plain.__defaults__ or ()), 0)

    def _plain(self, function: object) -> tuple[FunctionType | None, int]:
        """The function behind a callable, and how many of its first arguments it has; None for one that does not tell."""
        given = 0
        while isinstance(function, partial):
            given, function = given + len(function.args), function.func
        if isinstance(function, MethodType):
            given, function = given + 1, function.__func__
        elif isinstance(function, type):
            given, function = given + 1, function.__init__  # type: ignore[misc]
        elif type(function) in self._state.classes:
            given, function = given + 1, type(function).__call__
        return (function if isinstance(function, FunctionType) else None), given

    def line_of(self, function: object) -> int:
        """The line in which a function of the newest cell begins, or the handler of an object; 0 for anything else."""
        if type(function) is dict:
            function = function.get("handler")
        plain = function.__func__ if isinstance(function, MethodType) else function
        if isinstance(plain, FunctionType) and plain.__code__.co_filename == self._newest:
            return plain.__code__.co_firstlineno
        return 0

    def frames(self, error: BaseException) -> list[Frame]:
        """The extension's own part of the stack of ``error``, outermost first."""
        found: list[Frame] = []
        traceback = error.__traceback__
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if code.co_filename in self._files:
                name = TOP_LEVEL if code.co_name == "<module>" else code.co_name
                file = "" if code.co_filename == self._newest else code.co_filename
                found.append(Frame(name, traceback.tb_lineno, file))
            traceback = traceback.tb_next
        return found

    def hint(self, error: BaseException) -> str:
        """What would be right instead of the typical mistake behind ``error``; empty if none is recognised."""
        names = {*self._state.names, *self._builtins}
        line, source, place = self._line_of_error(error), self._source(), self._place(error)
        found = hint(error, Surroundings(names, self._imports.modules, line, source, place))
        return with_language(found, source) if type(error) is NameError else found

    def _line_of_error(self, error: BaseException) -> str:
        """The text of the line of the extension that failed."""
        frames = self.frames(error)
        if not frames:
            return ""
        return linecache.getline(frames[-1].file or self._newest, frames[-1].line)

    def _place(self, error: BaseException) -> Place | None:
        """The expression of the extension that failed; None where there is none, or only in a source that is very long."""
        failed, traceback = None, error.__traceback__
        while traceback is not None:
            failed = traceback if traceback.tb_frame.f_code.co_filename in self._files else failed
            traceback = traceback.tb_next
        if failed is None:
            return None
        frame = failed.tb_frame
        source = self._source(frame.f_code.co_filename)
        line, end_line, column, end_column = next(islice(frame.f_code.co_positions(), failed.tb_lasti // 2, None))
        if line is None or column is None or len(source) > MAX_SOURCE_CHARACTERS:
            return None
        names = frame.f_locals
        return Place(
            source, (line, end_line, column, end_column), lambda name: names.get(name, self._state.names.get(name))
        )

    def _source(self, filename: str = "") -> str:
        """The source of a cell, of the one that ran last without a name."""
        entry = linecache.cache.get(filename or self._newest)
        return "".join(entry[2]) if entry is not None and len(entry) > 1 else ""
