"""From the command to the first painted window, against importing the libraries alone.

    python -m tests.benchmarks.start_time [--rounds 11]

Each start is a process of its own, offscreen, interleaved round by round:

    window     `kindred` without a radiograph, until its first frame is painted
    libraries  the same interpreter importing what the window needs at its first frame:
               numpy and Qt's widgets, and an empty window painted
    analysis   beside them onnxruntime and pydicom, which are needed for the first radiograph
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable

from tests.benchmarks.measuring import interleaved, ratio, table

_LIBRARIES = """
import os
import sys
import numpy
from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QMainWindow
application = QApplication(sys.argv[:1])
window = QMainWindow()
window.resize(1280, 800)
QTimer.singleShot(0, lambda: (window.grab(), os._exit(0)))
window.show()
application.exec()
"""

_ANALYSIS = "import onnxruntime, pydicom\n" + _LIBRARIES

_WINDOW = """
import os
import sys
from PySide6.QtCore import QTimer
import viewer.frame.main_window as main_window
shown = main_window.MainWindow.showEvent
def leave(self, event):
    shown(self, event)
    QTimer.singleShot(0, lambda: (self.grab(), os._exit(0)))
main_window.MainWindow.showEvent = leave
from viewer.command_line import main
sys.exit(main(["open", *sys.argv[1:]]))
"""


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
    options = parser.parse_args()
    ways = {
        "libraries": started(_LIBRARIES),
        "window": started(_WINDOW),
        "libraries with onnxruntime and pydicom": started(_ANALYSIS),
    }
    found = interleaved(ways, options.rounds)
    print(table(("", "median [quartiles]"), [(name, one.text()) for name, one in found.items()]))
    print(f"\nwindow / libraries: {ratio(found['window'], found['libraries']):.2f}")


if __name__ == "__main__":
    main()
