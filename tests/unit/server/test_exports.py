"""Items as files: ``?export=`` gives what a Directus gives, in every form, and no more of it than a host can hold."""

from __future__ import annotations

import asyncio
import json
import re
import tracemalloc
from pathlib import Path
from typing import Final

import pytest
from scopebox.chains.chain import Chain
from scopebox.chains.meter import Metered
from scopebox.errors import DirectusError
from scopebox.server.exports import export as exports
from scopebox.server.exports.content import PIECE_CHARACTERS, Text
from scopebox.server.exports.export import FORMATS, MAX_VALUES, disposition, file_answer, file_content
from scopebox.settings import Settings
from scopebox.store.access import Access
from scopebox.store.store import Store

from tests.growth import quick
from tests.stores import Row, recorded_copy
from tests.unit.server.test_items_api import call, message

store = recorded_copy
RECORDED: Final = Path(__file__).parents[2] / "data" / "exports.jsonl"
"""What the writers of a Directus 11 make of values: each form of each; null where they refuse."""
CASES: Final = tuple(json.loads(line) for line in RECORDED.read_text("utf-8").splitlines())
LABELS: Final = {
    "csv": '"id","name","color","weight","articles"\n1,"red","#ff0000",10,"[1,12,23,34,45]"\n2,"Red","#FF0000",10,"[7,18,29,40]"',
    "yaml": "- id: 1\n  name: red\n  color: '#ff0000'\n  weight: 10\n  articles:\n    - 1\n    - 12\n    - 23\n    - 34\n    - 45\n"
    "- id: 2\n  name: Red\n  color: '#FF0000'\n  weight: 10\n  articles:\n    - 7\n    - 18\n    - 29\n    - 40\n",
}
ARTICLES: Final = (
    '"id","status","title","body","views","rating","featured","meta","tags","author.name","author.id","meta.color","meta.size"\n'
    '1,"published","Hello World",,0,,true,,,"Ada Lovelace",1,,\n'
    '2,"draft","hello world","<p>HTML & entities</p>",2,3.5,,,"[""50%"",""été""]","李小龙",8,"red",3'
)
ONE: Final = "<?xml version='1.0'?>\n<data>\n    <id>1</id>\n    <name>red</name>\n    <articles>1</articles>\n    <articles>12</articles>\n"


def text_of(data: object, form: str) -> str:
    return file_content(json.dumps(data, ensure_ascii=False).encode(), FORMATS[form]).decode()


def export(store: Store, form: str, query: str) -> str:
    return call(store, "GET", f"/items/{query}{'&' if '?' in query else '?'}export={form}").text


class TestForms:
    @pytest.mark.parametrize("form", ["csv", "json", "xml", "yaml"])
    def test_values_are_written_as_a_directus_writes_them(self, form: str) -> None:
        wanted = [case for case in CASES if case[form] is not None]
        wrong = [
            (case["data"], text_of(case["data"], form)) for case in wanted if text_of(case["data"], form) != case[form]
        ]
        assert wrong == []

    def test_a_column_that_two_fields_lead_to_holds_the_last(self) -> None:
        assert text_of([{"a.b": 1, "a": {"b": 2}, "c": 3}], "csv") == '"a.b","c"\n2,3'

    @pytest.mark.parametrize(
        "case", [case for case in CASES if case["xml"] is None], ids=lambda case: str(case["data"])[:30]
    )
    def test_names_and_characters_that_xml_does_not_know_are_an_error_as_in_a_directus(self, case: Row) -> None:
        with pytest.raises(DirectusError, match="in XML document") as caught:
            text_of(case["data"], "xml")
        assert caught.value.status == 500


