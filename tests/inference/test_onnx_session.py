"""The tiny bundle's answers are worked out here with numpy, from its description."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from inference.errors import BundleError, InferenceError
from inference.model_bundle import describe_files, read_bundle, read_manifest, write_manifest
from inference.onnx_content import foreign_operators, has_external_data
from inference.onnx_session import BundleSession

ALL = ("ig", "cnn", "metric", "ig-severity", "ssim")


@pytest.fixture(scope="module")
def session(tiny_bundle: Path) -> BundleSession:
    return BundleSession(read_bundle(tiny_bundle), provider="cpu", threads=1)


def images(count: int = 1, channels: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(5).random((count, channels, 32, 32), np.float32)


def patch_means(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.array(
        [plane[r : r + 8, c : c + 8].mean() for r in range(0, 32, 8) for c in range(0, 32, 8)],
        np.float32,
    )


def test_the_outputs_are_what_the_graphs_compute(session: BundleSession) -> None:
    image = images()
    plane = image[0, 0]
    output = session.run(image, ALL, feature_maps=True)

    difference = np.abs(plane - plane.mean())
    saliency = difference / difference.max()
    patches = patch_means(plane)
    expected = {
        "cnn": patches,
        "ig": patch_means(saliency),
        "metric": patches / np.linalg.norm(patches),
        "ig-severity": patch_means(plane * saliency),
    }
    np.testing.assert_allclose(
        output.probabilities, [1 / (1 + np.exp(-8 * (plane.mean() - 0.5)))], rtol=1e-5
    )
    np.testing.assert_allclose(output.saliency, saliency, atol=1e-5)
    for method, embedding in expected.items():
        np.testing.assert_allclose(output.embeddings[method], embedding, atol=1e-5)
    for method in ("ig", "cnn", "ig-severity"):
        pooled = output.feature_maps[method].mean(axis=(1, 2))
        np.testing.assert_allclose(pooled, output.embeddings[method], atol=1e-5)
    assert output.embeddings["ssim"].shape == (96 * 96,)
    assert "ssim" not in output.feature_maps
    with pytest.raises(ValueError, match="read-only"):
        output.saliency[0, 0] = 1


def test_a_batch_gives_what_single_runs_give(session: BundleSession) -> None:
    batch = images(3)
    for together, image in zip(session.run_batch(batch, ALL), batch, strict=True):
        alone = session.run(image[None], ALL)
        np.testing.assert_allclose(together.saliency, alone.saliency, atol=1e-6)
        for method in ALL:
            np.testing.assert_allclose(
                together.embeddings[method], alone.embeddings[method], atol=1e-6
            )
    assert session.run(batch[:1]).feature_maps == {}


def test_three_classes_have_three_probabilities(tiny_colour_bundle: Path) -> None:
    session = BundleSession(read_bundle(tiny_colour_bundle), provider="cpu")
    image = images(channels=3)
    logits = 8 * image[0].mean(axis=(1, 2))
    expected = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(session.run(image).probabilities, expected, rtol=1e-4)


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_constant_images_give_finite_answers(session: BundleSession, value: float) -> None:
    output = session.run(np.full((1, 1, 32, 32), value, np.float32), ALL)
    assert np.isfinite(output.saliency).all()
    assert all(np.isfinite(one).all() for one in output.embeddings.values())


def test_the_lung_box_is_in_shares_of_the_sides(tiny_lung_bundle: Path) -> None:
    session = BundleSession(read_bundle(tiny_lung_bundle), provider="cpu")
    box = session.find_lungs(images())
    assert (box.left, box.top, box.right, box.bottom) == (0.25, 0.25, 0.75, 0.75)


def test_an_answer_that_is_not_a_number_is_a_sentence(session: BundleSession) -> None:
    with pytest.raises(InferenceError, match="not a number"):
        session.run(np.full((1, 1, 32, 32), np.nan, np.float32))


def test_an_unknown_method_names_those_there_are(session: BundleSession) -> None:
    with pytest.raises(InferenceError, match="has no method 'attention'; it has ig, cnn, metric"):
        session.run(images(), ("attention",))


def test_a_gpu_asked_for_but_absent_is_said(
    tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inference.onnx_session._has_nvidia_gpu", lambda: False)
    session = BundleSession(read_bundle(tiny_bundle), provider="cuda")
    assert session.provider == "CPU"
    assert session.warnings == ("No NVIDIA GPU was found; running on the CPU.",)
    assert BundleSession(read_bundle(tiny_bundle), provider="auto").warnings == ()


def test_a_gpu_that_fails_at_start_falls_back_and_says_so(
    tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Here a GPU is claimed; onnxruntime itself then fails to start it, as it would there."""
    if BundleSession(read_bundle(tiny_bundle)).provider == "CUDA":
        pytest.skip("this machine's GPU starts")
    monkeypatch.setattr("inference.onnx_session._has_nvidia_gpu", lambda: True)
    session = BundleSession(read_bundle(tiny_bundle))
    assert session.provider == "CPU"
    assert len(session.warnings) == 1
    assert session.warnings[0].startswith("The GPU could not be used (")
    assert session.warnings[0].endswith("; running on the CPU.")
    assert np.isfinite(session.run(images()).probabilities).all()
    assert capfd.readouterr() == ("", "")  # standard output belongs to the JSON


def altered(bundle: Path, target: Path, alter: Callable[[Path], None]) -> Path:
    """A copy of a bundle, altered, whose manifest was made to fit: all checksums hold."""
    shutil.copytree(bundle, target)
    alter(target)
    manifest = read_manifest(target)
    write_manifest(target, replace(manifest, files=describe_files(target)))
    return target


