"""An engine whose interpreter runs plain Python: the language is broken by design, so that tests see what the confinement alone holds."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Coroutine, Mapping, Sequence
from types import CodeType

from scopebox_guest.engine import SourceError
from scopebox_guest.python.engine import Engine
from scopebox_guest.wire import Frame

RESULT = "__result__"


class RawInterpreter:
    """Python without any restriction."""

    def __init__(self) -> None:
        self.modules: Mapping[str, Mapping[str, object]] = {}
        self._namespace: dict[str, object] = {}
        self._filename = ""

    def load(self, source: str, filename: str, names: Mapping[str, object], *, append: bool) -> object:
        self._filename = filename
        if not append:
            self._namespace = {"__name__": "cell", "__builtins__": __builtins__}
        self._namespace.update(names)
        self._namespace.update(self.modules.get("directus.api", {}))
        running = eval(self._compile(source, filename), self._namespace)  # the point of this interpreter
        return self._awaited(running) if inspect.iscoroutine(running) else self._namespace.pop(RESULT, None)

    async def _awaited(self, running: Coroutine[object, object, object]) -> object:
        await running
        return self._namespace.pop(RESULT, None)

    def _compile(self, source: str, filename: str) -> CodeType:
        try:
            tree = ast.parse(source, filename)
            if tree.body and isinstance(last := tree.body[-1], ast.Expr):
                target = ast.Name(RESULT, ast.Store())
                tree.body[-1] = ast.copy_location(ast.Assign([target], last.value), last)
            code: CodeType = compile(ast.fix_missing_locations(tree), filename, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        except SyntaxError as error:
            raise SourceError(str(error.msg), error.lineno or 0, error.offset or 0) from None
        return code

    def call(self, function: object, args: Sequence[object]) -> object:
        return function(*args)  # type: ignore[operator]

    def default_export(self) -> object | None:
        return self._namespace.get("default")

    def positional(self, function: object) -> tuple[int, bool]:
        kinds = [p.kind for p in inspect.signature(function).parameters.values()]  # type: ignore[arg-type]
        count = sum(
            kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD) for kind in kinds
        )
        return count, inspect.Parameter.VAR_POSITIONAL in kinds

    def required(self, function: object) -> int:
        kinds = inspect.signature(function).parameters.values()  # type: ignore[arg-type]
        return sum(each.default is inspect.Parameter.empty for each in kinds if each.kind is each.POSITIONAL_OR_KEYWORD)

    def line_of(self, function: object) -> int:
        return 0

    def frames(self, error: BaseException) -> list[Frame]:
        frames, step = [], error.__traceback__
        while step is not None:
            code = step.tb_frame.f_code
            if code.co_filename == self._filename:
                name = "<cell>" if code.co_name == "<module>" else code.co_name
                frames.append(Frame(name, step.tb_lineno))
            step = step.tb_next
        return frames

    def hint(self, error: BaseException) -> str:
        return ""


def make_engine() -> Engine:
    return Engine(RawInterpreter())
