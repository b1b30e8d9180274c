"""Checks of the host: alive, in time, unharmed, and nothing of what is secret has come out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from scopebox.errors import (
    CancelledRun,
    ExtensionError,
    IsolateDied,
    IsolationError,
    LimitError,
    ManifestError,
    ScopeboxError,
)

from tests.security import steps
from tests.security.corpus import DOCUMENTED, by_hand
from tests.security.evidence import Evidence
from tests.security.preparation import RAW

MOST_MEMORY = 64.0  # MiB that the host may grow by, whatever an attack allows
CAUGHT = re.compile(r"catch \((\w+)\) \{ \1\.message \}")
NEXT_CELL = 1.0  # seconds after which the next cell has run, once what ran before has ended
ANSWERED = 2.0  # seconds within which an honest request has its answer
KEPT_SPARE = 2  # descriptors that a new spare takes


def not_in_result(evidence: Evidence, wanted: object) -> str:
    needles = wanted if isinstance(wanted, list) else [wanted]
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
    needles = wanted if isinstance(wanted, list) else [wanted]
    found = next((needle for needle in map(str, needles) if needle in kept), None)
    return "" if found is None else f"{found!r} is kept: …{_around(kept, found)}…"


def _around(text: str, needle: str) -> str:
    at = text.find(needle)
    return text[max(0, at - 60) : at + 120]


def host_alive(evidence: Evidence, wanted: object) -> str:
    return "" if evidence.trivial == 2 or not wanted else f"a trivial cell gave {evidence.trivial!r}"


def within_s(evidence: Evidence, wanted: object) -> str:
    seconds = float(str(wanted))
    return "" if evidence.answered <= seconds else f"the host answered after {evidence.answered:.1f} s, not {seconds:g}"


def guest_ended(evidence: Evidence, wanted: object) -> str:
    if wanted is None:
        return ""
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


def cell_error(evidence: Evidence, wanted: object) -> str:
    failed = evidence.error is not None
    return "" if failed is bool(wanted) else f"the cell {'failed' if failed else 'did not fail'}: {evidence.error}"


def cell_warning_or_error(evidence: Evidence, _wanted: object) -> str:
    warned = evidence.error is not None or (evidence.result is not None and evidence.result.warnings)
    return "" if warned else "neither an error nor a warning"


def error_matches(evidence: Evidence, wanted: object) -> str:
    texts = [str(error) for error in evidence.errors] + [response.text for response in evidence.responses]
    found = any(re.search(str(wanted), text, re.IGNORECASE) for text in texts)
    return "" if found else f"no error says {wanted!r}: {texts}"


def no_host_exception(evidence: Evidence, wanted: object) -> str:
    logged = [
        record.message
        for record in evidence.box.log
        if record.level == "error" and re.search(r"\w+(Error|Exception)\(", record.message)
    ]
    found = evidence.watch.exceptions + logged
    return f"exceptions in the host: {found[:3]}" if found and wanted else ""


def max_host_rss_mb(evidence: Evidence, wanted: object) -> str:
    most = min(float(str(wanted)), MOST_MEMORY)
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
    wanted = evidence.attack.setup.get("close_within_s")
    if wanted is None:
        return ""
    seconds = evidence.seconds["close"]
    return "" if seconds <= float(str(wanted)) else f"closing took {seconds:.1f} s, not {wanted}"


def others(evidence: Evidence, _wanted: object) -> str:
    """What else was at work, if the attack says so, has to have come to its end, in time."""
    if evidence.beside:
        return "; ".join(evidence.beside)
    seconds = evidence.seconds.get("second_extension", 0.0)
    return "" if seconds <= ANSWERED else f"the request of the other extension took {seconds:.1f} s"


def second_extension_request_completes(evidence: Evidence, wanted: object) -> str:
    if "second_extension" not in evidence.seconds and not evidence.beside:
        try:
            evidence.box.run_operation("honest-speak")
        except ScopeboxError as error:
            return f"the request of the other extension fails: {error}"
    return others(evidence, wanted)


def second_request_unaffected(evidence: Evidence, wanted: object) -> str:
    return second_extension_request_completes(evidence, wanted)


def other_endpoint_not_forged(evidence: Evidence, _wanted: object) -> str:
    if evidence.beside:
        return "; ".join(evidence.beside)
    return other_extension_unaffected(evidence, None)


def words(evidence: Evidence, _wanted: object) -> str:
    """What is said in words is carried out by a test of its own; without one nobody did."""
    said = evidence.attack.words
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
    if any(must.get(key) is True for key in ("refused", "cell_error", "cell_error_each")):
        return True
    if any(key.startswith(("refused_or_", "rejected_or_")) for key in must):
        return True
    if "error_matches" in must and re.search(str(must["error_matches"]), str(error), re.IGNORECASE):
        return True
    pinned = json.loads(DOCUMENTED.read_text("utf-8")).get(evidence.attack.id, {})
    return bool(must.get("documented")) and pinned.get("answer", "refused") == "refused"


def _refusal_shown(evidence: Evidence, error: ManifestError) -> bool:
    """Whether the attack is one on the display, and what was displayed is the refusal."""
    return evidence.attack.layer == "widget" and error.message in evidence.text


def cell_error_each(evidence: Evidence, wanted: object) -> str:
    fine = [at for at, error in enumerate(evidence.cell_errors) if (error is not None) is not bool(wanted)]
    return f"of {len(evidence.cell_errors)} cells these did otherwise: {fine}" if fine else ""


def error_type(evidence: Evidence, wanted: object) -> str:
    errors = evidence.errors or [error for error in (uncaught(evidence),) if error is not None]
    found = {type(error).__name__ for error in errors}
    found |= {error.kind for error in errors if isinstance(error, ExtensionError)}
    names = wanted if isinstance(wanted, list) else [wanted]
    return "" if found & set(map(str, names)) else f"the errors are {sorted(found)}"


def uncaught(evidence: Evidence) -> ScopeboxError | None:
    """Return the error whose message is all that a cell in JavaScript made of it, if it caught one: run again without that."""
    source = CAUGHT.sub(r"catch (\1) { throw \1 }", evidence.source)
    if evidence.attack.language == "python" or source == evidence.source:
        return None
    try:
        evidence.box.load(source, **evidence.options)
    except ScopeboxError as error:
        return error
    return None


def value_equals(evidence: Evidence, wanted: object) -> str:
    value = None if evidence.result is None else evidence.result.value
    return "" if value == wanted else f"the value is {value!r:.200}"


def value_matches(evidence: Evidence, wanted: object) -> str:
    value = None if evidence.result is None else evidence.result.value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "" if re.search(str(wanted), text) else f"the value is {text[:200]}"


def value_after_trigger(evidence: Evidence, wanted: object) -> str:
    values = [*evidence.outcomes, *(_value(response.text) for response in evidence.responses)]
    return "" if values and values[-1] == wanted else f"the trigger gave {values!r:.300}"


def _value(text: str) -> object:
    try:
        found: object = json.loads(text)
    except ValueError:
        return text
    return found


def handlers_max(evidence: Evidence, wanted: object) -> str:
    ran = [
        record
        for record in evidence.box.trace
        if record.extension == evidence.own and record.type.startswith("handler:")
    ]
    return "" if len(ran) <= int(str(wanted)) else f"{len(ran)} handlers ran"


def max_guest_processes(evidence: Evidence, wanted: object) -> str:
    return "" if evidence.guests <= int(str(wanted)) else f"{evidence.guests} guests"


def guest_error_catchable(evidence: Evidence, _wanted: object) -> str:
    """The guest's own handler saw the refusal: the cell went on, and nothing but an ordinary error ended it."""
    if isinstance(evidence.error, LimitError | IsolateDied | CancelledRun) or evidence.rejected:
        return f"it was ended: {evidence.error}"
    return f"the refusal was not caught: {evidence.error}" if evidence.error is not None else ""


