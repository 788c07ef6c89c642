"""The look of the program: a dark reading room in which only radiographs are bright.

Fusion with a palette of its own, because a colour scheme asked of the platform is ignored
under plain X11. Every text colour here has at least AA contrast (4.5 : 1) on every ground it
is used on, which a test computes.
"""

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from inference.bundle_store import resources_folder

GROUND = "#0b0c0e"  # behind everything
PANEL = "#15171a"  # one step lighter: panels, bars, cells
RAISED = "#22252a"  # buttons, fields
LINE = "#363b42"  # borders between panes
FIELD_LINE = "#7b838d"  # around what can be written or ticked; also text of what is switched off
TEXT = "#e4e6e9"
QUIET = "#a3abb5"  # secondary text
ACCENT = "#6fb1e8"  # selection, focus, bars
CAUTION = "#e3b75d"  # warnings; always with a shape and a word

RHYTHM = 8  # pixels; all distances are multiples or halves of it

_PICTURES = (resources_folder() / "theme").as_posix()

STYLE_SHEET = f"""
QToolTip {{ background: {RAISED}; color: {TEXT}; border: 1px solid {LINE}; padding: 4px; }}
QPushButton, QToolButton {{
    background: {RAISED}; color: {TEXT}; border: 1px solid {LINE};
    border-radius: 3px; padding: 3px 10px; min-height: 18px;
}}
QToolButton::menu-indicator {{ subcontrol-position: right center; left: -4px; }}
QToolButton[popupMode="2"] {{ padding-right: 18px; }}
QToolButton[sign="true"] {{ padding: 3px 4px; }}
QPushButton:hover, QToolButton:hover {{ border-color: {QUIET}; }}
QPushButton:pressed, QToolButton:pressed, QToolButton:checked {{ background: #31363d; }}
QToolButton:checked {{ border-bottom: 2px solid {TEXT}; padding-bottom: 2px; }}
QPushButton:focus, QToolButton:focus, QComboBox:focus, QSlider:focus, QCheckBox:focus {{
    border: 1px solid {ACCENT};
}}
QSlider, QCheckBox {{ border: 1px solid transparent; }}
QLineEdit, QAbstractSpinBox, QPlainTextEdit:!read-only {{
    background: {PANEL}; color: {TEXT}; border: 1px solid {FIELD_LINE}; border-radius: 3px;
}}
QLineEdit, QAbstractSpinBox {{ padding: 2px 4px; min-height: 18px; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{
    subcontrol-origin: border; width: 16px; border: 0; background: transparent;
}}
QAbstractSpinBox::up-button {{ subcontrol-position: top right; }}
QAbstractSpinBox::down-button {{ subcontrol-position: bottom right; }}
QAbstractSpinBox::up-arrow {{ image: url("{_PICTURES}/up.png"); width: 9px; height: 6px; }}
QAbstractSpinBox::down-arrow {{ image: url("{_PICTURES}/down.png"); width: 9px; height: 6px; }}
QComboBox:editable {{ border: 1px solid {FIELD_LINE}; border-radius: 3px; min-height: 20px; }}
QAbstractSpinBox QLineEdit, QComboBox QLineEdit {{
    border: 0; padding: 0; min-height: 0; background: transparent;
}}
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:editable:focus, QPlainTextEdit:focus,
QAbstractItemView:focus, QTextBrowser:focus {{ border: 1px solid {ACCENT}; }}
QTabBar::tab {{
    background: {GROUND}; color: {QUIET}; border: 1px solid {LINE}; padding: 4px 12px;
}}
QTabBar::tab:selected {{ background: {RAISED}; color: {TEXT}; border-bottom: 2px solid {TEXT}; }}
QTabBar::tab:selected:focus {{ border: 1px solid {ACCENT}; border-bottom: 2px solid {ACCENT}; }}
QCheckBox::indicator {{
    width: 14px; height: 14px; border: 1px solid {FIELD_LINE}; border-radius: 2px;
    background: {PANEL};
}}
QCheckBox::indicator:checked {{
    background: {ACCENT}; border-color: {ACCENT}; image: url("{_PICTURES}/tick.png");
}}
QCheckBox::indicator:disabled {{ border-color: {LINE}; }}
QCheckBox::indicator:checked:disabled {{ background: {FIELD_LINE}; }}
QTabWidget::pane {{ border: 1px solid {LINE}; background: {GROUND}; }}
QPushButton:default {{ border-color: {ACCENT}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {FIELD_LINE}; }}
QLabel[quiet="true"] {{ color: {QUIET}; }}
QLabel[heading="true"] {{ font-size: 15pt; color: {TEXT}; }}
QFileDialog QToolButton {{ padding: 2px; min-height: 16px; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QSplitter::handle {{ background: {GROUND}; }}
QStatusBar {{ background: {PANEL}; color: {QUIET}; }}
QStatusBar::item {{ border: 0; }}
QScrollArea, QPlainTextEdit, QTextEdit {{ border: 0; background: {PANEL}; }}
QProgressBar {{
    border: 1px solid {LINE}; background: {GROUND}; border-radius: 3px;
    text-align: center; color: {TEXT};
}}
QProgressBar::chunk {{ background: #28587f; }}
"""


HOSTED_STYLE_SHEET = (
    f"""
QWidget {{ background-color: {PANEL}; color: {TEXT}; }}
QLabel, QCheckBox, QRadioButton {{ background-color: transparent; }}
"""
    + STYLE_SHEET
)
"""For a widget in another program's window, whose own rules for all widgets it replaces."""


def apply_theme(application: QApplication) -> None:
    """Give the whole application its style, palette and style sheet."""
    application.setStyle("Fusion")
    application.setPalette(dark_palette())
    application.setStyleSheet(STYLE_SHEET)


def dark_palette() -> QPalette:
    """Near-black ground, panels one step lighter, one accent."""
    palette = QPalette()
    colours = {
        QPalette.ColorRole.Window: GROUND,
        QPalette.ColorRole.WindowText: TEXT,
        QPalette.ColorRole.Base: PANEL,
        QPalette.ColorRole.AlternateBase: RAISED,
        QPalette.ColorRole.Text: TEXT,
        QPalette.ColorRole.PlaceholderText: QUIET,
        QPalette.ColorRole.Button: RAISED,
        QPalette.ColorRole.ButtonText: TEXT,
        QPalette.ColorRole.BrightText: TEXT,
        QPalette.ColorRole.ToolTipBase: RAISED,
        QPalette.ColorRole.ToolTipText: TEXT,
        QPalette.ColorRole.Highlight: ACCENT,
        QPalette.ColorRole.HighlightedText: GROUND,
        QPalette.ColorRole.Link: ACCENT,
        QPalette.ColorRole.LinkVisited: ACCENT,
        QPalette.ColorRole.Light: LINE,
        QPalette.ColorRole.Midlight: LINE,
        QPalette.ColorRole.Mid: LINE,
        QPalette.ColorRole.Dark: GROUND,
        QPalette.ColorRole.Shadow: "#000000",
    }
    for role, colour in colours.items():
        palette.setColor(role, QColor(colour))
    for role in (
        QPalette.ColorRole.Text,
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.ButtonText,
    ):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(FIELD_LINE))
    return palette
