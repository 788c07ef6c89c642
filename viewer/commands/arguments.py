"""What each of `kindred`'s commands can be given, and what is done with it."""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inference.errors import ExportError, InferenceError
from viewer.commands.exit_codes import PROBLEM, STOPPED
from viewer.preferences.settings import (
    MAX_NEIGHBOURS,
    Settings,
    load_settings,
    program_version,
    user_settings_file,
)

if TYPE_CHECKING:
    from inference.pipeline import Analysis, Engine

# Deferred everywhere below: onnxruntime, Qt and pydicom, which `kindred --help` can do without.

_MAX_LISTED = 20

app = typer.Typer(
    help="Similar radiographs, side by side, and why. Research use only, not for diagnosis.",
    epilog=f"Your own settings are read from {user_settings_file()}.",
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

BundleOption = Annotated[
    str | None, typer.Option("--bundle", help="A bundle's name, or its folder.")
]
CatalogueOption = Annotated[
    Path | None, typer.Option("--catalogue", help="The folder that was indexed.")
]
ExcludePatientOption = Annotated[
    bool | None,
    typer.Option(
        "--exclude-patient/--include-patient",
        help="Whether the query itself and all images of its patient are left out.",
    ),
]
BurnedInOption = Annotated[
    bool,
    typer.Option("--allow-burned-in", help="Export though a file says that text is in its pixels."),
]
ProviderOption = Annotated[
    str | None, typer.Option("--provider", help="Where models run: auto, cpu or cuda.")
]


@app.command("open")
def open_window(
    image: Annotated[
        str | None,
        typer.Argument(
            metavar="IMAGE",
            help="A radiograph or a DICOMDIR; a folder, as --catalogue; or a kindred:// link.",
        ),
    ] = None,
    catalogue: CatalogueOption = None,
    bundle: BundleOption = None,
    provider: ProviderOption = None,
    browse: Annotated[
        bool, typer.Option("--browse", help="Look through the folder: no catalogue of it.")
    ] = False,
    new_window: Annotated[
        bool, typer.Option("--new-window", help="Though a window is open already.")
    ] = False,
) -> None:
    """Open the window, or hand over to the one that runs. `kindred` alone does so too."""
    from viewer.commands.open import open_here, opening

    asked = opening(image, catalogue, is_browsed=browse)
    _end(open_here(asked, bundle=bundle, provider=provider, new_window=new_window))


@app.command()
def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help="No window: write the result as files.")
    ] = False,
    out: Annotated[
        Path, typer.Option("--out", help="Where --headless writes comparison.png and result.json.")
    ] = Path("kindred-demo"),
) -> None:
    """Make a catalogue of synthetic radiographs (once), and open a query on it."""
    from viewer.commands.demo import DEMO_BUNDLE, make_demo
    from viewer.commands.system_check import check_display, check_drawing
    from viewer.frame.progress_bar import ProgressBars

    if headless:
        check_drawing()
    else:
        check_display()
    bars = ProgressBars()
    with _stoppable("Stopped. Run it again to go on."):
        for step in make_demo():
            bars.show(step.stage, step.done, step.total)
    bars.finish()
    place = step.place
    settings = load_settings()
    if not headless:
        from viewer.commands.open import Opening, run_window

        _end(run_window(Opening(place.query, place.catalogue), DEMO_BUNDLE, settings))
        return
    analysis, engine = _analyse(place.query, place.catalogue, DEMO_BUNDLE, settings)
    _export(analysis, engine, out / "comparison.png", settings, allow_burned_in=True)
    _write_text(out / "result.json", _json_text(analysis, engine))
    _say(f"Wrote {out / 'comparison.png'} and {out / 'result.json'}.")


