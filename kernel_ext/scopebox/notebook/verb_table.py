"""The verbs of ``%sandbox``: name, sentence, arguments, and what carries them out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from scopebox.directus.pull_options import ARGUMENTS
from scopebox.notebook import items, packages, pulling, secret_verb, verbs
from scopebox.notebook.arguments import HelpWanted, Parser, examples_text
from scopebox.text.messages import quote, remedy
from scopebox.vocabulary import DIRECTUS_URL

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping

    from scopebox.notebook.session import Session

Argument = tuple[tuple[str, ...], dict[str, object]]


def argument(*names: str, **options: object) -> Argument:
    """Return one argument of a verb, as argparse describes it."""
    return names, options


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb. ``arguments`` are those of argparse, ``examples`` what could stand behind ``%sandbox``."""

    name: str
    about: str
    act: Callable[[Session, Namespace], object]
    arguments: tuple[Argument, ...] = ()
    examples: tuple[str, ...] = ()

    def parser(self) -> Parser:
        """Return the parser of what follows the verb."""
        parser = Parser(f"%sandbox {self.name}", self.about, [f"%sandbox {example}" for example in self.examples])
        for names, options in self.arguments:
            parser.add_argument(*names, **options)  # type: ignore[arg-type]
        return parser


def show_help(_: Session, options: Namespace) -> object:
    """Show the help of all verbs, or of one."""
    if options.verb is None:
        raise HelpWanted(help_text())
    if options.verb not in VERBS:
        raise LookupError(f"There is no verb {quote(options.verb)}; {remedy(options.verb, VERBS)}")
    raise HelpWanted(VERBS[options.verb].parser().help_text())


def help_text() -> str:
    """Return the help of ``%sandbox?``."""
    width = max(map(len, VERBS))
    verbs = "\n".join(f"  {name:<{width}}  {verb.about}" for name, verb in VERBS.items())
    usages = "\n".join(verb.parser().format_usage().split("::")[-1].strip() for verb in VERBS.values())
    examples = examples_text(f"%sandbox {example}" for verb in VERBS.values() for example in verb.examples)
    alone = "Show and change what is loaded. Alone it returns the Sandbox: box = %sandbox"
    return f"{alone}\n\nVerbs:\n{verbs}\n\nUsage:\n{usages}\n\n{examples}"


_NAME: Final = argument("name", nargs="?", metavar="NAME", help="of an extension")
_HEADER: Final = argument("--header", "-H", action="append", default=[], metavar="'NAME: VALUE'")
_RECORDS: Final = (
    _NAME,
    argument("--last", type=int, default=50, metavar="N", help="how many"),
    argument(
        "--jsonl",
        type=Path,
        metavar="FILE",
        help="write all of it as JSON lines; of the trace also the answers to requests",
    ),
    argument("--clear", action="store_true", help="forget what is there"),
)
_DECISION: Final = (
    argument("words", nargs="+", metavar=("NAME", "PERMISSION"), help="the extension may be left out if there is one"),
)

