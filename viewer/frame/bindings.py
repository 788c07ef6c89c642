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

from viewer.translation import N_, tr

_KEY = re.compile(
    r"((Ctrl|Shift|Alt|Meta)\+)*"
    r"(\S|F[1-9]|F[12][0-9]|F3[0-5]|Del|Ins|Esc|Space|Return|Enter|Tab|Backspace|Home|End|PgUp"
    r"|PgDown|Left|Right|Up|Down)",
    re.IGNORECASE,
)
# Spelled out here, and not asked of Qt: settings are also read where no window can be opened.


_NAMED = (
    N_("Ctrl"),
    N_("Shift"),
    N_("Del"),
    N_("Left"),
    N_("Right"),
)
"""Keys that are called otherwise on other keyboards."""


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
    N_("Cases"),
    N_("The catalogue"),
    N_("Looking"),
    N_("Window and level"),
    N_("Layout"),
    N_("Measuring"),
    N_("More"),
)

BINDINGS = (
    Binding("open", "Ctrl+O", N_("open a radiograph"), _CASES, N_("Radiograph…")),
    Binding(
        "open_folder",
        "Ctrl+Shift+O",
        N_("open a folder of past cases"),
        _CASES,
        N_("Folder of past cases…"),
    ),
    Binding(
        "browse",
        "Ctrl+B",
        N_("look through a folder or disc"),
        _CASES,
        N_("Browse a folder or disc…"),
    ),
    Binding("reload", "F5", N_("open the folder's catalogue again"), _CASES, N_("Open it again")),
    *(
        Binding(f"case_{rank}", str(rank), N_("select case {rank}"), _CASES)
        for rank in range(1, 10)
    ),
    Binding("archive", "Ctrl+Shift+A", N_("search an archive"), _CASES, N_("From an archive…")),
    Binding(
        "priors", "Ctrl+P", N_("the patient's previous studies"), _CASES, N_("Previous studies…")
    ),
    Binding("received", "Ctrl+Shift+R", N_("what was sent here"), _CASES, N_("Received…")),
    Binding("methods", "M", N_("compare the retrieval methods"), _CASES),
    Binding("explain", "Y", N_("next kind of map: why these two"), _CASES),
    Binding("place", "G", N_("choose a place or a region by arrows"), _CASES, N_("Place by keys")),
    Binding("export", "E", N_("export the comparison"), _CASES),
    Binding(
        "return_dicom", "Shift+E", N_("return results as DICOM"), _CASES, N_("Return as DICOM…")
    ),
    Binding("filter", "Ctrl+F", N_("which cases may be found"), _CASES),
    Binding("chart", "N", N_("findings and severity of the nearest"), _CASES),
    Binding("undo_feedback", "U", N_("take the last relevance mark back"), _CASES),
    Binding("pin", "K", N_("keep the selected case in the tray"), _CASES),
    Binding("query_back", "Alt+Left", N_("the query before"), _CASES),
    Binding("query_forward", "Alt+Right", N_("the query after"), _CASES),
    Binding("tags", "Ctrl+T", N_("tags of the query's file"), _CASES, N_("Tags of this file…")),
    Binding(
        "embedding_map",
        "Ctrl+M",
        N_("map of the catalogue: cases that are alike side by side"),
        _CATALOGUE,
        N_("Map of the catalogue…"),
    ),
    Binding(
        "differential",
        "Ctrl+D",
        N_("what is looked at in one class more than in another"),
        _CATALOGUE,
        N_("Compare two classes…"),
    ),
    Binding("overlay", "O", N_("overlay on or off"), _LOOKING, N_("Overlay")),
    Binding("link", "L", N_("link or unlink the panes"), _LOOKING, N_("Link all panes")),
    Binding("fit", "F", N_("fit to the pane"), _LOOKING, N_("Fit to the pane")),
    Binding(
        "one_to_one", "P", N_("pixel for pixel, 1 : 1"), _LOOKING, N_("Pixel for pixel (1 : 1)")
    ),
    Binding("turn_right", "T", N_("turn by 90° clockwise"), _LOOKING, N_("Turn right by 90°")),
    Binding(
        "turn_left", "Shift+T", N_("turn by 90° the other way"), _LOOKING, N_("Turn left by 90°")
    ),
    Binding("flip", "H", N_("exchange left and right"), _LOOKING, N_("Flip left and right")),
    Binding(
        "magnifier",
        "Z",
        N_("magnifier at the cursor, while held"),
        _LOOKING,
        N_("Magnifier (hold)"),
    ),
    Binding("reset", "R", N_("reset all of this and the window"), _LOOKING, N_("Reset")),
    Binding("invert", "I", N_("invert"), _WINDOW, N_("Invert")),
    Binding("sigmoid", "Shift+I", N_("smooth S or straight ramp"), _WINDOW, N_("Sigmoid")),
    Binding(
        "next_window", "W", N_("next preset, the file's own first"), _WINDOW, N_("Next preset")
    ),
    Binding(
        "window_file", "Alt+0", N_("as the file asks for"), _WINDOW, N_("As the file asks for")
    ),
    Binding("window_full", "Alt+1", N_("full range"), _WINDOW, N_("Full range")),
    Binding(
        "window_auto", "Alt+2", N_("automatic, 1st to 99th percentile"), _WINDOW, N_("Automatic")
    ),
    Binding(
        "window_lungs", "Alt+3", N_("contrast for lungs: the darker part"), _WINDOW, N_("Lungs")
    ),
    Binding(
        "window_bones", "Alt+4", N_("contrast for bones: the brighter part"), _WINDOW, N_("Bones")
    ),
    Binding("layout_query", "Ctrl+0", N_("the query alone"), _LAYOUT, N_("Query only")),
    Binding("layout_1", "Ctrl+1", N_("query and one case"), _LAYOUT, N_("Query and 1 case")),
    Binding("layout_two", "Ctrl+2", N_("two cases against each other"), _LAYOUT, N_("Two cases")),
    Binding("layout_4", "Ctrl+4", N_("query and four cases"), _LAYOUT, N_("Query and 4 cases")),
    Binding("layout_9", "Ctrl+9", N_("query and nine cases"), _LAYOUT, N_("Query and 9 cases")),
    Binding("query_wider", "Ctrl+Shift+Right", N_("more room for the query"), _MORE),
    Binding("query_narrower", "Ctrl+Shift+Left", N_("less room for the query"), _MORE),
    Binding("record_wider", "Alt+Shift+Left", N_("more room for the record"), _MORE),
    Binding("record_narrower", "Alt+Shift+Right", N_("less room for the record"), _MORE),
    Binding("full_screen", "F11", N_("full screen"), _LAYOUT, N_("Full screen")),
    Binding(
        "query_apart", "F8", N_("query in a second window, or back"), _LAYOUT, N_("Query apart")
    ),
    Binding(
        "results_apart",
        "F9",
        N_("similar cases in a second window, or back"),
        _LAYOUT,
        N_("Similar cases apart"),
    ),
    Binding(
        "next_screen",
        "Shift+F11",
        N_("window to the next screen"),
        _LAYOUT,
        N_("To the next screen"),
    ),
    Binding("measure_length", "D", N_("length"), _MEASURING, N_("Length")),
    Binding("measure_angle", "A", N_("angle"), _MEASURING, N_("Angle")),
    Binding(
        "measure_ratio", "C", N_("cardiothoracic ratio"), _MEASURING, N_("Cardiothoracic ratio")
    ),
    Binding("measure_ellipse", "S", N_("ellipse: mean, SD, area"), _MEASURING, N_("Ellipse")),
    Binding("measure_arrow", "Shift+A", N_("arrow"), _MEASURING, N_("Arrow")),
    Binding("measure_text", "X", N_("text"), _MEASURING, N_("Text")),
    Binding("undo", "Ctrl+Z", N_("undo"), _MEASURING, N_("Undo")),
    Binding("redo", "Ctrl+Shift+Z Ctrl+Y", N_("redo"), _MEASURING, N_("Redo")),
    Binding(
        "remove_mark", "Del", N_("remove the mark at the cursor"), _MEASURING, N_("Remove mark")
    ),
    Binding(
        "remove_marks",
        "Shift+Del",
        N_("remove all marks of the radiograph"),
        _MEASURING,
        N_("Remove all marks of the radiograph"),
    ),
    Binding(
        "export_marks",
        "Ctrl+Shift+E",
        N_("draw the marks on what is exported, or not"),
        _MEASURING,
        N_("Marks on the export"),
    ),
    Binding("settings", "Ctrl+,", N_("settings, and other keys"), _MORE, N_("Settings…")),
    Binding("keys", "? F1", N_("this list"), _MORE),
    Binding("about", "Shift+F1", N_("versions and licences"), _MORE, N_("About Kindred…")),
    Binding(
        "escape", "Esc", N_("leave the tool, the enlarged pane, full screen; stop what runs"), _MORE
    ),
    Binding("quit", "Ctrl+Q", N_("quit"), _MORE, N_("Quit")),
)

