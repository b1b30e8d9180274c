"""Folders depend one way: not for types, not by late imports. Each rule has an example that breaks it."""

from __future__ import annotations

import pytest

from tests import architecture
from tests.architecture import GUEST, HOST, PLANS, STORE, Code, Plan

CODE = architecture.read_code()


def code(**sources: str) -> Code:
    """Modules of a made-up host; ``__`` in a name stands for a dot."""
    named = {f"scopebox.{name.replace('__', '.')}": source for name, source in sources.items()}
    named["scopebox"] = ""
    folders = {name.rpartition(".")[0] for name in named} - {""}
    return Code({**dict.fromkeys(folders, ""), **named}, frozenset(folders))


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.root)
class TestThePackages:
    def test_every_folder_and_module_has_a_floor(self, plan: Plan) -> None:
        assert architecture.without_a_floor(plan, CODE) == set()

    def test_every_floor_of_the_plan_is_there(self, plan: Plan) -> None:
        places = {plan.place(module) for module in CODE.sources if module.startswith(f"{plan.root}.")}
        assert set(plan.levels) - places - {architecture.FACE} == set()

    def test_folders_depend_one_way(self, plan: Plan) -> None:
        assert architecture.against_the_plan(plan, CODE) == []


def test_no_module_reaches_itself() -> None:
    assert architecture.circles(CODE) == []


def test_nobody_below_the_workbench_names_the_sandbox() -> None:
    assert architecture.who_names_sandbox(CODE) == []


def test_the_guest_and_the_widgets_have_their_side() -> None:
    wrong = [
        str(entry)
        for entry in CODE.imports
        if (entry.importer.startswith("scopebox_guest") and not entry.imported.startswith("scopebox_guest"))
        or (entry.importer.startswith("scopebox.") and entry.imported.startswith("scopebox_widgets"))
        or (entry.importer.startswith("scopebox_widgets") and entry.imported.startswith("scopebox.notebook"))
        or (
            entry.importer.startswith("scopebox.")
            and entry.imported.startswith("scopebox_guest")
            and not architecture.may_import_of_the_guest(entry)
        )
    ]
    assert wrong == []


def test_a_module_that_is_long_says_why() -> None:
    assert architecture.too_long(CODE) == []


def test_the_drawing_in_the_docs_is_of_this_code() -> None:
    page = architecture.PAGE.read_text("utf-8")
    assert architecture.renewed(page) == page, "python -m tests.architecture draws it anew"


class TestWhatBreaksTheRule:
    def test_an_import_that_climbs(self) -> None:
        found = architecture.against_the_plan(
            HOST, code(store__store="", notebook__cell="", text__visible="from scopebox.store.store import Store")
        )
        assert found == ["scopebox.text.visible, line 1, imports scopebox.store.store.Store (text may not know store)"]

    def test_an_import_of_a_neighbour_on_the_same_floor(self) -> None:
        found = architecture.against_the_plan(
            HOST, code(server__app="from scopebox.extension import result", extension__result="")
        )
        assert len(found) == 1

    @pytest.mark.parametrize(
        "source",
        [
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from scopebox.sandbox.sandbox import thing",
            "def late():\n    import scopebox.sandbox.sandbox",
            "from ..sandbox import sandbox",
            "from ..sandbox.sandbox import thing",
            "from scopebox.sandbox import sandbox",
            "from scopebox import sandbox",
        ],
        ids=["for a type", "late", "relative", "relative, by name", "by name", "a folder"],
    )
    def test_every_kind_of_import_is_seen(self, source: str) -> None:
        found = architecture.against_the_plan(HOST, code(sandbox__sandbox="", grants__grants=source))
        assert len(found) == 1

    @pytest.mark.parametrize(
        "source",
        ["from scopebox import Sandbox", "import scopebox", "from .. import Store", "from scopebox.testing import x"],
    )
    def test_the_face_from_below(self, source: str) -> None:
        assert len(architecture.against_the_plan(HOST, code(store__items=source, testing=""))) == 1

    def test_a_folder_without_a_floor(self) -> None:
        assert architecture.without_a_floor(HOST, code(attic__things="", helpers="")) == {"attic", "helpers"}

    def test_a_circle_within_a_folder(self) -> None:
        made = code(
            store__reading__a="from scopebox.store.reading import b",
            store__reading__b="def f():\n    from scopebox.store.reading.a import x",
        )
        assert architecture.circles(made) == [["scopebox.store.reading.a", "scopebox.store.reading.b"]]

    def test_a_folder_of_the_store_that_climbs(self) -> None:
        made = code(store__values__types="from scopebox.store.writing.writer import Writer", store__writing__writer="")
        assert len(architecture.against_the_plan(STORE, made)) == 1

    def test_a_driver_that_knows_a_language(self) -> None:
        sources = {
            "scopebox_guest": "",
            "scopebox_guest.driver": "from scopebox_guest import python",
            "scopebox_guest.python": "",
        }
        assert len(architecture.against_the_plan(GUEST, Code(sources, frozenset(sources)))) == 1

    @pytest.mark.parametrize(
        "source",
        [
            "from scopebox.sandbox.sandbox import Sandbox",
            "def f(box: 'Sandbox') -> None: ...",
            "def f() -> 'list[Sandbox]': ...",
            "box: 'Sandbox | None' = None",
            "import scopebox.sandbox.sandbox as s\ns.Sandbox()",
        ],
        ids=["import", "quoted parameter", "quoted result", "quoted variable", "attribute"],
    )
    def test_the_sandbox_named_below_the_workbench(self, source: str) -> None:
        assert architecture.who_names_sandbox(code(server__app=source)) == ["scopebox.server.app"]

    def test_the_sandbox_may_be_named_above(self) -> None:
        assert architecture.who_names_sandbox(code(notebook__cell="box: 'Sandbox'", workbench__tryout="Sandbox")) == []

    @pytest.mark.parametrize(
        ("docstring", "lines", "found"),
        [
            ("What it is.", 300, False),
            ("What it is.", 301, True),
            ("", 301, True),
            ("What it is.\n\nThe module is longer than the house\nrule because it is a table.", 301, False),
        ],
    )
    def test_a_long_module_without_a_reason(self, docstring: str, lines: int, found: bool) -> None:
        text = f'"""{docstring}"""\n'
        source = text + "\n" * (lines - text.count("\n"))
        assert architecture.too_long(code(text__long=source)) == ["scopebox.text.long"] * found
