"""What the model says, and how it is said."""

import pytest
from pytestqt.qtbot import QtBot

from viewer.case.findings_panel import Finding, FindingsPanel, ProbabilityBar


@pytest.fixture
def panel(qtbot: QtBot) -> FindingsPanel:
    one = FindingsPanel()
    qtbot.addWidget(one)
    one.resize(420, 200)
    one.set_classes(("Pneumonia",))
    one.show()
    return one


def test_results_arrive_without_the_panel_growing(qtbot: QtBot, panel: FindingsPanel) -> None:
    empty = panel.sizeHint().height()
    panel.show_findings((Finding("Pneumonia", 0.874, 0.5),))
    panel.show_trust("AUROC 0.93 (test)")
    panel.show_neighbourhood("of the 20 nearest: 16 pneumonia (base rate 31 %)", "own label: x")
    panel.show_warnings(("The image is constant: there is nothing to compare.",))
    assert panel.sizeHint().height() == empty
    assert panel.probability_words() == ("0.87",)
    assert panel.trust == "AUROC 0.93 (test)"


def test_a_probability_can_be_heard(panel: FindingsPanel) -> None:
    panel.show_findings((Finding("Pneumonia", 0.874, 0.5),))
    bar = panel.findChild(ProbabilityBar)
    assert bar.accessibleName() == "Probability of Pneumonia"
    assert bar.accessibleDescription() == "0.87"


def test_clearing_takes_every_number_away(panel: FindingsPanel) -> None:
    panel.show_findings((Finding("Pneumonia", 0.874, 0.5),))
    panel.show_neighbourhood("of the 20 nearest: 16 pneumonia", "x")
    panel.show_warnings(("A warning.",), is_doubtful=True)
    panel.clear()
    assert panel.probability_words() == ("–",)
    assert (panel.summary, panel.warning, panel.origin, panel.trust) == ("", "", "", "")
    assert not panel.is_doubtful


def test_a_model_not_made_for_the_image_is_said_in_words(panel: FindingsPanel) -> None:
    panel.show_warnings(("This is a lateral view (LL).", "Another."), is_doubtful=True)
    assert panel.warning.startswith("▲ Model not made for this image.")
    assert "lateral view" in panel.warning
    assert "(and 1 more)" in panel.warning


def test_several_classes_have_a_row_each_and_the_most_probable_are_kept(
    panel: FindingsPanel,
) -> None:
    panel.show_findings(tuple(Finding(f"class {n}", n / 10) for n in range(6)))
    assert panel.probability_words() == ("0.50", "0.40", "0.30", "0.20")


def test_the_bar_shows_the_value_the_threshold_and_doubt(qtbot: QtBot) -> None:
    bar = ProbabilityBar()
    qtbot.addWidget(bar)
    bar.resize(200, 16)
    bar.show()

    def blue(x: int) -> bool:
        colour = bar.grab().toImage().pixelColor(x, 8)
        return colour.blue() > 180 and colour.red() < 140

    bar.show_value(0.5, 0.75)
    assert blue(90)
    assert not blue(110)
    assert bar.grab().toImage().pixelColor(150, 8).red() > 180  # the threshold's mark
    assert "0.75" in bar.toolTip()
    bar.show_value(0.5, 0.75, is_doubtful=True)
    assert not any(blue(x) for x in range(5, 95))
