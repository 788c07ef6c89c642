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


_CASES, _CATALOGUE, _LOOKING, _WINDOW, _LAYOUT, _MEASURING, _MORE = (
    "Cases",
    "The catalogue",
    "Looking",
    "Window and level",
    "Layout",
    "Measuring",
    "More",
)

BINDINGS = (
    Binding("open", "Ctrl+O", "open a radiograph", _CASES, "Radiograph…"),
    Binding(
        "open_folder",
        "Ctrl+Shift+O",
        "open a folder of past cases",
        _CASES,
        "Folder of past cases…",
    ),
    Binding(
        "browse", "Ctrl+B", "look through a folder or disc", _CASES, "Browse a folder or disc…"
    ),
    Binding("reload", "F5", "open the folder's catalogue again", _CASES, "Open it again"),
    *(Binding(f"case_{rank}", str(rank), f"select case {rank}", _CASES) for rank in range(1, 10)),
    Binding("archive", "Ctrl+Shift+A", "search an archive", _CASES, "From an archive…"),
    Binding("priors", "Ctrl+P", "the patient's previous studies", _CASES, "Previous studies…"),
    Binding("received", "Ctrl+Shift+R", "what was sent here", _CASES, "Received…"),
    Binding("methods", "M", "compare the retrieval methods", _CASES),
    Binding("explain", "Y", "next kind of map: why these two", _CASES),
    Binding("place", "G", "choose a place or a region by arrows", _CASES, "Place by keys"),
    Binding("export", "E", "export the comparison", _CASES),
    Binding("return_dicom", "Shift+E", "return results as DICOM", _CASES, "Return as DICOM…"),
    Binding("filter", "Ctrl+F", "which cases may be found", _CASES),
    Binding("chart", "N", "findings and severity of the nearest", _CASES),
    Binding("undo_feedback", "U", "take the last relevance mark back", _CASES),
    Binding("pin", "K", "keep the selected case in the tray", _CASES),
    Binding("query_back", "Alt+Left", "the query before", _CASES),
    Binding("query_forward", "Alt+Right", "the query after", _CASES),
    Binding("tags", "Ctrl+T", "tags of the query's file", _CASES, "Tags of this file…"),
    Binding(
        "embedding_map",
        "Ctrl+M",
        "map of the catalogue: cases that are alike side by side",
        _CATALOGUE,
        "Map of the catalogue…",
    ),
    Binding(
        "differential",
        "Ctrl+D",
        "what is looked at in one class more than in another",
        _CATALOGUE,
        "Compare two classes…",
    ),
    Binding("overlay", "O", "overlay on or off", _LOOKING, "Overlay"),
    Binding("link", "L", "link or unlink the panes", _LOOKING, "Link all panes"),
    Binding("fit", "F", "fit to the pane", _LOOKING, "Fit to the pane"),
    Binding("one_to_one", "P", "pixel for pixel, 1 : 1", _LOOKING, "Pixel for pixel (1 : 1)"),
    Binding("turn_right", "T", "turn by 90° clockwise", _LOOKING, "Turn right by 90°"),
    Binding("turn_left", "Shift+T", "turn by 90° the other way", _LOOKING, "Turn left by 90°"),
    Binding("flip", "H", "exchange left and right", _LOOKING, "Flip left and right"),
    Binding(
        "magnifier",
        "Z",
        "magnifier at the cursor, while held",
        _LOOKING,
        "Magnifier (hold)",
    ),
    Binding("reset", "R", "reset all of this and the window", _LOOKING, "Reset"),
    Binding("invert", "I", "invert", _WINDOW, "Invert"),
    Binding("sigmoid", "Shift+I", "smooth S or straight ramp", _WINDOW, "Sigmoid"),
    Binding("next_window", "W", "next preset, the file's own first", _WINDOW, "Next preset"),
    Binding("window_file", "Alt+0", "as the file asks for", _WINDOW, "As the file asks for"),
    Binding("window_full", "Alt+1", "full range", _WINDOW, "Full range"),
    Binding("window_auto", "Alt+2", "automatic, 1st to 99th percentile", _WINDOW, "Automatic"),
    Binding("window_lungs", "Alt+3", "contrast for lungs: the darker part", _WINDOW, "Lungs"),
    Binding("window_bones", "Alt+4", "contrast for bones: the brighter part", _WINDOW, "Bones"),
    Binding("layout_query", "Ctrl+0", "the query alone", _LAYOUT, "Query only"),
    Binding("layout_1", "Ctrl+1", "query and one case", _LAYOUT, "Query and 1 case"),
    Binding("layout_two", "Ctrl+2", "two cases against each other", _LAYOUT, "Two cases"),
    Binding("layout_4", "Ctrl+4", "query and four cases", _LAYOUT, "Query and 4 cases"),
    Binding("layout_9", "Ctrl+9", "query and nine cases", _LAYOUT, "Query and 9 cases"),
    Binding("query_wider", "Ctrl+Shift+Right", "more room for the query", _MORE),
    Binding("query_narrower", "Ctrl+Shift+Left", "less room for the query", _MORE),
    Binding("record_wider", "Alt+Shift+Left", "more room for the record", _MORE),
    Binding("record_narrower", "Alt+Shift+Right", "less room for the record", _MORE),
    Binding("full_screen", "F11", "full screen", _LAYOUT, "Full screen"),
    Binding("query_apart", "F8", "query in a second window, or back", _LAYOUT, "Query apart"),
    Binding(
        "results_apart",
        "F9",
        "similar cases in a second window, or back",
        _LAYOUT,
        "Similar cases apart",
    ),
    Binding("next_screen", "Shift+F11", "window to the next screen", _LAYOUT, "To the next screen"),
    Binding("measure_length", "D", "length", _MEASURING, "Length"),
    Binding("measure_angle", "A", "angle", _MEASURING, "Angle"),
    Binding("measure_ratio", "C", "cardiothoracic ratio", _MEASURING, "Cardiothoracic ratio"),
    Binding("measure_ellipse", "S", "ellipse: mean, SD, area", _MEASURING, "Ellipse"),
    Binding("measure_arrow", "Shift+A", "arrow", _MEASURING, "Arrow"),
    Binding("measure_text", "X", "text", _MEASURING, "Text"),
    Binding("undo", "Ctrl+Z", "undo", _MEASURING, "Undo"),
    Binding("redo", "Ctrl+Shift+Z Ctrl+Y", "redo", _MEASURING, "Redo"),
    Binding("remove_mark", "Del", "remove the mark at the cursor", _MEASURING, "Remove mark"),
    Binding(
        "remove_marks",
        "Shift+Del",
        "remove all marks of the radiograph",
        _MEASURING,
        "Remove all marks of the radiograph",
    ),
    Binding(
        "export_marks",
        "Ctrl+Shift+E",
        "draw the marks on what is exported, or not",
        _MEASURING,
        "Marks on the export",
    ),
    Binding("settings", "Ctrl+,", "settings, and other keys", _MORE, "Settings…"),
    Binding("keys", "? F1", "this list", _MORE),
    Binding("about", "Shift+F1", "versions and licences", _MORE, "About Kindred…"),
    Binding(
        "escape", "Esc", "leave the tool, the enlarged pane, full screen; stop what runs", _MORE
    ),
    Binding("quit", "Ctrl+Q", "quit", _MORE, "Quit"),
)

FIXED = (
    ("arrows, Enter", "with a tool, or after G: move the cross, place a point; Ctrl: 1 pixel"),
    ("Shift+arrows", "after G: draw a region"),
    ("Enter", "on a similar case: open it as the next query; on the query: enlarge"),
    ("Shift+Enter", "enlarge the pane with the focus"),
    ("arrows", "move; with Shift: window"),
    ("+ –", "on a similar case: relevant, not relevant; on the query, or with Ctrl: zoom"),
    ("left drag", "window: across its width, down its centre; or the chosen tool"),
    ("Shift+click", "on the query: what resembles this place, on every case"),
    ("Shift+drag", "on the query: rank the cases again by this region"),
    ("right drag, wheel", "zoom, the wheel at the cursor"),
    ("middle drag", "move"),
    ("right click", "on a similar case: what can be done with it"),
    ("double click", "enlarge a pane"),
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
        keys = bound[binding.name].replace(" ", " or ")
        if binding.name.startswith("case_") and keys == binding.keys:
            if binding.name == "case_1":
                rows.append(("1 – 9", "select a similar case"))
        elif keys:
            rows.append((keys, binding.words))
    return [*groups.items(), ("Mouse and panes", list(FIXED))]
