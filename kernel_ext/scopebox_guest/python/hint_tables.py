"""What people write out of habit from a notebook, from JavaScript or from a real Directus, and what to write here."""

from __future__ import annotations

from typing import Final

INPUT: Final = "Define it above this line. Variables of the notebook do not exist here; --input {name} copies one in."
REQUEST: Final = 'Call a web service with await exec("request", url), or request from directus.api.'
NO_FILES: Final = (
    "An extension has no files, processes or environment; pass data in with --input, or keep it in a collection."
)
QUOTED_KEY: Final = 'Keys are quoted: {{"{name}": …}}.'
ANSWER: Final = (
    'A handler returns its answer: return {"status": 200, "body": …}. It gets the request, and there is no res.'
)
NO_SERVICES: Final = (
    'services, database, getSchema and env do not exist in a Directus sandbox; read and write items with await exec("read-items", …)'
    " and its like."
)
ROUTER: Final = 'Write def default(router): around it and add --type endpoint, or await exec("register-endpoint", {"path": …, "method": …, "handler": …}).'
LISTENER: Final = 'Write def default(filter, action): around it and add --type hook, or await exec("register-filter", {"event": …, "handler": …}).'
GATHER: Final = 'Call several things at once with await gather(…), wait with await exec("sleep", milliseconds).'
HANDLER: Final = (
    "Only register-filter, register-action, register-endpoint and register-operation take a function, as their handler: is the execution "
    "type written like that? Everything else that is sent or returned is data."
)
LOG: Final = 'Use print() for this notebook, await exec("log", message) for the log that travels to a Directus.'

NAMES: Final = {
    "true": "Write True.",
    "false": "Write False.",
    "null": "Write None.",
    "undefined": "Write None.",
    "console": LOG,
    "fetch": REQUEST,
    "axios": REQUEST,
    "JSON": "Import json: json.loads(text), json.dumps(value).",
    "Math": "Import math, or use round(), min(), max(), abs().",
    "Date": "Import datetime: datetime.datetime.now().",
    "Promise": GATHER,
    "setTimeout": GATHER,
    "require": "Write import json, or from directus.api import log.",
    "module": "Name the exported function or dict default.",
    "exports": "Name the exported function or dict default.",
    "process": NO_FILES,
    "this": "Write self, the first parameter of a method.",
    "os": NO_FILES,
    "res": ANSWER,
    "response": ANSWER,
    "services": NO_SERVICES,
    "database": NO_SERVICES,
    "getSchema": NO_SERVICES,
    "ItemsService": NO_SERVICES,
    "knex": NO_SERVICES,
    "env": NO_SERVICES,
    "context": NO_SERVICES,
    "logger": LOG,
    "router": ROUTER,
    "action": LISTENER,
    "open": NO_FILES,
    "input": "Nobody can be asked while an extension runs; pass data in with --input NAME.",
    "eval": "Text never becomes code here; use json.loads() for data, a dict of functions for choices.",
    "compile": "Text never becomes code here; re.compile() makes regular expressions.",
    "globals": "Keep what you look up by name in a dict of your own.",
    "locals": "Keep what you look up by name in a dict of your own.",
    "vars": "Keep what you look up by name in a dict, or make the class a dataclass and use asdict().",
    "dir": "Use hasattr(object, name), or look the names up in the documentation.",
    "memoryview": "Use slices of bytes or bytearray.",
    "exit": "Let the cell or handler end, or raise an error.",
    "quit": "Let the cell or handler end, or raise an error.",
    "help": "Use help() outside of the cell.",
    "breakpoint": "There is no debugger inside; use print().",
    "get_ipython": "An extension does not see the notebook that it is written in.",
    "display": "Make it the last expression of the cell, or print() it.",
    "log": 'Write await exec("log", message), or from directus.api import log.',
    "sleep": 'Write await exec("sleep", milliseconds), or from directus.api import sleep.',
    "request": 'Write await exec("request", url), or from directus.api import request; a handler gets its request as a parameter.',
}