def operation_error(evidence: Evidence, wanted: object) -> str:
    failed = bool(evidence.failures)
    if not isinstance(wanted, str):
        return "" if failed is bool(wanted) else f"the operation {'failed' if failed else 'did not fail'}"
    return (
        ""
        if any(re.search(wanted, str(error), re.IGNORECASE) for error in evidence.failures)
        else f"{evidence.failures}"
    )


def host_fd_growth_max(evidence: Evidence, wanted: object) -> str:
    most = int(str(wanted)) + KEPT_SPARE
    return "" if evidence.watch.descriptors <= most else f"{evidence.watch.descriptors} descriptors more"


def no_new_processes(evidence: Evidence, wanted: object) -> str:
    return f"new processes: {evidence.watch.processes}" if evidence.watch.processes and wanted else ""


def max_output_bytes(evidence: Evidence, wanted: object) -> str:
    longest = max(len(text.encode("utf-8", "replace")) for text in (evidence.cell_html, evidence.cell_text))
    return "" if longest <= int(str(wanted)) else f"the cell showed {longest:,} bytes"


def canary_unchanged(evidence: Evidence, _wanted: object) -> str:
    file = evidence.world.canary_file
    return "" if file.is_file() and file.read_text() == evidence.world.canary else "the canary was changed"


