"""What was decided where the two documents are silent or contradict themselves; a class for each decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import pytest
from scopebox import ExtensionError, GrantError, IsolateDied, LimitError, ManifestError, Sandbox, ScopeboxError
from scopebox.extension.extension import Extension

NAME = "directus-extension-decided"
EDITOR = {"role": "editor"}
ITEMS = [{"permission": f"{verb}-items", **EDITOR} for verb in ("create", "read", "update", "delete")]


def load(
    box: Sandbox,
    source: str,
    permissions: Sequence[Mapping[str, object]] = (),
    *,
    name: str = NAME,
    grant: Sequence[str] = (),
) -> Extension:
    return box.load(source, name=name, manifest={"permissions": list(permissions)}, grant=grant)


def value(box: Sandbox, source: str, permissions: Sequence[Mapping[str, object]] = ()) -> object:
    return load(box, source, permissions).result.value


def fail(box: Sandbox, source: str, permissions: Sequence[Mapping[str, object]] = ()) -> ExtensionError:
    with pytest.raises(ExtensionError) as caught:
        load(box, source, permissions)
    return caught.value


class TestCallingWithoutAwait:
    def test_a_call_goes_out_when_it_is_made(self, box: Sandbox) -> None:
        load(box, "exec('log', 'first')\nawait exec('log', 'second')")
        assert [record.message for record in box.log] == ["first", "second"]

    def test_a_call_that_nobody_awaits_is_made_all_the_same(self, box: Sandbox) -> None:
        load(box, "exec('create-items', 'articles', {'data': [{'title': 'eager'}]})\n1", ITEMS)
        assert box.items("articles").read({"filter": {"title": {"_eq": "eager"}}, "fields": ["title"]}) == [
            {"title": "eager"}
        ]

    def test_a_failure_that_nobody_awaited_fails_the_cell_when_it_ends(self, box: Sandbox) -> None:
        error = fail(box, "exec('read-items', 'nope')\nawait exec('log', 'still running')", ITEMS)
        assert error.kind == "PermissionError"
        assert [record.message for record in box.log] == ["still running"]

    def test_a_failure_that_nobody_awaited_fails_a_handler_too(self, box: Sandbox) -> None:
        load(box, "await exec('register-operation', {'id': 'x', 'handler': lambda d: [exec('nope'), 1][1]})")
        with pytest.raises(ExtensionError, match="Unknown execution type"):
            box.run_operation("x")

    @pytest.mark.parametrize("use", ["len(items)", "items[0]", "[i for i in items]", "bool(items)", "list(items)"])
    def test_using_an_unawaited_result_says_what_was_forgotten(self, box: Sandbox, use: str) -> None:
        error = fail(box, f"items = exec('read-items', 'articles')\n{use}", ITEMS)
        assert (error.kind, error.line) == ("TypeError", 2)
        assert error.message == 'forgot await before exec("read-items")?'

    def test_gather_waits_for_parallel_calls_in_order(self, box: Sandbox) -> None:
        source = (
            "async def slow(n):\n    await exec('sleep', 30 - n)\n    return n\n"
            "await gather(slow(1), slow(20), exec('log', 'x'))"
        )
        assert value(box, source) == [1, 20, None]


class TestHandlerArity:
    @pytest.mark.parametrize(
        ("parameters", "expected"),
        [
            ("a", 1),
            ("a, b", 2),
            ("a, b, c", 3),
            ("*rest", 3),
            ("a, *rest", 3),
            ("a, b=None", 2),
            ("a=1, b=2, c=3", 3),
        ],
    )
    @pytest.mark.parametrize("kind", ["filter", "action"])
    def test_as_many_arguments_as_the_handler_takes(
        self, box: Sandbox, parameters: str, expected: int, kind: str
    ) -> None:
        names = ", ".join(part.split("=")[0].strip() for part in parameters.split(","))
        source = (
            f"def handler({parameters}):\n    exec('log', str(len([{names}])))\n"
            f"await exec('register-{kind}', {{'event': 'items.create', 'handler': handler}})"
        )
        load(box, source)
        box.items("articles").create([{"title": "x"}])
        assert [record.message for record in box.log] == [str(expected)]

    def test_the_second_of_two_holds_meta_and_accountability(self, box: Sandbox) -> None:
        source = (
            "def handler(payload, context):\n"
            "    exec('log', f\"{sorted(context)} {context['collection']} {context['accountability']['role'] is not None}\")\n"
            "await exec('register-filter', {'event': 'items.create', 'handler': handler})"
        )
        load(box, source)
        box.items("articles", role="editor").create([{"title": "x"}])
        assert box.log[-1].message == "['accountability', 'collection', 'event'] articles True"

    def test_the_third_of_three_holds_the_accountability_alone(self, box: Sandbox) -> None:
        source = (
            "def handler(payload, meta, context):\n    exec('log', f'{sorted(meta)} {sorted(context)}')\n"
            "await exec('register-action', {'event': 'items.create', 'handler': handler})"
        )
        load(box, source)
        box.items("articles").create([{"title": "x"}])
        assert box.log[-1].message == "['collection', 'event', 'key', 'payload'] ['accountability']"


class TestHandlersOfDefaultExports:
    def test_exactly_one_argument_also_where_the_handler_takes_more(self, box: Sandbox) -> None:
        source = "def default(filter):\n    filter('items.create', lambda a, b=None, *c: {'title': f'{b} {c}'})\n"
        box.load(source, name=NAME, type="hook")
        keys = box.items("articles").create([{"title": "x"}])
        assert box.items("articles").read({"filter": {"id": {"_in": keys}}, "fields": ["title"]}) == [
            {"title": "None ()"}
        ]

    def test_the_rule_holds_for_every_handler_under_requested_scopes(self, box: Sandbox) -> None:
        source = (
            "await exec('register-filter', {'event': 'items.create', 'handler': lambda a, b=None: {'title': f'{b}'}})"
        )
        box.load(source, name=NAME, manifest={"requestedScopes": {}})
        keys = box.items("articles").create([{"title": "x"}])
        assert box.items("articles").read({"filter": {"id": {"_in": keys}}, "fields": ["title"]}) == [{"title": "None"}]


class TestValuesAcrossTheBoundary:
    def test_changes_in_place_are_lost(self, box: Sandbox) -> None:
        source = "def handler(payload):\n    payload['title'] = 'changed'\nawait exec('register-filter', {'event': 'items.create', 'handler': handler})"
        load(box, source)
        keys = box.items("articles").create([{"title": "x"}])
        assert box.items("articles").read({"filter": {"id": {"_in": keys}}, "fields": ["title"]}) == [{"title": "x"}]

    @pytest.mark.parametrize("made", ["[]", "{}", "0", "False"])
    def test_values_other_than_none_replace_the_payload(self, box: Sandbox, made: str) -> None:
        load(box, f"await exec('register-filter', {{'event': 'mine', 'handler': lambda p: {made}}})")
        assert box.emit_filter("mine", {"a": 1}) in ([], {}, 0, False)

    def test_request_dot_body_hints_at_the_key(self, box: Sandbox) -> None:
        load(
            box,
            "await exec('register-endpoint', {'path': '/', 'method': 'GET', 'handler': lambda request: request.body})",
        )
        token = {"Authorization": "Bearer admin-token"}
        assert box.request("GET", f"/{NAME}/", headers=token).status_code in (401, 500)
        source = "request = {'body': 1}\nrequest.body"
        assert 'request["body"]' in fail(box, source).hint


class TestKeysAreReturned:
    def test_writes_return_lists_of_primary_keys(self, box: Sandbox) -> None:
        source = (
            "made = await exec('create-items', 'articles', {'data': [{'title': 'k1'}, {'title': 'k2'}]})\n"
            "changed = await exec('update-items', 'articles', {'query': {'filter': {'id': {'_in': made}}}, 'data': {'title': 'k3'}})\n"
            "gone = await exec('delete-items', 'articles', {'query': {'filter': {'id': {'_in': made}}}})\n"
            "[made == changed == gone, len(made)]"
        )
        assert value(box, source, ITEMS) == [True, 2]

    def test_indexing_a_key_like_a_dict_hints_at_read_items(self, box: Sandbox) -> None:
        error = fail(
            box, "keys = await exec('create-items', 'articles', {'data': [{'title': 'k'}]})\nkeys[0]['id']", ITEMS
        )
        assert (error.kind, error.line) == ("TypeError", 2)
        assert "read-items" in error.hint

    def test_read_items_returns_aggregate_rows_too(self, box: Sandbox) -> None:
        rows = value(box, "await exec('read-items', 'articles', {'query': {'aggregate': {'count': '*'}}})", ITEMS)
        assert isinstance(rows, list)
        assert list(rows[0]) == ["count"]


class TestQueryOfUpdateAndDelete:
    def test_a_bare_filter_is_taken_and_flagged_as_not_portable(self, box: Sandbox) -> None:
        extension = load(box, "await exec('delete-items', 'articles', {'query': {'id': {'_eq': '404'}}})", ITEMS)
        assert extension.result.value == [404]
        assert any("bare filter" in note for note in extension.not_portable)

    def test_logical_operators_count_as_a_bare_filter(self, box: Sandbox) -> None:
        source = "await exec('delete-items', 'articles', {'query': {'_or': [{'id': {'_eq': 404}}]}})"
        assert value(box, source, ITEMS) == [404]

    def test_a_mapping_with_any_query_key_is_a_query(self, box: Sandbox) -> None:
        error = fail(box, "await exec('delete-items', 'articles', {'query': {'id': {'_eq': 404}, 'limit': 1}})", ITEMS)
        assert (error.kind, '{"filter": {"id": …}}' in error.message) == ("ValueError", True)

    def test_elsewhere_a_bare_filter_is_an_error_that_suggests_filter(self, box: Sandbox) -> None:
        error = fail(box, "await exec('read-items', 'articles', {'query': {'id': {'_eq': 1}}})", ITEMS)
        assert '{"filter": {"id": …}}' in error.message

    @pytest.mark.parametrize("verb", ["read", "update", "delete"])
    def test_unknown_query_keys_are_errors(self, box: Sandbox, verb: str) -> None:
        source = f"await exec('{verb}-items', 'articles', {{'query': {{'limits': 1}}, **({{'data': {{}}}} if '{verb}' == 'update' else {{}})}})"
        error = fail(box, source, ITEMS)
        assert (error.kind, "did you mean limit?" in error.message) == ("ValueError", True)

    def test_without_a_query_the_first_hundred_are_changed_and_the_result_warns(self, box: Sandbox) -> None:
        box.items("labels").create([{"name": f"label {n}"} for n in range(250)])
        total = len(box.items("labels").read({"limit": -1}))
        manifest = [{"permission": "update-items", "role": "admin"}]
        result = load(box, "len(await exec('update-items', 'labels', {'data': {'color': 'red'}}))", manifest).result
        assert result.value == 100
        assert f"changed 100 of {total}" in result.warnings[0]


class TestSlipsOfTheDocument:
    def test_registrations_need_no_permission(self, box: Sandbox) -> None:
        source = (
            "await exec('register-endpoint', {'path': '/', 'method': 'GET', 'handler': lambda r: None})\n"
            "await exec('register-operation', {'id': 'o', 'handler': lambda d: None})"
        )
        assert load(box, source).result.registered == (f"GET /{NAME}/", "operation o")


class TestLogAndSleep:
    @pytest.mark.parametrize("manifest", [None, {"permissions": []}])
    def test_built_in_without_requested_scopes(self, box: Sandbox, manifest: object) -> None:
        extension = box.load("await exec('log', 'x')\nawait exec('sleep', 1)", name=NAME, manifest=manifest)
        assert extension.grants["log"].state == "built-in"

    @pytest.mark.parametrize("call", ["log('x')", "await sleep(1)", "await request('https://a.example')"])
    def test_each_needs_its_scope_under_requested_scopes(self, box: Sandbox, call: str) -> None:
        with pytest.raises(ExtensionError, match="No permission to access") as caught:
            box.load(
                f"from directus.api import log, sleep, request\n{call}", name=NAME, manifest={"requestedScopes": {}}
            )
        assert caught.value.reason == "undeclared"


class TestKeysOfAPermission:
    def test_methods_and_reason_are_our_additions(self, box: Sandbox) -> None:
        entry: dict[str, object] = {
            "permission": "request", "allowedUrls": ["https://a.example/*"], "methods": ["GET"], "reason": "to look things up",
        }  # fmt: skip
        box.mock("GET", "https://a.example/x", text="ok")
        assert value(box, "await exec('request', 'https://a.example/x')", [entry]) == "ok"
        error = fail(box, "await exec('request', 'https://a.example/x', {'method': 'POST'})", [entry])
        assert error.reason == "method"

    def test_anything_else_and_duplicates_are_errors(self, box: Sandbox) -> None:
        with pytest.raises(ManifestError, match=r"permissions\[0\]"):
            load(box, "1", [{"permission": "log", "urls": []}])
        with pytest.raises(ManifestError, match=r"permissions\[1\]"):
            load(box, "1", [{"permission": "read-items", **EDITOR}, {"permission": "read-items", "role": "reader"}])


class TestRefusals:
    def test_a_refusal_is_a_permission_error_with_a_reason_and_directus_words_first(self, box: Sandbox) -> None:
        source = "try:\n    await exec('request', 'https://a.example')\nexcept PermissionError as e:\n    found = [e.reason, str(e)]\nfound"
        found = value(box, source)
        assert isinstance(found, list)
        reason, text = found
        assert reason == "undeclared"
        assert text.startswith('No permission to access "request"')

    def test_undeclared_calls_are_kept_in_the_result_also_when_caught(self, box: Sandbox) -> None:
        source = "try:\n    await exec('read-items', 'articles')\nexcept PermissionError:\n    pass"
        refused = load(box, source).result.refused
        assert [(call.type, call.reason, call.line) for call in refused] == [("read-items", "undeclared", 2)]

    def test_an_optional_permission_without_a_decision_is_denied(self, box: Sandbox) -> None:
        entry: dict[str, object] = {"permission": "read-items", **EDITOR, "optional": True}
        assert fail(box, "await exec('read-items', 'articles')", [entry]).reason == "denied"

    def test_denying_a_required_permission_runs_nothing(self, box: Sandbox) -> None:
        with pytest.raises(GrantError, match="read-items"):
            box.load("await exec('log', 'ran')", name=NAME, manifest={"permissions": ITEMS}, deny=["read-items"])
        assert len(box.log) == 0

    def test_granting_what_is_not_declared_runs_nothing(self, box: Sandbox) -> None:
        with pytest.raises(GrantError, match="request"):
            box.load("await exec('log', 'ran')", name=NAME, manifest={"permissions": ITEMS}, grant=["request"])
        assert len(box.log) == 0


class TestGrantsOverReruns:
    ENTRY: ClassVar[dict[str, object]] = {"permission": "read-items", **EDITOR, "optional": True}
    SOURCE = "try:\n    n = len(await exec('read-items', 'articles', {'query': {'limit': 1}}))\nexcept PermissionError as e:\n    n = e.reason\nn"

    def test_a_grant_takes_effect_at_the_next_call(self, box: Sandbox) -> None:
        source = "async def h(d):\n    return await exec('read-items', 'articles', {'query': {'limit': 1, 'fields': ['id']}})\nawait exec('register-operation', {'id': 'o', 'handler': h})"
        extension = load(box, source, [self.ENTRY])
        with pytest.raises(ExtensionError) as caught:
            box.run_operation("o")
        assert caught.value.reason == "denied"
        extension.grants.grant("read-items")
        assert len(box.run_operation("o")) == 1  # type: ignore[arg-type]
        extension.grants.deny("read-items")
        with pytest.raises(ExtensionError):
            box.run_operation("o")

    def test_a_decision_lasts_over_code_edits(self, box: Sandbox) -> None:
        load(box, "1", [self.ENTRY]).grants.grant("read-items")
        assert value(box, self.SOURCE, [self.ENTRY]) == 1

    def test_an_entry_that_changes_loses_its_grant(self, box: Sandbox) -> None:
        load(box, "1", [self.ENTRY]).grants.grant("read-items")
        assert value(box, self.SOURCE, [{**self.ENTRY, "role": "admin"}]) == "denied"

    def test_the_decision_of_a_run_is_for_that_run(self, box: Sandbox) -> None:
        assert load(box, self.SOURCE, [self.ENTRY], grant=["read-items"]).result.value == 1
        assert value(box, self.SOURCE, [self.ENTRY]) == "denied"


class TestRoles:
    def test_a_role_is_required(self, box: Sandbox) -> None:
        with pytest.raises(ManifestError, match="role"):
            load(box, "1", [{"permission": "read-items"}])

    def test_public_may_do_nothing_and_admin_everything(self, box: Sandbox) -> None:
        source = "len(await exec('read-items', 'articles', {'query': {'limit': 2}}))"
        assert value(box, source, [{"permission": "read-items", "role": "admin"}]) == 2
        assert fail(box, source, [{"permission": "read-items", "role": "public"}]).reason == "role"

    def test_the_accountability_of_an_items_call(self, box: Sandbox) -> None:
        source = (
            "def seen(payload, meta, context):\n    exec('log', str(context['accountability']))\n"
            "await exec('register-filter', {'event': 'items.create', 'handler': seen})\n"
            "await exec('create-items', 'articles', {'data': [{'title': 'x'}]})"
        )
        load(box, source, ITEMS)
        role = box.store.access.for_role("editor").role
        expected = {"user": None, "role": role, "roles": [role], "admin": False, "app": False, "ip": None}
        assert box.log[-1].message == str(expected)


class TestEndpointRequests:
    def test_express_path_patterns(self, box: Sandbox) -> None:
        load(
            box,
            "await exec('register-endpoint', {'path': '/items/:id', 'method': 'GET', 'handler': lambda r: {'status': 200, 'body': r['url']}})",
        )
        assert box.request("GET", f"/{NAME}/items/5").text == "/items/5"
        assert box.request("GET", f"/{NAME}/items").status_code == 404

    @pytest.mark.parametrize("key", ["params", "query"])
    def test_reading_params_or_query_says_how_to_parse_the_url(self, box: Sandbox, key: str) -> None:
        source = (
            f"def handler(request):\n    return {{'status': 200, 'body': request['{key}']}}\n"
            "await exec('register-endpoint', {'path': '/:id', 'method': 'GET', 'handler': handler})"
        )
        load(box, source)
        assert box.request("GET", f"/{NAME}/5?a=1").status_code == 500
        failed = [call for call in box.trace if call.state == "failed"]
        assert key in failed[-1].message
        assert "parse_qs" in failed[-1].hint

    def test_an_unknown_route_answers_as_a_directus_does(self, box: Sandbox) -> None:
        body = box.request("GET", "/nowhere/x").json()
        assert body == {
            "errors": [
                {
                    "message": "Route /nowhere/x doesn't exist.",
                    "extensions": {"path": "/nowhere/x", "code": "ROUTE_NOT_FOUND"},
                }
            ]
        }


class TestEventNames:
    def test_an_event_that_never_fires_here_registers_with_a_note(self, box: Sandbox) -> None:
        source = "await exec('register-filter', {'event': 'items.creat', 'handler': lambda p: p})"
        warnings = load(box, source).result.warnings
        assert warnings == ('"items.creat" never fires here except by %sandbox emit; did you mean items.create?',)
        assert [hook.event for hook in box.hooks] == ["items.creat"]


class TestExtensionNames:
    @pytest.mark.parametrize("name", ["directus-extension-a", "@scope/directus-extension-a", "plain-slug"])
    def test_what_is_a_name(self, box: Sandbox, name: str) -> None:
        assert load(box, "1", name=name).name == name

    @pytest.mark.parametrize("name", ["", "Hello", "a b", "../x", "a/b", "ä", "x" * 300, "<b>", "-a"])
    def test_anything_else_is_an_error(self, box: Sandbox, name: str) -> None:
        with pytest.raises(ScopeboxError):
            load(box, "1", name=name)

    def test_a_nameless_cell_is_untitled(self, box: Sandbox) -> None:
        assert box.load("1").name == "directus-extension-untitled"


class TestRerunningACell:
    ROUTE = "await exec('register-endpoint', {{'path': '/{0}', 'method': 'GET', 'handler': lambda r: {{'status': 200, 'body': '{0}'}}}})"

    def test_the_extension_of_that_name_is_replaced(self, box: Sandbox) -> None:
        load(box, self.ROUTE.format("one"))
        load(box, self.ROUTE.format("two"))
        assert [entry.pattern.text for entry in box.endpoints] == ["/two"]

    def test_if_the_new_cell_fails_nothing_of_it_stays(self, box: Sandbox) -> None:
        load(box, self.ROUTE.format("one"))
        fail(box, self.ROUTE.format("two") + "\n1 / 0")
        assert (box.endpoints, dict(box.extensions)) == ((), {})

    def test_append_runs_in_the_living_isolate(self, box: Sandbox) -> None:
        load(box, "x = 20\n" + self.ROUTE.format("one"))
        extension = box.load("x + 1", name=NAME, append=True)
        assert extension.result.value == 21
        assert [entry.pattern.text for entry in box.endpoints] == ["/one"]

    def test_an_appended_cell_that_fails_leaves_what_was_there(self, box: Sandbox) -> None:
        load(box, "x = 20\n" + self.ROUTE.format("one"))
        with pytest.raises(ExtensionError):
            box.load(self.ROUTE.format("two") + "\n1 / 0", name=NAME, append=True)
        assert [entry.pattern.text for entry in box.endpoints] == ["/one"]
        assert box.load("x", name=NAME, append=True).result.value == 20

    def test_append_without_a_living_isolate_is_an_error(self, box: Sandbox) -> None:
        with pytest.raises(ScopeboxError, match="no living extension"):
            box.load("1", name=NAME, append=True)


class TestValuesOfACell:
    def test_the_last_expression_is_the_value(self, box: Sandbox) -> None:
        assert value(box, "x = {'a': [1, 2.5, None, True, 'é']}\nx") == {"a": [1, 2.5, None, True, "é"]}

    def test_what_is_no_json_is_a_shortened_repr(self, box: Sandbox) -> None:
        result = load(box, "{1, 2}").result
        assert (result.value, result.shortened) == ("{1, 2}", True)

    def test_inputs_are_copied_json_values(self, box: Sandbox) -> None:
        data = {"a": [1]}
        assert box.load("n['a'].append(2)\nn", name=NAME, inputs={"n": data}).result.value == {"a": [1, 2]}
        assert data == {"a": [1]}

    def test_an_input_that_is_no_json_is_named(self, box: Sandbox) -> None:
        with pytest.raises(ScopeboxError, match="'n' is not JSON-serialisable"):
            box.load("n", name=NAME, inputs={"n": object()})

    def test_a_name_of_the_notebook_suggests_input(self, box: Sandbox) -> None:
        assert "--input" in fail(box, "my_frame").hint

    def test_print_works_and_is_no_log(self, box: Sandbox) -> None:
        result = load(box, "print('a', 1)\nprint('b')").result
        assert (result.stdout, result.logs) == ("a 1\nb\n", ())


class TestWhatEndsWhen:
    def test_a_handler_that_raises_changes_no_registration(self, box: Sandbox) -> None:
        load(box, "await exec('register-operation', {'id': 'o', 'handler': lambda d: 1 / d['n']})")
        with pytest.raises(ExtensionError):
            box.run_operation("o", {"n": 0})
        assert box.run_operation("o", {"n": 2}) == 0.5

    def test_a_dead_isolate_loses_its_hooks_and_answers_that_it_is_disposed(self, box: Sandbox) -> None:
        source = (
            "await exec('register-filter', {'event': 'items.create', 'handler': lambda p: p})\n"
            "def loop(x):\n    while True:\n        pass\n"
            "await exec('register-operation', {'id': 'loop', 'handler': loop})\n"
            "await exec('register-endpoint', {'path': '/', 'method': 'GET', 'handler': lambda r: {'status': 200, 'body': ''}})"
        )
        box.load(source, name=NAME, timeout=0.1)
        with pytest.raises(LimitError, match=r"Script execution timed out\."):
            box.run_operation("loop")
        assert box.hooks == ()
        with pytest.raises(IsolateDied, match="Isolate is disposed"):
            box.run_operation("loop")
        assert box.request("GET", f"/{NAME}/").status_code == 500
        box.load(source, name=NAME)
        assert box.request("GET", f"/{NAME}/").status_code == 200
