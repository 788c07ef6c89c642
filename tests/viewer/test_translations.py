"""Every text that a user reads can be translated, and is."""

import ast
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QApplication, QDialogButtonBox
from pytestqt.qtbot import QtBot

from inference.case_filter import CaseFilter
from inference.errors import CatalogueError, UnreadableRadiographError
from inference.measured_faithfulness import Faithfulness
from viewer import inference_words, problem_words
from viewer.frame.bindings import BINDINGS, shown_keys
from viewer.preferences import language
from viewer.preferences.language import speak
from viewer.preferences.settings import Settings
from viewer.translation import ENGLISH, languages, tr, translations_folder

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "viewer").rglob("*.py"))
_FIELD = re.compile(r"\{(\w+)")

_SETTERS = {
    *("setText", "setToolTip", "setWindowTitle", "setAccessibleName", "setAccessibleDescription"),
    *(
        "setPlaceholderText",
        "setSpecialValueText",
        "setInformativeText",
        "setStatusTip",
        "setTitle",
    ),
    *("addAction", "addMenu", "addTab", "addRow", "addItem", "addButton", "show_message"),
    *("set_title", "set_words", "show_placeholder", "show_waiting", "show_words", "show_busy"),
    *("show_activity", "QLabel", "QPushButton", "QCheckBox", "QMenu", "QAction", "QGroupBox"),
    *("QRadioButton", "ElidedLabel", "CardContent", "Choice", "CasePane"),
}
"""What puts text where a user reads it, by the name that it is called by."""

_AS_IT_IS = {"Kindred", "DICOMDIR", "mm", "px", "SHA", "note", "problem", "fault", "any"}
"""Names, units, and which kind of message: the same in every language, or no text."""


def translations() -> list[Path]:
    return sorted(translations_folder().glob("kindred_*.ts"))


def messages(file: Path) -> dict[str, ElementTree.Element]:
    """The translations of a file, by their source."""
    found = ElementTree.parse(file).iter("message")
    return {one.findtext("source", ""): one for one in found}


def calls(tree: ast.AST, names: set[str]) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            name = getattr(function, "id", getattr(function, "attr", ""))
            if name in names:
                yield node


def texts_in_the_code() -> dict[str, str]:
    """Every literal that is translated or marked, and a file it is in."""
    return {
        call.args[0].value: source.name
        for source in SOURCES
        for call in calls(ast.parse(source.read_text(encoding="utf-8")), {"tr", "N_"})
        if call.args and isinstance(call.args[0], ast.Constant)
    }


@pytest.fixture
def german(qapp: QApplication) -> Iterator[QApplication]:
    assert speak(qapp, "de") == "de"
    yield qapp
    speak(qapp, ENGLISH)


def test_there_is_a_complete_second_language() -> None:
    assert languages() == (ENGLISH, "de")


@pytest.mark.parametrize("file", translations(), ids=lambda one: one.stem)
def test_every_text_has_a_finished_translation(file: Path) -> None:
    known, wanted = messages(file), texts_in_the_code()
    assert len(wanted) > 800
    missing = {text: wanted[text] for text in wanted.keys() - known.keys() if text}
    assert not missing, "run python resources/translations/build.py, then translate these"
    assert not known.keys() - wanted.keys(), "run python resources/translations/build.py"
    for source, message in known.items():
        translation = message.find("translation")
        assert translation is not None
        assert translation.get("type") is None, f"unfinished: {source}"
        assert translation.text, source


@pytest.mark.parametrize("file", translations(), ids=lambda one: one.stem)
def test_values_have_their_place_in_every_translation(file: Path) -> None:
    for source, message in messages(file).items():
        text = message.findtext("translation", "")
        assert sorted(_FIELD.findall(source)) == sorted(_FIELD.findall(text)), source
        assert source.count("%n") == text.count("%n"), source
        assert source.count("\n") == text.count("\n"), source
        assert source.count("\t") == text.count("\t"), source
        for one in (0, -1):  # what is put together stays apart
            assert source[one].isspace() == text[one].isspace(), source
        assert source.endswith("…") == text.endswith("…"), source


