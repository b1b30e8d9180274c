"""Attacks: how they are written down, and that nothing in one of them is overlooked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scopebox.languages import DEFAULT_LANGUAGE, LanguageName, language_of

DATA: Final = Path(__file__).parents[1] / "data" / "security"
SHORT: Final = tuple(
    DATA / f"{name}.jsonl"
    for name in ("attacks", "more", "host_work", "limits", "secrets", "javascript", "javascript_more")
)
# Each takes more than a second of processor time, and SHORT has one of its kind.
FILES: Final = (*SHORT, DATA / "long.jsonl")
DOCUMENTED: Final = DATA / "documented.json"  # the answers that are pinned where either is acceptable
BY_HAND: Final = Path(__file__).with_name("test_by_hand.py")

LAYERS: Final = (
    "language", "resource", "confinement", "rpc", "request", "store", "registration", "widget", "manifest",
    "javascript",
)  # fmt: skip
KEYS: Final = frozenset({
    "id", "category", "title", "layer", "manifest", "code", "code_expr", "setup", "must", "reference", "severity",
    "stock_result", "stock_detail", "python_min", "syntax_is_attack", "url", "allowed", "parsers_disagree", "arch",
    "repeat_entries", "extra_calls", "language", "type",
})  # fmt: skip
SETUP: Final = frozenset({
    "env", "canary_http", "host_memory_secret", "magic_line", "kernel_vars", "kernel_cell_before", "manifest_text",
    "manifest_text_repeat", "deny", "trigger", "extension_name", "existing_extension", "second_extension_operation",
    "kill_guest_before_trigger", "optional", "resolver", "resolver_sequence", "host_netrc", "host_env", "server_script",
    "extra_manifest", "same_cell_as_second_extension", "fixture", "canary_csv", "extension_meta",
    "server", "server_answers_expr", "secrets", "type", "second_extension", "second_extension_pending_endpoint",
    "trusted_extension_granted", "granted_before", "granted_before_for_other_code", "headless", "host_variable", "rows",
    "repeat_calls", "repeat_cells", "background", "name_repeat", "rerun_with_code", "manifest_text_expr", "without",
    "guest_seccomp_fails", "host_open_descriptors", "close_within_s", "also_check", "trigger_expr",
})  # fmt: skip


IN_WORDS: Final = ("also_check", "second_extension", "resolver")
EITHER: Final = "refused_or_"  # checks of which both branches are safe, and bounded like everything


def by_hand() -> frozenset[str]:
    """Return the ids of the attacks of which there is a test that was written by hand; their names are made of the ids."""
    names = re.findall(r"^def test_(\w+)\(", BY_HAND.read_text("utf-8"), re.MULTILINE)
    return frozenset(name.replace("_", "-") for name in names)


WHOLE_NAMES: Final[Mapping[str, str]] = {"javascript": "js", "typescript": "ts"}
JAVASCRIPT: Final = "javascript"  # the layer of all that is not written in Python, whatever it says of itself


class CorpusError(Exception):
    """An attack that cannot be run as it is written."""


@dataclass(frozen=True)
class Attack:
    """One attack. ``manifest`` is what it hands over as the permissions, ``must`` what has to hold afterwards."""

    id: str
    layer: str
    title: str
    manifest: object
    code: str
    setup: Mapping[str, object]
    must: Mapping[str, object]
    code_expr: str = ""
    repeat_entries: int = 1
    extra_calls: str = ""
    python_min: str = ""
    arch: str = ""
    syntax_is_attack: bool = False
    language: LanguageName = "python"
    source: Mapping[str, object] = field(default_factory=dict, repr=False)

    @property
    def triggers(self) -> list[str]:
        """What is done after the cell ran, one after the other, empty for nothing."""
        given = self.setup.get("trigger") or self.must.get("trigger") or []
        return list(map(str, given)) if isinstance(given, list) else [str(given)]

    @property
    def triggered(self) -> bool:
        """Whether anything is done after the cell ran."""
        return bool(self.triggers or self.setup.get("trigger_expr"))

    @property
    def words(self) -> list[str]:
        """The parts of it that are said in words, for a person to read."""
        return [f"{key}: {text}" for key in IN_WORDS if isinstance(text := self.setup.get(key), str)]

    def mentions(self, text: str) -> bool:
        """Whether ``text`` stands anywhere in the attack."""
        return text in json.dumps(self.source)


def read(entry: Mapping[str, object], checks: Iterable[str]) -> Attack:
    """Return the attack in ``entry``; CorpusError for a key, a layer, a set-up or a check that nobody knows."""
    name = str(entry.get("id"))
    setup, must = entry.get("setup") or {}, entry.get("must") or {}
    if not isinstance(setup, dict) or not isinstance(must, dict) or not must:
        raise CorpusError(f"{name}: setup and must have to be objects, and must may not be empty")
    for what, given, known in (("key", entry, KEYS), ("setup", setup, SETUP), ("check", must, frozenset(checks))):
        unknown = sorted(key for key in set(given) - known if not (what == "check" and key.startswith(EITHER)))
        if unknown:
            raise CorpusError(f"{name}: unknown {what} {', '.join(unknown)}")
    if entry.get("layer") not in LAYERS:
        raise CorpusError(f"{name}: unknown layer {entry.get('layer')!r}")
    try:
        called = str(entry.get("language") or DEFAULT_LANGUAGE.name)
        language = language_of(WHOLE_NAMES.get(called, called))
    except ValueError as error:
        raise CorpusError(f"{name}: {error}") from None
    return Attack(
        name,
        str(entry["layer"]) if language == DEFAULT_LANGUAGE else JAVASCRIPT,
        str(entry.get("title", "")),
        entry.get("manifest"),
        str(entry.get("code") or ""),
        setup,
        must,
        code_expr=str(entry.get("code_expr") or ""),
        repeat_entries=int(str(entry.get("repeat_entries") or 1)),
        extra_calls=str(entry.get("extra_calls") or ""),
        python_min=str(entry.get("python_min") or ""),
        arch=str(entry.get("arch") or ""),
        syntax_is_attack=bool(entry.get("syntax_is_attack")),
        language=language.name,
        source=entry,
    )


def load(files: Iterable[Path], checks: Iterable[str]) -> list[Attack]:
    """Return all attacks of ``files``; CorpusError for what cannot be run, and for an id that is there twice."""
    known = frozenset(checks)
    attacks: dict[str, Attack] = {}
    for file in files:
        for line in file.read_text("utf-8").splitlines():
            if line.strip():
                attack = read(json.loads(line), known)
                if attack.id in attacks:
                    raise CorpusError(f"{attack.id}: there twice")
                attacks[attack.id] = attack
    return list(attacks.values())
