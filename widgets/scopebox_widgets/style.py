"""The one stylesheet. Everything is below ``.sbx``; colours are variables, so that a theme may change at any time.

One family besides that of code, three sizes (16/24 titles, 13/20 text and controls, 12/16 what is secondary), weight 600 for titles and column heads,
and every gap and padding a multiple of 4 px: ``tests/browser/test_panel_look.py`` measures it on the page. What is narrow is told by the
width of the panel, not of the window.
"""

from __future__ import annotations

from typing import Final

from scopebox.views.style import items_css

# Text on a surface has a contrast of at least 4.5 in both sets, also on the tinted surfaces of badges.
LIGHT: Final = """
  color-scheme: light;
  --sbx-text: var(--jp-ui-font-color0, var(--vscode-editor-foreground, #1d2329));
  --sbx-soft: #57606a; --sbx-surface: var(--jp-layout-color1, var(--vscode-editor-background, #fff));
  --sbx-raised: #f6f8fa; --sbx-line: #d5dae0; --sbx-edge: #b9c1c9; --sbx-accent: #0b5cad;
  --sbx-ok: #0f6a36; --sbx-ok-bg: #e3f6ea; --sbx-warn: #7a4a00; --sbx-warn-bg: #fdf1d8;
  --sbx-bad: #a8161d; --sbx-bad-bg: #fdeaea; --sbx-info: #0b5394; --sbx-info-bg: #e6f1fc;
  --sbx-muted: #4d5660; --sbx-muted-bg: #eceff2;
  --sbx-items: #d9e9fb; --sbx-request: #ece0fb; --sbx-handler: #e3e7eb; --sbx-register: #d6f0ea;"""
DARK: Final = """
  color-scheme: dark;
  --sbx-text: var(--jp-ui-font-color0, var(--vscode-editor-foreground, #e6e9ec));
  --sbx-soft: #a9b3bd; --sbx-surface: var(--jp-layout-color1, var(--vscode-editor-background, #16191d));
  --sbx-raised: #1d2126; --sbx-line: #3b434c; --sbx-edge: #5a6570; --sbx-accent: #7cb9f5;
  --sbx-ok: #7ddba0; --sbx-ok-bg: #15301f; --sbx-warn: #f3c76b; --sbx-warn-bg: #362a10;
  --sbx-bad: #ff9d9d; --sbx-bad-bg: #3d1b1d; --sbx-info: #9ccbff; --sbx-info-bg: #14293d;
  --sbx-muted: #b7c0c9; --sbx-muted-bg: #2a3036;
  --sbx-items: #1b3a59; --sbx-request: #40295c; --sbx-handler: #3a434c; --sbx-register: #16423d;"""

MAX_HIGHLIGHTS: Final = 24  # boxes of a drawing whose relations light up
_LIT: Final = "".join(
    f".sbx .sbx-schema:has(.sbx-pick-{n}:is(:hover, :focus-visible), .sbx-at-{n}:hover) .sbx-of-{n}"
    f" path {{ opacity: 1; stroke-width: 3; }}\n"
    for n in range(MAX_HIGHLIGHTS)
)
MAX_TABS: Final = 8  # pages that are shown by the radio button of their number alone
_TURNED: Final = "".join(
    f".sbx .sbx-tabs:not(:has(label:nth-child({n}) > :checked)) + .sbx-pages > :nth-child({n}) {{ display: none; }}\n"
    for n in range(1, MAX_TABS + 1)
)

