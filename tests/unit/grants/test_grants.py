from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from scopebox.errors import GrantError
from scopebox.grants.decisions import decided_by, difference, entry_key
from scopebox.grants.grants import Grants
from scopebox.grants.refusal import RefusalError
from scopebox.grants.sentences import describe
from scopebox.manifest.manifest import Manifest, Permission
from scopebox.urls.patterns import UrlPattern
from scopebox.vocabulary import BUILT_IN, REGISTRATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "directus-extension-x"
REQUEST = Permission("request", optional=True, allowed_urls=("https://api.example.com/*",))
READ = Permission("read-items", role="editor")
MANIFEST = Manifest("exec", (REQUEST, READ))
SCOPES = Manifest("api", (Permission("log"),))


def refusal_of(call: Callable[[], object]) -> RefusalError:
    with pytest.raises(RefusalError) as caught:
        call()
    return caught.value


def test_the_states_follow_from_the_manifest() -> None:
    grants = Grants(MANIFEST)
    assert {name: grant.state for name, grant in grants.items()} == {
        "request": "denied",
        "read-items": "required",
        **dict.fromkeys(BUILT_IN, "built-in"),
    }


def test_scopes_have_only_registrations_built_in() -> None:
    grants = Grants(SCOPES)
    assert grants["log"].state == "required"
    assert set(grants) == {"log", *REGISTRATIONS}
    assert refusal_of(lambda: grants.check("sleep")).message == 'No permission to access "sleep"'


def test_a_grant_acts_on_the_next_call_and_so_does_a_denial() -> None:
    grants = Grants(MANIFEST)
    refusal_of(lambda: grants.check("request"))
    grants.grant("request")
    assert grants.check("request") == REQUEST
    grants.deny("request")
    refusal_of(lambda: grants.check("request"))


def test_a_refusal_speaks_like_directus_and_then_says_what_would_be_right() -> None:
    denied = refusal_of(lambda: Grants(MANIFEST, extension=NAME).check("request"))
    assert (denied.kind, denied.reason, denied.message) == (
        "PermissionError",
        "denied",
        'No permission to access "request"',
    )
    assert f"%sandbox grant {NAME} request" in denied.hint
    undeclared = refusal_of(lambda: Grants(Manifest()).check("request"))
    assert (undeclared.reason, undeclared.message) == ("undeclared", 'No permission to access "request"')
    assert undeclared.hint == "The manifest does not ask for it."


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("read-items", "is required", "running the cell grants it"),
        ("log", "is built in", "Every extension has it"),
        ("filesystem", "does not ask for", "It asks for: request, read-items. Add an entry"),
        ("reqest", "does not ask for", "Did you mean request?"),
    ],
)
def test_only_optional_permissions_can_be_granted(name: str, message: str, hint: str) -> None:
    with pytest.raises(GrantError) as caught:
        Grants(MANIFEST).grant(name)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_required_permission_cannot_be_denied() -> None:
    with pytest.raises(GrantError, match="Do not run the extension"):
        Grants.decide(MANIFEST, {}, NAME, deny=["read-items"])


def test_decisions_last_and_those_of_a_run_win_for_that_run_alone() -> None:
    decisions: dict[tuple[str, str], bool] = {}
    Grants.decide(MANIFEST, decisions, NAME).grant("request")
    assert Grants.decide(MANIFEST, decisions, NAME, deny=["request"])["request"].state == "denied"
    assert Grants.decide(MANIFEST, decisions, NAME)["request"].state == "granted"
    assert Grants.decide(MANIFEST, {}, NAME, grant=["request"])["request"].state == "granted"
    assert Grants.decide(MANIFEST, decisions, "directus-extension-y")["request"].state == "denied"


def test_granting_and_denying_the_same_is_an_error() -> None:
    with pytest.raises(GrantError, match="both granted and denied"):
        Grants.decide(MANIFEST, {}, NAME, grant=["request"], deny=["request"])


def test_an_entry_that_changes_loses_its_grant_and_shows_the_difference() -> None:
    decisions: dict[tuple[str, str], bool] = {}
    Grants.decide(MANIFEST, decisions, NAME).grant("request")
    wider = Manifest("exec", (Permission("request", optional=True, allowed_urls=("https://*",), methods=("GET",)),))
    grants = Grants.decide(wider, decisions, NAME)
    assert grants["request"].state == "denied"
    assert "- allowedUrls: https://api.example.com/*\n+ allowedUrls: https://*" in grants.notes[0]
    assert "- methods: DELETE" in grants.notes[0]


