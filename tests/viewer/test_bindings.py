"""The table of keys: complete, without doubles, and changed only to what exists."""

import re

import pytest
from PySide6.QtGui import QKeySequence

from inference.bundle_store import resources_folder
from viewer.frame.bindings import BINDINGS, BindingError, bound_keys, listed
from viewer.preferences.settings import Settings


def test_the_shipped_settings_show_every_binding_with_its_default() -> None:
    text = (resources_folder() / "settings.toml").read_text(encoding="utf-8")
    shown = re.findall(
        r'^# (\w+) = "(.*)"$', text.split("[keys]")[1].split("\n[")[0], flags=re.MULTILINE
    )
    assert shown == [(one.name, one.keys) for one in BINDINGS]


def test_every_default_is_a_key_that_qt_knows_under_the_same_name() -> None:
    for binding in BINDINGS:
        for key in binding.keys.split():
            assert QKeySequence(key).toString() == key


def test_a_change_replaces_one_key_alone() -> None:
    bound = bound_keys({"invert": "Ctrl+I", "sigmoid": ""})
    assert bound["invert"] == "Ctrl+I"
    assert bound["sigmoid"] == ""
    assert bound["flip"] == "H"
    words = {row[1]: row[0] for _, rows in listed({"invert": "Ctrl+I"}) for row in rows}
    assert words["invert"] == "Ctrl+I"
    assert words["select a similar case"] == "1 – 9"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param({"inwert": "I"}, "nothing called 'inwert'", id="unknown name"),
        pytest.param({"invert": "Hyper+I"}, "'Hyper+I' is no key", id="unknown modifier"),
        pytest.param({"invert": "F99"}, "'F99' is no key", id="unknown key"),
        pytest.param({"invert": "o"}, "o is given to overlay and to invert", id="taken"),
        pytest.param({"invert": 3}, "3 is no key", id="a number"),
    ],
)
def test_a_mistake_is_named(changes: dict[str, str], sentence: str) -> None:
    with pytest.raises(BindingError, match=re.escape(sentence)):
        bound_keys(changes)
    with pytest.raises(ValueError, match=re.escape(sentence)):
        Settings(keys=changes)
