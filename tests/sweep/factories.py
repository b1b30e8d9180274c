"""What methods are called on, and what functions are given beside their text: one of each class, made without a guest or a network."""

from __future__ import annotations

import asyncio
import functools
import re
import shutil
import tempfile
import zlib
from argparse import Action
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Final, cast

import httpx
import ipywidgets
import yaml
from msgspec import Raw
from scopebox.chains.chain import Cause, Chain
from scopebox.directus.description import Table
from scopebox.directus.export.cell import Cell
from scopebox.directus.export.parts import Part
from scopebox.directus.export.shim import Needs
from scopebox.directus.sample import Sample
from scopebox.errors import IsolationError, ManifestError, ScopeboxError
from scopebox.execution_types.caller import CallContext
from scopebox.extension.advice.named import Named
from scopebox.extension.advice.needs import Asked as AskedOfItems
from scopebox.extension.extension import Extension
from scopebox.extension.limits import Limits
from scopebox.extension.loaded import Loaded
from scopebox.extension.printed import PrintedText
from scopebox.extension.running import _Marks
from scopebox.extension.trying import Trials
from scopebox.grants.grants import Grants
from scopebox.isolate.pool import IsolatePool
from scopebox.journal.log import Log
from scopebox.journal.records import CallRecord
from scopebox.journal.trace import Trace
from scopebox.languages import DEFAULT_LANGUAGE, LANGUAGES
from scopebox.languages import Language as CellLanguage
from scopebox.manifest.manifest import Manifest
from scopebox.manifest.object_notation import _Reader as NotationReader
from scopebox.manifest.permission import Permission
from scopebox.manifest.writing import Document
from scopebox.network.allowed import Allowed
from scopebox.network.mocks import Content, Mocks
from scopebox.network.outgoing import Outgoing
from scopebox.network.redaction import Redaction, Redactor, _Escapes, _Needle
from scopebox.network.redaction import _Reading as RedactedReading
from scopebox.network.requester import Exchange, Requester
from scopebox.network.response import BodyReader, Response, Take, untaken
from scopebox.network.results import _Sink
from scopebox.network.secrets import Secrets
from scopebox.network.shares import Share, Shares
from scopebox.notebook.arguments import CellOptions, Parser, cell_parser
from scopebox.notebook.completion.cursor import Place
from scopebox.notebook.completion.javascript_cursor import place_of
from scopebox.notebook.completion.language import Language
from scopebox.notebook.completion.matcher import Completion
from scopebox.notebook.completion.slots import Slot
from scopebox.notebook.inspection.body_pages import Asked as AskedOfCell
from scopebox.notebook.inspection.inspection import Inspection
from scopebox.notebook.inspection.pages import Page
from scopebox.notebook.inspection.pages import Rows as RowsOfHelp
from scopebox.notebook.inspection.rights import Rights
from scopebox.notebook.mistyped import Parser as MagicParser
from scopebox.notebook.secret_file import SecretFile
from scopebox.notebook.session import Session as NotebookSession
from scopebox.notebook.words import _Word
from scopebox.packages.archive import Archive
from scopebox.packages.code import Facts, facts_of
from scopebox.packages.files import Content as FileContent
from scopebox.packages.files import Files as PackageFiles
from scopebox.packages.files import Folder as PackageFolder
from scopebox.packages.files import Readable, Unlisted
from scopebox.packages.package import Half, Package, read_package
from scopebox.packages.package import _Reading as PackageReading
from scopebox.registry import expressions
from scopebox.registry.emitter import Events
from scopebox.registry.kept import InFilters, Told
from scopebox.registry.registrations import Endpoint as HttpEndpoint
from scopebox.registry.registrations import Hook, NewestErrors, Returned, Usage
from scopebox.registry.registry import Registrations, Registry
from scopebox.registry.routes import PathPattern, PathTable
from scopebox.registry.separators import Following
from scopebox.sandbox.sandbox import Sandbox
from scopebox.server.app import SandboxApp
from scopebox.server.budget import Budget, Room
from scopebox.server.cors import Cors
from scopebox.server.exports.content import Items
from scopebox.server.exports.content import Text as FileText
from scopebox.server.exports.export import FORMATS, Format
from scopebox.server.framing import Framing
from scopebox.server.hub import Hub
from scopebox.server.query_string import _Overgrown
from scopebox.server.routes.route import Asked
from scopebox.server.routes.sight import Sight
from scopebox.services import Services
from scopebox.settings import Settings
from scopebox.store.access.access import Access
from scopebox.store.access.access_file import _Reader as AccessReader
from scopebox.store.access.access_tokens import AccessTokens
from scopebox.store.access.enough import Need
from scopebox.store.access.entries import PARTS, Entry, References
from scopebox.store.access.item_rules import ItemRules
from scopebox.store.access.lasting_rules import LastingRules
from scopebox.store.access.records import AccessRule, Accountability, Policy, Role, User
from scopebox.store.access.sessions import Granted, Sessions
from scopebox.store.access.sessions import Session as LoginSession
from scopebox.store.access.variables import Variables
from scopebox.store.collections import Collections
from scopebox.store.database.clock import Clock
from scopebox.store.database.estimates import Estimates
from scopebox.store.database.held import Account as HeldAccount
from scopebox.store.database.held import Held
from scopebox.store.database.lengths import Lengths
from scopebox.store.database.session import Session
from scopebox.store.database.statements import Statements
from scopebox.store.emitter import Silence
from scopebox.store.items import ItemsService, Made
from scopebox.store.query import patterns, validation_rules
from scopebox.store.query.filters import Variables as AnyVariables
from scopebox.store.query.filters import _Resolver
from scopebox.store.query.patterns import Re2 as RuleRe2
from scopebox.store.query.query import Query
from scopebox.store.query.tally import Tally
from scopebox.store.reading.aggregates import _Compiler as AggregateCompiler
from scopebox.store.reading.asker import _Asker
from scopebox.store.reading.attached import Attached
from scopebox.store.reading.compiled import Plan as ReadPlan
from scopebox.store.reading.conditions import Conditions, Order, rule_sql
from scopebox.store.reading.contained import Contained, Lists
from scopebox.store.reading.covering import Covering
from scopebox.store.reading.first_rows import FirstOfLists
from scopebox.store.reading.joined import Joins
from scopebox.store.reading.levels import Compiler as LevelCompiler
from scopebox.store.reading.looks import Looked, Looks
from scopebox.store.reading.memory import Tables
from scopebox.store.reading.paging import SortKeys, Window, window
from scopebox.store.reading.plans import Plans
from scopebox.store.reading.reader import Reader
from scopebox.store.reading.request import Request, Rows
from scopebox.store.reading.returned import Returned as ReturnedItems
from scopebox.store.reading.returned import _Literals
from scopebox.store.reading.rights import Cases, FieldMap, ReadRights
from scopebox.store.reading.ruled import Ruled
from scopebox.store.reading.rules import Rules
from scopebox.store.reading.searched import Narrowed, Search
from scopebox.store.reading.selection import Selector, Wanted
from scopebox.store.reading.size import Size
from scopebox.store.reading.sorted_texts import SortedTexts
from scopebox.store.reading.source import Source, Statement
from scopebox.store.reading.tree import Column, Level
from scopebox.store.reading.weights import Scale, longest
from scopebox.store.schema.records import Records
from scopebox.store.schema.schema import Collection, Field, HeldType, Relation, Schema
from scopebox.store.sources import layout as layouts
from scopebox.store.sources.csv_file import _Reader as CsvReader
from scopebox.store.sources.entries import Entries
from scopebox.store.sources.files import Folder
from scopebox.store.sources.item_files import Intake
from scopebox.store.sources.item_sources import Items as ItemSource
from scopebox.store.sources.item_sources import Listed
from scopebox.store.sources.layout import Layout
from scopebox.store.sources.project import Project
from scopebox.store.sources.pulled import Options
from scopebox.store.sources.pulled_names import ItemFiles
from scopebox.store.sources.snapshot_fields import Fields as FieldsOfSnapshot
from scopebox.store.sources.snapshot_fields import Sides
from scopebox.store.sources.yaml_file import _Builder
from scopebox.store.store import Store
from scopebox.store.values.rows import Casts, Row, casts_of
from scopebox.store.views.relations import Relations
from scopebox.store.writing.basis import StoreVersion
from scopebox.store.writing.numbering import Numbers
from scopebox.store.writing.places import Outside
from scopebox.store.writing.plan import Plan
from scopebox.store.writing.planner import Planner
from scopebox.store.writing.replay import HookReplay
from scopebox.store.writing.rights import WriteRights, WriteRule
from scopebox.store.writing.validation import Patterns, _Check
from scopebox.store.writing.volume import Volume
from scopebox.text.literals import _Writer
from scopebox.text.notes import Notes
from scopebox.text.notes import _Places as Places
from scopebox.urls.patterns import Glob, UrlPattern
from scopebox.urls.re2 import Re2
from scopebox.urls.url import ParsedUrl, parse_url
from scopebox.views.html import Markup
from scopebox.workbench.review.account import Account, account_of_package
from scopebox.workbench.review.plan import MockOf, RequestOf
from scopebox.workbench.review.plan import Plan as ReviewPlan
from scopebox.workbench.tryout import Rehearsal
from scopebox_guest.javascript.outlined import Outline
from scopebox_guest.javascript.source.tokens import Token
from scopebox_widgets.changed_items import Changes, Snapshot
from scopebox_widgets.diagram import Box, Drawing, Seen
from scopebox_widgets.overview import Look
from scopebox_widgets.permissions import Permissions
from scopebox_widgets.registrations import ENDPOINTS, Kind
from scopebox_widgets.registrations import Entry as Registration
from scopebox_widgets.tabs import Tabs
from scopebox_widgets.timeline_layout import Stretch
from scopebox_widgets.view import View, Voice
from starlette.datastructures import Headers
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse

from tests import packages
from tests.stores import PROJECT

NAME: Final = "articles"
LIMIT: Final = 1_000_000


@functools.cache
def store() -> Store:
    """Return the recorded dataset, one for all: what the text does to it is refused."""
    return Store.from_project(PROJECT)


@functools.cache
def sandbox() -> Sandbox:
    """Return a sandbox that has nothing to run."""
    settings = Settings(spares=0, isolation="language")
    return Sandbox(store(), settings=settings, pool=IsolatePool(settings))


def close() -> None:
    """Close what was made once for all."""
    if sandbox.cache_info().currsize:
        sandbox().pool.close()
        sandbox().close()
    if store.cache_info().currsize:
        store().close()
    if _packages.cache_info().currsize:
        shutil.rmtree(_packages())
    for made in (sandbox, store, _session, _packages, _folder, _archive):
        made.cache_clear()


def _collection() -> Collection:
    return store().schema.collections[NAME]


def _variables() -> Variables:
    return Variables(store().access, store().access.for_role("reader"), datetime(2026, 1, 1, tzinfo=UTC))


def _rights() -> ReadRights:
    return ReadRights(store().schema, store().access, _variables())


def _level() -> Level:
    return Selector(store().schema, _rights()).tree(NAME, Query())


def _source() -> Source:
    return Source(Statement(_rights(), rule_sql), _collection())


