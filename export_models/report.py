"""A measured bundle as one HTML file, with its plots inside it.

Its figures are what `report.json` holds and nothing else, so that both always say the same.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from matplotlib.figure import Figure

from export_models.embedding_map import map_figure
from export_models.published_figures import DIFFERENCES, PUBLISHED
from export_models.query_pictures import QueryPicture
from export_models.report_faithfulness import faithfulness_section
from export_models.report_parts import COLOURS, between, figure, in_words, number, table
from inference.embedding_map import EmbeddingMap

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1080px; margin: 2em auto; padding: 0 1em;
       color: #1a1a1a; background: #fff; }
table { border-collapse: collapse; margin: 1em 0; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #d8d8d8; padding: .3em .8em; text-align: left; }
td + td { white-space: nowrap; }
.better { color: #14692c; font-weight: 600; } .worse { color: #a11616; font-weight: 600; }
img { max-width: 100%; } figure { margin: 1em 0; } figcaption, .note { color: #555; }
"""
_MEASURES = (
    ("map", "mAP"),
    ("p_at_1", "P@1"),
    ("p_at_5", "P@5"),
    ("p_at_10", "P@10"),
)


def render_report(
    report: Mapping[str, Any],
    pictures: Sequence[QueryPicture] = (),
    embeddings: EmbeddingMap | None = None,
) -> str:
    """The whole report as HTML that needs no other file.

    Args:
        report: As in `report.json`.
        pictures: Of the best and worst queries.
        embeddings: The map of a method's embeddings.
    """
    methods: Mapping[str, Any] = report["methods"]
    sections = [
        _heading(report),
        "<h2>Class consistency</h2>",
        _precision(methods),
        figure(_precision_plot(methods), "Mean and range over five draws."),
        _retrieval(methods),
        "<h2>Classification</h2>",
        _classification(report),
    ]
    if any("ndcg" in one for one in methods.values()):
        sections += ["<h2>Order by severity</h2>", *_ndcg(report)]
    if report.get("localisation"):
        sections += ["<h2>Is the saliency on the disease?</h2>", *_localised(report)]
    if report.get("faithfulness"):
        sections += ["<h2>Do the explanations show what matters?</h2>"]
        sections += faithfulness_section(report)
    sections += ["<h2>Differences between methods</h2>", _comparisons(report)]
    sections += ["<h2>Beside the papers</h2>", _published(methods)]
    if embeddings is not None:
        sections += [
            "<h2>Map of the embeddings</h2>",
            figure(
                map_figure(embeddings),
                f"{methods[embeddings.method]['title']}, t-SNE, perplexity "
                f"{number(embeddings.perplexity, 0)}. Starred: each class's case nearest to the "
                "mean of its embeddings. Only who is whose neighbour means something here.",
            ),
        ]
    if pictures:
        sections += _gallery(pictures)
    title = escape(f"{report['bundle']} on {report['cases']}")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>\n" + "\n".join(sections) + "\n</body></html>\n"
    )


def _heading(report: Mapping[str, Any]) -> str:
    split = report["split"] or "all splits"
    counts = ", ".join(
        f"{number} {name}" for name, number in report["classifier"]["cases_by_class"].items()
    )
    left_out = len(report["unreadable"])
    notes = [
        f"{report['case_count']} cases of {report['patient_count']} patients in {split}: {counts}; "
        f"{report['case_count'] - report['labelled_count']} without a usable label.",
        "Images of the query's own patient are never neighbours. Square brackets hold 95 % "
        "bootstrap intervals over patients, unless a heading says otherwise. Equal distances "
        "score what their orders score on average.",
    ]
    if left_out:
        notes.append(f"{left_out} could not be used: {'; '.join(report['unreadable'][:5])}")
    text = "".join(f"<p>{escape(note)}</p>" for note in notes)
    version = f"version {report['bundle_version']}, {report['bundle_sha256'][:12]}"
    return f"<h1>{escape(report['bundle'])}</h1><p class=note>{escape(version)}</p>{text}"


