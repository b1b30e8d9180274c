"""Attacks in a notebook: the cell below ``%%sandbox``, in a shell that has something to hide."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Final

from scopebox.errors import ScopeboxError
from scopebox.notebook.background import BackgroundRun
from scopebox.sandbox.options import LoadOptions

from tests.security import steps
from tests.security.corpus import Attack
from tests.security.evidence import Evidence
from tests.security.forms import several
from tests.shells import notebook

WAIT: Final = 12.0  # seconds that cells in the background are given
RUN: Final = "cell_in_the_background"  # the name that the notebook has for it
_SETUP: Final = frozenset({"magic_line", "kernel_vars", "kernel_cell_before", "host_variable", "background"})


def wanted(attack: Attack) -> bool:
    """Whether the attack is one on the notebook as well."""
    shell = any(word in attack.id for word in ("ipython", "magic", "src-"))
    return bool(_SETUP & set(attack.setup)) or (attack.layer == "language" and (shell or attack.syntax_is_attack))


def run(evidence: Evidence, options: LoadOptions) -> None:
    """Run the attack below ``%%sandbox`` too, and add what the notebook showed and logged to the evidence."""
    world, setup = evidence.world, evidence.attack.setup
    hooks = sys.displayhook, sys.excepthook
    with notebook(str(world.folder), (world.sample, world.pool)) as shell:
        variables = {**_names(setup.get("kernel_vars")), **_names(setup.get("host_variable"))}
        shell.names.update({name: world.secret(str(value)) for name, value in variables.items()})
        shell.names["attack_manifest"] = options.get("manifest")
        if before := setup.get("kernel_cell_before"):
            shell.run(world.secret(str(before)))
        lang = "" if evidence.attack.language == "python" else f" --lang {evidence.attack.language}"
        line = world.fill(str(setup.get("magic_line") or f"%%sandbox {evidence.own} --manifest attack_manifest{lang}"))
        cells = _cells(evidence)
        texts, runs = [], []
        for cell in cells or [evidence.source]:
            with steps.step("the cell in the notebook"):
                shown = shell.run(f"{line} --bg --out {RUN}\n{cell}" if cells else f"{line}\n{cell}")
            texts.append(f"{shown.text}\n{shown.html}")
            runs.append(shell.names.pop(RUN, None))
        for run in _waited_for([run for run in runs if isinstance(run, BackgroundRun)]):
            error = run.result(0).error
            texts.append(f"{run.view().text()}\n{run.view().html()}")
            if isinstance(error, ScopeboxError):
                evidence.failures.append(error)
        box = shell.box
        for record in box.log:
            evidence.box.log.write(record.level, record.extension, record.message, record.chain)
        evidence.shell += "\n".join(texts)
        if isinstance(shown.error, ScopeboxError):
            evidence.failures.append(shown.error)
        elif shown.error is not None:
            evidence.watch.exceptions.append(f"in the notebook: {shown.error!r}")
    sys.displayhook, sys.excepthook = hooks


def _names(given: object) -> dict[str, object]:
    assert given is None or isinstance(given, dict)
    return given or {}


def _cells(evidence: Evidence) -> list[str]:
    """Return the cells that run in the background: those that are given, or the attack's own, once or so often."""
    given = evidence.attack.setup.get("background")
    if isinstance(given, list | str):
        return [evidence.world.fill(str(cell), evidence.own) for cell in several(given)]
    return [evidence.source] * int(str(given or 0) if not isinstance(given, bool) else given)


def _waited_for(runs: Sequence[BackgroundRun]) -> list[BackgroundRun]:
    """Wait until all cells in the background have ended, and return those that have."""
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline and not all(run.done for run in runs):
        time.sleep(0.02)
    return [run for run in runs if run.done]
