"""A bundle with its weights drawn anew: the control that a saliency map has to differ from.

    ONNX bytes -> layers in the order of the forward pass -> the last of them drawn again
               -> the same bundle otherwise, in a folder of its own

A map that looks the same, or scores the same, after the network has forgotten everything did
not show what the network knows. It works on the exported files, so that it needs no checkpoint.
Weights are drawn as before training (He et al. 2015), BatchNorm goes back to doing nothing.

Source: Adebayo et al. 2018, "Sanity checks for saliency maps" (model randomisation, at once
    and cascading from the output to the input).
"""

import hashlib
import math
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from inference.errors import BundleError
from inference.model_bundle import Bundle, describe_files, read_bundle, write_manifest

# What an exported graph does with weights before it uses them.
_RESHAPED = ("Cast", "Clip", "Transpose", "Slice", "Identity", "Reshape", "Relu", "Max", "Min")
_WEIGHT_RANK = {"Conv": 4, "ConvTranspose": 4, "Gemm": 2, "MatMul": 2}
_FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16)
_BATCH_NORM = (1.0, 0.0, 0.0, 1.0)  # scale, bias, mean, variance


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a graph: names of its weight and of its bias, or of BatchNorm's four."""

    weight: str = ""
    bias: str = ""
    batch_norm: tuple[str, ...] = ()


def random_bundle(bundle: Bundle, folder: Path, *, seed: int = 0, share: float = 1.0) -> Bundle:
    """Write a bundle whose networks have forgotten their last layers.

    Args:
        bundle: Stays as it is.
        folder: Of the new one; made, and empty before.
        seed: Of the weights. The same layer gets the same weights in every file.
        share: Of each file's layers, counted from the output; 1 for all.

    Raises:
        BundleError: No file has weights that could be drawn anew.
    """
    folder.mkdir(parents=True, exist_ok=True)
    changed = 0
    for name in bundle.manifest.files:
        if name == "lung_finder.onnx":  # the same crop, or the maps would lie elsewhere
            shutil.copyfile(bundle.file(name), folder / name)
            continue
        model = onnx.load_model_from_string(bundle.file(name).read_bytes())
        changed += reinitialise(model, seed=seed, share=share)
        (folder / name).write_bytes(model.SerializeToString(deterministic=True))
    if not changed:
        raise BundleError(bundle.manifest.name, "it has no weights that could be drawn anew")
    write_manifest(folder, replace(bundle.manifest, files=describe_files(folder)))
    return read_bundle(folder)


def reinitialise(model: onnx.ModelProto, *, seed: int = 0, share: float = 1.0) -> int:
    """Draw the last layers of a graph anew, in place; return how many layers changed."""
    layers = layers_of(model)
    chosen = layers[len(layers) - math.ceil(share * len(layers)) :]
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    for layer in chosen:
        if layer.batch_norm:
            for name, value in zip(layer.batch_norm, _BATCH_NORM, strict=True):
                _store(stored[name], np.full_like(numpy_helper.to_array(stored[name]), value))
            continue
        weight = numpy_helper.to_array(stored[layer.weight])
        _store(stored[layer.weight], _drawn(weight, seed))
        if layer.bias:
            _store(stored[layer.bias], np.zeros_like(numpy_helper.to_array(stored[layer.bias])))
    return len(chosen)


def layers_of(model: onnx.ModelProto) -> list[Layer]:
    """Layers with weights, in the order in which the graph first uses them."""
    stored = {one.name: one for one in model.graph.initializer if one.data_type in _FLOATS}
    makers = {name: node for node in model.graph.node for name in node.output if name}
    layers: list[Layer] = []
    seen: set[str] = set()
    for node in model.graph.node:
        if node.op_type == "BatchNormalization" and node.input[1] not in seen:
            names = tuple(_root(one, stored, makers) for one in node.input[1:5])
            if all(names):
                layers.append(Layer(batch_norm=names))
                seen.update(names)
        elif node.op_type in _WEIGHT_RANK:
            name = _root(node.input[1], stored, makers)
            if name and name not in seen and len(stored[name].dims) == _WEIGHT_RANK[node.op_type]:
                bias = _root(node.input[2], stored, makers) if len(node.input) > 2 else ""
                layers.append(Layer(weight=name, bias=bias))
                seen.add(name)
    return layers


def _root(name: str, stored: dict[str, onnx.TensorProto], makers: dict[str, onnx.NodeProto]) -> str:
    """The stored tensor that a value is a plain function of, or ""."""
    while name not in stored:
        node = makers.get(name)
        if node is None or node.op_type not in _RESHAPED or not node.input:
            return ""
        name = node.input[0]
    return name


def _drawn(weight: NDArray[np.floating], seed: int) -> NDArray[np.floating]:
    """New weights of the same shape and type, the same for the same old weights."""
    content = np.ascontiguousarray(weight, np.float32).tobytes()
    digest = hashlib.sha256(content + f"seed {seed}".encode()).digest()
    generator = np.random.default_rng(int.from_bytes(digest[:8], "little"))
    fan_in = math.prod(weight.shape[1:])
    return generator.normal(0, math.sqrt(2 / fan_in), weight.shape).astype(weight.dtype)


def _store(tensor: onnx.TensorProto, values: NDArray[np.floating]) -> None:
    tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values), tensor.name))
