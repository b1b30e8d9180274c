"""The examples of the help run as they stand, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scopebox import IsolatePool, Sandbox, Store
from scopebox.languages import LANGUAGES
from scopebox.notebook.inspection import examples
from scopebox.vocabulary import EXECUTION_TYPES, SCOPES, TYPES

REQUEST = {"permission": "request", "allowedUrls": ["https://example-api.com"]}
ITEMS = [{"permission": name, "role": "admin"} for name, row in EXECUTION_TYPES.items() if row.items]


@pytest.fixture(scope="module")
def box(sandbox_pool: IsolatePool) -> Iterator[Sandbox]:
    with Sandbox(Store.sample("blog"), pool=sandbox_pool) as made:
        made.mock("GET", "https://example-api.com", status=200, text="hello")
        yield made


@pytest.mark.parametrize("language", ["python", "js"])
@pytest.mark.parametrize("name", EXECUTION_TYPES)
def test_an_example_of_exec_runs(box: Sandbox, name: str, language: str) -> None:
    code = examples.exec_example(name, LANGUAGES[language])  # type: ignore[index]
    made = box.load(code, name="example", language=language, manifest=[REQUEST, *ITEMS])
    assert [call.state for call in made.result.calls] == ["ok"]


@pytest.mark.parametrize("language", ["python", "js"])
@pytest.mark.parametrize("name", SCOPES)
def test_an_example_of_the_api_runs(box: Sandbox, name: str, language: str) -> None:
    code = examples.api_example(EXECUTION_TYPES[name], LANGUAGES[language])  # type: ignore[index]
    scopes = {"log": {}, "sleep": {}, "request": {"methods": ["GET"], "urls": ["https://example-api.com"]}}
    made = box.load(code, name="example", language=language, manifest={"requestedScopes": scopes})
    assert [call.state for call in made.result.calls] == ["ok"]


@pytest.mark.parametrize("language", ["python", "js"])
@pytest.mark.parametrize(("kind", "registered"), [("hook", 2), ("endpoint", 1), ("operation", 1)])
def test_an_example_of_a_default_export_registers(box: Sandbox, kind: str, registered: int, language: str) -> None:
    code = examples.DEFAULTS[kind].of(LANGUAGES[language])  # type: ignore[index]
    made = box.load(code, name="example", language=language, manifest={"requestedScopes": {}}, type=kind)
    assert len(made.result.registered) == registered


@pytest.mark.parametrize("language", ["python", "js"])
@pytest.mark.parametrize("name", examples.GIVEN)
def test_an_example_of_what_is_given_runs(box: Sandbox, name: str, language: str) -> None:
    code = examples.GIVEN[name][2].of(LANGUAGES[language])  # type: ignore[index]
    kind = {"router": "endpoint", "filter": "hook", "action": "hook"}.get(name)
    manifest: dict[str, object] = {"permissions": []} if kind is None else {"requestedScopes": {}}
    assert box.load(code, name="example", language=language, manifest=manifest, type=kind).result.error is None


def test_every_type_of_extension_has_its_default_export() -> None:
    assert tuple(examples.DEFAULTS) == TYPES
