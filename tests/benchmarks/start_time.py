"""From the command to the first painted window and radiograph, against importing libraries alone.

    python -m tests.benchmarks.start_time [--rounds 11] [--size 2048]

Each start is a process of its own, offscreen, interleaved round by round, in the environment that
runs this: to know what a user waits, in one that holds Kindred's own dependencies and no more.

    window      `kindred`, until its first frame is painted
    radiograph  `kindred FILE.dcm`, until the radiograph is painted in its pane
    numpy, Qt and an empty window    until its first frame is painted
    + pydicom, onnxruntime           the same after importing these too
    every library                    importing those that `pyproject.toml` names for the viewer
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from export_models.phantom import draw_phantom, query_spec, write_phantom_dicom
from tests.benchmarks.measuring import interleaved, ratio, table

_EMPTY_WINDOW = """
import os
import sys
import numpy
from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QMainWindow
class Window(QMainWindow):
    def paintEvent(self, event):
        QTimer.singleShot(0, lambda: os._exit(0))  # after all that is painted with it
application = QApplication(sys.argv[:1])
window = Window()
window.resize(1280, 800)
window.show()
application.exec()
"""

_ANALYSIS = "import onnxruntime, pydicom\n" + _EMPTY_WINDOW

_EVERY_LIBRARY = """
import os
import numpy
import PySide6.QtCore, PySide6.QtGui, PySide6.QtWidgets, PySide6.QtNetwork
import PIL.Image, pydicom, onnxruntime, skimage, hnswlib, platformdirs, typer
os._exit(0)
"""

# Neither imports anything of Kindred before its command does: the order is part of what is timed.
_KINDRED = """
import os
import sys
is_watched = False

def look(event, arguments):
    global is_watched
    if event == "import" and not is_watched and hasattr(sys.modules.get({module!r}), {name!r}):
        is_watched = True
        watch(getattr(sys.modules[{module!r}], {name!r}))

def watch(widget):
    from PySide6.QtCore import QTimer
    paint = widget.paintEvent
    def painted(self, event):
        paint(self, event)
        if {condition}:
            QTimer.singleShot(0, lambda: os._exit(0))
    widget.paintEvent = painted

sys.addaudithook(look)
sys.argv[0] = "kindred"
from viewer.command_line import main
sys.exit(main())
"""

_WINDOW = _KINDRED.format(module="viewer.frame.main_window", name="MainWindow", condition="True")
_RADIOGRAPH = _KINDRED.format(
    module="viewer.pane.radiograph_view",
    name="RadiographView",
    condition="self.radiograph is not None",
)


def started(code: str, *arguments: str) -> Callable[[], object]:
    """Runs some code in a new interpreter, in a home of its own."""
    home = tempfile.mkdtemp()
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "HOME": home,
        "XDG_CONFIG_HOME": home,
        "XDG_DATA_HOME": home,
        "XDG_RUNTIME_DIR": home,
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # as installed: the first rounds compile

    def run() -> object:
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=environment, check=True, capture_output=True, timeout=120,
        )  # fmt: skip

    return run


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--size", type=int, default=2048, help="rows of the radiograph")
    options = parser.parse_args()
    query = Path(tempfile.mkdtemp()) / "query.dcm"
    write_phantom_dicom(draw_phantom(query_spec(4), options.size), query)
    ways = {
        "numpy, Qt and an empty window": started(_EMPTY_WINDOW),
        "window": started(_WINDOW),
        "radiograph": started(_RADIOGRAPH, str(query)),
        "empty window, onnxruntime, pydicom": started(_ANALYSIS),
        "every library": started(_EVERY_LIBRARY),
    }
    found = interleaved(ways, options.rounds)
    print(table(("", "median [quartiles]"), [(name, one.text()) for name, one in found.items()]))
    for name in ("window", "radiograph"):
        for base in list(ways)[:1] + list(ways)[3:]:
            print(f"{name} / {base}: {ratio(found[name], found[base]):.2f}")


if __name__ == "__main__":
    main()
