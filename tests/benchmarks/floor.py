"""The least time a graph can take here: its floating-point operations over this machine's rate."""

import numpy as np
import onnx
from onnx import numpy_helper, shape_inference

_SIDE = 2048


def operations(content: bytes) -> float:
    """Multiplications and additions of a graph's convolutions and matrix products, for one image.

    Everything else (BatchNorm, ReLU, pools, sums) is left out, as its share is below 1 %.
    """
    model = onnx.load_model_from_string(content)
    for value in model.graph.input:
        value.type.tensor_type.shape.dim[0].dim_value = 1
    model = shape_inference.infer_shapes(model, data_prop=True)
    shapes = {
        value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in (*model.graph.input, *model.graph.value_info, *model.graph.output)
    }
    for tensor in model.graph.initializer:
        shapes[tensor.name] = list(numpy_helper.to_array(tensor).shape)
    total = 0.0
    for node in model.graph.node:
        if node.op_type in ("Conv", "ConvTranspose"):
            weight = shapes[node.input[1]]
            # Each output of a convolution, each input of a transposed one, meets a whole kernel.
            at = node.output[0] if node.op_type == "Conv" else node.input[0]
            rows, columns = shapes[at][2:]
            total += 2.0 * float(np.prod(weight)) * rows * columns
        elif node.op_type in ("Gemm", "MatMul"):
            total += 2.0 * float(np.prod(shapes[node.input[1]]))
    return total


class LargeProduct:
    """A product of two large float32 matrices: the fastest arithmetic there is here."""

    operations = 2.0 * _SIDE**3

    def __init__(self) -> None:
        import torch

        generator = torch.Generator().manual_seed(0)
        self._a = torch.rand(_SIDE, _SIDE, generator=generator)
        self._b = torch.rand(_SIDE, _SIDE, generator=generator)

    def __call__(self) -> object:
        return self._a @ self._b
