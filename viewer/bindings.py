"""Every key of the window, in one table: what the `?` page lists and the settings can change.

A binding has a name, by which the window finds what it does, and by which the user's settings
give it another key:

    [keys]
    invert = "Ctrl+I"
    sigmoid = ""        # no key at all
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from viewer.translation import mark, tr

_KEY = re.compile(
    r"((Ctrl|Shift|Alt|Meta)\+)*"
    r"(\S|F[1-9]|F[12][0-9]|F3[0-5]|Del|Ins|Esc|Space|Return|Enter|Tab|Backspace|Home|End|PgUp"
    r"|PgDown|Left|Right|Up|Down)",
    re.IGNORECASE,
)
# Spelled out here, and not asked of Qt: settings are also read where no window can be opened.


@dataclass(frozen=True, slots=True)
class Binding:
    """What one key does.

    Attributes:
        name: Used in the settings; lower case, with underscores.
        keys: As `QKeySequence` reads them, several parted by a space; "" for none.
        words: What it does, as in the list of keys.
        group: The heading it is listed under.
        menu: Its text in a menu; "" where it is in none.
    """

    name: str
    keys: str
    words: str
    group: str
    menu: str = ""

    @property
    def shown_words(self) -> str:
        """What it does, in the user's language."""
        return tr(self.words).format(rank=self.name.removeprefix("case_"))

    @property
    def shown_menu(self) -> str:
        """Its text in a menu, in the user's language; else what it does."""
        words = self.shown_words
        return tr(self.menu) or words[:1].upper() + words[1:]


_CASES, _CATALOGUE, _LOOKING, _WINDOW, _LAYOUT, _MEASURING, _MORE = (
    mark("Cases"),
    mark("The catalogue"),
    mark("Looking"),
    mark("Window and level"),
    mark("Layout"),
    mark("Measuring"),
    mark("More"),
)

