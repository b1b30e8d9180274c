"""``%%sandbox``: from the options and the body of a cell to a call of ``Sandbox.load``, and its outcome on the page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from IPython.display import display

from scopebox import plain_file
from scopebox.errors import CancelledRun, ManifestError, ScopeboxError
from scopebox.languages import COMMENT_SIGNS
from scopebox.manifest.bounds import MAX_SOURCE_BYTES
from scopebox.manifest.manifest import Manifest
from scopebox.manifest.naming import UNTITLED
from scopebox.notebook.live_line import LiveLine
from scopebox.text.messages import quote
from scopebox.views.parts import View

if TYPE_CHECKING:
    from scopebox.extension.result import RunResult
    from scopebox.languages import Language
    from scopebox.notebook.arguments import CellOptions
    from scopebox.notebook.background import BackgroundRun
    from scopebox.notebook.session import Session
    from scopebox.sandbox.options import LoadOptions


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be run."""

    name: str
    language: Language
    source: str
    load: LoadOptions


def run(session: Session, options: CellOptions, line: str, body: str) -> object:
    """Run a cell, whose ``options`` are those of its ``line``. Raises whatever ended it.

    Returns its RunResult, None with --quiet, a BackgroundRun with --bg.
    """
    job = _job(session, options, line, body)
    if options.bg:
        return _start(session, options, job)
    live = LiveLine(session.shell, session.box, job.name, quiet=options.quiet)
    result = _run(session, job, live)
    if options.out is not None:
        session.shell.user_ns[options.out] = result
    live.rest(result.stdout)
    show(result, quiet=options.quiet)
    if result.error is not None:
        raise result.error
    return None if options.quiet else result


def _run(session: Session, job: Job, live: LiveLine) -> RunResult:
    """Run to the end, whatever the end is."""
    from scopebox.extension.result import RunResult, result_of  # noqa: PLC0415 - loading must be quick

    options: LoadOptions = {**job.load, "on_print": live.printed}
    try:
        with live:
            return session.box.load(job.source, **options).result
    except ScopeboxError as error:
        return result_of(error, job.name, job.language)
    except KeyboardInterrupt:
        stopped = CancelledRun(
            "You interrupted the cell",
            extension=job.name,
            hint="Its registrations are gone; what it wrote to the store stays.",
        )
        return RunResult(job.name, error=stopped, language=job.language)


def _start(session: Session, options: CellOptions, job: Job) -> BackgroundRun:
    from scopebox.notebook.background import BackgroundRun  # noqa: PLC0415 - loading must be quick

    run = BackgroundRun(session.box, job.name, job.language, job.source, job.load)
    if options.out is not None:
        session.shell.user_ns[options.out] = run
    run.start(live=hasattr(session.shell, "kernel") and not options.quiet)
    return run


def show(result: RunResult, *, quiet: bool) -> None:
    """Where no result follows, show what the user must not miss."""
    from scopebox.extension.result import aftermath, refusals  # noqa: PLC0415 - loading must be quick

    if quiet and refusals(result):
        display(View(tuple(refusals(result))))  # type: ignore[no-untyped-call]
    if not quiet and result.error is not None and (result.logs or result.notes.warnings or refusals(result)):
        display(View(aftermath(result)))  # type: ignore[no-untyped-call]


def _job(session: Session, options: CellOptions, line: str, body: str) -> Job:
    language = options.language(session.magics_config.lang)
    if options.file is None:
        # The line of the magic counts, so that the lines of the extension are those that the user sees.
        name, source, filename = options.name or UNTITLED, f"{language.comment} %%sandbox {line}\n{body}", ""
    else:
        name, source, filename = _from_file(options, body)
    manifest = manifest_of(session, options, language, source)
    if manifest is not None:
        session.note_tried(name, manifest)
    config = session.config
    load: LoadOptions = {
        "name": name,
        "language": language.name,
        "manifest": manifest,
        "type": options.type,
        "grant": options.grant,
        "deny": options.deny,
        "inputs": dict(_input(session, text) for text in options.input),
        "timeout": config.timeout if options.timeout is None else options.timeout,
        "wall": config.wall if options.wall is None else options.wall,
        "memory": config.memory if options.memory is None else options.memory,
        "filename": filename,
        "append": options.append,
    }
    return Job(name, language, source, load)


def manifest_of(session: Session, options: CellOptions, language: Language, source: str) -> Manifest | None:
    """Return the manifest; None only for an appended cell without one, which has that of the first."""
    inline = Manifest.from_cell(source, language.name)
    if options.manifest is None:
        return inline if inline is not None or options.append else Manifest()
    if inline is not None:
        raise ManifestError("the cell has a manifest of its own, and --manifest", hint="Keep one of them.")
    if options.manifest in session.shell.user_ns:
        return Manifest.read(session.shell.user_ns[options.manifest])
    path = Path(options.manifest)
    if path.is_file():
        return Manifest.read(path)
    if not options.manifest.isidentifier():
        return Manifest.read(options.manifest)  # the text of one, or what is neither that nor a file
    return Manifest.read(session.variable(options.manifest, "The manifest"))


def _from_file(options: CellOptions, body: str) -> tuple[str, str, str]:
    if any(line.strip() and not line.lstrip().startswith(COMMENT_SIGNS) for line in body.split("\n")):
        raise ScopeboxError("The cell has code of its own, and --file", hint="Keep one of them.")
    path = Path(str(options.file))
    try:
        source = plain_file.text(path, MAX_SOURCE_BYTES)
    except OSError as error:
        raise ScopeboxError(f"{quote(str(path))} cannot be read: {error.strerror}") from None
    except ValueError:
        raise ScopeboxError(f"{quote(str(path))} cannot be read: it is not UTF-8 text") from None
    return options.name or path.stem, source, str(path)


def _input(session: Session, text: str) -> tuple[str, object]:
    name, equals, variable = text.partition("=")
    return name, session.variable(variable if equals else name, "The input")
