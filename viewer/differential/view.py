"""The window in which two classes are compared: what to compare, the picture, what it is."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from inference.class_saliency import ClassMap
from viewer.differential.jobs import CaseClass
from viewer.differential.picture import DifferentialPicture
from viewer.theme import CAUTION, QUIET, RHYTHM
from viewer.translation import tr

_LIMITS = (25, 100, 400, 0)


class DifferentialView(QDialog):
    """Shows what it is told; the controller compares.

    Signals:
        compare_wished: Compare what is chosen.
        stop_wished: Stop; the means so far stay.
        export_wished: Save the picture.
        sure_changed: Whether small differences are left out. arg: bool
        closed: The window was closed.
    """

    compare_wished = Signal()
    stop_wished = Signal()
    export_wished = Signal()
    sure_changed = Signal(bool)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Two classes compared — Kindred"))
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.resize(1080, 720)
        self.picture = DifferentialPicture()
        self.one, self.other, self.kinds, self.methods, self.limits = (
            QComboBox() for _ in range(5)
        )
        kinds: tuple[tuple[str, ClassMap], ...] = (
            (tr("Activation (self-similarity)"), "activation"),
            (tr("Deep Taylor saliency"), "saliency"),
        )
        for text, kind in kinds:
            self.kinds.addItem(text, kind)
        for limit in _LIMITS:
            self.limits.addItem(str(limit) if limit else tr("all"), limit)
        self.limits.setCurrentIndex(1)
        self.sure = QCheckBox(tr("Only beyond two standard errors"))
        self.sure.setToolTip(tr("Leave out differences that chance alone makes now and then"))
        self.compare, self.stop, self.export = (
            QPushButton(text) for text in (tr("Compare"), tr("Stop"), tr("Export…"))
        )
        self.compare.setDefault(True)
        self.export.setToolTip(tr("Save as a picture: means of many, nobody's own radiograph"))
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(14 * RHYTHM)
        self._progress.setAccessibleName(tr("Progress of the comparison"))
        self._what, self._status = QLabel(), QLabel()
        for label, name in ((self._what, tr("What is shown")), (self._status, tr("Status"))):
            label.setWordWrap(True)
            label.setAccessibleName(name)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._lay_out()
        self.compare.clicked.connect(self.compare_wished)
        self.stop.clicked.connect(self.stop_wished)
        self.export.clicked.connect(self.export_wished)
        self.sure.toggled.connect(self.sure_changed)
        self.kinds.currentIndexChanged.connect(self._kind_chosen)
        self.set_classes(())
        self.finished.connect(self.closed)
        self.show_busy(0, 0)

    @property
    def status(self) -> str:
        """What is being done, or was."""
        return self._status.text()

    @property
    def what(self) -> str:
        """What exactly is shown."""
        return self._what.text()

    @property
    def kind(self) -> ClassMap:
        """Which maps are averaged."""
        return "saliency" if self.kinds.currentData() == "saliency" else "activation"

    @property
    def limit(self) -> int:
        """Cases of each class at most; 0 for all."""
        return int(self.limits.currentData())

    def set_methods(self, methods: Sequence[tuple[str, str]], chosen: str) -> None:
        """Offer methods, as (name, text)."""
        self.methods.clear()
        for name, text in methods:
            self.methods.addItem(text, name)
        self.methods.setCurrentIndex(max(0, self.methods.findData(chosen)))

    def set_classes(self, classes: Sequence[CaseClass]) -> None:
        """Offer classes; the first two are chosen."""
        for combo, index in ((self.one, 0), (self.other, 1)):
            with QSignalBlocker(combo):
                combo.clear()
                for one in classes:
                    combo.addItem(f"{one.title} ({len(one.paths):,})", one)
                combo.setCurrentIndex(min(index, combo.count() - 1))
        for widget in (self.one, self.other, self.compare):
            widget.setEnabled(len(classes) > 1)

    def show_what(self, words: str) -> None:
        """Say exactly what is shown."""
        self._what.setText(words)

    def show_status(self, words: str, *, is_problem: bool = False) -> None:
        """Say what is being done."""
        self._status.setText(f"▲ {words}" if is_problem else words)
        self._status.setStyleSheet(f"color: {CAUTION if is_problem else QUIET}")

    def show_busy(self, done: int, total: int) -> None:
        """How far it is; a total of 0 hides it."""
        self._progress.setRange(0, max(total, 1))
        self._progress.setValue(done)
        self._progress.setVisible(total > 0)
        self.stop.setVisible(total > 0)
        shown = self.picture.shown
        self.export.setEnabled(shown is not None and shown.values() is not None)

    @Slot()
    def _kind_chosen(self) -> None:
        # What the model's answer rests on is the same for every retrieval method.
        self.methods.setEnabled(self.kind == "activation")

    def _lay_out(self) -> None:
        first, second, bottom = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        rows: tuple[tuple[QHBoxLayout, str, QComboBox, str], ...] = (
            (first, "A", self.one, tr("First class")),
            (first, "− B", self.other, tr("Second class, which is subtracted")),
            (second, tr("map"), self.kinds, tr("Which maps are averaged")),
            (second, tr("method"), self.methods, tr("Whose similarity is explained")),
            (second, tr("cases of each"), self.limits, tr("Cases of each class at most")),
        )
        for row, words, combo, name in rows:
            label = QLabel(words)
            label.setProperty("quiet", True)
            label.setBuddy(combo)
            combo.setAccessibleName(name)
            combo.setToolTip(name)
            row.addWidget(label)
            row.addWidget(combo, 1 if row is first else 0)
        first.addWidget(self.compare)
        second.addStretch(1)
        second.addWidget(self.sure)
        bottom.addWidget(self._status, 1)
        for widget in (self._progress, self.stop, self.export):
            bottom.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.addLayout(first)
        layout.addLayout(second)
        layout.addWidget(self.picture, 1)
        layout.addWidget(self._what)
        layout.addLayout(bottom)