BINDINGS = (
    Binding("open", "Ctrl+O", mark("open a radiograph"), _CASES, mark("Radiograph…")),
    Binding(
        "open_folder",
        "Ctrl+Shift+O",
        mark("open a folder of past cases"),
        _CASES,
        mark("Folder of past cases…"),
    ),
    Binding(
        "browse",
        "Ctrl+B",
        mark("look through a folder or disc"),
        _CASES,
        mark("Browse a folder or disc…"),
    ),
    Binding(
        "reload", "F5", mark("open the folder's catalogue again"), _CASES, mark("Open it again")
    ),
    *(
        Binding(f"case_{rank}", str(rank), mark("select case {rank}"), _CASES)
        for rank in range(1, 10)
    ),
    Binding("archive", "Ctrl+Shift+A", mark("search an archive"), _CASES, mark("From an archive…")),
    Binding(
        "priors",
        "Ctrl+P",
        mark("the patient's previous studies"),
        _CASES,
        mark("Previous studies…"),
    ),
    Binding("received", "Ctrl+Shift+R", mark("what was sent here"), _CASES, mark("Received…")),
    Binding("methods", "M", mark("compare the retrieval methods"), _CASES),
    Binding("explain", "Y", mark("next kind of map: why these two"), _CASES),
    Binding(
        "place", "G", mark("choose a place or a region by arrows"), _CASES, mark("Place by keys")
    ),
    Binding("export", "E", mark("export the comparison"), _CASES),
    Binding(
        "return_dicom", "Shift+E", mark("return results as DICOM"), _CASES, mark("Return as DICOM…")
    ),
    Binding("filter", "Ctrl+F", mark("which cases may be found"), _CASES),
    Binding("chart", "N", mark("findings and severity of the nearest"), _CASES),
    Binding("undo_feedback", "U", mark("take the last relevance mark back"), _CASES),
    Binding("pin", "K", mark("keep the selected case in the tray"), _CASES),
    Binding("query_back", "Alt+Left", mark("the query before"), _CASES),
    Binding("query_forward", "Alt+Right", mark("the query after"), _CASES),
    Binding("tags", "Ctrl+T", mark("tags of the query's file"), _CASES, mark("Tags of this file…")),
    Binding(
        "embedding_map",
        "Ctrl+M",
        mark("map of the catalogue: cases that are alike side by side"),
        _CATALOGUE,
        mark("Map of the catalogue…"),
    ),
    Binding(
        "differential",
        "Ctrl+D",
        mark("what is looked at in one class more than in another"),
        _CATALOGUE,
        mark("Compare two classes…"),
    ),
    Binding("overlay", "O", mark("overlay on or off"), _LOOKING, mark("Overlay")),
    Binding("link", "L", mark("link or unlink the panes"), _LOOKING, mark("Link all panes")),
    Binding("fit", "F", mark("fit to the pane"), _LOOKING, mark("Fit to the pane")),
    Binding(
        "one_to_one", "P", mark("pixel for pixel, 1 : 1"), _LOOKING, mark("Pixel for pixel (1 : 1)")
    ),
    Binding("turn_right", "T", mark("turn by 90° clockwise"), _LOOKING, mark("Turn right by 90°")),
    Binding(
        "turn_left",
        "Shift+T",
        mark("turn by 90° the other way"),
        _LOOKING,
        mark("Turn left by 90°"),
    ),
    Binding("flip", "H", mark("exchange left and right"), _LOOKING, mark("Flip left and right")),
    Binding(
        "magnifier",
        "Z",
        mark("magnifier at the cursor, while held"),
        _LOOKING,
        mark("Magnifier (hold)"),
    ),
    Binding("reset", "R", mark("reset all of this and the window"), _LOOKING, mark("Reset")),
    Binding("invert", "I", mark("invert"), _WINDOW, mark("Invert")),
    Binding("sigmoid", "Shift+I", mark("smooth S or straight ramp"), _WINDOW, mark("Sigmoid")),
    Binding(
        "next_window", "W", mark("next preset, the file's own first"), _WINDOW, mark("Next preset")
    ),
    Binding(
        "window_file", "Alt+0", mark("as the file asks for"), _WINDOW, mark("As the file asks for")
    ),
    Binding("window_full", "Alt+1", mark("full range"), _WINDOW, mark("Full range")),
    Binding(
        "window_auto",
        "Alt+2",
        mark("automatic, 1st to 99th percentile"),
        _WINDOW,
        mark("Automatic"),
    ),
    Binding(
        "window_lungs", "Alt+3", mark("contrast for lungs: the darker part"), _WINDOW, mark("Lungs")
    ),
    Binding(
        "window_bones",
        "Alt+4",
        mark("contrast for bones: the brighter part"),
        _WINDOW,
        mark("Bones"),
    ),
    Binding("layout_query", "Ctrl+0", mark("the query alone"), _LAYOUT, mark("Query only")),
    Binding("layout_1", "Ctrl+1", mark("query and one case"), _LAYOUT, mark("Query and 1 case")),
    Binding(
        "layout_two", "Ctrl+2", mark("two cases against each other"), _LAYOUT, mark("Two cases")
    ),
    Binding("layout_4", "Ctrl+4", mark("query and four cases"), _LAYOUT, mark("Query and 4 cases")),
    Binding("layout_9", "Ctrl+9", mark("query and nine cases"), _LAYOUT, mark("Query and 9 cases")),
    Binding("query_wider", "Ctrl+Shift+Right", mark("more room for the query"), _MORE),
    Binding("query_narrower", "Ctrl+Shift+Left", mark("less room for the query"), _MORE),
    Binding("record_wider", "Alt+Shift+Left", mark("more room for the record"), _MORE),
    Binding("record_narrower", "Alt+Shift+Right", mark("less room for the record"), _MORE),
    Binding("full_screen", "F11", mark("full screen"), _LAYOUT, mark("Full screen")),
    Binding(
        "query_apart", "F8", mark("query in a second window, or back"), _LAYOUT, mark("Query apart")
    ),
    Binding(
        "results_apart",
        "F9",
        mark("similar cases in a second window, or back"),
        _LAYOUT,
        mark("Similar cases apart"),
    ),
    Binding(
        "next_screen",
        "Shift+F11",
        mark("window to the next screen"),
        _LAYOUT,
        mark("To the next screen"),
    ),
    Binding("measure_length", "D", mark("length"), _MEASURING, mark("Length")),
    Binding("measure_angle", "A", mark("angle"), _MEASURING, mark("Angle")),
    Binding(
        "measure_ratio", "C", mark("cardiothoracic ratio"), _MEASURING, mark("Cardiothoracic ratio")
    ),
    Binding("measure_ellipse", "S", mark("ellipse: mean, SD, area"), _MEASURING, mark("Ellipse")),
    Binding("measure_arrow", "Shift+A", mark("arrow"), _MEASURING, mark("Arrow")),
    Binding("measure_text", "X", mark("text"), _MEASURING, mark("Text")),
    Binding("undo", "Ctrl+Z", mark("undo"), _MEASURING, mark("Undo")),
    Binding("redo", "Ctrl+Shift+Z Ctrl+Y", mark("redo"), _MEASURING, mark("Redo")),
    Binding(
        "remove_mark", "Del", mark("remove the mark at the cursor"), _MEASURING, mark("Remove mark")
    ),
    Binding(
        "remove_marks",
        "Shift+Del",
        mark("remove all marks of the radiograph"),
        _MEASURING,
        mark("Remove all marks of the radiograph"),
    ),
    Binding(
        "export_marks",
        "Ctrl+Shift+E",
        mark("draw the marks on what is exported, or not"),
        _MEASURING,
        mark("Marks on the export"),
    ),
    Binding("settings", "Ctrl+,", mark("settings, and other keys"), _MORE, mark("Settings…")),
    Binding("keys", "? F1", mark("this list"), _MORE),
    Binding("about", "Shift+F1", mark("versions and licences"), _MORE, mark("About Kindred…")),
    Binding(
        "escape",
        "Esc",
        mark("leave the tool, the enlarged pane, full screen; stop what runs"),
        _MORE,
    ),
    Binding("quit", "Ctrl+Q", mark("quit"), _MORE, mark("Quit")),
)

