"""Help at the cursor (Shift+Tab in JupyterLab): what ``exec``, the functions of ``directus:api`` and what a default export gets take.

IPython looks a name up among the variables of the notebook, where it finds Python's own ``exec``; inside of a ``%%sandbox`` cell
another one is meant. So the kernel is asked here first. Whatever goes wrong, IPython answers.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Final

from scopebox.languages import DEFAULT_LANGUAGE
from scopebox.notebook.completion import examples, javascript_cursor, offers
from scopebox.notebook.completion.cells import arguments_of_cell, language_of_cell
from scopebox.notebook.completion.cursor import place_of
from scopebox.vocabulary import EXECUTION_TYPES, ITEM_EVENTS, ITEMS, QUERY_KEYS, SCOPES

if TYPE_CHECKING:
    from collections.abc import Collection

    from IPython.core.interactiveshell import InteractiveShell

    from scopebox.languages import Language
    from scopebox.notebook.completion.cursor import Place
    from scopebox.notebook.session import Session

MAX_CELL_CHARACTERS: Final = 50_000  # characters of a cell in which help is looked for
_log: Final = logging.getLogger(__name__)
_REST: Final = re.compile(r"[\w-]{0,80}")  # of the word at the cursor
_CALLED: Final = re.compile(r"""[ \t]*+\(\s*+(?:["'`]([\w-]{1,80})["'`])?""")
_API: Final = ("directus:api", "directus.api")


class Help:
    """Answers the kernel's requests for help in the cells of a shell, and stops doing so."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def attach(self, shell: InteractiveShell) -> None:
        """Answer first, where the shell has a kernel; outside of one nobody asks."""
        kernel = getattr(shell, "kernel", None)
        if kernel is None:
            return
        otherwise = kernel.do_inspect

        def do_inspect(
            code: str, cursor_pos: int, detail_level: int = 0, omit_sections: Collection[str] = ()
        ) -> object:
            found = self._found(code, cursor_pos)
            if not found:
                return otherwise(code, cursor_pos, detail_level, omit_sections)
            return {"status": "ok", "found": True, "data": {"text/plain": found}, "metadata": {}}

        kernel.do_inspect = do_inspect

    def detach(self, shell: InteractiveShell) -> None:
        """Leave the answers to IPython again."""
        kernel = getattr(shell, "kernel", None)
        if kernel is not None:
            vars(kernel).pop("do_inspect", None)

    def _found(self, code: str, position: int) -> str:
        try:
            return self.at(code, position)
        except Exception:  # noqa: BLE001 - the kernel would end its answer with it
            _log.debug("no help", exc_info=True)
            return ""

    def at(self, code: str, position: int) -> str:
        """Return the help for what stands at a position of a cell; empty where IPython knows better."""
        line, _, before = code[:position].partition("\n")
        arguments = arguments_of_cell(line)
        if arguments is None or len(code) > MAX_CELL_CHARACTERS or position <= len(line):
            return ""
        language = language_of_cell(self._session, arguments)
        return help_at(before, code[position:], language)


def help_at(before: str, after: str, language: Language) -> str:
    """Return the help for what stands between ``before`` and ``after`` in the body of a cell."""
    place = (place_of if language is DEFAULT_LANGUAGE else javascript_cursor.place_of)(before)
    rest = _rest(after)
    if place.text is not None:
        return _of_call(place, f"{place.text}{rest}", language)
    word = offers.ending(before) + rest.partition("-")[0]
    line = before.rpartition("\n")[2] + after.partition("\n")[0]
    owner = before[: len(before) - len(offers.ending(before))]
    called = _CALLED.match(after, len(rest.partition("-")[0]))
    if owner.endswith("router.") and called:
        return _given("router", language)
    if owner[-1:] != "." and (called or word == "router" or any(name in line for name in _API)):
        found = _of_exec(called[1] if called else None, language) if word == "exec" else _of_name(word, language)
        if found:
            return found
    return _of_call(place, "", language)


def _rest(after: str) -> str:
    found = _REST.match(after)
    assert found is not None
    return found[0]


def _of_call(place: Place, kind: str, language: Language) -> str:
    """Return the help for the call around the cursor; ``kind`` is the text at the cursor."""
    if place.call is None:
        return ""
    callee = place.call.callee
    if callee == "exec":
        return _of_exec(place.call.texts[0] if place.call.texts else kind, language)
    return _given("router", language) if callee.startswith("router.") else _of_name(callee, language)


def _of_exec(kind: str | None, language: Language) -> str:
    row = EXECUTION_TYPES.get(kind or "")
    if row is None:
        lines = [f"{examples.exec_signature(row, language)}\n    {_what(row.name)}" for row in EXECUTION_TYPES.values()]
        return "\n".join(["await exec(type, …): what the manifest asks for and was granted", "", *lines])
    parts = [examples.exec_signature(row, language), f"{_what(row.name)}."]
    if "event" in row.options:
        parts.append(_EVENTS)
    if row.name in ITEMS and "query" in row.options:
        parts.append(f"query: {', '.join(QUERY_KEYS)}")
    return _page(*parts, example=examples.exec_example(row.name, language))


_EVENTS: Final = f"Events, each also behind the name of a collection: {', '.join(ITEM_EVENTS)}"


def _of_name(name: str, language: Language) -> str:
    if name in examples.GIVEN:
        return _given(name, language)
    if name not in SCOPES:
        return ""
    row = EXECUTION_TYPES[name]
    what = f"{_what(name)}. It needs the scope {name}: requestedScopes in the manifest."
    return _page(examples.api_signature(row, language), what, example=examples.api_example(row, language))


def _given(name: str, language: Language) -> str:
    signature, what, example = examples.GIVEN[name]
    return _page(signature, f"{what}.", *([] if name == "router" else [_EVENTS]), example=example.of(language))


def _what(name: str) -> str:
    """Return what an execution type allows, of no permission in particular."""
    allows = EXECUTION_TYPES[name].allows
    return allows.format(role="of its permission", methods="requests", urls="the URLs of its permission")


def _page(*parts: str, example: str) -> str:
    return "\n\n".join([*parts, f"For example:\n\n{example}"])
