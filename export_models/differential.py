"""Mean radiographs, mean self-similarity and their differences by class, as X-MIR's figure 6.

bundle + cases -> class_saliency.class_means -> differential.png, differential.json, .npz
"""

import json
from collections.abc import Generator, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from export_models.datasets.read_cases import read_cases
from export_models.datasets.records import class_of_case
from inference.class_saliency import ClassMeans, ClassMeansProgress, class_means, difference
from inference.errors import ExportError, InferenceError
from inference.model_bundle import read_bundle
from inference.onnx_session import BundleSession, Provider

FIGURE = "differential.png"
FIGURES = "differential.json"
ARRAYS = "differential.npz"


def differential(
    bundle_folder: Path,
    cases_file: Path,
    out: Path,
    *,
    classes: Sequence[str] = (),
    method: str = "ig",
    split: str = "test",
    limit: int = 0,
    provider: Provider = "auto",
) -> Generator[ClassMeansProgress, None, None]:
    """Average the classes of a table and write figure, numbers and maps into `out`.

    Args:
        bundle_folder: The bundle's.
        cases_file: Our plain table, or a data set in a public layout.
        out: Folder; made if need be.
        classes: Names of the bundle's classes, the first minus the second; empty for all.
        method: Whose similarity.
        split: "train", "valid", "test", or "" for every case.
        limit: Cases of each class at most, the first by id; 0 for all.
        provider: Where to run.

    Raises:
        InferenceError: Bundle or table cannot be used, a class is not the bundle's or has no
            case, the method cannot be explained so, or the files cannot be written.
    """
    bundle = read_bundle(bundle_folder)
    names = [one.name for one in bundle.manifest.classes]
    for name in classes:
        if name not in names:
            raise InferenceError(
                f"The bundle {bundle.manifest.name} has no class {name!r}; "
                f"it has {', '.join(names)}."
            )
    # A bundle lists its healthy class first; differences read "condition minus healthy".
    chosen = list(dict.fromkeys(classes)) or names[::-1]
    files: dict[str, list[Path]] = {name: [] for name in chosen}
    for case in sorted(read_cases(cases_file), key=lambda one: one.case_id):
        found = class_of_case(bundle.manifest.classes, case)
        if found is not None and names[found] in files and (case.split == split or not split):
            files[names[found]].append(case.path)
    empty = [name for name, paths in files.items() if not paths]
    if empty:
        raise InferenceError(
            f"No case of {cases_file.name} in the split {split!r} is of the class {empty[0]}."
        )
    if limit > 0:
        files = {name: paths[:limit] for name, paths in files.items()}
    session = BundleSession(bundle, provider=provider)
    for step in class_means(files, session, method):
        yield step
    title = f"{bundle.manifest.name}, {bundle.manifest.methods[method].title}"
    _write(out, list(step.means.values()), step.unreadable, title)


def differential_figure(means: Sequence[ClassMeans], title: str) -> Figure:
    """Three rows: mean radiographs, mean self-similarity, differences of two classes."""
    pairs = list(combinations(means, 2))
    columns = max(len(means), len(pairs))
    plot = Figure(figsize=(3.1 * columns + 0.8, 9), layout="constrained")
    grid = plot.subplots(3, columns, squeeze=False)
    for axes in grid.ravel():
        axes.set_axis_off()
    top = max(float(one.saliency.max()) for one in means)
    for place, one in enumerate(means):
        grid[0, place].imshow(one.radiograph, cmap="gray", vmin=0, vmax=1)
        grid[0, place].set_title(f"{one.name} ({one.count})", fontsize=10)
        shown = grid[1, place].imshow(one.saliency, cmap="inferno", vmin=0, vmax=top)
        grid[1, place].set_title("self-similarity", fontsize=10)
    plot.colorbar(shown, ax=list(grid[1]), shrink=0.8, label="mean 1")
    differences = [difference(a, b) for a, b in pairs]
    reach = max((float(np.abs(values).max()) for values in differences), default=0) or 1.0
    for place, ((a, b), values) in enumerate(zip(pairs, differences, strict=True)):
        shown = grid[2, place].imshow(values, cmap="RdBu_r", vmin=-reach, vmax=reach)
        grid[2, place].set_title(f"{a.name} − {b.name}", fontsize=10)
    if pairs:
        plot.colorbar(shown, ax=list(grid[2]), shrink=0.8, label="difference")
    plot.suptitle(title, fontsize=11)
    return plot


def _write(out: Path, means: Sequence[ClassMeans], unreadable: Sequence[str], title: str) -> None:
    figures = {
        "title": title,
        "classes": {one.name: {"cases": one.count} for one in means},
        # How far differences stand out from chance: in standard errors of the two means.
        "differences": {
            f"{a.name} - {b.name}": {
                "largest": float(np.abs(difference(a, b)).max()),
                "largest_in_standard_errors": _standard_errors(a, b),
            }
            for a, b in combinations(means, 2)
        },
        "unreadable": list(unreadable),
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        differential_figure(means, title).savefig(out / FIGURE, dpi=110)
        text = json.dumps(figures, indent=1, ensure_ascii=False) + "\n"
        (out / FIGURES).write_text(text, encoding="utf-8")
        np.savez_compressed(
            out / ARRAYS,
            names=np.array([one.name for one in means]),
            radiographs=np.stack([one.radiograph for one in means]).astype(np.float32),
            saliency=np.stack([one.saliency for one in means]).astype(np.float32),
            standard_errors=np.stack([one.spread for one in means]).astype(np.float32),
        )
    except OSError as error:
        raise ExportError(out, f"{error.strerror or error}; choose another folder") from error


def _standard_errors(a: ClassMeans, b: ClassMeans) -> float | None:
    error = np.sqrt(a.spread**2 + b.spread**2)
    known = error > 0
    if min(a.count, b.count) < 2 or not known.any():
        return None
    return float((np.abs(difference(a, b))[known] / error[known]).max())
