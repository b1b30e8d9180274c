"""Names that npm takes for a new package."""

from __future__ import annotations

import pytest
from scopebox.directus.export.names import check_new_name
from scopebox.errors import ExportError
from scopebox.manifest.naming import check_extension_name


@pytest.mark.parametrize("name", ["directus-extension-x", "@acme/directus-extension-a.b_c", "my-extension"])
def test_ordinary_names_are_taken(name: str) -> None:
    check_new_name(name)


@pytest.mark.parametrize("name", ["directus-extension-a~b", "@~a/directus-extension-x", "http", "stream", "node_modules", "directus-extension-" + "x" * 300, "UPPER", ".hidden", "_x", "a b"])  # fmt: skip
def test_other_names_are_refused_with_one_that_would_do(name: str) -> None:
    with pytest.raises(ExportError, match="cannot be the name of a package") as raised:
        check_new_name(name)
    suggested = raised.value.hint.rpartition(" ")[2]
    check_new_name(suggested)
    check_extension_name(suggested)
