"""Every setting in one dialog: what it is, what it is set to, and when that takes effect.

Shows what the user's settings.toml says, not what the command line changed for this run. Nothing
is written before Save, and Save writes only what was changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from inference.bundle_store import find_bundle
from inference.errors import InferenceError
from viewer.pane.colour_maps import COLOUR_MAPS
from viewer.preferences.keys_page import KeysPage
from viewer.preferences.settings import MAX_NEIGHBOURS, Settings
from viewer.theme import CAUTION, RHYTHM
from viewer.translation import languages, tr

_SECTIONS = ("keys", "links", "archives", "receiver")
_IN_SECTIONS: dict[str, Any] = {
    "links.roots": [],
    "receiver.host": "127.0.0.1",
    "receiver.port": 11112,
    "receiver.ae_title": "KINDRED",
    "receiver.allow": [],
    "receiver.folder": "",
    "receiver.index": False,
}
"""Entries of sections with their defaults, by section and name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """How one setting is presented.

    Attributes:
        title: A few words.
        words: What it means.
        is_at_once: Whether a change takes effect without a new start.
        choices: What there is to choose from; none: anything of its type.
        is_open: Whether something else than the choices can be written too.
        highest: Of a whole number.
    """

    title: str
    words: str
    is_at_once: bool = False
    choices: tuple[str, ...] = ()
    is_open: bool = False
    highest: int = MAX_NEIGHBOURS


@dataclass(frozen=True, slots=True)
class Offers:
    """What this installation has to choose from, by name."""

    bundles: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()


def entries(offers: Offers) -> dict[str, Entry]:
    """How each setting is presented; one that is missing here is shown by its plain name."""
    return {
        "catalogue": Entry(
            tr("Catalogue"), tr("The folder of past cases that is opened at the start")
        ),
        "bundle": Entry(
            tr("Bundle"),
            tr("The model where none is named and the catalogue was not made with a certain one"),
            choices=offers.bundles,
            is_open=True,
        ),
        "method": Entry(
            tr("Method"), tr("How similarity is measured"), True, offers.methods, is_open=True
        ),
        "neighbours": Entry(tr("Similar cases"), tr("How many are shown"), True),
        "exclude_patient": Entry(
            tr("Own patient"), tr("Leave the query's own patient out of the similar cases"), True
        ),
        "provider": Entry(
            tr("Models run on"),
            tr("auto takes an NVIDIA graphics card where there is one"),
            choices=("auto", "cpu", "cuda"),
        ),
        "overlay": Entry(tr("Overlay"), tr("Lay relevance over the radiographs"), True),
        "overlay_opacity": Entry(
            tr("Opacity"), tr("Of the overlay where relevance is high, from 0 to 1"), True
        ),
        "colour_map": Entry(tr("Colours"), tr("Of the overlay"), True, COLOUR_MAPS),
        "linked": Entry(tr("Link"), tr("Zoom, position and window move together"), True),
        "language": Entry(
            tr("Language"),
            tr("Of the window; auto: the system's, where there is a translation"),
            choices=("auto", *languages()),
        ),
        "links.roots": Entry(
            tr("Links"),
            tr("Folders, one a line, that kindred:// links may open files from"),
        ),
        "receiver.host": Entry(
            tr("Receiver"), tr("The address at which other systems can send radiographs")
        ),
        "receiver.port": Entry(tr("Port"), tr("Of the receiver"), highest=65535),
        "receiver.ae_title": Entry(tr("AE title"), tr("That senders must call")),
        "receiver.allow": Entry(
            tr("Senders"), tr("AE titles, one a line, that may send; none: this computer alone")
        ),
        "receiver.folder": Entry(
            tr("Received"), tr("The folder radiographs are written to; none: your data folder")
        ),
        "receiver.index": Entry(
            tr("Index them"), tr("Bring the folder's catalogue up to date as they arrive")
        ),
    }


