"""A default export without a type is told, and nothing else is taken for one."""

from __future__ import annotations

from typing import Final

import pytest
from scopebox import Sandbox
from scopebox.extension.untyped import NOTE, has_default_export

SCOPES: Final[dict[str, object]] = {"requestedScopes": {"log": {}}}
EXPORT = (
    "import { log } from 'directus:api';\nexport default ({ action }) => { action('items.create', () => log('x')); };"
)


@pytest.mark.parametrize(
    ("engine", "source"),
    [
        ("javascript", "export default (router) => {};"),
        ("javascript", "const a = 1;\n  export default { id: 'x', handler() {} };"),
        ("javascript", "const a=1;export{a as default};"),
        ("python", "x = 1\ndef default(router):\n    pass"),
        ("python", "async def default(filter):\n    pass"),
        ("python", 'default = {"id": "x", "handler": print}'),
    ],
)
def test_a_default_export_is_found(engine: str, source: str) -> None:
    assert has_default_export(engine, source)


@pytest.mark.parametrize(
    ("engine", "source"),
    [
        ("javascript", "switch (x) { default: y(); }"),
        ("javascript", "// export default nothing"),
        ("javascript", "const exports = { default: 1 };"),
        ("python", "default = 3"),
        ("python", "    def default(self):"),
        ("python", "export default x"),
        ("none", "export default x"),
    ],
)
def test_nothing_else_is_taken_for_one(engine: str, source: str) -> None:
    assert not has_default_export(engine, source)


@pytest.mark.parametrize("manifest", [None, SCOPES])
def test_a_cell_whose_default_export_has_no_type_says_so(box: Sandbox, manifest: object) -> None:
    assert box.load(EXPORT, language="js", manifest=manifest).result.warnings == (NOTE,)
    assert box.load(EXPORT, language="js", type="hook", manifest=SCOPES).result.warnings == ()


def test_python_says_so_as_well(box: Sandbox) -> None:
    assert NOTE in box.load("def default(router):\n    pass", manifest=SCOPES).result.warnings
