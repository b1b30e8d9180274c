"""Writes notebooks/reference.md from the docstrings and the data of the code: python -m tests.reference."""

from __future__ import annotations

import inspect
import re
from argparse import SUPPRESS
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

import scopebox
from scopebox import testing
from scopebox.__main__ import _parser as command_line
from scopebox.errors import tree as errors
from scopebox.execution_types.table import FUNCTIONS as EXEC_FUNCTIONS
from scopebox.notebook.arguments import Parser, cell_parser
from scopebox.notebook.completion.language import Language
from scopebox.notebook.config import Sandbox as SandboxConfig
from scopebox.notebook.config import ScopeboxMagics
from scopebox.notebook.verb_table import VERBS
from scopebox.settings import ISOLATION, RANGES, Settings
from scopebox.store.query.operators import OPERATORS
from scopebox.store.views.rules import operator_words
from scopebox.vocabulary import (
    EXECUTION_TYPES,
    ITEM_EVENTS,
    LEVELS,
    LOGICAL,
    PERMISSION_KEYS,
    QUANTIFIERS,
    QUERY_KEYS,
    SCOPES,
)
from scopebox_guest.python.refusals import REFUSALS

from tests.reference_data import CLASSES, FUNCTIONS, REASONS
from tests.reference_languages import the_languages
from tests.reference_text import literal, prose, table

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

PATH: Final = Path(__file__).parents[1] / "notebooks" / "reference.md"

_ANNOTATION: Final = re.compile(r"(: |-> )'([^']*)'")


def arguments(parser: Parser) -> Iterator[tuple[str, str]]:
    """Every argument of a parser: how it is written, and what it means."""
    for action in parser._actions:
        if action.help == SUPPRESS:
            continue
        meta = " ".join(action.metavar) if isinstance(action.metavar, tuple) else action.metavar or ""
        written = f"{', '.join(action.option_strings)} {meta}".strip() or action.dest.upper()
        choices = ", ".join(map(str, action.choices or ()))
        yield f"`{written}`", ": ".join(filter(None, (action.help, choices)))


def the_magics() -> list[str]:
    """The options of the cell, the verbs of the line, the settings of %config."""
    lines = ["## The cell: `%%sandbox`", "", prose(cell_parser().description), ""]
    lines += table(("option", "meaning"), arguments(cell_parser()))
    lines += ["`%sandbox --file FILE` takes the same options.", "", "## The line: `%sandbox`", ""]
    lines += ["`--help` or `?` behind `%%sandbox`, `%sandbox` or one of its verbs prints its help, with examples.", ""]
    lines += [
        "Shift+Tab and Contextual Help (Ctrl+I) explain what stands at the cursor, in cells and on these lines.",
        "",
    ]
    lines += ["Alone it shows the state and returns the sandbox: `box = %sandbox`.", ""]
    rows = []
    for verb in VERBS.values():
        usage = [f"{written} {meaning}".rstrip() for written, meaning in arguments(verb.parser())]
        rows.append((f"`{verb.name}`", verb.about, "<br>".join(usage)))
    lines += table(("verb", "what it does", "arguments"), rows)
    traits = SandboxConfig.class_traits(config=True).items()
    lines += ["## Defaults: `%config Sandbox`", "", prose(SandboxConfig.__doc__), ""]
    lines += table(
        ("setting", "default", "meaning"),
        [(f"`Sandbox.{name}`", f"{trait.default_value:g}", trait.help) for name, trait in sorted(traits)],
    )
    lines += ["## Language and isolation: `%config ScopeboxMagics`", "", prose(ScopeboxMagics.__doc__), ""]
    settings = ScopeboxMagics.class_own_traits(config=True).items()
    return lines + table(
        ("setting", "default", "meaning"),
        [(f"`ScopeboxMagics.{name}`", trait.default_value, trait.help) for name, trait in settings],
    )