_BASE: Final = """
.sbx { --jp-widgets-margin: 0px; --jp-widgets-inline-label-width: 88px; --jp-widgets-font-size: 13px; --jp-widgets-color: inherit;
  color: var(--sbx-text); background: var(--sbx-surface); font: 13px/20px var(--jp-ui-font-family, system-ui, sans-serif);
  max-width: 100%; padding: 4px; container: sbx / inline-size; }
.sbx .jupyter-widgets { color: inherit; }
.sbx :is(button, input, select, label) { font-family: inherit; }
.sbx .widget-html-content, .sbx .widget-html > .widget-html-content { line-height: 20px; min-width: 0; max-width: 100%; }
.sbx .widget-html:has(> .widget-html-content:empty) { display: none; }
.sbx p { margin: 0 0 4px; max-width: 78em; }
.sbx ul, .sbx ol { margin: 4px 0 8px; padding: 0 0 0 20px; } .sbx ul { list-style: none; padding: 0; }
.sbx :is(h2, h3, h4) { font-size: 13px; line-height: 20px; font-weight: 600; margin: 8px 0 4px; color: var(--sbx-text); }
.sbx h2 { font-size: 16px; line-height: 24px; margin: 0; }
.sbx strong { font-weight: 400; }
.sbx code, .sbx pre, .sbx textarea { font-family: var(--jp-code-font-family, ui-monospace, monospace); font-size: 12px; line-height: 16px; }
.sbx code { background: var(--sbx-muted-bg); color: var(--sbx-text); padding: 0 4px; border-radius: 4px; overflow-wrap: anywhere; }
.sbx q { font-style: italic; }
.sbx :is(.sbx-note, .sbx-claim, .sbx-empty, .sbx-muted) { color: var(--sbx-soft); }
.sbx .sbx-note, .sbx .sbx-claim { font-size: 12px; line-height: 16px; }
.sbx .sbx-claim, .sbx .sbx-note, .sbx .sbx-hint { display: block; }
.sbx span.sbx-note { display: inline; }
.sbx details { margin: 0; } .sbx summary { cursor: pointer; }
.sbx table { border-collapse: collapse; width: 100%; margin: 0 0 8px; font-size: 13px; line-height: 20px; table-layout: auto; }
.sbx table caption { text-align: left; font-weight: 600; padding: 4px 0; color: var(--sbx-text); caption-side: top; }
.sbx table :is(th, td) { text-align: left; vertical-align: top; padding: 4px 16px 4px 0; font-size: 13px; line-height: 20px;
  border: 0; border-bottom: 1px solid var(--sbx-line); background: none; color: var(--sbx-text); overflow-wrap: anywhere; white-space: normal;
  max-width: 34em; font-variant-numeric: tabular-nums; }
.sbx.sbx table :is(th, td) { text-align: left; vertical-align: top; } .sbx.sbx table .sbx-number { text-align: right; }
.sbx.sbx-static table td { min-width: 5em; } .sbx.sbx-static table tbody th { min-width: 8em; }
.sbx table thead th { color: var(--sbx-soft); font-weight: 600; font-size: 12px; line-height: 16px; white-space: nowrap; }
.sbx table tbody th { font-weight: 400; }
.sbx table.sbx-table tbody th:has(> code) { min-width: 9em; }
.sbx table.sbx-table tr { background: none; }
.sbx table.sbx-table tbody :is(th, td) > code:only-child { background: none; padding: 0; }
.sbx .sbx-badge { display: inline-block; padding: 0 8px; border-radius: 8px; font-size: 12px; line-height: 16px; font-weight: 400;
  white-space: nowrap; color: var(--sbx-muted); background: var(--sbx-muted-bg); }
.sbx .sbx-badge.sbx-ok { color: var(--sbx-ok); background: var(--sbx-ok-bg); }
.sbx .sbx-badge.sbx-warn { color: var(--sbx-warn); background: var(--sbx-warn-bg); white-space: normal; }
.sbx .sbx-badge.sbx-bad { color: var(--sbx-bad); background: var(--sbx-bad-bg); }
.sbx .sbx-badge.sbx-info { color: var(--sbx-info); background: var(--sbx-info-bg); }
.sbx .sbx-status { color: var(--sbx-soft); border-left: 3px solid var(--sbx-line); padding: 0 8px; margin: 8px 0 0; }
.sbx .sbx-status:empty { border: 0; margin: 0; height: 0; }
.sbx .sbx-error { color: var(--sbx-bad); }
.sbx .sbx-hint { color: var(--sbx-text); white-space: pre-wrap; }
.sbx .sbx-busy { visibility: hidden; animation: sbx-appear 0s linear .4s forwards; color: var(--sbx-warn); margin: 8px 0 0; }
@keyframes sbx-appear { to { visibility: visible; } }
.sbx .sbx-scroll { overflow: auto; max-height: 22em; }
.sbx .sbx-whole { max-height: none; }
.sbx .sbx-block { margin: 4px 0 8px; padding: 8px; background: var(--sbx-raised); border: 1px solid var(--sbx-line); border-radius: 4px;
  color: var(--sbx-text); overflow: auto; max-height: 24em; white-space: pre-wrap; overflow-wrap: anywhere; word-break: normal; }
.sbx .sbx-next .sbx-block { user-select: all; }
.sbx .sbx-block .sbx-same { display: block; }
.sbx .sbx-block .sbx-added { display: block; color: var(--sbx-ok); background: var(--sbx-ok-bg); }
.sbx .sbx-block .sbx-removed { display: block; color: var(--sbx-bad); background: var(--sbx-bad-bg); }
"""

