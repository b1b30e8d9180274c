"""The command line: ``python -m scopebox doctor`` and ``python -m scopebox serve --project DIR``."""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from scopebox import Sandbox, Store
from scopebox.errors import ScopeboxError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, or 1 after an error that names what is wrong."""
    options = _parser().parse_args(arguments)
    try:
        return _doctor() if options.command == "doctor" else _serve(options)
    except (ScopeboxError, LookupError, OSError) as error:
        sys.stderr.write(f"scopebox: {error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scopebox", description="Permission-scoped extensions in a sandbox.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("doctor", help="say what isolates extensions on this machine, and what does not")
    serve = commands.add_parser("serve", help="serve a project's items API and its extensions on loopback")
    serve.add_argument(
        "--project", type=Path, required=True, metavar="DIR", help="snapshot.yaml, items.json, access.json"
    )
    serve.add_argument("--port", type=int, default=8055, help="0 takes a free one (default: 8055)")
    serve.add_argument("--store", type=Path, metavar="FILE", help="keep changes in this database file")
    serve.add_argument(
        "--grant", action="append", default=[], metavar="NAME:PERMISSION", help="grant an optional permission"
    )
    serve.add_argument("--cors", action="append", default=[], metavar="ORIGIN", help="let pages of this origin call it")
    return parser


def _doctor() -> int:
    with Sandbox() as box:
        sys.stdout.write(f"{box.isolation}\n")
    return 0


def _serve(options: argparse.Namespace) -> int:
    grants = _grants(options.grant)
    store = Store.from_project(options.project, path=options.store)
    with Sandbox(store) as box:
        for note in store.notes:
            sys.stderr.write(f"note: {note}\n")
        sources = sorted((options.project / "extensions").glob("*.py"))
        unknown = set(grants) - {path.stem for path in sources}
        if unknown:
            raise ScopeboxError(
                f"--grant names {', '.join(sorted(unknown))}, but there is no such extension in the project"
            )
        for path in sources:
            box.load_file(path, grant=grants.get(path.stem, ()))
            sys.stdout.write(f"loaded {path.stem}\n")
        server = box.serve(options.port, cors=tuple(options.cors))
        sys.stdout.write(f"serving {server.url} (Ctrl-C ends it)\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.stdout.write("stopped\n")
    store.close()
    return 0


def _grants(given: Sequence[str]) -> dict[str, list[str]]:
    grants: dict[str, list[str]] = {}
    for text in given:
        name, colon, permission = text.rpartition(":")
        if not colon or not name or not permission:
            raise ScopeboxError(
                f'--grant "{text}" is not NAME:PERMISSION', hint="For example directus-extension-hello:request."
            )
        grants.setdefault(name, []).append(permission)
    return grants


if __name__ == "__main__":
    sys.exit(main())
