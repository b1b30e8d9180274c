"""Cases with a project of their own, ``projects/<name>/``: a snapshot, items, access, and ``cases.jsonl`` beside them.

``python -m tests.conformance.record`` writes what a real Directus answers into such cases.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from scopebox.store.store import Store

from tests.conformance import sequences
from tests.conformance.cases import FILES, cases
from tests.conformance.forks import Forks
from tests.conformance.report import Report

PART: Final = "project"
FOLDER: Final = "projects"


def folders(folder: Path) -> list[Path]:
    """Return the folders of the projects in the recordings ``folder``."""
    return sorted(path.parent for path in (folder / FOLDER).glob(f"*/{FILES[PART]}"))


async def run(folder: Path, report: Report) -> None:
    """Play the cases of every project in ``folder``, each as if it was the first on the store with that project."""
    for project in folders(folder):
        with Store.from_project(project) as store, Forks(store) as forks:
            for case in cases(project, PART):
                with sequences.place_of(store, forks, case) as place:
                    outcome = await sequences.attempted(sequences.play(place, case))
                report.add(PART, {"category": project.name, **case}, outcome.sides, outcome.wrong)
