"""Sandboxed cases in each language: what was recorded, played in a real isolate and compared.

Two things differ by decision, and are checked as decided: nothing that an extension does takes the host down (a 500 where the
recording says that the server died), and a manifest with a scope that does not exist is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from scopebox.isolate.pool import IsolatePool
from scopebox.languages import LanguageName, language_of
from scopebox.store.store import Store

from tests.conformance import translated, verbatim
from tests.conformance.cases import cases, part_name
from tests.conformance.forks import Forks
from tests.conformance.report import Report
from tests.conformance.sequences import broken
from tests.conformance.stage import KNOWN, Stage, Untold, Wrong

LANGUAGES: Final = {"python": (translated.HEAD, translated.PLAYS), "js": (verbatim.HEAD, verbatim.PLAYS)}


def play(stage: Stage, plays: Mapping[str, Callable[[Stage], None]]) -> str:
    """Play the case of a stage; return what was wrong, empty if nothing was. Raises Untold."""
    case = stage.case
    unknown = sorted(set(case) - KNOWN)
    if unknown:
        raise ValueError(f"{case['id']} has the unknown key {unknown[0]!r}")
    try:
        plays[str(case["category"])](stage)
        stage.check_log()
        stage.box.load("1 + 1", name="still-alive", language=stage.language)
    except Wrong as wrong:
        return str(wrong)
    finally:
        stage.box.close()
    return ""


def run(store: Store, folder: Path, report: Report, language: LanguageName = "python") -> None:
    """Play all sandboxed cases of ``folder`` in ``language``."""
    part, (head, plays) = part_name("sandbox", language), LANGUAGES[language]
    pool = IsolatePool()
    try:
        with Forks(store) as forks:
            for case in cases(folder, "sandbox"):
                with forks.lend() as fork:
                    try:
                        wrong = play(Stage(fork, pool, case, language, head), plays)
                    except Untold as reason:
                        report.leave_out(part, case, f"no {language_of(language).title} for {reason}")
                        continue
                    except Exception as error:
                        wrong = broken(error)
                report.add(part, case, [], wrong)
    finally:
        pool.close()