_CONTROLS: Final = """
.sbx .widget-box { gap: 8px; overflow: visible; } .sbx.widget-box { gap: 0; }
.sbx .widget-label, .sbx .widget-checkbox label { color: var(--sbx-text); }
.sbx .widget-inline-hbox > .widget-label { text-align: left; margin: 0 8px 0 0; height: 28px; line-height: 28px; }
.sbx .widget-box > .widget-inline-hbox { max-width: 100%; }
.sbx :is(input:not([type=checkbox]), textarea, select) { background-color: var(--sbx-surface); color: var(--sbx-text);
  border: 1px solid var(--sbx-soft); border-radius: 4px; margin: 0; }
.sbx .widget-text input[type], .sbx .widget-dropdown > select { height: 28px; padding: 0 8px; font-size: 13px; line-height: 20px; }
.sbx .widget-textarea textarea { padding: 4px 8px; font-size: 12px; line-height: 16px; }
.sbx .widget-dropdown > select { appearance: auto; background-image: none; padding: 0 4px; }
.sbx .sbx-invalid :is(input, textarea, select) { border-color: var(--sbx-bad); }
.sbx .sbx-options:not(:empty) { border-left: 4px solid var(--sbx-line); padding: 0 0 0 12px; gap: 4px; max-width: 46em; box-sizing: border-box; }
.sbx .sbx-options:empty { display: none; }
.sbx .sbx-options > .widget-inline-hbox:not(.widget-checkbox) { flex-direction: column; align-items: stretch; height: auto; }
.sbx .sbx-options > .widget-inline-hbox > .widget-label { width: auto; white-space: normal; height: auto; min-height: 20px; line-height: 20px; }
.sbx .sbx-options > .widget-inline-hbox > :is(input, select) { flex: 0 0 28px; width: 100%; } .sbx .sbx-options p { margin: 0 0 8px; }
.sbx ::placeholder { color: var(--sbx-soft); opacity: 1; }
.sbx .widget-checkbox { width: auto; align-items: center; } .sbx .widget-checkbox > .widget-label:first-child { display: none; }
.sbx .widget-checkbox input[type=checkbox] { width: 16px; height: 16px; margin: 0 8px 0 0; flex: 0 0 auto; font-size: 13px; }
.sbx .widget-label-basic { display: flex; align-items: center; white-space: normal; overflow: visible; line-height: 20px; }
.sbx .jupyter-button { align-self: flex-start; background: var(--sbx-muted-bg); color: var(--sbx-text); border-radius: 4px; font-size: 13px;
  border: 1px solid transparent; padding: 0 12px; line-height: 26px; width: auto; flex: 0 0 auto; box-shadow: none; }
.sbx .jupyter-button:hover { border-color: var(--sbx-edge); }
.sbx .jupyter-button:is(:hover, :focus, :active, .mod-active):is(:enabled, :disabled) { box-shadow: none; }
.sbx .jupyter-button:focus:enabled:not(:focus-visible) { outline: none; }
.sbx .jupyter-button.mod-primary { background: var(--sbx-info-bg); color: var(--sbx-info); border-color: var(--sbx-info); }
.sbx .jupyter-button.jupyter-widgets:disabled { opacity: 1; background: none; color: var(--sbx-soft); border-color: var(--sbx-line); cursor: default; }
.sbx .widget-toggle-button { background: none; padding: 0; color: var(--sbx-accent); border: 0; line-height: 28px; }
.sbx .widget-toggle-button::before { content: "▸ "; } .sbx .widget-toggle-button.mod-active::before { content: "▾ "; }
.sbx .widget-toggle-button.mod-active { background: none; color: var(--sbx-accent); box-shadow: none; }
.sbx .widget-toggle-buttons { gap: 4px; } .sbx .widget-toggle-buttons .widget-toggle-button { padding: 0 8px; margin: 0; color: var(--sbx-text);
  border: 1px solid var(--sbx-line); line-height: 26px; }
.sbx .widget-toggle-buttons .widget-toggle-button::before { content: none; }
.sbx .widget-toggle-buttons .widget-toggle-button.mod-active { color: var(--sbx-info); background: var(--sbx-info-bg); }
.sbx :is(input, select, textarea, button, summary, [tabindex]):focus-visible { outline: 2px solid var(--sbx-accent); outline-offset: 1px; }
.sbx :is(.sbx-scroll, .sbx-block):focus-visible { outline-offset: -2px; }
.sbx .sbx-controls { flex-flow: row wrap; gap: 8px 16px; align-items: center; }
.sbx .sbx-controls > .widget-inline-hbox:not(:first-child) > .widget-label { width: auto; }
.sbx .sbx-line { flex-flow: row wrap; gap: 8px; align-items: flex-end; }
.sbx .sbx-line > .widget-inline-hbox { flex-direction: column; align-items: stretch; height: auto; }
.sbx .sbx-line > .widget-inline-hbox > .widget-label { width: auto; height: 20px; line-height: 20px; }
.sbx .sbx-line > .widget-inline-hbox > select { flex: 0 0 28px; } .sbx .sbx-line > .jupyter-button { align-self: flex-end; }
.sbx .sbx-pager { align-items: center; }
.sbx .sbx-form { border: 1px solid var(--sbx-line); border-radius: 4px; padding: 12px; background: var(--sbx-raised); }
.sbx .sbx-pages { padding: 12px 0; }
.sbx .widget-box > *, .sbx .widget-html { min-width: 0; max-width: 100%; }
"""