FIXED = (
    (
        mark("arrows, Enter"),
        mark("with a tool, or after G: move the cross, place a point; Ctrl: 1 pixel"),
    ),
    (mark("Shift+arrows"), mark("after G: draw a region")),
    (mark("Enter"), mark("on a similar case: open it as the next query; on the query: enlarge")),
    (mark("Shift+Enter"), mark("enlarge the pane with the focus")),
    (mark("arrows"), mark("move; with Shift: window")),
    (
        mark("+ –"),
        mark("on a similar case: relevant, not relevant; on the query, or with Ctrl: zoom"),
    ),
    (mark("left drag"), mark("window: across its width, down its centre; or the chosen tool")),
    (mark("Shift+click"), mark("on the query: what resembles this place, on every case")),
    (mark("Shift+drag"), mark("on the query: rank the cases again by this region")),
    (mark("right drag, wheel"), mark("zoom, the wheel at the cursor")),
    (mark("middle drag"), mark("move")),
    (mark("right click"), mark("on a similar case: what can be done with it")),
    (mark("double click"), mark("enlarge a pane")),
)
"""What the panes do themselves, under mouse and keys."""


class BindingError(ValueError):
    """A key in the settings cannot be used; the text says which and why."""


def bound_keys(changes: Mapping[str, object]) -> dict[str, str]:
    """The keys of every binding, by name.

    Args:
        changes: The user's, by name.

    Raises:
        BindingError: A name is unknown, a key does not exist, or two bindings share one.
    """
    bound = {binding.name: binding.keys for binding in BINDINGS}
    if not isinstance(changes, Mapping):
        raise BindingError('keys must be a section, [keys], with lines such as invert = "I"')
    for name, keys in changes.items():
        if name not in bound:
            raise BindingError(f"keys: there is nothing called {name!r} to bind")
        if not isinstance(keys, str) or not all(_KEY.fullmatch(one) for one in keys.split()):
            raise BindingError(f"keys: {keys!r} is no key, for {name}")
        bound[name] = keys
    owners: dict[str, str] = {}
    for name, keys in bound.items():
        for one in keys.split():
            other = owners.setdefault(one.casefold(), name)
            if other != name:
                raise BindingError(f"keys: {one} is given to {other} and to {name}")
    return bound


def listed(changes: Mapping[str, object]) -> list[tuple[str, list[tuple[str, str]]]]:
    """For the list of keys: headings, each with its (keys, words); the digits are one row."""
    bound = bound_keys(changes)
    groups: dict[str, list[tuple[str, str]]] = {}
    for binding in BINDINGS:
        rows = groups.setdefault(binding.group, [])
        keys = shown_keys(bound[binding.name])
        if binding.name.startswith("case_") and bound[binding.name] == binding.keys:
            if binding.name == "case_1":
                rows.append(("1 – 9", tr("select a similar case")))
        elif keys:
            rows.append((keys, binding.shown_words))
    fixed = [(tr(keys), tr(words)) for keys, words in FIXED]
    return [*groups.items(), (mark("Mouse and panes"), fixed)]


def shown_keys(keys: str) -> str:
    """Keys as they are read, such as "? or F1"."""
    return keys.replace(" ", tr(" or "))
