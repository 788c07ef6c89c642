"""How long ago a study was made, in words."""

import datetime

import pytest

from viewer.archive.words import age_words


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "today"),
        (1, "yesterday"),
        (2, "2 days ago"),
        (59, "59 days ago"),
        (60, "2 months ago"),
        (729, "24 months ago"),
        (730, "2 years ago"),
        (-1, ""),
    ],
)
def test_how_long_ago(days: int, words: str) -> None:
    today = datetime.date(2026, 3, 1)
    assert age_words(today - datetime.timedelta(days=days), today) == words


def test_an_unknown_date_is_no_age() -> None:
    assert age_words(None, datetime.date(2026, 3, 1)) == ""
