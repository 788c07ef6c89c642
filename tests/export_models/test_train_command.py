"""`kindred-train train`: what it refuses, in a sentence."""

from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from export_models.__main__ import app
from inference.errors import InferenceError

CONFIG = Path(__file__).parents[2] / "export_models" / "configs" / "phantom-effusion.toml"


@pytest.mark.parametrize(
    ("device", "said"),
    [
        ("tpu", "choose cpu or cuda"),
        pytest.param(
            "cuda",
            "no CUDA device",
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU"),
        ),
    ],
)
def test_a_device_that_is_not_there_is_refused(tmp_path: Path, device: str, said: str) -> None:
    arguments = ["train", str(CONFIG), "--data", str(tmp_path), "--run", str(tmp_path / "run")]
    result = CliRunner().invoke(app, [*arguments, "--device", device])
    assert isinstance(result.exception, InferenceError)
    assert said in str(result.exception)
    assert not (tmp_path / "run").exists()
