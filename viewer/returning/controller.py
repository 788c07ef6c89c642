"""Returning results as DICOM from the window: the dialog, then writing or sending."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog

from inference.archive.archive_config import ArchiveConfig, archives_from
from inference.archive.archive_errors import NoPasswordError
from inference.archive.credentials import Passwords
from inference.dicom_results.content import ResultContent
from inference.dicom_results.errors import SendLoginError
from inference.dicom_results.outbox import Outbox, WaitingResult
from inference.dicom_results.results import KINDS, BuiltResult, build_results, write_result
from inference.dicom_results.send import SendStep
from inference.errors import InferenceError
from viewer.archive.dialogs import PasswordDialog
from viewer.export.comparison_export import Overlay, render_comparison
from viewer.export.export_controller import Comparison, Rendered
from viewer.frame.main_window import MainWindow
from viewer.job_runner import JobRunner
from viewer.preferences.settings import Settings, program_version
from viewer.returning.content import annotations_of, look_of, pixels_of
from viewer.returning.dialog import TO_FOLDER, ReturnDialog
from viewer.returning.outbox_dialog import OutboxDialog
from viewer.translation import tr


@dataclass(frozen=True, slots=True)
class Written:
    """Results were written to a folder."""

    folder: Path
    count: int


@dataclass(frozen=True, slots=True)
class Kept:
    """Results lie in the outbox, to be sent."""

    archive: str


@dataclass(frozen=True, slots=True)
class _Choice:
    content: ResultContent = field(repr=False)
    kinds: tuple[str, ...]


class ReturnController(QObject):
    """Keeps the open dialog, and what was last to be sent.

    Signals:
        fault_found: A job met a bug. arg: the exception
    """

    fault_found = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        comparison: Callable[[], Comparison | None],
        settings: Settings,
        *,
        passwords: Passwords,
        outbox: Outbox | None = None,
    ) -> None:
        """
        Args:
            window: The dialog's parent.
            comparison: What is on the screen; None, with a message, where nothing can be returned.
            settings: With the archives.
            passwords: Of the archives, those of the searching window.
            outbox: None: the usual one.
        """
        super().__init__(window)
        self._window = window
        self._comparison_shown = comparison
        self._archives: Mapping[str, ArchiveConfig] = archives_from(settings.archives)
        self._passwords = passwords
        self._outbox = outbox or Outbox()
        self._runner = JobRunner(self)
        self._runner.advanced.connect(self._advanced)
        self._runner.failed.connect(self._failed)
        self._dialog: ReturnDialog | None = None
        self._outbox_dialog: OutboxDialog | None = None
        self._comparison: Comparison | None = None
        self._sending = ""
        window.bound.attach({"return_dicom": self.open})
        window.closed.connect(self._runner.shut_down)

    @property
    def dialog(self) -> ReturnDialog | None:
        """The open dialog."""
        return self._dialog

    @property
    def outbox_dialog(self) -> OutboxDialog | None:
        """The list of what waits, above that dialog, while it is open."""
        return self._outbox_dialog

    @Slot()
    def open(self) -> None:
        """Open the dialog on what is on the screen."""
        if self._dialog is not None:
            return
        comparison = self._comparison = self._comparison_shown()
        if comparison is None:
            return
        dialog = self._dialog = ReturnDialog(
            comparison.warnings(),
            list(self._archives),
            has_marks=bool(self._marks(comparison)),
            parent=self._window,
        )
        dialog.changed.connect(self._describe)
        dialog.wished.connect(self._return)
        dialog.outbox_wished.connect(self.open_outbox)
        dialog.finished.connect(self._closed)
        if self._runner.is_busy:  # what is being sent waits again, from here on
            self._runner.cancel()
            self._window.show_busy("")
        self._show_waiting()
        dialog.open()
        self._describe()

    @Slot()
    def open_outbox(self) -> None:
        """List what waits; nothing is sent meanwhile."""
        one = self._outbox_dialog = OutboxDialog(self._outbox.results(), self._dialog)
        one.discard_wished.connect(self._discard)
        one.finished.connect(self._outbox_closed)
        one.open()

    @Slot(object)
    def _discard(self, results: tuple[WaitingResult, ...]) -> None:
        shown = self._outbox_dialog
        assert shown is not None
        try:
            for one in results:
                self._outbox.discard(one)
        except InferenceError as error:
            shown.show_problem(str(error))
        left = self._outbox.results()
        shown.show_results(left)
        self._show_waiting()
        if not left:
            shown.accept()

    @Slot()
    def _outbox_closed(self) -> None:
        self._outbox_dialog = None

    def _show_waiting(self) -> None:
        assert self._dialog is not None
        counts = {name: len(self._outbox.waiting(name)) for name in self._archives}
        total = sum(len(self._outbox.waiting(name)) for name in self._outbox.archives())
        self._dialog.show_waiting(counts, total)

    @Slot()
    def _describe(self) -> None:
        """Draw the sheet, and build every result to see what it will be."""
        comparison, dialog = self._comparison, self._dialog
        assert comparison is not None
        assert dialog is not None
        has_sheet = dialog.preview.has_image
        content = self._content(comparison, dialog)
        self._runner.start(lambda: _described(comparison, content, draws=not has_sheet))

    @Slot()
    def _return(self) -> None:
        comparison, dialog = self._comparison, self._dialog
        assert comparison is not None
        assert dialog is not None
        sheet = dialog.preview.masked() if "sc" in dialog.kinds else None
        choice = _Choice(self._content(comparison, dialog, sheet), dialog.kinds)
        archive = str(dialog.destination.currentData())
        path = comparison.analysis.path
        if archive == TO_FOLDER:
            name = QFileDialog.getExistingDirectory(dialog, tr("Folder for the results"))
            if not name:
                return
            dialog.accept()
            self._runner.start(lambda: _written(path, choice, Path(name)))
            return
        dialog.accept()
        self._sending = archive
        self._runner.start(lambda: _kept(path, choice, self._outbox, archive))

    @Slot()
    def send_waiting(self) -> None:
        """Send what waits for the archive that was last chosen."""
        config = self._archives[self._sending]
        if not self._outbox.waiting(config.name):  # discarded since this was offered
            words = tr("Nothing waits for the archive {name}.").format(name=config.name)
            self._window.message_bar.show_message("note", words)
            return
        try:
            password = "" if config.ae_title else self._passwords.password(config)
        except NoPasswordError as error:
            self._ask_password(config, error)
            return
        self._window.show_busy(tr("Sending to {name}…").format(name=config.name))
        self._runner.start(lambda: self._outbox.send(config, password))

    def _ask_password(self, config: ArchiveConfig, error: InferenceError) -> None:
        self._passwords.forget(config)
        dialog = PasswordDialog(str(error), can_keep=self._passwords.can_keep, parent=self._window)

        def take(password: str, keep: bool) -> None:
            self._passwords.give(config, password, keep=keep)
            self.send_waiting()

        dialog.given.connect(take)
        dialog.open()

    def _content(
        self, comparison: Comparison, dialog: ReturnDialog, sheet: QImage | None = None
    ) -> ResultContent:
        radiograph = comparison.analysis.radiograph
        assert radiograph is not None
        view = self._window.query.view
        marks = self._marks(comparison) if dialog.marks.isChecked() else ()
        is_query_marked = radiograph.header.burned_in_annotation == "YES"
        identifies: Literal["NO", "YES", ""] = "NO" if dialog.confirm.isChecked() else ""
        return ResultContent(
            comparison.analysis,
            comparison.engine,
            program_version(),
            look=look_of(view.state, view.current_window(), radiograph),
            threshold=round(dialog.threshold.value(), 2),
            annotations=annotations_of(marks, radiograph),
            sheet=None if sheet is None else pixels_of(sheet),
            # The reader has looked for others: the query's own name may stay, and is told.
            sheet_identifies="YES" if is_query_marked else identifies,
            notes=comparison.notes,
        )

    def _marks(self, comparison: Comparison) -> tuple[Any, ...]:
        radiograph = comparison.analysis.radiograph
        assert radiograph is not None
        return self._window.measuring.book.marks(radiograph.pixel_sha256)

    @Slot()
    def _closed(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
        self._dialog = self._comparison = None

    @Slot(object)
    def _advanced(self, value: object) -> None:
        dialog, bar = self._dialog, self._window.message_bar
        if isinstance(value, Rendered) and dialog is not None:
            dialog.show_sheet(value.image)
        elif isinstance(value, BuiltResult) and dialog is not None:
            dialog.show_line(value.kind, _line(value), is_possible=value.dataset is not None)
            dialog.show_notes(value.notes)
        elif isinstance(value, Written):
            one = tr("One result was written to {folder}.")
            many = tr("{count} results were written to {folder}.")
            words = one if value.count == 1 else many
            bar.show_message("note", words.format(count=value.count, folder=value.folder))
        elif isinstance(value, Kept):
            self.send_waiting()
        elif isinstance(value, SendStep):
            self._sent(value)

    def _sent(self, step: SendStep) -> None:
        bar, name = self._window.message_bar, self._sending
        left = len(self._outbox.waiting(name))
        if step.problem:
            bar.show_message("problem", step.problem)
        elif step.done == step.total and not left:
            one = tr("One result is in the archive {name}.")
            many = tr("{count} results are in the archive {name}.")
            words = one if step.total == 1 else many
            bar.show_message("note", words.format(count=step.total, name=name))
        if step.done == step.total:
            self._window.show_busy("")

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        self._window.show_busy("")
        if not isinstance(error, InferenceError):
            self.fault_found.emit(error)
            return
        if isinstance(error, SendLoginError) and self._archives[self._sending].user:
            self._ask_password(self._archives[self._sending], error)
            return
        if self._dialog is not None:
            for kind in KINDS:
                self._dialog.show_line(kind, str(error), is_possible=False)
            return
        waits = bool(self._sending and self._outbox.waiting(self._sending))
        sentence = tr("{problem} The results wait in the outbox.").format(problem=error)
        self._window.message_bar.show_message(
            "problem",
            sentence if waits else str(error),
            action=(tr("Send again"), self.send_waiting) if waits else None,
        )


def _line(result: BuiltResult) -> str:
    dataset = result.dataset
    if dataset is None:
        return result.problem
    words = tr("series {number}, {title}: {modality}")
    return words.format(
        number=dataset.SeriesNumber, title=dataset.SeriesDescription, modality=dataset.Modality
    )


def _described(
    comparison: Comparison, content: ResultContent, *, draws: bool
) -> Generator[object, None, None]:
    from dataclasses import replace

    style = comparison.style
    image = None
    if draws:
        overlay = Overlay(style.is_on, style.opacity, style.colour_map)
        image = render_comparison(
            comparison.analysis,
            comparison.views,
            comparison.engine,
            overlay,
            notes=comparison.notes,
            maps=comparison.maps,
        )
        yield Rendered(image)
    # What it will be does not depend on the sheet's size.
    sheet = pixels_of(image) if image is not None else pixels_of(_dot())
    yield from build_results(comparison.analysis.path, replace(content, sheet=sheet), tuple(KINDS))


def _dot() -> QImage:
    image = QImage(1, 1, QImage.Format.Format_RGB888)
    image.fill(0)
    return image


def _written(path: Path, choice: _Choice, folder: Path) -> Generator[Written, None, None]:
    count = 0
    for result in build_results(path, choice.content, choice.kinds):
        if result.dataset is not None:
            write_result(result.dataset, folder)
            count += 1
    yield Written(folder, count)


def _kept(path: Path, choice: _Choice, outbox: Outbox, archive: str) -> Generator[Kept, None, None]:
    results = list(build_results(path, choice.content, choice.kinds))
    outbox.put(archive, [one.dataset for one in results if one.dataset is not None])
    yield Kept(archive)
