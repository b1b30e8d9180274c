"""Checks of what was refused, sent, registered and answered."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from scopebox.errors import CancelledRun, IsolateDied, LimitError
from scopebox.urls.patterns import UrlPattern
from scopebox.urls.re2 import Re2
from scopebox.urls.url import parse_url

from tests.security.checks_host import other_extension_unaffected, uncaught
from tests.security.corpus import DATA, DOCUMENTED
from tests.security.evidence import Evidence

_MARKS: Final = ("REACHED", "registered", "ESCAPED")


def was_refused(evidence: Evidence) -> str:
    """Return why the attack cannot count as refused; empty if it was, by an ordinary error and without any effect."""
    if evidence.attack.layer == "rpc":
        return _rpc_refused(evidence)
    reached = [record.message for record in evidence.logs if record.message.startswith(_MARKS)]
    if reached:
        return f"it went through: {reached[0][:100]}"
    error = evidence.error or uncaught(evidence)
    if error is None:
        return "nothing was refused"
    if evidence.rejected:
        return ""
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
    if wanted is None:
        return ""
    why = was_refused(evidence)
    if wanted:
        return why
    return "" if evidence.error is None else f"it has to be allowed: {evidence.error}"


def refused_or_rejected(evidence: Evidence, _wanted: object) -> str:
    return was_refused(evidence)


def refused_or_scoped(evidence: Evidence, _wanted: object) -> str:
    if not was_refused(evidence):
        return ""
    heard = [record.message for record in evidence.logs if "honest" in record.message]
    return f"it heard others: {heard}" if heard else other_extension_unaffected(evidence, None)


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
    statuses = wanted if isinstance(wanted, list) else [wanted]
    return "" if evidence.reran.status_code in statuses else f"status {evidence.reran.status_code}"


def rejected_before_run(evidence: Evidence, wanted: object) -> str:
    if wanted is None:
        return ""
    if evidence.rejected is not bool(wanted):
        return f"rejected: {evidence.rejected}, {evidence.error}"
    return "lines of the cell ran" if evidence.rejected and (evidence.logs or evidence.calls) else ""


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
    if wanted is None:
        return ""
    hits = evidence.world.canary_server.connections
    return "" if hits == wanted else f"the canary was reached {hits} times"


def _requests(evidence: Evidence) -> int:
    return len(evidence.world.allowed_server.seen) + sum(host != "127.0.0.1" for host in evidence.contacted)


def requests_seen(evidence: Evidence, wanted: object) -> str:
    seen = _requests(evidence)
    return "" if seen == wanted else f"{seen} requests were sent"


def requests_seen_max(evidence: Evidence, wanted: object) -> str:
    seen = _requests(evidence)
    return "" if seen <= int(str(wanted)) else f"{seen} requests were sent"


def methods_seen(evidence: Evidence, wanted: object) -> str:
    methods = [seen.method for seen in evidence.world.allowed_server.seen]
    return "" if methods == wanted else f"the methods were {methods}"


def header_absent(evidence: Evidence, wanted: object) -> str:
    name = str(wanted).lower()
    answered = [key for response in evidence.responses for key in response.headers]
    sent = [key for seen in evidence.world.allowed_server.seen for key in seen.headers]
    return f"there is a header {wanted}" if name in {key.lower() for key in (*answered, *sent)} else ""


def not_in_request(evidence: Evidence, wanted: object) -> str:
    values = evidence.world.values if wanted == "CANARY" else (str(wanted),)
    sent = "\n".join(seen.text() for seen in evidence.world.allowed_server.seen)
    return f"{wanted} was sent" if any(value in sent for value in values) else ""


def final_url_allowed(evidence: Evidence, _wanted: object) -> str:
    entries = evidence.world.replaced(evidence.attack.manifest)
    assert isinstance(entries, list)
    patterns = [UrlPattern.parse(url) for entry in entries for url in entry.get("allowedUrls", ())]
    base = evidence.world.allowed_server.url
    urls = [f"{base}{seen.path}" for seen in evidence.world.allowed_server.seen]
    urls += [f"{evidence.world.canary_server.url}{seen.path}" for seen in evidence.world.canary_server.seen]
    re2 = Re2()
    wrong = [url for url in urls if not any(pattern.matches(parse_url(url), re2) for pattern in patterns)]
    return f"reached {wrong}" if wrong or not urls else ""


def host_contacted(evidence: Evidence, wanted: object) -> str:
    return "" if set(evidence.contacted) <= {wanted} else f"contacted {evidence.contacted}"


def host_header_matches_url(evidence: Evidence, _wanted: object) -> str:
    expected = evidence.world.allowed_server.url.removeprefix("http://")
    wrong = [seen.headers for seen in evidence.world.allowed_server.seen if seen.headers.get("host") != expected]
    return f"wrong Host headers: {wrong}" if wrong else ""


def second_extension_request_header_absent(evidence: Evidence, wanted: object) -> str:
    server = evidence.world.allowed_server
    manifest = [{"permission": "request", "allowedUrls": [f"{server.url}/*"]}]
    before = len(server.seen)
    path = server.seen[0].path if server.seen else "/"
    evidence.box.load(
        f"await exec('request', '{server.url}{path}')", name="directus-extension-second", manifest=manifest
    )
    later = server.seen[before:]
    if not later:
        return "the second extension sent nothing"
    return f"{wanted} was sent" if any(str(wanted).lower() in map(str.lower, seen.headers) for seen in later) else ""


# registrations and answers


def registered_under(evidence: Evidence, wanted: object) -> str:
    path = "/" + evidence.world.fill(str(wanted), evidence.own)
    mine = [entry.path for entry in evidence.box.endpoints if entry.extension == evidence.own]
    return "" if mine == [path] else f"registered as {mine}"


def endpoint_status_in(evidence: Evidence, wanted: object) -> str:
    assert isinstance(wanted, Sequence)
    if not evidence.responses:
        return "no answer came"
    wrong = [response.status_code for response in evidence.responses if response.status_code not in wanted]
    return f"status {wrong}" if wrong else ""


def endpoint_body_in(evidence: Evidence, wanted: object) -> str:
    assert isinstance(wanted, Sequence)
    wrong = [
        response.text for response in evidence.responses if response.text not in wanted and response.status_code < 500
    ]
    return f"answered {wrong}" if wrong or not evidence.responses else ""


def endpoint_not_body(evidence: Evidence, wanted: object) -> str:
    if not evidence.responses:
        return "no answer came"
    return "" if all(response.text != wanted for response in evidence.responses) else f"answered {wanted!r}"


def endpoint_json_valid(evidence: Evidence, _wanted: object) -> str:
    for response in evidence.responses:
        json.loads(response.text, parse_constant=_no_constant)
    return "" if evidence.responses else "no answer came"


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def content_type_not(evidence: Evidence, wanted: object) -> str:
    kinds = [response.headers.get("content-type", "") for response in evidence.responses]
    return f"served as {kinds}" if not kinds or any(str(wanted) in kind for kind in kinds) else ""


def ids_scoped_per_guest(evidence: Evidence, _wanted: object) -> str:
    found = [json.loads(response.text) for response in evidence.responses if response.status_code == 200]
    return "" if found and found[-1][0] <= 2 else f"the ids of a new guest are {found}"
