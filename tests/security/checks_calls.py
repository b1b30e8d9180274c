"""Checks of what was refused, sent, registered and answered."""

from __future__ import annotations

import json
import re
from typing import Final
from urllib.parse import urlsplit

from scopebox.errors import CancelledRun, ExtensionSyntaxError, IsolateDied, LimitError
from scopebox.urls.patterns import UrlPattern
from scopebox.urls.re2 import Re2
from scopebox.urls.url import parse_url

from tests.security import forms, refusals
from tests.security.checks_errors import json_or_text
from tests.security.checks_others import other_extension_unaffected
from tests.security.corpus import DATA, DOCUMENTED
from tests.security.evidence import Evidence
from tests.security.forms import number, several
from tests.security.world import SECOND

_IMPORTS: Final = (
    "Imports other than"  # begins the refusal of a source that imports; as one that cannot be read, it runs no line
)


def was_refused(evidence: Evidence) -> str:
    """Return why the attack cannot count as refused; empty if it was, by an ordinary error and without any effect."""
    if evidence.attack.layer == "rpc":
        return _rpc_refused(evidence)
    if reached := next(refusals.passed(evidence), None):
        return f"it went through: {reached[:100]}"
    if evidence.rejected:
        return ""
    error = evidence.error or next(iter(evidence.failures), None)
    if error is None and not refusals.calls(evidence) and refusals.caught(evidence) is None:
        return "nothing was refused"
    if isinstance(error, LimitError | IsolateDied | CancelledRun):
        return f"not by an ordinary error: {error!r}"
    return ""


def _rpc_refused(evidence: Evidence) -> str:
    passed = [record.type for record in evidence.calls if record.state == "ok"]
    if passed:
        return f"answered: {passed}"
    refused = [record for record in evidence.calls if record.state in ("refused", "failed")]
    return "" if refused or isinstance(evidence.error, IsolateDied) else "nothing was refused"


def refused(evidence: Evidence, wanted: object) -> str:
    if wanted:
        return was_refused(evidence)
    if evidence.error is not None:
        return f"it has to be allowed: {evidence.error}"
    if next(refusals.passed(evidence), None):
        return ""
    found = [record.message for record in refusals.calls(evidence) if record.state == "refused"]
    return f"it has to be allowed: {found[0]}" if found else ""


def refused_or_rejected(evidence: Evidence, _wanted: object) -> str:
    return was_refused(evidence)


def refused_or_scoped(evidence: Evidence, _wanted: object) -> str:
    heard = [record.message for record in evidence.logs if "honest" in record.message]
    if heard:
        return f"it heard others: {heard}"
    return other_extension_unaffected(evidence, None) if was_refused(evidence) else ""


def refused_or_logged(evidence: Evidence, _wanted: object) -> str:
    logged = evidence.calls or evidence.logs or isinstance(evidence.error, IsolateDied)
    return "" if logged else "there is no trace of it"


def refused_or_ignored(evidence: Evidence, _wanted: object) -> str:
    passed = [record for record in evidence.calls if record.state == "ok"]
    return f"it went through: {passed}" if passed else ""


def either(evidence: Evidence, _wanted: object) -> str:
    """Both branches of what is refused or otherwise harmless are safe, as long as nobody else takes harm."""
    return other_extension_unaffected(evidence, None) if was_refused(evidence) else ""


def grant_not_inherited(evidence: Evidence, _wanted: object) -> str:
    return prompt_again(evidence, None)


def endpoint_status_after_rerun(evidence: Evidence, wanted: object) -> str:
    if evidence.reran is None:
        return "nothing was asked again"
    return "" if evidence.reran.status_code in several(wanted) else f"status {evidence.reran.status_code}"


def rejected_before_run(evidence: Evidence, wanted: object) -> str:
    unread = isinstance(evidence.error, ExtensionSyntaxError) or str(evidence.error).startswith(_IMPORTS)
    if not (evidence.rejected is bool(wanted) or (wanted and unread)):
        return f"rejected: {evidence.rejected}, {evidence.error}"
    printed = evidence.result is not None and evidence.result.stdout
    return "lines of the cell ran" if wanted and (evidence.logs or evidence.calls or printed) else ""


def grants_unchanged(evidence: Evidence, _wanted: object) -> str:
    return "grants were decided" if evidence.box.decisions != evidence.decided else ""


def prompt_again(evidence: Evidence, _wanted: object) -> str:
    grants = evidence.extension.grants.values() if evidence.extension is not None else ()
    given = [grant.permission.permission for grant in grants if grant.state == "granted"]
    return f"granted without asking: {given}" if given else ""


def documented(evidence: Evidence, _wanted: object) -> str:
    """Either answer is fine, but SECURITY.md has to state it, and it has to be the one that is pinned."""
    pinned = json.loads(DOCUMENTED.read_text("utf-8"))
    entry = pinned.get(evidence.attack.id)
    if entry is None:
        return ""  # an attack of somebody else's: its answer is only recorded; those of ours are all pinned, a test holds that
    document = re.sub(r"\s+", " ", (DATA.parents[2] / "SECURITY.md").read_text("utf-8"))
    if entry["says"] not in document:
        return f"SECURITY.md does not say {entry['says']!r}"
    answer = "refused" if evidence.error is not None else "allowed"
    return "" if answer == entry["answer"] else f"{answer}, but documented as {entry['answer']}"


# requests


def canary_hits(evidence: Evidence, wanted: object) -> str:
    hits = evidence.world.canary_server.connections
    return "" if hits in map(number, several(wanted)) else f"the canary was reached {hits} times"