@app.command()
def index(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of radiographs.")],
    labels: Annotated[
        Path | None,
        typer.Option("--labels", help="A table of findings; else cases.csv in the folder."),
    ] = None,
    bundle: BundleOption = None,
    method: Annotated[
        list[str] | None, typer.Option("--method", help="Only these methods; else all.")
    ] = None,
    provider: ProviderOption = None,
) -> None:
    """Make or update the catalogue of a folder. Interrupted, it goes on where it was."""
    from inference.catalogue import Catalogue
    from inference.catalogue_build import build_catalogue
    from inference.model_bundle import read_bundle
    from inference.onnx_session import BundleSession
    from inference.pipeline import find_bundle
    from viewer.frame.progress_bar import ProgressBars

    settings = load_settings(overrides={"bundle": bundle, "provider": provider})
    opened = read_bundle(find_bundle(settings.bundle))
    _check_methods(method or [], tuple(opened.manifest.methods), opened.manifest.name)
    session = BundleSession(opened, provider=settings.provider)
    _say_all(session.warnings)
    bars = ProgressBars()
    with _stoppable("Stopped. Run it again to go on where it was."):
        for step in build_catalogue(folder, session, labels=labels, methods=method or None):
            note = f", {step.refused} refused" if step.refused else ""
            bars.show(step.stage.capitalize(), step.done, step.total, note)
    bars.finish()
    catalogue = Catalogue.open(folder, opened)
    _say_all(catalogue.notes)
    cases, files = _counted(catalogue.count, "case"), _counted(len(catalogue.refused), "file")
    _say(f"{cases} indexed, {files} refused.")
    for path, reason in catalogue.refused[:_MAX_LISTED]:
        _say(f"  {path}: {reason}")
    if len(catalogue.refused) > _MAX_LISTED:
        _say(f"  and {len(catalogue.refused) - _MAX_LISTED:,} more")
    catalogue.close()


@app.command()
def query(
    image: Annotated[
        Path, typer.Argument(metavar="IMAGE", help="The radiograph to find similar cases for.")
    ],
    catalogue: CatalogueOption = None,
    k: Annotated[
        int | None, typer.Option("-k", min=1, max=MAX_NEIGHBOURS, help="How many similar cases.")
    ] = None,
    bundle: BundleOption = None,
    method: Annotated[
        str | None, typer.Option("--method", help="The retrieval method, such as ig or cnn.")
    ] = None,
    exclude_patient: ExcludePatientOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    export: Annotated[
        Path | None, typer.Option("--export", help="Write the comparison as this PNG, or PDF.")
    ] = None,
    allow_burned_in: BurnedInOption = False,
    dicom_out: Annotated[
        Path | None, typer.Option("--dicom-out", help="Write results as DICOM to this folder.")
    ] = None,
    send_to: Annotated[
        str, typer.Option("--send-to", help="Send them to this archive of the settings.")
    ] = "",
    sc: Annotated[bool, typer.Option("--sc", help="Only these: the sheet.")] = False,
    gsps: Annotated[bool, typer.Option("--gsps", help="The outline over the query.")] = False,
    seg: Annotated[bool, typer.Option("--seg", help="The salient region as a mask.")] = False,
    sr: Annotated[bool, typer.Option("--sr", help="The numbers as a report.")] = False,
    marks: Annotated[
        bool, typer.Option("--marks", help="With the measurements kept for this radiograph.")
    ] = False,
    provider: ProviderOption = None,
) -> None:
    """Find the most similar cases of a catalogue."""
    settings = load_settings(
        overrides={
            "method": method,
            "neighbours": k,
            "exclude_patient": exclude_patient,
            "provider": provider,
        }
    )
    folder = catalogue or (Path(settings.catalogue) if settings.catalogue else None)
    if folder is None:
        raise typer.BadParameter("name the folder that was indexed", param_hint="--catalogue")
    analysis, engine = _analyse(image, folder, bundle, settings)
    _say_all(analysis.warnings)
    if as_json:
        print(_json_text(analysis, engine))
    else:
        _print_table(analysis, engine)
    if export is not None:
        _export(analysis, engine, export, settings, allow_burned_in=allow_burned_in)
        _say(f"Wrote {export}.")
    if dicom_out is not None or send_to:
        from viewer.commands.return_results import return_results

        chosen = {"sc": sc, "gsps": gsps, "seg": seg, "sr": sr}
        done = return_results(
            analysis,
            engine,
            settings,
            kinds=[kind for kind, is_wanted in chosen.items() if is_wanted],
            folder=dicom_out,
            archive=send_to,
            with_marks=marks,
            allow_burned_in=allow_burned_in,
        )
        _say_all(done)


@app.command()
def compare(
    image: Annotated[
        Path, typer.Argument(metavar="IMAGE", help="The radiograph to find similar cases for.")
    ],
    catalogue: CatalogueOption = None,
    bundle: BundleOption = None,
    exclude_patient: ExcludePatientOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    export: Annotated[
        Path | None, typer.Option("--export", help="Write one row per method as this PNG.")
    ] = None,
    allow_burned_in: BurnedInOption = False,
    provider: ProviderOption = None,
) -> None:
    """Find the most similar cases by each retrieval method, side by side."""
    from viewer.commands.compare import compare_and_print

    settings = load_settings(overrides={"exclude_patient": exclude_patient, "provider": provider})
    folder = catalogue or (Path(settings.catalogue) if settings.catalogue else None)
    if folder is None:
        raise typer.BadParameter("name the folder that was indexed", param_hint="--catalogue")
    with _stoppable("Stopped."):
        notes = compare_and_print(
            image,
            folder,
            bundle,
            settings,
            as_json=as_json,
            export=export,
            allow_burned_in=allow_burned_in,
        )
    _say_all(notes)


