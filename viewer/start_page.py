"""The first start: two choices, the demo or a folder of one's own."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from viewer.theme import LINE, PANEL, QUIET, RHYTHM


class StartPage(QWidget):
    """Shown until something is open.

    Signals:
        demo_wished: Make and open the demo.
        folder_wished: Choose a folder of past radiographs.
        radiograph_wished: Choose one radiograph.
    """

    demo_wished = Signal()
    folder_wished = Signal()
    radiograph_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        heading = QLabel("Similar past cases, and why")
        heading.setProperty("heading", True)
        heading.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.demo_button = QPushButton("Open the demo")
        self.demo_button.setDefault(True)
        self.folder_button = QPushButton("Choose a folder…")
        self.radiograph_button = QPushButton("Open one radiograph…")
        self.radiograph_button.setFlat(True)
        self.demo_button.clicked.connect(self.demo_wished)
        self.folder_button.clicked.connect(self.folder_wished)
        self.radiograph_button.clicked.connect(self.radiograph_wished)
        choices = QHBoxLayout()
        choices.setSpacing(2 * RHYTHM)
        choices.addStretch(1)
        choices.addWidget(
            _choice(
                "The demo",
                "A catalogue of synthetic chest radiographs with known disease, made on this "
                "computer in about a minute. No patient is in it.",
                self.demo_button,
            )
        )
        choices.addWidget(
            _choice(
                "Your own radiographs",
                "A folder of DICOM, JPEG, PNG or TIFF files. It is indexed once; the files "
                "themselves are not changed, and nothing leaves this computer.",
                self.folder_button,
            )
        )
        choices.addStretch(1)
        hint = QLabel("or drop a file or a folder anywhere in this window")
        hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        hint.setStyleSheet(f"color: {QUIET}")
        layout = QVBoxLayout(self)
        layout.setSpacing(3 * RHYTHM)
        layout.addStretch(2)
        layout.addWidget(heading)
        layout.addLayout(choices)
        layout.addWidget(hint)
        layout.addWidget(self.radiograph_button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)


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