@functools.cache
def _session() -> Session:
    return Session(Statements(store().database.cursor()), Clock(), Estimates(), Lengths())


def _asked() -> Asked:
    request = HttpRequest({"type": "http", "method": "GET", "path": "/a", "headers": []})
    chain = Chain.start("a", Settings())
    return Asked(request, store(), Silence(), chain, store().access.public(), {}, (NAME,), {})


def _extension() -> Extension:
    manifest = Manifest.read([{"permission": "read-items", "role": "admin"}])
    return Extension(
        sandbox().services,
        lambda _: None,
        "a",
        DEFAULT_LANGUAGE,
        "a",
        "a",
        manifest,
        Grants(manifest),
        Limits(busy=1.0, wall=1.0, memory=64),
    )


def _context() -> CallContext:
    cause = Cause(Chain.start("a", Settings()))
    permission = Permission("read-items", role="admin")
    return CallContext(_extension(), cause, permission, "exec", _handler)


async def _handler(number: int, args: list[object], cause: Cause, label: str) -> Returned:
    return Returned()


def _slot() -> Slot:
    return Slot("field", "a", place_of("f({a: [{b"), owner="articles")


def _planner() -> Planner:
    return Planner(store()._current(), Request(), HookReplay(), Outside(store().database))


def _rights_of_cell() -> Rights:
    return Rights(cast("NotebookSession", _notebook()), "a", "a")