def test_a_new_reason_keeps_the_grant() -> None:
    reworded = Permission("request", optional=True, allowed_urls=REQUEST.allowed_urls, reason="To fetch")
    assert entry_key(reworded) == entry_key(REQUEST)
    decided = decided_by(entry_key(REQUEST))
    assert (decided.permission, decided.optional, decided.role) == ("request", True, None)
    assert (decided.allowed_urls, decided.methods) == (REQUEST.allowed_urls, REQUEST.methods)


def test_decisions_about_other_entries_compile_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    decisions: dict[tuple[str, str], bool] = {}
    entries = [
        Permission("request", optional=True, allowed_urls=(rf"/https://a\.test/{number}/",)) for number in range(5)
    ]
    for entry in entries[1:]:
        Grants.decide(Manifest("exec", (entry,)), decisions, NAME).grant("request")
    parsed: list[str] = []
    monkeypatch.setattr(UrlPattern, "parse", parsed.append)
    assert len(Grants.decide(Manifest("exec", tuple(entries[:1])), decisions, NAME).notes) == 4
    assert parsed == []


def test_the_difference_of_roles_is_shown() -> None:
    assert (
        difference(decided_by(entry_key(READ)), Permission("read-items", role="admin"))
        == "- role: editor\n+ role: admin"
    )


def test_calls_are_counted_as_used_or_as_refused_never_as_both() -> None:
    grants = Grants.decide(MANIFEST, {}, NAME, grant=["request"])
    grants.check("request")
    grants.check("request")
    grants.note_refused("request")
    grants.note_refused("create-items")
    grants.note_refused("no-such-type")
    assert (grants["request"].used, grants["request"].refused) == (1, 1)
    assert grants.undeclared == {"create-items": 1}


def test_whoever_listens_is_told_of_changes_outside_the_lock() -> None:
    told: list[str] = []
    grants = Grants.decide(MANIFEST, {}, NAME, on_change=lambda: told.append("changed"))
    grants.changed.append(lambda: told.append(str(len(grants.undeclared))))
    grants.grant("request")
    grants.note_refused("create-items")
    assert told == ["changed", "0", "changed", "1"]


def test_counts_hold_when_several_threads_call() -> None:
    grants = Grants(MANIFEST)

    def call() -> None:
        for _ in range(500):
            grants.check("log")

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert grants["log"].used == 2000


def test_the_repr_shows_what_was_decided() -> None:
    assert repr(Grants(MANIFEST, extension=NAME)) == f"<Grants of {NAME}: request: denied, read-items: required>"
    assert repr(Grants(Manifest())) == "<Grants of an extension: nothing but what is built in>"


def request(*urls: str, methods: tuple[str, ...] = ("GET",)) -> Permission:
    return Permission("request", allowed_urls=urls, methods=methods)


@pytest.mark.parametrize(
    ("permission", "sentence"),
    [
        (request("https://api.example.com/*"), "Send GET requests to api.example.com"),
        (request("https://api.example.com/**"), "Send GET requests to api.example.com"),
        (request("https://a.test/v1/**", methods=("GET", "POST")), "Send GET and POST requests to a.test/v1/**"),
        (request("https://a.test/x?y=1"), "Send GET requests to a.test/x?y=1"),
        (request("http://a.test:8080/*"), "Send GET requests to http://a.test:8080"),
        (request("https://*"), "Send GET requests to every public host"),
        (request("https://*/*"), "Send GET requests to every public host"),
        (request("http://*"), "Send GET requests to every public host over http"),
        (request("https://*.a.test/*"), "Send GET requests to any host that matches *.a.test"),
        (request(r"/https://a\.b/.*/"), r"Send GET requests to URLs that match /https://a\.b/.*/"),
        (request("https://a.test/*", "https://b.test/*"), "Send GET requests to a.test and b.test"),
        (REQUEST, "Send any requests to api.example.com"),
        (request(), "Send no requests: no method or no URL is listed"),
        (READ, "Read items as the role editor"),
        (Permission("update-items", role="editor"), "Change items as the role editor"),
        (Permission("log"), "Write to the log"),
    ],
)
def test_each_permission_is_one_plain_sentence(permission: Permission, sentence: str) -> None:
    assert describe(permission) == sentence
