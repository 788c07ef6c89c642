"""What is computed in another way than it is written down, for the sake of time, is the same."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")
pytest.importorskip("onnx", reason="the training extra is not installed")

import onnxruntime  # noqa: E402
import torch.nn.functional as F  # noqa: E402, N812
from torch import Tensor, nn  # noqa: E402

from export_models.deep_taylor import _through_max_pool  # noqa: E402
from export_models.densenet import DenseNet, DenseNetConfig, Transition  # noqa: E402
from export_models.networks import _blurring  # noqa: E402
from export_models.onnx_graph import to_onnx  # noqa: E402

TINY = DenseNetConfig(4, (2, 2, 2, 2), 8)


def _with_ties() -> tuple[Tensor, Tensor]:
    """Relevance of windows, and what they are windows of: few values, so that many are equal."""
    torch.manual_seed(0)
    return torch.rand(3, 2, 8, 6), torch.randint(0, 3, (3, 2, 16, 12)).float()


def test_relevance_goes_to_the_first_winner_of_each_window() -> None:
    values, inputs = _with_ties()
    inputs.requires_grad_()
    expected = torch.autograd.grad(F.max_pool2d(inputs, 3, 2, 1), inputs, values)[0]
    torch.testing.assert_close(_through_max_pool(values, inputs.detach()), expected)


def test_the_exported_graph_finds_the_same_winners() -> None:
    class Pool(nn.Module):
        def forward(self, values: Tensor, inputs: Tensor) -> Tensor:
            return _through_max_pool(values, inputs)

    values, inputs = _with_ties()
    content = to_onnx(Pool(), {"values": values, "inputs": inputs}, ("spread",))
    session = onnxruntime.InferenceSession(
        content.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    for count in (1, 3):  # as traced, and another batch
        given = {"values": values[:count].numpy(), "inputs": inputs[:count].numpy()}
        expected = _through_max_pool(values[:count], inputs[:count]).numpy()
        np.testing.assert_allclose(session.run(None, given)[0], expected, atol=1e-6)


@pytest.mark.parametrize("pixels", [32, 64])
def test_pooling_before_a_transitions_convolution_changes_nothing(pixels: int) -> None:
    torch.manual_seed(1)
    network = DenseNet(TINY).double().eval()
    images = torch.rand(2, 1, pixels, pixels, dtype=torch.float64)
    with torch.no_grad():
        expected = network.forward_traced(images)
        for module in network.modules():
            if isinstance(module, Transition):
                module.pools_first = True
        got = network.forward_traced(images)
    torch.testing.assert_close(got.feature_map, expected.feature_map)
    torch.testing.assert_close(got.transition_inputs, expected.transition_inputs)


def test_a_product_blurs_as_a_pool_does() -> None:
    torch.manual_seed(2)
    values = torch.rand(2, 1, 20, 33, dtype=torch.float64)
    expected = F.avg_pool2d(F.pad(values, (3, 3, 3, 3), mode="replicate"), 7, 1)
    across, down = (_blurring(values.shape[axis], 7, values) for axis in (3, 2))
    torch.testing.assert_close(down.T @ (values @ across), expected)
