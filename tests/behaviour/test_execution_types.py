"""Every example of the document "Execution Types", in Python, with the behaviour that its text states."""

from __future__ import annotations

import asyncio
import weakref
from types import SimpleNamespace
from typing import ClassVar

import pytest
from scopebox import ExtensionError, ManifestError, Sandbox
from scopebox.chains.chain import Cause, Chain
from scopebox.execution_types.sleep import sleep
from scopebox.extension.result import RunResult
from scopebox.settings import Settings

NAME = "directus-extension-my-extension"
URL = "https://example-api.com"


def run(box: Sandbox, source: str, *permissions: dict[str, object], grant: tuple[str, ...] = ()) -> RunResult:
    return box.load(source, name=NAME, manifest={"permissions": list(permissions)}, grant=grant).result


def fail(box: Sandbox, source: str, *permissions: dict[str, object], grant: tuple[str, ...] = ()) -> ExtensionError:
    with pytest.raises(ExtensionError) as caught:
        run(box, source, *permissions, grant=grant)
    return caught.value


class TestExecutionTypes:
    def test_exec_returns_an_awaitable(self, box: Sandbox) -> None:
        assert run(box, "await exec('log', 'x')").value is None

    def test_an_unknown_execution_type_throws_an_error(self, box: Sandbox) -> None:
        error = fail(box, "await exec('read-item', 'articles')")
        assert (error.kind, error.line) == ("ValueError", 1)
        assert error.message == 'Unknown execution type "read-item"; did you mean read-items?'

    def test_optional_permissions_can_be_handled_in_both_cases(self, box: Sandbox) -> None:
        source = (
            "try:\n"
            "    found = await exec('read-items', 'articles')\n"
            "except PermissionError as refusal:\n"
            "    found = refusal.reason\n"
            "type(found).__name__ if False else (found if found == 'denied' else len(found))"
        ).replace("type(found).__name__ if False else ", "")
        entry: dict[str, object] = {"permission": "read-items", "role": "reader", "optional": True}
        assert run(box, source, entry).value == "denied"
        granted = run(box, source, entry, grant=("read-items",)).value
        assert isinstance(granted, int)
        assert granted > 0


class TestLog:
    def test_example(self, box: Sandbox) -> None:
        result = run(box, "await exec('log', 'Hello, world!')")
        assert [record.message for record in result.logs] == ["Hello, world!"]

    def test_needs_no_permission(self, box: Sandbox) -> None:
        box.load("await exec('log', 'x')", name=NAME, manifest=None)
        assert box.log[-1].extension == NAME

    @pytest.mark.parametrize("arguments", ["", ", 5", ", None", ", 'a', 'b'", ", ['x']"])
    def test_takes_one_string(self, box: Sandbox, arguments: str) -> None:
        error = fail(box, f"await exec('log'{arguments})")
        assert (error.kind, error.message) == ("TypeError", "Log message has to be of type string")