def _precision(methods: Mapping[str, Any]) -> str:
    settings = list(next(iter(methods.values()))["precision"])
    rows = [
        [
            one["title"],
            *[between(one["precision"][name][0], one["precision"][name][1:]) for name in settings],
            *[
                between(one["precision_one_query"][name][0], one["precision_one_query"][name][1:])
                for name in settings
            ],
        ]
        for one in methods.values()
    ]
    titles = [f"top-{name.replace('/', ' of ')}" for name in settings]
    header = ["mean [min, max]", *titles, *[f"{title}, one query a draw" for title in titles]]
    return table(header, rows)


def _retrieval(methods: Mapping[str, Any]) -> str:
    rows = [
        [
            one["title"],
            *[between(one[name], one[f"{name}_interval"], 3) for name, _ in _MEASURES],
            number(one["chance_map"], 3),
        ]
        for one in methods.values()
    ]
    header = ["every case as query", *[title for _, title in _MEASURES], "mAP of a random order"]
    return table(header, rows)


def _classification(report: Mapping[str, Any]) -> str:
    rows = [
        [
            one["title"],
            between(one["f1"], one["f1_interval"]),
            between(one["auroc"], one["auroc_interval"]),
            "its network" if one["classified_by"] == "network" else "its ten nearest neighbours",
        ]
        for one in report["methods"].values()
    ]
    whole = report["classifier"]
    rows.append(
        [
            "The bundle's probability",
            between(whole["f1"], whole["f1_interval"]),
            between(whole["auroc"], whole["auroc_interval"]),
            f"threshold {number(whole['threshold'])}",
        ]
    )
    if len(report["classes"]) == 2:
        rows.append(
            ["Calling every case positive", number(whole["f1_if_all_positive"]), "0.50", ""]
        )
    text = table(["method", "F1", "AUROC", "classified by"], rows)
    if whole["by_source"]:
        text += table(
            ["the bundle's probability, by source", "cases", "AUROC"],
            [
                [source, str(one["cases"]), number(one["auroc"])]
                for source, one in whole["by_source"].items()
            ],
        )
    return text


def _ndcg(report: Mapping[str, Any]) -> list[str]:
    methods = {name: one for name, one in report["methods"].items() if "ndcg" in one}
    depths = list(next(iter(methods.values()))["ndcg"])
    rows = [
        [
            one["title"],
            *[number(one["ndcg_mean"][p], 3) for p in depths],
            between(one["ndcg_mean"]["10"], one["ndcg_interval"]["10"], 3),
        ]
        for one in methods.values()
    ]
    raters = report.get("raters")
    if raters:
        rows += [
            [f"rater {rater}", *[number(means[p], 3) for p in depths], ""]
            for rater, means in raters["ndcg_mean"].items()
        ]
        truth = f"the order that {raters['reference']} gave"
    else:
        truth = f"differences in {report['severity']}; a random order gives 0.705 at 10"
    return [
        f"<p>nDCG against {escape(truth)}.</p>",
        table(["mean", *[f"nDCG@{p}" for p in depths], "nDCG@10, interval"], rows),
        figure(_ndcg_plot(methods, depths, raters), "Median, quartiles, whiskers to 1.5 IQR."),
    ]


def _localised(report: Mapping[str, Any]) -> list[str]:
    found = report["localisation"]
    names = {
        "saliency": "saliency map",
        "centred_gaussian": "centred Gaussian",
        "uniform": "uniform (the mask's area)",
        "uniform_lungs": "lungs, evenly",
    }
    figures = ("mass", "pointing", "pixel_auroc")
    rows = [
        [names[name], *[between(one[key]["mean"], one[key]["interval"]) for key in figures]]
        for name, one in found["maps"].items()
    ]
    words = [
        [names[one["b"]], one["measure"], number(one["difference"], 3), in_words(one["words"])]
        for one in found["comparisons"]
    ]
    return [
        f"<p>On {found['cases']} cases whose disease was outlined.</p>",
        table(["map", "share of its sum inside", "maximum inside", "AUROC of pixels"], rows),
        table(["saliency map against", "measure", "difference", ""], words),
    ]


