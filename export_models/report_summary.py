"""The few figures of a report that go into a bundle's card."""

from typing import Any

from inference.measured_faithfulness import SALIENCY, explanation_name

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
        **({"faithfulness": _faithfulness(report)} if report.get("faithfulness") else {}),
    }


def _faithfulness(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By explanation, as `inference.measured_faithfulness` reads it."""
    found = report["faithfulness"]
    rows = {
        explanation_name(method, kind): _row(scores)
        for method, kinds in found["methods"].items()
        for kind, scores in kinds.items()
    }
    if found["saliency"]:
        rows[SALIENCY] = _row(found["saliency"])
    return rows


def _row(scores: dict[str, Any]) -> dict[str, Any]:
    return {
        "insertion": scores["insertion"]["mean"],
        "insertion 95 %": scores["insertion"]["interval"],
        "random insertion": scores["control_insertion"]["mean"],
        "deletion": scores["deletion"]["mean"],
        "deletion 95 %": scores["deletion"]["interval"],
        "random deletion": scores["control_deletion"]["mean"],
        "verdict": scores["verdict"],
    }
