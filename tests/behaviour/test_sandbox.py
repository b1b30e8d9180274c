"""The headless API: loading, twins, interrupts, sharing, closing."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import httpx
import msgspec
import psutil
import pytest
from scopebox import (
    CancelledRun,
    DirectusError,
    ExtensionError,
    ExtensionSyntaxError,
    GrantError,
    IsolatePool,
    LimitError,
    ManifestError,
    Sandbox,
    ScopeboxError,
    Settings,
    SettingsError,
    Store,
)
from scopebox.languages import LANGUAGES, LanguageName
from scopebox.testing import calls

from tests.isolates import until
from tests.state import PATIENCE

NAME = "directus-extension-a"


class TestBadInput:
    """Each gives a short error at the right line, nothing of it stays, and the next call works."""

    @pytest.mark.parametrize(
        ("source", "kind", "line", "said"),
        [
            ("x = 1\ny = (", "SyntaxError", 2, "was never closed"),
            ("x = 1\nimport os", "ModuleNotFoundError", 2, "os"),
            ("x = 1\n().__class__", "SyntaxError", 2, "__class__"),
            ("x = 1\n\n1 / 0", "ZeroDivisionError", 3, "division by zero"),
            ("def f():\n    return g()\ndef g():\n    raise ValueError('deep')\nf()", "ValueError", 4, "deep"),
            ("raise SystemExit(3)", "SystemExit", 1, "3"),
            ("raise KeyboardInterrupt", "KeyboardInterrupt", 1, ""),
            ("def f():\n    f()\nf()", "RecursionError", 2, "recursion"),
            ("x = [0] * 10 ** 10", "MemoryError", 1, ""),
            ("await exec('nope')", "ValueError", 1, "Unknown execution type"),
            ("await exec()", "TypeError", 1, "exec"),
            ("await exec(5)", "TypeError", 1, "Execution type"),
        ],
    )
    def test_an_error_names_its_kind_and_line(self, box: Sandbox, source: str, kind: str, line: int, said: str) -> None:
        with pytest.raises(ExtensionError) as caught:
            box.load(source, name=NAME)
        error = caught.value
        assert (error.kind, error.line) == (kind, line)
        assert said in error.message
        assert dict(box.extensions) == {}
        assert box.load("1 + 1", name=NAME).result.value == 2

    def test_the_frames_are_those_of_the_cell(self, box: Sandbox) -> None:
        with pytest.raises(ExtensionError) as caught:
            box.load("def f():\n    1 / 0\nf()", name=NAME)
        assert [(frame.function, frame.line) for frame in caught.value.frames] == [("<cell>", 3), ("f", 2)]

    def test_a_syntax_error_is_told_apart(self, box: Sandbox) -> None:
        with pytest.raises(ExtensionSyntaxError):
            box.load("x = (", name=NAME)

    @pytest.mark.parametrize(
        ("source", "limit", "options"),
        [
            ("while True:\n    pass", "busy", {"timeout": 0.1}),
            (
                "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass",
                "busy",
                {"timeout": 0.1},
            ),
            ("await exec('sleep', 60000)", "wall", {"wall": 0.2}),
            ("sum(range(10 ** 12))", "busy", {"timeout": 0.1}),
        ],
    )
    def test_a_limit_ends_the_cell_and_is_named(
        self, box: Sandbox, source: str, limit: str, options: dict[str, float]
    ) -> None:
        with pytest.raises(LimitError) as caught:
            box.load(source, name=NAME, **options)  # type: ignore[arg-type]
        assert caught.value.kind == limit
        assert caught.value.hint
        assert box.load("1 + 1", name=NAME).result.value == 2

    def test_a_memory_bomb_ends_in_an_error(self, box: Sandbox) -> None:
        source = "data = []\nwhile True:\n    data.append('x' * 1000000)"
        with pytest.raises(ExtensionError) as caught:
            box.load(source, name=NAME, memory=16)
        assert caught.value.kind in ("MemoryError", "memory")

    def test_the_result_of_a_failed_run_is_kept(self, box: Sandbox) -> None:
        with pytest.raises(ExtensionError) as caught:
            box.load("print('before')\nawait exec('log', 'x')\n1 / 0", name=NAME)
        result = caught.value.result
        assert result is not None
        assert (result.stdout, [record.message for record in result.logs]) == ("before\n", ["x"])
        assert result.error is caught.value

    @pytest.mark.parametrize(
        ("options", "error", "said"),
        [
            ({"timeout": 11}, SettingsError, "between 0.01 and 10"),
            ({"wall": -1}, SettingsError, "between 0.01 and 300"),
            ({"memory": 4}, SettingsError, "between 8 and 1024"),
            ({"memory": "64"}, SettingsError, "whole number"),
            ({"type": "bundle"}, ManifestError, "bundle"),
            ({"grant": ["request"]}, GrantError, "request"),
            ({"inputs": {"1x": 1}}, ScopeboxError, "cannot be the name"),
            ({"inputs": {"_x": 1}}, ScopeboxError, "cannot be the name"),
            ({"inputs": {"x": {1, 2, object()}}}, ScopeboxError, "not JSON-serialisable"),
            ({"manifest": {"permissions": "all"}}, ManifestError, "permissions"),
            ({"manifest": "not = [toml"}, ManifestError, "TOML"),
        ],
    )
    def test_what_is_wrong_with_the_call_is_said_before_anything_runs(
        self, box: Sandbox, options: dict[str, object], error: type[Exception], said: str
    ) -> None:
        with pytest.raises(error, match=said):
            box.load("await exec('log', 'ran')", name=NAME, **options)  # type: ignore[arg-type]
        assert len(box.log) == 0

    def test_a_source_that_is_too_long_is_refused(self, box: Sandbox) -> None:
        with pytest.raises(ExtensionError, match="1,000,000 are the limit"):
            box.load("#" * 1_000_001, name=NAME)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_a_source_with_half_a_character_is_refused(self, box: Sandbox, language: LanguageName) -> None:
        with pytest.raises(ExtensionError, match="Line 2 of the source has half a character"):
            box.load("1\n'\ud800'", name=NAME, language=language)

    @pytest.mark.parametrize(
        ("handler", "said"),
        [
            ("lambda r: None", "Cannot read properties of undefined (reading 'status')"),
            ("lambda r: 5", "Invalid status code: undefined"),
            ("lambda r: {}", "Invalid status code: undefined"),
            ("lambda r: {'status': 42, 'body': ''}", "Invalid status code: 42"),
            ("lambda r: {'status': 'x', 'body': ''}", "Invalid status code: x"),
            ("lambda r: {'status': True, 'body': ''}", "Invalid status code: true"),
            (
                "lambda r: {'status': 200, 'body': 5}",
                "Invalid status code: 5\nThe body has to be text or an object: a number",
            ),
            ("lambda r: {'status': 200, 'body': {1}}", "could not be cloned"),
            ("lambda r: 1 / 0", "division by zero"),
        ],
    )
    def test_a_handler_that_raises_or_returns_nonsense(self, box: Sandbox, handler: str, said: str) -> None:
        box.load(f"await exec('register-endpoint', {{'path': '/', 'method': 'GET', 'handler': {handler}}})", name=NAME)
        response = box.request("GET", f"/{NAME}/")
        assert response.status_code == 500
        assert response.json()["errors"][0]["message"] == "An unexpected error occurred."
        assert said in "\n".join(record.message for record in box.log)
        assert box.endpoints[0].usage.last_status == "failed"

    def test_a_body_of_nothing_is_sent_as_an_empty_one(self, box: Sandbox) -> None:
        handler = "lambda r: {'status': 200, 'body': None}"
        box.load(f"await exec('register-endpoint', {{'path': '/', 'method': 'GET', 'handler': {handler}}})", name=NAME)
        response = box.request("GET", f"/{NAME}/")
        assert (response.status_code, response.content) == (200, b"")

    def test_an_action_that_raises_is_logged_in_two_lines_as_in_a_directus(self, box: Sandbox) -> None:
        box.load("await exec('register-action', {'event': 'items.create', 'handler': lambda p: 1 / 0})", name=NAME)
        box.items("articles").create([{"title": "x"}])
        assert [(record.level, record.message) for record in box.log] == [
            ("warn", 'An error was thrown while executing action "items.create"'),
            ("warn", "division by zero"),
        ]


class TestTwins:
    def test_the_awaitable_twins_do_the_same(self, box: Sandbox) -> None:
        async def scenario() -> tuple[object, int, object]:
            extension = await box.aload(
                "await exec('register-operation', {'id': 'o', 'handler': lambda d: d})\n"
                "await exec('register-endpoint', {'path': '/', 'method': 'GET', 'handler': lambda r: {'status': 204, 'body': ''}})\n7",
                name=NAME,
            )
            response = await box.arequest("GET", f"/{NAME}/")
            return extension.result.value, response.status_code, await box.arun_operation("o", {"a": 1})

        assert asyncio.run(scenario()) == (7, 204, {"a": 1})

    def test_a_sync_call_on_the_loop_raises_and_names_its_twin(self, box: Sandbox) -> None:
        async def scenario() -> None:
            box.load("1", name=NAME)

        with pytest.raises(RuntimeError, match="aload"):
            box.pool.run(scenario())

    def test_sync_calls_work_while_another_loop_runs(self, box: Sandbox) -> None:
        async def scenario() -> object:
            return box.load("1 + 1", name=NAME).result.value

        assert asyncio.run(scenario()) == 2

    def test_cancelling_the_await_ends_the_run(self, box: Sandbox) -> None:
        async def scenario() -> None:
            task = asyncio.create_task(box.aload("await exec('sleep', 9000000)", name=NAME, wall=300))
            await until(lambda: calls(box, "sleep"))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(scenario())
        assert box.load("1 + 1", name=NAME).result.value == 2

    def test_several_threads_may_call_at_once(self, box: Sandbox) -> None:
        box.load("await exec('register-operation', {'id': 'o', 'handler': lambda d: d['n'] * 2})", name=NAME)
        found: dict[int, object] = {}

        def work(n: int) -> None:
            found[n] = box.run_operation("o", {"n": n})

        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == {n: n * 2 for n in range(8)}


class TestChains:
    def test_the_trace_is_a_tree(self, box: Sandbox) -> None:
        manifest = {"permissions": [{"permission": "create-items", "role": "editor"}]}
        source = (
            "async def f(payload):\n    await exec('log', 'inside')\n    return payload\n"
            "await exec('register-filter', {'event': 'items.create', 'handler': f})\n"
            "await exec('create-items', 'articles', {'data': [{'title': 'x'}]})"
        )
        box.load(source, name=NAME, manifest=manifest)
        by_type = {record.type: record for record in box.trace}
        create, handler, log = by_type["create-items"], by_type["handler:filter:items.create"], by_type["log"]
        assert (create.parent, handler.parent, log.parent) == (0, create.number, handler.number)
        assert create.chain == handler.chain == log.chain

    def test_a_hook_that_causes_its_own_event_ends_at_the_depth_limit(self, pool: IsolatePool) -> None:
        manifest = {"permissions": [{"permission": "create-items", "role": "admin"}]}
        source = (
            "async def again(payload):\n"
            "    await exec('create-items', 'labels', {'data': [{'name': payload['name'] + 'x'}]})\n"
            "await exec('register-filter', {'event': 'labels.items.create', 'handler': again})"
        )
        with Sandbox(Store.sample("blog"), pool=pool, settings=Settings(depth=4)) as box:
            box.load(source, name=NAME, manifest=manifest)
            before = len(box.items("labels").read({"limit": -1}))
            with pytest.raises(ExtensionError, match="More than 4 callbacks are nested"):
                box.items("labels").create([{"name": "x"}])
            assert len(box.items("labels").read({"limit": -1})) == before
            box.store.close()

    def test_actions_run_after_the_write_and_notebook_roots_wait_for_them(self, box: Sandbox) -> None:
        source = (
            "async def seen(meta):\n    await exec('sleep', 50)\n    await exec('log', 'action done')\n"
            "await exec('register-action', {'event': 'items.create', 'handler': seen})"
        )
        box.load(source, name=NAME)
        box.items("articles").create([{"title": "x"}])
        assert [record.message for record in box.log] == ["action done"]

    def test_a_filter_that_raises_leaves_nothing_of_the_call_behind(self, box: Sandbox) -> None:
        source = (
            "def veto(payload):\n    if payload['title'] == 'bad':\n        raise ValueError('not this one')\n"
            "await exec('register-filter', {'event': 'items.create', 'handler': veto})"
        )
        box.load(source, name=NAME)
        before = len(box.items("articles").read({"limit": -1, "fields": ["id"]}))
        with pytest.raises(ExtensionError, match="not this one"):
            box.items("articles").create([{"title": "good"}, {"title": "bad"}])
        assert len(box.items("articles").read({"limit": -1, "fields": ["id"]})) == before

    def test_what_a_nested_call_wrote_survives_the_failure_of_the_outer_one(self, box: Sandbox) -> None:
        manifest = {"permissions": [{"permission": "create-items", "role": "admin"}]}
        source = (
            "async def veto(payload):\n"
            "    await exec('create-items', 'labels', {'data': [{'name': 'survivor'}]})\n"
            "    raise ValueError('no')\n"
            "await exec('register-filter', {'event': 'articles.items.create', 'handler': veto})"
        )
        box.load(source, name=NAME, manifest=manifest)
        with pytest.raises(ExtensionError):
            box.items("articles").create([{"title": "x"}])
        assert len(box.items("labels").read({"filter": {"name": {"_eq": "survivor"}}})) == 1


class TestPrinting:
    """What a handler prints goes to the output of the cell that caused it, whatever the root."""

    SOURCE = (
        "def seen(value):\n    print('printed')\n    return {'status': 200, 'body': ''}\n"
        "def passed(value):\n    print('printed')\n"
        "await exec('register-operation', {'id': 'o', 'handler': seen})\n"
        "await exec('register-endpoint', {'path': '/', 'method': 'GET', 'handler': seen})\n"
        "await exec('register-filter', {'event': 'items.create', 'handler': passed})\n"
        "await exec('register-action', {'event': 'mine', 'handler': passed})"
    )

    @pytest.mark.parametrize(
        "root",
        [
            lambda box: box.run_operation("o"),
            lambda box: box.request("GET", f"/{NAME}/"),
            lambda box: box.items("articles").create([{"title": "x"}]),
            lambda box: box.emit_action("mine"),
            lambda box: box.emit_filter("items.create", {"title": "x"}),
        ],
    )
    def test_every_root_shows_what_its_handlers_printed(
        self, box: Sandbox, capsys: pytest.CaptureFixture[str], root: Callable[[Sandbox], object]
    ) -> None:
        box.load(self.SOURCE, name=NAME)
        root(box)
        assert capsys.readouterr().out == "printed\n"

    def test_a_cell_keeps_it_in_its_result(self, box: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
        assert box.load("print('mine')", name=NAME).result.stdout == "mine\n"
        assert capsys.readouterr().out == ""


class TestItems:
    def test_a_role_is_looked_up_by_name(self, box: Sandbox) -> None:
        with pytest.raises(LookupError, match="editor"):
            box.items("articles", role="editr")

    def test_errors_are_in_directus_words(self, box: Sandbox) -> None:
        with pytest.raises(DirectusError) as caught:
            box.items("nope").read()
        assert (caught.value.status, caught.value.code) == (403, "FORBIDDEN")


class TestOwnership:
    def test_two_sandboxes_may_share_a_pool_and_know_nothing_of_each_other(self, pool: IsolatePool) -> None:
        with Sandbox(pool=pool) as one, Sandbox(pool=pool) as two:
            one.load("await exec('register-operation', {'id': 'o', 'handler': lambda d: 1})", name=NAME)
            assert two.operations == ()
            with pytest.raises(LookupError):
                two.run_operation("o")

    def test_subscribers_are_told_of_changes_until_they_leave(self, box: Sandbox) -> None:
        told: list[int] = []
        leave = box.subscribe(lambda: told.append(1))
        box.load("await exec('log', 'x')", name=NAME)
        seen = len(told)
        assert seen > 0
        leave()
        box.load("await exec('log', 'x')", name=NAME)
        assert len(told) == seen

    def test_unloading_what_is_not_there_names_a_close_match(self, box: Sandbox) -> None:
        box.load("1", name=NAME)
        with pytest.raises(LookupError, match=f"did you mean {NAME}"):
            box.unload("directus-extension-b")

    def test_unloading_takes_every_registration(self, box: Sandbox) -> None:
        extension = box.load("await exec('register-operation', {'id': 'o', 'handler': lambda d: 1})", name=NAME)
        extension.unload()
        assert (box.operations, dict(box.extensions)) == ((), {})
        assert not extension.alive

    def test_a_closed_sandbox_says_so_and_leaves_no_process(self) -> None:
        children = psutil.Process().children()
        box = Sandbox()
        box.load("1", name=NAME)
        box.close()
        box.close()
        with pytest.raises(ScopeboxError, match="closed"):
            box.load("1", name=NAME)
        gc.collect()
        assert set(psutil.Process().children()) <= set(children)  # one of another test may have ended meanwhile

    def test_a_file_is_loaded_under_its_name_and_its_own_manifest(self, box: Sandbox, tmp_path: Path) -> None:
        file = tmp_path / "directus-extension-file.py"
        file.write_text(
            '# /// sandbox\n# permissions = [{ permission = "read-items", role = "reader" }]\n# ///\n'
            "len(await exec('read-items', 'articles', {'query': {'limit': 1}}))\n"
        )
        extension = box.load_file(file)
        assert (extension.name, extension.result.value) == ("directus-extension-file", 1)


def test_an_interrupt_ends_the_run_at_once_and_spares_those_who_wait(box: Sandbox) -> None:
    box.load("await exec('register-operation', {'id': 'o', 'handler': lambda d: d})", name="directus-extension-other")
    chain = box.services.chains.start("test")
    ended = threading.Event()

    def run() -> None:
        with pytest.raises((CancelledRun, BaseException)):
            box.load("await exec('sleep', 9000000)", name=NAME, wall=300)
        ended.set()

    thread = threading.Thread(target=run)
    thread.start()
    asyncio.run(until(lambda: calls(box, "sleep")))
    running = [record.chain for record in box.trace if record.type == "sleep"]
    assert running
    assert chain.id not in running
    extension = box.extensions[NAME]
    assert extension.isolate is not None
    for invocation in tuple(extension.isolate.invocations.values()):
        box.pool.loop.call_soon_threadsafe(box.loaded.cancel, invocation.cause.chain)
    assert ended.wait(PATIENCE)
    thread.join()
    assert box.run_operation("o", {"a": 1}) == {"a": 1}


def test_the_end_of_a_replaced_isolate_takes_nothing_from_the_one_that_replaced_it(box: Sandbox) -> None:
    source = 'await exec("register-filter", {"event": "a.b", "handler": lambda payload: [number]})'
    for number in range(20):  # the news of an end may come before the next cell has run, or after
        box.load(source, name=NAME, inputs={"number": number})
        threading.Event().wait(0.002 * (number % 5))
        assert box.emit_filter("a.b", []) == [number]


class TestOneChain:
    """A request from inside the process is one chain, also where it goes through the API of items."""

    PRINTING = (
        "def f(payload, meta):\n    print('filtered')\n    return payload\n"
        "await exec('register-filter', {'event': 'articles.items.update', 'handler': f})\n"
        "async def g(meta, context):\n    print('acted')\n"
        "await exec('register-action', {'event': 'articles.items.update', 'handler': g})"
    )
    HEADERS: ClassVar = {"authorization": "Bearer admin-token"}

    def test_what_hooks_print_is_shown_whichever_way_a_write_goes(
        self, box: Sandbox, capsys: pytest.CaptureFixture[str]
    ) -> None:
        box.load(self.PRINTING, name=NAME)
        box.items("articles").update({"filter": {"id": {"_eq": 1}}}, {"title": "x"})
        shown = capsys.readouterr().out
        assert shown.split() == ["filtered", "acted"]
        box.request("PATCH", "/items/articles/1", json={"title": "y"}, headers=self.HEADERS)
        assert capsys.readouterr().out == shown

    def test_the_hooks_of_a_request_belong_to_its_chain(self, box: Sandbox) -> None:
        box.load(self.PRINTING, name=NAME)
        before = box.trace.last
        box.request("PATCH", "/items/articles/1", json={"title": "y"}, headers=self.HEADERS)
        chains = {record.chain for record in box.trace.since(before)}
        assert len(chains) == 1
        box.request("PATCH", "/items/articles/1", json={"title": "z"}, headers=self.HEADERS)
        assert max(record.chain for record in box.trace) == max(chains) + 1


class TestResults:
    def test_a_value_is_kept_as_text_and_read_anew_at_each_look(self, box: Sandbox) -> None:
        result = box.load("[1, {'a': [2]}]", name=NAME).result
        assert (result.value, result.raw) == ([1, {"a": [2]}], b'[1,{"a":[2]}]')
        assert result.value is not result.value
        shortened = box.load("object()", name=NAME).result
        assert shortened.shortened
        assert isinstance(shortened.value, str)

    def test_three_extensions_with_the_largest_results_take_what_their_text_takes(self, box: Sandbox) -> None:
        box.load("1", name=NAME)
        gc.collect()
        before = psutil.Process().memory_info().rss
        for number in range(3):
            extension = box.load("['a' * 15] * 199_000", name=f"directus-extension-{number}", memory=256)
            assert not extension.result.shortened
        gc.collect()
        assert psutil.Process().memory_info().rss - before < 48 * 2**20
        assert extension.result.value == ["a" * 15] * 199_000

    def test_the_arguments_of_a_call_that_waits_are_let_go(self, pool: IsolatePool) -> None:
        found: list[int] = []

        class Server(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                gc.collect()
                found.append(sum(type(each) is list and len(each) == 12_345 for each in gc.get_objects()))
                return httpx.Response(200, request=request)

        manifest = {"permissions": [{"permission": "request", "allowedUrls": ["https://a.com/*"], "methods": ["POST"]}]}
        body = "{'method': 'POST', 'body': [['a']] * 12_345}"
        with Sandbox(pool=pool, transport=Server()) as box:
            box.load(f"await exec('request', 'https://a.com/', {body})", name=NAME, manifest=manifest)
        assert found == [0]

    def test_a_result_says_what_its_chain_used(self, box: Sandbox) -> None:
        assert 0 < box.load("for _ in range(50): exec('log', 'x')", name=NAME).result.busy < 10

    def test_one_value_too_many_is_no_value(self, box: Sandbox) -> None:
        result = box.load("['a'] * 200_000", name=NAME, memory=256).result
        assert result.shortened

    def test_data_of_a_failure_is_read_anew_at_each_look(self) -> None:
        error = ExtensionError("no", data=msgspec.Raw(b'{"a":[1]}'))
        assert error.data == {"a": [1]}
        assert error.data is not error.data
        assert ExtensionError("no", data=[1]).data == [1]


class TestOnTheLoop:
    """On the loop of the sandbox itself nothing can be waited for; the errors say what helps there, and it does."""

    @pytest.mark.parametrize(
        ("call", "remedy"),
        [
            (lambda box: box.load("1"), "await aload"),
            (lambda box: box.unload(NAME), "await asyncio.to_thread(box.unload, …)"),
            (lambda box: box.request("GET", "/"), "await arequest"),
            (lambda box: box.emit_filter("a", {}), "await asyncio.to_thread(box.emit_filter, …)"),
            (lambda box: box.emit_action("a"), "await asyncio.to_thread(box.emit_action, …)"),
            (lambda box: box.items("articles").read(), "await asyncio.to_thread(box.items(…).read, …)"),
        ],
    )
    def test_the_error_names_what_helps(self, box: Sandbox, call: Callable[[Sandbox], object], remedy: str) -> None:
        async def on_the_loop() -> None:
            call(box)

        box.load("1", name=NAME)
        with pytest.raises(RuntimeError) as caught:
            box.pool.run(on_the_loop())
        assert str(caught.value) == f"This call would block the loop it runs on; {remedy} instead"

    def test_it_helps(self, box: Sandbox) -> None:
        async def on_the_loop() -> object:
            found = await asyncio.to_thread(box.emit_filter, "a", {"b": 1})
            await asyncio.to_thread(box.unload, NAME)
            return found

        box.load("1", name=NAME)
        assert box.pool.run(on_the_loop()) == {"b": 1}
        assert NAME not in box.extensions
