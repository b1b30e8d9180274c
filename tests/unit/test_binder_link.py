"""One address makes badge and link; what stands in pyproject.toml stands in the README."""

from __future__ import annotations

import pytest

from tests.binder_link import MARK, README, badge, link, main, renewed, repository

ADDRESS = "https://github.com/somebody/scopebox"
TOUR = "urlpath=lab%2Ftree%2Fnotebooks%2F00-tour.ipynb"


@pytest.mark.parametrize(
    ("address", "place"),
    [
        (ADDRESS, "gh/somebody/scopebox"),
        (f"{ADDRESS}.git", "gh/somebody/scopebox"),
        (f"{ADDRESS}/", "gh/somebody/scopebox"),
        ("https://gitlab.com/group/part/scopebox", "gl/group%2Fpart%2Fscopebox"),
        ("https://git.example/somebody/scopebox", "git/https%3A%2F%2Fgit.example%2Fsomebody%2Fscopebox"),
    ],
)
def test_a_link_opens_the_tour_of_the_repository(address: str, place: str) -> None:
    assert link(address) == f"https://mybinder.org/v2/{place}/HEAD?{TOUR}"
    assert link(address) in badge(address)


@pytest.mark.parametrize(
    "address", ["", "scopebox", "github.com/a/b", "https://github.com", "https://github.com/somebody"]
)
def test_what_is_no_address_of_a_repository_is_told(address: str) -> None:
    with pytest.raises(ValueError, match="is not the address of a repository"):
        link(address)


def test_the_readme_has_the_badge_of_the_address_in_pyproject_and_without_one_none() -> None:
    page = README.read_text("utf-8")
    assert renewed(page, repository()) == page


def test_a_badge_takes_the_place_of_the_one_before_and_goes_with_the_address() -> None:
    page = f"before\n\n{MARK}\nafter\n"
    once = renewed(page, ADDRESS)
    assert badge(ADDRESS) in once
    assert renewed(renewed(once, "https://gitlab.com/a/b"), ADDRESS) == once
    assert renewed(once, "") == page


def test_the_command_prints_both_and_ends_with_2_where_there_is_no_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([ADDRESS]) == 0
    assert capsys.readouterr().out.splitlines() == [badge(ADDRESS), link(ADDRESS)]
    assert main(["elsewhere"]) == 2
    assert "is not the address of a repository" in capsys.readouterr().err
