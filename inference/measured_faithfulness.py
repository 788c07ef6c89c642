"""What evaluation found of an explanation, as the viewer's legend states it.

The figures stand in the bundle's manifest, under `metrics`, by split. "test" goes first.
"""

from dataclasses import dataclass
from typing import Any

from inference.model_bundle import BundleManifest

SALIENCY = "saliency map"
_SPLITS = ("test", "valid")


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """Insertion and deletion of one explanation, each beside random weights.

    Attributes:
        insertion, control_insertion: Areas in [0, 1]; high is good.
        deletion, control_deletion: Areas in [0, 1]; low is good.
        verdict: "beats random weights", "... in insertion only", "... in deletion only" or
            "does not beat random weights".
        split: On which cases.
    """

    insertion: float
    control_insertion: float
    deletion: float
    control_deletion: float
    verdict: str
    split: str

    @property
    def is_doubtful(self) -> bool:
        """Whether the explanation is no better than that of a network without knowledge."""
        return self.verdict == "does not beat random weights"

    def sentence(self) -> str:
        """For the legend."""
        return (
            f"Measured ({self.split}): insertion {self.insertion:.2f} "
            f"(random {self.control_insertion:.2f}), deletion {self.deletion:.2f} "
            f"(random {self.control_deletion:.2f}); {self.verdict}."
        )


def explanation_name(method: str, kind: str) -> str:
    """How an explanation is called in the manifest and the card."""
    return f"{method}: {kind}"


def measured_faithfulness(manifest: BundleManifest, name: str) -> Faithfulness | None:
    """What was measured of an explanation; None where nothing was.

    Args:
        manifest: Of the bundle.
        name: From `explanation_name`, or `SALIENCY` for the Deep Taylor map.
    """
    splits = [*_SPLITS, *(one for one in manifest.metrics if one not in _SPLITS)]
    for split in splits:
        row = _row(manifest.metrics.get(split), name)
        if row is None:
            continue
        try:
            return Faithfulness(
                float(row["insertion"]),
                float(row["random insertion"]),
                float(row["deletion"]),
                float(row["random deletion"]),
                str(row["verdict"]),
                split,
            )
        except (KeyError, TypeError, ValueError):
            continue  # figures of another version say nothing, and stop nothing
    return None


def _row(figures: Any, name: str) -> dict[str, Any] | None:
    rows = figures.get("faithfulness") if isinstance(figures, dict) else None
    row = rows.get(name) if isinstance(rows, dict) else None
    return row if isinstance(row, dict) else None
