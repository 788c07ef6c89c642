"""The card says what the manifest says, readably."""

from export_models.model_card import card
from inference.model_bundle import (
    BundleClass,
    BundleManifest,
    FileRecord,
    InputSpec,
    MethodSpec,
)

MANIFEST = BundleManifest(
    name="chest-effusion",
    version="2.1",
    condition="Pleural effusion",
    classes=(BundleClass("None", ("*",)), BundleClass("Effusion", ("effusion", "fluid"))),
    input=InputSpec(224, lung_finder_size=128, crop_margin=0.08),
    methods={"ig": MethodSpec("ig", "Interpretability-guided", "saliency", "l2", 268)},
    files={"fused.onnx": FileRecord(1234567, "ab" * 32)},
    views=("PA", "AP"),
    threshold=0.4375,
    training={
        "data": "phantoms | synthetic",
        "epochs": 12,
        "cnn": {"rate": 0.0001, "augment": True},
        "export_check": {"radiographs": 8, "errors": {"fused.onnx: saliency": {"worst": 2.5e-5}}},
    },
    metrics={
        "valid": {"auroc": 0.912345, "f1": 0.8},
        "test": {"ig": {"f1": 0.75, "precision": [0.6, 0.5]}, "cnn": {"f1": None}},
    },
    intended_use="Teaching.",
    licence="MIT",
)


def test_everything_a_reader_asks_for_is_there() -> None:
    text = card(MANIFEST)
    for line in (
        "# chest-effusion 2.1",
        "- **None**: any other",
        "- **Effusion**: effusion, fluid",
        "- View: PA, AP",
        "| ig | Interpretability-guided | saliency | l2 | 268 |",
        "| auroc | 0.912 |",
        "| data | phantoms \\| synthetic |",
        "| augment | yes |",
        "| rate | 1.0e-04 |",
        "| fused.onnx: saliency | 2.5e-05 |",
        f"| fused.onnx | 1,234,567 | `{'ab' * 32}` |",
    ):
        assert line in text.splitlines(), line
    assert "from a probability of 0.438" in text
    assert "Teaching. For research and teaching only. It is not a medical device" in text
    assert "cropped to the lungs, with 8% of the box" in text


def test_methods_become_the_rows_of_one_table() -> None:
    lines = card(MANIFEST).splitlines()
    start = lines.index("### test")
    assert lines[start + 2 : start + 6] == [
        "|  | f1 | precision |",
        "|---|---|---|",
        "| ig | 0.75 | 0.6, 0.5 |",
        "| cnn | not known |  |",
    ]


def test_a_bundle_without_figures_says_so() -> None:
    bare = BundleManifest(
        name="bare",
        version="1",
        condition="x",
        classes=MANIFEST.classes,
        input=InputSpec(64, intensity="window"),
        methods=MANIFEST.methods,
        files=MANIFEST.files,
        licence="",
    )
    text = card(bare)
    assert "Not measured." in text
    assert "Not stated." in text
    assert "## Training" not in text
    assert "research and teaching only" in text
