"""A tiny bundle that has weights, for what draws them anew."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from inference.model_bundle import describe_files, read_manifest, write_manifest


@pytest.fixture
def weighted_bundle(make_bundle: Callable[..., Path], tmp_path: Path) -> Path:
    """A tiny bundle whose images go through a convolution first, the same in every file."""
    folder = make_bundle(tmp_path / "weighted")
    kernel = np.random.default_rng(1).normal(size=(1, 1, 3, 3)).astype(np.float32)
    for path in folder.glob("*.onnx"):
        model = onnx.load(path)
        if "image" not in [one.name for one in model.graph.input]:
            continue
        for node in model.graph.node:
            for place, name in enumerate(node.input):
                if name == "image":
                    node.input[place] = "seen"
        nodes = list(model.graph.node)
        del model.graph.node[:]
        model.graph.node.append(
            helper.make_node("Conv", ["image", "kernel"], ["seen"], pads=[1, 1, 1, 1])
        )
        model.graph.node.extend(nodes)
        model.graph.initializer.append(numpy_helper.from_array(kernel, "kernel"))
        onnx.save(model, path)
    manifest = read_manifest(folder)
    object.__setattr__(manifest, "files", describe_files(folder))
    write_manifest(folder, manifest)
    return folder