def the_manifest() -> list[str]:
    """The keys of both forms."""
    lines = ["## The manifest", "", prose(import_module("scopebox.manifest.manifest").__doc__), ""]
    lines += ["### Keys of an entry of `permissions`", ""]
    lines += table(("key", "meaning"), [(f"`{key}`", meaning) for key, meaning in PERMISSION_KEYS.items()])
    lines += ["### Keys of `requestedScopes`", ""]
    lines += table(("scope", "options"), [(f"`{name}`", scope_keys(name)) for name in SCOPES])
    lines += ["### URLs", "", prose(import_module("scopebox.urls.patterns").__doc__), ""]
    return [*lines, "### Reasons of a `PermissionError`", "", *table(("reason", "meaning"), REASONS.items())]


def scope_keys(name: str) -> str:
    """The options of a scope."""
    keys = EXECUTION_TYPES[name].scope_keys
    return f"{' and '.join(f'`{key}`' for key in keys)}, both needed" if keys else "no options"


def the_language() -> list[str]:
    """What a cell can call, and in Python import and not write."""
    lines = ["## Execution types", "", "Every call is awaited: `await exec(…)`.", ""]
    lines += table(
        ("call", "permission", "what it does"),
        [
            (f"`{row.call}`", "built in" if row.built_in else f"`{row.name}`", prose(EXEC_FUNCTIONS[row.name].__doc__))
            for row in EXECUTION_TYPES.values()
        ],
    )
    lines += ["`gather(*calls)` waits for several at once. Under `requestedScopes` there are `log(message)`, ", ""]
    lines[-2] += "`await sleep(milliseconds)` and `await request(url, options)`, imported from `directus.api`."
    lines += ["### Queries", "", "The keys of a query:", "", *_meanings("key", QUERY_KEYS)]
    lines += ["Conditions on a field, by its type, and what joins them:", ""]
    operators = {name: operator_words(name) for name in OPERATORS}
    lines += _meanings("operator", {**operators, **LOGICAL, **QUANTIFIERS})
    lines += ["### Events", "", "This store fires these, each also as `<collection>.<event>`:", ""]
    lines += _meanings("event", ITEM_EVENTS)
    lines += [
        "",
        "## Python in a cell",
        "",
        "The language without what reaches out. These modules can be imported:",
        "",
    ]
    modules = sorted(Language.read().modules.items())
    lines += table(("module", "names"), [(f"`{name}`", ", ".join(sorted(members))) for name, members in modules])
    lines += ["These constructs are refused:", ""]
    return lines + table(
        ("refused", "instead"),
        [(literal(entry.what.replace("{name!r}", "…")), literal(entry.instead)) for entry in REFUSALS.values()],
    )


def _meanings(what: str, meanings: Mapping[str, str]) -> list[str]:
    return table((what, "meaning"), [(f"`{name}`", meaning) for name, meaning in meanings.items()])


def members(kind: type, names: tuple[str, ...] | None) -> Iterator[str]:
    """The lines on the members of a class, in the order of the class."""
    declared = [field.name for field in fields(kind)] if is_dataclass(kind) else []
    declared += list(getattr(kind, "__struct_fields__", ()))
    records = [vars(base) for base in reversed(kind.__mro__) if base is kind or is_dataclass(base)]
    own = [name for names_of in (declared, *records) for name in names_of if not name.startswith("_")]
    bare = []
    for name in dict.fromkeys([*own, *(names or ())]):
        if names is not None and name not in names:
            continue
        member = inspect.getattr_static(kind, name, None)
        documented = name not in declared and (inspect.isroutine(member) or isinstance(member, property))
        if documented:
            yield f"- `{signature(name, member)}`: {prose(member.__doc__)}"
        else:
            bare.append(f"`{name}`")
    if bare:
        yield f"- Attributes: {', '.join(bare)}."


def signature(name: str, member: object) -> str:
    """How a member is written."""
    plain = member.__func__ if isinstance(member, classmethod | staticmethod) else member
    if not inspect.isfunction(plain):
        return name
    written = _ANNOTATION.sub(r"\1\2", str(inspect.signature(plain)))
    return name + written.replace("(self, ", "(").replace("(self)", "()").replace("(cls, ", "(").replace("(cls)", "()")


