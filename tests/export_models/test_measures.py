"""What the labels decide, and how a method without a network of its own classifies."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from export_models.datasets.records import LabelledCase, LabelState, class_of_case
from export_models.measures import Truth, head_probabilities, neighbour_vote
from inference.model_bundle import BundleClass, read_manifest

YES, NO, UNSURE, UNSAID = (
    LabelState.POSITIVE,
    LabelState.NEGATIVE,
    LabelState.UNCERTAIN,
    LabelState.UNMENTIONED,
)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        pytest.param({"Pneumonia": YES}, 1, id="positive"),
        pytest.param({"pneumonia": YES, "Edema": UNSURE}, 1, id="case does not matter"),
        pytest.param({"Edema": YES, "Pneumonia": NO}, 0, id="another disease"),
        pytest.param({"Edema": YES, "Pneumonia": UNSURE}, None, id="uncertain is no no"),
        pytest.param({"Edema": YES, "Pneumonia": UNSAID}, None, id="unmentioned is no no"),
        pytest.param({"No finding": YES, "Pneumonia": UNSAID}, 0, id="no finding decides"),
        pytest.param({"Edema": YES}, None, id="never looked for is no no"),
        pytest.param({"Pneumonia": NO}, None, id="nothing positive is known"),
        pytest.param({}, None, id="unlabelled"),
    ],
)
def test_labels_decide_or_leave_a_case_out(
    tiny_bundle: Path, labels: dict[str, LabelState], expected: int | None
) -> None:
    classes = (BundleClass("Other", ("No finding", "*")), BundleClass("P", ("Pneumonia",)))
    manifest = replace(read_manifest(tiny_bundle), classes=classes)
    case = LabelledCase("c", Path("c.png"), labels=labels)
    assert class_of_case(manifest.classes, case) == expected


def test_neighbours_vote_without_their_patient_and_the_unlabelled() -> None:
    distances = np.abs(np.arange(6.0) - np.arange(6.0)[:, None])
    truth = Truth(np.array([0, 0, 1, 1, 1, -1]), np.array([0, 0, 1, 2, 3, 4]), None, None, 0)
    votes = neighbour_vote(distances, truth, 2)
    np.testing.assert_allclose(votes[0], [0, 1])  # its own patient's case is of class 0
    np.testing.assert_allclose(votes[2], [0.5, 0.5])  # 0, 1, 3, 4
    np.testing.assert_allclose(votes[5], [0.4, 0.6])  # 0 to 4


def test_a_head_in_the_manifest_is_the_networks_last_layer() -> None:
    embeddings = np.array([[1.0, 2], [-1, 0]])
    two = head_probabilities(embeddings, {"weight": [[1.0, -1]], "bias": [0.5]})
    expected = 1 / (1 + np.exp(-(embeddings @ [1.0, -1] + 0.5)))
    np.testing.assert_allclose(two[:, 1], expected)
    three = head_probabilities(embeddings, {"weight": np.eye(3)[:, :2], "bias": [0, 0, 900]})
    np.testing.assert_allclose(three.sum(axis=1), 1)
    np.testing.assert_allclose(three[:, 2], 1)