FIXED = (
    (
        N_("arrows, Enter"),
        N_("with a tool, or after G: move the cross, place a point; Ctrl: 1 pixel"),
    ),
    (N_("Shift+arrows"), N_("after G: draw a region")),
    (N_("Enter"), N_("on a similar case: open it as the next query; on the query: enlarge")),
    (N_("Shift+Enter"), N_("enlarge the pane with the focus")),
    (N_("arrows"), N_("move; with Shift: window")),
    (N_("+ –"), N_("on a similar case: relevant, not relevant; on the query, or with Ctrl: zoom")),
    (N_("left drag"), N_("window: across its width, down its centre; or the chosen tool")),
    (N_("Shift+click"), N_("on the query: what resembles this place, on every case")),
    (N_("Shift+drag"), N_("on the query: rank the cases again by this region")),
    (N_("right drag, wheel"), N_("zoom, the wheel at the cursor")),
    (N_("middle drag"), N_("move")),
    (N_("right click"), N_("on a similar case: what can be done with it")),
    (N_("double click"), N_("enlarge a pane")),
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
    return [*groups.items(), (N_("Mouse and panes"), fixed)]


def shown_keys(keys: str) -> str:
    """Keys as they are read, such as "? or F1", and "Strg+O" on a German keyboard."""
    for name in _NAMED:
        keys = re.sub(rf"\b{name}\b", tr(name), keys)
    return keys.replace(" ", tr(" or "))
