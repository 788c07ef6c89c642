"""Explanations of a real, tiny bundle: where they lie, what they add up to, what is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from inference.errors import InferenceError
from inference.model_bundle import describe_files, read_bundle, write_manifest
from inference.model_bundle import read_manifest as read_bundle_manifest
from inference.onnx_session import BundleSession
from inference.preprocess import ModelInput, Placement
from inference.similarity_saliency import (
    KINDS,
    available_explanations,
    explain,
    explain_place,
    place_on_input,
    prepare_explanation,
    what_is_explained,
)

WHOLE = Placement(64, 64, 0, 0, 64, 64)


@pytest.fixture(scope="module")
def session(tiny_bundle: Path) -> BundleSession:
    return BundleSession(read_bundle(tiny_bundle), provider="cpu", threads=1)


def model_input(values: NDArray[Any], placement: Placement = WHOLE) -> ModelInput:
    return ModelInput(np.asarray(values, np.float32).reshape(1, 1, 32, 32), placement)


def noise(seed: int) -> ModelInput:
    return model_input(np.random.default_rng(seed).random((32, 32)))


def with_spot(row: int, column: int) -> ModelInput:
    """Black, with one bright 8 x 8 patch: one position of the tiny bundle's feature map."""
    values = np.zeros((32, 32))
    values[row * 8 : row * 8 + 8, column * 8 : column * 8 + 8] = 1
    return model_input(values)


@pytest.mark.parametrize("method", ["cnn", "ig", "metric", "ig-severity"])
def test_activation_adds_up_to_the_similarity(session: BundleSession, method: str) -> None:
    query, result = (prepare_explanation(noise(seed), session, method) for seed in (1, 2))
    for on, one, other in (("result", result, query), ("query", query, result)):
        (shown,) = explain(query, result, session, "activation", on=on)  # type: ignore[arg-type]
        a, b = one.embedding.astype(float), other.embedding.astype(float)
        expected = 1 - ((a - b) ** 2).sum() / (b**2).sum()
        if method == "metric":
            expected = a @ b
        assert shown.on == on
        assert shown.similarity == pytest.approx(expected, abs=1e-5)
        assert shown.positions is not None
        assert shown.positions.mean() == pytest.approx(expected, abs=1e-5)
        assert shown.map.shape == (32, 32)
        assert shown.map.min() >= 0
        assert shown.range == (shown.map.min(), shown.map.max())
        assert shown.is_final


