"""The one stylesheet. Everything is below ``.sbx``; colours are variables, so that a theme may change at any time."""

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
  --sbx-muted: #4d5660; --sbx-muted-bg: #eceff2;"""
DARK: Final = """
  color-scheme: dark;
  --sbx-text: var(--jp-ui-font-color0, var(--vscode-editor-foreground, #e6e9ec));
  --sbx-soft: #a9b3bd; --sbx-surface: var(--jp-layout-color1, var(--vscode-editor-background, #16191d));
  --sbx-raised: #1d2126; --sbx-line: #3b434c; --sbx-edge: #5a6570; --sbx-accent: #7cb9f5;
  --sbx-ok: #7ddba0; --sbx-ok-bg: #15301f; --sbx-warn: #f3c76b; --sbx-warn-bg: #362a10;
  --sbx-bad: #ff9d9d; --sbx-bad-bg: #3d1b1d; --sbx-info: #9ccbff; --sbx-info-bg: #14293d;
  --sbx-muted: #b7c0c9; --sbx-muted-bg: #2a3036;"""

RULES: Final = """
.sbx { color: var(--sbx-text); background: var(--sbx-surface); font: 13px/1.45 var(--jp-ui-font-family, system-ui, sans-serif);
  max-width: 100%; }
.sbx .widget-html-content, .sbx .widget-html > .widget-html-content { line-height: 1.45; min-width: 0; max-width: 100%; }
.sbx p { margin: .25em 0; }
.sbx h2 { font-size: 17px; font-weight: 600; margin: .2em 0; color: var(--sbx-text); }
.sbx h3 { font-size: 14px; font-weight: 600; margin: .7em 0 .15em; color: var(--sbx-text); }
.sbx h4 { font-size: 13px; font-weight: 600; margin: .9em 0 .3em; color: var(--sbx-text); }
.sbx code, .sbx pre, .sbx textarea { font-family: var(--jp-code-font-family, ui-monospace, monospace); font-size: 12px; }
.sbx code { background: var(--sbx-muted-bg); color: var(--sbx-text); padding: 1px 5px; border-radius: 4px;
  overflow-wrap: anywhere; }
.sbx q { font-style: italic; }
.sbx .sbx-note, .sbx .sbx-claim, .sbx .sbx-counts, .sbx .sbx-empty { color: var(--sbx-soft); }
.sbx .sbx-claim, .sbx .sbx-note, .sbx .sbx-url, .sbx .sbx-methods, .sbx .sbx-hint { display: block; }
.sbx p.sbx-note { max-width: 78em; }
.sbx .sbx-ability { font-size: 13.5px; max-width: 78em; }
.sbx table.sbx-table { border-collapse: collapse; width: 100%; margin: .5em 0 .8em; font-size: 12.5px; table-layout: auto; }
.sbx table.sbx-table caption { text-align: left; font-weight: 600; padding: .3em 0; color: var(--sbx-text); caption-side: top; }
.sbx table.sbx-table th, .sbx table.sbx-table td { text-align: left; vertical-align: top; padding: 5px 10px 5px 8px;
  border-bottom: 1px solid var(--sbx-line); background: none; color: var(--sbx-text); overflow-wrap: anywhere; white-space: normal;
  max-width: 34em; font-variant-numeric: tabular-nums; }
.sbx table.sbx-table thead th { color: var(--sbx-soft); font-weight: 600; font-size: 11.5px; border-bottom: 2px solid var(--sbx-line);
  white-space: nowrap; }
.sbx table.sbx-table tbody th { font-weight: 500; }
.sbx table.sbx-table tbody th:has(> code) { min-width: 8.5em; }
.sbx table.sbx-table tbody tr:hover { background: var(--sbx-raised); }
.sbx table.sbx-table tr { background: none; }
.sbx .sbx-badge { display: inline-block; padding: 0 8px; border-radius: 10px; font-size: 11.5px; line-height: 18px; font-weight: 600;
  white-space: nowrap; color: var(--sbx-muted); background: var(--sbx-muted-bg); }
.sbx .sbx-badge.sbx-ok { color: var(--sbx-ok); background: var(--sbx-ok-bg); }
.sbx .sbx-badge.sbx-warn { color: var(--sbx-warn); background: var(--sbx-warn-bg); white-space: normal; }
.sbx .sbx-badge.sbx-bad { color: var(--sbx-bad); background: var(--sbx-bad-bg); }
.sbx .sbx-badge.sbx-info { color: var(--sbx-info); background: var(--sbx-info-bg); }
.sbx .sbx-status { color: var(--sbx-soft); border-left: 3px solid var(--sbx-line); padding: 2px 10px; }
.sbx .sbx-status:empty { display: none; }
.sbx .sbx-error { color: var(--sbx-bad); }
.sbx .sbx-hint { color: var(--sbx-text); white-space: pre-wrap; }
.sbx .sbx-busy { visibility: hidden; animation: sbx-appear 0s linear .4s forwards; color: var(--sbx-warn); }
@keyframes sbx-appear { to { visibility: visible; } }
.sbx .sbx-scroll { overflow: auto; max-height: 22em; }
.sbx .sbx-whole { max-height: none; }
.sbx .sbx-exactly { min-width: 16em; }
.sbx .sbx-block { margin: .3em 0; padding: 8px 10px; background: var(--sbx-raised); border: 1px solid var(--sbx-line); border-radius: 6px;
  color: var(--sbx-text); overflow: auto; max-height: 24em; white-space: pre-wrap; overflow-wrap: anywhere; word-break: normal; }
.sbx .sbx-block .sbx-same { display: block; }
.sbx .sbx-block .sbx-added { display: block; color: var(--sbx-ok); background: var(--sbx-ok-bg); }
.sbx .sbx-block .sbx-removed { display: block; color: var(--sbx-bad); background: var(--sbx-bad-bg); }
.sbx .sbx-optional { border: 1px solid var(--sbx-line); border-radius: 8px; padding: 8px 12px; margin: 4px 0; overflow: visible;
  flex-flow: row wrap; background: var(--sbx-raised); }
.sbx .sbx-words { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 14em), 1fr)); gap: 2px 24px; }
.sbx .sbx-words .sbx-counts { grid-column: 1 / -1; }
.sbx .sbx-optional code { background: var(--sbx-surface); }
.sbx .sbx-section { border-top: 1px solid var(--sbx-line); padding-top: 4px; overflow: visible; }
.sbx .sbx-form { border: 1px solid var(--sbx-line); border-radius: 8px; padding: 10px 12px; margin: 2px 0 16px; background: var(--sbx-raised);
  overflow: visible; }
.sbx .sbx-controls { flex-flow: row wrap; gap: 4px 8px; overflow: visible; align-items: center; }
.sbx .sbx-pager { gap: 4px; align-items: center; }
.sbx .widget-label, .sbx .widget-checkbox label, .sbx .widget-inline-hbox .widget-label { color: var(--sbx-text); }
.sbx input:not([type=checkbox]), .sbx textarea, .sbx select { background-color: var(--sbx-surface); color: var(--sbx-text);
  border: 1px solid var(--sbx-soft); border-radius: 4px; }
.sbx .sbx-invalid :is(input, textarea, select) { border-color: var(--sbx-bad); }
.sbx .sbx-options:not(:empty) { border-left: 4px solid var(--sbx-line); padding-left: 12px; margin: 8px 0; gap: 4px; max-width: 46em; box-sizing: border-box; }
.sbx .sbx-options > .widget-inline-hbox:not(.widget-checkbox) { flex-direction: column; align-items: stretch; height: auto; }
.sbx .sbx-options > .widget-inline-hbox > .widget-label { width: auto; text-align: left; white-space: normal; height: auto; }
.sbx .sbx-options > .widget-inline-hbox > :is(input, select) { flex: 0 0 28px; width: 100%; } .sbx .sbx-options p { margin: 0 0 8px; }
.sbx .widget-dropdown > select { appearance: auto; background-image: none; }
.sbx ::placeholder { color: var(--sbx-soft); opacity: 1; }
.sbx .jupyter-button { align-self: flex-start; background: var(--sbx-muted-bg); color: var(--sbx-text); border-radius: 5px; font-weight: 500; padding: 0 14px; }
.sbx .jupyter-button.mod-primary { background: var(--sbx-info-bg); color: var(--sbx-info); border: 1px solid var(--sbx-info); }
.sbx .jupyter-button:disabled { opacity: .55; }
.sbx :is(input, select, textarea, button, summary, [tabindex]):focus-visible { outline: 2px solid var(--sbx-accent); outline-offset: 2px; }
.sbx .sbx-console { display: flex; flex-direction: column-reverse; background: var(--sbx-raised); border: 1px solid var(--sbx-line);
  border-radius: 6px; padding: 6px 10px; max-height: 26em; }
.sbx ol.sbx-lines { list-style: none; margin: 0; padding: 0; }
.sbx ol.sbx-lines li { padding: 2px 0; margin: 0; border-bottom: 1px solid var(--sbx-line); overflow-wrap: anywhere; }
.sbx ol.sbx-lines time { color: var(--sbx-soft); font-variant-numeric: tabular-nums; font-size: 12px; }
.sbx .sbx-message { white-space: pre-wrap; }
.sbx .sbx-diagram { padding: 4px; }
.sbx .sbx-diagram svg { display: block; font-family: var(--jp-ui-font-family, system-ui, sans-serif); }
.sbx .sbx-box { fill: var(--sbx-raised); stroke: var(--sbx-edge); } .sbx .sbx-system { stroke-dasharray: 3 3; }
.sbx .sbx-box-line { stroke: var(--sbx-edge); }
.sbx .sbx-diagram text { font-size: 12px; fill: var(--sbx-text); } .sbx .sbx-diagram text.sbx-box-name { font-size: 13px; font-weight: 600; }
.sbx .sbx-diagram text.sbx-key { font-weight: 600; } .sbx .sbx-diagram text.sbx-alias { font-style: italic; }
.sbx .sbx-diagram text.sbx-type { fill: var(--sbx-soft); font-size: 11px; }
.sbx .sbx-relation { fill: none; stroke: var(--sbx-accent); stroke-width: 1.4; opacity: .75; } .sbx .sbx-to-any { stroke-dasharray: 6 4; }
.sbx .sbx-end { fill: var(--sbx-accent); }
.sbx .sbx-schema { max-height: 38em; }
.sbx .sbx-fields summary { cursor: pointer; padding: .2em 0; } .sbx .sbx-fields table.sbx-table { width: auto; min-width: min(100%, 46em); }
.sbx .sbx-timeline { max-height: 34em; position: relative; display: grid; grid-template-columns: minmax(7em, 13em) 1fr;
  border: 1px solid var(--sbx-line); border-radius: 6px; background: var(--sbx-surface); }
.sbx .sbx-lanes, .sbx .sbx-plot { position: relative; min-width: 0; }
.sbx .sbx-plot { min-width: 50em; padding-right: 4px; }
.sbx .sbx-plot svg { display: block; }
.sbx .sbx-when { position: absolute; font-size: 11px; color: var(--sbx-soft); white-space: nowrap; overflow: hidden; line-height: 20px;
  font-variant-numeric: tabular-nums; box-sizing: border-box; border-left: 1px solid var(--sbx-line); padding-left: 4px; }
.sbx .sbx-lane-name { position: absolute; padding: 3px 8px; box-sizing: border-box; font-weight: 600; font-size: 12px; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; }
.sbx .sbx-lane { fill: var(--sbx-surface); } .sbx .sbx-lane.sbx-odd { fill: var(--sbx-raised); }
.sbx .sbx-pause { stroke: var(--sbx-line); stroke-dasharray: 3 4; vector-effect: non-scaling-stroke; }
.sbx .sbx-link { fill: none; stroke: var(--sbx-soft); stroke-width: 1; vector-effect: non-scaling-stroke; opacity: .7; }
.sbx .sbx-bar { fill: var(--sbx-ok-bg); stroke: var(--sbx-ok); stroke-width: 1; vector-effect: non-scaling-stroke; }
.sbx .sbx-bar.sbx-bad { fill: var(--sbx-bad-bg); stroke: var(--sbx-bad); stroke-width: 1.5; }
.sbx .sbx-bar.sbx-warn { fill: var(--sbx-warn-bg); stroke: var(--sbx-warn); }
.sbx .sbx-bar.sbx-info { fill: var(--sbx-info-bg); stroke: var(--sbx-info); stroke-dasharray: 4 3; }
.sbx .sbx-plot summary { position: absolute; height: 18px; line-height: 18px; box-sizing: border-box; padding: 0 4px; overflow: hidden;
  list-style: none; white-space: nowrap; text-overflow: clip; font-size: 11px; font-weight: 500; color: var(--sbx-text); cursor: pointer;
  border-radius: 2px; }
.sbx .sbx-plot summary::-webkit-details-marker { display: none; }
.sbx .sbx-plot summary:hover, .sbx .sbx-plot details[open] > summary { outline: 2px solid var(--sbx-accent); outline-offset: 1px; }
.sbx dl.sbx-card { display: grid; grid-template-columns: 7em 1fr; gap: 3px 10px; margin: 0; padding: 10px; font-size: 12.5px;
  border-top: 1px solid var(--sbx-line); background: var(--sbx-raised); }
.sbx dl.sbx-card dt { color: var(--sbx-soft); margin: 0; font-weight: 600; }
.sbx dl.sbx-card dd { margin: 0; overflow-wrap: anywhere; }
.sbx .lm-TabBar-tab { flex: 0 1 auto !important; min-width: 0 !important; padding: 0 14px; color: var(--sbx-text); }
.sbx .widget-tab > .widget-tab-contents { background: none; color: inherit; padding: 10px 2px; border-left: 0; border-right: 0; border-bottom: 0;
  overflow: visible; }
.sbx .widget-tab-contents > *, .sbx .widget-box > *, .sbx .widget-html { min-width: 0; max-width: 100%; }
.sbx .widget-box > .widget-inline-hbox { max-width: calc(100% - 4px); }
.sbx.jupyter-widgets-disconnected::before { display: block; width: auto; height: auto; padding: 6px 10px; margin: 0 0 8px;
  content: "This panel is no longer connected: its kernel was restarted or has ended. Run %load_ext scopebox, then %sandbox panel.";
  border-left: 3px solid var(--sbx-warn); background: var(--sbx-warn-bg); color: var(--sbx-warn); font: 600 13px/1.45 var(--jp-ui-font-family, system-ui, sans-serif); }
.sbx .jupyter-widgets-disconnected::before { content: none; display: none; }
.sbx.jupyter-widgets-disconnected > * { opacity: .55; pointer-events: none; }
@media print { .sbx-scroll, .sbx .sbx-block, .sbx .sbx-console { max-height: none !important; overflow: visible !important; } }
.sbx .jupyter-widget-tab > .lm-TabBar .lm-TabBar-tab { background: var(--sbx-muted-bg); }
.sbx .jupyter-widget-tab > .lm-TabBar .lm-TabBar-tab.lm-mod-current { background: var(--sbx-surface); font-weight: 600; color: var(--sbx-text); }
"""

# Of the panel's two outputs one is seen: the widget while there is one, else what is static.
ONE_OF_TWO: Final = """
.jp-OutputArea-child:has(.sbx-static):has(+ .jp-OutputArea-child .sbx.jupyter-widgets) { display: none; }
.jp-OutputArea-child:has(.sbx-static) + .jp-OutputArea-child:not(:has(.sbx.jupyter-widgets)) { display: none; }
"""

STYLE: Final = f"""<style>
.sbx {{{LIGHT}
}}
body[data-jp-theme-light="false"] .sbx, body.vscode-dark .sbx, body.vscode-high-contrast .sbx {{{DARK}
}}
{RULES}{items_css(".sbx")}{ONE_OF_TWO}</style>"""
