"""The first start: two choices, the demo or a folder of one's own; below, a look without either."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from viewer.theme import LINE, PANEL, QUIET, RHYTHM
from viewer.translation import tr


class StartPage(QWidget):
    """Shown until something is open.

    Signals:
        demo_wished: Make and open the demo.
        folder_wished: Choose a folder of past radiographs.
        radiograph_wished: Choose one radiograph.
        browse_wished: Look through a folder or a disc. arg: its Path; None: choose one
    """

    demo_wished = Signal()
    folder_wished = Signal()
    radiograph_wished = Signal()
    browse_wished = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        heading = QLabel(tr("Similar past cases, and why"))
        heading.setProperty("heading", True)
        heading.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.demo_button = QPushButton(tr("Open the demo"))
        self.demo_button.setDefault(True)
        self.folder_button = QPushButton(tr("Choose a folder…"))
        self.radiograph_button = QPushButton(tr("Open one radiograph…"))
        self.radiograph_button.setFlat(True)
        self.browse_button = BrowseButton(tr("Browse a folder or disc…"))
        self.browse_button.setFlat(True)
        self.demo_button.clicked.connect(self.demo_wished)
        self.folder_button.clicked.connect(self.folder_wished)
        self.radiograph_button.clicked.connect(self.radiograph_wished)
        self.browse_button.clicked.connect(lambda: self.browse_wished.emit(None))
        self.browse_button.dropped.connect(self.browse_wished)
        choices = QHBoxLayout()
        choices.setSpacing(2 * RHYTHM)
        choices.addStretch(1)
        choices.addWidget(
            _choice(
                tr("The demo"),
                tr(
                    "A catalogue of synthetic chest radiographs with known disease, made on this "
                    "computer in about a minute. No patient is in it."
                ),
                self.demo_button,
            )
        )
        choices.addWidget(
            _choice(
                tr("Your own radiographs"),
                tr(
                    "A folder of DICOM, JPEG, PNG or TIFF files. It is indexed once; the files "
                    "themselves are not changed, and nothing leaves this computer."
                ),
                self.folder_button,
            )
        )
        choices.addStretch(1)
        hint = QLabel(tr("or drop a file or a folder anywhere in this window"))
        hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        hint.setStyleSheet(f"color: {QUIET}")
        layout = QVBoxLayout(self)
        layout.setSpacing(3 * RHYTHM)
        layout.addStretch(2)
        layout.addWidget(heading)
        layout.addLayout(choices)
        layout.addWidget(hint)
        others = QHBoxLayout()
        others.setSpacing(RHYTHM)
        others.addStretch(1)
        others.addWidget(self.radiograph_button)
        others.addWidget(self.browse_button)
        others.addStretch(1)
        layout.addLayout(others)
        layout.addStretch(3)


class BrowseButton(QPushButton):
    """A button on which a folder or a DICOMDIR can be dropped.

    Signals:
        dropped: arg: its Path
    """

    dropped = Signal(object)

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setAcceptDrops(True)
        self.setToolTip(tr("Look through patients, studies and series; a folder can be dropped"))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if browsable_drop(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = browsable_drop(event)
        if path is not None:
            event.acceptProposedAction()
            self.dropped.emit(path)


def browsable_drop(event: QDropEvent) -> Path | None:
    """The first folder or DICOMDIR of a drop; None where there is none."""
    for url in event.mimeData().urls():
        path = Path(url.toLocalFile()) if url.isLocalFile() else None
        if path is not None and (path.is_dir() or path.name.casefold() == "dicomdir"):
            return path
    return None


def _choice(title: str, text: str, button: QPushButton) -> QFrame:
    frame = QFrame()
    frame.setObjectName("choice")
    frame.setStyleSheet(f"QFrame#choice {{ background: {PANEL}; border: 1px solid {LINE} }}")
    frame.setFixedWidth(44 * RHYTHM)
    heading = QLabel(title)
    heading.setStyleSheet("font-size: 12pt")
    words = QLabel(text)
    words.setWordWrap(True)
    words.setStyleSheet(f"color: {QUIET}")
    button.setAccessibleDescription(text)
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(3 * RHYTHM, 2 * RHYTHM, 3 * RHYTHM, 3 * RHYTHM)
    layout.setSpacing(2 * RHYTHM)
    layout.addWidget(heading)
    layout.addWidget(words, 1)
    layout.addWidget(button)
    return frame