class TestAnswers:
    @pytest.mark.parametrize("form", sorted(LABELS))
    def test_a_list_is_a_file_without_data_around_it(self, store: Store, form: str) -> None:
        assert export(store, form, "labels?limit=2") == LABELS[form]

    def test_json_is_indented_by_tabs_and_counts_are_left_out(self, store: Store) -> None:
        assert export(store, "json", "labels?fields=id&limit=1&meta=*") == '[\n\t{\n\t\t"id": 1\n\t}\n]'

    def test_objects_are_flattened_and_lists_are_json(self, store: Store) -> None:
        fields = "id,status,title,body,views,rating,featured,meta,tags,author.name,author.id"
        assert export(store, "csv", f"articles?fields={fields}&limit=2") == ARTICLES

    def test_one_item_is_a_row_or_an_object(self, store: Store) -> None:
        assert export(store, "csv", "labels/1?fields=id,name") == '"id","name"\n1,"red"'
        assert export(store, "yaml", "labels/1?fields=id") == "id: 1\n"
        assert export(store, "xml", "labels/1?fields=id,name,articles").startswith(ONE)

    @pytest.mark.parametrize(
        ("form", "text"), [("csv", ""), ("csv_utf8", ""), ("json", "[]"), ("xml", "<?xml version='1.0'?>\n<data/>"), ("yaml", "[]\n")]
    )  # fmt: skip
    def test_no_items_are_an_empty_file(self, store: Store, form: str, text: str) -> None:
        assert export(store, form, "labels?filter[id][_eq]=99999") == text

    @pytest.mark.parametrize(
        ("form", "kind", "end"),
        [("csv", "text/csv", "csv"), ("csv_utf8", "text/csv", "csv"), ("json", "application/json", "json"), ("xml", "text/xml", "xml"), ("yaml", "text/yaml", "yaml")],
    )  # fmt: skip
    def test_a_file_says_what_it_is_and_is_named_by_its_collection_and_the_moment(
        self, store: Store, form: str, kind: str, end: str
    ) -> None:
        answer = call(store, "GET", f"/items/labels?limit=1&export={form}")
        assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
        name = rf'attachment; filename="labels \d{{8}}-\d{{3,6}}\.{end}"'
        assert re.fullmatch(name, answer.headers["content-disposition"])

    def test_csv_for_spreadsheets_begins_with_a_mark(self, store: Store) -> None:
        assert export(store, "csv_utf8", "labels?fields=id&limit=1") == '\ufeff"id"\n1'

    @pytest.mark.parametrize("given", ["export=nope", "export=CSV", "export[]=csv", "export=csv&export=json"])
    def test_another_form_is_refused(self, store: Store, given: str) -> None:
        answer = call(store, "GET", f"/items/labels?{given}")
        assert (answer.status_code, message(answer)) == (
            400, 'Invalid query. "export" must be one of [csv, csv_utf8, json, xml, yaml].',
        )  # fmt: skip

    def test_an_empty_form_is_none(self, store: Store) -> None:
        assert call(store, "GET", "/items/labels?fields=id&limit=1&export=").json() == {"data": [{"id": 1}]}

    def test_a_search_is_a_file_by_the_query_that_counts(self, store: Store) -> None:
        query = {"fields": ["id"], "limit": 1}
        assert call(store, "SEARCH", "/items/labels", {"query": {**query, "export": "csv"}}).text == '"id"\n1'
        assert call(store, "SEARCH", "/items/labels?export=yaml&fields=id", {"keys": [2]}).text == "- id: 2\n"
        assert call(store, "SEARCH", "/items/labels?export=csv", {"query": query}).json() == {"data": [{"id": 1}]}

    def test_a_refused_read_is_an_error_and_no_file(self, store: Store) -> None:
        answer = call(store, "GET", "/items/labels/9999?export=csv")
        assert (answer.status_code, "content-disposition" in answer.headers) == (403, False)

    def test_a_file_holds_what_its_reader_may_see(self) -> None:
        rule = {"collection": "notes", "action": "read", "fields": ["id", "title"], "permissions": {"id": {"_gt": 1}}}
        access = {
            "policies": {"p": {"permissions": [rule]}}, "roles": {"r": {"policies": ["p"]}},
            "users": {"reader": {"role": "r", "token": "r"}, "admin": {"admin": True, "token": "admintoken"}},
        }  # fmt: skip
        with Store() as made:
            made.create_collection("notes", {"title": "string", "pin": {"type": "string", "special": ["conceal"]}})
            made.access = Access.read(access)
            for title in ("a", "b"):
                call(made, "POST", "/items/notes", {"title": title, "pin": "1234"})
            reader = call(made, "GET", "/items/notes?export=csv", headers={"authorization": "Bearer r"})
            assert reader.text == '"id","title"\n2,"b"'
            assert export(made, "csv", "notes?fields=pin&limit=1") == '"pin"\n"**********"'


class TestNames:
    def test_signs_that_end_a_name_are_escaped(self) -> None:
        assert disposition('a"b\\c.csv') == 'attachment; filename="a\\"b\\\\c.csv"'

    def test_what_not_every_client_reads_is_given_once_more_encoded(self) -> None:
        assert disposition("日\r\n.csv") == "attachment; filename=\"???.csv\"; filename*=UTF-8''%E6%97%A5%0D%0A.csv"

    def test_a_name_holds_no_folder(self) -> None:
        assert disposition("../../etc/a.csv") == 'attachment; filename="a.csv"'