def the_api() -> list[str]:
    """The classes of the headless API."""
    lines = [
        "## Python",
        "",
        prose(scopebox.__doc__),
        "",
        f"`scopebox` has {', '.join(f'`{name}`' for name in scopebox.__all__)}.",
        "",
    ]
    for place, names in CLASSES.items():
        module, _, name = place.partition(":")
        kind = getattr(import_module(module), name)
        lines += [f"### `{name}`", "", prose(kind.__doc__), "", *members(kind, names), ""]
    lines += ["### Functions", ""]
    for place in FUNCTIONS:
        module, _, name = place.partition(":")
        function = getattr(import_module(module), name)
        lines.append(f"- `{module}.{signature(name, function)}`: {prose(function.__doc__)}")
    return [*lines, ""]


def the_limits() -> list[str]:
    """The settings with their ranges."""
    default = Settings()
    lines = [
        "## Settings",
        "",
        "`Sandbox(settings=Settings(…))`. A value outside its range raises `SettingsError`.",
        "",
    ]
    rows = [
        (f"`{name}`", f"{getattr(default, name):,}", f"{limit.smallest:,} to {limit.largest:,}", limit.meaning)
        for name, limit in RANGES.items()
    ]
    rows.append(
        (f"`{ISOLATION}`", default.isolation, ", ".join(LEVELS), "the lowest level at which an extension is loaded")
    )
    return lines + table(("setting", "default", "range", "meaning"), rows)


def the_errors() -> list[str]:
    """The tree of errors."""
    drawing = (errors.__doc__ or "").partition("::\n")[2]
    lines = ["## Errors", "", "```", inspect.cleandoc(drawing), "```", ""]
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == errors.__name__]
    ordered = sorted(kinds, key=lambda kind: inspect.getsourcelines(kind)[1])
    return lines + table(("error", "meaning"), [(f"`{kind.__name__}`", prose(kind.__doc__)) for kind in ordered])


def the_tests() -> list[str]:
    """The pytest plugin."""
    lines = ["## Testing", "", prose((testing.__doc__ or "").partition("::")[0]) + ":", ""]
    lines += [
        "```python",
        inspect.cleandoc((testing.__doc__ or "").partition("::\n")[2].partition("\n\nEvery")[0]),
        "```",
        "",
    ]
    fixtures = ("sandbox", "sandbox_store", "sandbox_pool")
    lines += table(
        ("fixture", "what it is"), [(f"`{name}`", prose(getattr(testing, name).__doc__)) for name in fixtures]
    )
    return lines + table(
        ("function of `scopebox.testing`", "what it does"),
        [
            (f"`{signature(name, getattr(testing, name))}`", prose(getattr(testing, name).__doc__))
            for name in testing.__all__
        ],
    )


def the_command_line() -> list[str]:
    """The commands and their options."""
    parser = command_line()
    lines = ["## The command line", "", f"`python -m scopebox COMMAND`. {parser.description}", ""]
    commands = next(action for action in parser._actions if action.dest == "command")
    assert isinstance(commands.choices, dict)
    about = {action.dest: action.help for action in commands._get_subactions()}  # type: ignore[attr-defined]
    rows: list[tuple[object, ...]] = []
    for name, command in commands.choices.items():
        rows.append((f"`{name}`", about[name]))
        rows += [(f"`{name} {_written(action)}`", action.help) for action in command._actions if action.dest != "help"]
    return lines + table(("command", "what it does"), rows)


def _written(action: argparse.Action) -> str:
    meta = "" if action.nargs == 0 else str(action.metavar or action.dest.upper())
    return f"{', '.join(action.option_strings)} {meta}".strip()


def text() -> str:
    """The whole reference."""
    lines = [
        "# Reference",
        "",
        "Made from the docstrings and the data of the code by `python -m tests.reference`. To learn, begin with",
    ]
    lines[-1] += " the [tour](00-tour.ipynb)."
    lines += [""]
    parts = (
        the_magics,
        the_languages,
        the_manifest,
        the_language,
        the_api,
        the_limits,
        the_errors,
        the_tests,
        the_command_line,
    )
    sections = [part() for part in parts]
    headings = [line.removeprefix("## ") for section in sections for line in section if line.startswith("## ")]
    lines += [f"- [{heading}](#{anchor(heading)})" for heading in headings] + [""]
    return "\n".join([*lines, *(line for section in sections for line in section)]).rstrip() + "\n"


def anchor(heading: str) -> str:
    """How a link names a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


if __name__ == "__main__":
    PATH.write_text(text(), "utf-8")
