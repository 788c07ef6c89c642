"""Which cases may be found: finding, sex, age, view, source, and whether the query's patient."""

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from inference.case_filter import CaseFilter, FilterChoices
from viewer.inference_words import sex_words
from viewer.theme import PANEL, RHYTHM
from viewer.translation import tr

_OLDEST = 120
_ANY = -1


class FilterPanel(QFrame):
    """Two short rows; what is chosen applies at once.

    Signals:
        filter_changed: arg: the new CaseFilter
        exclusion_changed: Whether the query's own patient is left out. arg: bool
    """

    filter_changed = Signal(object)
    exclusion_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filter")
        self.setStyleSheet(f"QFrame#filter {{ background: {PANEL} }}")
        self.setAccessibleName(tr("Filter"))
        self._said = CaseFilter()
        self.finding = _combo(tr("Finding that a case must have"), is_editable=True)
        self.sex = _combo(tr("Sex"))
        self.view = _combo(tr("View position"))
        self.source = _combo(tr("Collection that a case is from"), is_editable=True)
        self.youngest = _age(tr("Youngest age, in years"))
        self.oldest = _age(tr("Oldest age, in years"))
        self.excludes_patient = QCheckBox(tr("Leave out the query's own patient"))
        self.excludes_patient.setToolTip(tr("Their own earlier image is always the most similar."))
        self.clear_button = QPushButton(tr("Clear"))
        self.clear_button.setToolTip(tr("Let every case be found"))
        grid = QGridLayout(self)
        grid.setContentsMargins(RHYTHM, RHYTHM // 2, RHYTHM, RHYTHM // 2)
        grid.setSpacing(RHYTHM // 2)
        ages = QHBoxLayout()
        ages.addWidget(self.youngest)
        ages.addWidget(QLabel("–"))
        ages.addWidget(self.oldest)
        ages.addStretch(1)
        last = QHBoxLayout()
        last.addWidget(self.excludes_patient, 1)
        last.addWidget(self.clear_button)
        for place, (words, widget) in enumerate(
            ((tr("finding"), self.finding), (tr("view"), self.view), (tr("sex"), self.sex))
        ):
            grid.addWidget(_label(words), 0, 2 * place)
            grid.addWidget(widget, 0, 2 * place + 1)
        grid.addWidget(_label(tr("source")), 1, 0)
        grid.addWidget(self.source, 1, 1)
        grid.addWidget(_label(tr("age")), 1, 2)
        grid.addLayout(ages, 1, 3, 1, 3)
        grid.addLayout(last, 2, 0, 1, 6)
        grid.setColumnStretch(1, 3)
        grid.setColumnStretch(3, 1)
        grid.setColumnStretch(5, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_choices(FilterChoices())
        for combo in (self.finding, self.sex, self.view, self.source):
            combo.activated.connect(self._changed)
            line = combo.lineEdit()
            if line is not None:
                line.editingFinished.connect(self._changed)
        for box in (self.youngest, self.oldest):
            box.valueChanged.connect(self._changed)
        self.excludes_patient.toggled.connect(self.exclusion_changed)
        self.clear_button.clicked.connect(self.clear)

    @property
    def chosen(self) -> CaseFilter:
        """What the fields ask for."""
        young, old = self.youngest.value(), self.oldest.value()
        return CaseFilter(
            finding=self.finding.currentText().strip(),
            sex=str(self.sex.currentData() or ""),
            youngest=None if young == _ANY else float(young),
            oldest=None if old == _ANY else float(old),
            view=str(self.view.currentData() or ""),
            source=self.source.currentText().strip(),
        )

    def set_choices(self, choices: FilterChoices) -> None:
        """Offer what a catalogue has; what was chosen stays where it still can."""
        before = self.chosen
        for combo, names, chosen in (
            (self.finding, choices.findings, before.finding),
            (self.sex, choices.sexes, before.sex),
            (self.view, choices.views, before.view),
            (self.source, choices.sources, before.source),
        ):
            with QSignalBlocker(combo):
                combo.clear()
                combo.addItem("" if combo.isEditable() else tr("any"), "")
                for name in names:
                    combo.addItem(sex_words(name), name)
                combo.setCurrentIndex(max(combo.findData(chosen), 0))
        self._changed_if_new()

    def set_excludes_patient(self, *, is_excluded: bool) -> None:
        """Set the switch, without a signal."""
        with QSignalBlocker(self.excludes_patient):
            self.excludes_patient.setChecked(is_excluded)

    @Slot()
    def clear(self) -> None:
        """Ask for nothing; the switch for the query's patient stays as it is."""
        widgets = (self.finding, self.sex, self.view, self.source, self.youngest, self.oldest)
        for widget in widgets:
            with QSignalBlocker(widget):
                if isinstance(widget, QComboBox):
                    widget.setCurrentIndex(0)
                else:
                    widget.setValue(_ANY)
        self._changed_if_new()

    @Slot()
    def _changed(self) -> None:
        self._changed_if_new()

    def _changed_if_new(self) -> None:
        """Leaving a field says "edited" though nothing changed: searching again is for changes."""
        if self.chosen != self._said:
            self._said = self.chosen
            self.filter_changed.emit(self.chosen)


def _combo(tool_tip: str, *, is_editable: bool = False) -> QComboBox:
    combo = QComboBox()
    combo.setEditable(is_editable)
    combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    combo.setToolTip(tool_tip)
    combo.setAccessibleName(tool_tip)
    combo.setMinimumContentsLength(6)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    line = combo.lineEdit()
    if line is not None:
        line.setPlaceholderText(tr("any"))
        line.setAccessibleName(tool_tip)
    return combo


def _age(tool_tip: str) -> QSpinBox:
    box = QSpinBox()
    box.setRange(_ANY, _OLDEST)
    box.setSpecialValueText(tr("any"))
    box.setValue(_ANY)
    box.setKeyboardTracking(False)  # 6 on the way to 65 is no age to search for
    box.setToolTip(tool_tip)
    box.setAccessibleName(tool_tip)
    return box


def _label(words: str) -> QLabel:
    label = QLabel(words)
    label.setProperty("quiet", True)
    return label
