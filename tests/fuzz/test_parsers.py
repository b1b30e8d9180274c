"""Whatever is read of a guest or of a manifest: it is taken, or refused by the one error that belongs there."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import suppress

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scopebox.errors import DirectusError, ExtensionError, ManifestError
from scopebox.grants.refusal import RefusalError
from scopebox.manifest.manifest import Manifest
from scopebox.network.outgoing import read as read_request
from scopebox.registry.routes import PathPattern, PathTable
from scopebox.store.access import Accountability
from scopebox.store.store import Store
from scopebox.urls.patterns import RegexPattern, UrlPattern, WildcardPattern, check_expressions
from scopebox.urls.re2 import Re2
from scopebox.urls.url import parse_url
from scopebox.vocabulary import CALL_TYPES
from scopebox_guest import wire

EXAMPLES = int(os.environ.get("SCOPEBOX_FUZZ", "150"))
bounded = settings(
    max_examples=EXAMPLES,
    derandomize="SCOPEBOX_FUZZ" not in os.environ,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)

scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20)
data = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
FRAMES = (
    b'{"frame":"call","id":1,"inv":1,"type":"log","args":["x",{"a":[1,2.5,null]}],"line":3}',
    b'{"frame":"output","inv":1,"text":"printed"}',
    b'{"frame":"done","inv":1,"value":{"a":[1]}}',
    b'{"frame":"done","inv":1,"failure":{"kind":"E","message":"m","line":1,"frames":[{"function":"f","line":1}]}}',
    b'{"frame":"ready","mechanisms":{"seccomp":""}}',
)
fields = st.sampled_from(
    ["id", "title", "status", "author", "author.name", "nope", "*", "*.*", "author.articles.title", "count(author)"]
)
names = fields | st.text(max_size=12)
operators = st.sampled_from(
    ["_eq", "_in", "_and", "_or", "_some", "_none", "_contains", "_between", "_null", "_nope", "_regex"]
)
filters = st.recursive(
    scalars | st.lists(scalars, max_size=3),
    lambda inner: st.dictionaries(names | operators, inner, max_size=3) | st.lists(inner, max_size=3),
    max_leaves=12,
)
queries = st.fixed_dictionaries(
    {},
    optional={
        "fields": st.lists(names, max_size=4) | scalars,
        "filter": filters,
        "sort": st.lists(names, max_size=3) | scalars,
        "search": scalars,
        "limit": scalars,
        "offset": scalars,
        "page": scalars,
        "aggregate": st.dictionaries(
            st.sampled_from(["count", "sum", "avg", "min", "nope"]), st.lists(names, max_size=2) | scalars, max_size=2
        )
        | scalars,
        "groupBy": st.lists(names, max_size=2) | scalars,
        "alias": st.dictionaries(names, names, max_size=2) | scalars,
        "deep": st.dictionaries(
            names,
            st.dictionaries(st.sampled_from(["_filter", "_limit", "_sort", "_nope"]), filters, max_size=2),
            max_size=2,
        )
        | scalars,
        "meta": scalars,
    },
)


@bounded
@given(st.binary(max_size=400), st.sampled_from([wire.ORDINARY, wire.BULK]))
def test_bytes_are_a_frame_or_a_frame_error(body: bytes, size_class: int) -> None:
    with suppress(wire.FrameError):
        wire.decode_from_guest(body, size_class, CALL_TYPES)


@bounded
@given(st.sampled_from(FRAMES), st.data())
def test_a_changed_frame_is_a_frame_or_a_frame_error(frame: bytes, choice: st.DataObject) -> None:
    body = bytearray(frame)
    for _ in range(choice.draw(st.integers(1, 4))):
        at = choice.draw(st.integers(0, len(body) - 1))
        body[at : at + choice.draw(st.integers(0, 3))] = choice.draw(st.binary(max_size=4))
    try:
        found = wire.decode_from_guest(bytes(body), wire.ORDINARY, CALL_TYPES)
    except wire.FrameError:
        return
    assert wire.encode(found) == bytes(body)


@bounded
@given(data)
def test_the_nesting_of_any_data_is_counted_as_a_parser_counts_it(value: object) -> None:
    with suppress(msgspec.EncodeError, TypeError, OverflowError, UnicodeEncodeError):
        body = msgspec.json.encode(value)
        wire.check_frame(body, wire.ORDINARY)


@bounded
@given(data | st.dictionaries(st.sampled_from(["permissions", "requestedScopes", "type"]), data, max_size=3))
def test_data_are_a_manifest_or_a_manifest_error(value: object) -> None:
    if isinstance(value, str):
        return  # the path of a file
    with suppress(ManifestError):
        Manifest.read(value)


entries = st.fixed_dictionaries(
    {},
    optional={
        "permission": st.sampled_from(["request", "read-items", "log", "nope"]) | scalars,
        "optional": st.booleans() | scalars,
        "role": st.sampled_from(["admin", "reader"]) | scalars,
        "allowedUrls": st.lists(
            st.sampled_from(["https://*", "*", "https://a.example.com/*", "/x/"]) | st.text(max_size=20), max_size=3
        )
        | scalars,
        "methods": st.lists(st.sampled_from(["GET", "get", ""]) | scalars, max_size=3) | scalars,
        "reason": scalars,
        "other": scalars,
    },
)


@bounded
@given(st.lists(entries, max_size=3))
def test_entries_are_a_manifest_or_a_manifest_error(value: list[object]) -> None:
    with suppress(ManifestError):
        manifest = Manifest.read({"permissions": value})
        assert Manifest.read(json.loads(manifest.json())) == manifest


@bounded
@given(st.text(alphabet="{}[]\"',:=#\n permisonequ\\u0truefalsn123./*", max_size=120))
def test_text_is_a_manifest_or_a_manifest_error(text: str) -> None:
    with suppress(ManifestError):
        Manifest.read(f"{{{text}")
    with suppress(ManifestError):
        Manifest.read(f"\n{text}")
    with suppress(ManifestError):
        Manifest.from_cell(f"# /// sandbox\n# {text}\n# ///\n")
    for beginning in ("{", "'", "permissions: [", '"requestedScopes": {'):
        with suppress(ManifestError):
            Manifest.from_cell(f"// /// sandbox\n// {beginning}{text}\n// ///\n", "js")


@bounded
@given(st.text(max_size=60) | st.text(alphabet="htps:/.@[]%20aX1#?\\*", max_size=60))
def test_text_is_a_url_or_a_value_error_and_matches_no_pattern_of_another_host(text: str) -> None:
    pattern = WildcardPattern.read("https://api.example.com/*")
    try:
        url = parse_url(text)
    except ValueError:
        return
    assert parse_url(str(url)) == url
    assert not pattern.covers(url) or url.host == "api.example.com"


@bounded
@given(st.text(alphabet="htps:/.@[]%20aX1#?\\*()^$+|", max_size=40))
def test_text_is_a_pattern_or_a_manifest_error(text: str) -> None:
    with suppress(ManifestError):
        pattern = UrlPattern.parse(text)
        if isinstance(pattern, RegexPattern):
            check_expressions([pattern], Re2())


@bounded
@given(data, data)
def test_arguments_are_a_request_or_an_ordinary_error(url: object, options: object) -> None:
    for style in ("exec", "api"):
        with suppress(TypeError, ValueError, RefusalError, ExtensionError):
            read_request(url, options, style)


@bounded
@given(
    st.text(max_size=60) | st.text(alphabet="/:*?.%2eab;\\()+-[]", max_size=40), st.text(alphabet="/.ab%", max_size=30)
)
def test_text_is_a_route_or_a_value_error_and_a_route_leads_nowhere_else(text: str, path: str) -> None:
    with suppress(ValueError):
        pattern = PathPattern.parse(text)
        assert "=.." not in pattern.segments
        table: PathTable[bool] = PathTable(Re2())
        table.add(pattern, True)
        assert table.find(f"/{path}") in (True, None)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with Store.sample("blog") as made:
        yield made


@bounded
@given(query=queries)
def test_a_query_is_answered_or_refused_by_an_error_of_the_store(store: Store, query: dict[str, object]) -> None:
    for who in (None, Accountability()):
        with suppress(DirectusError):
            rows = asyncio.run(store.items("articles", accountability=who, literal=True).read(query))
            json.loads(rows.json())
