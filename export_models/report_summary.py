"""The few figures of a report that go into a bundle's card."""

from typing import Any

_FIGURES = ("auroc", "f1", "map", "p_at_1", "p_at_5", "precision", "ndcg_mean")


def summary(report: dict[str, Any]) -> dict[str, Any]:
    """What the card shows of `report.json`: case counts, and figures by method."""
    methods = {
        name: {key: found[key] for key in _FIGURES if key in found}
        for name, found in report["methods"].items()
    }
    return {
        "cases": report["cases"],
        "labelled": report["labelled_count"],
        "methods": methods,
        **({"localisation": report["localisation"]} if report.get("localisation") else {}),
    }
