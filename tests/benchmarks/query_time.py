"""How long a query takes, run by hand on a quiet machine.

    python -m tests.benchmarks.query_time [--rounds 11] [--cases 10000]

From a DICOM file of 2048 rows to the ten nearest of so many cases, interleaved round by round:

    fused        the one graph that the viewer runs
    apart        classifier, saliency and embedder as graphs of their own; the rest as in fused
    eager        what a user would write: pydicom, a window in numpy, Pillow's resize (torch's
                 antialiased one is slower), torch for the networks, zennit for Deep Taylor,
                 torch's cdist and topk
    (floor)      the fused graph's floating-point operations over the rate of a large product

The eager way leaves out what the viewer does besides (checking the file, its checksum, its header)
and uses the fastest of the usual libraries for each step. DenseNet-121 at 224 pixels (random
weights: time does not depend on them) and a compact network as the shipped ones, at 128. zennit
must be installed (`pip install --no-deps zennit`).
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import pydicom
import torch
from PIL import Image

from export_models.deep_taylor import Rules
from export_models.densenet import COMPACT, DENSENET121, DenseNet, DenseNetConfig
from export_models.export_onnx import ExportJob, FeatureEmbedder, export_bundle
from export_models.phantom import draw_phantom, query_spec
from export_models.phantom_dicom import write_phantom_dicom
from inference.model_bundle import Bundle, BundleClass, InputSpec
from inference.neighbour_index import NeighbourSearch
from inference.onnx_session import BundleSession
from inference.preprocess import prepare
from inference.radiograph_io import read_radiograph
from tests.benchmarks.floor import LargeProduct, operations
from tests.benchmarks.measuring import Timing, Way, interleaved, ratio, table
from tests.export_models.zennit_relevance import ZennitRelevance, stand_ins

K = 10


def networks(config: DenseNetConfig, size: int) -> tuple[DenseNet, DenseNet]:
    """Classifier and IG network with random weights and calibrated BatchNorm."""
    torch.manual_seed(0)
    made = []
    for _ in range(2):
        network = DenseNet(config).train()
        with torch.no_grad():
            for _ in range(3):
                network(torch.rand(4, 1, size, size))
        made.append(network.eval())
    return made[0], made[1]


def random_weights_bundle(
    folder: Path, name: str, cnn: DenseNet, ig: DenseNet, size: int
) -> Bundle:
    """The two networks, exported as the trained ones are."""
    job = ExportJob(
        name=name,
        version="0",
        condition="None",
        classes=(BundleClass("No", ("*",)), BundleClass("Yes", ("Yes",))),
        input=InputSpec(size=size),
        cnn=cnn,
        ig=FeatureEmbedder(ig),
    )
    return export_bundle(job, folder, torch.rand(2, 1, size, size))


def densenet121_bundle(folder: Path) -> Bundle:
    """DenseNet-121 at 224 pixels, exported."""
    cnn, ig = networks(DENSENET121, 224)
    return random_weights_bundle(folder, "densenet121", cnn, ig, 224)


def query_ways(
    bundle: Bundle, cnn: DenseNet, ig: DenseNet, file: Path, cases: int
) -> dict[str, Way]:
    """One whole query in each way."""
    spec = bundle.manifest.input
    length = bundle.manifest.methods["ig"].length
    vectors = np.random.default_rng(0).random((cases, length), dtype=np.float32)
    search = NeighbourSearch(vectors, "l2")
    session = BundleSession(bundle, provider="cpu")
    relevance = ZennitRelevance(cnn, Rules(), torch.float32)

    def fused() -> object:
        tensor = prepare(read_radiograph(file), spec).tensor
        return search.nearest(session.run(tensor).embeddings["ig"], k=K)

    def apart() -> object:
        tensor = prepare(read_radiograph(file), spec).tensor
        session.run_graph("classifier.onnx", {"image": tensor}, ("probability", "embedding"))
        found = session.run_graph("saliency.onnx", {"image": tensor}, ("saliency",))
        answer = session.run_graph(
            "embedder_ig.onnx", {"saliency": found["saliency"]}, ("embedding",)
        )
        return search.nearest(answer["embedding"][0], k=K)

    cases_in_torch = torch.from_numpy(vectors)

    def plainly_prepared() -> torch.Tensor:
        dataset = pydicom.dcmread(file)
        low = float(dataset.WindowCenter) - float(dataset.WindowWidth) / 2
        shown = (dataset.pixel_array.astype(np.float32) - low) / float(dataset.WindowWidth)
        whole = Image.fromarray(shown.clip(0, 1, out=shown))
        small = np.asarray(whole.resize((spec.size, spec.size), Image.Resampling.BILINEAR))
        dark, bright = np.percentile(small, (1, 99)).astype(np.float32)
        return torch.from_numpy(((small - dark) / (bright - dark)).clip(0, 1))[None, None]

    def eager() -> object:
        image = plainly_prepared()
        with torch.no_grad():
            logits = cnn(image)
        found = relevance(image, logits)
        with torch.no_grad():
            saliency = found / found.amax((1, 2), keepdim=True).clamp_min(1e-12)
            embedding = FeatureEmbedder(ig)(saliency[:, None].float())[0]
            return torch.cdist(embedding, cases_in_torch).topk(K, largest=False)

    radiograph = read_radiograph(file)
    prepared = prepare(radiograph, spec)
    np.testing.assert_allclose(plainly_prepared(), prepared.tensor, atol=2e-3)  # the same job
    embedded = session.run(prepared.tensor).embeddings["ig"]
    name = f"{bundle.manifest.name}, {spec.size} px"
    return {
        f"{name}: fused": fused,
        f"{name}: apart": apart,
        f"{name}: eager": eager,
        f"{name}: read": lambda: read_radiograph(file),
        f"{name}: prepare": lambda: prepare(radiograph, spec),
        f"{name}: search": lambda: search.nearest(embedded, k=K),
        f"{name}: eager prepare": plainly_prepared,
    }


def model_ways(bundle: Bundle) -> dict[str, Way]:
    """The fused graph alone."""
    size = bundle.manifest.input.size
    image = np.random.default_rng(0).random((1, 1, size, size), dtype=np.float32)
    session = BundleSession(bundle, provider="cpu")
    name = f"{bundle.manifest.name}, {size} px"
    return {f"{name}: model": lambda: session.run(image)}


def rows_of(bundle: Bundle, found: dict[str, Timing]) -> list[tuple[str, ...]]:
    """The table's rows of one bundle."""
    name = f"{bundle.manifest.name}, {bundle.manifest.input.size} px"
    fused = found[f"{name}: fused"]
    rate = LargeProduct.operations / found["product"].median / 1e6  # GFLOP/s
    work = operations(bundle.file("fused.onnx").read_bytes()) / 1e9
    floor = work / rate * 1e3
    model = found[f"{name}: model"]
    steps = [
        (name, f"of it {what}", found[f"{name}: {key}"].text(), "")
        for key, what in (
            ("read", "reading the file"),
            ("prepare", "window, resize, stretch"),
            ("search", "search"),
        )
    ]
    return [
        (name, "whole query, fused", fused.text(), "1"),
        *steps,
        (name, "whole query, three graphs", found[f"{name}: apart"].text(),
         f"{ratio(found[f'{name}: apart'], fused):.2f} × fused"),
        (name, "whole query, torch and zennit", found[f"{name}: eager"].text(),
         f"{ratio(found[f'{name}: eager'], fused):.1f} × fused"),
        (name, "of it pydicom, numpy, resize", found[f"{name}: eager prepare"].text(), ""),
        (name, "model alone, fused", model.text(), f"{model.median / floor:.2f} × floor"),
        (name, f"floor: {work:.1f} GFLOP at {rate:,.0f} GFLOP/s", f"{floor:.1f} ms", "1"),
    ]  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--cases", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "query.dcm"
        write_phantom_dicom(draw_phantom(query_spec(0), 2048), file)
        ways: dict[str, Way] = {"product": LargeProduct()}
        bundles, trained = [], []
        for name, config, size in (("densenet121", DENSENET121, 224), ("compact", COMPACT, 128)):
            trained.append(networks(config, size))
            made = random_weights_bundle(Path(folder) / name, name, *trained[-1], size)
            bundles.append(made)
        sys.modules.update(stand_ins())  # after torch's exporter, which would stumble over them
        for bundle, (cnn, ig) in zip(bundles, trained, strict=True):
            ways |= query_ways(bundle, cnn, ig, file, options.cases) | model_ways(bundle)
        found = interleaved(ways, options.rounds)
        rows = [row for bundle in bundles for row in rows_of(bundle, found)]
    print(table(("network", "what", "median [quartiles]", "ratio of medians"), rows))


if __name__ == "__main__":
    main()
