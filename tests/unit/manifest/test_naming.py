from __future__ import annotations

import random
import time

import pytest
from scopebox.errors import ManifestError
from scopebox.manifest import naming
from scopebox.text import messages


@pytest.mark.parametrize(
    "name", ["directus-extension-hello", "@acme/directus-extension-hello", "hello", "my-2nd-extension", naming.UNTITLED]
)
def test_packages_and_slugs_are_names(name: str) -> None:
    assert naming.check_extension_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Hello",
        "a b",
        "a/b",
        "../x",
        "@acme/hello",
        "-x",
        "x--y",
        "directus-extension-",
        "a\n",
        "é",
        "_x",
        "x" * 300,
        5,
        None,
    ],
)
def test_anything_else_is_refused(name: object) -> None:
    with pytest.raises(ManifestError) as caught:
        naming.check_extension_name(name)
    assert caught.value.place == "name"


def test_a_wrong_name_is_answered_with_the_nearest_right_one() -> None:
    with pytest.raises(ManifestError, match="such as directus-extension-my-extension"):
        naming.check_extension_name("My Extension")


def test_a_path_of_directus_is_no_name() -> None:
    with pytest.raises(ManifestError, match="Call it directus-extension-items"):
        naming.check_extension_name("items")


def test_close_matches_ignore_case_and_may_be_missing() -> None:
    assert messages.closest("Reqest", ["request", "log"]) == "request"
    assert messages.closest("filesystem", ["request", "log"]) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\u202eb\x7f", '"a\\u202eb\\u007f"'),
        (None, "null"),
        (True, "true"),
        (5, "5"),
        (10**400, "a large number"),
        ({"a": 1}, "an object"),
        ([1], "a list"),
        (object(), "a value of type object"),
    ],
)
def test_foreign_values_are_shown_visibly_and_shortly(value: object, text: str) -> None:
    assert messages.quote(value) == text


def test_long_text_is_shortened_in_the_middle() -> None:
    assert len(messages.quote("x" * 10_000)) < 100


def test_many_long_names_are_compared_as_little_as_few_short_ones() -> None:
    word = "ab" * 40
    others = ["".join(random.Random(seed).sample(word, len(word))) for seed in range(messages.MAX_COMPARED_NAMES)]
    times = []
    for _ in range(3):
        start = time.thread_time()
        messages.closest(word * 10_000, others)
        times.append(time.thread_time() - start)
    assert min(times) < 0.25


def test_the_closest_of_many_is_found() -> None:
    assert messages.closest("artcles", [*(f"articles_{number}" for number in range(444)), "articles"]) == "articles"
