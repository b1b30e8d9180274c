"""What people write out of habit from Node.js, a browser, a Directus extension or Python, and what to write here.

The module is longer than the house rule because it is data: tables of words, and the sentences that several of them share.
"""

from __future__ import annotations

from typing import Final

INPUT: Final = "Variables of the notebook do not exist here; copy one in with --input {name}."
REQUEST: Final = 'Call a web service with await exec("request", url), or request from "directus:api".'
NO_FILES: Final = (
    "An extension has no files, processes or environment; pass data in with --input, or keep it in a collection."
)
TIMER: Final = 'Wait with await exec("sleep", milliseconds), or sleep from "directus:api".'
NO_REPEAT: Final = 'Nothing runs by itself in an isolate: use a loop with await exec("sleep", milliseconds), or an action on a schedule.'
MODULE: Final = (
    'Only "directus:api" can be imported, for log, sleep and request; a bundler writes other packages into the file.'
)
EXPORT: Final = "Write export default …"
BYTES: Final = "Use text, or Uint8Array for bytes; atob and btoa are not there either."
URL: Final = "Put addresses together as text with encodeURIComponent(), and take them apart with text.split()."
CRYPTO: Final = 'Nothing here makes keys or hashes; let a service do it with await exec("request", url).'
NUMBERS: Final = "Format numbers and dates by hand: toFixed(), toISOString(), padStart()."
NO_PAGE: Final = "An isolate has no page and no browser; return data from a handler instead."
NO_SERVICES: Final = 'An isolate gets no services; read and write items with await exec("read-items", collection, { query }) and its like.'
LOG: Final = 'Write await exec("log", message), or import { log } from "directus:api".'
SLEEP: Final = 'Write await exec("sleep", milliseconds), or import { sleep } from "directus:api".'
CALL: Final = 'Write await exec("request", url), or import { request } from "directus:api"; a handler gets its request as a parameter.'
DATA: Final = (
    "Send and return data only: objects, arrays, texts, numbers, booleans, null. A function goes to register-filter, register-action, "
    "register-endpoint or register-operation alone, as its handler: is the execution type written like that?"
)
DECLARED: Final = "The name is there already: write name = value without const or let, or take another name."
PYTHON: Final = "This is Python: run the cell without --lang {language}."
TYPESCRIPT: Final = "This is TypeScript: run the cell with --lang ts."

RESPONSE_HINT: Final = (
    "A handler gets one argument, the request, and returns its answer: return { status: 200, body: … };"
)

