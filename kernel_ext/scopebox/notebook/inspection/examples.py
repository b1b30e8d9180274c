"""How execution types and the functions of ``directus:api`` are called, in each language: signatures from the table, and an example of each."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from scopebox.languages import DEFAULT_LANGUAGE
from scopebox.vocabulary import EXECUTION_TYPES, METHODS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scopebox.languages import Language
    from scopebox.vocabulary import ExecutionType


class Code(NamedTuple):
    """Something that is no data, and is written differently in each language."""

    python: str
    javascript: str

    def of(self, language: Language) -> str:
        """Return it in ``language``; TypeScript is written as JavaScript."""
        return self.python if language is DEFAULT_LANGUAGE else self.javascript


_FILTER: Final = Code('lambda payload: {**payload, "title": "New"}', "(payload) => ({ ...payload, title: 'New' })")
_ACTION: Final = Code('lambda payload: exec("log", "Created")', "async () => { await exec('log', 'Created'); }")
_ROUTE: Final = Code(
    'lambda request: {"status": 200, "body": "Hello World"}', "() => ({ status: 200, body: 'Hello World' })"
)
_OPERATION: Final = Code(
    'lambda data: {"test": data["text"]}',
    "({ text }) => ({ test: text })",
)

# What follows the type in a call.
_ARGUMENTS: Final[Mapping[str, tuple[object, ...]]] = MappingProxyType(
    {
        "log": ("Hello, world!",),
        "sleep": (1000,),
        "request": (
            "https://example-api.com",
            {"method": "GET", "headers": {"User-Agent": "Directus Extension"}},
        ),
        "create-items": ("articles", {"data": [{"title": "Hello World"}]}),
        "read-items": ("articles", {"query": {"limit": 5, "sort": "-title"}}),
        "update-items": ("articles", {"query": {"filter": {"id": {"_eq": 1}}}, "data": {"title": "The Guide"}}),
        "delete-items": ("articles", {"query": {"filter": {"id": {"_eq": 404}}}}),
        "register-filter": ({"event": "items.create", "handler": _FILTER},),
        "register-action": ({"event": "items.create", "handler": _ACTION},),
        "register-endpoint": ({"method": "GET", "path": "/hello", "handler": _ROUTE},),
        "register-operation": ({"id": "custom", "handler": _OPERATION},),
    }
)

_LISTENERS: Final = Code(
    'def default(filter, action):\n    filter("items.create", lambda payload: {**payload, "title": "New"})\n'
    '    action("items.create", lambda meta: None)',
    "export default ({ filter, action }) => {\n  filter('items.create', (payload) => ({ ...payload, title: 'New' }));\n"
    "  action('items.create', () => {});\n};",
)
_ROUTER: Final = Code(
    'def default(router):\n    router.get("/hello", lambda request: {"status": 200, "body": "Hello World"})',
    "export default (router) => {\n  router.get('/hello', () => ({ status: 200, body: 'Hello World' }));\n};",
)
_ROUTES: Final = "\n".join(f"router.{method.lower()}(path, handler)" for method in METHODS)
_GATHER: Final = Code('await gather(exec("sleep", 100), exec("sleep", 100))', "")
_PRINT: Final = Code('print("Hello", "World")', "")
NO_CODE: Final = Code("", "")

# The default export of each type of extension.
DEFAULTS: Final[Mapping[str, Code]] = MappingProxyType(
    {
        "hook": _LISTENERS,
        "endpoint": _ROUTER,
        "operation": Code(
            'default = {"id": "custom", "handler": lambda data: {"test": data["text"]}}',
            "export default {\n  id: 'custom',\n  handler: ({ text }) => ({ test: text }),\n};",
        ),
    }
)

# By the name that a cell or a default export gives them: their signature, what they do, an example in the languages that have them.
GIVEN: Final[Mapping[str, tuple[str, str, Code]]] = MappingProxyType(
    {
        "filter": ("filter(event, handler)", EXECUTION_TYPES["register-filter"].allows, _LISTENERS),
        "action": ("action(event, handler)", EXECUTION_TYPES["register-action"].allows, _LISTENERS),
        "router": (_ROUTES, EXECUTION_TYPES["register-endpoint"].allows, _ROUTER),
        "gather": (
            "await gather(*calls)",
            "Wait for several calls at once: a list of what they return, in order",
            _GATHER,
        ),
        "print": (
            'print(*objects, sep=" ", end="\\n", flush=False)',
            'Write to the output of the cell; exec("log", message) writes to the log',
            _PRINT,
        ),
    }
)
_ONLY_EXEC: Final = frozenset({"output"})  # options that the function of directus:api does not take


def written(value: object, language: Language) -> str:
    """Return a value as code of ``language``: a dict with keys in quotes, or an object with as few quotes as it needs."""
    script = language is not DEFAULT_LANGUAGE
    match value:
        case Code():
            return value.of(language)
        case dict():
            pairs = ", ".join(
                f"{_key(str(key), script=script)}: {written(inner, language)}" for key, inner in value.items()
            )
            return f"{{ {pairs} }}" if script else f"{{{pairs}}}"
        case list():
            return f"[{', '.join(written(inner, language) for inner in value)}]"
        case str():
            return f"'{value}'" if script else json.dumps(value)
        case _:
            return str(value)


def _key(name: str, *, script: bool) -> str:
    if not script:
        return json.dumps(name)
    return name if name.isidentifier() else f"'{name}'"


def exec_signature(row: ExecutionType, language: Language) -> str:
    """Return how an execution type is called with ``exec``."""
    return f"await exec({', '.join([written(row.name, language), *_parameters(row, row.options, language)])})"


def exec_example(name: str, language: Language) -> str:
    """Return a call with ``exec`` that could stand in a cell."""
    return f"await exec({', '.join(written(value, language) for value in (name, *_ARGUMENTS[name]))})"


def api_signature(row: ExecutionType, language: Language) -> str:
    """Return how the function of ``directus:api`` is called."""
    options = [name for name in row.options if name not in _ONLY_EXEC]
    return f"{_awaited(row)}{row.name}({', '.join(_parameters(row, options, language))})"


def api_example(row: ExecutionType, language: Language) -> str:
    """Return the import of the function, and a call of it."""
    wanted = Code(f"from directus.api import {row.name}", f"import {{ {row.name} }} from 'directus:api';")
    arguments = ", ".join(written(value, language) for value in _ARGUMENTS[row.name])
    return f"{wanted.of(language)}\n{_awaited(row)}{row.name}({arguments})"


def _awaited(row: ExecutionType) -> str:
    return "" if row.immediate else "await "


def _parameters(row: ExecutionType, options: Iterable[str], language: Language) -> list[str]:
    quoted = language is DEFAULT_LANGUAGE
    keys = ", ".join(json.dumps(name) if quoted else name for name in options)
    brackets = f"{{{keys}}}" if quoted else f"{{ {keys} }}"
    return [*row.arguments, *([brackets] if keys else [])]
