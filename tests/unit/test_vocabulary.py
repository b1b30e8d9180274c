"""The words, each once: every execution type has a row and a function, and the groups follow from the rows."""

from __future__ import annotations

from scopebox import vocabulary
from scopebox.execution_types.table import FUNCTIONS
from scopebox.grants.sentences import describe
from scopebox.manifest.permission import Permission
from scopebox.vocabulary import EXECUTION_TYPES, ExecutionType


def permission_for(row: ExecutionType) -> Permission:
    """The narrowest permission of a type."""
    urls = ("https://api.example.com/*",) if "allowedUrls" in row.entry_keys else ()
    return Permission(row.name, role="editor" if "role" in row.entry_keys else None, allowed_urls=urls)


def test_every_execution_type_has_a_row_and_a_function() -> None:
    assert set(EXECUTION_TYPES) == set(FUNCTIONS)


def test_every_type_is_allowed_in_a_sentence_without_gaps() -> None:
    for row in EXECUTION_TYPES.values():
        sentence = describe(permission_for(row))
        assert sentence[0].isupper(), row.name
        assert "{" not in sentence, row.name


def test_the_keys_of_an_entry_are_fields_of_a_permission() -> None:
    assert set(vocabulary.PERMISSION_KEYS) == set(Permission.__struct_encode_fields__)


def test_a_type_is_built_in_or_needs_a_permission() -> None:
    assert {*vocabulary.BUILT_IN, *vocabulary.PERMISSIONS} == set(EXECUTION_TYPES)
    assert not {*vocabulary.BUILT_IN} & {*vocabulary.PERMISSIONS}


def test_the_guest_is_told_what_it_has_to_know() -> None:
    types = vocabulary.CALL_TYPES
    assert types.functions == ("log", "sleep", "request")
    assert types.bulk == {*vocabulary.ITEMS, "request", "api:request"}
    assert types.immediate == {"log", "api:log"}
    assert set(types.handlers) == set(vocabulary.REGISTRATIONS)
    assert types.most_values("read-items") > types.most_values("request")
