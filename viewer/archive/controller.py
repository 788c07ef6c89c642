"""Joins the archive window, the archives and the case on screen.

Everything that waits for an archive is a background job: the window never freezes, and what is
stopped is stopped at once. One thing is done at a time; a newer wish abandons the older.
"""

from collections.abc import Callable, Generator
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from inference.archive.archive_client import ArchiveClient
from inference.archive.archive_config import ArchiveConfig, archives_from
from inference.archive.archive_errors import ArchiveError, ArchiveLoginError, NoPasswordError
from inference.archive.archive_matches import RemoteImage, Study
from inference.archive.archive_query import Found, StudyQuery
from inference.archive.credentials import Passwords
from inference.archive.retrieved_files import RetrievedFiles
from inference.errors import InferenceError
from viewer.archive import jobs as jobs
from viewer.archive.dialogs import ImageChooser, PasswordDialog
from viewer.archive.prior_pane import PriorPane
from viewer.archive.window import ArchiveWindow
from viewer.case.case_controller import CaseController
from viewer.frame.main_window import MainWindow
from viewer.integration.links import ArchiveLink
from viewer.job_runner import Job, JobRunner
from viewer.preferences.settings import Settings, user_settings_file
from viewer.translation import tr

Steps = Generator[object, None, None]


class ArchiveController(QObject):
    """Searches, retrieves, opens.

    Signals:
        fault_found: A job met a bug. arg: the exception
    """

    fault_found = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        controller: CaseController,
        settings: Settings,
        *,
        files: RetrievedFiles | None = None,
        passwords: Passwords,
    ) -> None:
        """
        Args:
            window: In which things are opened.
            controller: Knows the query.
            settings: With the section `[archives]`.
            files: Keeps what is retrieved; None: in the usual place.
            passwords: Of the archives; those that results are sent with too.
        """
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._archives = archives_from(settings.archives)
        self._files = files or RetrievedFiles()
        self._passwords = passwords
        self._search: ArchiveWindow | None = None
        self._prior: PriorPane | None = None
        self._source = ""  # the archive that is asked, or was last
        self._retry: Callable[[], None] | None = None
        self._runner = JobRunner(self)
        self._runner.advanced.connect(self._advanced)
        self._runner.failed.connect(self._failed)
        self._runner.finished.connect(lambda: self._show_busy(""))
        window.bound.attach({"archive": self.show_search, "priors": self.show_priors})
        window.stop_wished.connect(self.stop)
        window.closed.connect(self.shut_down)
        controller.changed.connect(self._query_changed)
        window.radiograph_wished.connect(self._query_changed)

    @property
    def search_window(self) -> ArchiveWindow | None:
        """The search window; None before it was asked for."""
        return self._search

    @property
    def prior(self) -> PriorPane | None:
        """The prior beside the query, or None."""
        return self._prior

    @property
    def is_busy(self) -> bool:
        """Whether an archive is being asked."""
        return self._runner.is_busy

    # Wishes

    @Slot()
    def show_search(self) -> None:
        """Open the search window, or bring it to the front."""
        search = self._opened_search()
        search.patient_id.setFocus()

    @Slot()
    def show_priors(self) -> None:
        """Look for earlier studies of the open radiograph's patient."""
        if self._controller.query is None:
            self._window.message_bar.show_message("note", tr("Open a radiograph first."))
            return
        search = self._opened_search()
        if search.chosen_archive:
            self.find_priors(search.chosen_archive)

    def open_reference(
        self, archive: str, study: str, series: str | None = None, instance: str | None = None
    ) -> None:
        """Open a study of an archive, a series of it or one instance.

        Args:
            archive: Its name in the settings.
            study: Study Instance UID.
            series, instance: None for all. Where there are several radiographs, the user chooses.

        Raises:
            ArchiveError: No archive of that name is configured.
        """
        if archive not in self._archives:
            raise ArchiveError(archive, "is not configured here; add it to your settings")
        self._opened_search().choose_archive(archive)
        asked = jobs.Reference(study, series or None, instance or None)
        words = tr("Fetching from {archive}…").format(archive=archive)
        self._start(archive, words, lambda client: jobs.open_study(client, asked, self._files))

    def open_link(self, link: ArchiveLink) -> None:
        """Follow a link.

        Raises:
            ArchiveError: No archive of that name is configured.
        """
        self.open_reference(link.archive, link.study, link.series, link.instance)

    @Slot(str, object)
    def find_studies(self, archive: str, query: StudyQuery) -> None:
        """Search an archive."""
        words = tr("Searching {archive}…").format(archive=archive)
        self._start(archive, words, lambda client: jobs.search(client, query))

    @Slot(str)
    def find_priors(self, archive: str) -> None:
        """Look for earlier studies in one archive."""
        path = self._controller.query
        if path is not None:
            words = tr("Looking for previous studies in {archive}…").format(archive=archive)
            self._start(archive, words, lambda client: jobs.find_priors(client, path))

    @Slot(str, object)
    def open_study(self, archive: str, study: Study) -> None:
        """Open a study that was found."""
        self.open_reference(archive, study.uid)

    @Slot(str, object)
    def show_prior(self, archive: str, study: Study) -> None:
        """Show a study that was found beside the query."""
        path = self._controller.query
        if path is not None:
            words = tr("Fetching the prior from {archive}…").format(archive=archive)
            self._start(
                archive, words, lambda client: jobs.open_prior(client, study, self._files, path)
            )

    @Slot()
    def stop(self) -> None:
        """Stop asking; what was found stays."""
        if self._runner.is_busy:
            self._runner.cancel()
            self._show_busy("")
            if self._search is not None:
                self._search.show_state(tr("Stopped."))

    @Slot()
    def shut_down(self) -> None:
        """Stop, wait, and remove what was retrieved."""
        self._runner.shut_down()
        self._files.close()

    # What came of them

    def _start(self, archive: str, words: str, job: Callable[[ArchiveClient], Steps]) -> None:
        config = self._archives[archive]
        self._source = archive
        self._retry = partial(self._start, archive, words, job)
        self._show_busy(words)
        self._runner.start(_with_client(config, self._passwords, job))

    @Slot(object)
    def _advanced(self, value: object) -> None:
        if isinstance(value, Found):
            self._opened_search().show_studies(self._source, value.studies, value.notes)
        elif isinstance(value, jobs.PriorsFound):
            found = value.found
            self._opened_search().show_priors(self._source, found.studies, found.notes)
        elif isinstance(value, jobs.Choice):
            self._ask_which(value)
        elif isinstance(value, jobs.Fetched):
            if self._search is not None:
                self._search.hide()
            self._window.open_path(value.path)
        elif isinstance(value, jobs.PriorFetched):
            self._show_prior_pane(value)

    def _ask_which(self, choice: jobs.Choice) -> None:
        archive, path = self._source, self._controller.query
        chooser = ImageChooser(jobs.sorted_images(choice.images), self._opened_search())

        def fetch(image: RemoteImage) -> None:
            words = tr("Fetching from {archive}…").format(archive=archive)
            if not choice.is_prior:
                self._start(archive, words, lambda one: jobs.fetch(one, image, self._files))
            elif path is not None:
                self._start(
                    archive, words, lambda one: jobs.fetch_prior(one, image, self._files, path)
                )

        chooser.chosen.connect(fetch)
        chooser.open()

    def _show_prior_pane(self, prior: jobs.PriorFetched) -> None:
        if prior.query != self._controller.query:
            return  # another radiograph was opened meanwhile, maybe of another patient
        pane = PriorPane(prior, self._source)
        pane.close_wished.connect(self._close_prior)
        self._prior = pane
        self._window.show_beside(pane)
        if self._search is not None:
            self._search.hide()

    @Slot()
    def _close_prior(self) -> None:
        self._prior = None
        self._window.show_beside(None)

    @Slot()
    def _query_changed(self) -> None:
        query = self._controller.query
        if self._prior is not None and self._prior.query != query:
            self._close_prior()
        if self._search is not None:
            self._search.set_has_query(has_query=query is not None)

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        self._show_busy("")
        if isinstance(error, NoPasswordError | ArchiveLoginError):
            self._ask_password(error)
        elif isinstance(error, InferenceError):
            self._opened_search().show_problem(str(error))
        else:
            self._opened_search().show_problem(tr("This is a fault in the program."))
            self.fault_found.emit(error)

    def _ask_password(self, error: InferenceError) -> None:
        config, again = self._archives[self._source], self._retry
        search = self._opened_search()
        search.show_problem(str(error))
        if not config.user:
            return
        self._passwords.forget(config)
        dialog = PasswordDialog(str(error), can_keep=self._passwords.can_keep, parent=search)

        def take(password: str, keep: bool) -> None:
            self._passwords.give(config, password, keep=keep)
            if again is not None:
                again()

        dialog.given.connect(take)
        dialog.open()

    def _opened_search(self) -> ArchiveWindow:
        if self._search is None:
            search = ArchiveWindow(list(self._archives), str(user_settings_file()), self._window)
            search.search_wished.connect(self.find_studies)
            search.priors_wished.connect(self.find_priors)
            search.open_wished.connect(self.open_study)
            search.prior_wished.connect(self.show_prior)
            search.stop_wished.connect(self.stop)
            self._search = search
        self._search.set_has_query(has_query=self._controller.query is not None)
        self._search.show()
        self._search.raise_()
        self._search.activateWindow()
        return self._search

    def _show_busy(self, words: str) -> None:
        if self._search is not None:
            self._search.show_busy(words)


def _with_client(
    config: ArchiveConfig,
    passwords: Passwords,
    job: Callable[[ArchiveClient], Steps],
) -> Job:
    """The job, with its client made in the background: importing takes a moment."""

    def run() -> Steps:
        yield from job(ArchiveClient(config, passwords))

    return run
