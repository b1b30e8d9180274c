"""Packages that others published, as npm gives them: they load and work on mocks. Nothing of their code is kept here.

What they answer was compared once with what they answer in a Directus, so each value stands here as it was found.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, cast

import pytest
from scopebox.errors import ExtensionError
from scopebox.network.mocks import MockCall
from scopebox.packages.package import read_package
from scopebox.sandbox.sandbox import Sandbox
from scopebox.workbench.review.account import account_of_package

from tests.requirements import missing, program

WRITER: Final = "@directus-labs/ai-writer-operation@1.4.3"
LIQUID: Final = "@directus-labs/liquidjs-operation@1.2.0"
PHONE: Final = "@ribertec/directus-extension-phone-parser@1.3.0"
CHECKSUMS: Final[Mapping[str, str]] = {
    WRITER: "f23aba63bd0e0046093c98a18de651dc1b7544c39c314e50ff6887ae8b5905e8",
    LIQUID: "95613871b4ecd3ee87563e72cfcea06359b0ebf14abbc927a52c1d965a11b00b",
    PHONE: "526017b1e8f69b2ffb163309f7af88c56c4e2598478bb1290470ac4049c618f5",
}
Published = Callable[[str], Path]
Operation = Callable[..., object]


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Return what brings a package here, each once; nothing of its scripts runs."""
    place = tmp_path_factory.mktemp("published")

    def pack(name: str) -> Path:
        folder = place / hashlib.sha256(name.encode()).hexdigest()[:8]
        if not folder.exists():
            npm = program("npm", why="npm brings the published packages here")
            folder.mkdir()
            packed = subprocess.run(
                [npm, "pack", "--ignore-scripts", "--silent", name],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
            if packed.returncode:
                folder.rmdir()
                missing("npm", f"npm does not bring {name} here: {packed.stderr.strip()[-200:]}")
        return next(folder.glob("*.tgz"))

    return pack


@pytest.mark.parametrize("name", CHECKSUMS)
def test_it_is_the_package_that_was_looked_at_and_it_loads(name: str, published: Published, box: Sandbox) -> None:
    path = published(name)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == CHECKSUMS[name]
    extension = box.load_package(path)
    assert f"{extension.name}@{read_package(path).version}" == name
    assert len(extension.registered) == 1
    assert extension.warnings == []


def test_the_account_of_each_says_what_it_is(published: Published) -> None:
    accounts = {name: account_of_package(read_package(published(name))) for name in CHECKSUMS}
    assert [[asked.permission for asked in account.asks] for account in accounts.values()] == [
        ["log", "request", "sleep"], ["log", "request"], ["log"],
    ]  # fmt: skip
    assert [len(account.wide) for account in accounts.values()] == [0, 3, 0]
    assert [account.outside[0].category for account in accounts.values()] == ["app-half"] * 3
    assert [account.licence for account in accounts.values()] == ["MIT"] * 3
    assert [finding.words for finding in accounts[LIQUID].unused] == [
        "It asks for log, and its code never imports that from directus:api."
    ]


@pytest.fixture
def writer(published: Published, box: Sandbox) -> Operation:
    box.load_package(published(WRITER))

    def run(**options: object) -> object:
        return box.run_operation("directus-labs-ai-writer-operation", {"maxToken": 100, "text": "helo", **options})

    return run


def test_the_writer_asks_the_first_provider(writer: Operation, box: Sandbox) -> None:
    mock = box.mock("POST", "https://api.anthropic.com/v1/messages", json={"content": [{"text": "Hello."}]})
    answer = writer(
        aiProvider="anthropic",
        apiKeyAnthropic="key-a",
        model="claude-3-opus-latest",
        promptKey="custom",
        system="Be kind.",
    )
    assert answer == "Hello."
    call = mock.calls[0]
    assert call.headers["x-api-key"] == "key-a"
    assert call.headers["anthropic-version"] == "2023-10-01"
    assert call.json() == {
        "model": "claude-3-opus-latest",
        "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "helo"}],
        "max_tokens": 100,
    }


def test_the_writer_asks_the_second_provider(writer: Operation, box: Sandbox) -> None:
    mock = box.mock(
        "POST", "https://api.openai.com/v1/chat/completions", json={"choices": [{"message": {"content": "{}"}}]}
    )
    answer = writer(aiProvider="openai", apiKeyOpenAi="key-o", model="gpt-4o", promptKey="editor", json_mode=True)
    assert answer == "{}"
    sent = cast("dict[str, object]", mock.calls[0].json())
    assert mock.calls[0].headers["authorization"] == "Bearer key-o"
    assert sent["response_format"] == {"type": "json_object"}
    assert cast("list[object]", sent["messages"])[-1] == {"role": "user", "content": "helo"}


def test_the_writer_polls_the_third_provider_until_it_is_done(writer: Operation, box: Sandbox) -> None:
    states = [{"status": "starting"}, {"completed_at": "2026-01-01", "output": ["Hel", "lo."]}]
    place = "https://api.replicate.com/v1/predictions/p1"
    started = box.mock(
        "POST",
        "https://api.replicate.com/v1/models/mistralai/mistral-7b-v0.1/predictions",
        status=201,
        json={"urls": {"get": place}},
    )

    def state(_: MockCall) -> object:
        return states.pop(0)

    polled = box.mock("GET", place, content=state)
    answer = writer(
        aiProvider="replicate", apiKeyReplicate="key-r", model="mistral-7b-v0.1", promptKey="custom", system="Short."
    )
    assert answer == "Hello."
    assert started.calls[0].json() == {"input": {"system_prompt": "Short.", "prompt": "helo", "max_tokens": 100}}
    assert [call.headers["authorization"] for call in polled.calls] == ["Bearer key-r"] * 2
    assert [record.type for record in box.trace if record.type.endswith("sleep")] == ["api:sleep"] * 2


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({}, "AI Provider is missing"), ({"aiProvider": "openai"}, "OpenAI API Key is missing"),
        ({"aiProvider": "openai", "apiKeyOpenAi": "k"}, "AI Model is missing"),
        ({"aiProvider": "replicate", "apiKeyReplicate": "k", "model": "other"}, "Model other not supported"),
    ],
)  # fmt: skip
def test_the_writer_refuses_in_its_own_words(
    options: dict[str, object], reason: str, writer: Operation, box: Sandbox
) -> None:
    with pytest.raises(ExtensionError) as caught:
        writer(**options)
    assert caught.value.message == f"Invalid payload. {reason}."
    assert [record.message for record in box.log if record.level == "info"] == [
        "AI Writer failed",
        json.dumps(
            {"name": "DirectusError", "extensions": {"reason": reason}, "code": "INVALID_PAYLOAD", "status": 400},
            separators=(",", ":"),
        ),
    ]


