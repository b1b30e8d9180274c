"""Which call a value came from, as the source of an extension tells: ``answer = await request(url)``, ``for item in items``."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

API_MODULE: Final = "directus.api"
MAX_STEPS: Final = 5  # from a name to another, until a call is found

Binding = tuple[ast.expr | None, bool]
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.Module
_Position = tuple[int, int | None, int, int | None]


@dataclass(frozen=True, slots=True)
class Origin:
    """A call that returned a value, or that which it is a part of: ``request`` of the API style, or the type that ``exec`` was given."""

    kind: str
    style: Literal["api", "exec"]
    is_part: bool = False
    asks_json: bool = False


class Origins:
    """The origins of the values in one source. SyntaxError for a text that is none."""

    def __init__(self, source: str) -> None:
        self._tree = ast.parse(source)
        self._bound: dict[int, defaultdict[str, list[Binding]]] = {}
        self._known: dict[tuple[str, int], Origin | None] = {}
        self._api = {
            name.asname or name.name: name.name
            for node in ast.walk(self._tree)
            if isinstance(node, ast.ImportFrom) and node.module == API_MODULE
            for name in node.names
        }

    def at(self, position: _Position) -> tuple[ast.expr, list[Scope]] | None:
        """Return the expression at a position of the compiler, and the scopes around it, innermost first."""
        found = None
        waiting: list[tuple[ast.AST, list[Scope]]] = [(self._tree, [])]
        while waiting:
            node, scopes = waiting.pop()
            if isinstance(node, ast.expr) and _position(node) == position:
                found = (node, scopes)
                if isinstance(node, ast.Subscript | ast.Attribute):
                    break
            inner = [node, *scopes] if isinstance(node, Scope) else scopes
            waiting += [(child, inner) for child in ast.iter_child_nodes(node)]
        return found

    def origin(self, node: ast.expr | None, scopes: list[Scope], steps: int = MAX_STEPS) -> Origin | None:
        """Return which call a value is from; None where the source does not tell, or tells of several."""
        match node:
            case ast.Await(value=value):
                return self.origin(value, scopes, steps)
            case ast.Call(func=ast.Name(id="exec"), args=[ast.Constant(value=str(kind)), *options]):
                return Origin(kind, "exec", asks_json=any(_has_json(each) for each in options))
            case ast.Call(func=ast.Name(id=name)) if name in self._api:
                return Origin(self._api[name], "api")
            case ast.Subscript(value=value):
                return _part(self.origin(value, scopes, steps))
            case ast.Name(id=name) if steps:
                return self._of_name(name, scopes, steps - 1)
            case _:
                return None

    def looped_over(self, name: str, scopes: list[Scope]) -> ast.expr | None:
        """Return what a loop takes the values of a name from; None for a name that is not of a loop, or of several."""
        found = [binding for scope in scopes[:1] for binding in self._bindings(scope)[name]]
        return found[0][0] if len(found) == 1 and found[0][1] else None

    def _of_name(self, name: str, scopes: list[Scope], steps: int) -> Origin | None:
        at = next((at for at, scope in enumerate(scopes) if self._bindings(scope)[name]), None)
        if at is None:
            return None
        place = (name, id(scopes[at]))
        if place not in self._known:
            self._known[place] = None  # of a name that stands for itself
            found = {
                _part(origin) if in_loop else origin
                for value, in_loop in self._bindings(scopes[at])[name]
                for origin in [self.origin(value, scopes[at:], steps)]
            }
            self._known[place] = found.pop() if len(found) == 1 else None
        return self._known[place]

    def _bindings(self, scope: Scope) -> defaultdict[str, list[Binding]]:
        if id(scope) not in self._bound:
            self._bound[id(scope)] = _bindings(scope)
        return self._bound[id(scope)]


def _position(node: ast.expr) -> _Position:
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset


def _part(origin: Origin | None) -> Origin | None:
    return origin and Origin(origin.kind, origin.style, is_part=True, asks_json=origin.asks_json)


def _has_json(options: ast.expr) -> bool:
    """Return whether options ask for JSON, or may do so: those that stand in a variable are not looked at."""
    return not isinstance(options, ast.Dict | ast.Constant) or any(
        isinstance(value, ast.Constant) and value.value == "json" for value in getattr(options, "values", ())
    )


def _bindings(scope: Scope) -> defaultdict[str, list[Binding]]:
    """Return what the names in a scope stand for, None for what is not known, and whether it is one of many."""
    known: dict[int, Binding] = {}
    found: defaultdict[str, list[Binding]] = defaultdict(list)
    for node in ast.walk(scope):
        match node:
            case ast.Assign(targets=targets, value=value):
                known |= {id(target): (value, False) for target in targets}
                known |= {id(target): (one, False) for target, one in _unpacked(targets, value)}
            case ast.AnnAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
                known[id(target)] = (value, False)
            case (
                ast.For(target=target, iter=values)
                | ast.AsyncFor(target=target, iter=values)
                | ast.comprehension(target=target, iter=values)
            ):
                known[id(target)] = (values, True)
            case ast.Name(id=name, ctx=ast.Store()):
                found[name].append(known.get(id(node), (None, False)))
            case ast.arg(arg=name):
                found[name].append((None, False))
    return found


def _unpacked(targets: list[ast.expr], value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield the names and calls of ``first, second = await gather(…, …)``."""
    match targets, value:
        case [ast.Tuple(elts=names)], ast.Await(value=ast.Call(func=ast.Name(id="gather"), args=calls)):
            if len(names) == len(calls):
                yield from zip(names, calls, strict=True)
