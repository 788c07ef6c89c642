"""Embeddings by the shortest way through a bundle's files, for the many runs of an explanation.

    "cnn"                  image -> classifier.onnx
    "ig"                   image -> fused.onnx (saliency map and embedding in one run)
    of the radiograph      image -> the method's own file
    of the saliency map    image -> saliency.onnx -> the method's own file
    "ssim"                 no network at all

`BundleSession.run` always computes probability and saliency map too, which costs a hidden box
of occlusion four times what the classifier's features need.
"""

import numpy as np
from numpy.typing import NDArray

from inference.errors import BundleError, InferenceError
from inference.model_bundle import MethodSpec
from inference.onnx_session import BundleSession, ssim_embedding


def method_spec(session: BundleSession, method: str) -> MethodSpec:
    """The bundle's method of that name.

    Raises:
        InferenceError: There is none.
    """
    methods = session.bundle.manifest.methods
    if method not in methods:
        raise InferenceError(
            f"The bundle {session.bundle.manifest.name} has no method {method!r}; "
            f"it has {', '.join(methods)}."
        )
    return methods[method]


def embed(
    session: BundleSession, images: NDArray[np.float32], method: str, *, feature_maps: bool = False
) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """Embed model inputs.

    Args:
        session: An opened bundle.
        images: (N, channels, size, size) float32 in [0, 1].
        method: One of the bundle's.
        feature_maps: Whether the last feature maps are wanted too.

    Returns:
        Embeddings (N, length), and feature maps (N, F, h, w); None where they were not asked
        for or the method has none.

    Raises:
        InferenceError: There is no such method, or the answer is not a number.
        BundleError: A graph cannot be run, or answers in another shape than promised.
    """
    spec = method_spec(session, method)
    if spec.distance == "ssim":
        return np.stack([ssim_embedding(one) for one in images]), None
    with_map = feature_maps and spec.has_feature_map
    file, suffix = spec.file, ""
    if not file:
        file, suffix = "fused.onnx", f"_{method}"
        if method == "cnn" and "classifier.onnx" in session.bundle.manifest.files:
            file, suffix = "classifier.onnx", ""
    inputs = {"image": images}
    if spec.file and spec.input != "image":
        saliency = saliency_maps(session, images)
        inputs = {"saliency": saliency}
        if spec.input == "image+saliency":
            inputs["image"] = images
    outputs = [f"embedding{suffix}", *[f"feature_map{suffix}"] * with_map]
    answer = session.run_graph(file, inputs, outputs)
    embeddings = answer[outputs[0]]
    maps = answer[outputs[1]] if with_map else None
    _check(session, embeddings, maps, (len(images), spec.length), file)
    return embeddings, maps


def saliency_maps(session: BundleSession, images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Deep Taylor maps of model inputs, (N, 1, size, size) float32 in [0, 1].

    Raises:
        BundleError: As `embed`.
    """
    files = session.bundle.manifest.files
    file = "saliency.onnx" if "saliency.onnx" in files else "fused.onnx"
    return session.run_graph(file, {"image": images}, ["saliency"])["saliency"]


def _check(
    session: BundleSession,
    embeddings: NDArray[np.float32],
    maps: NDArray[np.float32] | None,
    shape: tuple[int, int],
    file: str,
) -> None:
    name = session.bundle.manifest.name
    if embeddings.shape != shape or (maps is not None and maps.ndim != 4):
        raise BundleError(name, f"{file} answers in another shape than promised")
    if not np.isfinite(embeddings).all() or not (maps is None or np.isfinite(maps).all()):
        raise InferenceError(
            f"The model {name} gave no usable answer for this image "
            f"({file} answered with something that is not a number). Try another image."
        )
