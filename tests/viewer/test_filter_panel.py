"""The filter, with mouse and keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from inference.case_filter import CaseFilter, FilterChoices
from viewer.results.filter_panel import FilterPanel

LEFT = Qt.MouseButton.LeftButton
CHOICES = FilterChoices(
    ("Pneumonia", "No finding"), ("F", "M"), ("PA", "AP"), ("St Elsewhere", "County")
)


@pytest.fixture
def panel(qtbot: QtBot) -> FilterPanel:
    one = FilterPanel()
    qtbot.addWidget(one)
    one.set_choices(CHOICES)
    one.set_excludes_patient(is_excluded=True)
    one.show()
    one.activateWindow()
    qtbot.waitUntil(one.isActiveWindow)
    return one


def choose(qtbot: QtBot, combo: QComboBox, downs: int) -> None:
    combo.setFocus()
    for _ in range(downs):
        qtbot.keyClick(combo, Qt.Key.Key_Down)


def test_at_first_nothing_is_asked_for(panel: FilterPanel) -> None:
    assert panel.chosen == CaseFilter()
    assert panel.chosen.count == 0


def test_arrows_choose_and_apply_at_once(qtbot: QtBot, panel: FilterPanel) -> None:
    with qtbot.waitSignal(panel.filter_changed) as changed:
        choose(qtbot, panel.sex, 1)
    assert changed.args == [CaseFilter(sex="F")]
    with qtbot.waitSignal(panel.filter_changed) as changed:
        choose(qtbot, panel.view, 1)
    assert changed.args == [CaseFilter(sex="F", view="PA")]


def test_a_finding_is_written_and_applies_with_return(qtbot: QtBot, panel: FilterPanel) -> None:
    line = panel.finding.lineEdit()
    assert line is not None
    line.setFocus()
    qtbot.keyClicks(line, "Fibrosis")
    with qtbot.waitSignal(panel.filter_changed) as changed:
        qtbot.keyClick(line, Qt.Key.Key_Return)
    assert changed.args == [CaseFilter(finding="Fibrosis")]


def test_an_age_applies_when_it_is_whole(qtbot: QtBot, panel: FilterPanel) -> None:
    panel.youngest.setFocus()
    panel.youngest.selectAll()
    with qtbot.assertNotEmitted(panel.filter_changed):
        qtbot.keyClicks(panel.youngest, "65")
    with qtbot.waitSignal(panel.filter_changed) as changed:
        qtbot.keyClick(panel.youngest, Qt.Key.Key_Tab)
    assert changed.args == [CaseFilter(youngest=65)]


def test_leaving_a_field_unchanged_asks_for_nothing_new(qtbot: QtBot, panel: FilterPanel) -> None:
    with qtbot.assertNotEmitted(panel.filter_changed):
        line = panel.source.lineEdit()
        assert line is not None
        line.setFocus()
        qtbot.keyClick(line, Qt.Key.Key_Return)
        panel.sex.setFocus()


def test_clear_takes_everything_back_but_the_patient(qtbot: QtBot, panel: FilterPanel) -> None:
    choose(qtbot, panel.sex, 2)
    panel.oldest.setValue(50)
    qtbot.mouseClick(panel.excludes_patient, LEFT, pos=panel.excludes_patient.rect().center() / 8)
    was = panel.excludes_patient.isChecked()
    with qtbot.waitSignal(panel.filter_changed) as changed:
        qtbot.mouseClick(panel.clear_button, LEFT)
    assert changed.args == [CaseFilter()]
    assert panel.oldest.text() == "any"
    assert panel.excludes_patient.isChecked() is was


def test_the_switch_for_the_patient_is_its_own_wish(qtbot: QtBot, panel: FilterPanel) -> None:
    panel.excludes_patient.setFocus()
    with (
        qtbot.assertNotEmitted(panel.filter_changed),
        qtbot.waitSignal(panel.exclusion_changed) as changed,
    ):
        qtbot.keyClick(panel.excludes_patient, Qt.Key.Key_Space)
    assert changed.args == [False]


def test_another_catalogue_keeps_what_it_has_too_and_says_what_it_has_not(
    qtbot: QtBot, panel: FilterPanel
) -> None:
    choose(qtbot, panel.sex, 1)
    choose(qtbot, panel.view, 2)
    with qtbot.waitSignal(panel.filter_changed) as changed:
        panel.set_choices(FilterChoices(sexes=("F",), views=("PA",)))
    assert changed.args == [CaseFilter(sex="F")]  # there is no AP in it


def test_names_from_right_to_left_are_found_as_they_are_written(
    qtbot: QtBot, panel: FilterPanel
) -> None:
    panel.set_choices(FilterChoices(findings=("דלקת ריאות",), sources=("مستشفى ١",)))
    choose(qtbot, panel.source, 1)
    assert panel.chosen.source == "مستشفى ١"
