"""The receiver as a part of the window: off until it is switched on, and off again at the end.

The receiver and the desk that analyses have threads of their own (`inference.archive`); what
they say comes to the main thread through one signal.
"""

from collections.abc import Callable, Generator
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from inference.archive.arrivals import Arrival, ArrivalDesk, Indexed
from inference.archive.received_files import Received
from inference.archive.receiver_config import ReceiverConfig, receiver_from
from inference.archive.store_scp import Receiver
from inference.errors import InferenceError
from viewer.archive.received import ReceivedWindow, answer_words
from viewer.case.case_controller import CaseController
from viewer.frame.main_window import MainWindow
from viewer.job_runner import JobRunner
from viewer.preferences.settings import Settings
from viewer.translation import tr


class ReceivingController(QObject):
    """Switches the receiver, and shows what it takes.

    Signals:
        fault_found: A job met a bug. arg: the exception
    """

    fault_found = Signal(object)

    _told = Signal(object)  # from whatever thread

    def __init__(self, window: MainWindow, controller: CaseController, settings: Settings) -> None:
        """
        Args:
            window: In which received radiographs are opened.
            controller: Has the engine that analyses them.
            settings: With the section `[receiver]`.
        """
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._config = receiver_from(settings.receiver)
        self._method = settings.method
        self._receiver: Receiver | None = None
        self._made: list[Receiver] = []  # one, or none; more while it is switched quickly
        self._desk: ArrivalDesk | None = None
        self._waiting: list[Received] = []
        self._list: ReceivedWindow | None = None
        self._runner = JobRunner(self)
        self._runner.advanced.connect(self._started)
        self._runner.failed.connect(self._failed)
        self._told.connect(self._hear, Qt.ConnectionType.QueuedConnection)
        controller.engines.loaded.connect(self._take_engine)
        window.bound.attach({"received": self.show})
        window.radiograph_wished.connect(self._make_room)
        window.closed.connect(self.shut_down)

    @property
    def port(self) -> int:
        """The port it listens on; 0 while it is off."""
        return self._receiver.port if self._receiver is not None else 0

    @property
    def received_window(self) -> ReceivedWindow:
        """The list, made when it is first needed."""
        if self._list is None:
            self._list = ReceivedWindow(self._window)
            self._list.switched.connect(self.switch)
            self._list.open_wished.connect(self._open)
        return self._list

    @Slot()
    def show(self) -> None:
        """Open the list, or bring it to the front."""
        shown = self.received_window
        shown.show()
        shown.raise_()
        shown.activateWindow()

    @Slot(bool)
    def switch(self, is_on: bool) -> None:
        """Begin to receive, or end it."""
        self._runner.cancel()
        self._stop()
        if is_on:
            self.received_window.show_state(tr("Starting…"))
            config, tell = self._config, self._told.emit
            self._runner.start(lambda: _start(config, tell, self._made))
        else:
            self.received_window.show_state(tr("The receiver is off."))

    @Slot()
    def shut_down(self) -> None:
        """End it, and wait."""
        self._runner.shut_down()
        self._stop()

    @Slot(object)
    def _started(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._take_engine()
        self.received_window.set_on(is_on=True)
        words = tr(
            "Listens at {host}, port {port}, as {title}, to {senders}. Files go to {folder}."
        )
        self.received_window.show_state(
            words.format(
                host=self._config.host,
                port=receiver.port,
                title=self._config.ae_title,
                senders=", ".join(self._config.allow) or tr("this computer alone"),
                folder=self._config.folder,
            )
        )

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        self.received_window.set_on(is_on=False)
        if isinstance(error, InferenceError):
            self.received_window.show_problem(str(error))
        else:
            self.received_window.show_problem(tr("This is a fault in the program."))
            self.fault_found.emit(error)

    @Slot()
    def _take_engine(self) -> None:
        """Analyse with the bundle that is open now."""
        engine = self._controller.engines.engine
        if self._receiver is None or engine is None:
            return
        if self._desk is not None:
            self._desk.stop()
        index = _indexed_folder(self._config, self._controller.engines.folder)
        self._desk = ArrivalDesk(engine, self._method, self._told.emit, index=index)
        for received in self._waiting:
            self._desk.take(received)
        self._waiting.clear()

    @Slot(object)
    def _hear(self, said: object) -> None:
        shown = self.received_window
        if isinstance(said, Received):
            shown.add(said)
            if self._desk is not None:
                self._desk.take(said)
            elif len(self._waiting) < 1000:
                self._waiting.append(said)
        elif isinstance(said, Arrival):
            shown.show_answer(said)
            words = tr("Received from {sender}: {answer}.")
            self._window.message_bar.show_message(
                "note", words.format(sender=said.sender, answer=answer_words(said).rstrip("."))
            )
        elif isinstance(said, Indexed):
            if said.problem:
                shown.show_problem(said.problem)
            else:
                self._window.message_bar.show_message(
                    "note", tr("What was received is in the catalogue when it is opened again.")
                )
        else:
            shown.show_problem(tr("Refused: {reason}.").format(reason=said))

    @Slot(object)
    def _open(self, path: Path) -> None:
        self._window.open_path(path)

    @Slot()
    def _make_room(self) -> None:
        """The list stays above the window: it goes where it covers what is being opened."""
        shown = self._list
        if shown is not None and shown.frameGeometry().intersects(self._window.frameGeometry()):
            shown.hide()

    def _stop(self) -> None:
        desk, self._desk = self._desk, None
        self._receiver = None
        while self._made:
            self._made.pop().stop()
        if desk is not None:
            desk.stop()


def _start(
    config: ReceiverConfig, tell: Callable[[object], None], made: list[Receiver]
) -> Generator[Receiver, None, None]:
    receiver = Receiver(config, tell, tell)
    made.append(receiver)
    is_taken = False
    try:
        receiver.start()
        yield receiver
        is_taken = True
    finally:
        if not is_taken:  # switched off meanwhile
            receiver.stop()


def _indexed_folder(config: ReceiverConfig, opened: Path | None) -> Path | None:
    """The open catalogue where what is received lies in it, else the receiver's own folder."""
    if not config.index:
        return None
    if opened is not None and config.folder.absolute().is_relative_to(opened.absolute()):
        return opened
    return config.folder
