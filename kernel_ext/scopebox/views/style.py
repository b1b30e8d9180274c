"""The stylesheet of everything that is shown outside the widgets: only variables of the front end, with fallbacks.

Every output can be read without it: any may be all that is left of a notebook, in a place that takes styles away. A session of a
notebook shows the sheet once (see :mod:`scopebox.notebook.sheet`). Where nobody does that, an output brings along the rules for what
it shows, and no more. No rule depends on one that stands before it, as outputs come in any order.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from scopebox.text.visible import escape

_STYLE: Final = """
.sbx-out{padding:.15em .6em;color:var(--jp-ui-font-color1,var(--vscode-editor-foreground,inherit));
font-family:var(--jp-ui-font-family,var(--vscode-font-family,sans-serif));font-size:var(--jp-ui-font-size1,13px);
line-height:1.45;max-width:100%;overflow-x:auto}
.sbx-out.sbx-out p{margin:.25em 0}
.sbx-out.sbx-out pre,.sbx-out.sbx-out code{font-family:var(--jp-code-font-family,var(--vscode-editor-font-family,monospace));
font-size:var(--jp-code-font-size,13px);color:inherit;background:none;padding:0}
.sbx-out.sbx-out pre{margin:.25em 0;white-space:pre-wrap;overflow-wrap:anywhere}
.sbx-out.sbx-out .sbx-framed{border-left:3px solid var(--jp-border-color1,var(--vscode-panel-border,#bdbdbd));padding:.1em .8em}
.sbx-out.sbx-out .sbx-labelled{display:flex;gap:.8em;margin:.25em 0}
.sbx-out.sbx-out .sbx-framed pre{margin:0}
.sbx-out.sbx-out .sbx-muted{color:var(--jp-ui-font-color2,var(--vscode-descriptionForeground,#616161))}
.sbx-out.sbx-out .sbx-paste{user-select:all}
.sbx-out.sbx-out .sbx-refused,.sbx-out.sbx-out .sbx-failed{border-left:3px solid var(--jp-error-color1,var(--vscode-errorForeground,#d32f2f));
padding-left:.8em}
.sbx-out.sbx-out .sbx-warning{border-left:3px solid var(--jp-warn-color1,var(--vscode-editorWarning-foreground,#f57c00));padding-left:.8em}
.sbx-out.sbx-out table{border-collapse:collapse;margin:.5em 0;border:none}
.sbx-out.sbx-out caption{caption-side:top;text-align:left;font-weight:600;padding:.2em 0}
.sbx-out.sbx-out th,.sbx-out.sbx-out td{text-align:left;vertical-align:top;padding:.2em .8em .2em 0;border:none;overflow-wrap:break-word;
border-bottom:1px solid var(--jp-border-color2,var(--vscode-panel-border,#e0e0e0));background:none;color:inherit}
.sbx-out.sbx-out th{font-weight:600}.sbx-out.sbx-out thead th{white-space:nowrap}
.sbx-out.sbx-out td.sbx-code,.sbx-out.sbx-out th.sbx-code{font-family:var(--jp-code-font-family,monospace);
white-space:pre-wrap;overflow-wrap:anywhere;min-width:6em}
.sbx-out.sbx-out td.sbx-tight{white-space:nowrap}
.sbx-out.sbx-out td.sbx-number,.sbx-out.sbx-out th.sbx-number{text-align:right;font-variant-numeric:tabular-nums}
.sbx-out.sbx-out summary{cursor:pointer;padding:.1em 0}
.sbx-out.sbx-out a{color:var(--jp-content-link-color,var(--vscode-textLink-foreground,#0969da))}
.sbx-out.sbx-out :focus-visible{outline:2px solid var(--jp-brand-color1,#1976d2);outline-offset:1px}
"""
# Tables of items, in an output or in the panel: @ stands for the element around them.
_ITEMS: Final = """
@ .sbx-items{max-height:44em;overflow:auto;max-width:100%}
@ .sbx-items thead th{position:sticky;top:0;z-index:1;background:var(--sbx-surface,var(--jp-layout-color0,var(--vscode-editor-background,Canvas)))}
@ .sbx-items td,@ .sbx-items th{white-space:nowrap}
@ .sbx-items td.sbx-cut{max-width:28em;overflow:hidden;text-overflow:ellipsis}
@ .sbx-items .sbx-number{text-align:right;font-variant-numeric:tabular-nums}
@ td.sbx-whole{white-space:pre-wrap;overflow-wrap:anywhere}
"""
# What scrolls, is cut or folded is printed whole.
_PRINT: Final = (
    "@media print{@ .sbx-items{max-height:none;overflow:visible}@ .sbx-items thead th{position:static;white-space:normal}"
    "@ .sbx-items table{font-size:11px;line-height:16px}@ tr{break-inside:avoid}"
    "@ .sbx-items td.sbx-cut{max-width:16em;overflow:visible;white-space:normal;overflow-wrap:break-word}"
    "@ details::details-content{content-visibility:visible;height:auto}}"
)
# Around our outputs: long ones begin where there is room on a page, and no line of code ends at its edge.
_PAGES: Final = (
    "@media print{.jp-OutputArea-child:has(.sbx-out,.sbx-static){break-inside:auto}"
    ".jp-InputArea-editor pre{white-space:pre-wrap;overflow-wrap:anywhere}}"
)
# JupyterLab and exported pages typeset what stands between dollar signs, also in HTML: prices would come out as formulas, and an
# extension could write links that way. Both versions of the typesetter leave out what is inside of an element of its class.
UNTYPESET: Final = ("mathjax_ignore", "tex2jax_ignore")
_SCOPE: Final = ".sbx-out"
_NAME: Final = re.compile(r"\.[a-z][\w-]*|(?<![\w.:-])[a-z][\w-]*")  # of a class with its point, or of an element
_TAG: Final = re.compile(r"<([a-z]++)")
_CLASSES: Final = re.compile(r' class="([^"<>]*+)"')


# A page of its own has no front end whose variables follow its theme.
_PAGE: Final = (
    ":root{color-scheme:light dark;--jp-ui-font-color2:light-dark(#616161,#bdbdbd);--jp-border-color1:light-dark(#bdbdbd,#757575);"
    "--jp-border-color2:light-dark(#e0e0e0,#424242)}body{max-width:60em;margin:1em auto}"
)


class Rule(NamedTuple):
    """A rule of the sheet. Each of its selectors wants elements and classes, by name."""

    css: str
    selectors: tuple[frozenset[str], ...]


def _rule(css: str) -> Rule:
    selectors = css.partition("{")[0].replace(_SCOPE, "").split(",")
    return Rule(css, tuple(frozenset(_NAME.findall(selector)) for selector in selectors))


def _within(scope: str, css: str) -> str:
    return css.replace("\n", "").replace("@media", "\0").replace("@", scope).replace("\0", "@media")


def items_css(scope: str) -> str:
    """Return the rules for tables of items within ``scope``, a selector, on the screen and in print."""
    return _within(scope, _ITEMS + _PRINT)


_OUTPUT: Final = f"{_SCOPE}{_SCOPE}"  # twice: the front end has rules for tables, too
RULES: Final = tuple(
    _rule(f"{css}}}") for css in (_STYLE.replace("\n", "") + _within(_OUTPUT, _ITEMS)).split("}") if css
)
PRINTED: Final = _within(_OUTPUT, _PRINT)
SHEET: Final = f"<style>{''.join(rule.css for rule in RULES)}{PRINTED}{_PAGES}</style>"


def style_of(page: str) -> str:
    """Return the rules of the stylesheet that HTML of ours has a use for, as an element."""
    classes = {f".{name}" for names in _CLASSES.findall(page) for name in names.split()}
    there = classes.union(_TAG.findall(page))
    wanted = "".join(rule.css for rule in RULES if any(selector <= there for selector in rule.selectors))
    return f"<style>{wanted}{PRINTED if there & {'details', '.sbx-items'} else ''}</style>"


def page(title: str, inner: str) -> str:
    """Return HTML of ours as a page of its own, light or dark as the browser is."""
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_PAGE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}{style_of(inner)}</head><body>{inner}</body></html>\n'


def outermost(inner: str, kind: str = "") -> str:
    """Return HTML of ours as one element in which text is text; whatever is shown as HTML goes through here."""
    return f'<div class="{" ".join(filter(None, (kind, *UNTYPESET)))}">{inner}</div>'