NAMES: Final = {
    "fetch": REQUEST,
    "axios": REQUEST,
    "got": REQUEST,
    "XMLHttpRequest": REQUEST,
    "WebSocket": REQUEST,
    "EventSource": REQUEST,
    "Headers": "Pass headers as an object: headers: { name: value }.",
    "Request": REQUEST,
    "Response": "Return { status, body } from the handler of an endpoint.",
    "FormData": "Send text or an object as body.",
    "AbortController": "A request ends by itself after its time limit.",
    "setTimeout": TIMER,
    "clearTimeout": TIMER,
    "setImmediate": TIMER,
    "queueMicrotask": "Write await Promise.resolve().",
    "setInterval": NO_REPEAT,
    "clearInterval": NO_REPEAT,
    "require": MODULE,
    "module": EXPORT,
    "exports": EXPORT,
    "__dirname": NO_FILES,
    "__filename": NO_FILES,
    "fs": NO_FILES,
    "path": NO_FILES,
    "os": NO_FILES,
    "Deno": NO_FILES,
    "Bun": NO_FILES,
    "global": "Write globalThis, or keep values in variables of the module.",
    "Buffer": BYTES,
    "atob": BYTES,
    "btoa": BYTES,
    "Blob": BYTES,
    "File": BYTES,
    "TextEncoder": BYTES,
    "TextDecoder": BYTES,
    "URL": URL,
    "URLSearchParams": URL,
    "crypto": CRYPTO,
    "Intl": NUMBERS,
    "WebAssembly": "Only JavaScript runs in an isolate.",
    "Worker": "Everything runs in one thread; call several things at once with await Promise.all([…]).",
    "structuredClone": "Write JSON.parse(JSON.stringify(value)), or { ...value }.",
    "performance": "Write Date.now().",
    "navigator": NO_PAGE,
    "location": NO_PAGE,
    "document": NO_PAGE,
    "window": NO_PAGE,
    "self": NO_PAGE,
    "localStorage": "Keep values in a collection, or in variables of the module while the extension lives.",
    "sessionStorage": "Keep values in a collection, or in variables of the module while the extension lives.",
    "alert": "Write console.log(value).",
    "prompt": "Nobody can be asked while an extension runs; pass data in with --input NAME.",
    "confirm": "Nobody can be asked while an extension runs; pass data in with --input NAME.",
    "log": LOG,
    "sleep": SLEEP,
    "request": CALL,
    "logger": LOG,
    "services": NO_SERVICES,
    "database": NO_SERVICES,
    "getSchema": NO_SERVICES,
    "ItemsService": NO_SERVICES,
    "defineHook": "Write export default ({ filter, action }) => { … }.",
    "defineEndpoint": "Write export default (router) => { … }.",
    "defineOperationApi": "Write export default { id, handler }.",
    "res": RESPONSE_HINT,
    "response": RESPONSE_HINT,
    "router": 'Write export default (router) => { … }, or await exec("register-endpoint", { path, method, handler }).',
    "filter": 'Write export default ({ filter }) => { … }, or await exec("register-filter", { event, handler }).',
    "action": 'Write export default ({ action }) => { … }, or await exec("register-action", { event, handler }).',
}
# Names of Python, and what they are in JavaScript.
PYTHON_NAMES: Final = {
    "print": "Write console.log(value).",
    "None": "Write null.",
    "True": "Write true.",
    "False": "Write false.",
    "len": "Write value.length.",
    "str": "Write String(value).",
    "int": "Write Number(value).",
    "float": "Write Number(value).",
    "bool": "Write Boolean(value).",
    "dict": "Write { key: value }.",
    "list": "Write [value].",
    "tuple": "Write [value].",
    "range": "Write for (let i = 0; i < count; i++).",
    "enumerate": "Write for (const [i, value] of values.entries()).",
    "sorted": "Write values.toSorted().",
    "sum": "Write values.reduce((sum, value) => sum + value, 0).",
    "isinstance": "Write typeof value, or value instanceof Class.",
    "json": "Write JSON.parse(text), JSON.stringify(value).",
    "gather": "Write await Promise.all([…]).",
    "Exception": "Write Error.",
    "ValueError": "Write Error.",
}
# What is written in other words where a name is close to one of these.
KNOWN_NAMES: Final = [
    "exec",
    "console",
    "undefined",
    "Array",
    "BigInt",
    "Boolean",
    "Date",
    "Error",
    "JSON",
    "Map",
    "Math",
    "Number",
    "Object",
    "Promise",
    "RegExp",
    "Set",
    "String",
    "Symbol",
    "TypeError",
    "encodeURIComponent",
    "decodeURIComponent",
    "globalThis",
    "isNaN",
    "parseFloat",
    "parseInt",
    "process",
]

MODULES: Final = {
    "axios": REQUEST,
    "node-fetch": REQUEST,
    "undici": REQUEST,
    "got": REQUEST,
    "http": REQUEST,
    "https": REQUEST,
    "net": REQUEST,
    "fs": NO_FILES,
    "fs/promises": NO_FILES,
    "path": NO_FILES,
    "os": NO_FILES,
    "process": NO_FILES,
    "child_process": NO_FILES,
    "dotenv": NO_FILES,
    "crypto": CRYPTO,
    "url": URL,
    "querystring": URL,
    "buffer": BYTES,
    "timers": TIMER,
    "timers/promises": TIMER,
    "worker_threads": "Everything runs in one thread; call several things at once with await Promise.all([…]).",
    "directus.api": 'Write import { log, sleep, request } from "directus:api".',
    "directus": 'Write import { log, sleep, request } from "directus:api".',
    "@directus/extensions-sdk": 'Leave the import away, and write export default … directly; types are in "directus:api".',
    "@directus/extensions": 'Leave the import away; types are in "directus:api".',
    "@directus/errors": "Throw new Error(message), or return { status, body } from an endpoint.",
    "@directus/sdk": 'Read and write collections with await exec("read-items", …) and its like.',
}