def test_a_file_that_is_no_graph_is_refused(tiny_bundle: Path, tmp_path: Path) -> None:
    def alter(folder: Path) -> None:
        (folder / "fused.onnx").write_bytes(b"\x0a\x04none")

    with pytest.raises(BundleError, match=r"fused\.onnx cannot be opened"):
        BundleSession(read_bundle(altered(tiny_bundle, tmp_path / "b", alter)), provider="cpu")


def test_a_graph_without_the_promised_output_is_refused(tiny_bundle: Path, tmp_path: Path) -> None:
    def alter(folder: Path) -> None:
        shutil.copyfile(folder / "classifier.onnx", folder / "fused.onnx")

    bundle = read_bundle(altered(tiny_bundle, tmp_path / "b", alter))
    with pytest.raises(BundleError, match=r"fused\.onnx is not the graph it should be .*saliency"):
        BundleSession(bundle, provider="cpu").run(images())


def test_an_embedding_of_another_length_than_promised_is_refused(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_bundle, tmp_path / "b")
    manifest = read_manifest(folder)
    methods = {**manifest.methods, "metric": replace(manifest.methods["metric"], length=20)}
    write_manifest(folder, replace(manifest, methods=methods))
    with pytest.raises(BundleError, match="embedding of metric has the shape"):
        BundleSession(read_bundle(folder), provider="cpu").run(images(), ("metric",))


def test_data_in_other_files_is_refused_before_onnxruntime_sees_it(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    def alter(folder: Path) -> None:
        model = onnx.load(folder / "embedder_metric.onnx")
        onnx.save(
            model,
            folder / "embedder_metric.onnx",
            save_as_external_data=True,
            location="weights.bin",
            size_threshold=0,
        )

    bundle = read_bundle(altered(tiny_bundle, tmp_path / "b", alter))
    session = BundleSession(bundle, provider="cpu")
    with pytest.raises(BundleError, match="refers to other files"):
        session.run(images(), ("metric",))


@pytest.mark.parametrize("is_imported", [True, False])
def test_operators_of_onnxruntimes_own_are_refused_before_it_sees_them(
    tiny_bundle: Path, tmp_path: Path, is_imported: bool
) -> None:
    """It would run them, imported or not, and one of them reads other files."""

    def alter(folder: Path) -> None:
        model = onnx.load(folder / "embedder_metric.onnx")
        product = next(node for node in model.graph.node if node.op_type == "Mul")
        product.op_type, product.domain = "FusedMatMul", "com.microsoft"
        if is_imported:
            model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
        onnx.save(model, folder / "embedder_metric.onnx")

    bundle = read_bundle(altered(tiny_bundle, tmp_path / "b", alter))
    session = BundleSession(bundle, provider="cpu")
    with pytest.raises(BundleError, match=r"beyond the standard's \(com\.microsoft\)"):
        session.run(images(), ("metric",))


def test_operators_of_nobody_cannot_be_run(tiny_bundle: Path, tmp_path: Path) -> None:
    def alter(folder: Path) -> None:
        model = onnx.load(folder / "embedder_metric.onnx")
        model.graph.node[0].domain = "org.example"
        onnx.save(model, folder / "embedder_metric.onnx")

    bundle = read_bundle(altered(tiny_bundle, tmp_path / "b", alter))
    session = BundleSession(bundle, provider="cpu")
    with pytest.raises(BundleError, match="cannot be opened"):
        session.run(images(), ("metric",))


def test_foreign_operators_are_found_in_graphs_inside_nodes_and_in_functions() -> None:
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])

    def model(domain: str) -> onnx.ModelProto:
        node = helper.make_node("Run", [], ["y"], domain=domain)
        inner = helper.make_graph([node], "inner", [], [result])
        outer = helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner)
        return helper.make_model(helper.make_graph([outer], "outer", [], [result]))

    assert foreign_operators(model("").SerializeToString()) == set()
    assert foreign_operators(model("com.microsoft").SerializeToString()) == {"com.microsoft"}
    with_function = model("")
    body = [helper.make_node("EPContext", [], ["z"], domain="com.microsoft")]
    opsets = [helper.make_opsetid("", 20)]
    with_function.functions.append(helper.make_function("own", "F", [], ["z"], body, opsets))
    assert foreign_operators(with_function.SerializeToString()) == {"com.microsoft", "own"}


def test_external_data_is_found_wherever_a_tensor_can_be() -> None:
    outside = numpy_helper.from_array(np.ones(2, np.float32), "outside")
    outside.ClearField("raw_data")
    outside.data_location = TensorProto.EXTERNAL
    outside.external_data.add(key="location", value="/etc/passwd")
    inside = numpy_helper.from_array(np.ones(2, np.float32), "inside")
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])

    def constant(tensor: onnx.TensorProto) -> onnx.GraphProto:
        node = helper.make_node("Constant", [], ["y"], value=tensor)
        return helper.make_graph([node], "constant", [], [result])

    def branch(tensor: onnx.TensorProto) -> onnx.GraphProto:
        node = helper.make_node(
            "If", ["x"], ["y"], then_branch=constant(inside), else_branch=constant(tensor)
        )
        return helper.make_graph([node], "branch", [], [result])

    for build in (constant, branch):
        assert has_external_data(helper.make_model(build(outside)).SerializeToString())
        assert not has_external_data(helper.make_model(build(inside)).SerializeToString())
    with pytest.raises(ValueError, match=r"ends in the middle|is damaged"):
        has_external_data(helper.make_model(constant(inside)).SerializeToString()[:-3])
