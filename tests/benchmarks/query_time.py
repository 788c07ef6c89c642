"""How long the model takes, run by hand on a quiet machine.

    python tests/benchmarks/query_time.py [--rounds 15]

DenseNet-121 at 224 pixels (random weights: time does not depend on them) and the compact
network of `chest-pneumonia`, each as one fused graph and as its three graphs apart,
interleaved round by round. Prints medians in ms and ratios of medians.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from export_models.densenet import DENSENET121, DenseNet
from export_models.export_onnx import ExportJob, FeatureEmbedder, export_bundle
from inference.bundle_store import find_bundle
from inference.model_bundle import Bundle, BundleClass, InputSpec, read_bundle
from inference.onnx_session import BundleSession


def densenet121_bundle(folder: Path) -> Bundle:
    """DenseNet-121 with random weights and calibrated BatchNorm, exported."""
    torch.manual_seed(0)
    networks = []
    for _ in range(2):
        network = DenseNet(DENSENET121).train()
        with torch.no_grad():
            for _ in range(3):
                network(torch.rand(4, 1, 224, 224))
        networks.append(network.eval())
    job = ExportJob(
        name="densenet121",
        version="0",
        condition="None",
        classes=(BundleClass("No", ("*",)), BundleClass("Yes", ("Yes",))),
        input=InputSpec(size=224),
        cnn=networks[0],
        ig=FeatureEmbedder(networks[1]),
    )
    return export_bundle(job, folder, torch.rand(2, 1, 224, 224))


def ways(bundle: Bundle) -> dict[str, Callable[[], object]]:
    """One query's model work: all in one graph, and in three."""
    size = bundle.manifest.input.size
    image = np.random.default_rng(0).random((1, 1, size, size), dtype=np.float32)
    session = BundleSession(bundle, provider="cpu")

    def apart() -> None:
        session.run_graph("classifier.onnx", {"image": image}, ("probability", "embedding"))
        found = session.run_graph("saliency.onnx", {"image": image}, ("saliency",))
        session.run_graph("embedder_ig.onnx", {"saliency": found["saliency"]}, ("embedding",))

    name = f"{bundle.manifest.name}, {size} px"
    return {f"{name}: fused": lambda: session.run(image), f"{name}: three apart": apart}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        full = densenet121_bundle(Path(folder) / "bundle")
        everything = ways(full) | ways(read_bundle(find_bundle("chest-pneumonia")))
        times: dict[str, list[float]] = {name: [] for name in everything}
        for turn in range(rounds + 2):
            for name, run in everything.items():
                start = time.perf_counter()
                run()
                if turn >= 2:  # the first two warm up
                    times[name].append((time.perf_counter() - start) * 1e3)
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, median in medians.items():
        print(f"{name:40s} {median:8.1f} ms")
    names = list(medians)
    for fused, apart in zip(names[::2], names[1::2], strict=True):
        print(f"{fused} / {apart}: {medians[fused] / medians[apart]:.2f}")


if __name__ == "__main__":
    main()