MODULES: Final = {
    "aiohttp": REQUEST,
    "asyncio": GATHER,
    "concurrent": GATHER,
    "httpx": REQUEST,
    "http": REQUEST,
    "requests": REQUEST,
    "urllib3": REQUEST,
    "urllib.request": REQUEST,
    "socket": REQUEST,
    "logging": LOG,
    "threading": GATHER,
    "multiprocessing": GATHER,
    "os": NO_FILES,
    "sys": NO_FILES,
    "pathlib": NO_FILES,
    "subprocess": NO_FILES,
    "shutil": NO_FILES,
    "tempfile": NO_FILES,
    "dotenv": NO_FILES,
    "pickle": "Use json.dumps() and json.loads().",
    "sqlite3": 'Read and write collections with exec("read-items", …) and its like.',
    "duckdb": 'Read and write collections with exec("read-items", …) and its like.',
    "numpy": "Work with numpy outside and pass the result in with --input; statistics and math are here.",
    "pandas": "Work with pandas outside and pass the result in with --input; csv and statistics are here.",
    "pydantic": "Use dataclasses, and check values by hand.",
    "inspect": "Nothing here looks into functions and frames; use isinstance() and callable().",
    "importlib": "Write the import statement with the module's name.",
    "builtins": "The builtins are there without an import.",
    "directus": "Write from directus.api import log, sleep, request.",
    "directus:api": "Write from directus.api import log, sleep, request.",
    "zoneinfo": "Use datetime.timezone with a fixed offset.",
    "yaml": "Use json.",
}

MEMBERS: Final = {
    ("time", "sleep"): 'Write await exec("sleep", milliseconds).',
    ("time", "perf_counter"): "Use time.monotonic().",
    ("time", "strftime"): "Use datetime.datetime.now().strftime(…).",
    ("string", "Formatter"): "Use f-strings, or string.Template.",
    ("collections", "UserDict"): "Inherit from dict.",
    ("collections", "UserList"): "Inherit from list.",
    ("collections", "UserString"): "Inherit from str.",
    ("functools", "singledispatch"): "Use match, or a dict of functions by type.",
    ("functools", "update_wrapper"): "Use functools.wraps.",
    ("functools", "partialmethod"): "Define a method that calls the other.",
    ("typing", "NamedTuple"): "Use collections.namedtuple or dataclasses.dataclass.",
    ("dataclasses", "make_dataclass"): "Write the class out with @dataclass.",
    ("dataclasses", "InitVar"): "Take the value in an __init__ of your own.",
    ("json", "load"): "Use json.loads(text): there are no files here.",
    ("json", "dump"): "Use json.dumps(value): there are no files here.",
    ("json", "JSONEncoder"): "Use json.dumps(value, default=function).",
    ("json", "JSONDecoder"): "Use json.loads(text, object_hook=function).",
    ("uuid", "uuid1"): "Use uuid.uuid4(): uuid1 would show the machine's address.",
    ("uuid", "getnode"): "Use uuid.uuid4(): the machine's address stays unknown here.",
    ("random", "SystemRandom"): "Use secrets.",
    ("io", "open"): NO_FILES,
    ("re", "DEBUG"): "Use re.VERBOSE and comments.",
}

METHODS: Final = {
    "length": "Write len(value).",
    "push": "Write list.append(value).",
    "toUpperCase": "Write text.upper().",
    "toLowerCase": "Write text.lower().",
    "toString": "Write str(value).",
    "trim": "Write text.strip().",
    "includes": "Write value in container.",
    "indexOf": "Write list.index(value) or text.find(value).",
    "forEach": "Write a for loop.",
    "map": "Write [f(value) for value in values].",
    "filter": "Write [value for value in values if condition].",
    "concat": "Write first + second.",
    "slice": "Write value[start:stop].",
    "substring": "Write text[start:stop].",
    "startsWith": "Write text.startswith(…).",
    "endsWith": "Write text.endswith(…).",
    "then": "Write result = await …",
    "catch": "Write try: … except Exception as error: …",
    "stringify": "Write json.dumps(value).",
    "parse": "Write json.loads(text).",
}

