from __future__ import annotations

import pytest
from scopebox.store.values import iso_moments
from scopebox.store.values.iso_moments import moment_of

# what parseISO of date-fns makes of these texts where the local time is UTC
READ = {
    "2024-05-06": "2024-05-06T00:00:00", "20240506": "2024-05-06T00:00:00", "2024-05": "2024-05-01T00:00:00", "2024": "2024-01-01T00:00:00",
    "20": "2000-01-01T00:00:00", "2024-127": "2024-05-06T00:00:00", "2024-W10-3": "2024-03-06T00:00:00", "2024W103": "2024-03-06T00:00:00",
    "2024-": "2024-01-01T00:00:00", "2024-05-06T07:08:09": "2024-05-06T07:08:09", "2024-05-06 07:08": "2024-05-06T07:08:00",
    "2024-05-06T070809": "2024-05-06T07:08:09", "2024-05-06T07.5": "2024-05-06T07:30:00", "2024-05-06T07:08:09,1239": "2024-05-06T07:08:09.123000",
    "2024-05-06T24:00:00": "2024-05-07T00:00:00", "2024-05-06Z": "2024-05-06T00:00:00", "2024-05-06T07:08:09+02:00": "2024-05-06T05:08:09",
    "2024-05-06T07:08:09-0530": "2024-05-06T12:38:09", "2024-05-06T07:08:09+2": "2024-05-06T07:08:09", "+002024-05-06": "2024-05-06T00:00:00",
}  # fmt: skip
REFUSED = [
    "", "x", "now", "2024-5-6", "06/05/2024", "2024-13-01", "2024-00-01", "2024-02-30", "2023-366", "2024-W54", "2024-W10-0", "24:00",
    "2024-05-06T25:00:00", "2024-05-06T07:60", "2024-05-06T07:08:60", "2024-05-06T07:08:09 +02:00", "2024-05-06T07:08:09z",
    "2024-05-06T07:08:09+02:60", "2024-05-06T24:00:01", "0000-01-01", "\ud800", "\u0662\u0660\u0662\u0664", "2024-05-06T07:08:09." + "1" * 100,
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), READ.items(), ids=READ)
def test_a_text_tells_the_moment_that_a_directus_reads(text: str, expected: str) -> None:
    moment = moment_of(text)
    assert moment is not None
    assert moment.isoformat() == expected


# as JavaScript and others write them, and what only looks like it
LIKE_USUAL = [
    "2024-05-06T07:08:09Z", "2024-05-06 07:08:09Z", "2024-05-06T07:08:09.120Z", "2024-05-06T00:00:01.001Z", "2024-05-06T00:00:04.035Z",
    "2024-05-06T23:59:59.999Z", "2024-05-06T24:00:00Z", "2024-05-06T24:00:00.000Z", "2024-05-06T24:00:00.001Z", "2024-05-06T07:08+01",
    "2024-05-06T07:08-05", "2024-05-06T07.08.09Z", "2024-05-06T07:08:09+Z", "2024-05-06T07:08:9.12Z", "2024-05-06T07:08:09,120Z",
    "2024-05-06T07:08:09.12+Z", "2024-05-06T07:08:09.\u0661\u0662\u0663Z", "2024-05-06T07:08:0\u0669Z", "2024-05-06T07:08:60Z",
    "2024-13-06T07:08:09.120Z", "2024-05-06x07:08:09.120Z", "2024-05-06T07:08:09.120z", "2024-05-06T07:60:09.120Z", "2024-05-06T-7:08:09Z",
    "2024-05-06T07:08:09 Z", "2024-05-06T07:08:09.1e2Z", "2024-05-06T07:08:09.1_2Z", "0000-05-06T07:08:09.120Z", "2024-W106T07:08:09Z",
]  # fmt: skip


@pytest.mark.parametrize("text", LIKE_USUAL, ids=ascii)
def test_what_most_texts_look_like_is_read_as_all_others_are(text: str) -> None:
    assert moment_of(text) == iso_moments._read(text)


def test_each_millisecond_of_some_seconds_is_the_one_that_is_summed_up_in_floating_point() -> None:
    texts = [f"2024-05-06T{hour:02}:00:{ms // 1000:02}.{ms % 1000:03}Z" for hour in (0, 13) for ms in range(10_000)]
    assert [moment_of(text) for text in texts] == [iso_moments._read(text) for text in texts]


@pytest.mark.parametrize("text", REFUSED, ids=ascii)
def test_any_other_text_tells_none(text: str) -> None:
    assert moment_of(text) is None
