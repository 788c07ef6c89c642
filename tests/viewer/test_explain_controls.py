"""The row says what is shown, what can be had, and how far it is."""

import pytest
from pytestqt.qtbot import QtBot

from viewer.explain.explain_controls import EXPLANATIONS, ExplainControls


@pytest.fixture
def controls(qtbot: QtBot) -> ExplainControls:
    one = ExplainControls()
    qtbot.addWidget(one)
    one.show()
    return one


def test_until_it_is_known_only_saliency_can_be_had(controls: ExplainControls) -> None:
    enabled = {name: controls.button(name).isEnabled() for name in EXPLANATIONS}
    assert enabled == {
        "saliency": True, "activation": False, "attention": False, "occlusion": False,
    }  # fmt: skip
    assert controls.button("saliency").isChecked()


def test_what_cannot_be_had_is_grey_with_the_reason(controls: ExplainControls) -> None:
    reasons = {"activation": "it has no feature map", "attention": "", "occlusion": ""}
    controls.set_available(reasons)
    assert not controls.button("activation").isEnabled()
    assert controls.button("activation").toolTip() == "Not with this method: it has no feature map."
    assert controls.button("attention").isEnabled()
    controls.set_available(dict.fromkeys(reasons, ""))
    assert controls.button("activation").isEnabled()
    assert "share in the similarity" in controls.button("activation").toolTip()


def test_a_click_is_announced(qtbot: QtBot, controls: ExplainControls) -> None:
    controls.set_available(dict.fromkeys(EXPLANATIONS, ""))
    with qtbot.waitSignal(controls.chosen) as chosen:
        controls.button("occlusion").click()
    assert chosen.args == ["occlusion"]
    controls.show_kind("")
    assert not any(controls.button(name).isChecked() for name in EXPLANATIONS)
    controls.show_kind("attention")
    assert [name for name in EXPLANATIONS if controls.button(name).isChecked()] == ["attention"]


def test_the_row_keeps_its_height_whatever_it_shows(controls: ExplainControls) -> None:
    height = controls.height()
    controls.show_legend("What it is.", "Measured.", is_doubtful=True)
    controls.show_way_back("Back to the method's ranking", is_region=True)
    controls.show_progress(3, 10)
    controls.resize(900, controls.height())
    assert controls.height() == height
    assert controls.is_busy
    assert controls.is_ranked_by_region
    assert controls.legend == "What it is. ▲ Measured."
    controls.show_way_back("")
    controls.show_progress(0, 0)
    assert not controls.is_busy
    assert not controls.is_ranked_by_region
    assert controls.back_button.isHidden()