class TestRequest:
    PERMISSION: ClassVar[dict[str, object]] = {"permission": "request", "allowedUrls": ["https://example-api.com/*"]}

    def test_simple_example(self, box: Sandbox) -> None:
        box.mock("GET", URL, text="hello")
        assert run(box, f"text = await exec('request', '{URL}')\ntext", self.PERMISSION).value == "hello"

    def test_complex_example(self, box: Sandbox) -> None:
        mock = box.mock("GET", URL, text="hello")
        source = (
            f"text = await exec('request', '{URL}', {{\n"
            "    'method': 'GET',\n"
            "    'headers': {'User-Agent': 'Directus Extension'},\n"
            "})\n"
            "text"
        )
        assert run(box, source, self.PERMISSION).value == "hello"
        assert mock.calls[0].headers["user-agent"] == "Directus Extension"

    def test_output_json_gives_parsed_data_and_text_is_the_default(self, box: Sandbox) -> None:
        box.mock("GET", f"{URL}/data", json={"n": [1, 2]})
        source = f"[await exec('request', '{URL}/data', {{'output': 'json'}}), await exec('request', '{URL}/data')]"
        found = run(box, source, self.PERMISSION).value
        assert isinstance(found, list)
        parsed, text = found
        assert parsed == {"n": [1, 2]}
        assert isinstance(text, str)

    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
    def test_five_methods(self, box: Sandbox, method: str) -> None:
        box.mock(method, URL, text=method)
        source = f"await exec('request', '{URL}', {{'method': '{method}'}})"
        assert run(box, source, self.PERMISSION).value == method

    def test_another_method_is_refused(self, box: Sandbox) -> None:
        error = fail(box, f"await exec('request', '{URL}', {{'method': 'HEAD'}})", self.PERMISSION)
        assert 'No permission to use request method "HEAD"' in error.message

    def test_optional_can_be_omitted_and_is_false_then(self, box: Sandbox) -> None:
        box.mock("GET", URL, text="ok")
        extension = box.load(f"await exec('request', '{URL}')", name=NAME, manifest={"permissions": [self.PERMISSION]})
        assert extension.grants["request"].state == "required"

    def test_allowed_urls_may_be_regular_expressions(self, box: Sandbox) -> None:
        box.mock("GET", f"{URL}/v1/a", text="ok")
        permission: dict[str, object] = {
            "permission": "request",
            "allowedUrls": [r"/https:\/\/example-api\.com\/v\d+\/.*/"],
        }
        assert run(box, f"await exec('request', '{URL}/v1/a')", permission).value == "ok"
        error = fail(box, f"await exec('request', '{URL}/x')", permission)
        assert (error.kind, error.reason) == ("PermissionError", "url")

    def test_without_the_permission_it_is_refused(self, box: Sandbox) -> None:
        error = fail(box, f"await exec('request', '{URL}')")
        assert (error.kind, error.reason) == ("PermissionError", "undeclared")
        assert error.message.startswith('No permission to access "request"')

    def test_an_address_that_is_not_covered_is_refused(self, box: Sandbox) -> None:
        error = fail(box, "await exec('request', 'https://other.example/')", self.PERMISSION)
        assert error.reason == "url"
        assert error.message.startswith('No permission to request "https://other.example/"')

    def test_an_answer_outside_2xx_raises_with_status_and_data(self, box: Sandbox) -> None:
        box.mock("GET", URL, status=404, json={"why": "gone"})
        source = (
            f"try:\n    await exec('request', '{URL}')\n"
            "except Exception as error:\n    found = [str(error), error.status, error.data]\nfound"
        )
        assert run(box, source, self.PERMISSION).value == ["Request failed with status code 404", 404, {"why": "gone"}]


ROLE = {"role": "editor"}


