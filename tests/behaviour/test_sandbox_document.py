"""Every example of the document "API Extensions" (the sandbox), in Python, with the behaviour that its text states."""

from __future__ import annotations

from typing import ClassVar

import pytest
from scopebox import ExtensionError, ManifestError, Sandbox

NAME = "directus-extension-hello"


def package(requested: dict[str, object], kind: str = "endpoint", *, enabled: bool = True) -> dict[str, object]:
    return {
        "name": NAME,
        "directus:extension": {
            "type": kind,
            "path": "dist/index.js",
            "source": "src/index.js",
            "host": "^10.7.0",
            "sandbox": {"enabled": enabled, "requestedScopes": requested},
        },
    }


class TestEnablingTheSandbox:
    def test_a_real_package_json_is_read(self, box: Sandbox) -> None:
        extension = box.load("def default(router):\n    pass\n", name=NAME, manifest=package({}))
        assert (extension.manifest.style, extension.manifest.type) == ("api", "endpoint")

    def test_the_sandbox_has_to_be_enabled(self, box: Sandbox) -> None:
        with pytest.raises(ManifestError, match="enabled"):
            box.load("1", name=NAME, manifest=package({}, enabled=False))


class TestUsingTypeScript:
    def test_example(self, box: Sandbox) -> None:
        source = (
            "def default(router):\n    router.get('/hello', lambda request: {'status': 200, 'body': 'Hello World'})\n"
        )
        box.load(source, name=NAME, manifest=package({}))
        response = box.request("GET", f"/{NAME}/hello")
        assert (response.status_code, response.text) == (200, "Hello World")

    def test_the_router_works_as_a_decorator_too(self, box: Sandbox) -> None:
        source = (
            "def default(router):\n"
            "    @router.post('/hello')\n"
            "    def hello(request):\n"
            "        return {'status': 201, 'body': request['body']}\n"
        )
        box.load(source, name=NAME, manifest=package({}))
        response = box.request("POST", f"/{NAME}/hello", json={"a": 1})
        assert (response.status_code, response.json()) == (201, {"a": 1})


class TestLogScope:
    SOURCE = "from directus.api import log\n\nlog('Hello World!')\n"

    def test_example(self, box: Sandbox) -> None:
        box.load(self.SOURCE, name=NAME, manifest={"requestedScopes": {"log": {}}})
        assert [record.message for record in box.log] == ["Hello World!"]

    def test_requires_the_log_scope(self, box: Sandbox) -> None:
        with pytest.raises(ExtensionError, match='No permission to access "log"') as caught:
            box.load(self.SOURCE, name=NAME, manifest={"requestedScopes": {}})
        assert (caught.value.kind, caught.value.line) == ("PermissionError", 3)

    def test_raises_at_the_call_even_when_nobody_awaits(self, box: Sandbox) -> None:
        source = (
            "from directus.api import log\ntry:\n    log(5)\nexcept TypeError as error:\n    found = str(error)\nfound"
        )
        extension = box.load(source, name=NAME, manifest={"requestedScopes": {"log": {}}})
        assert extension.result.value == "Log message has to be of type string"


class TestSleepScope:
    def test_example(self, box: Sandbox) -> None:
        source = "from directus.api import sleep\n\nawait sleep(20)\n"
        result = box.load(source, name=NAME, manifest={"requestedScopes": {"sleep": {}}}).result
        assert result.duration >= 0.02

    def test_requires_the_sleep_scope(self, box: Sandbox) -> None:
        with pytest.raises(ExtensionError, match='No permission to access "sleep"'):
            box.load("from directus.api import sleep\nawait sleep(1)", name=NAME, manifest={"requestedScopes": {}})

    @pytest.mark.parametrize("argument", ["'1'", "None", "True", "", "[1]"])
    def test_takes_a_number_of_milliseconds(self, box: Sandbox, argument: str) -> None:
        source = f"from directus.api import sleep\nawait sleep({argument})"
        with pytest.raises(ExtensionError, match="Sleep milliseconds has to be of type number"):
            box.load(source, name=NAME, manifest={"requestedScopes": {"sleep": {}}})


