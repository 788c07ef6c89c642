"""Search the department's archives, and open what is found.

    archive   patient id   accession   from   to   modality   Search
    a table of studies, the newest first
    what is being done, or why it could not be

Names of patients are shown here and kept nowhere.
"""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from inference.archive.archive_matches import RADIOGRAPH_MODALITIES, Study
from inference.archive.archive_query import StudyQuery
from viewer.archive.table import StudyTable
from viewer.archive.words import DateError, date_of
from viewer.theme import CAUTION, QUIET, RHYTHM
from viewer.translation import tr


class ArchiveWindow(QDialog):
    """Says what the user wishes; whoever fulfils it tells it what to show.

    Signals:
        search_wished: args: the archive's name, StudyQuery
        priors_wished: Earlier studies of the open radiograph's patient. arg: the archive's name
        open_wished: args: the archive's name, Study
        prior_wished: To be shown beside the query. args: the archive's name, Study
        stop_wished: Stop what is being done.
    """

    search_wished = Signal(str, object)
    priors_wished = Signal(str)
    open_wished = Signal(str, object)
    prior_wished = Signal(str, object)
    stop_wished = Signal()

    def __init__(self, archives: Sequence[str], settings_file: str, parent: QWidget | None) -> None:
        """
        Args:
            archives: Their names, as configured.
            settings_file: Where they are configured, for whom there is none.
            parent: Its parent.
        """
        super().__init__(parent)
        self.setWindowTitle(tr("From an archive"))
        self.setModal(False)
        self.resize(124 * RHYTHM, 70 * RHYTHM)
        self._are_priors = False
        self._found_in = ""
        self._make_fields(archives)
        self.table = StudyTable()
        self.heading = QLabel()
        self.heading.setProperty("quiet", True)
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.state.setAccessibleName(tr("State"))
        self.state.setMinimumHeight(2 * self.fontMetrics().height())
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setFixedSize(12 * RHYTHM, RHYTHM)
        self.stop_button = QPushButton(tr("Stop"))
        self.open_button = QPushButton(tr("Open"))
        self.open_button.setToolTip(tr("As the query (Enter)"))
        self.prior_button = QPushButton(tr("Show as prior"))
        self.prior_button.setToolTip(tr("Beside the query (Shift+Enter)"))
        self.close_button = QPushButton(tr("Close"))
        self._lay_out()
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # Enter searches, or opens
        self._connect()
        self.show_busy("")
        if archives:
            self.show_state(tr("Type what you know, and press Enter."))
        else:
            self.show_problem(
                tr(
                    "No archive is configured. Add one to {file}:\n"
                    '[archives.hospital]\nurl = "https://pacs.example.org/dicom-web"'
                ).format(file=settings_file)
            )
        self._show_enabled()

    # What is told

    def show_studies(self, archive: str, studies: Sequence[Study], notes: Sequence[str]) -> None:
        """What a search in an archive found."""
        self._fill(archive, studies, are_priors=False)
        count = len(studies)
        words = (
            tr("{count} studies.").format(count=f"{count:,}") if count != 1 else tr("One study.")
        )
        if not studies:
            words = tr("Nothing matches. Ask for less, or look at the spelling.")
        self.heading.setText(tr("Studies of {archive} that match").format(archive=archive))
        self.show_state(" ".join((words, *notes)))

    def show_priors(self, archive: str, studies: Sequence[Study], notes: Sequence[str]) -> None:
        """The earlier studies of the open radiograph's patient in an archive."""
        self._fill(archive, studies, are_priors=True)
        words = tr("Previous studies of the open radiograph's patient in {archive}")
        self.heading.setText(words.format(archive=archive))
        words = tr("Enter shows one beside the query.")
        if not studies:
            words = tr("The archive has no earlier radiographs of this patient.")
        self.show_state(" ".join((words, *notes)))

    def show_state(self, words: str) -> None:
        """A sentence on what there is."""
        self.state.setStyleSheet(f"color: {QUIET}")
        self.state.setText(words)

    def show_problem(self, sentence: str) -> None:
        """A sentence on what went wrong; what was found before stays."""
        self.state.setStyleSheet(f"color: {CAUTION}")
        self.state.setText(f"▲ {sentence}")

    def show_busy(self, words: str) -> None:
        """What is being done, with a button that stops it; "" for nothing."""
        self._is_busy = bool(words)
        self._bar.setVisible(self._is_busy)
        self.stop_button.setVisible(self._is_busy)
        if words:
            self.show_state(words)
        self._show_enabled()

    def set_has_query(self, *, has_query: bool) -> None:
        """Whether a radiograph is open, which can have priors."""
        self._has_query = has_query
        self._show_enabled()

    def choose_archive(self, name: str) -> None:
        """Choose an archive, where it is configured."""
        self.archive.setCurrentIndex(max(self.archive.findText(name), 0))

    @property
    def chosen_archive(self) -> str:
        """The name of the archive that is asked; "" where none is configured."""
        return self.archive.currentText()

    @property
    def chosen_study(self) -> Study | None:
        """The study in the row with the focus."""
        return self.table.chosen

    # What is wished

    @Slot()
    def search(self) -> None:
        """Ask the archive for what the fields say."""
        try:
            query = StudyQuery(
                self.patient_id.text(),
                self.accession.text(),
                date_of(self.first.text()),
                date_of(self.last.text()),
                str(self.modality.currentData()),
            )
        except DateError as error:
            self.show_problem(str(error))
            return
        self.search_wished.emit(self.chosen_archive, query)

    @Slot()
    def open_chosen(self) -> None:
        """Open the study in the row with the focus as the query."""
        study = self.chosen_study
        if study is not None and not self._is_busy:
            self.open_wished.emit(self._found_in, study)

    @Slot()
    def show_chosen_as_prior(self) -> None:
        """Show it beside the query."""
        study = self.chosen_study
        if study is not None and self._has_query and not self._is_busy:
            self.prior_wished.emit(self._found_in, study)

    @Slot()
    def _activated(self) -> None:
        if self._are_priors:
            self.show_chosen_as_prior()
        else:
            self.open_chosen()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() == Qt.Key.Key_Escape and self._is_busy:
            self.stop_wished.emit()
            return
        focused = self.focusWidget()
        if is_enter and isinstance(focused, QPushButton):
            focused.click()
        elif is_enter and focused is self.table:
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self.show_chosen_as_prior()
            else:
                self._activated()
        elif is_enter:
            self.search()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.stop_wished.emit()
        super().closeEvent(event)

    # Building

    def _make_fields(self, archives: Sequence[str]) -> None:
        self._has_query = False
        self._is_busy = False
        self.archive = QComboBox()
        self.archive.addItems(list(archives))
        self.archive.setAccessibleName(tr("Archive"))
        self.patient_id = _field(tr("Patient id"))
        self.accession = _field(tr("Accession number"))
        self.first = _field(tr("First study date"), "2026-03-01")
        self.last = _field(tr("Last study date"), "2026-03-31")
        self.modality = QComboBox()
        self.modality.setAccessibleName(tr("Modality"))
        self.modality.addItem(tr("any"), "")
        for one in RADIOGRAPH_MODALITIES:
            self.modality.addItem(one, one)
        self.search_button = QPushButton(tr("Search"))
        self.priors_button = QPushButton(tr("Previous studies"))
        self.priors_button.setToolTip(tr("Of the open radiograph's patient"))

    def _lay_out(self) -> None:
        left, middle, right = QFormLayout(), QFormLayout(), QFormLayout()
        left.addRow(tr("archive"), self.archive)
        left.addRow(tr("modality"), self.modality)
        middle.addRow(tr("patient id"), self.patient_id)
        middle.addRow(tr("accession"), self.accession)
        right.addRow(tr("from"), self.first)
        right.addRow(tr("to"), self.last)
        wishes = QVBoxLayout()
        wishes.addWidget(self.search_button)
        wishes.addWidget(self.priors_button)
        top, bottom, buttons = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for form, stretch in ((left, 2), (middle, 3), (right, 2)):
            form.setVerticalSpacing(RHYTHM // 2)
            top.addLayout(form, stretch)
            top.addSpacing(RHYTHM)
        top.addLayout(wishes)
        bottom.addWidget(self.state, 1)
        bottom.addWidget(self._bar)
        bottom.addWidget(self.stop_button)
        buttons.addStretch(1)
        for button in (self.open_button, self.prior_button, self.close_button):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setSpacing(RHYTHM)
        layout.addLayout(top)
        layout.addWidget(self.heading)
        layout.addWidget(self.table, 1)
        layout.addLayout(bottom)
        layout.addLayout(buttons)

    def _connect(self) -> None:
        self.search_button.clicked.connect(self.search)
        self.priors_button.clicked.connect(lambda: self.priors_wished.emit(self.chosen_archive))
        self.open_button.clicked.connect(self.open_chosen)
        self.prior_button.clicked.connect(self.show_chosen_as_prior)
        self.stop_button.clicked.connect(self.stop_wished)
        self.close_button.clicked.connect(self.close)
        self.table.cellDoubleClicked.connect(self._activated)
        self.table.itemSelectionChanged.connect(self._show_enabled)

    def _fill(self, archive: str, studies: Sequence[Study], *, are_priors: bool) -> None:
        # Whatever is chosen above by now, these are opened where they were found.
        self._found_in = archive
        self._are_priors = are_priors
        self.table.show_studies(studies)
        if studies:
            self.table.setCurrentCell(0, 0)
            self.table.setFocus()
        self._show_enabled()

    @Slot()
    def _show_enabled(self) -> None:
        can_ask = bool(self.chosen_archive) and not self._is_busy
        has_study = self.chosen_study is not None and not self._is_busy
        self.search_button.setEnabled(can_ask)
        self.priors_button.setEnabled(can_ask and self._has_query)
        self.open_button.setEnabled(has_study)
        self.prior_button.setEnabled(has_study and self._has_query)


def _field(words: str, example: str = "") -> QLineEdit:
    field = QLineEdit()
    field.setAccessibleName(words)
    field.setMaxLength(64)
    field.setPlaceholderText(example)
    return field