def requests_seen(evidence: Evidence, wanted: object) -> str:
    seen = len(evidence.sent)
    return "" if seen in map(number, several(wanted)) else f"{seen} requests were sent"


def requests_seen_max(evidence: Evidence, wanted: object) -> str:
    seen = len(evidence.sent)
    return "" if seen <= number(wanted) else f"{seen} requests were sent"


def methods_seen(evidence: Evidence, wanted: object) -> str:
    methods = [seen.method for seen in evidence.sent]
    return "" if methods == several(wanted) else f"the methods were {methods}"


def header_absent(evidence: Evidence, wanted: object) -> str:
    answered = [key for response in evidence.responses for key in response.headers]
    sent = [key for seen in evidence.sent for key in seen.headers]
    there = {key.lower() for key in (*answered, *sent)}
    found = [name for name in several(wanted) if str(name).lower() in there]
    return f"there is a header {', '.join(map(str, found))}" if found else ""


def not_in_request(evidence: Evidence, wanted: object) -> str:
    sent = "\n".join(seen.text() for seen in evidence.sent)
    values = {text: evidence.world.values if text == "CANARY" else (str(text),) for text in several(wanted)}
    found = [text for text, given in values.items() if any(value in sent for value in given)]
    return f"{', '.join(map(str, found))} was sent" if found else ""


def final_url_allowed(evidence: Evidence, _wanted: object) -> str:
    entries = forms.entries(evidence.world.replaced(evidence.attack.manifest))
    allowed = [url for entry in entries if isinstance(entry, dict) for url in several(entry.get("allowedUrls", []))]
    patterns = [UrlPattern.parse(str(url)) for url in allowed]
    urls = [f"{seen.base}{seen.path}" for seen in evidence.sent]
    re2 = Re2()
    wrong = [url for url in urls if not any(pattern.matches(parse_url(url), re2) for pattern in patterns)]
    if wrong:
        return f"reached {wrong}"
    return "" if urls or not was_refused(evidence) else "nothing was reached, and nothing was refused"


def host_contacted(evidence: Evidence, wanted: object) -> str:
    return "" if set(evidence.contacted) <= set(several(wanted)) else f"contacted {evidence.contacted}"


def host_header_matches_url(evidence: Evidence, _wanted: object) -> str:
    fields = [({name.lower(): value for name, value in seen.headers.items()}, seen) for seen in evidence.sent]
    wrong = [
        f"{named.get('host')} for {seen.base}"
        for named, seen in fields
        if named.get("host") != urlsplit(seen.base).netloc
    ]
    return f"wrong Host headers: {wrong}" if wrong else ""


def second_extension_request_header_absent(evidence: Evidence, wanted: object) -> str:
    server = evidence.world.allowed_server
    manifest = [{"permission": "request", "allowedUrls": [f"{server.url}/*"]}]
    before = len(server.seen)
    path = server.seen[0].path if server.seen else "/"
    evidence.box.load(f"await exec('request', '{server.url}{path}')", name=SECOND, manifest=manifest)
    later = server.seen[before:]
    if not later:
        return "the second extension sent nothing"
    there = {name.lower() for seen in later for name in seen.headers}
    found = [name for name in several(wanted) if str(name).lower() in there]
    return f"{', '.join(map(str, found))} was sent" if found else ""


# registrations and answers


def registered_under(evidence: Evidence, wanted: object) -> str:
    paths = ["/" + evidence.world.fill(str(path), evidence.own).removeprefix("/") for path in several(wanted)]
    mine = [entry.path for entry in evidence.box.endpoints if entry.extension == evidence.own]
    return "" if mine == paths else f"registered as {mine}"


def endpoint_status_in(evidence: Evidence, wanted: object) -> str:
    if not evidence.responses:
        return "no answer came"
    wrong = [response.status_code for response in evidence.responses if response.status_code not in several(wanted)]
    return f"status {wrong}" if wrong else ""


def endpoint_body_in(evidence: Evidence, wanted: object) -> str:
    answered = [response.text for response in evidence.responses if response.status_code < 500]
    wrong = [text for text in answered if not _is_one(text, wanted)]
    return f"answered {wrong}" if wrong or not evidence.responses else ""


def endpoint_not_body(evidence: Evidence, wanted: object) -> str:
    if not evidence.responses:
        return "no answer came"
    found = [response.text for response in evidence.responses if _is_one(response.text, wanted)]
    return f"answered {found}" if found else ""


def _is_one(text: str, wanted: object) -> bool:
    """Whether a body is one of those that are wanted: as text, or as the data that it holds."""
    return text in several(wanted) or json_or_text(text) in [one for one in several(wanted) if not isinstance(one, str)]


def endpoint_json_valid(evidence: Evidence, _wanted: object) -> str:
    for response in evidence.responses:
        json.loads(response.text, parse_constant=_no_constant)
    return "" if evidence.responses else "no answer came"


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def content_type_not(evidence: Evidence, wanted: object) -> str:
    kinds = [response.headers.get("content-type", "") for response in evidence.responses]
    unwanted = [str(one) for one in several(wanted)]
    return f"served as {kinds}" if not kinds or any(one in kind for one in unwanted for kind in kinds) else ""


def ids_scoped_per_guest(evidence: Evidence, _wanted: object) -> str:
    found = [json.loads(response.text) for response in evidence.responses if response.status_code == 200]
    return "" if found and found[-1][0] <= 2 else f"the ids of a new guest are {found}"
