"""`kindred-train`: train, export and evaluate bundles; needs the extra `train`."""

import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from inference.errors import InferenceError

if TYPE_CHECKING:
    from export_models.split_embeddings import EvaluationProgress

_Answer = TypeVar("_Answer")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Train Kindred's models and export them as bundles. Research use only.",
)

Config = Annotated[
    Path, typer.Argument(help="TOML file of the bundle, as in export_models/configs")
]
Data = Annotated[Path, typer.Option("--data", help="folder in which its tables of cases are")]
Run = Annotated[Path, typer.Option("--run", help="folder for weights, caches and logs")]
Lungs = Annotated[Path | None, typer.Option("--lungs", help="weights of the lung finder")]


@app.command()
def train(
    config: Config,
    data: Data,
    run: Run,
    lungs: Lungs = None,
    stage: Annotated[
        list[str] | None, typer.Option(help="only this stage; may be given several times")
    ] = None,
    init: Annotated[
        Path | None,
        typer.Option(help="start from these weights (torchvision, CheXNet, torchxrayvision, ours)"),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="go on where it stopped")] = False,
    threads: Annotated[int, typer.Option(help="0 for all cores")] = 0,
    device: Annotated[str, typer.Option(help="cpu, or cuda for an NVIDIA GPU")] = "cpu",
) -> None:
    """Train a bundle's networks, one stage after another."""
    import torch

    from export_models.config import read_config
    from export_models.stages import train_bundle
    from export_models.train import Progress

    if device not in ("cpu", "cuda"):
        raise InferenceError(f"There is no device {device!r}: choose cpu or cuda.")
    if device == "cuda" and not torch.cuda.is_available():
        raise InferenceError("torch finds no CUDA device here: leave out --device cuda.")
    torch.set_default_device(device)
    if threads:
        torch.set_num_threads(threads)
    bar = _Bar()
    for step in train_bundle(
        read_config(config),
        data,
        run,
        stages=tuple(stage or ()),
        lungs=lungs,
        init=init,
        resume=resume,
    ):
        if isinstance(step, Progress):
            label = f"{step.stage} {step.epoch}/{step.epochs} loss {step.loss:.3f}"
            bar.show(label, step.step, step.steps)
            if step.scores:
                figures = ", ".join(f"{name} {value:.3f}" for name, value in step.scores.items())
                bar.line(f"{step.stage} {step.epoch}/{step.epochs}: {figures}")
        else:
            bar.show(*step)
    bar.finish()


@app.command()
def lungs(
    table: Annotated[Path, typer.Argument(help="cases.csv with lung_boxes")],
    out: Annotated[Path, typer.Option(help="file for the weights")],
    steps: Annotated[int, typer.Option(help="training steps")] = 1500,
    seed: Annotated[int, typer.Option()] = 0,
) -> None:
    """Train the lung finder on a table's lung boxes."""
    import logging

    from export_models.datasets.read_cases import read_cases
    from export_models.lung_finder import lung_boxes, save_lung_finder, train_lung_finder

    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    cases = read_cases(table)
    finder, overlap = train_lung_finder(
        lung_boxes(cases, "train"), lung_boxes(cases, "valid"), steps=steps, seed=seed
    )
    save_lung_finder(finder, out)
    typer.echo(f"overlap (IoU) on the validation split: {overlap:.3f}")


@app.command()
def export(
    config: Config,
    data: Data,
    run: Run,
    out: Annotated[Path, typer.Option("--out", help="the bundle's folder")],
    lungs: Lungs = None,
) -> None:
    """Write a trained run as a bundle, and compare it with torch."""
    from export_models.config import read_config
    from export_models.export_run import export_run

    bundle = export_run(read_config(config), data, run, out, lungs=lungs)
    total = sum(record.bytes for record in bundle.manifest.files.values())
    typer.echo(f"{bundle.manifest.name} {bundle.manifest.version}: {total / 1e6:.1f} MB in {out}")


