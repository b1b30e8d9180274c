"""Checks of what others were left with: other extensions, and the later calls of the attack's own."""

from __future__ import annotations

import json
from fractions import Fraction

from scopebox.errors import ExtensionError, ScopeboxError

from tests.security.evidence import Evidence
from tests.security.world import SECOND

ANSWERED = 2.0  # seconds within which an honest request has its answer
TYPED_PROBE = """
const answer = async () => {
  const first = exec("sleep", 30), second = exec("log", "two");
  await exec("log", JSON.stringify([await second, await first, "in step"]));
};
export default %s;
"""


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


def stdlib_unchanged(evidence: Evidence, _wanted: object) -> str:
    if not Fraction(1, 3) < Fraction(1, 2) or Fraction(1, 2) < Fraction(1, 3):
        return "the host's own library was changed"
    code = "from fractions import Fraction\n[Fraction(1, 3) < Fraction(1, 2), Fraction(1, 2) < Fraction(1, 3)]"
    value = evidence.box.load(code, name=SECOND).result.value
    return "" if value == [True, False] else f"the library of the next guest was changed: {value}"


def _second(evidence: Evidence, code: str) -> ScopeboxError | None:
    try:
        evidence.box.load(code, name=SECOND)
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
    living = evidence.extension is not None and evidence.extension.alive
    kind = evidence.options.get("type") if living else None
    try:
        value = _typed_probe(evidence, operation=kind == "operation") if kind else _probe(evidence, append=living)
    except ScopeboxError as error:
        return f"later calls fail: {error}"
    return "" if value == [None, None, "in step"] else f"later calls get {value!r}"


def _probe(evidence: Evidence, *, append: bool) -> object:
    language = evidence.attack.language
    names = "" if language == "python" else "var "
    probe = (
        f'{names}step_of_probe_1 = exec("sleep", 30);\n{names}step_of_probe_2 = exec("log", "two");\n'
        '[await step_of_probe_2, await step_of_probe_1, "in step"]'
    )
    return evidence.box.load(probe, name=evidence.own, append=append, language=language).result.value


def _typed_probe(evidence: Evidence, *, operation: bool) -> object:
    """Have the guest of an extension with a default export make later calls: what it appends is such an export, too."""
    box, known = evidence.box, len(evidence.box.log)
    export = "{ id: 'probe-step', handler: answer }" if operation else "answer"
    box.load(TYPED_PROBE % export, name=evidence.own, append=True, language=evidence.attack.language)
    if operation:
        box.run_operation("probe-step")
    lines = [record.message for record in tuple(box.log)[known:] if record.message.startswith("[")]
    return json.loads(lines[-1]) if lines else lines


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