_TABS: Final = f"""
.sbx .sbx-tabs {{ width: auto; height: auto; margin: 12px 0 0; }}
.sbx .sbx-tabs > .widget-radio-box {{ flex-flow: row wrap; gap: 0 20px; margin: 0 !important; border-bottom: 1px solid var(--sbx-line); }}
.sbx .sbx-tabs label {{ position: relative; flex: 0 0 auto; box-sizing: border-box; margin: 0; padding: 0; border-bottom: 2px solid transparent;
  color: var(--sbx-soft); font-size: 13px; line-height: 30px; height: 32px; cursor: pointer; }}
.sbx .sbx-tabs label:is(:hover, :has(> :checked)) {{ color: var(--sbx-text); }}
.sbx .sbx-tabs label:has(> :checked) {{ border-bottom-color: var(--sbx-accent); }}
.sbx .sbx-tabs label:has(> :focus-visible) {{ outline: 2px solid var(--sbx-accent); outline-offset: -2px; }}
.sbx .sbx-tabs input {{ position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; font-size: 13px; cursor: pointer; }}
{_TURNED}"""

_VIEWS: Final = """
.sbx .sbx-extensions { gap: 0; }
.sbx .sbx-extension { position: relative; gap: 0 16px; padding: 4px 0; border-bottom: 1px solid var(--sbx-line); align-items: baseline; }
.sbx .sbx-extension > .jupyter-button { flex: 0 0 144px; width: 144px; text-align: left; padding: 0; margin: 0; height: 20px; line-height: 20px;
  background: none; border: 0; color: var(--sbx-accent); }
.sbx .sbx-extension > .jupyter-button::after { content: ""; position: absolute; inset: 0; }
.sbx .sbx-extension:hover { background: var(--sbx-raised); }
.sbx .sbx-optional { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 16px; border: 1px solid var(--sbx-line); border-radius: 4px;
  padding: 12px; background: var(--sbx-raised); }
.sbx .sbx-optional.sbx-yes { box-shadow: inset 3px 0 0 var(--sbx-ok); } .sbx .sbx-optional.sbx-no { box-shadow: inset 3px 0 0 var(--sbx-bad); }
.sbx .sbx-optional > .widget-checkbox { height: auto; min-height: 20px; line-height: 20px; }
.sbx .sbx-optional .widget-label-basic { font-weight: 600; align-items: flex-start; }
.sbx .sbx-optional .widget-label-basic input[type=checkbox] { margin: 0 8px 0 0; align-self: flex-start; height: 20px; }
.sbx .sbx-optional > .sbx-facts { grid-column: 1 / -1; padding: 0 0 0 24px; }
.sbx .sbx-optional code { background: none; padding: 0; }
.sbx .sbx-facts :is(p, div), .sbx .sbx-state { font-size: 12px; line-height: 16px; }
.sbx .sbx-state { color: var(--sbx-soft); line-height: 20px; white-space: nowrap; }
.sbx .sbx-scope { display: flex; flex-flow: row wrap; gap: 0 12px; font-size: 12px; line-height: 16px; color: var(--sbx-soft); align-items: baseline; }
.sbx .sbx-scope code { color: var(--sbx-soft); background: none; padding: 0; } .sbx td > .sbx-scope { line-height: 20px; min-width: 16em; } .sbx td > .sbx-scope code { line-height: 20px; }
.sbx .sbx-reach { flex: 1 1 0; min-width: min(100%, 12em); } .sbx .sbx-reach > summary { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.sbx .sbx-reach[open] > summary, .sbx td .sbx-reach > summary { white-space: normal; overflow-wrap: anywhere; }
.sbx .sbx-last { display: flex; flex-flow: row wrap; gap: 0 16px; } .sbx .sbx-last > :first-child { flex: 1 1 0; min-width: min(100%, 12em); }
.sbx .sbx-counts { color: var(--sbx-soft); font-size: 12px; line-height: 16px; }
.sbx .sbx-group { display: flex; flex-flow: row wrap; gap: 0 8px; align-items: baseline; } .sbx .sbx-group h3 { margin: 0; }
.sbx table.sbx-table caption .sbx-note { font-weight: 400; margin: 0 0 0 4px; }
.sbx .sbx-locked { color: var(--sbx-soft); white-space: nowrap; }
.sbx .sbx-locked::before { content: ""; display: inline-block; width: 10px; height: 12px; margin-right: 4px; vertical-align: -1px;
  background: linear-gradient(currentColor, currentColor) 0 100% / 10px 7px no-repeat,
    radial-gradient(circle at 5px 5px, transparent 2.4px, currentColor 2.6px, currentColor 3.8px, transparent 4px) 0 0 / 10px 5px no-repeat; }
.sbx .sbx-section { border-top: 1px solid var(--sbx-line); padding: 4px 0 0; gap: 4px; }
.sbx .sbx-rows { gap: 0 8px; align-items: flex-start; } .sbx .sbx-rows > .widget-html { flex: 1 1 0; }
.sbx .sbx-rows table.sbx-table { margin: 0; border-collapse: separate; border-spacing: 0; }
.sbx .sbx-rows table.sbx-table caption { height: 20px; }
.sbx .sbx-rows table.sbx-table tr { height: 32px; }
.sbx .sbx-rows table.sbx-table :is(th, td) { height: 32px; padding: 0 16px 0 0; box-sizing: border-box; vertical-align: middle; white-space: nowrap;
  max-width: 22em; overflow: hidden; text-overflow: ellipsis; }
.sbx .sbx-tries { gap: 8px; padding: 64px 0 0; flex: 0 0 auto; }
.sbx .sbx-tries .jupyter-button { height: 24px; line-height: 22px; }
.sbx .sbx-console { display: flex; flex-direction: column-reverse; background: var(--sbx-raised); border: 1px solid var(--sbx-line);
  border-radius: 4px; padding: 4px 8px; max-height: 26em; }
.sbx ol.sbx-lines { list-style: none; margin: 0; padding: 0; }
.sbx ol.sbx-lines li { padding: 4px 0; margin: 0; border-bottom: 1px solid var(--sbx-line); overflow-wrap: anywhere; }
.sbx ol.sbx-lines time { color: var(--sbx-soft); font-variant-numeric: tabular-nums; font-size: 12px; line-height: 16px; }
.sbx .sbx-message { white-space: pre-wrap; }
.sbx .sbx-fields table.sbx-table { width: auto; min-width: min(100%, 46em); }
"""

