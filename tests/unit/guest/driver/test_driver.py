"""The driver of the guest: how cells and handlers run, wait, print, register, and fail."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from scopebox.isolate.invocation import Invocation
from scopebox.isolate.pool import IsolatePool
from scopebox_guest import wire

from tests.isolates import SETTINGS, Guest, Peer, failure, guest_of_pool, raw_pool, reply, until, value

pool, guest = raw_pool, guest_of_pool


# values


def test_the_value_of_a_cell_is_its_last_expression_as_data(guest: Guest) -> None:
    assert guest.value("x = (1, 2)\n{'a': x, 'b': None, 'c': 1.5}") == {"a": [1, 2], "b": None, "c": 1.5}


def test_a_cell_that_ends_with_a_statement_has_no_value(guest: Guest) -> None:
    assert guest.value("x = 1") is None


@pytest.mark.parametrize("source", ["object", "{1: 2}", "float('nan')", "2**64", "b'x'", "'\\ud800'", "[set()]"])
def test_a_value_that_is_no_data_arrives_as_its_repr(guest: Guest, source: str) -> None:
    done = guest.load(source)
    assert done.repr == guest.value(f"repr({source}).encode('utf-8', 'backslashreplace').decode()")


def test_a_repr_is_cut_and_says_how_much_of_it_is_missing(guest: Guest) -> None:
    assert guest.load("{1: 'x' * 10_000}").repr.endswith("… (8,007 more characters)")


def test_a_value_that_contains_itself_arrives_as_its_repr(guest: Guest) -> None:
    assert guest.load("x = []\nx.append(x)\nx").repr == "[[...]]"


def test_a_repr_that_raises_is_told(guest: Guest) -> None:
    assert "repr raised KeyError" in guest.load("class A:\n def __repr__(self): raise KeyError\nA()").repr


def test_a_value_too_large_to_leave_is_shortened_for_a_cell_and_fails_a_handler(guest: Guest) -> None:
    done = guest.load("'x' * 5_000_000")
    assert "5,000,002 bytes" in done.repr
    assert len(done.repr) < 3_000
    guest.load("exec('register-operation', {'id': 'x', 'handler': lambda: 'x' * 5_000_000})\n1")
    assert "5,000,002 bytes" in failure(guest.invoke(1)).message


def test_what_a_handler_returned_is_let_go_once_it_is_told(guest: Guest) -> None:
    guest.load("exec('register-operation', {'id': 'x', 'handler': lambda: 'x' * 3_000_000})\n1")
    sizes = []
    for _ in range(8):
        assert guest.invoke(1).failure is None
        sizes.append(guest.isolate.process.size_bytes())
    guest.pool.run(until(lambda: guest.isolate.process.size_bytes() - sizes[1] < 3_000_000))  # it tells first


def test_inputs_are_globals_of_the_cell(guest: Guest) -> None:
    assert guest.value("n + 1", inputs={"n": 3}) == 4


def test_an_appended_cell_sees_the_names_of_those_before_it(guest: Guest) -> None:
    guest.load("x = 20")
    assert guest.value("x + 1", append=True) == 21
    assert failure(guest.load("x")).kind == "NameError"


# calls


def test_a_call_carries_its_arguments_its_invocation_and_its_line(guest: Guest) -> None:
    assert guest.value("\nawait exec('echo', 1, {'a': [None]})") == [1, {"a": [None]}]
    (call,) = guest.peer.calls
    assert (call.type, call.args, call.inv, call.line) == ("echo", [1, {"a": [None]}], 1, 2)


def test_a_call_goes_out_when_it_is_made(guest: Guest) -> None:
    guest.load("first = exec('a')\nsecond = exec('b')\nexec('log', 'c')\nawait second\nawait first")
    assert guest.peer.types() == ["a", "b", "log"]


def test_a_failed_call_raises_where_it_is_awaited_with_all_that_the_host_said(guest: Guest) -> None:
    source = (
        "try:\n await exec('fail')\nexcept PermissionError as e:\n x = [str(e), e.reason, e.status, e.data, e.hint]\nx"
    )
    assert guest.value(source) == ["not granted", "denied", 403, {"a": 1}, "grant it"]


def test_a_failed_call_that_is_not_caught_fails_the_cell_at_its_line(guest: Guest) -> None:
    told = guest.failure("\nawait exec('fail')")
    assert (told.kind, told.message, told.line, told.reason) == ("PermissionError", "not granted", 2, "denied")
    assert (told.status, told.data, told.hint, told.call) == (403, msgspec.Raw(b'{"a":1}'), "grant it", 1)


def test_a_failure_that_nobody_awaited_fails_the_cell_when_it_ends(guest: Guest) -> None:
    told = guest.failure("exec('a')\nexec('fail')\nexec('log', 'on')\n5")
    assert (told.kind, told.line, told.frames) == ("PermissionError", 2, [wire.Frame('exec("fail")', 2)])
    assert guest.peer.types() == ["a", "fail", "log"]


def test_an_error_of_the_cell_itself_wins_over_one_that_nobody_awaited(guest: Guest) -> None:
    assert guest.failure("exec('fail')\n1 / 0").kind == "ZeroDivisionError"


def test_calls_that_nobody_awaited_are_waited_for_at_the_end(guest: Guest) -> None:
    guest.load("exec('sleep', 30)\n1")
    assert guest.peer.types() == ["sleep"]
    assert guest.value("2", append=True) == 2


def test_log_raises_at_the_call(pool: IsolatePool) -> None:
    guest = Guest(pool, Peer(log=lambda call, _: wire.Refuse(call.id, "TypeError", "no string")))
    assert guest.value("try:\n exec('log', 5)\nexcept TypeError as e:\n x = str(e)\nx") == "no string"
    guest.end()


def test_the_result_of_a_call_is_awaited_once(guest: Guest) -> None:
    failure = guest.failure("x = exec('echo', 1)\n[await x, await x]")
    assert failure.kind == "RuntimeError"
    assert "was awaited before" in failure.message


@pytest.mark.parametrize(
    "use",
    [
        "len(x)",
        "x[0]",
        "list(x)",
        "bool(x)",
        "not x",
        "x + 1",
        "str(x)",
        "f'{x}'",
        "x.title",
        "1 in x",
        "x == 1",
        "x < 1",
    ],
)
def test_using_a_result_that_was_not_awaited_says_so(guest: Guest, use: str) -> None:
    told = guest.failure(f"x = exec('read-items', 'a')\n{use}")
    assert (told.kind, told.message) == ("TypeError", 'forgot await before exec("read-items")?')


def test_an_awaitable_offers_nothing_but_await(guest: Guest) -> None:
    names = guest.value("x = exec('a')\n[n for n in dir(type(x)) if not n.startswith('_')]")
    assert names == []
    assert guest.value("repr(exec('a', 1))") == '<exec("a"), to be awaited>'


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("exec('a', object())", "argument 2 is of type object"),
        ("exec('a', {'b': [1, {2}]})", "argument 2['b'][1] is of type set"),
        ("exec('a', 1, {3: 4})", "argument 3 is a dict with the key 3"),
        ("exec('a', float('inf'))", "argument 2 is inf"),
        ("exec('a', 2**80)", "argument 2 is a whole number of more than 64 bits"),
        ("exec('a', '\\ud800')", "argument 2 is text with half a surrogate pair"),
        (
            "exec('a', 'x', {'b': ['x', {'c': '\\ud800'}]})",
            "argument 3['b'][1]['c'] is text with half a surrogate pair",
        ),
        ("exec('a', {'\\ud800': 1})", "argument 2['\\ud800'] is text with half a surrogate pair"),
        ("exec('a', lambda: 1)", "argument 2 is of type function"),
        ("exec('a', exec('b'))", "argument 2 is of type Awaitable"),
        ("exec('log', {'handler': print})", "argument 2['handler'] is of type function"),
        ("x = {}\nx['x'] = x\nexec('a', x)", "contains itself"),
        ("exec(5)", "Execution type has to be of type string, not int"),
        ("exec()", "missing 1 required positional argument"),
        ("exec('register-endpoint', {'path': '/', 'handler': 5})", "Route handler has to be of type function"),
        ("exec('register-filter', {'event': 'x', 'handler': None})", "Filter handler has to be of type function"),
        ("exec('register-action', {'event': 'x', 'handler': 'f'})", "Action handler has to be of type function"),
    ],
)
def test_arguments_that_are_no_data_are_a_type_error_at_the_call(guest: Guest, call: str, told: str) -> None:
    error = guest.failure(call)
    assert error.kind == "TypeError"
    assert told in error.message


def test_arguments_too_large_for_a_call_are_refused_in_the_guest(guest: Guest) -> None:
    assert "at most 65,536" in guest.failure("exec('log', 'x' * 70_000)").message
    assert "at most 4,194,304" in guest.failure("exec('create-items', 'x' * 5_000_000)").message
    assert "nested" in guest.failure("x = []\nfor _ in range(70): x = [x]\nexec('a', x)").message
    assert "containers" in guest.failure("exec('a', [[] for _ in range(20_000)])").message
    assert guest.value("len((await exec('create-items', 'x' * 70_000)) or '')") == 0
    assert guest.peer.types() == ["create-items"]


def test_more_bytes_than_may_wait_are_refused_in_the_guest(guest: Guest) -> None:
    source = "big = 'x' * 4_000_000\nfor _ in range(3): exec('create-items', big)"
    guest.peer.responders["create-items"] = lambda call, _: _later(call)
    assert "await some of them first" in guest.failure(source).message
    assert guest.value("for _ in range(5): await exec('create-items', 'x' * 4_000_000)") is None


async def _later(call: wire.Call) -> wire.Reply:
    await asyncio.sleep(0.02)
    return reply(call)


def test_more_calls_than_may_wait_are_refused_in_the_guest(guest: Guest) -> None:
    told = guest.failure("for _ in range(1000): exec('sleep', 50)")
    assert told.kind == "RuntimeError"
    assert f"{SETTINGS.outstanding} calls wait" in told.message
    assert len(guest.peer.calls) == SETTINGS.outstanding


def test_large_results_arrive(guest: Guest) -> None:
    guest.peer.responders["rows"] = lambda call, _: reply(call, [{"id": n} for n in range(20_000)])
    assert guest.value("rows = await exec('rows')\n[len(rows), rows[-1]['id']]") == [20_000, 19_999]


def test_a_result_too_large_for_an_isolate_is_refused_with_advice(guest: Guest) -> None:
    guest.peer.responders["rows"] = lambda call, _: reply(call, "x" * (17 * 2**20))
    told = guest.failure("await exec('rows')")
    assert told.kind == "ValueError"
    assert "page" in told.hint


# waiting


def test_gather_returns_the_results_in_order_while_all_wait_together(guest: Guest) -> None:
    source = "async def f(n):\n await exec('sleep', 20)\n return n\nawait gather(exec('echo', 1), f(2), f(3), exec('sleep', 10))"
    assert guest.value(source) == [[1], 2, 3, None]
    assert guest.peer.types() == ["echo", "sleep", "sleep", "sleep"]


def test_gather_fails_with_the_first_failure_and_the_others_run_on(guest: Guest) -> None:
    source = (
        "done = []\nasync def f():\n await exec('sleep', 20)\n done.append(1)\n"
        "try:\n await gather(f(), exec('fail'))\nexcept PermissionError:\n done.append(0)\n0"
    )
    assert guest.value(source) == 0
    assert guest.value("done", append=True) == [0, 1]


def test_gather_of_nothing_is_an_empty_list(guest: Guest) -> None:
    assert guest.value("await gather()") == []


def test_gather_takes_nothing_but_what_can_be_awaited(guest: Guest) -> None:
    assert "not int" in guest.failure("await gather(1)").message


def test_a_failure_inside_an_unawaited_gather_is_not_lost(guest: Guest) -> None:
    assert guest.failure("gather(exec('fail'))\n1").kind == "PermissionError"


def test_awaiting_what_is_not_ours_is_a_type_error(guest: Guest) -> None:
    source = "class A:\n def __await__(self):\n  yield 5\ntry:\n await A()\nexcept TypeError as e:\n x = str(e)\nx"
    assert "can be awaited" in str(guest.value(source))


def test_a_returned_awaitable_is_awaited(guest: Guest) -> None:
    guest.load("exec('register-operation', {'id': 'a', 'handler': lambda options: exec('echo', options)})\n1")
    assert value(guest.invoke(1, {"a": 1})) == [{"a": 1}]
    assert guest.value("exec('echo', 2)", append=True) == [2]


def test_handlers_are_interleaved_and_called_back_while_their_caller_waits(guest: Guest) -> None:
    async def nested(call: wire.Call, invocation: Invocation) -> wire.Reply:
        done = await guest.isolate.invoke(2, call.args, cause=invocation.cause, wall=5, busy=5)
        return reply(call, value(done))

    guest.peer.responders["nest"] = nested
    guest.load(
        "async def outer(x): return ['outer', await exec('nest', x)]\n"
        "async def inner(x):\n await exec('sleep', 5)\n return ['inner', x]\n"
        "for each in (outer, inner): exec('register-operation', {'id': 'x', 'handler': each})\n1"
    )

    async def both() -> list[wire.Done]:
        return list(await asyncio.gather(*(guest.invoking(1, n) for n in range(5))))

    assert [value(done) for done in guest.pool.run(both())] == [["outer", ["inner", n]] for n in range(5)]


def test_a_log_call_does_not_run_other_handlers_in_between(guest: Guest) -> None:
    guest.load(
        "seen = []\ndef f(x):\n seen.append(x)\n exec('log', 'a')\n exec('log', 'b')\n seen.append(x)\n return seen[-2:]\n"
        "exec('register-operation', {'id': 'x', 'handler': f})\n1"
    )

    async def both() -> list[wire.Done]:
        return list(await asyncio.gather(*(guest.invoking(1, n) for n in range(20))))

    assert [value(done) for done in guest.pool.run(both())] == [[n, n] for n in range(20)]


# handlers

META = {"event": "items.create", "collection": "a", "payload": {"p": 1}}
CONTEXT = {"accountability": {"role": "r"}}


@pytest.mark.parametrize(
    ("handler", "given"),
    [
        ("lambda: ['none']", ["none"]),
        ("lambda payload: [payload]", [{"p": 1}]),
        ("lambda payload, context: [payload, context]", [{"p": 1}, {**META, **CONTEXT}]),
        ("lambda payload, meta, context: [payload, meta, context]", [{"p": 1}, META, CONTEXT]),
        ("lambda payload, meta=0, context=0: [payload, meta, context]", [{"p": 1}, META, CONTEXT]),
        ("lambda *a: a", [{"p": 1}, META, CONTEXT]),
    ],
)
@pytest.mark.parametrize("kind", ["register-filter", "register-action"])
def test_a_hook_gets_as_many_arguments_as_it_takes(guest: Guest, kind: str, handler: str, given: object) -> None:
    guest.load(f"exec({kind!r}, {{'event': 'x', 'handler': {handler}}})\n1")
    assert value(guest.invoke(1, {"p": 1}, META, CONTEXT)) == given


@pytest.mark.parametrize(("kind", "given"), [("register-filter", {"p": 1}), ("register-action", META)])
def test_in_the_api_style_a_hook_gets_one_argument(guest: Guest, kind: str, given: object) -> None:
    guest.load(f"exec({kind!r}, {{'event': 'x', 'handler': lambda *a: a}})\n1", style="api")
    assert value(guest.invoke(1, {"p": 1}, META, CONTEXT)) == [given]


@pytest.mark.parametrize("handler", ["lambda: 1", "lambda request: 1", "lambda *a: len(a)"])
def test_an_endpoint_or_operation_gets_its_one_argument_if_it_takes_one(guest: Guest, handler: str) -> None:
    guest.load(f"exec('register-endpoint', {{'path': '/', 'handler': {handler}}})\n1")
    assert value(guest.invoke(1, {"url": "/"})) == 1


def test_a_registration_carries_the_number_of_its_handler(guest: Guest) -> None:
    guest.load("for p in 'ab': exec('register-endpoint', {'path': p, 'handler': print})\n1")
    assert [call.args for call in guest.peer.calls] == [
        [{"path": "a", "handler": {"handler": 1}}],
        [{"path": "b", "handler": {"handler": 2}}],
    ]


@pytest.mark.parametrize("number", [0, -1, 2, 10**9])
def test_a_handler_that_was_not_registered_is_a_failure(guest: Guest, number: int) -> None:
    guest.load("exec('register-operation', {'id': 'x', 'handler': print})\n1")
    assert failure(guest.invoke(number, 1)).kind == "LookupError"


# default exports


def test_a_default_endpoint_registers_routes_by_call_and_by_decorator(guest: Guest) -> None:
    guest.load(
        "def default(router):\n"
        " for each in ('get', 'post', 'put', 'patch', 'delete'):\n"
        "  getattr(router, each)('/' + each, lambda request: request)\n"
        " @router.get('/x')\n async def x(request): return await exec('echo', 1)\n x",
        type="endpoint",
    )
    sent = [call.args[0] for call in guest.peer.calls]
    assert sent == [
        *(
            {"path": f"/{each.lower()}", "method": each, "style": "router", "handler": {"handler": n}}
            for n, each in enumerate(("GET", "POST", "PUT", "PATCH", "DELETE"), 1)
        ),
        {"path": "/x", "method": "GET", "style": "router", "handler": {"handler": 6}},
    ]
    assert value(guest.invoke(6, {})) == [1]


@pytest.mark.parametrize("parameters", ["filter, action", "action, filter", "filter", "action", ""])
def test_a_default_hook_is_given_what_its_parameters_name(guest: Guest, parameters: str) -> None:
    body = "".join(f" {name}('items.create', lambda x: x)\n" for name in parameters.split(", ") if name)
    guest.load(f"def default({parameters}):\n{body} pass", type="hook")
    assert guest.peer.types() == [f"register-{name}" for name in parameters.split(", ") if name]
    assert all(call.args[0]["style"] == "default" for call in guest.peer.calls)  # type: ignore[index]


def test_a_default_operation_is_an_id_and_a_handler(guest: Guest) -> None:
    guest.load("default = {'id': 'custom', 'handler': lambda options: options}", type="operation")
    assert guest.peer.calls[0].args == [{"id": "custom", "style": "default", "handler": {"handler": 1}}]
    assert value(guest.invoke(1, {"a": 1})) == {"a": 1}


@pytest.mark.parametrize(
    ("type", "source", "told"),
    [
        ("endpoint", "1", "extensionExport is not a function"),
        ("hook", "default = 5", "extensionExport is not a function"),
        ("operation", "default = 5", "extensionExport is not an object"),
        ("operation", "default = {'handler': print}", "Operation config id has to be of type string"),
        ("operation", "default = {'id': 'x'}", "Operation config handler has to be of type function"),
        ("hook", "def default(init): pass", "init is not a function"),
        ("hook", "def default(filter): filter(5, print)", "Filter event has to be of type string"),
        ("hook", "def default(filter): filter('x', 5)", "Filter handler has to be of type function"),
        ("hook", "def default(action): action(None, print)", "Action event has to be of type string"),
        ("hook", "def default(action): action('x', None)", "Action handler has to be of type function"),
        ("endpoint", "def default(router): router.get(5, print)", "Route path has to be of type string"),
        ("endpoint", "def default(router): router.get('/', 5)", "Route handler has to be of type function"),
    ],
)
def test_a_wrong_default_export_is_told_in_the_words_of_directus(
    guest: Guest,
    type: str,  # noqa: A002
    source: str,
    told: str,
) -> None:
    error = guest.failure(source, type=type)
    assert (error.kind, error.message) == ("TypeError", told)


def test_a_refused_registration_of_a_default_export_is_raised_at_its_line(guest: Guest) -> None:
    guest.peer.responders["register-endpoint"] = lambda call, _: wire.Refuse(call.id, "ValueError", "no")
    assert guest.failure("def default(router):\n router.get('/', print)", type="endpoint").line == 2


def test_a_type_without_a_default_export_is_fine_if_the_cell_registers_by_itself(guest: Guest) -> None:
    guest.value("exec('register-endpoint', {'path': '/', 'handler': print})\n1", type="endpoint")


def test_the_api_sends_calls_of_its_own_kind(guest: Guest) -> None:
    guest.load("log('a')\nawait sleep(1)\nawait request('https://x')", style="api")
    assert guest.peer.types() == ["api:log", "api:sleep", "api:request"]
    assert "forgot await before request()?" in guest.failure("request('https://x').data", style="api").message


# print


class Ordered(Peer):
    """Notes calls and printed text in one list."""

    def __init__(self) -> None:
        super().__init__()
        self.order: list[str] = []

    def on_call(self, call: wire.Call, invocation: Invocation) -> wire.Reply:
        self.order.append(call.type)
        return reply(call)

    def on_output(self, invocation: Invocation, text: str) -> None:
        self.order.append(text)


def test_print_keeps_its_place_among_the_calls(pool: IsolatePool) -> None:
    peer = Ordered()
    guest = Guest(pool, peer)
    guest.load("print('a', 1, sep='-', end='.')\nexec('log', 'x')\nprint('b')")
    assert peer.order == ["a-1.", "log", "b\n"]
    guest.end()


def test_print_of_what_utf8_cannot_carry_is_escaped(guest: Guest) -> None:
    guest.load("print('\\ud800')")
    assert guest.peer.printed == "\\ud800\n"


def test_escaped_text_counts_as_what_is_sent(guest: Guest) -> None:
    guest.load("print('\\ud800' * 1_000_000)")
    assert len(guest.peer.printed) <= SETTINGS.stdout


def test_print_is_cut_at_the_limit_and_says_so(guest: Guest) -> None:
    guest.load("print('x' * 3_000_000)")
    printed = guest.peer.printed
    assert len(printed) <= SETTINGS.stdout
    assert printed.endswith("more characters were printed and cut\n")


def test_a_million_printed_lines_are_few_frames_and_a_bounded_text(guest: Guest) -> None:
    guest.load("for n in range(1_000_000): print('line', n)")
    assert len(guest.peer.printed) <= SETTINGS.stdout
    assert len(guest.peer.output) < 200
    guest.load("print('again')")
    assert guest.peer.printed.endswith("cut\nagain\n")


# failures


def test_a_failure_tells_kind_message_line_and_the_stack_of_the_cell_alone(guest: Guest) -> None:
    told = guest.failure("def f(x):\n return x / 0\n\nf(1)")
    assert (told.kind, told.message, told.line) == ("ZeroDivisionError", "division by zero", 2)
    assert told.frames == [wire.Frame("<cell>", 4), wire.Frame("f", 2)]


def test_a_syntax_error_is_marked_with_its_column(guest: Guest) -> None:
    told = guest.failure("x = 1\ny = = 2")
    assert (told.kind, told.syntax, told.line, told.column) == ("SyntaxError", True, 2, 5)


def test_a_message_that_raises_or_is_endless_is_cut(guest: Guest) -> None:
    assert (
        "raised KeyError" in guest.failure("class E(Exception):\n def __str__(self): raise KeyError\nraise E").message
    )
    assert len(guest.failure("raise ValueError('x' * 1_000_000)").message) < 5_000
    assert guest.failure("raise ValueError('\\ud800')").message == "\\ud800"


@pytest.mark.parametrize(
    "error", ["SystemExit(3)", "KeyboardInterrupt", "GeneratorExit", "BaseException", "StopIteration"]
)
def test_no_exception_of_a_cell_ends_the_guest(guest: Guest, error: str) -> None:
    assert guest.failure(f"raise {error}").kind
    assert guest.value("1 + 1") == 2


def test_made_up_attributes_of_an_exception_are_taken_only_in_the_right_type(guest: Guest) -> None:
    told = guest.failure("e = ValueError('x')\ne.reason = 5\ne.status = 'x'\ne.data = {1: 2}\ne.hint = []\nraise e")
    assert (told.reason, told.status, told.data, told.hint) == ("", 0, msgspec.Raw(b"null"), "")


def test_a_cell_that_swallows_everything_still_gets_its_answers(guest: Guest) -> None:
    source = "n = 0\nfor _ in range(50):\n try:\n  await exec('fail')\n except BaseException:\n  n += 1\nn"
    assert guest.value(source) == 50


def test_calls_outside_of_any_run_are_refused(guest: Guest) -> None:
    guest.load("class E(Exception):\n def __str__(self):\n  exec('log', 'x')\n  return 'sent'\nraise E")
    assert guest.peer.calls == []


def test_out_of_memory_in_a_handler_is_an_ordinary_failure(pool: IsolatePool) -> None:
    guest = Guest(pool, memory=16)
    guest.load(
        "def f(x):\n kept = []\n while True: kept.append('x' * 100_000)\n"
        "exec('register-operation', {'id': 'x', 'handler': f})\n"
        "exec('register-operation', {'id': 'y', 'handler': lambda x: bytearray(10**9)})\n"
        "exec('register-operation', {'id': 'z', 'handler': lambda x: 'x' * 1_000_000})\n1"
    )
    for _ in range(5):
        assert failure(guest.invoke(1, 1)).kind == "MemoryError"
        told = failure(guest.invoke(2, 1))
        assert (told.kind, told.message) == ("MemoryError", "the memory limit is reached")
        assert "--memory" in told.hint
        assert len(str(value(guest.invoke(3, 1)))) == 1_000_000
    guest.end()


def test_an_answer_that_finds_no_memory_fails_its_call_alone(pool: IsolatePool) -> None:
    guest = Guest(pool, Peer(big=lambda call, _: reply(call, "x" * (15 * 2**20))), memory=16)
    source = "try:\n await exec('big')\nexcept MemoryError as e:\n x = str(e)\n[x, await exec('echo', 1)]"
    for _ in range(3):
        assert guest.value(source) == ["no memory for the result of the call", [1]]
    guest.end()


def test_arguments_that_find_no_memory_fail_their_handler_alone(pool: IsolatePool) -> None:
    guest = Guest(pool, memory=16)
    guest.load("exec('register-operation', {'id': 'x', 'handler': len})\n1")
    assert failure(guest.invoke(1, "x" * (15 * 2**20))).kind == "MemoryError"
    assert guest.value("2") == 2
    guest.end()


def test_endless_recursion_is_an_ordinary_failure(guest: Guest) -> None:
    told = guest.failure("def f(): return f()\nf()")
    assert told.kind == "RecursionError"
    assert len(told.frames) == 50
    assert guest.value("1") == 1
