"""The floor plan as data: which folder stands on which floor, what imports what, and a drawing of it.

``python -m tests.architecture`` writes the drawing in ``docs/architecture.md`` anew.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "architecture.md"
FENCE: Final = ("<!-- drawing: python -m tests.architecture -->\n```mermaid\n", "```\n<!-- end of the drawing -->")
FACE: Final = "the face"  # the modules that stand for a whole package


@dataclass(frozen=True, slots=True)
class Plan:
    """The floors of one package or folder, top first; what stands on one floor knows nothing of its neighbours.

    ``face`` are the modules that only the outside imports: they form the highest floor of all.
    """

    root: str
    floors: tuple[str, ...]
    face: tuple[str, ...] = ()

    @property
    def levels(self) -> dict[str, int]:
        """The floor of every folder and module, counted from the top."""
        places = {FACE: 0}
        places.update({name: row for row, names in enumerate(self.floors, 1) for name in names.split()})
        return places

    def place(self, module: str) -> str:
        """Return the folder or module of this plan in which ``module`` lies."""
        inner = module.removeprefix(self.root).lstrip(".").partition(".")[0]
        return FACE if inner in ("", *self.face) else inner


HOST: Final = Plan(
    "scopebox",
    (
        "notebook",
        "workbench",
        "sandbox",
        "directus",
        "server extension",
        "services execution_types",
        "network packages",
        "isolate registry grants",
        "chains manifest",
        "store urls",
        "settings",
        "errors",
        "journal",
        "views",
        "text languages vocabulary plain_file",
    ),
    face=("__main__", "testing"),
)
STORE: Final = Plan(
    "scopebox.store",
    (
        "store",
        "collections items",
        "sources writing views",
        "reading",
        "emitter",
        "access",
        "query database",
        "values",
        "schema room",
        "bounds",
        "errors",
        "javascript steps",
    ),
)
GUEST: Final = Plan(
    "scopebox_guest",
    (
        "zygote portable",
        "starting",
        "python javascript",
        "arguments exports keys driver",
        "engine process",
        "wire",
        "weight",
    ),
)
PLANS: Final = (HOST, STORE, GUEST)
OF_THE_GUEST: Final = {  # what the host may import of it, and from where
    "scopebox_guest.wire": "scopebox",
    "scopebox_guest.weight": "scopebox",
    "scopebox_guest.keys": "scopebox.extension.environment",
    "scopebox_guest.javascript.outlined": "scopebox",
    "scopebox_guest.python.importable": "scopebox.notebook.completion.language",
    "scopebox_guest.javascript.source.tokens": "scopebox.notebook.completion.javascript_cursor",
}
MOST_LINES: Final = 300  # of a module
WHY_LONG: Final = "The module is longer than the house rule because "
MAY_NAME_SANDBOX: Final = ("", "__main__", "testing", "notebook", "workbench", "sandbox")  # folders of the host
FOLDERS: Final = {
    "scopebox": ROOT / "kernel_ext" / "scopebox",
    "scopebox_guest": ROOT / "kernel_ext" / "scopebox_guest",
    "scopebox_widgets": ROOT / "widgets" / "scopebox_widgets",
}


@dataclass(frozen=True, slots=True)
class Import:
    """``importer`` imports ``name``, which lies in the module ``imported``."""

    importer: str
    imported: str
    name: str
    line: int

    def __str__(self) -> str:
        return f"{self.importer}, line {self.line}, imports {self.name}"


@dataclass(frozen=True)
class Code:
    """Source texts by the full name of their module; ``packages`` are those that are folders."""

    sources: Mapping[str, str]
    packages: frozenset[str]

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Every import of one of these modules by another: at the top, within functions, for types, relative or not."""
        return tuple(entry for module in self.sources for entry in self._imports(module))

    def _imports(self, module: str) -> Iterator[Import]:
        for node in ast.walk(ast.parse(self.sources[module])):
            for name in self._names(module, node):
                imported = self._owner(name)
                if imported not in ("", module):
                    yield Import(module, imported, name, getattr(node, "lineno", 0))

    def _names(self, module: str, node: ast.AST) -> list[str]:
        if isinstance(node, ast.Import):
            return [alias.name for alias in node.names]
        if not isinstance(node, ast.ImportFrom):
            return []
        base = node.module or ""
        if node.level:
            here = module.split(".")
            up = node.level - (module in self.packages)
            base = ".".join([*here[: len(here) - up], *filter(None, [base])])
        return [f"{base}.{alias.name}" for alias in node.names]

    def _owner(self, name: str) -> str:
        while name and name not in self.sources:
            name = name.rpartition(".")[0]
        return name