def test_a_saved_session_of_the_writer_is_a_test(writer: Operation, box: Sandbox, tmp_path: Path) -> None:
    box.mock("POST", "https://api.anthropic.com/v1/messages", json={"content": [{"text": "Hello."}]})
    options = {"aiProvider": "anthropic", "apiKeyAnthropic": "key-of-mine", "model": "m"}
    assert writer(**options) == "Hello."
    saved = box.trace.export(tmp_path / "trace.jsonl")
    assert "key-of-mine" not in saved.read_text()
    box.mocks.clear()
    box.mocks.load(saved)
    assert writer(**options) == "Hello."


@pytest.fixture
def liquid(published: Published, box: Sandbox) -> Operation:
    box.load_package(published(LIQUID))

    def run(**options: object) -> object:
        return box.run_operation(
            "liquidjs-operation",
            {"publicUrl": "https://cms.test/", "operationMode": "single", "mode": "custom", **options},
        )

    return run


def test_liquid_renders_one_template(liquid: Operation) -> None:
    template = "Hello, {# name | upcase #}! {% for x in list %}{# x #};{% endfor %} {# day | date: '%Y/%m/%d' #}"
    data = {"name": "Ada", "list": [1, 2], "day": "2026-03-04T05:06:07Z"}
    assert liquid(template=template, data=data) == {"template": "Hello, ADA! 1;2; 2026/03/04"}


def test_liquid_renders_saved_templates_for_many(liquid: Operation, box: Sandbox) -> None:
    item = {"id": 7, "subject": "To {# name #}", "body": "{% if vip %}Dear{% else %}Hi{% endif %} {# name #}"}
    mock = box.mock("GET", "https://cms.test/items/templates/7", json={"data": item})
    people = [{"id": 1, "name": "Ada", "vip": True}, {"id": 2, "name": "Bo", "vip": False}]
    answer = liquid(
        mode="saved", operationMode="batch", collection="templates", item={"key": 7}, fields=["subject", "body"],
        data=people, accessToken="t", dataReturnFields=["id"],
    )  # fmt: skip
    assert answer == [
        {"id": 1, "subject": "To Ada", "body": "Dear Ada"},
        {"id": 2, "subject": "To Bo", "body": "Hi Bo"},
    ]
    assert mock.calls[0].headers["authorization"] == "Bearer t"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "other"}, "Invalid mode specified"), ({}, "Template is required for custom mode"),
        ({"template": "x", "data": []}, "Single operation mode expects a single data object, not an array"),
        ({"template": "x", "data": {}, "operationMode": "x"}, "Invalid operation mode specified"),
        ({"template": "{% if x %}", "data": {}}, "tag {% if x %} not closed"),
    ],
)  # fmt: skip
def test_liquid_refuses_in_its_own_words(options: dict[str, object], message: str, liquid: Operation) -> None:
    with pytest.raises(ExtensionError) as caught:
        liquid(**options)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        (
            {"phone": "+5531988884444"},
            {
                "success": True, "fullNumber": "+5531988884444", "type": "MOBILE", "country": "BR", "countryCode": "55",
                "rawNumber": "31988884444", "formattedNumber": "(31) 98888-4444", "internationalNumber": "+55 31 98888 4444", "valid": True,
            },
        ),
        (
            {"phone": "020 7946 0958", "defaultCountry": "GB"},
            {
                "success": True, "fullNumber": "+442079460958", "type": "FIXED_LINE", "country": "GB", "countryCode": "44",
                "rawNumber": "2079460958", "formattedNumber": "020 7946 0958", "internationalNumber": "+44 20 7946 0958", "valid": True,
            },
        ),
        ({}, {"success": False, "error": "No phone number provided"}),
        ({"phone": "abc"}, {"success": False, "error": "NOT_A_NUMBER"}),
    ],
)  # fmt: skip
def test_the_phone_parser_parses(
    options: dict[str, object], answer: object, published: Published, box: Sandbox
) -> None:
    box.load_package(published(PHONE))
    assert box.run_operation("phone-parser", options) == answer
