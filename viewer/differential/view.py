"""The window in which two classes are compared: what to compare, the picture, what it is."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from inference.class_saliency import ClassMap
from viewer.differential.jobs import CaseClass
from viewer.differential.picture import DifferentialPicture
from viewer.translation import tr
from viewer.whole_catalogue.view import CatalogueView, add_choice

_LIMITS = (25, 100, 400, 0)


class DifferentialView(CatalogueView):
    """Shows what it is told; the controller compares.

    Signals:
        compare_wished: Compare what is chosen.
        export_wished: Save the picture.
        sure_changed: Whether small differences are left out. arg: bool
    """

    compare_wished = Signal()
    export_wished = Signal()
    sure_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        self.picture = DifferentialPicture()
        super().__init__(self.picture, QLabel(), parent)
        self.setWindowTitle(tr("Two classes compared — Kindred"))
        self.resize(1080, 720)
        self.one, self.other, self.kinds, self.limits = (QComboBox() for _ in range(4))
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
        self.compare, self.export = QPushButton(tr("Compare")), QPushButton(tr("Export…"))
        self.compare.setDefault(True)
        self.export.setToolTip(tr("Save as a picture: means of many, nobody's own radiograph"))
        self._progress.setAccessibleName(tr("Progress of the comparison"))
        self._what = QLabel()
        for label, name in ((self._what, tr("What is shown")), (self._status, tr("Status"))):
            label.setWordWrap(True)
            label.setAccessibleName(name)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._lay_out()
        self.compare.clicked.connect(self.compare_wished)
        self.export.clicked.connect(self.export_wished)
        self.sure.toggled.connect(self.sure_changed)
        self.kinds.currentIndexChanged.connect(self._kind_chosen)
        self.set_classes(())
        self.show_busy(0, 0)

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

    def show_message(self, words: str, *, is_problem: bool = False) -> None:
        """A sentence in place of the picture."""
        super().show_message(words, is_problem=is_problem)
        if is_problem:
            self.show_what("")

    def show_busy(self, done: int, total: int) -> None:
        """How far it is; a total of 0 hides it."""
        super().show_busy(done, total)
        shown = self.picture.shown
        self.export.setEnabled(shown is not None and shown.values() is not None)

    @Slot()
    def _kind_chosen(self) -> None:
        # What the model's answer rests on is the same for every retrieval method.
        self.methods.setEnabled(self.kind == "activation")

    def _lay_out(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        rows: tuple[tuple[QHBoxLayout, str, QComboBox, str], ...] = (
            (first, "A", self.one, tr("First class")),
            (first, "− B", self.other, tr("Second class, which is subtracted")),
            (second, tr("map"), self.kinds, tr("Which maps are averaged")),
            (second, tr("method"), self.methods, tr("Whose similarity is explained")),
            (second, tr("cases of each"), self.limits, tr("Cases of each class at most")),
        )
        for row, words, combo, name in rows:
            add_choice(row, words, combo, name, stretch=1 if row is first else 0)
        first.addWidget(self.compare)
        second.addStretch(1)
        second.addWidget(self.sure)
        self._bottom.addWidget(self.export)
        layout = QVBoxLayout(self)
        layout.addLayout(first)
        layout.addLayout(second)
        layout.addWidget(self.picture, 1)
        layout.addWidget(self._what)
        layout.addLayout(self._bottom)
