"""The report's section on explanations: insertion, deletion, and weights drawn anew."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from matplotlib.figure import Figure

from export_models.report_parts import COLOURS, between, figure, in_words, number, table

_PUBLISHED = (
    ("COVIDx, occlusion", "83.2 (78.0)", "64.8 (71.6)"),
    ("COVIDx, attention", "85.4 (79.2)", "67.6 (74.6)"),
    ("COVIDx, activation", "85.5 (79.1)", "67.5 (74.5)"),
    ("ISIC 2017, occlusion", "75.8 (71.0)", "58.2 (60.3)"),
    ("ISIC 2017, attention", "75.1 (72.1)", "56.8 (61.4)"),
    ("ISIC 2017, activation", "75.2 (72.1)", "56.6 (61.1)"),
)


def faithfulness_section(report: Mapping[str, Any]) -> list[str]:
    """Tables and curves of `report["faithfulness"]`."""
    found = report["faithfulness"]
    rows = [
        [
            name,
            *[between(one[key]["mean"], one[key]["interval"], 3) for key in _COLUMNS],
            in_words(one["insertion_gain"]["words"]),
            in_words(one["deletion_gain"]["words"]),
            one["verdict"],
        ]
        for name, one in _measured(report)
    ]
    header = ["", *_COLUMNS.values(), "insertion", "deletion", ""]
    parts = [
        f"<p>{escape(_words(found))}</p>",
        table(header, rows),
        figure(_curves(report), "Mean scores; dashed: maps of random weights."),
        "<p>How alike maps stay (rank correlation) when the last layers are drawn anew:</p>",
        table(
            ["", *(f"last {share}" for share in next(iter(_cascades(report)), ("", {}))[1])],
            [
                [name, *[between(one["correlation"], one["interval"]) for one in shares.values()]]
                for name, shares in _cascades(report)
            ],
        ),
        "<p>Published (X-MIR 2021, table 2, in per cent; random weights in brackets):</p>",
        table(["", "insertion", "deletion"], _PUBLISHED),
    ]
    missing = [
        [report["methods"][method]["title"], kind, reason]
        for method, kinds in found["unavailable"].items()
        for kind, reason in kinds.items()
    ]
    if missing:
        parts.append(table(["not measured", "", "because"], missing))
    return parts


_COLUMNS = {
    "insertion": "insertion ↑",
    "control_insertion": "random weights",
    "deletion": "deletion ↓",
    "control_deletion": "random weights",
}


def _words(found: Mapping[str, Any]) -> str:
    return (
        f"Up to {found['pairs']} random queries, each with its nearest case of another patient. "
        "The case's pixels appear on a blurred image (insertion; sigma 24 of 224 pixels), or turn "
        "grey (deletion), the "
        f"most salient first, in {found['steps']} steps; the score is max(0, cos) to the query "
        "and the figure the area under its curve. Saliency maps are scored by the probability "
        "of the class that they explain. Better and worse are against maps of the same network "
        f"with weights drawn anew, pair by pair. Occlusion at a stride of "
        f"{found['occlusion_stride_of_224']} of 224 pixels."
    )


def _measured(report: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    found = report["faithfulness"]
    for method, kinds in found["methods"].items():
        for kind, one in kinds.items():
            yield f"{report['methods'][method]['title']}, {kind}", one
    if found["saliency"]:
        yield f"Saliency map ({number(found['saliency']['cases'], 0)} cases)", found["saliency"]


def _cascades(report: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    found = report["faithfulness"]
    cascades = [
        (f"{report['methods'][method]['title']}, activation", shares)
        for method, shares in found["cascade"].items()
    ]
    if found["saliency"]:
        cascades.append(("Saliency map", found["saliency"]["cascade"]))
    return cascades


def _curves(report: Mapping[str, Any]) -> Figure:
    """A column for each kind of map, a colour for each method."""
    found = report["faithfulness"]
    columns: dict[str, dict[str, Any]] = {}
    for method, kinds in found["methods"].items():
        for kind, one in kinds.items():
            columns.setdefault(kind, {})[report["methods"][method]["title"]] = one["curves"]
    if found["saliency"]:
        columns["saliency map"] = {"Saliency map": found["saliency"]["curves"]}
    titles = list(dict.fromkeys(title for by_title in columns.values() for title in by_title))
    plot = Figure(figsize=(11, 5.4), layout="constrained")
    grid = plot.subplots(2, max(1, len(columns)), squeeze=False, sharex=True, sharey=True)
    for column, (kind, by_title) in enumerate(columns.items()):
        for axes, name in zip(grid[:, column], ("insertion", "deletion"), strict=True):
            for title, curves in by_title.items():
                colour = COLOURS[titles.index(title) % len(COLOURS)]
                for values, style in zip(curves[name], ("-", "--"), strict=True):
                    shares = [100 * step / (len(values) - 1) for step in range(len(values))]
                    is_named = style == "-" and name == "insertion"
                    is_first = is_named and not any(
                        title in one for one in list(columns.values())[:column]
                    )
                    axes.plot(shares, values, style, color=colour, linewidth=1.2,
                              label=title if is_first else None)  # fmt: skip
            axes.set_title(f"{kind}, {name}", fontsize=9)
            axes.set_ylim(0, 1.02)
    for axes in grid[1]:
        axes.set_xlabel("% of pixels")
    if titles:
        plot.legend(loc="outside lower center", fontsize=8, ncols=4)
    return plot
