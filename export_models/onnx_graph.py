"""From torch modules to ONNX graphs: one export, then only changes that are exact.

    nn.Module --torch's exporter--> ModelProto --tidied, compacted--> bytes
                                        '-- part_of: the graph between two sets of values

What `compacted` does costs nothing at run time, since onnxruntime folds constants when it
loads a file, and changes no value: it only stores the same numbers in fewer bytes.
"""

import logging
import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxscript.optimizer import fold_constants, remove_unused_nodes
from torch import Tensor, nn

OPSET = 20
_LARGEST_FOLDED = 64  # elements: shapes and axes, but no weights, whose W+ would be stored too
_FEWEST_WORTH_IT = 256  # elements; below, the node that restores them costs more


def to_onnx(
    module: nn.Module, inputs: Mapping[str, Tensor], outputs: Sequence[str]
) -> onnx.ModelProto:
    """Export a module in evaluation mode, with a dynamic batch axis called `n`.

    Args:
        module: Takes the inputs in their order, returns a tensor or a tuple of tensors.
        inputs: Examples, by name, (N, ...) each. N is at least 2: the exporter takes
            an axis of length one for a constant.
        outputs: Names of what the module returns.
    """
    batch = torch.export.Dim("n", min=1, max=4096)
    exporter_log = logging.getLogger("torch.onnx._internal.exporter._registration")
    level = exporter_log.level
    exporter_log.setLevel(logging.ERROR)  # torch 2.13 warns that torchvision is missing
    try:
        with warnings.catch_warnings(), torch.no_grad():
            # torch 2.13 copies a class of its own that it has deprecated.
            warnings.simplefilter("ignore", FutureWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            # Two inputs share the batch axis, as they should.
            warnings.filterwarnings("ignore", r"# The axis name: n will not be used", UserWarning)
            program = torch.onnx.export(
                module.eval(),
                tuple(inputs.values()),
                dynamo=True,
                opset_version=OPSET,
                input_names=list(inputs),
                output_names=list(outputs),
                dynamic_shapes=tuple({0: batch} for _ in inputs),
                optimize=False,
                verbose=False,
            )
            if program is None:  # only where a file name is given
                raise ValueError("the exporter returned no graph")
            # The exporter's own optimiser would fold BatchNorm into convolutions, whose
            # weights float16 then no longer holds; onnxruntime does that when it loads.
            fold_constants(program.model, input_size_limit=_LARGEST_FOLDED)
            remove_unused_nodes(program.model)
    finally:
        exporter_log.setLevel(level)
    return tidied(program.model_proto)


def tidied(model: onnx.ModelProto) -> onnx.ModelProto:
    """Remove what no run needs: source lines with their paths, shapes, producer, names.

    Constants among the nodes become initializers, each kept once.
    """
    model.producer_name = model.producer_version = model.doc_string = ""
    graph = model.graph
    graph.name = "kindred"
    graph.doc_string = ""
    for cleared in (
        model.metadata_props,
        graph.metadata_props,
        graph.value_info,
        graph.quantization_annotation,
    ):
        del cleared[:]
    _lift_constants(graph)
    for node in graph.node:
        node.name = node.doc_string = ""
        del node.metadata_props[:]
    for described in (*graph.input, *graph.output, *graph.initializer):
        described.doc_string = ""
        del described.metadata_props[:]
    return model


def compacted(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store the same numbers in fewer bytes.

    Numbers that float16 holds exactly are stored as such, and planes of one value as that
    value; a Cast and an Expand restore them when the file is loaded.
    """
    compact = onnx.ModelProto()
    compact.CopyFrom(model)
    graph = compact.graph
    restoring: list[onnx.NodeProto] = []
    stored: list[onnx.TensorProto] = []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT:
            stored.append(tensor)
            continue
        values = numpy_helper.to_array(tensor)
        name = tensor.name
        plane = values[..., :1, :1] if values.ndim == 4 else values
        if plane.size * 16 < values.size and np.array_equal(
            np.broadcast_to(plane, values.shape), values
        ):
            shape = np.array(values.shape, np.int64)
            stored.append(numpy_helper.from_array(shape, f"{name}_shape"))
            restoring.append(helper.make_node("Expand", [f"{name}_value", f"{name}_shape"], [name]))
            values, name = np.ascontiguousarray(plane), f"{name}_value"
        if values.size >= _FEWEST_WORTH_IT and _is_exact_in_half(values):
            stored.append(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
            restoring.append(
                helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT)
            )
        else:
            stored.append(numpy_helper.from_array(values, name))
    nodes = [*restoring, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(stored)
    graph.node.extend(nodes)
    onnx.checker.check_model(compact)
    return compact


def part_of(
    model: onnx.ModelProto, inputs: Mapping[str, str], outputs: Mapping[str, str]
) -> onnx.ModelProto:
    """Cut out the part of a graph that computes some values from others.

    Args:
        model: The whole graph.
        inputs: Where to cut, names of inputs or outputs of `model`, with their new names.
        outputs: Names of outputs of `model`, with their new names.

    Raises:
        ValueError: The outputs cannot be computed from these inputs alone.
    """
    graph = model.graph
    makers = {name: node for node in graph.node for name in node.output if name}
    constants = {tensor.name: tensor for tensor in graph.initializer}
    described = {value.name: value for value in (*graph.input, *graph.output)}
    needed: set[str] = set()
    waiting = list(outputs)
    while waiting:
        name = waiting.pop()
        if name in needed or name in inputs:
            continue
        needed.add(name)
        if name in makers:
            waiting += [one for one in makers[name].input if one]
        elif name not in constants:
            raise ValueError(f"{', '.join(outputs)} cannot be computed without {name}")

    new_names = {**inputs, **outputs}

    def renamed(names: Sequence[str]) -> list[str]:
        return [new_names.get(name, name) for name in names]

    part = onnx.ModelProto()
    part.CopyFrom(model)
    kept = [node for node in part.graph.node if needed & set(node.output)]
    for node in kept:
        node_inputs, node_outputs = renamed(node.input), renamed(node.output)
        del node.input[:], node.output[:]
        node.input.extend(node_inputs)
        node.output.extend(node_outputs)
    del part.graph.node[:], part.graph.initializer[:], part.graph.input[:], part.graph.output[:]
    part.graph.node.extend(kept)
    part.graph.initializer.extend(constants[name] for name in constants if name in needed)
    for field, names in ((part.graph.input, inputs), (part.graph.output, outputs)):
        for name, new_name in names.items():
            value = onnx.ValueInfoProto()
            value.CopyFrom(described[name])
            value.name = new_name
            field.append(value)
    return part


def rounded_to_half(module: nn.Module) -> None:
    """Round the weights of convolutions and linear layers to what float16 holds, in place.

    Biases and BatchNorm stay: they are few, and variances may leave float16's range.
    """
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.ndim >= 2:
                parameter.copy_(parameter.half().float())


def _lift_constants(graph: onnx.GraphProto) -> None:
    kept: list[onnx.NodeProto] = []
    same_as: dict[str, str] = {}
    first: dict[bytes, str] = {}
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            tensor = onnx.TensorProto()
            tensor.CopyFrom(node.attribute[0].t)
            tensor.name = ""
            content = tensor.SerializeToString(deterministic=True)
            name = node.output[0]
            same_as[name] = first.setdefault(content, name)
            if same_as[name] == name:
                tensor.name = name
                graph.initializer.append(tensor)
            continue
        inputs = [same_as.get(name, name) for name in node.input]
        del node.input[:]
        node.input.extend(inputs)
        kept.append(node)
    del graph.node[:]
    graph.node.extend(kept)


def _is_exact_in_half(values: NDArray[np.float32]) -> bool:
    if not np.isfinite(values).all() or float(np.abs(values).max()) > 65504:
        return False
    return bool(np.array_equal(values.astype(np.float16).astype(np.float32), values))
