"""Frames of a pane while its window is dragged: 3,000 x 3,000 pixels of 16 bits, run by hand.

    python -m tests.benchmarks.drag_time [--frames 60] [--rounds 10]

The real widget, 1,200 x 1,000, offscreen, is dragged with the left button (window and level)
and with the middle one (pan), fitted and zoomed to 1:1, upright and turned by 90°, with and
without an overlay. Each mouse move is followed by the paint it causes. Told are ms a frame, by
the clock and of processor time; 16.7 ms are 60 frames a second.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from inference.records import Radiograph, Window
from tests.benchmarks.measuring import table
from viewer.pane.pane_picture import ShownOverlay
from viewer.pane.radiograph_view import RadiographView

SIDE = 3000
_BUTTONS = {"window": Qt.MouseButton.LeftButton, "pan": Qt.MouseButton.MiddleButton}


def radiograph() -> Radiograph:
    """Noise on a ramp: nothing in it compresses or repeats."""
    values = np.random.default_rng(0).integers(0, 400, (SIDE, SIDE)).astype(np.float32)
    values += np.linspace(0, 3000, SIDE, dtype=np.float32)
    window = Window(1700, 3400, "LINEAR")
    return Radiograph(path=Path("noise"), values=values, is_inverted=False, windows=(window,))


def dragged(view: RadiographView, what: str, frames: int) -> tuple[list[float], list[float]]:
    """ms of each frame of one drag, by the clock and of the processor."""
    button = _BUTTONS[what]

    def send(kind: QEvent.Type, at: QPointF, buttons: Qt.MouseButton) -> None:
        pressed = button if kind != QEvent.Type.MouseMove else Qt.MouseButton.NoButton
        event = QMouseEvent(kind, at, QPointF(view.mapToGlobal(at)), pressed, buttons,
                            Qt.KeyboardModifier.NoModifier)  # fmt: skip
        QApplication.sendEvent(view, event)

    send(QEvent.Type.MouseButtonPress, QPointF(600, 500), button)
    clock, busy = [], []
    for step in range(frames):
        begin, worked = time.perf_counter(), time.process_time()
        send(QEvent.Type.MouseMove, QPointF(600 + step % 40, 500 + step % 30), button)
        view.repaint()
        clock.append((time.perf_counter() - begin) * 1e3)
        busy.append((time.process_time() - worked) * 1e3)
    send(QEvent.Type.MouseButtonRelease, QPointF(600, 500), Qt.MouseButton.NoButton)
    return clock, busy


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    application = QApplication.instance() or QApplication([])
    view = RadiographView("pane")
    view.resize(1200, 1000)
    view.show_radiograph(radiograph())
    view.show()
    saliency = np.random.default_rng(1).random((224, 224), dtype=np.float32)
    overlay = ShownOverlay(saliency, 0, 0, SIDE, SIDE)
    fitted = view.state
    states = {
        "fitted": fitted,
        "fitted, turned": fitted.turned(1),
        "1:1": view.pixel_for_pixel(),
        "1:1, turned": view.pixel_for_pixel().turned(1),
    }
    found: dict[tuple[str, str, str], tuple[list[float], list[float]]] = {}
    for _ in range(options.rounds):
        for shown, given in (("plain", None), ("overlay", overlay)):
            view.show_overlay(given)
            for name, state in states.items():
                for what in _BUTTONS:
                    view.set_state(state)
                    application.processEvents()
                    clock, busy = dragged(view, what, options.frames)
                    all_clock, all_busy = found.setdefault((what, name, shown), ([], []))
                    all_clock += clock
                    all_busy += busy

    def percentile(values: list[float], share: float) -> str:
        return f"{np.percentile(values, share):.1f}"

    print(table(
        ("drag", "radiograph", "overlay", "median ms", "99 % below", "median CPU ms", "99 % below"),
        [(*key, percentile(clock, 50), percentile(clock, 99), percentile(busy, 50),
          percentile(busy, 99)) for key, (clock, busy) in found.items()],
    ))  # fmt: skip


if __name__ == "__main__":
    main()
