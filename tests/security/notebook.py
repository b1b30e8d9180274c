"""Attacks in a notebook: the cell below ``%%sandbox``, in a shell that has something to hide."""

from __future__ import annotations

import sys
from typing import Final

from scopebox.errors import ScopeboxError
from scopebox.sandbox import LoadOptions

from tests.security.corpus import Attack
from tests.security.evidence import Evidence
from tests.shells import notebook

_SETUP: Final = frozenset({"magic_line", "kernel_vars", "kernel_cell_before"})


def wanted(attack: Attack) -> bool:
    """Whether the attack is one on the notebook as well."""
    shell = any(word in attack.id for word in ("ipython", "magic", "src-"))
    return bool(_SETUP & set(attack.setup)) or (attack.layer == "language" and (shell or attack.syntax_is_attack))


def run(evidence: Evidence, options: LoadOptions) -> None:
    """Run the attack below ``%%sandbox`` too, and add what the notebook showed and logged to the evidence."""
    world, setup = evidence.world, evidence.attack.setup
    hooks = sys.displayhook, sys.excepthook
    with notebook(str(world.folder)) as shell:
        variables = setup.get("kernel_vars") or {}
        assert isinstance(variables, dict)
        shell.names.update({name: world.secret(str(value)) for name, value in variables.items()})
        shell.names["attack_manifest"] = options.get("manifest")
        if before := setup.get("kernel_cell_before"):
            shell.run(world.secret(str(before)))
        line = world.fill(str(setup.get("magic_line") or f"%%sandbox {evidence.own} --manifest attack_manifest"))
        shown = shell.run(f"{line}\n{evidence.source}")
        box = shell.box
        for record in box.log:
            evidence.box.log.append(record)
        evidence.shell = f"{shown.text}\n{shown.html}"
        if isinstance(shown.error, ScopeboxError):
            evidence.failures.append(shown.error)
        elif shown.error is not None:
            evidence.watch.exceptions.append(f"in the notebook: {shown.error!r}")
    sys.displayhook, sys.excepthook = hooks