@app.command()
def study(
    catalogue: Annotated[Path, typer.Option("--catalogue", help="The folder that was indexed.")],
    rater: Annotated[str, typer.Option("--rater", help="Who ranks; a code name does.")],
    queries: Annotated[int, typer.Option("--queries", min=1, help="How many queries.")] = 10,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another one draws others.")] = 0,
    out: Annotated[
        Path, typer.Option("--out", help="The table of rankings, of all readers.")
    ] = Path("rankings.csv"),
    bundle: BundleOption = None,
) -> None:
    """Rank ten cases by similarity to each query, blind. Goes on where it stopped."""
    from viewer.commands.study import run_study
    from viewer.commands.system_check import check_display

    if not rater.strip():
        raise typer.BadParameter("give the reader a name", param_hint="--rater")
    check_display()
    left = run_study(catalogue, rater.strip(), queries, seed, out, bundle, load_settings())
    if left:
        _say(f"{left} of the queries left; the others are in {out}. Run it again to go on.")
    else:
        _say(f"All orders of {rater.strip()} are in {out}.")


@app.command()
def check(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="A folder whose catalogue is checked too."),
    ] = None,
    bundle: BundleOption = None,
    provider: ProviderOption = None,
) -> None:
    """Prove that bundles and a catalogue are sound, or say what is wrong and what to do."""
    from viewer.commands.soundness import check_soundness

    settings = load_settings(overrides={"provider": provider})
    problems = 0
    for line in check_soundness(folder, bundle, settings.bundle, settings.provider):
        problems += not line.is_sound
        print(f"{'ok     ' if line.is_sound else 'PROBLEM'}  {line.text}")
    if problems:
        _say(f"kindred: {_counted(problems, 'problem')} found.")
        raise typer.Exit(PROBLEM)


@app.command()
def integrate(
    remove: Annotated[
        bool, typer.Option("--remove", help="Undo it: everything is as it was before.")
    ] = False,
) -> None:
    """Let this computer open kindred:// links with Kindred, for you alone; says what it changes."""
    from viewer.integration.integrate import integrate_here

    for line in integrate_here(remove=remove):
        print(line)


@app.command()
def receive(
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Where radiographs are written; else the settings' folder."),
    ] = None,
    port: Annotated[int | None, typer.Option("--port", help="To listen on.")] = None,
    host: Annotated[
        str | None, typer.Option("--host", help="To listen at; else this computer alone.")
    ] = None,
    aet: Annotated[str | None, typer.Option("--aet", help="The AE title senders call.")] = None,
    allow: Annotated[
        list[str] | None, typer.Option("--allow", help="A calling AE title that may send.")
    ] = None,
    catalogue: CatalogueOption = None,
    index_too: Annotated[
        bool, typer.Option("--index", help="Add what is received to the catalogue it lies in.")
    ] = False,
    bundle: BundleOption = None,
    provider: ProviderOption = None,
) -> None:
    """Take radiographs that other systems send (DICOM C-STORE), and analyse them on arrival."""
    from viewer.commands.receive import Receiving, receive_and_print, receiver_config

    settings = load_settings(overrides={"provider": provider})
    if to is None and index_too and catalogue is not None:
        to = catalogue / "received"
    config = receiver_config(
        settings, folder=to, port=port, host=host, ae_title=aet, allow=allow, index=index_too
    )
    asked = Receiving(config, catalogue, bundle)
    with _stoppable("Stopped. What was received is kept."):
        receive_and_print(asked, settings, say=lambda words: _say(f"kindred: {words}"))