class SettingsDialog(QDialog):
    """Shows settings and, saved, says what they are now.

    Signals:
        saved: What was changed. arg: `settings_file.Changes`
    """

    saved = Signal(object)

    def __init__(
        self, settings: Settings, offers: Offers, path: Path, parent: QWidget | None = None
    ) -> None:
        """
        Args:
            settings: As the user's file has them.
            offers: What there is to choose from.
            path: The user's file, to be told.
            parent: Its parent.
        """
        super().__init__(parent)
        self.setWindowTitle(tr("Settings"))
        self._before = settings
        self._editors: dict[str, QWidget] = {}
        self.keys = KeysPage(settings.keys)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName(tr("Settings"))
        self.tabs.addTab(self._general_page(entries(offers)), tr("General"))
        self.tabs.addTab(self.keys, tr("Keys"))
        self._problem = QLabel(" ")
        self._problem.setWordWrap(True)
        self._problem.setStyleSheet(f"color: {CAUTION}")
        self._problem.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self._problem.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        where = QLabel(
            tr(
                "Kept in {path}; what you wrote there by hand stays. Archives, and the receiver's "
                "limits, are written there, in [archives] and [receiver]."
            ).format(path=path)
        )
        where.setProperty("quiet", True)
        where.setWordWrap(True)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save
            | QDialogButtonBox.StandardButton.Cancel
            | QDialogButtonBox.StandardButton.RestoreDefaults
        )
        self.buttons.accepted.connect(self._save)
        self.buttons.rejected.connect(self.reject)
        restore = self.buttons.button(QDialogButtonBox.StandardButton.RestoreDefaults)
        restore.setToolTip(tr("Every setting and key as it ships; nothing is written before Save"))
        restore.clicked.connect(self._restore_defaults)
        layout = QVBoxLayout(self)
        layout.setSpacing(RHYTHM)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(self._problem)
        layout.addWidget(where)
        layout.addWidget(self.buttons)
        self.show_values(settings)
        self.resize(88 * RHYTHM, 76 * RHYTHM)

    @property
    def problem(self) -> str:
        """What keeps the values from being saved; "" for nothing."""
        return self._problem.text().strip()

    def editor(self, name: str) -> QWidget:
        """Where one setting is changed."""
        return self._editors[name]

    def show_values(self, settings: Settings) -> None:
        """Put these into the fields; the keys stay as they are."""
        for name, widget in self._editors.items():
            _show(widget, _of(settings, name))

    def show_problem(self, sentence: str) -> None:
        """Say what is wrong; the dialog stays open, and nothing that was entered is lost."""
        self._problem.setText(f"▲ {sentence}" if sentence else " ")

    def values(self) -> dict[str, Any]:
        """What the fields say, by name."""
        return {
            name: _value(widget, _of(self._before, name)) for name, widget in self._editors.items()
        }

    @Slot()
    def _save(self) -> None:
        try:
            settings = self._checked()
        except ValueError as error:
            self.tabs.setCurrentIndex(0)
            self.show_problem(str(error))
            return
        shipped = Settings()
        changed = {
            name: None if value == _of(shipped, name) else value
            for name, value in self.values().items()
            if value != _of(self._before, name)
        }
        sections: dict[str, dict[str, Any]] = {"": {}, "links": {}, "receiver": {}}
        for name, value in changed.items():
            section, _, key = name.rpartition(".")
            sections[section][key] = value
        before, after = self._before.keys, settings.keys
        keys = {
            name: after.get(name)
            for name in (*before, *after)
            if before.get(name) != after.get(name)
        }
        self.show_problem("")
        self.saved.emit({**sections, "keys": keys})

    def _checked(self) -> Settings:
        """
        Raises:
            ValueError: A value cannot be; the text is a sentence.
        """
        values, before = self.values(), self._before
        links = {**before.links, "roots": values.pop("links.roots")}
        receiver = dict(before.receiver)
        for name in [one for one in values if one.startswith("receiver.")]:
            value = values.pop(name)
            if value != _of(before, name):
                receiver[name.removeprefix("receiver.")] = value
        folder = values["catalogue"]
        if folder and folder != before.catalogue and not Path(folder).is_dir():
            raise ValueError(tr("There is no folder {folder}.").format(folder=folder))
        if values["bundle"] != before.bundle:
            try:
                find_bundle(values["bundle"])
            except InferenceError as error:
                raise ValueError(str(error)) from error
        return Settings(**values, keys=self.keys.choices.changes, links=links, receiver=receiver)

    @Slot()
    def _restore_defaults(self) -> None:
        self.show_values(Settings())
        self.keys.reset_all_button.click()
        self.show_problem("")

    def _general_page(self, known: Mapping[str, Entry]) -> QWidget:
        page = QWidget()
        form = QFormLayout(page)
        form.setVerticalSpacing(RHYTHM)
        form.setHorizontalSpacing(2 * RHYTHM)
        names = [one.name for one in fields(Settings) if one.name not in _SECTIONS]
        for name in (*known, *(one for one in names if one not in known)):
            entry = known.get(name) or Entry(name.replace("_", " ").capitalize(), "")
            value = _of(self._before, name)
            widget = self._editors[name] = _editor(value, entry)
            widget.setAccessibleName(
                f"{entry.title}: {entry.words}" if entry.words else entry.title
            )
            field = self._with_chooser(widget) if name == "catalogue" else widget
            form.addRow(entry.title, _with_words(field, entry))
        area = QScrollArea()
        area.setAccessibleName(tr("General"))
        area.setWidget(page)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return area

    def _with_chooser(self, line: QWidget) -> QWidget:
        assert isinstance(line, QLineEdit)
        button = QPushButton(tr("Choose…"))
        button.setAccessibleName(tr("Choose the catalogue's folder"))

        def choose() -> None:
            name = QFileDialog.getExistingDirectory(self, tr("A folder of past cases"), line.text())
            if name:
                line.setText(name)

        button.clicked.connect(choose)
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(line, 1)
        row.addWidget(button)
        return both


