"""The exporter and what is done to its graphs: smaller files, the same numbers."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")
onnx = pytest.importorskip("onnx", reason="the training extra is not installed")
pytest.importorskip("onnxscript", reason="the training extra is not installed")

from numpy.typing import NDArray  # noqa: E402
from onnx import TensorProto, numpy_helper  # noqa: E402
from onnx.reference import ReferenceEvaluator  # noqa: E402
from torch import Tensor, nn  # noqa: E402

from export_models.onnx_graph import compacted, part_of, rounded_to_half, to_onnx  # noqa: E402


class _TwoSteps(nn.Module):
    plane: Tensor

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Conv2d(1, 32, 3, padding=1)
        self.norm = nn.BatchNorm2d(32)
        self.second = nn.Conv2d(32, 16, 1)
        self.register_buffer("plane", torch.full((1, 1, 16, 16), 0.3))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        middle = self.norm(self.first(image - self.plane)).relu()
        return middle, self.second(middle).mean((2, 3))


@pytest.fixture(scope="module")
def module() -> _TwoSteps:
    made = _TwoSteps().eval()
    rounded_to_half(made)
    return made


@pytest.fixture(scope="module")
def model(module: _TwoSteps) -> onnx.ModelProto:
    return to_onnx(module, {"image": torch.rand(2, 1, 16, 16)}, ["middle", "end"])


def _run(model: onnx.ModelProto, **inputs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    return ReferenceEvaluator(model).run(None, inputs)


def test_an_exported_graph_computes_what_torch_does(
    module: _TwoSteps, model: onnx.ModelProto
) -> None:
    for count in (1, 3):  # the batch axis is dynamic
        image = torch.rand(count, 1, 16, 16)
        with torch.no_grad():
            expected = module(image)
        for got, wanted in zip(_run(model, image=image.numpy()), expected, strict=True):
            np.testing.assert_allclose(got, wanted.numpy(), rtol=1e-4, atol=1e-5)


def test_compacting_changes_no_bit_and_halves_the_weights(model: onnx.ModelProto) -> None:
    compact = compacted(model)
    image = np.random.default_rng(0).random((2, 1, 16, 16), np.float32)
    for got, wanted in zip(_run(compact, image=image), _run(model, image=image), strict=True):
        np.testing.assert_array_equal(got, wanted)
    stored = {one.name: one for one in compact.graph.initializer}
    assert stored["second.weight_half"].data_type == TensorProto.FLOAT16
    assert max(numpy_helper.to_array(one).size for one in stored.values()) == 32 * 16
    floats = sum(
        numpy_helper.to_array(one).size
        for one in stored.values()
        if one.data_type == TensorProto.FLOAT and one.dims
    )
    assert floats < 300  # norms and biases; the plane of 256 equal values is one number


def test_weights_that_float16_does_not_hold_stay_as_they_are() -> None:
    torch.manual_seed(0)
    layer = nn.Linear(64, 64).eval()
    compact = compacted(to_onnx(layer, {"x": torch.rand(2, 64)}, ["y"]))
    assert TensorProto.FLOAT16 not in {one.data_type for one in compact.graph.initializer}


def test_nothing_in_a_graph_tells_where_it_was_made(model: onnx.ModelProto) -> None:
    content = model.SerializeToString()
    assert b".py" not in content
    assert b"pkg.torch" not in content
    assert model.producer_name == ""


def test_the_same_module_gives_the_same_bytes(module: _TwoSteps, model: onnx.ModelProto) -> None:
    again = to_onnx(module, {"image": torch.rand(2, 1, 16, 16)}, ["middle", "end"])
    one, other = (compacted(m).SerializeToString(deterministic=True) for m in (model, again))
    assert one == other


def test_a_part_computes_what_the_whole_did(model: onnx.ModelProto) -> None:
    image = np.random.default_rng(0).random((2, 1, 16, 16), np.float32)
    middle, end = _run(model, image=image)
    first = part_of(model, {"image": "picture"}, {"middle": "features"})
    onnx.checker.check_model(first)
    np.testing.assert_array_equal(_run(first, picture=image)[0], middle)
    assert not [one for one in first.graph.initializer if one.name.startswith("second")]
    second = part_of(model, {"middle": "features"}, {"end": "end"})
    np.testing.assert_array_equal(_run(second, features=middle)[0], end)
    assert not [one for one in second.graph.initializer if one.name.startswith("first")]


def test_a_part_that_needs_more_inputs_is_refused(model: onnx.ModelProto) -> None:
    with pytest.raises(ValueError, match="end cannot be computed without image"):
        part_of(model, {}, {"end": "end"})
