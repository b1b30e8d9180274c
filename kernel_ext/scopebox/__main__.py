"""The command line: ``python -m scopebox doctor``, ``serve --project DIR``, ``review DIR`` and ``pull URL --to DIR``."""

from __future__ import annotations

import argparse
import os
import re
import sys
import threading
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from scopebox import Sandbox, Settings, Store
from scopebox.directus.client import Client
from scopebox.directus.pull import closing_lines, pull
from scopebox.directus.pull_options import ARGUMENTS, options_of, token_of
from scopebox.errors import ScopeboxError
from scopebox.packages.package import read_package
from scopebox.server.version import DIRECTUS
from scopebox.text.literals import inline
from scopebox.text.terminal import MAX_CHARACTERS, complain, say
from scopebox.text.visible import clean
from scopebox.views.style import page
from scopebox.vocabulary import FULL, LEVELS
from scopebox.workbench.extension_files import ExtensionFiles
from scopebox.workbench.review.account import CATEGORIES, account_of_package
from scopebox.workbench.review.plan import read_plan
from scopebox.workbench.review.trial import tried
from scopebox.workbench.review.views import account_view

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ORIGIN: Final = re.compile(r"\*|https?://[^/\s]+")
MAX_PORT: Final = 65535
UNREADABLE: Final = 2  # the status of a review without an account
INTERRUPTED: Final = 130  # the status that a shell knows for it
LOOK_SECONDS: Final = 1.0  # between two looks at the files of extensions


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, or 1 after an error that names what is wrong."""
    options = _parser().parse_args(arguments)
    try:
        return _COMMANDS[options.command](options)
    except KeyboardInterrupt:
        return 0
    except (ScopeboxError, LookupError, OSError, UnicodeDecodeError) as error:
        complain(f"scopebox: {error}")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scopebox", description="Permission-scoped extensions in a sandbox.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("doctor", help="say what isolates extensions on this machine, and what does not")
    serve = commands.add_parser("serve", help="serve a project's items API and its extensions on loopback")
    serve.add_argument(
        "--project",
        type=Path,
        required=True,
        metavar="DIR",
        help="a folder with snapshot.yaml, and if need be items.json, access.json and extensions/*.py, *.js, *.mjs, *.ts or NAME/package.json, or one of the template tool",
    )
    serve.add_argument(
        "--watch",
        action="store_true",
        help="load extensions again when their files change; one that fails is named, and the one before goes on",
    )
    serve.add_argument("--port", type=_port, default=8055, help="0 takes a free one (default: 8055)")
    serve.add_argument(
        "--store",
        type=Path,
        metavar="FILE",
        help="keep changes in this database file, which is filled from the project when it is new",
    )
    serve.add_argument(
        "--grant",
        type=_grant,
        action="append",
        default=[],
        metavar="NAME:PERMISSION",
        help="grant an optional permission",
    )
    serve.add_argument(
        "--isolation",
        choices=tuple(LEVELS),
        default=FULL,
        metavar="LEVEL",
        help=f"the lowest level of isolation at which an extension is loaded, one of {', '.join(LEVELS)} (default: {FULL})",
    )
    serve.add_argument(
        "--cors", type=_origin, action="append", default=[], metavar="ORIGIN", help="let pages of this origin call it"
    )
    serve.add_argument(
        "--password",
        action="append",
        default=[],
        metavar="USER[=PASSWORD]",
        help="let a user, by name, id or email, log in with a password for trying; without one it is asked for",
    )
    _add_review(commands.add_parser("review", help="say what a package asks for, how wide, and what no scope holds"))
    puller = commands.add_parser("pull", help="write a project from a live Directus, which is only read, into a folder")
    for names, about in ARGUMENTS:
        puller.add_argument(*names, **about)  # type: ignore[arg-type]
    return parser


def _add_review(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("package", type=Path, metavar="DIR", help="a folder with a package.json, or a .tgz of npm")
    parser.add_argument("--run", action="store_true", help="also run it, on mocks; without it nothing of it runs")
    parser.add_argument(
        "--with",
        dest="plan",
        type=Path,
        metavar="FILE",
        help="JSON with mocks, requests, events and operations to try",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the account as JSON")
    form.add_argument("--html", action="store_true", help="print the account as a page of HTML")
    parser.add_argument(
        "--fail-on",
        type=_categories,
        default=(),
        metavar="LIST",
        help=f"end with status 1 if the account has a finding of one of these: {','.join(CATEGORIES)}; 2 says that there is no account",
    )


def _categories(text: str) -> tuple[str, ...]:
    wanted = tuple(filter(None, text.split(",")))
    for word in wanted:
        if word not in CATEGORIES:
            raise argparse.ArgumentTypeError(f"{inline(word)} is none of {', '.join(CATEGORIES)}")
    return wanted


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > MAX_PORT:
        raise argparse.ArgumentTypeError(f"{inline(text)} is not a port number (0 to {MAX_PORT})")
    return int(text)


def _grant(text: str) -> tuple[str, str]:
    name, _, permission = text.rpartition(":")
    if not name or not permission:
        raise argparse.ArgumentTypeError(
            f"{inline(text)} is not NAME:PERMISSION, for example directus-extension-hello:request"
        )
    return name, permission


def _origin(text: str) -> str:
    if not _ORIGIN.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{inline(text)} is not a valid origin; one is for example http://localhost:5173, without a path"
        )
    return text


def _doctor(_: argparse.Namespace) -> int:
    with Sandbox() as box:
        for line in str(box.pool.examine()).splitlines():
            say(line)
    say(f"Items and routes are answered as by Directus {DIRECTUS}")
    return 0


def _serve(options: argparse.Namespace) -> int:
    settings = Settings(isolation=options.isolation)
    with Store.from_project(options.project, options.store) as store, Sandbox(store, settings=settings) as box:
        for note in store.notes:
            complain(f"note: {note}")
        extensions = ExtensionFiles(box, options.project / "extensions", options.grant)
        extensions.load(watched=options.watch)
        for user, _, password in (given.partition("=") for given in options.password):
            _set_password(store, user, password)
        server = box.serve(options.port, cors=tuple(options.cors))
        where = "in memory: changes end with it" if options.store is None else f"kept in {options.store}"
        say(f"{len(store.collections)} collections, {where}")
        say(f"read from {store.layout}")
        watched = f", watching {options.project / 'extensions'}" if options.watch else ""
        say(f"serving {server.public_url or server.url} (Ctrl-C ends it){watched}")
        for note in server.notes:
            say(note)
        try:
            _wait(extensions.look if options.watch else None)
        except KeyboardInterrupt:
            say("stopped")
    return 0


def _wait(look: Callable[[], None] | None) -> NoReturn:
    """Wait for the interrupt that ends this, and meanwhile ``look``."""
    never = threading.Event()
    while True:
        never.wait(None if look is None else LOOK_SECONDS)
        if look is not None:
            look()


def _set_password(store: Store, user: str, password: str) -> None:
    """Let ``user`` log in; ScopeboxError, which repeats no password, where that cannot be."""
    name = clean(user, MAX_CHARACTERS)
    store.access.find_user(user)
    try:
        store.set_password(user, password or _typed(f"password of {name}, for trying: "))
    except EOFError:
        raise ScopeboxError(
            f"--password {name}: there is no terminal to ask for it", hint="Say USER=PASSWORD."
        ) from None
    except ValueError as error:
        raise ScopeboxError(f"--password {name}: {error}") from None


def _review(options: argparse.Namespace) -> int:
    try:
        package = read_package(options.package)
        plan = read_plan(options.plan)
        runs = options.run or options.plan is not None
        account = tried(package, plan) if runs else account_of_package(package)
    except (ScopeboxError, OSError) as error:
        complain(f"scopebox: {error}")
        return UNREADABLE
    if options.json:
        sys.stdout.write(f"{account.json()}\n")
    else:
        view = account_view(account)
        sys.stdout.write(page(account.name, view.html()) if options.html else f"{view.text()}\n")
    return int(any(finding.category in options.fail_on for finding in account.findings))


def _pull(options: argparse.Namespace) -> int:
    wanted = options_of(options)
    token = token_of(os.environ, _typed, options.url)
    try:
        with Client(options.url, token, seconds=options.timeout, say=say) as client:
            folder = pull(client, options.to, wanted, say)
    except KeyboardInterrupt:
        complain("interrupted; what is whole is kept, and the same command goes on from there")
        return INTERRUPTED
    *notes, last = closing_lines(folder)
    for note in notes:
        say(f"note: {note}")
    say(last)
    return 0


def _typed(prompt: str) -> str:
    """Return what the user types, unseen; EOFError where nobody sits at a terminal."""
    if not sys.stdin.isatty():
        raise EOFError
    return getpass(prompt)


_COMMANDS: Final = {"doctor": _doctor, "serve": _serve, "review": _review, "pull": _pull}

if __name__ == "__main__":
    sys.exit(main())