@app.command()
def evaluate(
    bundle: Annotated[str, typer.Option(help="name or folder of a bundle")],
    cases: Annotated[Path, typer.Option(help="table of cases, or a public data set")],
    out: Annotated[Path, typer.Option(help="folder for the report")],
    split: Annotated[str, typer.Option(help='train, valid, test, or "" for all')] = "test",
    severity: Annotated[str, typer.Option(help="column that orders cases by severity")] = "",
    rankings: Annotated[Path | None, typer.Option(help="table of raters' orders")] = None,
    methods: Annotated[str, typer.Option(help="separated by commas; all where empty")] = "",
    seed: Annotated[int, typer.Option(help="of draws and bootstraps")] = 0,
    faithfulness: Annotated[
        int, typer.Option(help="queries on which to measure the explanations; 0 for none")
    ] = 0,
    record: Annotated[
        bool, typer.Option("--record", help="write the figures into the bundle's card")
    ] = False,
) -> None:
    """Measure a bundle on a table of cases and write a report."""
    from export_models.evaluate import EvaluationOptions
    from export_models.evaluate import evaluate as measured
    from export_models.export_run import record_metrics
    from export_models.report_summary import summary
    from inference.bundle_store import find_bundle

    options = EvaluationOptions(
        split=split,
        severity=severity,
        rankings=rankings,
        methods=_listed(methods),
        seed=seed,
        faithfulness=faithfulness,
    )
    folder = find_bundle(bundle)
    report = _followed(measured(folder, cases, out, options))
    if record:
        record_metrics(folder, split or "all", summary(report))
    typer.echo(f"{out / 'report.json'}")


@app.command()
def localise(
    bundle: Annotated[str, typer.Option(help="name or folder of a bundle")],
    cases: Annotated[Path, typer.Option(help="table of cases with lesion_mask")],
    out: Annotated[Path, typer.Option(help="folder for localisation.json")],
    splits: Annotated[str, typer.Option(help="separated by commas")] = "train,valid,test",
    methods: Annotated[str, typer.Option(help="separated by commas; all where empty")] = "",
    seed: Annotated[int, typer.Option(help="of the bootstraps")] = 0,
) -> None:
    """Compare every explanation with outlined disease, beside maps that know nothing."""
    from export_models.localisation_table import localisation_table, markdown_table
    from inference.bundle_store import find_bundle

    steps = localisation_table(
        find_bundle(bundle), cases, out, splits=_listed(splits), methods=_listed(methods),
        seed=seed,
    )  # fmt: skip
    typer.echo(markdown_table(_followed(steps)))


@app.command("retrieval-figure")
def retrieval_figure(
    bundle: Annotated[str, typer.Option(help="name or folder of a bundle")],
    cases: Annotated[Path, typer.Option(help="table of cases, or a public data set")],
    out: Annotated[Path, typer.Option(help="PNG file; it shows the cases' own images")],
    method: Annotated[str, typer.Option(help="whose similarity")] = "ig",
    kind: Annotated[str, typer.Option(help="activation, attention or occlusion")] = "activation",
    split: Annotated[str, typer.Option(help='train, valid, test, or "" for all')] = "test",
    seed: Annotated[int, typer.Option(help="of the draw of queries")] = 0,
) -> None:
    """Draw queries of each class with their nearest cases under a similarity map."""
    from export_models import retrieval_figure as drawing
    from inference.bundle_store import find_bundle
    from inference.similarity_saliency import KINDS

    chosen = drawing.parse_kind(kind, KINDS)
    _followed(
        drawing.retrieval_figure(
            find_bundle(bundle), cases, out, method=method, kind=chosen, split=split, seed=seed
        )
    )
    typer.echo(out)


@app.command()
def differential(
    bundle: Annotated[str, typer.Option(help="name or folder of a bundle")],
    cases: Annotated[Path, typer.Option(help="table of cases, or a public data set")],
    out: Annotated[Path, typer.Option(help="folder for figure and maps")],
    classes: Annotated[
        list[str] | None, typer.Option(help="a class of the bundle; several times, or all")
    ] = None,
    method: Annotated[str, typer.Option(help="whose similarity")] = "ig",
    split: Annotated[str, typer.Option(help='train, valid, test, or "" for all')] = "test",
    limit: Annotated[int, typer.Option(help="cases of each class; 0 for all")] = 0,
) -> None:
    """Show what a method looks at in each class, and in one more than in another."""
    from export_models.differential import FIGURE
    from export_models.differential import differential as averaged
    from inference.bundle_store import find_bundle

    bar = _Bar()
    for step in averaged(
        find_bundle(bundle), cases, out, classes=classes or (), method=method, split=split,
        limit=limit,
    ):  # fmt: skip
        bar.show("averaging", step.done, step.total)
    bar.finish()
    typer.echo(f"{out / FIGURE}")


