"""Run by test_napari.py: a real napari viewer with Kindred's reader and dock; prints JSON.

python napari_host.py RADIOGRAPH CATALOGUE BUNDLE [PICTURE]
"""

import json
import socket
import sys
import threading
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
reached: list[str] = []
connect = socket.socket.connect


def noted(one: socket.socket, address: Any) -> None:
    """Connect, and keep where to."""
    if one.family in (socket.AF_INET, socket.AF_INET6):
        reached.append(str(address))
    connect(one, address)


socket.socket.connect = noted  # type: ignore[method-assign]

import napari  # noqa: E402 - after the network is watched
from npe2 import PluginManager, PluginManifest  # noqa: E402
from PySide6.QtCore import QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402


def main() -> None:
    """Open the radiograph, wait for its similar cases, tell what is there."""
    query, catalogue, bundle = sys.argv[1:4]
    plugins = PluginManager.instance()
    plugins.discover()
    if "kindred-viewer" not in plugins:  # run from its source
        plugins.register(PluginManifest.from_file(ROOT / "viewer/napari_plugin/napari.yaml"))
    viewer = napari.Viewer()
    viewer.window.resize(1800, 1000)
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    look = (application.styleSheet(), application.palette())
    _, dock = viewer.window.add_plugin_dock_widget("kindred-viewer", "Similar cases")
    panel = dock.panel
    done: list[Any] = []
    panel.analysis_finished.connect(done.append)
    panel.failed.connect(lambda sentence: print(sentence, file=sys.stderr))
    panel.set_catalogue(catalogue, bundle)
    layer = viewer.open(query, plugin="kindred-viewer")[0]
    wait(application, lambda: done and not panel.controller.is_busy)
    if not done:
        sys.exit(f"No analysis: {panel.status} {panel.busy_text} {panel.message_bar.text}")
    told = {
        "neighbours": [one.case.case_id for one in done[-1].neighbours[:4]],
        "shown": [panel.neighbours.neighbour(rank).case.case_id for rank in range(1, 5)],
        "layer": layer.name,
        "shape": layer.data.shape,
        "scale": list(layer.scale),
        "units": [str(one) for one in layer.units],
        "limits": list(layer.contrast_limits),
        "metadata": layer.metadata,
        "host's look": look == (application.styleSheet(), application.palette()),
    }
    viewer.add_image(layer.data.copy(), name="made here")
    wait(application, lambda: bool(panel.message_bar.text))
    told["without a file"] = panel.message_bar.text
    viewer.layers.selection.active = layer
    panel.message_bar.clear()
    if len(sys.argv) > 4:
        wait(application, lambda: False, 2000)
        viewer.window._qt_window.grab().save(sys.argv[4])
    viewer.window.remove_dock_widget("all")
    panel.shut_down()
    told["threads"] = [one.name for one in threading.enumerate() if one.name.startswith("job")]
    viewer.close()
    told["reached"] = reached
    print(json.dumps(told, default=str))


def wait(application: QApplication, is_done: Any, most_ms: int = 120_000) -> None:
    """Handle events until something is so, or for a time."""
    over: list[bool] = []
    QTimer.singleShot(most_ms, lambda: over.append(True))
    while not is_done() and not over:
        application.processEvents()
        threading.Event().wait(0.01)


if __name__ == "__main__":  # the processes that decode radiographs import this again
    main()