# Words of the engine and of V8, in a message; the first that is found counts.
MESSAGES: Final = (
    (
        "extensionExport is not a function",
        "Write export default (router) => { … } for an endpoint, export default ({ filter, action }) => { … } for a hook.",
    ),
    ("extensionExport is not an object", 'Write export default { id: "name", handler: async (data) => { … } };'),
    ("Operation config", 'Write export default { id: "name", handler: async (data) => { … } };'),
    ("Route handler has to be", 'Write router.get("/path", (request) => ({ status: 200, body: … })).'),
    ("Filter handler has to be", 'Write filter("items.create", (payload) => payload).'),
    ("Action handler has to be", 'Write action("items.create", (meta) => { … }).'),
    ("init is not a function", "A hook in a sandbox has filter and action only."),
    ("schedule is not a function", "A hook in a sandbox has filter and action only."),
    ("embed is not a function", "A hook in a sandbox has filter and action only."),
    ("#<Promise>", "An await is missing: write await before the call."),
    ("[object Promise]", "An await is missing: write await before the call."),
    ("could not be cloned", DATA),
    ("serialize a BigInt", "Write Number(value) or String(value): JSON has no BigInt."),
    ("Cannot mix BigInt", "Make both the same: Number(value) or BigInt(value)."),
    ("converted to a BigInt because", "Round it before: BigInt(Math.round(value))."),
    (
        "SharedArrayBuffer cannot grow",
        "Take an ArrayBuffer with maxByteLength: there is one thread, which shares with nobody.",
    ),
    ("cannot be invoked without 'new'", "Write new before the name. A class is no handler either: take a function."),
    ("Must call super", "Write super() first in the constructor."),
    ("stack overflow", "A function calls itself without end, or the data are nested very deeply."),
    ("Maximum call stack", "A function calls itself without end, or the data are nested very deeply."),
    ("circular reference", "Leave the reference back away: JSON has no circles."),
    ("circular structure", "Leave the reference back away: JSON has no circles."),
    ("is read-only", "Declare it with let instead of const, or work on a copy: { ...value }."),
    ("Assignment to constant variable", "Declare it with let instead of const."),
    ("'default'", 'Write import { log, sleep, request } from "directus:api", with braces: it has no default export.'),
    (
        "in module 'directus:api'",
        'log, sleep and request are in "directus:api"; what else comes from it is a type: import type { … }.',
    ),
)
SYNTAX_MESSAGES: Final = (
    ("return not in a function", "The value of a cell is its last expression; write it without return."),
    ("Illegal return", "The value of a cell is its last expression; write it without return."),
    ("redefinition", DECLARED),
    ("already been declared", DECLARED),
    ("missing initializer", "Write const name = value; a variable that gets its value later is declared with let."),
    ("unsupported keyword: export", "An export stands at the top level of a cell, in no block and no function."),
    ("octal", "Write 0o17 for octal numbers."),
)
PYTHON_LINES: Final = (
    r"^(?:async\s+)?def\s+\w+\s*\(",
    r"^(?:if|elif|while|for|with|except|class)\b[^{};]*:\s*(?:\#.*)?$",
    r"^(?:else|try|finally)\s*:\s*(?:\#.*)?$",
    r"^import\s+[A-Za-z_][\w.]*(?:\s+as\s+\w+)?(?:\s*,\s*[\w.]+)*\s*$",
    r"^from\s+[\w.]+\s+import\b",
    r"^(?:elif|except|raise|pass|nonlocal|assert)\b",
    r"\blambda\b[^()=>]*:",
    r"\bprint\s*\(\s*[fr]?[\"'].*\)\s*$",
    r"\b[fr]\"|\b[fr]'",
    r"\"\"\"|'''",
    r"\bis\s+(?:not\s+)?None\b|\bnot\s+in\b",
    r"\bfor\s+\w+\s+in\s+[^()]+[\])]\s*$",
)
TYPESCRIPT_LINES: Final = (
    r"^(?:export\s+)?(?:default\s+)?(?:interface|enum|namespace|declare|abstract\s+class)\s+\w",
    r"^(?:export\s+)?type\s+\w+\s*(?:<.*>)?\s*=",
    r"^import\s+type\b|^export\s+type\b|\{\s*type\s+\w",
    r"[\w)\]}?!]\s*:\s*(?:string|number|boolean|any|unknown|void|never|object|bigint)\b",
    r"[\w)\]}?]\s*:\s*(?:Promise|Record|Array|Map|Set|Partial)\s*<|:\s*\w+(?:<[^>]*>)?\[\]",
    r"\)\s*:\s*[A-Z]\w*(?:<[^>]*>)?\s*(?:=>|\{)",
    r"\b(?:as|satisfies)\s+(?:const|any|unknown|string|number|boolean|[A-Z]\w*)",
    r"\b(?:const|let|var)\s+\w+\s*:\s*[A-Z]|\(\s*\w+\s*:\s*[A-Z]",
    r"^(?:public|private|protected|readonly)\s+\w",
)
# Patterns for the line of a syntax error.
SYNTAX: Final = (
    (r"^[!%]", "Commands of the notebook do not work inside an extension; it has no shell."),
    (r"[\u2018-\u201f]", "Write straight quotes: \" or '."),
    (r"\b(?:and|or|not)\b", "Write &&, || and !."),
    (r"^(?:from|import)\b.*\bdirectus\b", 'Write import { log } from "directus:api";'),
    (r"^import\s+\w+\s*=", 'Write import { log } from "directus:api";'),
    (r"^(?:import|export)\b", "import and export stand at the top level of a cell, in no block and no function."),
    (r"(?:^|[(=,:?]|\breturn)\s*</?[A-Za-z][\w.]*[\s/>]", "There is no JSX in an isolate; return text or an object."),
    (r"^@\w+", "Decorators do not work here: call the function yourself."),
    (r"[\s;,)}]\#\s", "A comment begins with // in JavaScript."),
)
ARRAY_METHODS: Final = frozenset(
    [
        "map",
        "filter",
        "forEach",
        "find",
        "reduce",
        "some",
        "every",
        "sort",
        "slice",
        "join",
        "flatMap",
        "includes",
        "at",
    ]
)
REQUEST_PARTS_HINT: Final = (
    "A request has url, headers and body, no params and no query. Take its url apart: "
    'request.url.split("?")[1]?.split("&").'
)
EXPORT_HINT: Final = (
    "A default export gets one argument: export default (router) => { … } or ({ filter, action }) => { … }. services, database,"
    " getSchema and env do not exist in a Directus sandbox."
)
LISTENER_HINT: Final = "A hook gets an object: write export default ({ filter, action }) => { … }."
API_HINT: Final = 'Write import { log, sleep, request } from "directus:api";'
UNDEFINED_HINT: Final = "{name} is undefined: there is no {member} in {owner}."
ONE_ARGUMENT_HINT: Final = (
    "Handlers of a default export get one argument: a filter the payload, an action what was done, others their request or data. "
    'With exec("register-filter", …) and its like they get (payload, meta, { accountability }).'
)
NO_CONTEXT: Final = "This handler gets one argument: there is no context, and no {name}. "
ANSWER_HINT: Final = "request returns {{ status, statusText, headers, data }}: what was answered is {name}.data."
AWAIT_HINT: Final = "An await is missing: write await before the call."
ASYNC_HINT: Final = "Make the function asynchronous: async (…) => { … } or async function."
HASH_HINT: Final = "A comment begins with // in JavaScript; # begins a private name of a class."
