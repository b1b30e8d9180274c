"""Servers of the benchmarks: both sides are asked the same and answer the same, another tree and a Directus stand beside them, and nothing is left there."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from benchmarks import directus, growth, measure, requests, trees
from benchmarks.asking import asked, contents
from benchmarks.boxes import ADMIN
from benchmarks.client import Batch, client, length
from benchmarks.measure import Row, Size, Stage, compare
from benchmarks.over_http import PLAIN, SCOPEBOX
from benchmarks.processes import ROOT, Address, Served, address

TINY = Size(rounds=1, items=30, repeat=2, isolates=2)


class FakeDirectus(BaseHTTPRequestHandler):
    """Keeps collections and counts their items; it has no extensions."""

    collections: dict[str, int]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        self.answer(200 if name in self.collections else 404, {"name": name})

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = urlsplit(self.path).path.rpartition("/")[2]
        if name == "collections":
            self.collections[sent["collection"]] = 0
        else:
            self.collections[name] += len(sent)
        self.answer(200, sent)

    def do_DELETE(self) -> None:
        del self.collections[self.path.rpartition("/")[2]]
        self.answer(200, {})

    def answer(self, status: int, data: object) -> None:
        body = json.dumps({"data": data}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def fake_directus(**collections: int) -> Iterator[tuple[directus.Real, dict[str, int]]]:
    handler = type("Handler", (FakeDirectus,), {"collections": collections})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield directus.Real(f"http://127.0.0.1:{server.server_port}", "token"), collections
        server.shutdown()
        thread.join()


class Filled(directus.Real):
    """One that has the collections already."""

    @contextmanager
    def filled(self, items: int) -> Iterator[None]:
        del items
        yield


class TestDirectus:
    def test_what_is_made_there_is_removed_again(self) -> None:
        with fake_directus(mine=7) as (real, collections):
            with real.filled(2_500):
                assert collections == {"mine": 7, "things": 2_500, "things_hooked": 0}
            assert collections == {"mine": 7}

    def test_it_is_removed_after_an_error_as_well(self) -> None:
        with fake_directus() as (real, collections):
            with pytest.raises(RuntimeError), real.filled(1):
                raise RuntimeError
            assert collections == {}

    def test_a_collection_that_is_there_is_left_alone(self) -> None:
        with fake_directus(things=7) as (real, collections):
            with pytest.raises(SystemExit, match="has a collection things already"), real.filled(1):
                pass
            assert collections == {"things": 7}

    def test_its_file_is_filled_with_the_same_items(self, tmp_path: Path) -> None:
        file = tmp_path / "data.db"
        with fake_directus() as (real, _), closing(sqlite3.connect(file)) as connection:
            connection.execute(f"CREATE TABLE things (id INTEGER PRIMARY KEY, {', '.join(directus.COLUMNS)})")
            with directus.Real(real.url, real.token, file).filled(20):
                found = connection.execute("SELECT id, title, published, featured FROM things WHERE id = 2").fetchall()
        assert found == [(2, "Thing number 1", 1_706_835_600_000, 0)]

    def test_a_missing_extension_is_named_with_what_gives_it(self) -> None:
        with fake_directus(things_hooked=0) as (real, _):
            with pytest.raises(RuntimeError, match=r"bench-endpoint.*benchmarks\.extensions"):
                real.check(requests.HELLO)
            with pytest.raises(RuntimeError, match="bench-filter"):
                real.check(requests.FILTERED)


class TestClient:
    def test_a_refusal_is_raised_with_the_words_of_the_server_and_the_client_goes_on(self, stage: Stage) -> None:
        with fake_directus(there=0) as (real, _):
            host, port = "127.0.0.1", int(real.url.rpartition(":")[2])
            ask = stage.shared(client).ask
            with pytest.raises(ConnectionError, match=r"404.*nowhere"):
                ask(Batch(host, port, ["GET /collections/nowhere HTTP/1.1\r\n\r\n"]))
            found = ask(Batch(host, port, ["GET /collections/there HTTP/1.1\r\n\r\n"] * 7, 3))
            assert len(found.seconds) == 7

    @pytest.mark.parametrize(("head", "found"), [(b"a\r\ncontent-length: 12\r\nb: c", 12), (b"http/1.1 204 no", 0)])
    def test_the_length_of_a_body_stands_in_the_head(self, head: bytes, found: int) -> None:
        assert length(head) == found

    def test_an_answer_in_chunks_is_refused(self) -> None:
        with pytest.raises(ConnectionError, match="chunks"):
            length(b"http/1.1 200 ok\r\ntransfer-encoding: chunked")


class TestRequests:
    def test_two_askers_of_a_question_ask_the_same_and_each_time_something_else(self) -> None:
        where = Address("localhost", 80, "token")
        one, two = (requests.Asker(requests.BY_KEY, "/{table}/{key}", where, 1_000_000) for _ in range(2))
        messages = [one.message() for _ in range(20)]
        assert messages == [two.message() for _ in range(20)]
        assert len(set(messages)) == 20

    def test_an_address_has_to_speak_plain_http(self) -> None:
        assert address("http://localhost:8055", "token") == Address("localhost", 8055, "token")
        with pytest.raises(SystemExit, match="https://localhost is not the address"):
            address("https://localhost", "token")

    def test_an_answer_is_compared_without_its_keys(self) -> None:
        assert contents([{"id": 1, "a": 0.1 + 0.2}]) == [{"a": 0.3}]


class TestTrees:
    def test_a_folder_without_scopebox_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(SystemExit, match="is no tree of scopebox"):
            trees.rows(tmp_path)

    @pytest.mark.slow
    def test_a_process_that_took_another_scopebox_is_refused(self, tmp_path: Path, stage: Stage) -> None:
        with pytest.raises(RuntimeError, match="took the scopebox of"):
            Served("benchmarks.plain_server", tree=tmp_path)(stage)


class TestGrowth:
    def test_a_curve_has_a_bar_for_each_size_and_a_decade_is_as_high_as_the_next(self) -> None:
        assert growth.curve([1, 1, 10, 100, 1_000, 10_000]) == "▁▁▃▆██"

    def test_sizes_are_powers_of_ten_up_to_those_of_the_run(self) -> None:
        assert growth.sizes(99_999) == (1_000, 10_000)
        assert growth.sizes(30) == (30,)

    @pytest.mark.slow
    def test_every_line_is_measured(self) -> None:
        lines = growth.lines(30, 1)
        assert [line[0] for line in lines[1:]] == [question.title for question in growth.QUESTIONS]
        assert {len(line) for line in lines} == {4}


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage(TINY)
    yield stage
    stage.close()


def other_rows() -> list[Row]:
    """Rows of the other two tables; the start of a kernel has its row in the first one."""
    return [
        row for row in (*trees.rows(ROOT), *directus.rows(directus.Real("", ""))) if not row.name.startswith("start")
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", [row.name for row in other_rows()])
def test_every_row_of_the_other_tables_runs(name: str, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "WARM_UP", 0)
    where = stage.shared(SCOPEBOX)
    rows = (*trees.rows(ROOT), *directus.rows(Filled(f"http://{where.host}:{where.port}", ADMIN)))
    (row,) = [row for row in rows if row.name == name]
    medians = compare(row.start(stage), 1)
    assert medians.ours > 0
    assert medians.reference > 0


@pytest.mark.slow
def test_constant_bytes_are_those_of_the_first_answer(stage: Stage) -> None:
    kept = asked(stage, requests.BY_KEY, f"/constant{requests.BY_KEY.plain}", stage.shared(PLAIN))
    asked_for = asked(stage, requests.BY_KEY, requests.BY_KEY.plain, stage.shared(PLAIN))
    assert len({json.dumps(kept.data()) for _ in range(10)}) == 1
    assert len({json.dumps(asked_for.data()) for _ in range(10)}) > 1