@app.command()
def serve(
    catalogue: CatalogueOption = None,
    bundle: BundleOption = None,
    method: Annotated[
        str | None, typer.Option("--method", help="Where a request names none.")
    ] = None,
    host: Annotated[str, typer.Option("--host", help="To listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="To listen on; 0 takes a free one.")] = 0,
    token_file: Annotated[
        Path | None, typer.Option("--token-file", help="Made where it is missing; yours alone.")
    ] = None,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Though others can reach the host.")
    ] = False,
    allow_origin: Annotated[
        list[str] | None, typer.Option("--allow-origin", help="A web page that may ask.")
    ] = None,
    provider: ProviderOption = None,
) -> None:
    """Answer other programs of this computer over HTTP, with the JSON of `kindred query`."""
    from viewer.commands.serve import Serving, serve_until_stopped

    settings = load_settings(overrides={"method": method, "provider": provider})
    folder = catalogue or (Path(settings.catalogue) if settings.catalogue else None)
    if folder is None:
        raise typer.BadParameter("name the folder that was indexed", param_hint="--catalogue")
    origins = tuple(allow_origin or ())
    asked = Serving(folder, bundle, host, port, token_file, allow_remote, origins)
    with _stoppable("Stopped."):
        serve_until_stopped(asked, settings, say=lambda words: _say(f"kindred: {words}"))


@app.callback(invoke_without_command=True)
def _kindred(
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True)
    ] = False,
) -> None:
    if show_version:
        print(f"Kindred {program_version()}")
        raise typer.Exit()


def _end(code: int) -> None:
    if code:
        raise typer.Exit(code)


def _analyse(
    image: Path,
    catalogue: Path,
    bundle: str | None,
    settings: Settings,
) -> "tuple[Analysis, Engine]":
    from inference.pipeline import analyse, choose_bundle, open_engine

    engine = open_engine(
        bundle or choose_bundle(settings.bundle, catalogue), catalogue, settings.provider
    )
    manifest = engine.bundle.manifest
    _check_methods([settings.method], tuple(manifest.methods), manifest.name)
    steps = analyse(
        image,
        engine,
        method=settings.method,
        k=settings.neighbours,
        exclude_patient=settings.exclude_patient,
    )
    *_, analysis = steps
    return analysis, engine


def _check_methods(asked: Sequence[str], known: Sequence[str], bundle: str) -> None:
    for method in asked:
        if method not in known:
            raise typer.BadParameter(
                f"the bundle {bundle} has no method {method!r}; it has {', '.join(known)}",
                param_hint="--method",
            )


def _export(
    analysis: "Analysis", engine: "Engine", path: Path, settings: Settings, *, allow_burned_in: bool
) -> None:
    from inference.pipeline import view_case
    from viewer.commands.system_check import check_drawing, check_fonts

    check_drawing()
    # Only pictures are drawn, so no display is needed, and none is taken.
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    from viewer.export.comparison_export import (
        Overlay,
        identity_doubts,
        identity_warnings,
        render_comparison,
        save_comparison,
    )

    views = []
    for neighbour in analysis.neighbours or ():
        try:
            views.append(view_case(neighbour, engine))
        except InferenceError as error:
            _say(f"kindred: {error}")  # its pane says so too
    warnings = identity_warnings(analysis, views)
    if warnings and not allow_burned_in:
        raise ExportError(path, f"{warnings[0].rstrip('.')}. Give --allow-burned-in to go on")
    _say_all((*warnings, *identity_doubts(analysis, views)))
    application = QGuiApplication.instance() or QGuiApplication(["kindred"])
    check_fonts()
    overlay = Overlay(settings.overlay, settings.overlay_opacity, settings.colour_map)
    save_comparison(render_comparison(analysis, views, engine, overlay), path)
    del application


def _json_text(analysis: "Analysis", engine: "Engine") -> str:
    from inference.pipeline import result_json

    # In ASCII, so that any terminal, and any file name, comes through.
    return json.dumps(result_json(analysis, engine), indent=2, allow_nan=False)


def _print_table(analysis: "Analysis", engine: "Engine") -> None:
    from inference.pipeline import result_json

    result = result_json(analysis, engine)
    for name, probability in result["probabilities"].items():
        print(f"{name}: {probability:.2f}")
    print(f"{'rank':>4}  {'similarity':>10}  {'distance':>9}  case, findings")
    for one in result["neighbours"]:
        findings = ", ".join(one["findings"]) or "nothing known"
        print(
            f"{one['rank']:>4}  {one['similarity']:>10.2f}  {one['distance']:>9.4g}  "
            f"{one['case_id']}: {findings}"
        )
    print("Research use only, not for diagnosis.")


@contextmanager
def _stoppable(sentence: str) -> Iterator[None]:
    """Ends the program quietly when the user presses Ctrl+C."""
    try:
        yield
    except KeyboardInterrupt:
        _say(f"\n{sentence}")
        raise typer.Exit(STOPPED) from None


def _write_text(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.partial")
        partial.write_text(text + "\n", encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise ExportError(path, f"{error.strerror or error}; choose another place") from error


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _say_all(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        _say(f"kindred: {sentence}")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)
