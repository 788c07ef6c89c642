"""The About box: what this is, its versions, and the licences of everything in it."""

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from inference.pipeline import Engine
from viewer.preferences.about_facts import facts, licence_text, parts, report
from viewer.theme import RHYTHM
from viewer.translation import N_, tr

_WORDS = N_(
    "Shows the most similar past radiographs beside a case, and on which regions "
    "that similarity rests."
)


class AboutDialog(QDialog):
    """Versions on one page, licences on the other."""

    def __init__(self, engine: Engine | None, parent: QWidget | None = None) -> None:
        """
        Args:
            engine: In use, or None.
            parent: Its parent.
        """
        super().__init__(parent)
        self.setWindowTitle(tr("About Kindred"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._engine = engine
        heading = QLabel("Kindred")
        heading.setProperty("heading", True)
        words = QLabel(tr(_WORDS))
        notice = QLabel(tr("Research use only. Not a medical device, not for diagnosis."))
        for label in (words, notice):
            label.setWordWrap(True)
        words.setProperty("quiet", True)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName(tr("About Kindred"))
        self.tabs.addTab(self._facts_page(), tr("Versions"))
        self.tabs.addTab(self._licences_page(), tr("Licences"))
        self.copy_button = QPushButton(tr("Copy for a report"))
        self.copy_button.setToolTip(
            tr("The versions as text, without names, files or folders in it")
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        self.copy_button.clicked.connect(self._copy)
        layout = QVBoxLayout(self)
        layout.setSpacing(RHYTHM)
        for widget in (heading, words, notice):
            layout.addWidget(widget)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(buttons)
        self.resize(92 * RHYTHM, 72 * RHYTHM)

    @property
    def licence(self) -> str:
        """The text that can be read now."""
        return self._text.toPlainText()

    def _facts_page(self) -> QWidget:
        page = QWidget()
        form = QFormLayout(page)
        form.setHorizontalSpacing(2 * RHYTHM)
        for name, value in facts(self._engine):
            label = QLabel(value)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse
                | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            label.setWordWrap(True)
            label.setAccessibleName(f"{name}: {value}")
            quiet = QLabel(name)
            quiet.setProperty("quiet", True)
            form.addRow(quiet, label)
        return page

    def _licences_page(self) -> QWidget:
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Libraries"))
        for part in parts():
            item = QListWidgetItem(f"{part.name} {part.version}")
            item.setData(Qt.ItemDataRole.UserRole, part.name)
            item.setToolTip(part.licence)
            self.list.addItem(item)
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setTabChangesFocus(True)
        self._text.setAccessibleName(tr("Text of the licence"))
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        both = QSplitter(Qt.Orientation.Horizontal)
        both.setChildrenCollapsible(False)
        both.addWidget(self.list)
        both.addWidget(self._text)
        both.setSizes([28 * RHYTHM, 60 * RHYTHM])
        self.list.currentItemChanged.connect(self._show_licence)
        self.list.setCurrentRow(0)
        return both

    @Slot(object)
    def _show_licence(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            name = str(item.data(Qt.ItemDataRole.UserRole))
            self._text.setPlainText(f"{item.text()}: {item.toolTip()}\n\n{licence_text(name)}")

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(report(self._engine))
        self.copy_button.setText(tr("Copied"))

    def minimumSizeHint(self) -> QSize:
        return QSize(60 * RHYTHM, 40 * RHYTHM)