VERBS: Final[Mapping[str, Verb]] = MappingProxyType(
    {
        verb.name: verb
        for verb in (
            Verb(
                "list",
                "what is loaded and registered; of one extension also what it may do",
                verbs.show_list,
                (_NAME,),
                examples=(
                    "list",
                    "list directus-extension-hello",
                ),
            ),
            Verb(
                "grant",
                "grant optional permissions from the next call on",
                verbs.grant,
                _DECISION,
                examples=("grant directus-extension-hello request",),
            ),
            Verb(
                "deny",
                "deny optional permissions from the next call on",
                verbs.deny,
                _DECISION,
                examples=("deny directus-extension-hello request",),
            ),
            Verb(
                "log",
                "the newest lines of the log",
                verbs.show_log,
                _RECORDS,
                examples=(
                    "log --last 5",
                    "log directus-extension-hello --jsonl log.jsonl",
                ),
            ),
            Verb(
                "trace",
                "the newest calls, and what caused them",
                verbs.show_trace,
                _RECORDS,
                examples=("trace --last 6",),
            ),
            Verb(
                "request",
                "send a request to an endpoint or to the items API",
                verbs.request,
                (
                    argument("method", metavar="METHOD"),
                    argument("path", metavar="PATH", help="with the extension's name: /directus-extension-hello/"),
                    argument("body", nargs="?", metavar="BODY", help="JSON, a variable, or text"),
                    _HEADER,
                    argument("--as", dest="role", metavar="ROLE", help="with the token of a user who has this role"),
                ),
                examples=(
                    "request GET /directus-extension-hello/hello",
                    'request GET /items/articles?filter={"id":{"_eq":1}}',
                    """request POST /items/comments {"text": "Well said"} --as editor""",
                ),
            ),
            Verb(
                "run",
                "run an operation",
                verbs.run_operation,
                (
                    argument("operation", metavar="OPERATION"),
                    argument("data", nargs="?", metavar="DATA", help="JSON or a variable"),
                ),
                examples=('run custom {"text": "Hello"}',),
            ),
            Verb(
                "emit",
                "send an event to those who registered for it",
                verbs.emit,
                (
                    argument("kind", choices=("filter", "action")),
                    argument("event", metavar="EVENT"),
                    argument("payload", nargs="?", metavar="PAYLOAD", help="JSON or a variable"),
                    argument("--collection", metavar="NAME", help="also fire the event of this collection"),
                    argument("--meta", metavar="META", help="JSON or a variable"),
                    argument("--role", metavar="ROLE", help="whose accountability the handlers see"),
                ),
                examples=(
                    'emit filter articles.items.create {"title": "Hello"}',
                    "emit action items.create --collection articles --role editor",
                ),
            ),
            Verb(
                "mock",
                "answer requests of extensions here; alone it lists the answers",
                verbs.mock,
                (
                    argument("method", nargs="?", metavar="METHOD"),
                    argument("url", nargs="?", metavar="URL", help="wildcards as in a manifest"),
                    argument("body", nargs="?", metavar="BODY", help="JSON, a variable, or text"),
                    argument("--status", type=int, default=200, metavar="N"),
                    _HEADER,
                    argument("--clear", action="store_true", help="forget all answers"),
                    argument(
                        "--from",
                        dest="trace",
                        type=Path,
                        metavar="FILE",
                        help="a saved trace: answer as its requests were answered",
                    ),
                ),
                examples=(
                    "mock",
                    "mock --from trace.jsonl",
                    'mock GET https://api.example.com/* {"sky": "blue"}',
                    'mock GET https://api.example.com/limited {"retry": 30} --status 429',
                ),
            ),
            Verb(
                "load",
                "run a published package, a folder or a .tgz of npm: its account first, then on mocks",
                packages.load,
                (
                    argument("package", metavar="DIR", help="with its package.json, or a .tgz"),
                    argument("--live", action="store_true", help="let its requests out where no mocks are set"),
                ),
                examples=("load directus-extension-hello-1.0.0.tgz",),
            ),
            Verb(
                "review",
                "an account of a package, or of an extension, for whoever decides about installing it",
                packages.review,
                (
                    argument("package", metavar="DIR|NAME", help="a folder, a .tgz, or what is loaded"),
                    argument("--run", action="store_true", help="also run it, on mocks; without it nothing of it runs"),
                    argument(
                        "--with",
                        dest="plan",
                        type=Path,
                        metavar="FILE",
                        help="JSON with mocks, requests, events and operations to try",
                    ),
                ),
                examples=("review directus-extension-hello-1.0.0.tgz --run --with tries.json",),
            ),
            Verb(
                "items",
                "the items of a collection that a role may see, as a table or as a file",
                items.items,
                (
                    argument("collection", metavar="COLLECTION", help="in quotes, if its name holds blanks"),
                    argument("--role", metavar="ROLE", help="name or id; without one everything is seen"),
                    argument("--query", metavar="QUERY", help="filter, fields, sort and so on: JSON or a variable"),
                    argument("--format", choices=items.FORMATS, help="as ?export= of a Directus writes it"),
                    argument("--to", type=Path, metavar="FILE", help="a file, or a folder for a file named as there"),
                    argument("--force", action="store_true", help="write over a file that is there"),
                ),
                examples=(
                    "items articles --role reader",
                    'items articles --query {"filter":{"status":{"_eq":"draft"}}} --format csv',
                    "items articles --to articles.json",
                ),
            ),
            Verb(
                "schema",
                "the collections with their kind, fields and relations; of one collection all there is to know",
                verbs.schema,
                (argument("collection", nargs="?", metavar="COLLECTION", help="in quotes, if its name holds blanks"),),
                examples=(
                    "schema",
                    "schema articles",
                ),
            ),
            Verb(
                "roles",
                "what each role may do with which items, and who has it",
                verbs.roles,
                (argument("role", nargs="?", metavar="ROLE", help="name or id"),),
                examples=(
                    "roles",
                    "roles editor",
                ),
            ),
            Verb(
                "secret",
                "ask for a key that requests may send and no extension holds; alone it lists the names",
                secret_verb.secret,
                (
                    argument("name", nargs="?", metavar="NAME", help="letters, digits and _"),
                    argument("--forget", action="store_true", help="take it away"),
                    argument("--user", metavar="USER", help="the password, for trying, with which this user logs in"),
                ),
                examples=("secret API_TOKEN", "secret", "secret --user editor@blog.example"),
            ),
            Verb(
                "suggest",
                "what could go from its manifest, as far as the runs tell",
                verbs.suggest,
                (_NAME,),
                examples=("suggest directus-extension-hello",),
            ),
            Verb(
                "export",
                "the folder of a real extension with --to; else its package.json, and what a Directus does not have",
                verbs.export,
                (
                    _NAME,
                    argument("--to", type=Path, metavar="DIR", help="write a folder that a Directus loads"),
                    argument("--force", action="store_true", help="replace the files of an earlier export"),
                    argument(
                        "--with",
                        dest="permissions",
                        action="append",
                        default=[],
                        metavar="PERMISSION",
                        help="ask for this optional permission there (repeatable); else it is left out",
                    ),
                    argument(
                        "--allow-recursion",
                        action="store_true",
                        help="also a hook that writes to the collection it listens to",
                    ),
                    argument(
                        "--url",
                        default=DIRECTUS_URL,
                        metavar="URL",
                        help=f"of the Directus whose items it uses (default: {DIRECTUS_URL})",
                    ),
                ),
                examples=("export directus-extension-hello", "export directus-extension-hello --to extensions/hello"),
            ),
            Verb(
                "unload",
                "stop an extension and forget what it registered",
                verbs.unload,
                (_NAME,),
                examples=("unload directus-extension-hello",),
            ),
            Verb(
                "reset",
                "end everything and start again: with the sample blog, or with a project",
                verbs.reset,
                (argument("--project", type=Path, metavar="DIR", help="a project, or the folder of a template"),),
                examples=(
                    "reset",
                    "reset --project notebooks/project",
                ),
            ),
            Verb(
                "pull",
                "write a project from a live Directus, which is only read, into a folder",
                pulling.pull,
                ARGUMENTS,
                examples=("pull https://directus.example.com --to project --items 50",),
            ),
            Verb(
                "serve",
                "serve endpoints and items over HTTP on this machine",
                verbs.serve,
                (
                    argument("--port", type=int, default=0, metavar="N", help="0 takes a free one"),
                    argument(
                        "--cors", action="append", default=[], metavar="ORIGIN", help="let pages of this origin call it"
                    ),
                    argument("--stop", action="store_true", help="end it"),
                ),
                examples=(
                    "serve --port 8055",
                    "serve --stop",
                ),
            ),
            Verb(
                "help",
                "what the verbs do and take; of one verb all there is to know",
                show_help,
                (argument("verb", nargs="?", metavar="VERB", help="one of these"),),
                examples=("help", "help request", "request --help"),
            ),
            Verb("doctor", "what isolates extensions here, and what does not", verbs.doctor, examples=("doctor",)),
            Verb("panel", "the panel: permissions, registrations, log", verbs.panel, examples=("panel",)),
        )
    }
)
