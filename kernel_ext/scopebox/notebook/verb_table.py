"""The verbs of ``%sandbox``: name, sentence, arguments, and what carries them out.

The module is longer than the house rule because it is a table: one entry for each verb, from which its help, its completion and its line
in the reference are made.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from scopebox.directus.pull_options import ARGUMENTS
from scopebox.notebook import items, packages, pulling, secret_verb, verbs
from scopebox.notebook.arguments import HelpWanted, examples_text
from scopebox.notebook.verb import ALL_OF_ONE, EVERYDAY, GROUPS, Group, Verb, argument, count, port
from scopebox.text.messages import quote, remedy
from scopebox.vocabulary import DIRECTUS_URL

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping

    from scopebox.notebook.session import Session


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
    alone = "Show and change what is loaded. Alone it returns the Sandbox: box = %sandbox"
    lines = [alone]
    for group, members in grouped().items():
        lines += ["", f"{group[:1].upper()}{group[1:]}:"]
        lines += [f"  {verb.name:<{width}}  {verb.about}" for verb in members]
    examples = examples_text(f"%sandbox {verb.examples[0]}" for verb in VERBS.values() if verb.group == EVERYDAY)
    return "\n".join([*lines, "", ALL_OF_ONE, "", examples])


def overview() -> str:
    """Return the names of the verbs, a line for each group."""
    width = max(map(len, GROUPS))
    lines = (f"{group:<{width}}  {' '.join(verb.name for verb in members)}" for group, members in grouped().items())
    return "\n".join([*lines, ALL_OF_ONE])


def grouped() -> dict[Group, list[Verb]]:
    """Return the verbs of each group, those of every day first."""
    return {group: [verb for verb in VERBS.values() if verb.group == group] for group in GROUPS}


_NAME: Final = argument("extension", nargs="?", metavar="NAME", help="of an extension")
_HEADER: Final = argument("--header", "-H", action="append", default=[], metavar="'NAME: VALUE'")
_RECORDS: Final = (
    _NAME,
    argument("--last", type=count, default=50, metavar="N", help="how many"),
    argument(
        "--jsonl",
        type=Path,
        metavar="FILE",
        help="write all of it as JSON lines; of the trace also the answers to requests",
    ),
    argument("--clear", action="store_true", help="forget what is there"),
)
_DECISION: Final = (
    argument("words", nargs="*", metavar=("NAME", "PERMISSION"), help="the extension may be left out if there is one"),
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
                group="everyday",
            ),
            Verb(
                "grant",
                "grant optional permissions from the next call on",
                verbs.grant,
                _DECISION,
                examples=("grant directus-extension-hello request",),
                group="everyday",
            ),
            Verb(
                "deny",
                "deny optional permissions from the next call on",
                verbs.deny,
                _DECISION,
                examples=("deny directus-extension-hello request",),
                group="everyday",
            ),
            Verb(
                "trace",
                "the newest calls, and what caused them",
                verbs.show_trace,
                _RECORDS,
                examples=("trace --last 6",),
                group="everyday",
            ),
            Verb(
                "panel",
                "the panel: permissions, registrations, log",
                verbs.panel,
                examples=("panel",),
                group="everyday",
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
                group="everyday",
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
                group="try",
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
                group="try",
            ),
            Verb(
                "emit",
                "send an event to those who registered for it",
                verbs.emit,
                (
                    argument("kind", choices=("filter", "action"), metavar="filter|action"),
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
                group="try",
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
                group="try",
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
                group="try",
            ),
            Verb(
                "suggest",
                "what could go from its manifest, as far as the runs tell",
                verbs.suggest,
                (_NAME,),
                examples=("suggest directus-extension-hello",),
                group="try",
            ),
            Verb(
                "unload",
                "stop an extension and forget what it registered",
                verbs.unload,
                (_NAME,),
                examples=("unload directus-extension-hello",),
                group="try",
            ),
            Verb(
                "doctor",
                "what isolates extensions here, and what does not",
                verbs.doctor,
                examples=("doctor",),
                group="try",
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
                group="project",
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
                group="project",
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
                group="project",
            ),
            Verb(
                "secret",
                "ask for a key that requests may send and no extension holds; alone it lists the names",
                secret_verb.secret,
                (
                    argument("secret", nargs="?", metavar="NAME", help="letters, digits and _"),
                    argument("--forget", action="store_true", help="take it away"),
                    argument("--user", metavar="USER", help="the password, for trying, with which this user logs in"),
                ),
                examples=("secret API_TOKEN", "secret", "secret --user editor@blog.example"),
                group="project",
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
                group="in and out",
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
                group="in and out",
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
                group="in and out",
            ),
            Verb(
                "pull",
                "write a project from a live Directus, which is only read, into a folder",
                pulling.pull,
                ARGUMENTS,
                examples=("pull https://directus.example.com --to project --items 50",),
                group="in and out",
            ),
            Verb(
                "serve",
                "serve endpoints and items over HTTP on this machine",
                verbs.serve,
                (
                    argument("--port", type=port, default=0, metavar="N", help="0 takes a free one"),
                    argument(
                        "--cors", action="append", default=[], metavar="ORIGIN", help="let pages of this origin call it"
                    ),
                    argument("--stop", action="store_true", help="end it"),
                ),
                examples=(
                    "serve --port 8055",
                    "serve --stop",
                ),
                group="in and out",
            ),
            Verb(
                "help",
                "what the verbs do and take; of one verb all there is to know",
                show_help,
                (argument("verb", nargs="?", metavar="VERB", help="one of these"),),
                examples=("help", "help request", "request --help"),
            ),
        )
    }
)