_DIAGRAM: Final = """
.sbx .sbx-schema { position: relative; overflow: auto; max-height: 38em; flex: 0 0 auto; }
.sbx .sbx-diagram svg { display: block; font-family: inherit; }
.sbx .sbx-schema { gap: 0; } .sbx .sbx-pick.jupyter-button { position: absolute; height: 26px; padding: 0 0 0 12px; margin: 0; background: none;
  border: 0; text-align: left; font-weight: 600; line-height: 26px; }
.sbx .sbx-box { fill: var(--sbx-raised); stroke: var(--sbx-edge); } .sbx .sbx-system { stroke-dasharray: 3 3; }
.sbx .sbx-box.sbx-picked { stroke: var(--sbx-accent); stroke-width: 2; }
.sbx .sbx-box-line { stroke: var(--sbx-edge); }
.sbx .sbx-diagram text { font-size: 12px; fill: var(--sbx-text); }
.sbx .sbx-diagram text.sbx-alias { font-style: italic; }
.sbx .sbx-diagram text.sbx-type, .sbx .sbx-diagram .sbx-unreadable text { fill: var(--sbx-soft); }
.sbx :is(.sbx-relation, .sbx-ends) { fill: none; stroke: var(--sbx-accent); stroke-width: 1.5; opacity: .75; } .sbx .sbx-to-any { stroke-dasharray: 6 4; }
"""