class TestDatabaseInteractions:
    @pytest.mark.parametrize("name", ["create-items", "read-items", "update-items", "delete-items"])
    def test_there_is_no_access_by_default(self, box: Sandbox, name: str) -> None:
        error = fail(box, f"await exec('{name}', 'articles', {{}})")
        assert (error.kind, error.reason) == ("PermissionError", "undeclared")

    def test_a_large_call_without_the_permission_is_refused_and_the_notebook_says_what_to_add(
        self, box: Sandbox
    ) -> None:
        error = fail(box, "await exec('create-items', 'articles', {'data': [{'title': 'x' * 300}] * 1000})")
        assert (error.kind, error.reason) == ("PermissionError", "undeclared")
        record = list(box.trace)[-1]
        assert (record.arguments, record.state) == ('["articles"]', "refused")
        assert '"permission": "create-items"' in record.hint

    def test_create_items_example(self, box: Sandbox) -> None:
        source = "items = await exec('create-items', 'articles', {\n    'data': [{'title': 'Hello World'}],\n})\nitems"
        keys = run(box, source, {"permission": "create-items", **ROLE}).value
        assert isinstance(keys, list)
        assert box.items("articles").read({"filter": {"id": {"_in": keys}}, "fields": ["title"]}) == [
            {"title": "Hello World"}
        ]

    def test_read_items_example(self, box: Sandbox) -> None:
        source = "items = await exec('read-items', 'articles', {\n    'query': {'limit': 5, 'sort': '-date_published'},\n})\nitems"
        items = run(box, source, {"permission": "read-items", **ROLE}).value
        assert isinstance(items, list)
        assert len(items) == 5
        dates = [item["date_published"] for item in items if item["date_published"] is not None]
        assert dates == sorted(dates, reverse=True)

    def test_update_items_example(self, box: Sandbox) -> None:
        source = (
            "items = await exec('update-items', 'articles', {\n"
            "    'query': {'id': {'_eq': '42'}},\n"
            "    'data': {'title': \"The Hitchhiker's Guide to the Galaxy\"},\n"
            "})\nitems"
        )
        assert run(box, source, {"permission": "update-items", **ROLE}).value == [42]
        title = box.items("articles").read({"filter": {"id": {"_eq": 42}}, "fields": ["title"]})
        assert title == [{"title": "The Hitchhiker's Guide to the Galaxy"}]

    def test_delete_items_example(self, box: Sandbox) -> None:
        source = "items = await exec('delete-items', 'articles', {\n    'query': {'id': {'_eq': '404'}},\n})\nitems"
        assert run(box, source, {"permission": "delete-items", **ROLE}).value == [404]
        assert box.items("articles").read({"filter": {"id": {"_eq": 404}}}) == []

    def test_the_role_controls_what_collections_can_be_accessed(self, box: Sandbox) -> None:
        error = fail(
            box,
            "await exec('create-items', 'authors', {'data': [{}]})",
            {"permission": "create-items", "role": "reader"},
        )
        assert (error.kind, error.reason) == ("PermissionError", "role")

    def test_the_role_may_be_given_by_id(self, box: Sandbox) -> None:
        role = box.store.access.for_role("editor").role
        source = "len(await exec('read-items', 'articles', {'query': {'limit': 1}}))"
        assert run(box, source, {"permission": "read-items", "role": role}).value == 1

    def test_a_role_that_does_not_exist_is_a_manifest_error(self, box: Sandbox) -> None:
        with pytest.raises(ManifestError, match=r"permissions\[0\]\.role.*editr.*editor"):
            run(box, "1", {"permission": "read-items", "role": "editr"})

    def test_all_interactions_are_for_multiple_items(self, box: Sandbox) -> None:
        error = fail(
            box,
            "await exec('create-items', 'articles', {'data': {'title': 'x'}})",
            {"permission": "create-items", **ROLE},
        )
        assert (error.kind, "array" in error.message) == ("TypeError", True)


class TestRegisterFilter:
    SOURCE = (
        "async def handler(data):\n"
        "    await exec('log', 'An item is about to be created')\n"
        "    return data\n"
        "await exec('register-filter', {'event': 'items.create', 'handler': handler})\n"
    )

    def test_example(self, box: Sandbox) -> None:
        run(box, self.SOURCE)
        box.items("articles").create([{"title": "x"}])
        assert [record.message for record in box.log] == ["An item is about to be created"]

    def test_what_it_returns_is_written(self, box: Sandbox) -> None:
        run(
            box,
            "await exec('register-filter', {'event': 'items.create', 'handler': lambda d: {**d, 'title': 'changed'}})",
        )
        keys = box.items("articles").create([{"title": "x"}])
        assert box.items("articles").read({"filter": {"id": {"_in": keys}}, "fields": ["title"]}) == [
            {"title": "changed"}
        ]

    def test_needs_no_permission_and_exposes_all_events(self, box: Sandbox) -> None:
        run(box, "await exec('register-filter', {'event': 'auth.login', 'handler': lambda d: {'seen': d}})")
        assert box.emit_filter("auth.login", {"user": 1}) == {"seen": {"user": 1}}


