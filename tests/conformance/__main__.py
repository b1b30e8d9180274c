"""Run the recorded cases: ``python -m tests.conformance [DIR] [--only read,role,write,project,hooks,sandbox] [--json OUT]``."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from scopebox.languages import LanguageName
from scopebox.store.store import Store

from tests.conformance import projects, read, sandboxed, sandboxed_hooks, sequences
from tests.conformance.cases import DEFAULT, FILES, cases
from tests.conformance.forks import Forks
from tests.conformance.report import Report
from tests.conformance.sides import ENGINE, EXCEPTIONS

Part = Callable[[Store, Path, Report], Awaitable[None]]


async def _reads(store: Store, folder: Path, report: Report) -> None:
    async with sequences.client_for(store) as client:
        for case in cases(folder, "read"):
            outcome = await sequences.attempted(read.play(client, store, case))
            report.add("read", case, outcome.sides, outcome.wrong)


def _sequences(part: str) -> Part:
    async def run(store: Store, folder: Path, report: Report) -> None:
        with Forks(store) as forks:
            for case in cases(folder, part):
                with sequences.place_of(store, forks, case) as place:
                    outcome = await sequences.attempted(sequences.play(place, case))
                report.add(part, case, outcome.sides, outcome.wrong)

    return run


async def _projects(_: Store, folder: Path, report: Report) -> None:
    await projects.run(folder, report)


def _hooks(language: LanguageName) -> Part:
    async def run(store: Store, folder: Path, report: Report) -> None:
        await sandboxed_hooks.run(store, folder, report, language)

    return run


def _sandboxed(language: LanguageName) -> Part:
    async def run(store: Store, folder: Path, report: Report) -> None:
        await asyncio.to_thread(sandboxed.run, store, folder, report, language)

    return run


PARTS: Final[dict[str, Part]] = {
    "read": _reads,
    **{part: _sequences(part) for part in ("role", "write")},
    projects.PART: _projects,
    "hooks": _hooks("python"),
    "sandbox": _sandboxed("python"),
    "hooks-js": _hooks("js"),
    "sandbox-js": _sandboxed("js"),
}
"""How each part is run."""
FEWEST: Final = 100  # cases on which the databases agree; each part has more


def _present(folder: Path, part: str) -> bool:
    return bool(projects.folders(folder)) if part == projects.PART else (folder / FILES[part]).is_file()


class Unseen(logging.Handler):
    """Takes in what asyncio says of any loop: above all errors of tasks that nobody waited for."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what is said, with the error."""
        self.texts.append(self.format(record))


def run(folder: Path, parts: list[str]) -> Report:
    """Run ``parts`` of the recordings in ``folder``."""
    report = Report()

    async def work() -> None:
        with Store.from_project(folder / "project") as store:
            for part in parts:
                await PARTS[part](store, folder, report)

    unseen = Unseen()
    logger = logging.getLogger("asyncio")
    logger.addHandler(unseen)
    try:
        asyncio.run(work())
        gc.collect()
    finally:
        logger.removeHandler(unseen)
    report.failed |= {f"task {number}": text for number, text in enumerate(unseen.texts)}
    return report


def main(arguments: list[str] | None = None) -> int:
    """Run what the command line asks for; 1 if a case fails for which no exception is made."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance")
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT, help="project/ and the recordings")
    parser.add_argument("--only", default="", help=f"parts, with commas: {','.join(FILES)}")
    parser.add_argument("--json", type=Path, help="where to write the totals and the ids of what failed")
    parser.add_argument("-v", "--verbose", action="store_true", help="show the answers that differ")
    options = parser.parse_args(arguments)
    wanted = options.only.split(",") if options.only else [part for part in PARTS if _present(options.folder, part)]
    unknown = [part for part in wanted if part not in PARTS]
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}; the parts are {', '.join(PARTS)}")
    report = run(options.folder, wanted)
    print(report.text(verbose=options.verbose))
    if options.json:
        options.json.write_text(json.dumps(report.data(), indent=1) + "\n", "utf-8")
    wrong = sorted(name for name in report.failed if name.rpartition(":")[2] not in EXCEPTIONS and name not in ENGINE)
    stale = sorted(set(ENGINE) - set(report.failed)) if options.folder == DEFAULT and "sandbox-js" in wanted else []
    few = [part for part in wanted if report.total[part, "agree"] <= FEWEST] if options.folder == DEFAULT else []
    for name in wrong:
        print(f"{name} fails and is not one of the exceptions in tests/conformance/sides.py: {report.failed[name]}")
    for name in stale:
        print(f"{name} passes: it is no exception any more")
    for part in few:
        print(f"the part {part} has no more than {FEWEST} cases on which the databases agree")
    excused = Counter(name.partition(":")[0] for name in report.failed if name in ENGINE)
    agreed = all(report.passed[part, "agree"] + excused[part] == report.total[part, "agree"] for part in wanted)
    return int(bool(wrong or stale or few) or not agreed)


if __name__ == "__main__":
    sys.exit(main())