class TestLimits:
    @pytest.mark.parametrize("form", sorted(FORMATS))
    def test_too_many_values_are_refused(self, form: str) -> None:
        with pytest.raises(DirectusError, match="more than 300,000 values") as caught:
            file_content(b"[" + b'{"a":1},' * MAX_VALUES + b"{}]", FORMATS[form])
        assert caught.value.status == 400

    @pytest.mark.parametrize(
        ("form", "data"),
        [
            ("csv", [{f"k{n}": n} for n in range(10_000)]),
            ("csv", [{"k" * 2_000: {f"k{n}": n for n in range(2_000)}}]),
            ("xml", [{"a": "<" * 8_000_000}]),
            ("yaml", [{"a": "\u0085" * 2_000_000 + "\x01" * 3_000_000 + "\x02" * 3_000_000}]),
            ("json", [{"a": "\x01" * 4_000_000}]),
        ],
        ids=["columns", "names", "xml", "yaml", "json"],
    )
    def test_a_file_that_would_outgrow_its_data_is_refused_before_it_does(self, form: str, data: object) -> None:
        with pytest.raises(DirectusError, match="page through the items") as caught:
            text_of(data, form)
        assert caught.value.status == 400

    def test_writing_a_file_is_at_the_cost_of_the_request(self) -> None:
        async def work() -> float:
            chain = Chain.start("a", Settings())
            await Metered(chain, file_answer(b"[" + b'{"a":"b c"},' * 5_000 + b"{}]", "yaml", "a"))
            return chain.busy

        assert asyncio.run(work()) > 0

    @pytest.mark.parametrize("form", ["csv", "json", "xml", "yaml"])
    @pytest.mark.parametrize(
        "data",
        [
            [{"a": number, "b": "c d"} for number in range(50)],
            [{"a": {"p" * 50: {f"k{number}": number for number in range(50)}}}] * 2,
            [{"a": "word \n" * 200}],
            [{"a": [[1, "x"]] * 50}],
        ],
    )
    def test_a_file_is_written_in_steps_between_which_others_have_their_turn(
        self, monkeypatch: pytest.MonkeyPatch, form: str, data: object
    ) -> None:
        text = json.dumps(data).encode()
        turns = []

        async def others() -> None:
            while True:
                turns.append(1)
                await asyncio.sleep(0)

        async def work() -> bytes:
            other = asyncio.create_task(others())
            try:
                answer = await file_answer(text, form, "a")
            finally:
                other.cancel()
            return bytes(answer.body)

        whole = file_content(text, FORMATS[form])
        monkeypatch.setattr(exports, "STEP_SECONDS", -1.0)
        assert asyncio.run(work()) == whole
        assert len(turns) > 10

    @pytest.mark.parametrize("before", range(4))
    @pytest.mark.parametrize("sign", ["]]>", "]", "a]", "]>"])
    def test_the_end_of_a_section_is_escaped_wherever_a_piece_of_the_text_ends(self, before: int, sign: str) -> None:
        text = "x" * (PIECE_CHARACTERS - 3 + before) + sign * 5
        assert text.replace("]]>", "]]&gt;") in text_of({"a": text}, "xml")

    @pytest.mark.parametrize(
        ("form", "text"), [("yaml", "1:" * 2_000_000), ("yaml", "1_" * 2_000_000), ("xml", "]" * 4_000_000)]
    )
    def test_a_long_text_of_one_sign_is_quickly_written(self, form: str, text: str) -> None:
        data = json.dumps([{"a": text}]).encode()
        assert quick(lambda: file_content(data, FORMATS[form]))

    @pytest.mark.parametrize(
        ("form", "data", "most"),
        [
            pytest.param(
                "csv",
                [{"n" * 900_000: json.loads('{"a":' * 45 + "1" + "}" * 45)}],
                8,
                id="a column far in below a long name",
            ),
            pytest.param("yaml", ["a" * 2_000_000 + "\U0001f600"], 9, id="a long line with a wide character"),
            *[
                pytest.param(form, [{"a": "b" * 500_000 + "\U0001f600"}] * 4, 4, id=f"wide items, {form}")
                for form in ("csv", "json", "xml", "yaml")
            ],
            pytest.param("yaml", ["a b" * 150_000 + "\U0001f600"], 8, id="many words with a wide character"),
            pytest.param("yaml", ["a\n" + "b" * 1_000_000 + "\U0001f600"], 13, id="a long line below another one"),
        ],
    )
    def test_a_file_takes_a_few_times_the_memory_of_what_it_holds(self, form: str, data: object, most: int) -> None:
        text = json.dumps(data, ensure_ascii=False).encode()
        tracemalloc.start()
        try:
            file_content(text, FORMATS[form])
            assert tracemalloc.get_traced_memory()[1] < most * len(text)
        finally:
            tracemalloc.stop()

    def test_the_clock_is_looked_at_after_each_long_piece(self) -> None:
        written = Text(iter(["a" * (PIECE_CHARACTERS + 1)] * 3), 10**6)
        assert [written.write(-1.0) for _ in range(4)] == [False, False, False, True]