def file_absent(evidence: Evidence, wanted: object) -> str:
    pattern = Path(evidence.world.fill(str(wanted)))
    mine = {f"{evidence.world.canary_file}.csv"} if evidence.attack.setup.get("canary_csv") else set()
    found = set(map(str, pattern.parent.glob(pattern.name))) - mine
    return f"files were written: {found}" if found else ""


def stdlib_unchanged(evidence: Evidence, _wanted: object) -> str:
    if not Fraction(1, 3) < Fraction(1, 2) or Fraction(1, 2) < Fraction(1, 3):
        return "the host's own library was changed"
    code = "from fractions import Fraction\n[Fraction(1, 3) < Fraction(1, 2), Fraction(1, 2) < Fraction(1, 3)]"
    value = evidence.box.load(code, name="directus-extension-second").result.value
    return "" if value == [True, False] else f"the library of the next guest was changed: {value}"


def _second(evidence: Evidence, code: str) -> ScopeboxError | None:
    try:
        evidence.box.load(code, name="directus-extension-second")
    except ScopeboxError as error:
        return error
    return None


def second_extension_attribute_error(evidence: Evidence, wanted: object) -> str:
    module = str(wanted).split(".", maxsplit=1)[0]
    error = _second(evidence, f"import {module}\n{wanted}")
    fine = isinstance(error, ExtensionError) and error.kind == "AttributeError"
    return "" if fine else f"{wanted} gave {error!r}"


def second_extension_name_error(evidence: Evidence, wanted: object) -> str:
    error = _second(evidence, str(wanted))
    fine = isinstance(error, ExtensionError) and error.kind == "NameError"
    return "" if fine else f"{wanted} gave {error!r}"


def channel_in_step(evidence: Evidence, _wanted: object) -> str:
    language = evidence.attack.language
    names = "" if language == "python" else "var "
    probe = (
        f'{names}probe_first = exec("sleep", 30);\n{names}probe_second = exec("log", "two");\n'
        '[await probe_second, await probe_first, "in step"]'
    )
    living = evidence.extension is not None and evidence.extension.alive
    try:
        value = evidence.box.load(probe, name=evidence.own, append=living, language=language).result.value
    except ScopeboxError as error:
        return f"later calls fail: {error}"
    return "" if value == [None, None, "in step"] else f"later calls get {value!r}"


def other_extension_unaffected(evidence: Evidence, _wanted: object) -> str:
    operations = [entry.id for entry in evidence.box.operations if entry.id != "honest-speak"]
    if not operations and "before_handshake" in evidence.attack.code:
        return ""  # no honest extension can start where guests attack at their birth
    return "" if _honest_answers(evidence) else "the other extension does not answer as before"


def _honest_answers(evidence: Evidence) -> bool:
    answers = []
    for operation in evidence.box.operations:
        if operation.extension != evidence.own and operation.id != "honest-speak":
            answers.append(evidence.box.run_operation(operation.id, {"a": 1}))
            answers.append(evidence.box.request("GET", f"/{operation.extension}/ping").text)
    return answers == [{"honest": {"a": 1}}, "pong"]


def other_operation_unchanged(evidence: Evidence, wanted: object) -> str:
    return other_extension_unaffected(evidence, wanted)


def no_call_after_end(evidence: Evidence, _wanted: object) -> str:
    late = [record.type for record in evidence.calls if evidence.ended < record.time < evidence.checked]
    return f"calls after the end: {late}" if late else ""


def max_outstanding_calls(evidence: Evidence, wanted: object) -> str:
    most, now = 0, 0
    for _, step in sorted(_steps(evidence)):
        now += step
        most = max(most, now)
    return "" if most <= int(str(wanted)) else f"{most} calls at the same time"


def _steps(evidence: Evidence) -> Iterator[tuple[float, int]]:
    for record in evidence.calls:
        yield record.time, 1
        if record.seconds is not None:
            yield record.time + record.seconds, -1


def stopped_by_limit(evidence: Evidence) -> bool:
    """Whether a limit, and not an ordinary error, ended the cell."""
    return isinstance(evidence.error, LimitError)
