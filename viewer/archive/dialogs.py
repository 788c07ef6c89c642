"""Two short questions: which radiograph of a study, and what the password is."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from inference.archive.archive_matches import RemoteImage
from viewer.archive.words import image_words
from viewer.theme import RHYTHM
from viewer.translation import tr


class ImageChooser(QDialog):
    """Lists the radiographs of a study.

    Signals:
        chosen: arg: the RemoteImage
    """

    chosen = Signal(object)

    def __init__(self, images: Sequence[RemoteImage], parent: QWidget | None) -> None:
        """
        Args:
            images: At least one.
            parent: Its parent.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Radiographs of the study"))
        self.resize(64 * RHYTHM, 40 * RHYTHM)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Radiographs of the study"))
        for image in images:
            item = QListWidgetItem(image_words(image))
            item.setData(Qt.ItemDataRole.UserRole, image)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel
        )
        layout = QVBoxLayout(self)
        count = tr("This study has {count} radiographs. Which one?").format(count=len(images))
        layout.addWidget(QLabel(count))
        layout.addWidget(self.list, 1)
        layout.addWidget(buttons)
        buttons.accepted.connect(self.choose)
        buttons.rejected.connect(self.reject)
        self.list.itemActivated.connect(self.choose)
        self.list.setFocus()

    @Slot()
    def choose(self) -> None:
        """The one with the focus, once."""
        item = self.list.currentItem()
        if item is None or self.result() == QDialog.DialogCode.Accepted:
            return
        self.accept()
        self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))


class PasswordDialog(QDialog):
    """Asks for the password of an archive.

    Signals:
        given: args: the password, whether to keep it in the keyring
    """

    given = Signal(str, bool)

    def __init__(self, sentence: str, *, can_keep: bool, parent: QWidget | None) -> None:
        """
        Args:
            sentence: Why it is asked for, and whose it is.
            can_keep: Whether there is a keyring.
            parent: Its parent.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Password"))
        label = QLabel(sentence)
        label.setWordWrap(True)
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setAccessibleName(tr("Password"))
        self.keeps = QCheckBox(tr("Keep it in this computer's keyring"))
        self.keeps.setEnabled(can_keep)
        self.keeps.setChecked(can_keep)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        layout = QVBoxLayout(self)
        for widget in (label, self.password, self.keeps, buttons):
            layout.addWidget(widget)
        self.setMinimumWidth(56 * RHYTHM)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)

    @Slot()
    def _accept(self) -> None:
        password = self.password.text()
        self.password.clear()
        self.accept()
        self.given.emit(password, self.keeps.isChecked())