_TIMELINE: Final = """
.sbx .sbx-timeline { max-height: none; overflow: auto hidden; position: relative; display: grid; grid-template-columns: 128px minmax(640px, 1fr);
  border: 1px solid var(--sbx-line); border-radius: 4px; background: var(--sbx-surface); container-type: inline-size; }
.sbx .sbx-lanes, .sbx .sbx-plot { position: relative; min-width: 0; }
.sbx .sbx-plot svg { display: block; }
.sbx .sbx-when { position: absolute; font-size: 12px; line-height: 16px; color: var(--sbx-soft); white-space: nowrap; padding: 4px 0 0 4px;
  font-variant-numeric: tabular-nums; box-sizing: border-box; border-left: 1px solid var(--sbx-line); height: 24px; }
.sbx .sbx-lane-name { position: absolute; padding: 0 8px; box-sizing: border-box; line-height: 24px; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; }
.sbx .sbx-lane { fill: var(--sbx-surface); } .sbx .sbx-lane.sbx-odd { fill: var(--sbx-raised); }
.sbx .sbx-pause { stroke: var(--sbx-line); stroke-dasharray: 3 4; vector-effect: non-scaling-stroke; }
.sbx .sbx-link { fill: none; stroke: var(--sbx-soft); stroke-width: 1; vector-effect: non-scaling-stroke; opacity: .7; }
.sbx .sbx-bar { fill: var(--sbx-surface); stroke: var(--sbx-edge); stroke-width: 1; vector-effect: non-scaling-stroke; }
.sbx .sbx-bar.sbx-bad { stroke: var(--sbx-bad); stroke-width: 2; } .sbx .sbx-bar.sbx-warn { stroke: var(--sbx-warn); stroke-width: 2; }
.sbx .sbx-bar.sbx-info { stroke: var(--sbx-info); stroke-width: 2; stroke-dasharray: 4 3; }
.sbx .sbx-items-bar { fill: var(--sbx-items); background: var(--sbx-items); } .sbx .sbx-request-bar { fill: var(--sbx-request); background: var(--sbx-request); }
.sbx .sbx-handler-bar { fill: var(--sbx-handler); background: var(--sbx-handler); }
.sbx .sbx-register-bar { fill: var(--sbx-register); background: var(--sbx-register); }
.sbx .sbx-legend { display: flex; flex-flow: row wrap; gap: 0 12px; margin: 0 0 8px; padding: 0; list-style: none; font-size: 12px; line-height: 16px;
  color: var(--sbx-soft); }
.sbx .sbx-legend li { margin: 0; } .sbx .sbx-legend i { display: inline-block; width: 12px; height: 8px; margin: 0 4px 0 0; border: 1px solid var(--sbx-edge); }
.sbx .sbx-plot summary { position: absolute; height: 20px; line-height: 20px; box-sizing: border-box; padding: 0; list-style: none; white-space: nowrap;
  font-size: 12px; color: var(--sbx-text); border-radius: 4px; }
.sbx .sbx-plot summary > span { padding: 0 4px; } .sbx .sbx-plot summary > .sbx-beside { position: absolute; left: 100%; }
.sbx .sbx-plot summary::-webkit-details-marker { display: none; }
.sbx .sbx-plot summary:hover, .sbx .sbx-plot details[open] > summary { outline: 2px solid var(--sbx-accent); outline-offset: 1px; }
.sbx dl.sbx-card { display: grid; grid-template-columns: 96px minmax(0, 1fr); gap: 4px 8px; margin: 0 0 0 -128px; padding: 12px; position: sticky; left: 0;
  width: 100cqw; box-sizing: border-box; border-top: 1px solid var(--sbx-line); background: var(--sbx-raised); }
.sbx dl.sbx-card dt { color: var(--sbx-soft); margin: 0; font-weight: 400; width: auto; white-space: nowrap; }
.sbx dl.sbx-card dd { margin: 0; overflow-wrap: anywhere; } .sbx dl.sbx-card dd .sbx-block { margin: 0; }
.sbx .sbx-list td:has(.sbx-span) { min-width: 192px; } .sbx .sbx-list table.sbx-table :is(td, tbody th) { white-space: nowrap; max-width: 24em;
  overflow: hidden; text-overflow: ellipsis; } .sbx .sbx-list table.sbx-table code { background: none; padding: 0; }
.sbx .sbx-took { display: grid; grid-template-columns: 64px minmax(0, 1fr); gap: 0 8px; align-items: center; white-space: nowrap; }
.sbx .sbx-track { position: relative; height: 12px; }
.sbx .sbx-span { position: absolute; height: 12px; min-width: 4px; box-sizing: border-box; border: 1px solid var(--sbx-edge); border-radius: 4px;
  print-color-adjust: exact; }
.sbx .sbx-span.sbx-bad { border-color: var(--sbx-bad); }
.sbx .sbx-list .sbx-step { display: block; padding: 0; }
""" + "".join(f".sbx .sbx-list .sbx-step-{depth} {{ padding: 0 0 0 {12 * depth}px; }}\n" for depth in range(1, 9))

