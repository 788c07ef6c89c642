"""The section `[links]` of the settings."""

from pathlib import Path

import pytest

from viewer.integration.link_roots import link_roots


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ({"root": []}, "a line roots"),
        ([], "a line roots"),
        ({"roots": "/a"}, "a list of folders"),
        ({"roots": [3]}, "a list of folders"),
        ({"roots": ["data"]}, "whole paths"),
    ],
)
def test_a_mistake_in_the_settings_is_named(section: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        link_roots(section)


def test_roots_may_begin_at_home() -> None:
    assert link_roots({"roots": ["~/x"]}) == (Path.home() / "x",)
    assert link_roots({}) == ()
