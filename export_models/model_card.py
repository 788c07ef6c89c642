"""A bundle's `card.md`, written from its manifest alone, so that the two cannot disagree."""

from collections.abc import Mapping
from typing import Any

from inference.model_bundle import BundleManifest

_ALWAYS = (
    "For research and teaching only. It is not a medical device, and no diagnosis or treatment "
    "may rest on what it says."
)


def card(manifest: BundleManifest) -> str:
    """The card in Markdown: what the bundle is for, made of, and how well it did."""
    parts = [f"# {manifest.name} {manifest.version}", _what_it_is(manifest)]
    use = f"{manifest.intended_use.strip()} " if manifest.intended_use.strip() else ""
    parts += ["## Intended use", use + _ALWAYS, _made_for(manifest)]
    parts += ["## Input", _input(manifest)]
    parts += ["## Retrieval methods", _methods(manifest)]
    parts += ["## How well it did", _metrics(manifest)]
    training = {key: value for key, value in manifest.training.items() if key != "export_check"}
    if training:
        parts += ["## Training", *_sections(training, 3)]
    check = manifest.training.get("export_check")
    if isinstance(check, Mapping):
        parts += ["## The exported files against the trained networks", *_sections(check, 3)]
    parts += ["## Files", _files(manifest), "## Licence", manifest.licence or "Not stated."]
    return "\n\n".join(part for part in parts if part) + "\n"


def _what_it_is(manifest: BundleManifest) -> str:
    classes = [
        f"- **{one.name}**: " + ", ".join("any other" if f == "*" else f for f in one.findings)
        for one in manifest.classes
    ]
    listed = "\n".join(classes)
    return (
        f"Finds cases that resemble a radiograph in **{manifest.condition}**, and shows where "
        f"the network saw it. It tells apart:\n\n{listed}\n\n"
        f"A case counts as positive from a probability of {_number(manifest.threshold)}."
    )


def _made_for(manifest: BundleManifest) -> str:
    lines = [
        f"- {what}: {', '.join(values)}"
        for what, values in (
            ("Modality", manifest.modalities),
            ("Body part", manifest.body_parts),
            ("View", manifest.views),
        )
        if values
    ]
    if not lines:
        return ""
    return "Made for these, and not tried on others:\n\n" + "\n".join(lines)


def _input(manifest: BundleManifest) -> str:
    spec = manifest.input
    colour = "grey" if spec.channels == 1 else "RGB"
    text = f"{spec.size} x {spec.size} pixels, {colour}, brightness in [0, 1]"
    if spec.intensity == "percentile":
        text += ", stretched between the 1st and the 99th percentile"
    if spec.lung_finder_size is not None:
        text += f"; cropped to the lungs, with {spec.crop_margin:.0%} of the box around them"
    return text + "."


def _methods(manifest: BundleManifest) -> str:
    rows = {
        name: {
            "what": spec.title,
            "looks at": spec.input.replace("+", " and "),
            "distance": spec.distance,
            "numbers": spec.length,
        }
        for name, spec in manifest.methods.items()
    }
    return _table(rows, "method")


def _metrics(manifest: BundleManifest) -> str:
    if not manifest.metrics:
        return "Not measured."
    return "\n\n".join(_sections(manifest.metrics, 3))


def _files(manifest: BundleManifest) -> str:
    rows = {
        name: {"bytes": f"{record.bytes:,}", "SHA-256": f"`{record.sha256}`"}
        for name, record in manifest.files.items()
    }
    return _table(rows, "file")


def _sections(values: Mapping[str, Any], level: int) -> list[str]:
    """Plain values as one table; mappings of plain values as one; the rest as headings."""
    plain = {key: value for key, value in values.items() if not isinstance(value, Mapping)}
    parts = [_table({key: {"": value} for key, value in plain.items()}, "")] if plain else []
    for key, value in values.items():
        if not isinstance(value, Mapping) or not value:
            continue
        parts.append(f"{'#' * min(level, 6)} {key}")
        rows = {name: row for name, row in value.items() if isinstance(row, Mapping)}
        is_table = len(rows) == len(value) and not any(
            isinstance(cell, Mapping) for row in rows.values() for cell in row.values()
        )
        parts += [_table(rows, "")] if is_table else _sections(value, level + 1)
    return parts


def _table(rows: Mapping[str, Mapping[str, Any]], first: str) -> str:
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    lines = [
        "| " + " | ".join([first, *columns]) + " |",
        "|" + "---|" * (len(columns) + 1),
    ]
    for name, row in rows.items():
        cells = [_cell(row[column]) if column in row else "" for column in columns]
        lines.append("| " + " | ".join([_cell(name), *cells]) + " |")
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, float):
        text = _number(value)
    elif isinstance(value, (list, tuple)):
        text = ", ".join(_cell(one) for one in value)
    else:
        text = "not known" if value is None else str(value)
    return text.replace("|", "\\|").replace("\n", " ")


def _number(value: float) -> str:
    if value != 0 and abs(value) < 1e-3:
        return f"{value:.1e}"
    return f"{value:.3f}".rstrip("0").rstrip(".")