@pytest.mark.parametrize("kind", ["activation", "occlusion"])
def test_what_both_have_is_shown_on_either(session: BundleSession, kind: Any) -> None:
    shared = with_spot(1, 2).tensor[0, 0]
    query = prepare_explanation(
        model_input(shared + with_spot(3, 0).tensor[0, 0]), session, "metric"
    )
    result = prepare_explanation(
        model_input(shared + with_spot(0, 3).tensor[0, 0]), session, "metric"
    )
    for on in ("result", "query"):
        *_, shown = explain(query, result, session, kind, on=on)
        row, column = np.unravel_index(shown.map.argmax(), shown.map.shape)
        assert (row // 8, column // 8) == (1, 2)


def test_attention_points_at_what_would_bring_them_nearer(session: BundleSession) -> None:
    """The result has the query's patch, but fainter than one of its own."""
    faint = 0.3 * with_spot(1, 2).tensor[0, 0] + with_spot(0, 3).tensor[0, 0]
    query = prepare_explanation(with_spot(1, 2), session, "metric")
    result = prepare_explanation(model_input(faint), session, "metric")
    (shown,) = explain(query, result, session, "attention")
    row, column = np.unravel_index(shown.map.argmax(), shown.map.shape)
    assert (row // 8, column // 8) == (1, 2)
    assert shown.positions is not None
    assert shown.positions[0, 3] == 0


@pytest.mark.parametrize("method", ["cnn", "metric", "ig"])
def test_an_image_against_itself(session: BundleSession, method: str) -> None:
    one = prepare_explanation(noise(1), session, method)
    (shown,) = explain(one, one, session, "activation")
    assert shown.similarity == pytest.approx(1, abs=1e-6)
    (shown,) = explain(one, one, session, "attention")
    assert not shown.map.any()
    assert "needs a difference" in shown.note


def test_a_map_that_is_empty_all_over_says_why(session: BundleSession) -> None:
    bright = prepare_explanation(model_input(np.full((32, 32), 0.9)), session, "cnn")
    dim = prepare_explanation(model_input(np.full((32, 32), 0.3)), session, "cnn")
    # More of what the brighter one shows would take it further from the dim one.
    (shown,) = explain(dim, bright, session, "attention")
    assert not shown.map.any()
    assert "No part raises the similarity" in shown.note
    (shown,) = explain(dim, bright, session, "attention", on="query")
    assert shown.map.any()
    assert not shown.note
    (shown,) = explain(dim, bright, session, "activation")  # 2 b - a is below 0 everywhere
    assert "No part speaks for the similarity" in shown.note
    *steps, last = explain(dim, dim, session, "occlusion")
    assert last.map.any()
    assert not any(one.note for one in (*steps, last))


@pytest.mark.parametrize("method", ["cnn", "metric", "ig"])
def test_black_and_constant_images_give_zeros_and_say_why(
    session: BundleSession, method: str
) -> None:
    black = prepare_explanation(model_input(np.zeros((32, 32))), session, method)
    grey = prepare_explanation(model_input(np.full((32, 32), 0.5)), session, method)
    one = prepare_explanation(noise(1), session, method)
    for a, b in ((black, one), (one, black), (black, black), (grey, one), (grey, grey)):
        for kind in ("activation", "attention"):
            (shown,) = explain(a, b, session, kind)  # type: ignore[arg-type]
            assert np.isfinite(shown.map).all()
            assert np.isfinite(shown.range).all()
            if a is black or b is black:
                assert not shown.map.any()
                assert "no features" in shown.note
        assert np.isfinite(explain_place(a, (0.4, 0.6), b).map).all()
    assert "no features" in explain_place(black, (0.4, 0.6), one).note


def test_a_place_is_found_where_it_is_on_the_other(session: BundleSession) -> None:
    query = prepare_explanation(with_spot(2, 1), session, "cnn")
    both = with_spot(2, 1).tensor + with_spot(0, 3).tensor
    result = prepare_explanation(model_input(both), session, "cnn")
    shown = explain_place(query, place_on_input(WHOLE, row=39.5, column=23.5), result)
    assert (shown.kind, shown.on) == ("point", "result")
    row, column = np.unravel_index(shown.map.argmax(), shown.map.shape)
    assert (row // 8, column // 8) == (2, 1)
    # A black place has no features, so nothing resembles it.
    assert not explain_place(query, (0.1, 0.1), result).map.any()


def test_maps_go_back_to_the_radiograph_through_the_crop(session: BundleSession) -> None:
    placement = Placement(100, 120, 20, 40, 64, 64)
    spot = with_spot(1, 2)
    one = prepare_explanation(model_input(spot.tensor, placement), session, "cnn")
    (shown,) = explain(one, one, session, "activation")
    whole = shown.on_radiograph()
    assert whole.shape == (100, 120)
    row, column = np.unravel_index(whole.argmax(), whole.shape)
    assert 20 + 16 <= row < 20 + 32
    assert 40 + 32 <= column < 40 + 48
    assert place_on_input(placement, row=51.5, column=39.5) == (0.5, 0)
    with pytest.raises(InferenceError, match="did not see this place"):
        place_on_input(placement, 10, 60)


def test_occlusion_says_how_far_it_is(session: BundleSession) -> None:
    query, result = (prepare_explanation(noise(seed), session, "cnn") for seed in (1, 2))
    steps = list(explain(query, result, session, "occlusion", finest_step=4))
    assert [step.is_final for step in steps] == [False] * (len(steps) - 1) + [True]
    assert 0 < steps[0].done < steps[-1].done == steps[-1].total
    assert steps[-1].positions is None


def test_every_method_says_what_it_can_explain(session: BundleSession) -> None:
    for method in session.bundle.manifest.methods:
        found = available_explanations(session, method)
        assert set(found) == {*KINDS, "point", "region"}
        assert found["occlusion"] == ""
        assert ("no feature map" in found["activation"]) is (method == "ssim")
        for kind in (*KINDS, "point"):
            assert what_is_explained(session, method, kind).endswith(".")  # type: ignore[arg-type]
    assert "saliency map" in what_is_explained(session, "ig", "activation")
    assert "saliency map" not in what_is_explained(session, "ig", "occlusion")


def test_a_method_that_computes_on_after_pooling_is_refused(
    make_bundle: Callable[..., Path], tmp_path: Path
) -> None:
    """As a projection does: the mean of the feature map is not what is compared."""
    folder = make_bundle(tmp_path / "bundle")
    path = folder / "embedder_metric.onnx"
    model = onnx.load(path)
    last = model.graph.node[-1]
    last.output[0] = "before"
    turned = np.eye(16, dtype=np.float32)[::-1].copy()
    model.graph.initializer.append(
        helper.make_tensor("turned", TensorProto.FLOAT, (16, 16), turned.tobytes(), raw=True)
    )
    model.graph.node.append(helper.make_node("MatMul", ["before", "turned"], ["embedding"]))
    onnx.save(model, path)
    manifest = read_bundle_manifest(folder)
    object.__setattr__(manifest, "files", describe_files(folder))
    write_manifest(folder, manifest)
    session = BundleSession(read_bundle(folder), provider="cpu", threads=1)
    found = available_explanations(session, "metric")
    assert "use occlusion" in found["activation"]
    assert found["activation"] == found["attention"] == found["point"] == found["region"]
    assert available_explanations(session, "cnn")["activation"] == ""
    query, result = (prepare_explanation(noise(seed), session, "metric") for seed in (1, 2))
    for kind in ("activation", "attention"):
        with pytest.raises(InferenceError, match="use occlusion"):
            next(explain(query, result, session, kind))  # type: ignore[arg-type]
    with pytest.raises(InferenceError, match="use occlusion"):
        explain_place(query, (0.5, 0.5), result)
    *_, last_step = explain(query, result, session, "occlusion", finest_step=8)
    assert last_step.map.any()


def test_a_bundle_without_feature_maps_still_has_occlusion(session: BundleSession) -> None:
    query, result = (prepare_explanation(noise(seed), session, "ssim") for seed in (1, 2))
    with pytest.raises(InferenceError, match="no feature map"):
        next(explain(query, result, session, "activation"))
    *_, shown = explain(query, result, session, "occlusion", finest_step=8)
    assert shown.map.any()


def test_two_methods_cannot_be_mixed(session: BundleSession) -> None:
    one = prepare_explanation(noise(1), session, "cnn")
    other = prepare_explanation(noise(1), session, "ig")
    with pytest.raises(ValueError, match="two methods"):
        next(explain(one, other, session, "activation"))