def read_code(folders: Mapping[str, Path] = FOLDERS) -> Code:
    """Return the modules of the packages."""
    sources: dict[str, str] = {}
    packages: set[str] = set()
    for package, folder in folders.items():
        for path in folder.rglob("*.py"):
            parts = [package, *path.relative_to(folder).with_suffix("").parts]
            if parts[-1] == "__init__":
                parts.pop()
                packages.add(".".join(parts))
            sources[".".join(parts)] = path.read_text("utf-8")
    return Code(sources, frozenset(packages))


def without_a_floor(plan: Plan, code: Code) -> set[str]:
    """The folders and modules that have no place in the plan."""
    return {place for place in _places(plan, code) if place not in plan.levels}


def against_the_plan(plan: Plan, code: Code) -> list[str]:
    """The imports that do not go down."""
    levels = plan.levels
    wrong = []
    for entry in code.imports:
        if _within(plan.root, entry.importer) and _within(plan.root, entry.imported):
            here, there = plan.place(entry.importer), plan.place(entry.imported)
            if here != there and levels.get(there, -1) <= levels.get(here, -1):
                wrong.append(f"{entry} ({here} may not know {there})")
    return wrong


def may_import_of_the_guest(entry: Import) -> bool:
    """Whether a module of the host may import this of the guest."""
    return entry.imported in OF_THE_GUEST and _within(OF_THE_GUEST[entry.imported], entry.importer)


def circles(code: Code) -> list[list[str]]:
    """Groups of modules that reach each other, types and late imports counted."""
    arrows: dict[str, set[str]] = {module: set() for module in code.sources}
    for entry in code.imports:
        arrows[entry.importer].add(entry.imported)
    reached = {module: _reach(module, arrows) for module in arrows}
    groups = {
        tuple(sorted(other for other in reached[module] if module in reached[other]))
        for module in arrows
        if module in reached[module]
    }
    return [list(group) for group in sorted(groups)]


def who_names_sandbox(code: Code) -> list[str]:
    """Modules of the host that name ``Sandbox`` and may not, quoted annotations included."""
    return sorted(
        module
        for module, source in code.sources.items()
        if _within("scopebox", module)
        and module.removeprefix("scopebox").lstrip(".").partition(".")[0] not in MAY_NAME_SANDBOX
        and "Sandbox" in _identifiers(source)
    )


def too_long(code: Code) -> list[str]:
    """Return the modules that are longer than the house rule and do not say why in their docstring."""
    long = {module: source for module, source in code.sources.items() if source.count("\n") > MOST_LINES}
    return [module for module, source in long.items() if WHY_LONG not in _docstring(source)]


def _docstring(source: str) -> str:
    return " ".join((ast.get_docstring(ast.parse(source)) or "").split())


def drawing(plan: Plan, code: Code) -> str:
    """Return the plan as a Mermaid graph; an arrow that follows from others is left out."""
    arrows: dict[str, set[str]] = {place: set() for place in _places(plan, code)}
    for entry in code.imports:
        if _within(plan.root, entry.importer) and _within(plan.root, entry.imported):
            here, there = plan.place(entry.importer), plan.place(entry.imported)
            if here != there:
                arrows[here].add(there)
    levels = plan.levels
    lines = ["graph TD"]
    for place in sorted(arrows, key=lambda place: (levels[place], place)):
        name = place.replace(" ", "_")
        lines.append(f'    {name}["{place}"]')
        direct = {
            other
            for other in arrows[place]
            if not any(other in _reach(between, arrows) for between in arrows[place] - {other})
        }
        lines += [f"    {name} --> {other}" for other in sorted(direct)]
    return "\n".join(lines) + "\n"


def _places(plan: Plan, code: Code) -> set[str]:
    return {plan.place(module) for module in code.sources if _within(plan.root, module)}


def _within(root: str, module: str) -> bool:
    return module == root or module.startswith(f"{root}.")


def _reach(start: str, arrows: Mapping[str, Iterable[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(arrows[start])
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting.extend(arrows[module])
    return found


def _identifiers(source: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.alias):
            found.add(node.name.rpartition(".")[2])
        elif isinstance(node, ast.arg | ast.AnnAssign | ast.FunctionDef | ast.AsyncFunctionDef):
            found.update(_quoted(node))
    return found


def _quoted(node: ast.arg | ast.AnnAssign | ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    annotation = node.returns if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else node.annotation
    if annotation is None:
        return set()
    texts = [each.value for each in ast.walk(annotation) if isinstance(each, ast.Constant)]
    return {word for text in texts if isinstance(text, str) for word in re.findall(r"\w+", text)}


def renewed(page: str) -> str:
    """Return the page with a drawing of the code as it is now."""
    before, _, rest = page.partition(FENCE[0])
    _, _, after = rest.partition(FENCE[1])
    return f"{before}{FENCE[0]}{drawing(HOST, read_code())}{FENCE[1]}{after}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