@app.command("embedding-map")
def embedding_map(
    bundle: Annotated[str, typer.Option(help="name or folder of a bundle")],
    catalogue: Annotated[Path, typer.Option(help="folder that was indexed with it")],
    method: Annotated[str, typer.Option(help="whose embeddings")] = "ig",
    seed: Annotated[int, typer.Option(help="of the projection")] = 0,
) -> None:
    """Map a catalogue in two dimensions, for the viewer; the map lies beside the catalogue."""
    from export_models.embedding_map import map_catalogue
    from inference.bundle_store import find_bundle
    from inference.model_bundle import read_bundle

    typer.echo(map_catalogue(catalogue, read_bundle(find_bundle(bundle)), method, seed=seed))


@app.command()
def compare_explanations(
    config: Config,
    data: Data,
    run: Run,
    out: Annotated[Path, typer.Option("--out", help="JSON file for the figures")],
    lungs: Lungs = None,
    only: Annotated[
        list[str] | None, typer.Option(help="only this explanation; may be given several times")
    ] = None,
    epochs: Annotated[int, typer.Option(help="of each IG network")] = 4,
    threads: Annotated[int, typer.Option(help="0 for all cores")] = 0,
) -> None:
    """Compare explanations as the IG network's input, on the validation split."""
    import torch

    from export_models import compare_explanations as comparing
    from export_models.config import read_config

    if threads:
        torch.set_num_threads(threads)
    compared, bar = [], _Bar()
    for step in comparing.compare_explanations(
        read_config(config), data, run, lungs=lungs, names=tuple(only or ()), epochs=epochs
    ):
        if isinstance(step, comparing.Compared):
            compared.append(step)
            comparing.write_comparison(out, compared, epochs)  # each costs minutes
        else:
            bar.show(*step)
    bar.finish()
    typer.echo(comparing.markdown_table(compared))


@app.command()
def left_out(
    config: Config,
    data: Data,
    run: Run,
    source: Annotated[
        str, typer.Option(help="part of its name; where empty, what the configuration leaves out")
    ] = "",
    lungs: Lungs = None,
) -> None:
    """Measure a run's CNN and IG network on the test cases of one source."""
    from export_models.config import read_config
    from export_models.left_out_source import markdown_table, measure_left_out

    read, bar = read_config(config), _Bar()
    names = (source,) if source else read.left_out_sources
    for step in measure_left_out(read, data, run, names, lungs=lungs):
        if isinstance(step, list):
            bar.finish()
            typer.echo(markdown_table(step))
        else:
            bar.show(*step)


@app.command()
def phantom(
    out: Annotated[Path, typer.Argument(help="folder for the collection")],
    count: Annotated[int, typer.Option(help="radiographs")] = 240,
    seed: Annotated[int, typer.Option()] = 0,
    size: Annotated[int, typer.Option(help="rows of each")] = 512,
) -> None:
    """Write synthetic radiographs with known disease, and their table of cases."""
    from export_models.phantom import write_phantom_cases

    bar = _Bar()
    for done in write_phantom_cases(out, count, seed, size=size):
        bar.show("phantoms", done, count)
    bar.finish()


def _listed(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _followed(steps: "Generator[EvaluationProgress, None, _Answer]") -> "_Answer":
    """Run to the end behind a progress bar; what the steps return."""
    bar = _Bar()
    while True:
        try:
            step = next(steps)
        except StopIteration as stop:
            bar.finish()
            answer: _Answer = stop.value
            return answer
        bar.show(" ".join(filter(None, (step.stage, step.current))), step.done, step.total)


class _Bar:
    """A progress bar on standard error, redrawn in place on a terminal."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()

    def show(self, label: str, done: int, total: int) -> None:
        if self._is_terminal:
            filled = 30 * done // max(1, total)
            bar = "█" * filled + "·" * (30 - filled)
            print(f"\r\x1b[K{bar} {done}/{total} {label}", end="", file=sys.stderr, flush=True)

    def line(self, text: str) -> None:
        print(f"\r\x1b[K{text}" if self._is_terminal else text, file=sys.stderr, flush=True)

    def finish(self) -> None:
        if self._is_terminal:
            print(file=sys.stderr)


def main() -> None:
    """Entry point: 0 done, 2 usage, 3 an expected problem, 1 a bug."""
    try:
        app()
    except InferenceError as error:
        print(error, file=sys.stderr)
        sys.exit(3)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in ("torch", "onnx", "sklearn", "matplotlib"):
            print(
                f"{error.name} is missing: install the training extra, "
                "pip install 'kindred-viewer[train]'.",
                file=sys.stderr,
            )
            sys.exit(3)
        raise


if __name__ == "__main__":
    main()
