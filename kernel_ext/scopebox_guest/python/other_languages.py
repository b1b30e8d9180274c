"""Which other language a source that does not run as Python is written in, as far as its lines tell."""

from __future__ import annotations

import re
from typing import Final

MAX_LINES: Final = 150  # of a source that are looked at
MAX_LINE_CHARACTERS: Final = 200
STRONG, WEAK = 2, 1
TITLES: Final = {"js": "JavaScript", "ts": "TypeScript"}

_TEXTS: Final = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")  # their words tell nothing
# No other language than that of the heading has these.
_TYPESCRIPT: Final = re.compile(
    r"^\s*(?:export\s+)?(?:interface|enum|namespace|declare)\s+\w"
    r"|^\s*(?:export\s+)?type\s+\w+(?:<[^>]*>)?\s*=\s*[\w{(\"'|\[]"
    r"|^\s*import\s+type\b|\bas\s+(?:const|string|number|any|unknown|[A-Z]\w*)\b"
    r"|[\w)\]}]\??\s*:\s*(?:string|number|boolean|any|unknown|void|never|object|null|undefined|(?:Record|Array|Promise|Partial|Map|Set)<)"
    r"|^\s*(?:private|public|protected|readonly)\s+\w|:\s*[A-Z]\w*(?:\[\])?\s*(?:[,)=;]|$)"
)
_JAVASCRIPT: Final = re.compile(
    r"^\s*(?:export\s+)?(?:const|let|var)\s+[\w${\[]|=>|\bfunction\b\s*\*?\s*[\w$]*\s*\("
    r"|^\s*(?://|/\*|\*/)|[;{},]\s*//|===|!==|&&|\|\||\?\?|\w\?\.\w|\bnew\s+[A-Z]|\btypeof\s|\bthrow\s|`|\$\{|\.\.\.\w|\+\+"
    r"|^\s*import\s+[\w*{][^=]*\bfrom\s*[\"']|^\s*import\s*(?:\{|[\"'(])|^\s*export\s|\basync\s*\("
    r"|^\s*\}\s*(?:else|catch|finally|while|[;,)]|$)|(?:\)|\belse|\btry|\bdo|\bfinally)\s*\{\s*$"
    r"|^\s*(?:if|for|while|switch|catch)\s*\([^:]*[){;]\s*$"
)
_LIKE_JAVASCRIPT: Final = re.compile(
    r";\s*$|\b(?:console|JSON|Math|Promise|Object|Array|Date|Number|String|process|module|exports|axios|window|document|this)\."
    r"|\b(?:undefined|null|true|false|NaN)\b|\b(?:require|fetch|setTimeout|setInterval|parseInt|parseFloat)\(|\.(?:then|catch|forEach)\(|\.length\b"
)
_PYTHON: Final = re.compile(
    r"^\s*(?:async\s+)?def\s+\w+\s*\(|^\s*class\s+\w+[^{]*:|^\s*(?:if|elif|else|for|while|with|async|try|except|finally|match|case)\b[^{]*:\s*$"
    r"|^\s*from\s+[\w.]+\s+import\b|^\s*import\s+\w[\w., ]*$|\b(?:None|True|False|elif|lambda|pass|raise|except)\b"
    r"|\bnot\s+\w|\s(?:and|or)\s|\bfor\s+\w+(?:\s*,\s*\w+)*\s+in\s|\b(?:print|len|str|dict|list|range|isinstance)\("
)
_LIKE_PYTHON: Final = re.compile(r"^\s*\w+\s*=[^=>{;]*$")


def other_language(source: str) -> str:
    """Return ``js`` or ``ts`` if more of the lines are of that language than of Python, else an empty text."""
    lines = [line[:MAX_LINE_CHARACTERS] for line in source.split("\n", MAX_LINES)[:MAX_LINES]]
    javascript = python = typescript = 0
    for line in lines:
        if line.lstrip().startswith("#"):
            continue
        typed = _weight(line, _TYPESCRIPT)
        typescript += typed
        javascript += max(typed, _weight(line, _JAVASCRIPT, _LIKE_JAVASCRIPT))
        if not line.lstrip().startswith(("//", "*")):
            python += _weight(_TEXTS.sub('""', line), _PYTHON, _LIKE_PYTHON)
    if javascript <= python:
        return ""
    return "ts" if typescript else "js"


def with_language(hint: str, source: str) -> str:
    """Return ``hint`` behind a sentence that names the other language of a source, if it is written in one."""
    language = other_language(source)
    if not language:
        return hint
    said = f"This is {TITLES[language]}: add --lang {language}."
    return f"{said} In Python: {hint}" if hint else said


def _weight(line: str, certain: re.Pattern[str], likely: re.Pattern[str] | None = None) -> int:
    if certain.search(line):
        return STRONG
    return WEAK if likely is not None and likely.search(line) else 0