@pytest.mark.parametrize("file", translations(), ids=lambda one: one.stem)
def test_what_the_window_loads_was_compiled_of_it(file: Path, qapp: QApplication) -> None:
    translator = QTranslator()
    assert translator.load(str(file.with_suffix(".qm")))
    for source, message in messages(file).items():
        compiled = translator.translate("", source)
        assert compiled == message.findtext("translation"), (
            f"{source!r}: run python resources/translations/build.py"
        )


def untranslated(source: str) -> list[str]:
    """Literals that go to the screen as they are, with their lines."""
    found = []
    for call in calls(ast.parse(source), _SETTERS):
        for argument in (*call.args, *(one.value for one in call.keywords)):
            for text in _shown_literals(argument):
                words = set(re.findall(r"[^\W\d_]{2,}", text.value))
                if words - _AS_IT_IS:
                    found.append(f"line {text.lineno}: {text.value!r}")
    return found


class _Text:
    def __init__(self, value: str, lineno: int) -> None:
        self.value, self.lineno = value, lineno


def _shown_literals(node: ast.expr) -> Iterator[_Text]:
    """Of an argument: what it is, on either side of a condition or a plus, in an f-string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield _Text(node.value, node.lineno)
    elif isinstance(node, ast.JoinedStr):
        parts = [one.value if isinstance(one, ast.Constant) else "{}" for one in node.values]
        yield _Text("".join(parts), node.lineno)
    elif isinstance(node, ast.IfExp):
        yield from _shown_literals(node.body)
        yield from _shown_literals(node.orelse)
    elif isinstance(node, ast.BinOp):
        yield from _shown_literals(node.left)
        yield from _shown_literals(node.right)


@pytest.mark.parametrize("file", SOURCES, ids=lambda one: one.stem)
def test_no_text_goes_to_the_screen_untranslated(file: Path) -> None:
    assert untranslated(file.read_text(encoding="utf-8")) == []


def test_the_check_finds_what_is_not_translated() -> None:
    assert untranslated('label.setText("Open")')
    assert untranslated('label.setText(f"{count} cases")')
    assert untranslated('bar.show_message("note", "Stopped." if done else tr("Done."))')
    assert not untranslated('label.setText(tr("Open") + " · ")')
    assert not untranslated('label.setText(f"{count} · {name}")')


def test_every_binding_has_words_in_german(german: QApplication) -> None:
    for binding in BINDINGS:
        assert "{" not in binding.shown_words
        # A few words are the same in both languages.
        is_same = binding.shown_words == binding.words
        assert not is_same or binding.name == "measure_text", binding.name
    assert {one.name: one.shown_menu for one in BINDINGS}["open"] == "Röntgenaufnahme…"
    assert {one.name: one.shown_words for one in BINDINGS}["case_3"] == "Fall 3 wählen"
    assert shown_keys("Ctrl+Shift+Z Ctrl+Y") == "Strg+Umschalt+Z oder Strg+Y"
    assert shown_keys("? F1") == "? oder F1"


def test_what_inference_says_is_said_in_german(german: QApplication) -> None:
    only = CaseFilter(finding="Pneumonia", sex="F", youngest=40, oldest=60, view="PA")
    assert inference_words.filter_words(only) == "Pneumonia, weiblich, 40–60 Jahre, PA"
    measured = Faithfulness(0.9, 0.5, 0.1, 0.4, "does not beat random weights", "test")
    assert inference_words.faithfulness_words(measured) == (
        "Gemessen (test): Einfügen 0.90 (Zufall 0.50), Entfernen 0.10 (Zufall 0.40); "
        "übertrifft zufällige Gewichte nicht."
    )


def test_in_english_it_says_what_inference_says() -> None:
    only = CaseFilter(finding="Pneumonia", sex="M", youngest=40, source="A")
    assert inference_words.filter_words(only) == only.words()
    measured = Faithfulness(0.9, 0.5, 0.1, 0.4, "beats random weights", "test")
    assert inference_words.faithfulness_words(measured) == measured.sentence()


def said_by_inference() -> str:
    """Every text in the code of `inference`, values left out."""
    texts = []
    for file in sorted((ROOT / "inference").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
    return "\n".join(texts)


def test_what_is_recognised_is_what_inference_says() -> None:
    said = said_by_inference()
    damaged = "is damaged; index the folder again to repair it"
    for template in problem_words.TEMPLATES:
        whole = template.replace(damaged, "{rest}") if template != damaged else template
        whole = re.sub("gives the (view|body part|modality) as", "gives the {what} as", whole)
        for piece in re.split(r"\{\w+\}", whole):
            assert piece.strip() in said, template


def test_problems_are_said_in_german(german: QApplication) -> None:
    reason = "the file is empty; copy it again from its source"
    error = UnreadableRadiographError(Path("a.dcm"), reason)
    assert problem_words.problem_words(str(error)) == (
        "a.dcm lässt sich nicht öffnen: die Datei ist leer; "
        "kopieren Sie sie erneut von ihrer Quelle."
    )
    catalogue = CatalogueError(Path("/data/x"), "it was not indexed yet; index it first")
    assert problem_words.problem_words(str(catalogue)) == (
        "Der Katalog von /data/x ist nicht verwendbar: er wurde noch nicht indexiert; "
        "indexieren Sie ihn zuerst."
    )


def test_a_problem_that_is_not_listed_stays_whole(german: QApplication) -> None:
    error = UnreadableRadiographError(Path("a.dcm"), "the moon is full")
    assert problem_words.problem_words(str(error)) == str(error)
    assert problem_words.problem_words("") == ""


def test_in_english_problems_are_left_as_they_are() -> None:
    error = UnreadableRadiographError(
        Path("{a}.dcm"), "it is a folder; choose one radiograph in it"
    )
    assert problem_words.problem_words(str(error)) == str(error)


def test_qt_speaks_the_same_language(german: QApplication, qtbot: QtBot) -> None:
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    qtbot.addWidget(buttons)
    assert buttons.buttons()[0].text() == "Abbrechen"


def test_going_back_to_english(qapp: QApplication) -> None:
    speak(qapp, "de")
    assert tr("Similar cases") == "Ähnliche Fälle"
    assert speak(qapp, ENGLISH) == ENGLISH
    assert tr("Similar cases") == "Similar cases"


@pytest.mark.parametrize(
    ("of_the_system", "spoken"),
    [(["de-AT", "de"], "de"), (["fr-FR", "fr", "de-DE"], "de"), (["fr"], "en"), (["en-GB"], "en")],
)
def test_auto_is_the_first_of_the_users_languages(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, of_the_system: list[str], spoken: str
) -> None:
    system = SimpleNamespace(uiLanguages=lambda: of_the_system)
    monkeypatch.setattr(language.QLocale, "system", lambda: system)
    try:
        assert speak(qapp, "auto") == spoken
    finally:
        speak(qapp, ENGLISH)


@pytest.mark.parametrize(
    ("locale", "spoken"), [("de_DE.UTF-8", "de"), ("C.UTF-8", "en"), ("fr_FR.UTF-8", "en")]
)
def test_the_system_is_asked(locale: str, spoken: str) -> None:
    code = (
        "from PySide6.QtCore import QCoreApplication;"
        "from viewer.preferences.language import speak;"
        "print(speak(QCoreApplication([]), 'auto'))"
    )
    environment = {**os.environ, "LC_ALL": locale, "LANG": locale, "LANGUAGE": ""}
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert said.stdout.strip() == spoken, said.stderr


def test_a_language_that_does_not_ship_is_refused_by_the_settings() -> None:
    with pytest.raises(ValueError, match='language must be "auto" or one of en, de'):
        Settings(language="tlh")