def _comparisons(report: Mapping[str, Any]) -> str:
    titles = {name: one["title"] for name, one in report["methods"].items()}
    rows = [
        [
            f"{titles[one['a']]} against {titles[one['b']]}",
            one["measure"],
            between(one["difference"], (one["low"], one["high"]), 3),
            in_words(one["words"]),
        ]
        for one in report["comparisons"]
    ]
    return table(["paired by query", "measure", "difference", ""], rows)


def _published(methods: Mapping[str, Any]) -> str:
    rows = [
        [one.paper, one.method, one.measure, one.value, _ours(methods.get(one.method), one.kind)]
        for one in PUBLISHED
    ]
    differences = "".join(f"<li>{escape(text)}</li>" for text in DIFFERENCES)
    return (
        table(["paper", "method", "measure", "published", "here"], rows)
        + f"<p>What differs:</p><ul>{differences}</ul>"
    )


def _ours(method: Mapping[str, Any] | None, kind: str) -> str:
    """Our figures in the form of the published ones; a dash where there are none."""
    if method is None or (kind == "ndcg" and "ndcg_mean" not in method):
        return "–"
    if kind == "precision":
        return ", ".join(between(one[0], one[1:]) for one in method["precision"].values())
    if kind == "f1":
        return number(method["f1"], 3)
    if kind == "ndcg":
        return f"mean {number(method['ndcg_mean']['10'], 3)}"
    shares = [method[name] for name in ("map", "p_at_1", "p_at_5")]
    return ", ".join("–" if one is None else f"{100 * one:.1f}" for one in shares) + " %"


def _gallery(pictures: Sequence[QueryPicture]) -> list[str]:
    parts = []
    for is_best, title in ((True, "Best queries"), (False, "Worst queries")):
        parts.append(
            f"<h2>{title}</h2><p class=note>First the query, then its four nearest. Green agrees "
            "with the query's class, red does not. Below, the saliency maps.</p>"
        )
        parts += [
            f'<figure><img alt="" src="{one.data_uri}">'
            f"<figcaption>{escape(one.caption)}</figcaption></figure>"
            for one in pictures
            if one.is_best == is_best
        ]
    return parts


def _precision_plot(methods: Mapping[str, Any]) -> Figure:
    plot = Figure(figsize=(8, 3.2), layout="constrained")
    axes = plot.add_subplot()
    settings = list(next(iter(methods.values()))["precision"])
    for place, (name, one) in enumerate(methods.items()):
        values = [[value or 0.0 for value in one["precision"][key]] for key in settings]
        means = [value[0] for value in values]
        reach = [
            [max(0.0, value[0] - value[1]) for value in values],
            [max(0.0, value[2] - value[0]) for value in values],
        ]
        positions = [group + (place + 0.5) / len(methods) * 0.8 for group in range(len(settings))]
        axes.bar(positions, means, 0.7 / len(methods), yerr=reach, capsize=2, label=name,
                 color=COLOURS[place % len(COLOURS)])  # fmt: skip
    axes.set_xticks([group + 0.4 for group in range(len(settings))], settings)
    axes.set(ylim=(0, 1), ylabel="precision")
    axes.legend(fontsize=8, ncols=2)
    return plot


def _ndcg_plot(
    methods: Mapping[str, Any], depths: Sequence[str], raters: Mapping[str, Any] | None
) -> Figure:
    plot = Figure(figsize=(10, 3.4), layout="constrained")
    for place, depth in enumerate(depths):
        axes = plot.add_subplot(1, len(depths), place + 1)
        values = {name: one["ndcg"][depth] for name, one in methods.items()}
        if raters:
            values |= {rater: one[depth] for rater, one in raters["ndcg"].items()}
        shown = {name: [one for one in some if one is not None] for name, some in values.items()}
        axes.boxplot(list(shown.values()), showfliers=False, widths=0.6)
        axes.set_xticks(range(1, len(shown) + 1), list(shown), rotation=60, fontsize=8)
        axes.set(title=f"nDCG@{depth}", ylim=(0, 1.02))
        if raters and raters["band"]:
            axes.axhspan(*raters["band"][depth], color="#8a63b3", alpha=0.15)
    return plot
