"""Stores in files: what was acknowledged stays, whatever happens; one process at a time; a project may go on in one."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from scopebox.errors import SchemaError, ScopeboxError
from scopebox.store.store import Store

from tests.reading import Json, read

WRITER = """
import asyncio, sys
from scopebox.store.store import Store

store = Store(sys.argv[1])
store.create_collection("a", {"x": {"type": "string", "unique": True}})
items = store.items("a", accountability=None)

async def work():
    for number in range(1, 1_000_000):
        key, = await items.create([{"x": f"v{number}"}])
        if number % 3 == 0:
            await items.update_many([key], {"x": f"w{number}"})
        print(number, flush=True)

asyncio.run(work())
"""
FULL = """
import asyncio, os, resource, sys
from scopebox.errors import DirectusError
from scopebox.store.store import Store

store = Store(sys.argv[1])
items = store.items(store.create_collection("a", {"x": "text"}).name, accountability=None)
resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(sys.argv[1]) + 100_000, resource.RLIM_INFINITY))
written = 0
try:
    while True:
        asyncio.run(items.create([{"x": os.urandom(10_000).hex()}]))
        written += 1
except DirectusError as error:
    print(error)
print(written, len(store.collections["a"]), flush=True)
os._exit(0)
"""


def project(folder: Path, fields: dict[str, Json], items: Json) -> Path:
    """Write a project whose collections ``a``, ``b`` … have an id and ``fields`` (``a.x``: the schema of its column)."""
    folder.mkdir(exist_ok=True)
    names = sorted({name.partition(".")[0] for name in fields})
    key: Json = {"type": "integer", "schema": {"is_primary_key": True, "has_auto_increment": True}}
    data = {
        "collections": [{"collection": name, "schema": {"name": name}, "meta": {}} for name in names],
        "fields": [
            *({"collection": name, "field": "id", **key} for name in names),
            *({"collection": path[0], "field": path[2:], **field} for path, field in fields.items()),
        ],
        "relations": [],
    }
    (folder / "snapshot.json").write_text(json.dumps(data), "utf-8")
    (folder / "items.json").write_text(json.dumps(items), "utf-8")
    (folder / "access.json").write_text(json.dumps({"users": {"root": {"admin": True, "token": "t"}}}), "utf-8")
    return folder


TEXT: Json = {"type": "string", "schema": {"max_length": 9}}


class TestFile:
    def test_every_acknowledged_write_survives_a_kill(self, tmp_path: Path) -> None:
        path = tmp_path / "s.duckdb"
        acknowledged = 0
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            while acknowledged < 40:
                acknowledged = int(process.stdout.readline())
            process.kill()
            acknowledged = max([acknowledged, *map(int, process.stdout.read().split("\n")[:-1])])
        with Store(path) as store:
            expected = [f"{'w' if number % 3 == 0 else 'v'}{number}" for number in range(1, acknowledged + 1)]
            rows = read(store, {"sort": "id", "limit": -1}, collection="a")
            assert [row["x"] for row in rows][:acknowledged] == expected
            assert len(rows) <= acknowledged + 1  # the one that was under way may stand, too
            assert store.schema.collections["a"].fields["x"].unique
            assert asyncio.run(store.items("a", accountability=None).create([{"x": "on"}]))[0] == rows[-1]["id"] + 1  # type: ignore[operator]

    def test_a_second_process_is_told_that_the_file_is_taken(self, tmp_path: Path) -> None:
        path = tmp_path / "s.duckdb"
        code = "import sys; from scopebox.store.store import Store\ntry: Store(sys.argv[1])\nexcept Exception as error: print(repr(error), error)"
        with Store(path):
            done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
        assert done.stdout.startswith("SchemaError")
        assert f"The store {path} cannot be opened" in done.stdout
        assert "one process at a time" in done.stdout

    def test_a_full_disk_fails_the_write_and_nothing_else(self, tmp_path: Path) -> None:
        command = [sys.executable, "-c", FULL, str(tmp_path / "s.duckdb")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        message, counts = done.stdout.splitlines()
        assert message.startswith("The database failed, nothing was written: ")
        written, there = map(int, counts.split())
        assert written == there > 0
        with Store(tmp_path / "s.duckdb") as store:
            assert len(store.collections["a"]) == written

    def test_what_is_no_database_is_told(self, tmp_path: Path) -> None:
        path = tmp_path / "s.duckdb"
        path.write_text("not a database, but a text", "utf-8")
        with pytest.raises(SchemaError, match="a file of its own"):
            Store(path)
        assert path.read_text("utf-8") == "not a database, but a text"

    def test_a_database_of_somebody_else_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "s.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute("CREATE TABLE theirs (x INTEGER)")
        with pytest.raises(SchemaError, match="'theirs' of somebody else"):
            Store(path)
        with duckdb.connect(str(path)) as connection:  # it was closed again
            assert connection.execute("SELECT count(*) FROM theirs").fetchall() == [(0,)]

    def test_a_closed_store_says_so(self) -> None:
        store = Store.sample()
        store.close()
        for use in (
            lambda: store.sql("SELECT 1"),
            store.fork,
            lambda: read(store),
            lambda: len(store.collections["articles"]),
        ):
            with pytest.raises(ScopeboxError, match="This store is closed"):
                use()


class TestProject:
    def test_a_new_file_is_filled_and_goes_on_from_there(self, tmp_path: Path) -> None:
        folder, path = project(tmp_path / "p", {"a.x": TEXT}, {"a": [{"id": 3, "x": "first"}]}), tmp_path / "s.duckdb"
        with Store.from_project(folder, path) as store:
            asyncio.run(store.items("a", accountability=None).update_many([3], {"x": "changed"}))
        with Store.from_project(folder, path) as store:
            assert read(store, collection="a") == [{"id": 3, "x": "changed"}]
            assert store.notes == ()
            assert store.access.for_token("t").admin
            assert asyncio.run(store.items("a", accountability=None).create([{}])) == [4]

    def test_access_is_read_each_time(self, tmp_path: Path) -> None:
        folder, path = project(tmp_path / "p", {"a.x": TEXT}, {}), tmp_path / "s.duckdb"
        Store.from_project(folder, path).close()
        (folder / "access.json").write_text('{"users": {"other": {"token": "u"}}}', "utf-8")
        with Store.from_project(folder, path) as store:
            assert list(store.access.users) == ["other"]

    def test_new_collections_are_added_and_others_stay(self, tmp_path: Path) -> None:
        path = tmp_path / "s.duckdb"
        with Store.from_project(project(tmp_path / "p", {"a.x": TEXT}, {"a": [{"x": "kept", "id": 1}]}), path) as store:
            store.create_collection("mine", ["name"])
        changed: Json = {**TEXT, "schema": {"max_length": 20, "default_value": "d"}}
        folder = project(tmp_path / "p", {"a.x": changed, "b.y": TEXT}, {"a": [], "b": [{"id": 2, "y": "new"}]})
        with Store.from_project(folder, path) as store:
            assert list(store.collections) == ["mine", "a", "b"]
            assert (len(store.collections["a"]), len(store.collections["b"])) == (1, 1)
            assert store.schema.collections["a"].fields["x"].default == "d"
            assert store.notes == (
                "b: new in the project, added to the store file",
                "mine: not in the project, kept as the store file has it",
                "a: its description follows the project, which changed",
            )

    def test_columns_that_differ_are_all_named_and_nothing_changes(self, tmp_path: Path) -> None:
        path = tmp_path / "s.duckdb"
        Store.from_project(project(tmp_path / "p", {"a.x": TEXT, "a.y": TEXT, "a.z": TEXT}, {}), path).close()
        before = path.read_bytes()
        money: Json = {"type": "decimal", "schema": {"numeric_precision": 8, "numeric_scale": 2, "is_nullable": False}}
        folder = project(tmp_path / "p", {"a.x": {"type": "integer"}, "a.y": money, "a.new": TEXT}, {})
        with pytest.raises(SchemaError) as caught:
            Store.from_project(folder, path)
        assert caught.value.message == (
            "The store file and the project differ: a.z is in the file only; a.new is in the project only; "
            "a.x is string in the file and integer in the project; "
            "a.y is string in the file and decimal DECIMAL(8, 2), not null in the project"
        )
        assert "move the file away" in caught.value.hint
        assert path.read_bytes() == before

    def test_an_item_that_does_not_fit_leaves_an_empty_store_behind(self, tmp_path: Path) -> None:
        path = tmp_path / "s.duckdb"
        folder = project(tmp_path / "p", {"a.x": TEXT}, {"a": [{"id": 1}, {"id": 1}]})
        with pytest.raises(SchemaError, match=r"items\.json: a\[1\]\.id: 1 stands there already, in a\[0\]"):
            Store.from_project(folder, path)
        with Store.from_project(project(tmp_path / "p", {"a.x": TEXT}, {"a": [{"id": 1}]}), path) as store:
            assert len(store.collections["a"]) == 1

    def test_a_foreign_key_that_refers_elsewhere_is_a_difference(self, tmp_path: Path) -> None:
        folder, path = project(tmp_path / "p", {"a.x": {"type": "integer"}, "b.y": TEXT}, {}), tmp_path / "s.duckdb"
        Store.from_project(folder, path).close()
        data = json.loads((folder / "snapshot.json").read_text("utf-8"))
        data["relations"] = [{"collection": "a", "field": "x", "related_collection": "b"}]
        (folder / "snapshot.json").write_text(json.dumps(data), "utf-8")
        with pytest.raises(SchemaError, match=r"a\.x refers to nothing in the file and to b in the project"):
            Store.from_project(folder, path)