class TestRegisterAction:
    def test_example(self, box: Sandbox) -> None:
        source = (
            "async def handler(data):\n"
            "    await exec('log', 'An item has been created')\n"
            "    return data\n"
            "await exec('register-action', {'event': 'items.create', 'handler': handler})\n"
        )
        run(box, source)
        box.items("articles").create([{"title": "x"}])
        assert [record.message for record in box.log] == ["An item has been created"]


class TestRegisterEndpoint:
    SOURCE = (
        "async def handler(request):\n"
        "    return {'status': 200, 'body': f\"The body received was {request['body']}!\"}\n"
        "await exec('register-endpoint', {'method': 'POST', 'path': '/', 'handler': handler})\n"
    )

    def test_example(self, box: Sandbox) -> None:
        run(box, self.SOURCE)
        response = box.request("POST", f"/{NAME}/", content="hi")
        assert (response.status_code, response.text) == (200, "The body received was hi!")

    def test_endpoints_are_always_under_the_full_extension_name(self, box: Sandbox) -> None:
        run(box, self.SOURCE)
        assert [entry.path for entry in box.endpoints] == [f"/{NAME}/"]
        assert box.request("POST", "/", content="hi").status_code == 404

    def test_the_request_has_url_headers_body_and_base_url(self, box: Sandbox) -> None:
        run(
            box,
            "await exec('register-endpoint', {'method': 'GET', 'path': '/x/:id', 'handler': lambda r: {'status': 200, 'body': r}})",
        )
        body = box.request("GET", f"/{NAME}/x/5?a=1&b=%20", headers={"X-One": "1"}).json()
        assert body["url"] == "/x/5?a=1&b=%20"
        assert body["headers"]["x-one"] == "1"
        assert body["body"] == ""
        assert body["baseUrl"] == f"/{NAME}"


class TestRegisterOperation:
    def test_example(self, box: Sandbox) -> None:
        source = (
            "async def handler(data):\n"
            "    return {'test': f\"The text given was {data['text']}\"}\n"
            "await exec('register-operation', {'id': 'custom', 'handler': handler})\n"
        )
        run(box, source)
        assert box.run_operation("custom", {"text": "hi"}) == {"test": "The text given was hi"}

    def test_an_operation_may_return_nothing(self, box: Sandbox) -> None:
        run(box, "await exec('register-operation', {'id': 'custom', 'handler': lambda data: None})")
        assert box.run_operation("custom") is None

    def test_an_unknown_operation_names_a_close_one(self, box: Sandbox) -> None:
        run(box, "await exec('register-operation', {'id': 'custom', 'handler': lambda data: None})")
        with pytest.raises(LookupError, match="custom"):
            box.run_operation("costum")


def test_a_call_that_sleeps_holds_nothing_else_that_was_said() -> None:
    class Long(list[object]):
        """Stands for arguments of many KB."""

    async def work() -> object:
        said: list[object] = [60_000, Long()]
        gone = weakref.ref(said[1])
        context = SimpleNamespace(cause=Cause(Chain.start("cell", Settings())))
        sleeping = asyncio.ensure_future(sleep(context, said))  # type: ignore[arg-type]
        del said
        await asyncio.sleep(0)
        sleeping.cancel()
        return gone()

    assert asyncio.run(work()) is None


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("'register-filter', {'event': 'items create', 'handler': print}", 'register-filter: "items create" is not an event name'),
        ("'register-action', {'event': '', 'handler': print}", 'register-action: "" is not an event name'),
        ("'register-operation', {'id': 'my op', 'handler': print}", 'register-operation: "my op" is not an id'),
        ("'delete-items', 'articles', {'data': [1]}", 'delete-items: unknown option "data"; the only option is "query"'),
        ("'read-items', 'articles', [1]", 'read-items: options has to be of type object, such as {"query": …}, not array'),
    ],
)  # fmt: skip
def test_what_is_refused_names_what_was_given(box: Sandbox, call: str, said: str) -> None:
    entries: list[dict[str, object]] = [
        {"permission": name, "role": "admin"} for name in ("read-items", "delete-items")
    ]
    assert fail(box, f"await exec({call})", *entries).message.startswith(said)