def _of(settings: Settings, name: str) -> Any:
    section, _, key = name.rpartition(".")
    if not section:
        return getattr(settings, name)
    value = getattr(settings, section).get(key, _IN_SECTIONS[name])
    return list(value) if isinstance(value, list | tuple) else value


def _with_words(field: QWidget, entry: Entry) -> QWidget:
    effect = tr("at once") if entry.is_at_once else tr("after the next start")
    words = QLabel(" · ".join(part for part in (entry.words, effect) if part))
    words.setProperty("quiet", True)
    words.setWordWrap(True)
    both = QWidget()
    column = QVBoxLayout(both)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(RHYTHM // 4)
    column.addWidget(field)
    column.addWidget(words)
    return both


def _editor(value: Any, entry: Entry) -> QWidget:
    if isinstance(value, bool):
        return QCheckBox(tr("yes"))
    if isinstance(value, int):
        whole = QSpinBox()
        whole.setRange(1, entry.highest)
        return whole
    if isinstance(value, float):
        number = QDoubleSpinBox()
        number.setRange(0, 1)
        number.setSingleStep(0.05)
        return number
    if isinstance(value, list | tuple):
        lines = QPlainTextEdit()
        lines.setTabChangesFocus(True)
        lines.setFixedHeight(8 * RHYTHM)
        return lines
    if entry.choices:
        combo = QComboBox()
        combo.setEditable(entry.is_open)
        combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        combo.addItems(list(entry.choices))
        return combo
    return QLineEdit()


def _show(widget: QWidget, value: Any) -> None:
    if isinstance(widget, QCheckBox):
        widget.setChecked(value)
    elif isinstance(widget, QSpinBox | QDoubleSpinBox):
        widget.setValue(value)
    elif isinstance(widget, QComboBox):
        if not widget.isEditable() or widget.findText(value) >= 0:
            widget.setCurrentIndex(widget.findText(value))
        else:
            widget.setEditText(value)
    elif isinstance(widget, QPlainTextEdit):
        widget.setPlainText("\n".join(value))
    elif isinstance(widget, QLineEdit):
        widget.setText(str(value))


def _value(widget: QWidget, before: Any) -> Any:
    if isinstance(widget, QCheckBox):
        return widget.isChecked()
    if isinstance(widget, QDoubleSpinBox):
        # A spin box rounds: what was not touched stays exactly what it was.
        return before if widget.value() == round(before, widget.decimals()) else widget.value()
    if isinstance(widget, QSpinBox):
        return widget.value()
    if isinstance(widget, QComboBox):
        return widget.currentText().strip()
    if isinstance(widget, QPlainTextEdit):
        lines: Sequence[str] = [one.strip() for one in widget.toPlainText().splitlines()]
        return type(before)(one for one in lines if one)
    assert isinstance(widget, QLineEdit)
    return widget.text().strip()
