"""Checks of the host: alive, in time, unharmed, and nothing of what is secret has come out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from scopebox.errors import IsolateDied, IsolationError, ManifestError

from tests.security import preparation, steps
from tests.security.corpus import DOCUMENTED, by_hand
from tests.security.evidence import Evidence
from tests.security.forms import number, several
from tests.security.preparation import RAW, is_carried_out

MOST_MEMORY = 64.0  # MiB that the host may grow by, whatever an attack allows
NEXT_CELL = 1.0  # seconds after which the next cell has run, once what ran before has ended


def not_in_result(evidence: Evidence, wanted: object) -> str:
    needles = several(wanted)
    said = "\n".join(evidence.said())
    everything = "\n".join(evidence.everything())
    for needle in map(str, needles):
        if needle == "CANARY":
            found = [value for value in evidence.world.values if value in everything]
            if found:
                return f"{found[0]} came out"
        elif evidence.attack.must.get("informational"):
            continue  # what such an attack reports is only recorded; what is secret stays so
        elif needle in (said if needle.isprintable() else f"{evidence.html}\n{evidence.text}\n{evidence.shell}"):
            return f"{needle!r} came out: …{_around(said, needle)}…"
    return ""


def not_kept(evidence: Evidence, wanted: object) -> str:
    kept = "\n".join(evidence.kept())
    needles = several(wanted)
    found = next((needle for needle in map(str, needles) if needle in kept), None)
    return "" if found is None else f"{found!r} is kept: …{_around(kept, found)}…"


def _around(text: str, needle: str) -> str:
    at = text.find(needle)
    return text[max(0, at - 60) : at + 120]


def host_alive(evidence: Evidence, wanted: object) -> str:
    return "" if evidence.trivial == 2 or not wanted else f"a trivial cell gave {evidence.trivial!r}"


def within_s(evidence: Evidence, wanted: object) -> str:
    seconds = number(wanted)
    return "" if evidence.answered <= seconds else f"the host answered after {evidence.answered:.1f} s, not {seconds:g}"


def guest_ended(evidence: Evidence, wanted: object) -> str:
    if not wanted:
        alive = evidence.extension is not None and evidence.extension.alive
        return "" if alive else "the guest ended"
    ended = not evidence.running
    if evidence.error is not None:
        loaded = evidence.box.extensions.get(evidence.own)
        ended = ended and loaded is None
    return "" if ended else f"{evidence.running} cells or handlers run on"


def kernel_exit(evidence: Evidence, wanted: object) -> str:
    return "" if evidence.interrupted != "SystemExit" or wanted else "the host was made to exit"


def kernel_interrupted(evidence: Evidence, wanted: object) -> str:
    return "" if not evidence.interrupted or wanted else f"{evidence.interrupted} reached the host"


def no_host_exception(evidence: Evidence, wanted: object) -> str:
    logged = [
        record.message
        for record in evidence.box.log
        if record.level == "error" and re.search(r"\w+(Error|Exception)\(", record.message)
    ]
    found = evidence.watch.exceptions + logged
    return f"exceptions in the host: {found[:3]}" if found and wanted else ""


def max_host_rss_mb(evidence: Evidence, wanted: object) -> str:
    most = min(number(wanted), MOST_MEMORY)
    return "" if evidence.watch.memory < most else f"the host grew by {evidence.watch.memory:.0f} MB"


def memory(evidence: Evidence, _wanted: object) -> str:
    return max_host_rss_mb(evidence, MOST_MEMORY)


def longest_step(evidence: Evidence, _wanted: object) -> str:
    step = evidence.watch.step
    return "" if step.seconds <= steps.LONGEST else f"{step.seconds:.2f} s of processor time in {step.what}"


def next_cell(evidence: Evidence, _wanted: object) -> str:
    seconds = evidence.seconds.get("next_cell", 0.0)
    return "" if seconds <= NEXT_CELL else f"the next cell took {seconds:.1f} s"


def closed_in_time(evidence: Evidence, _wanted: object) -> str:
    """Closing comes last: what else is checked needs the sandbox."""
    wanted = evidence.attack.setup.get("close_within_s")
    if wanted is None:
        return ""
    if "close" not in evidence.seconds:
        preparation.close(evidence)
    seconds = evidence.seconds["close"]
    return "" if seconds <= number(wanted) else f"closing took {seconds:.1f} s, not {wanted}"


def words(evidence: Evidence, _wanted: object) -> str:
    """What is said in words is carried out by a test of its own; without one nobody did."""
    said = [text for text in evidence.attack.words if not is_carried_out(text)]
    return f"no test by hand for {said}" if said and evidence.attack.id not in by_hand() else ""


def guest_ran(evidence: Evidence, _wanted: object) -> str:
    """An attack whose guest never ran shows nothing, unless it says that none of it runs.

    ``refused`` and what is like it say so as well where it was the manifest or the name that was refused. Beyond these stand:
    guests that attack before their first cell (they ran), and manifests and names that attack whoever is shown their refusal.
    """
    attack, error = evidence.attack, evidence.error
    if evidence.ran or "rejected_before_run" in attack.must or attack.setup.get("guest_seccomp_fails"):
        return ""
    if attack.layer in RAW and "before_handshake" in attack.code and isinstance(error, IsolationError):
        return ""
    if isinstance(error, ManifestError) and (_refusal_wanted(evidence) or _refusal_shown(evidence, error)):
        return ""
    return f"the guest never ran: {error}"


def orderly(evidence: Evidence, _wanted: object) -> str:
    """A cell in JavaScript ends with a value, an ordinary error or at a limit: its guest neither crashes nor gives up.

    A parser of types whose memory has run out crashes, however: it is C code that does not ask whether there is any left.
    """
    if evidence.attack.language == "python":
        return ""
    died = [error.message for error in evidence.errors if isinstance(error, IsolateDied)]
    parsing = evidence.attack.language == "ts"
    wrong = [message for message in died if "disposed: it" in message and not (parsing and "crashed" in message)]
    return f"the guest died: {wrong[0]}" if wrong else ""


def _refusal_wanted(evidence: Evidence) -> bool:
    """Whether the attack expects of its run what happened: that it was refused."""
    must, error = evidence.attack.must, evidence.error
    if any(must.get(key, False) in (True, None) for key in ("refused", "cell_error", "cell_error_each")):
        return True
    if any(key.startswith(("refused_or_", "rejected_or_")) for key in must):
        return True
    if must.get("error_matches") is not None and re.search(str(must["error_matches"]), str(error), re.IGNORECASE):
        return True
    pinned = json.loads(DOCUMENTED.read_text("utf-8")).get(evidence.attack.id, {})
    return bool(must.get("documented")) and pinned.get("answer", "refused") == "refused"


def _refusal_shown(evidence: Evidence, error: ManifestError) -> bool:
    """Whether the attack is one on the display, and what was displayed is the refusal."""
    return evidence.attack.layer == "widget" and error.message in evidence.text


def handlers_max(evidence: Evidence, wanted: object) -> str:
    ran = [
        record
        for record in evidence.box.trace
        if record.extension == evidence.own and record.type.startswith("handler:")
    ]
    return "" if len(ran) <= number(wanted) else f"{len(ran)} handlers ran"


def max_guest_processes(evidence: Evidence, wanted: object) -> str:
    return "" if evidence.guests <= number(wanted) else f"{evidence.guests} guests"


def host_fd_growth_max(evidence: Evidence, wanted: object) -> str:
    return "" if evidence.watch.descriptors <= number(wanted) else f"{evidence.watch.descriptors} descriptors more"


def no_new_processes(evidence: Evidence, wanted: object) -> str:
    return f"new processes: {evidence.watch.processes}" if evidence.watch.processes and wanted else ""


def max_output_bytes(evidence: Evidence, wanted: object) -> str:
    longest = max(len(text.encode("utf-8", "replace")) for text in (evidence.cell_html, evidence.cell_text))
    return "" if longest <= number(wanted) else f"the cell showed {longest:,} bytes"


def canary_unchanged(evidence: Evidence, _wanted: object) -> str:
    file = evidence.world.canary_file
    return "" if file.is_file() and file.read_text() == evidence.world.canary else "the canary was changed"


def file_absent(evidence: Evidence, wanted: object) -> str:
    patterns = [Path(evidence.world.fill(str(pattern))) for pattern in several(wanted)]
    mine = {f"{evidence.world.canary_file}.csv"} if evidence.attack.setup.get("canary_csv") else set()
    found = {str(file) for pattern in patterns for file in pattern.parent.glob(pattern.name)} - mine
    return f"files were written: {found}" if found else ""


def no_call_after_end(evidence: Evidence, _wanted: object) -> str:
    late = [record.type for record in evidence.calls if evidence.ended < record.time < evidence.checked]
    return f"calls after the end: {late}" if late else ""


def max_outstanding_calls(evidence: Evidence, wanted: object) -> str:
    most, now = 0, 0
    for _, step in sorted(_steps(evidence)):
        now += step
        most = max(most, now)
    return "" if most <= number(wanted) else f"{most} calls at the same time"


def _steps(evidence: Evidence) -> Iterator[tuple[float, int]]:
    for record in evidence.calls:
        yield record.time, 1
        if record.seconds is not None:
            yield record.time + record.seconds, -1
