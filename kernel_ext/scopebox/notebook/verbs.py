"""What the verbs of ``%sandbox`` do. Each returns something that shows itself; its ``value`` is the same as data."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar

from scopebox.errors import ScopeboxError
from scopebox.notebook.argument_values import data_of, extension_of, is_json, mapping_of
from scopebox.notebook.decisions import decide
from scopebox.server.version import DIRECTUS
from scopebox.text.messages import hint, quote, remedy
from scopebox.views.parts import Block, Line, Link, View
from scopebox.vocabulary import ITEM_EVENTS, METHODS
from scopebox.workbench.typed_in import header_of

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterable

    from scopebox.journal.records import CallRecord, LogRecord
    from scopebox.network.mocks import MockOptions
    from scopebox.notebook.session import Session, Shown
    from scopebox.sandbox.sandbox import Sandbox

SENT: Final = (*METHODS, "HEAD", "OPTIONS", "SEARCH")  # methods of requests
R = TypeVar("R", "LogRecord", "CallRecord")
PANEL: Final = "scopebox.panel"  # the group of the entry point


def show_list(session: Session, options: Namespace) -> View:
    """List everything, or one extension with its permissions."""
    from scopebox.sandbox.views import list_view  # noqa: PLC0415 - loaded when something is shown

    box = session.box
    if options.extension is not None:
        return extension_of(box, options.extension).view()
    return list_view(box.services.registry, box.extensions, box)


def grant(session: Session, options: Namespace) -> View:
    """Grant optional permissions from the next call on."""
    return decide(session, options.words, granted=True)


def deny(session: Session, options: Namespace) -> View:
    """Deny optional permissions from the next call on."""
    return decide(session, options.words, granted=False)


def show_log(session: Session, options: Namespace) -> View:
    """Show the newest log lines."""
    from scopebox.journal.views import log_view  # noqa: PLC0415 - loaded when something is shown

    log = session.box.log
    if options.jsonl is not None:
        return View((Line(f"Wrote {len(log):,} lines to {log.export(options.jsonl)}"),))
    if options.clear:
        log.clear()
    return log_view(_records_of(session, log, options.extension), options.last)


def show_trace(session: Session, options: Namespace) -> View:
    """Show the newest calls."""
    from scopebox.journal.views import trace_view  # noqa: PLC0415 - loaded when something is shown

    trace = session.box.trace
    if options.jsonl is not None:
        return View((Line(f"Wrote {len(trace):,} calls to {trace.export(options.jsonl)}"),))
    if options.clear:
        trace.clear()
    return trace_view(_records_of(session, trace, options.extension), options.last)


def _records_of(session: Session, records: Iterable[R], name: str | None) -> list[R]:
    """Return the records of an extension, all of them for None; LookupError for a name that none has, here or in the records."""
    kept = list(records)
    names = {record.extension for record in kept if record.extension} | set(session.box.extensions)
    if name is not None and name not in names:
        raise LookupError(f"There is no extension {quote(name)}; {remedy(name, sorted(names))}")
    return [record for record in kept if name in (None, record.extension)]


def request(session: Session, options: Namespace) -> View:
    """Send a request to an endpoint or to the items API."""
    from scopebox.notebook.next_steps import after_answer  # noqa: PLC0415 - as above
    from scopebox.notebook.views import response_view  # noqa: PLC0415 - loaded when something is shown
    from scopebox.server.paths import mount_of  # noqa: PLC0415 - loading the magics must be quick
    from scopebox.workbench.tokens import token_of  # noqa: PLC0415 - as above

    headers = dict(header_of(text) for text in options.header)
    if options.role is not None:
        headers["Authorization"] = f"Bearer {token_of(session.box.store.access, options.role)}"
    content: dict[str, object] = {}
    if options.body is not None:
        content = (
            {"json": data_of(session, options.body)} if is_json(session, options.body) else {"content": options.body}
        )
    method = options.method.upper()
    if method not in SENT:
        raise ScopeboxError(f"{quote(options.method)} is not an HTTP method", hint=hint(method, SENT))
    if "://" in options.path.partition("?")[0]:
        raise ScopeboxError(
            f"{quote(options.path)} is a URL: a request goes to this sandbox alone",
            hint="Give the path, as in %sandbox request GET /items/articles. Extensions send requests to URLs.",
        )
    response = session.box.request(method, options.path, headers=headers, **content)
    path = response.request.url.raw_path.partition(b"?")[0].decode()
    name, below = mount_of(path)
    too_long = response.status_code == HTTPStatus.REQUEST_URI_TOO_LONG  # to be looked for among the endpoints
    endpoint = None if too_long else session.box.services.registry.find_endpoint(name, method, below)
    signed_in = any(name.lower() == "authorization" for name in headers)
    step = after_answer(session.box, method, path, response.status_code, signed_in=signed_in)
    return response_view(response, None if endpoint is None else endpoint.usage.error, step)


def run_operation(session: Session, options: Namespace) -> View:
    """Run an operation."""
    return _value(session.box.run_operation(options.operation, data_of(session, options.data)))


def emit(session: Session, options: Namespace) -> View:
    """Send an event through the filters, or to the actions, that listen to it."""
    from scopebox.notebook.next_steps import after_event, after_filter  # noqa: PLC0415 - loading must be quick

    box = session.box
    accountability = None if options.role is None else box.store.access.for_role(options.role)
    payload, meta = data_of(session, options.payload), dict(mapping_of(session, options.meta))
    if options.collection is not None:
        meta["collection"] = options.collection
    scope, _, event = options.event.partition(".")
    if event in ITEM_EVENTS and scope in box.store.schema.collections:  # a Directus always says of which it is
        meta.setdefault("collection", scope)
    unheard = after_event(box, options.kind, options.event, meta)
    if options.kind == "filter":
        result = box.emit_filter(options.event, payload, meta, accountability)
        return _value(result, unheard or after_filter(payload, result))
    box.emit_action(options.event, meta if payload is None else {"payload": payload, **meta}, accountability)
    return View((Line(unheard or f"The actions of {options.event} have ended, see %sandbox log"),))


def mock(session: Session, options: Namespace) -> View:
    """Answer requests of extensions here, in place of the network."""
    from scopebox.notebook.views import mocks_view  # noqa: PLC0415 - loaded when something is shown

    mocks = session.box.mocks
    if options.clear:
        if options.method is not None:
            raise ScopeboxError(
                "--clear forgets all answers, and takes nothing else", hint="Leave the rest out, or --clear."
            )
        mocks.clear()
        return View((Line("No mocks are left: requests go to the network"),))
    if options.trace is not None:
        replay = mocks.load(options.trace)
        return View((*mocks_view(mocks).parts, *(Line(note, "warning") for note in replay.notes)), replay)
    if options.method is None:
        return mocks_view(mocks)
    if options.url is None:
        raise ScopeboxError(
            "A mock needs a method and a URL", hint="For example: %sandbox mock GET https://api.example.com/* {}"
        )
    answer: MockOptions = {"status": options.status, "headers": dict(header_of(text) for text in options.header)}
    if options.body is not None:
        if is_json(session, options.body):
            answer["json"] = data_of(session, options.body)
        else:
            answer["text"] = options.body
    session.box.mock(options.method.upper(), options.url, **answer)
    return View((Line(f"{options.method.upper()} {options.url} is answered here with {options.status}"),))


def schema(session: Session, options: Namespace) -> View:
    """Show the collections, or one of them, with fields and relations."""
    from scopebox.store.views.schema import collection_view, schema_view  # noqa: PLC0415 - loaded when something is shown

    store = session.box.store
    known = store.schema.all
    if options.collection is None:
        return schema_view(store.schema, {name: store.count(name) for name in known}, store.notes)
    if options.collection not in known:
        raise LookupError(f"There is no collection {quote(options.collection)}; {remedy(options.collection, known)}")
    return collection_view(store.schema, known[options.collection], store.count(options.collection), store.notes)


def roles(session: Session, options: Namespace) -> View:
    """Show what each role may do, or one of them."""
    from scopebox.store.views.roles import roles_view  # noqa: PLC0415 - loaded when something is shown

    return roles_view(session.box.store.access, options.role)


def suggest(session: Session, options: Namespace) -> View:
    """Show what could go from a manifest, as far as the runs tell."""
    from scopebox.extension.least_privilege import suggest as suggestion_for  # noqa: PLC0415 - loaded when it is needed

    trace = session.box.trace
    found = suggestion_for(extension_of(session.box, options.extension), trace, dropped=trace.dropped)
    return View((Block(found.text()),), found)


def export(session: Session, options: Namespace) -> object:
    """Write an extension as a Directus loads it, or show its package.json and what a Directus does not have."""
    from scopebox.directus.portability import export_view  # noqa: PLC0415 - loaded when it is needed

    extension = extension_of(session.box, options.extension)
    if options.to is None:
        if options.permissions or options.force or options.allow_recursion:
            raise ScopeboxError("There is no folder to write to", hint="Add --to DIR, or leave the other options out.")
        return export_view(extension)
    return session.box.export(
        extension.name,
        options.to,
        force=options.force,
        permissions=options.permissions,
        allow_recursion=options.allow_recursion,
        url=options.url,
    )


def unload(session: Session, options: Namespace) -> View:
    """Stop an extension and forget what it registered."""
    name = extension_of(session.box, options.extension).name
    session.box.unload(name)
    return View((Line(f"{name} is unloaded, and with it all that it registered"),))


def reset(session: Session, options: Namespace) -> View:
    """End everything and start again with the sample blog, or with a project."""
    gone = ", ".join(session.box.extensions)
    box = session.reset(options.project)
    what = "the sample blog" if options.project is None else f"the project in {options.project}"
    cells = f" Its extensions are unloaded, run their cells again: {gone}." if gone else ""
    done = f"A new sandbox with {what}; the old one is closed.{cells} If you kept it: box = %sandbox"
    if options.project is None:  # the sample is made when it is needed first, and has nothing to tell
        return View((Line(done),))
    layout = (Line(f"Read from {box.store.layout}", "muted"),) if box.store.layout else ()
    return View((Line(done), *layout, *(Line(note, "warning") for note in box.store.notes)))


def serve(session: Session, options: Namespace) -> View:
    """Serve the endpoints and the items API over HTTP on this machine."""
    if session.server is not None and (options.stop or options.port or options.cors):
        session.server.stop()
        session.server = None
    if options.stop:
        return View((Line("Nothing is served"),))
    if session.server is None:
        session.server = session.box.serve(options.port, cors=tuple(options.cors))
    local = session.server.url
    url = session.server.public_url or local
    links = [Link("Serving", url), *(Link(entry.method, f"{url}{entry.path}") for entry in session.box.endpoints[:10])]
    behind = [Line(note) for note in session.server.notes]
    return View((*links, *behind), session.server)


def doctor(session: Session, _: Namespace) -> View:
    """Say what isolates extensions on this machine, and try it, and which Directus is answered as."""
    report = session.box.pool.examine()
    answers = Line(f"Items and routes are answered as by Directus {DIRECTUS}")
    return View((*report.view().parts, answers), report)


def panel(session: Session, _: Namespace) -> object:
    """Show the panel; the same one every time, as one is enough to follow the sandbox."""
    if session.panel is None:
        session.panel = _panel_class()(session.box)
    return session.panel


def _panel_class() -> Callable[[Sandbox], Shown]:
    """Return what makes the panel: the entry point of the widgets, which the magics do not need."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - loading the magics must be quick

    found = next(iter(entry_points(group=PANEL)), None)
    if found is None:
        raise ScopeboxError("The panel is not installed", hint="pip install scopebox")
    try:
        made: Callable[[Sandbox], Shown] = found.load()
    except ImportError as error:
        raise ScopeboxError(f"The panel cannot be loaded: {error}", hint="pip install ipywidgets") from None
    return made


def _value(value: object, step: str = "") -> View:
    from scopebox.views.data import Data  # noqa: PLC0415 - loaded when something is shown

    return View((Data(value, as_json=True), *((Line(step, "muted"),) if step else ())), value)