_ELSEWHERE: Final = """
@container sbx (max-width: 719px) {
  .sbx .widget-inline-hbox:not(.widget-checkbox, .widget-html) { flex-direction: column; align-items: stretch; height: auto; width: 100% !important; }
  .sbx .sbx-line > .widget-inline-hbox:not(.widget-checkbox, .widget-html) { width: auto !important; }
  .sbx .widget-inline-hbox:not(.widget-checkbox) > .widget-label { width: auto !important; height: 20px; line-height: 20px; }
  .sbx .widget-inline-hbox > select { flex: 0 0 28px; }
  .sbx .sbx-extension { flex-flow: column; } .sbx .sbx-extension > .jupyter-button { flex: 0 0 20px; width: 100%; }
}
@container sbx (max-width: 959px) {
  .sbx .sbx-list table.sbx-table :is(td:not(:has(.sbx-badge, .sbx-span)), tbody th) { max-width: 10em; } .sbx .sbx-list td:has(.sbx-span) { min-width: 128px; }
}
.sbx.jupyter-widgets-disconnected::before { display: block; width: auto; height: auto; padding: 8px; margin: 0 0 8px;
  content: "This panel is no longer connected: its kernel was restarted or has ended. Run %load_ext scopebox, then %sandbox panel.";
  border-left: 3px solid var(--sbx-warn); background: var(--sbx-warn-bg); color: var(--sbx-warn); font: 13px/20px var(--jp-ui-font-family, system-ui, sans-serif); }
.sbx .jupyter-widgets-disconnected::before { content: none; display: none; }
.sbx.jupyter-widgets-disconnected > * { opacity: .55; pointer-events: none; }
@media print { .sbx tr { break-inside: avoid; } .sbx :is(h2, h3, h4, caption, thead) { break-after: avoid; break-inside: avoid; }
  .sbx.sbx-static table :is(th, td, code) { font-size: 11px; line-height: 16px; } .sbx.sbx-static table :is(th, td) { padding: 4px 8px 4px 0; }
  .sbx.sbx-static table td:has(> code) { min-width: 10em; } .sbx.sbx-static .sbx-list td:has(.sbx-span) { min-width: 8em; }
  .sbx.sbx-static .sbx-took { grid-template-columns: 4em minmax(0, 1fr); }
  .sbx .sbx-list table.sbx-table :is(td, tbody th) { white-space: normal; } .sbx-scroll, .sbx .sbx-block, .sbx .sbx-console, .sbx .sbx-schema { max-height: none !important; overflow: visible !important; } }
"""

RULES: Final = _BASE + _CONTROLS + _TABS + _VIEWS + _DIAGRAM + _LIT + _TIMELINE + _ELSEWHERE

# Of the panel's two outputs one is seen: the widget while there is one, else what is static.
ONE_OF_TWO: Final = """
.jp-OutputArea-child:has(.sbx-static):has(+ .jp-OutputArea-child .sbx.jupyter-widgets) { display: none; }
.jp-OutputArea-child:has(.sbx-static) + .jp-OutputArea-child:not(:has(.sbx.jupyter-widgets)) { display: none; }
/* Notebook 7 gives both together, before one is hidden, a box that scrolls. */
body[data-notebook=notebooks] .jp-CodeCell.jp-mod-outputsScrolled .jp-Cell-outputArea:has(.sbx.jupyter-widgets) {
  max-height: none; overflow: visible; resize: none; box-shadow: none; margin-left: 0; }
"""

STYLE: Final = f"""<style>
.sbx {{{LIGHT}
}}
body[data-jp-theme-light="false"] .sbx, body.vscode-dark .sbx, body.vscode-high-contrast .sbx {{{DARK}
}}
{RULES}{items_css(".sbx")}{ONE_OF_TWO}</style>"""