SYNTAX: Final = (
    (r"\bdef\s+default\s*\(\s*\{", "Parameters have no braces: def default(filter, action):"),
    (r"\bdef\s+\w+\s*\(\s*\{", "Parameters have no braces: def name(first, second):"),
    (r"^\s*(const|let|var)\s", "Assign without a keyword: name = value."),
    (r"=>", "Write lambda value: …, or def."),
    (r"&&|\|\|", "Write and, or."),
    (r"===|!==", "Write ==, !=."),
    (r"^\s*(async\s+)?function\b", "Write def name(…): or async def name(…):"),
    (r"^\s*export\s+default\b", "Name the exported function or dict default: def default(router): …"),
    (r"^\s*import\s.*\sfrom\s", "Write from module import name."),
    (r"\bthrow\s", "Write raise ValueError(text)."),
    (r"\bnew\s+[A-Z]", "Call the class without new: Name(…)."),
    (r"^\s*(\}\s*)?(catch|else\s+if)\b", "Write except Exception as error:, elif condition:"),
    (r"^\s*(!|%)", "Commands of the notebook do not work inside an extension; it has no shell."),
    (r"^\s*//|/\*", "Comments begin with #."),
    (r"\w\?\.|\?\?", 'Write value.get("key"), or value if value is not None else other.'),
    (r"(\+\+|--)\s*;?\s*$", "Write name += 1."),
)

SYNTAX_MESSAGES: Final = (
    ("'await' outside", "Make the function asynchronous: async def."),
    ("asynchronous comprehension outside", "Make the function asynchronous: async def."),
    ("'async with' outside", "Make the function asynchronous: async def."),
    ("'async for' outside", "Make the function asynchronous: async def."),
    ("'return' outside function", "The value of a cell is its last expression; write it without return."),
    ("'yield' outside function", "Put the yield into a function."),
)

MESSAGES: Final = (
    ("Operation config", 'Write default = {"id": "name", "handler": function} behind the function.'),
    ("Route handler has to be", 'Write router.get("/path", function), or @router.get("/path") above the function.'),
    (
        "exec() got an unexpected keyword",
        'Options stand in one object at the end: exec("read-items", "articles", {"query": {…}}).',
    ),
    ("request() got an unexpected keyword", 'Options stand in one object at the end: request(url, {"method": …}).'),
    ("extensionExport is not", "The export has to be called default."),
    ("of type function, which JSON does not know", HANDLER),
    ("'coroutine'", "An await is missing: write await before the call."),
    (
        "can't be used in 'await' expression",
        "This value is there already: leave await away. Only async functions and exec are awaited.",
    ),
    (
        "'int' object is not subscriptable",
        'create-items, update-items and delete-items return primary keys; get the items with await exec("read-items", …).',
    ),
    ("'async_generator' object is not iterable", "Write async for."),
    (
        "is not JSON serializable",
        "Turn it into text or plain data first: str(value), value.isoformat(), dataclasses.asdict(value).",
    ),
    ("'function' object is not iterable", LISTENER),  # filter("items.create", handler) of the built-in filter()
    ("filter expected 2 arguments", LISTENER),
    ("unhashable type: 'dict'", 'A key of an object is text in quotes: {"query": query}.'),
    ("can only concatenate str", "Use an f-string, or str(value)."),
    (
        "is read-only here",
        "Only objects of your own classes, lists and dicts can be changed; keep the value in a variable.",
    ),
    ("attributes are refused in a format string", 'Use an f-string, or pass the attribute: "{}".format(object.name).'),
    ("maximum recursion depth", "A function calls itself without end, or the data are nested very deeply."),
    (
        "cannot be inherited from",
        "Classes can inherit from your own, from exceptions, Enum, ABC and the builtin data types; keep other objects in an attribute.",
    ),
    ("takes no encoder class", "Use json.dumps(value, default=function)."),
    ("takes no decoder class", "Use json.loads(text, object_hook=function)."),
    ("called match pattern must be", "Test with isinstance() in a guard: case value if isinstance(value, …):"),
    (
        "'<' not supported between instances of 'dict'",
        'Say by what to sort: sorted(items, key=lambda item: item["id"]).',
    ),
)

# What the request of an endpoint has, and what people look for in it.
REQUEST_KEYS: Final = ("url", "headers", "body", "baseUrl")
URL_PARTS: Final = ("params", "query")
URL_PARTS_HINT: Final = (
    "A request has url, headers and body, no params and no query. Parse its url: "
    'from urllib.parse import urlsplit, parse_qs; parse_qs(urlsplit(request["url"]).query).get("NAME", [None])[0].'
)