def _notebook() -> object:
    """Return what completion needs of the session of a shell."""
    return SimpleNamespace(
        shell=SimpleNamespace(user_ns={"a": 1}, user_ns_hidden={}),
        ready_box=sandbox(),
        box=sandbox(),
        language=Language(),
        magics_config=SimpleNamespace(lang="js"),
        manifests={},
        decidable={},
        server=None,
        panel=None,
    )


@functools.cache
def _packages() -> Path:
    return Path(tempfile.mkdtemp(prefix="scopebox-sweep-"))


@functools.cache
def _folder() -> Path:
    return packages.folder(_packages() / "package")


@functools.cache
def _archive() -> Path:
    return packages.archive(_packages() / "package.tgz")


def _package() -> Package:
    return read_package(_folder())


FACTORIES: Final[Mapping[object, Callable[[], object]]] = {
    Budget: lambda: Budget(LIMIT, LIMIT),
    Room: lambda: Room(Budget(LIMIT, LIMIT)),
    CallContext: _context,
    Cell: lambda: Cell(_extension(), "", None),
    Column: lambda: Column("comments", "comments"),
    Needs: lambda: Needs(("log", "read-items", "update-items"), {"articles": "id"}),
    Outline: lambda: Outline("a", "a", "a", [], [], default=False, execs=1, calls=[], lost=[], options={}),
    Part: lambda: Part("a", "", "endpoint", routes=(("GET", "/"),)),
    CellLanguage: lambda: LANGUAGES["js"],
    Named: lambda: Named("read-items", "articles", (("title",), ("author", "name")), data=("title",)),
    Exception: lambda: ValueError("a"),
    ManifestError: lambda: ManifestError("a", place="permissions[0].role"),
    Markup: lambda: Markup("<p>a</p>"),
    PrintedText: PrintedText,
    httpx.Response: lambda: httpx.Response(200, json={"a": 1}),
    SecretFile: lambda: SecretFile(_folder()),
    AskedOfItems: lambda: AskedOfItems({"articles": {"title"}}),
    Need: lambda: Need("articles", "read", frozenset(["title"])),
    CallRecord: lambda: Trace(100).start(1, 0, "a", "a"),
    CellOptions: CellOptions,
    Changes: Changes,
    Completion: lambda: Completion(cast("NotebookSession", _notebook())),
    Document: lambda: Manifest.read([{"permission": "read-items", "role": "admin"}]),
    Archive: lambda: Archive(_archive()),
    Account: lambda: account_of_package(_package()),
    Facts: lambda: facts_of("a"),
    FileContent: lambda: FileContent(b"a", 1),
    Half: lambda: Half("a", 1, "a"),
    Package: _package,
    ReviewPlan: ReviewPlan,
    RequestOf: lambda: RequestOf("/a"),
    MockOf: lambda: MockOf("GET", "https://a.test/"),
    Hub: lambda: Hub("/user/a/", "https://a.test", "b.test"),
    PackageFiles: lambda: PackageFolder(_folder()),
    PackageFolder: lambda: PackageFolder(_folder()),
    Readable: lambda: Unlisted(_folder()),
    Unlisted: lambda: Unlisted(_folder()),
    PackageReading: lambda: PackageReading(PackageFolder(_folder()), packages.package_json(), {}),
    Exchange: lambda: Exchange(Permission("request", allowed_urls=("https://a.test/*",)), "exec", Share(Shares(LIMIT))),
    Extension: _extension,
    IsolationError: lambda: IsolationError("a"),
    Framing: Framing,
    FileText: lambda: FileText(iter(["a"] * 9), LIMIT),
    Format: lambda: FORMATS["yaml"],
    Items: lambda: Items([]),
    HeldType: lambda: "string",
    HttpRequest: lambda: HttpRequest({"type": "http", "method": "GET", "path": "/a", "headers": []}),
    Cors: lambda: Cors(HttpResponse(b"a"), ("a",)),
    Headers: lambda: Headers({"content-type": "a"}),
    HttpEndpoint: lambda: HttpEndpoint(
        "GET", PathPattern.parse("/:a"), "a", 1, True, _handler, 1.0, Usage(NewestErrors())
    ),
    HttpResponse: lambda: HttpResponse(b"a"),
    Hook: lambda: Hook("action", "items.create", "a", 1, _handler, Usage(NewestErrors())),
    Language: Language,
    Loaded: lambda: sandbox().loaded,
    NotationReader: lambda: NotationReader("{}", 1, 0),
    Action: lambda: Action(["--a"], "a", metavar="a", choices=("a",)),
    MagicParser: cell_parser,
    Inspection: lambda: Inspection(cast("NotebookSession", _notebook())),
    Rights: _rights_of_cell,
    Slot: _slot,
    AskedOfCell: lambda: AskedOfCell(_slot(), "a", LANGUAGES["js"], _rights_of_cell(), sandbox()),
    Page: lambda: Page("a", ("a", RowsOfHelp(("a", "b"), [("a", "b")]))),
    RowsOfHelp: lambda: RowsOfHelp(("a", "b"), [("a", "b")]),
    Place: lambda: place_of("f({a: [{b"),
    NotebookSession: _notebook,
    Options: lambda: Options(items=1),
    _Overgrown: lambda: _Overgrown({"600": "a"}),
    ParsedUrl: lambda: parse_url("https://a.test/"),
    Parser: cell_parser,
    Numbers: _planner,
    Planner: _planner,
    Registrations: lambda: Registrations((), (), ()),
    Relations: lambda: Relations.of(store().schema),
    Rehearsal: lambda: Rehearsal(()),
    Role: lambda: Role("a", "a"),
    Rows: lambda: Rows(data=[]),
    Size: lambda: Size(2**20),
    Contained: Contained,
    Lists: lambda: Lists("articles", ("tags",)),
    ReadPlan: lambda: ReadPlan("", [], None, _level(), {}),
    Attached: lambda: Attached(Size(2**20), [b"{}"], ["a"]),
    ItemFiles: ItemFiles,
    Sample: lambda: Sample(Table("a", "/items/a", "id", ("id", "title"))),
    SandboxApp: lambda: sandbox().app,
    Snapshot: lambda: Snapshot((), frozenset()),
    Take: lambda: untaken,
    Token: lambda: Token("word", "a", 0),
    User: lambda: User("a"),
    AccessTokens: AccessTokens,
    Sessions: Sessions,
    LoginSession: lambda: LoginSession("a", 1e12),
    Granted: lambda: Granted("a", "a", 1),
    Records: Records,
    Asked: _asked,
    Sight: lambda: Sight(store(), store().access.for_role("reader")),
    AccessReader: lambda: AccessReader({part: [] for part in PARTS}),
    AccessRule: lambda: AccessRule("a", "read"),
    Entry: lambda: Entry("a", "a", {"a": "a"}),
    Places: Places,
    Policy: lambda: Policy("a", "a"),
    FieldsOfSnapshot: lambda: FieldsOfSnapshot("a"),
    Entries: lambda: Entries(Path("a"), "fields", Raw(b'[{"a": 1}]')),
    Intake: Intake,
    ItemSource: lambda: Listed([{"id": 1}]),
    Layout: lambda: layouts.find(PROJECT),
    CsvReader: lambda: CsvReader(Path("a.csv"), _collection()),
    Raw: lambda: Raw(b'[{"a": 1}]'),
    Project: lambda: Project(store().schema, {}, store().access),
    References: lambda: References("role"),
    RuleRe2: functools.cache(RuleRe2),
    Tabs: lambda: Tabs([("a", ipywidgets.VBox())], lambda: None),
    UrlPattern: lambda: UrlPattern.parse("https://a.test/*"),
    View: lambda: Permissions(sandbox(), Voice()),
    Voice: Voice,
    _Marks: lambda: _Marks(sandbox().services, _extension(), append=False),
    asyncio.Lock: asyncio.Lock,
    re.Match: lambda: re.search("a", "a"),
    yaml.Event: lambda: next(event for event in yaml.parse("a") if isinstance(event, yaml.ScalarEvent)),
    type(zlib.decompressobj()): zlib.decompressobj,
    Access: lambda: store().access,
    Accountability: lambda: store().access.for_role("admin"),
    AggregateCompiler: lambda: AggregateCompiler(_rights(), _level(), Query()),
    Allowed: Allowed,
    AnyVariables: _variables,
    BodyReader: lambda: BodyReader("", LIMIT),
    Box: lambda: Box(_collection(), 0, 0),
    Drawing: lambda: Drawing.of(store().schema),
    Kind: lambda: ENDPOINTS,
    Registration: lambda: Registration("a", ("a",), "a", Usage(NewestErrors()), ("a",)),
    Seen: lambda: Seen("a", {"a": 1}, {"a": frozenset("a")}),
    Stretch: lambda: Stretch(0.0, 1.0, 0.0, 1.0),
    Cases: Cases,
    Casts: lambda: casts_of(_collection()),
    Cause: lambda: Cause(Chain.start("a", Settings())),
    Chain: lambda: Chain.start("a", Settings()),
    Collection: _collection,
    Collections: lambda: Collections(store()._current),
    Conditions: lambda: Conditions(_source()),
    Content: lambda: None,
    Events: lambda: Events(Log(100), lambda: None),
    Counter: Counter,
    InFilters: InFilters,
    Volume: lambda: Volume(Chain.start("a", Settings()).store, own=True),
    Told: lambda: Told({"payload": "a"}, Counter(), "a"),
    Field: lambda: Field("a", "string"),
    FieldMap: lambda: FieldMap(store().schema),
    Folder: lambda: Folder(PROJECT),
    Glob: lambda: Glob("a*b*c"),
    Grants: lambda: Grants(Manifest.read([{"permission": "read-items", "role": "admin", "optional": True}])),
    ItemsService: lambda: store().items(NAME, accountability=None),
    Level: _level,
    LevelCompiler: lambda: LevelCompiler(_rights(), _level()),
    Log: lambda: Log(100),
    Look: Look,
    Covering: lambda: Covering("SELECT 1", [], short=False, crowd=False, sought=()),
    Made: lambda: Made(1, None),
    ReturnedItems: lambda: ReturnedItems(store().schema, store().access),
    _Literals: lambda: _Literals(_rights(), rule_sql),
    Manifest: lambda: Manifest.read([{"permission": "read-items", "role": "admin"}]),
    Mocks: Mocks,
    Notes: Notes,
    Outgoing: lambda: Outgoing("GET", parse_url("https://a.test/"), {}),
    ExitStack: ExitStack,
    Path: lambda: Path("a"),  # there is no such file
    Following: lambda: Following("a"),
    expressions._Reading: lambda: expressions._Reading("/a"),
    PathTable: lambda: PathTable(Re2()),
    Patterns: Patterns,
    Permission: lambda: Permission("request", allowed_urls=("https://a.test/*",)),
    Plan: Plan,
    Query: Query,
    Re2: functools.cache(Re2),
    ReadRights: _rights,
    Reader: lambda: store()._current().reader,
    Plans: lambda: store()._current().reader.plans,
    Redaction: lambda: Redaction({"KEY": "a1(b2=c3"}),
    Redactor: lambda: Redactor(Redaction({"KEY": "a1(b2=c3"})),
    Registry: lambda: Registry(Log(100), lambda: None),
    Relation: lambda: store().schema.relations[0],
    Request: Request,
    Requester: lambda: Requester(Settings(), httpx.MockTransport(lambda _: httpx.Response(200, text="a"))),
    Response: lambda: Response(200, "OK", (("a", "b"),), b"a"),
    Sandbox: sandbox,
    Schema: lambda: store().schema,
    Trials: lambda: Trials(store().schema, "a"),
    ScopeboxError: lambda: ScopeboxError("a"),
    Secrets: Secrets,
    Selector: lambda: Selector(store().schema, _rights()),
    Services: lambda: sandbox().services,
    Session: _session,
    Estimates: Estimates,
    Lengths: Lengths,
    Held: lambda: Held(HeldAccount()),
    LastingRules: LastingRules,
    FirstOfLists: lambda: FirstOfLists("a", "b"),
    Tables: lambda: Tables(NAME, (), (), (), spread=False, late=False),
    Narrowed: lambda: Narrowed("a = $1", "b IN $1", [""]),
    Search: lambda: Search(
        "a = $1",
        (NAME,),
        ((longest(store().schema.collections[NAME]), ("title",)),),
        "SELECT 0, 0",
        "SELECT 1, 2",
        "a",
        "VARCHAR",
    ),
    _Resolver: lambda: _Resolver(None, Tally()),
    Row: lambda: casts_of(store().schema.collections[NAME]).row({}),
    ItemRules: lambda: ItemRules(_variables()),
    Ruled: lambda: Ruled(100, "one statement", LastingRules()),
    Rules: lambda: _source().rules,
    Scale: lambda: Scale(store().schema.collections[NAME]),
    SortedTexts: lambda: SortedTexts((Order(NAME),), ((NAME, NAME, longest(store().schema.collections[NAME])),), NAME),
    Settings: Settings,
    Shares: lambda: Shares(LIMIT),
    SortKeys: SortKeys,
    Source: _source,
    Looked: _source,
    Joins: lambda: Joins(NAME),
    Looks: Looks,
    Statement: lambda: Statement(_rights(), rule_sql),
    Store: store,
    StoreVersion: lambda: store()._current(),
    Trace: lambda: Trace(100),
    Variables: _variables,
    Wanted: Wanted,
    Window: lambda: window(Query()),
    WriteRights: lambda: WriteRights(_collection(), (WriteRule(frozenset({"id"}), {}),), (), {}),
    WriteRule: lambda: WriteRule(frozenset({"id"}), {}),
    datetime: lambda: datetime(2026, 1, 1, tzinfo=UTC),
    _Asker: lambda: _Asker(_session(), _rights(), "$CURRENT_USER", "directus_users", []),
    _Builder: lambda: _Builder(Path("a.yaml")),
    _Check: lambda: _Check((), Patterns()),
    _Escapes: _Escapes,
    _Needle: lambda: _Needle(b"a1(b2=c3", "KEY"),
    RedactedReading: lambda: RedactedReading(Redaction({"KEY": "a1(b2=c3"}).needles),
    Sides: lambda: Sides(store().schema.relations, ()),
    _Sink: lambda: _Sink(untaken),
    patterns._Translation: lambda: patterns._Translation("a"),
    validation_rules._Reading: lambda: validation_rules._Reading(patterns.Re2()),
    _Word: lambda: _Word(0, LIMIT),
    _Writer: lambda: _Writer(LIMIT, 100, as_json=True),
}