class TestRequestScope:
    SCOPES: ClassVar[dict[str, object]] = {"request": {"methods": ["GET", "POST"], "urls": ["https://directus.io/*"]}}

    def test_example(self, box: Sandbox) -> None:
        box.mock("GET", "https://directus.io", text="<html>")
        post = box.mock("POST", "https://directus.io", status=201, json={"id": 7})
        source = (
            "from directus.api import request\n"
            "get_request = await request('https://directus.io')\n"
            "post_request = await request('https://directus.io', {\n"
            "    'method': 'POST',\n"
            "    'headers': {'Authorization': 'Bearer 1234567890'},\n"
            "    'body': {'key': 'value'},\n"
            "})\n"
            "[get_request, post_request]"
        )
        found = box.load(source, name=NAME, manifest={"requestedScopes": self.SCOPES}).result.value
        assert isinstance(found, list)
        first, second = found
        assert sorted(first) == sorted(second) == ["data", "headers", "status", "statusText"]
        assert (first["status"], first["statusText"], first["data"]) == (200, "OK", "<html>")
        assert (second["status"], second["data"]) == (201, {"id": 7})
        assert post.calls[0].headers["authorization"] == "Bearer 1234567890"
        assert post.calls[0].json() == {"key": "value"}

    def test_only_the_declared_methods_are_allowed(self, box: Sandbox) -> None:
        source = "from directus.api import request\nawait request('https://directus.io', {'method': 'DELETE'})"
        with pytest.raises(ExtensionError, match='No permission to use request method "DELETE"'):
            box.load(source, name=NAME, manifest={"requestedScopes": self.SCOPES})

    def test_only_the_declared_urls_are_allowed(self, box: Sandbox) -> None:
        source = "from directus.api import request\nawait request('https://evil.example/')"
        with pytest.raises(ExtensionError, match=r'No permission to request "https://evil\.example/"'):
            box.load(source, name=NAME, manifest={"requestedScopes": self.SCOPES})

    def test_https_star_allows_all_urls(self, box: Sandbox) -> None:
        box.mock("GET", "https://anything.example/a/b?c=d", text="ok")
        source = "from directus.api import request\n(await request('https://anything.example/a/b?c=d'))['data']"
        scopes = {"request": {"methods": ["GET"], "urls": ["https://*"]}}
        assert box.load(source, name=NAME, manifest={"requestedScopes": scopes}).result.value == "ok"


class TestDefaultExports:
    def test_a_hook_gets_filter_and_action_by_name(self, box: Sandbox) -> None:
        source = (
            "from directus.api import log\n"
            "def default(action, filter):\n"
            "    filter('items.create', lambda payload: {**payload, 'title': 'filtered'})\n"
            "    @action('items.create')\n"
            "    def created(meta):\n"
            "        log(f\"{meta['event']} {meta['payload']['title']} {meta['collection']}\")\n"
        )
        manifest = package({"log": {}}, "hook")
        box.load(source, name=NAME, manifest=manifest)
        box.items("articles").create([{"title": "x"}])
        assert [record.message for record in box.log] == ["items.create filtered articles"]

    def test_an_operation_is_a_dict_with_id_and_handler(self, box: Sandbox) -> None:
        source = "default = {'id': 'custom', 'handler': lambda options: {'got': options}}"
        box.load(source, name=NAME, manifest=package({}, "operation"))
        assert box.run_operation("custom", {"a": 1}) == {"got": {"a": 1}}

    def test_a_missing_default_export_is_an_error_in_directus_words(self, box: Sandbox) -> None:
        with pytest.raises(ExtensionError, match="extensionExport is not a function"):
            box.load("1", name=NAME, manifest=package({}))
        assert NAME not in box.extensions
