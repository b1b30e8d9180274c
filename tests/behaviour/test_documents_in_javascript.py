"""Every piece of code of both documents, as it is printed, in a JavaScript or TypeScript cell; what is broken in print names its mend."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest
from scopebox import ExtensionError, Sandbox
from scopebox.errors import ExtensionSyntaxError, ManifestError, ScopeboxError
from scopebox.extension.result import RunResult
from scopebox.languages import LanguageName
from scopebox.vocabulary import BUILT_IN, REGISTRATIONS

from tests.documents import PIECES, mended, piece

NAME: Final = "directus-extension-my-extension"
TYPES: Final = "execution-types"
BOTH: Final = pytest.mark.parametrize("language", ["js", "ts"])
REQUEST: Final[dict[str, object]] = {"permission": "request", "allowedUrls": ["https://example-api.com"]}
Entries = dict[str, object]


def run(box: Sandbox, source: str, *permissions: Entries, language: LanguageName = "js") -> RunResult:
    return box.load(source, name=NAME, language=language, manifest={"permissions": list(permissions)}).result


def fail(box: Sandbox, source: str, *permissions: Entries, language: LanguageName = "js") -> ExtensionError:
    with pytest.raises(ExtensionError) as caught:
        run(box, source, *permissions, language=language)
    return caught.value


def variable(box: Sandbox, name: str, language: LanguageName) -> object:
    """Return what a name of the extension stands for: its declarations outlive their cell."""
    return box.load(name, name=NAME, language=language, append=True).result.value


def said(error: ScopeboxError) -> str:
    return f"{error.message}\n{error.hint}"


def messages(box: Sandbox) -> list[str]:
    return [record.message for record in box.log]


def role(name: str) -> Entries:
    return {"permission": name, "role": "editor"}


def test_all_pieces_are_there() -> None:
    assert Counter((each.document, each.kind) for each in PIECES) == {
        (TYPES, "call"): 1,
        (TYPES, "signature"): 10,
        (TYPES, "example"): 11,
        (TYPES, "permission"): 5,
        ("sandbox", "example"): 4,
        ("sandbox", "manifest"): 4,
    }


@BOTH
class TestExecutionTypes:
    def test_the_call(self, box: Sandbox, language: LanguageName) -> None:
        inputs: Entries = {"executionType": "log", "additionalArguments": ["Hello, world!"]}
        box.load(piece(TYPES, "call", TYPES), name=NAME, language=language, inputs=inputs)
        assert messages(box) == ["Hello, world!"]

    def test_log(self, box: Sandbox, language: LanguageName) -> None:
        run(box, piece(TYPES, "example", "log"), language=language)
        assert messages(box) == ["Hello, world!"]

    def test_request(self, box: Sandbox, language: LanguageName) -> None:
        box.mock("GET", "https://example-api.com", text="hello")
        run(box, piece(TYPES, "example", "request"), REQUEST, language=language)
        assert variable(box, "text", language) == "hello"

    def test_request_with_options(self, box: Sandbox, language: LanguageName) -> None:
        mock = box.mock("GET", "https://example-api.com", text="hello")
        run(box, piece(TYPES, "example", "request-complex"), REQUEST, language=language)
        assert variable(box, "text", language) == "hello"
        assert mock.calls[0].headers["user-agent"] == "Directus Extension"

    def test_create_items(self, box: Sandbox, language: LanguageName) -> None:
        run(box, piece(TYPES, "example", "create-items"), role("create-items"), language=language)
        query = {"filter": {"id": {"_in": variable(box, "items", language)}}, "fields": ["title"]}
        assert box.items("articles").read(query) == [{"title": "Hello World"}]

    def test_read_items(self, box: Sandbox, language: LanguageName) -> None:
        run(box, piece(TYPES, "example", "read-items"), role("read-items"), language=language)
        items = variable(box, "items", language)
        assert isinstance(items, list)
        assert len(items) == 5
        dates = [item["date_published"] for item in items if item["date_published"] is not None]
        assert dates == sorted(dates, reverse=True)

    def test_update_items(self, box: Sandbox, language: LanguageName) -> None:
        run(box, piece(TYPES, "example", "update-items"), role("update-items"), language=language)
        assert variable(box, "items", language) == [42]
        found = box.items("articles").read({"filter": {"id": {"_eq": 42}}, "fields": ["title"]})
        assert found == [{"title": "The Hitchhiker's Guide to the Galaxy"}]

    def test_delete_items_is_printed_with_the_wrong_type(self, box: Sandbox, language: LanguageName) -> None:
        source = piece(TYPES, "example", "delete-items")
        for permissions in ([role("delete-items")], [role("delete-items"), role("update-items")]):
            assert "delete-items" in said(fail(box, source, *permissions, language=language))
        assert box.items("articles").read({"filter": {"id": {"_eq": 404}}}) != []
        run(box, mended(source, "update-items", "delete-items"), role("delete-items"), language=language)
        assert variable(box, "items", language) == [404]
        assert box.items("articles").read({"filter": {"id": {"_eq": 404}}}) == []

    @pytest.mark.parametrize(
        ("name", "text"),
        [("filter", "An item is about to be created"), ("action", "An item has been created")],
    )
    def test_the_hooks_are_printed_without_a_comma(
        self, box: Sandbox, language: LanguageName, name: str, text: str
    ) -> None:
        source = piece(TYPES, "example", f"register-{name}")
        error = fail(box, source, language=language)
        assert isinstance(error, ExtensionSyntaxError)
        assert "comma" in said(error)
        assert "line 2" in said(error)
        assert error.line in (2, 3)
        run(box, mended(source, "'items.create'\n", "'items.create',\n"), language=language)
        box.items("articles").create([{"title": "x"}])
        assert messages(box) == [text]

    def test_register_endpoint(self, box: Sandbox, language: LanguageName) -> None:
        run(box, piece(TYPES, "example", "register-endpoint"), language=language)
        response = box.request("POST", f"/{NAME}/", content="hi")
        assert (response.status_code, response.text) == (200, "The body received was hi!")

    def test_register_operation(self, box: Sandbox, language: LanguageName) -> None:
        run(box, piece(TYPES, "example", "register-operation"), language=language)
        assert box.run_operation("custom", {"text": "hi"}) == {"test": "The text given was hi"}

    @pytest.mark.parametrize("name", [each.name for each in PIECES if each.kind == "signature"])
    def test_a_signature_is_no_code(self, box: Sandbox, language: LanguageName, name: str) -> None:
        """JavaScript says so. In TypeScript a function without a body is a declaration, and runs as nothing."""
        try:
            result = run(box, piece(TYPES, "signature", name), language=language)
        except ExtensionSyntaxError as error:
            assert error.line == 1  # noqa: PT017 - or it is a declaration
        else:
            assert (language, result.value, result.logs) == ("ts", None, ())


def cell(manifest: str, body: str = "1") -> str:
    """Return a cell with ``manifest`` in its block."""
    return "\n".join([*(f"// {line}" for line in ["/// sandbox", *manifest.split("\n"), "///"]), body])


PERMISSIONS: Final = [each.name for each in PIECES if each.kind == "permission"]


@BOTH
@pytest.mark.parametrize("name", PERMISSIONS)
class TestPermissions:
    """The shape of a permission, where types stand for values, in the block of a cell."""

    def test_a_type_is_no_value(self, box: Sandbox, language: LanguageName, name: str) -> None:
        with pytest.raises(ManifestError) as caught:
            box.load(cell(piece(TYPES, "permission", name)), name=NAME, language=language)
        assert "boolean" in said(caught.value)
        assert "true or false" in said(caught.value)

    @pytest.mark.parametrize("around", ["{}", '"permissions": [\n{}\n]', "{{ permissions: [\n{}\n] }}"])
    def test_with_values_it_is_a_manifest(self, box: Sandbox, language: LanguageName, name: str, around: str) -> None:
        text = mended(piece(TYPES, "permission", name), "boolean", "false")
        for wrong, right in (("string[]", "['https://*']"), ("role: string", "role: 'editor'")):
            text = text.replace(wrong, right)
        extension = box.load(cell(around.format(text)), name=NAME, language=language)
        assert [each for each in extension.grants if each not in BUILT_IN] == [name]
        assert extension.grants[name].state == "required"


SCOPES: Final[dict[str, Entries]] = {
    "log": {"log": {}},
    "sleep": {"sleep": {}},
    "request": {"request": {"methods": ["GET", "POST"], "urls": ["https://directus.io/*"]}},
}
CLOSED: Final = {"enabling": "\n    }\n}", "log": "\n}", "sleep": "\n}", "request": "\n  }\n}"}
HELLO: Final = {"directus:extension": {"type": "endpoint", "sandbox": {"enabled": True, "requestedScopes": {}}}}


@BOTH
class TestSandbox:
    def load(self, box: Sandbox, source: str, name: str, language: LanguageName) -> RunResult:
        return box.load(source, name=NAME, language=language, manifest={"requestedScopes": SCOPES[name]}).result

    def test_log(self, box: Sandbox, language: LanguageName) -> None:
        self.load(box, piece("sandbox", "example", "log"), "log", language)
        assert messages(box) == ["Hello World!"]

    def test_sleep(self, box: Sandbox, language: LanguageName) -> None:
        assert self.load(box, piece("sandbox", "example", "sleep"), "sleep", language).duration >= 1

    def test_request_is_printed_without_its_end(self, box: Sandbox, language: LanguageName) -> None:
        get = box.mock("GET", "https://directus.io", text="<html>")
        post = box.mock("POST", "https://directus.io", status=201, json={"id": 7})
        source = piece("sandbox", "example", "request")
        with pytest.raises(ExtensionSyntaxError) as caught:
            self.load(box, source, "request", language)
        assert "});" in said(caught.value)
        assert not get.calls
        self.load(box, source + "\n});", "request", language)
        assert (len(get.calls), post.calls[0].json()) == (1, {"key": "value"})
        assert post.calls[0].headers["authorization"] == "Bearer 1234567890"

    @pytest.mark.parametrize("name", CLOSED)
    def test_the_manifests_are_read_without_their_ends_and_with_them(
        self, box: Sandbox, language: LanguageName, name: str
    ) -> None:
        text = piece("sandbox", "manifest", name)
        for manifest in (text, text + CLOSED[name], "{" + text + CLOSED[name] + "}"):
            extension = box.load(cell(manifest, "export default () => {};"), name=NAME, language=language)
            assert set(extension.grants) - set(REGISTRATIONS) == set(SCOPES.get(name, {}))


def test_the_example_in_typescript_is_printed_without_its_end(box: Sandbox) -> None:
    source = piece("sandbox", "example", "typescript")
    with pytest.raises(ExtensionSyntaxError) as caught:
        box.load(source, name=NAME, language="ts", manifest=HELLO)
    assert "});" in said(caught.value)
    assert "};" in said(caught.value)
    box.load(source + "\n    });\n};", name=NAME, language="ts", manifest=HELLO)
    assert box.request("GET", f"/{NAME}/hello").text == "Hello World"
