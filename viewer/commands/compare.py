"""`kindred compare`: one query by every method, as a table, as JSON, as a picture."""

import json
import os
from pathlib import Path

from inference.errors import ExportError
from inference.method_comparison import (
    MethodComparison,
    comparison_json,
    label_agreement,
)
from inference.pipeline import Engine, choose_bundle, open_engine
from viewer.methods.jobs import CasePicture, compare_job
from viewer.preferences.settings import Settings

_WORDS = {"same": "same label", "other": "other label", "unknown": "label undecided"}


def compare_and_print(
    image: Path,
    folder: Path,
    bundle: str | None,
    settings: Settings,
    *,
    as_json: bool,
    export: Path | None,
    allow_burned_in: bool,
) -> tuple[str, ...]:
    """Compare the methods, print what each finds, and export it where asked to.

    Args:
        image: The query.
        folder: That was indexed.
        bundle: Its name or folder; None: chosen by settings and catalogue.
        settings: Everything else.
        as_json: Print JSON in place of a table.
        export: The PNG to write, or None.
        allow_burned_in: Export though a file says that text is in its pixels.

    Returns:
        Sentences for the user.

    Raises:
        InferenceError: Any of the expected problems.
    """
    engine = open_engine(
        bundle or choose_bundle(settings.bundle, folder), folder, settings.provider
    )
    comparison: MethodComparison | None = None
    pictures: dict[str, CasePicture] = {}
    for step in compare_job(image, engine, exclude_patient=settings.exclude_patient):
        if isinstance(step, MethodComparison):
            comparison = step
        else:
            pictures[step.case_id] = step
    assert comparison is not None  # there is a first method, or it was an error
    if as_json:
        # In ASCII, so that any terminal, and any file name, comes through.
        print(json.dumps(comparison_json(comparison, engine), indent=2, allow_nan=False))
    else:
        _print_table(comparison, engine)
    notes = (*comparison.query.warnings, *(one.problem for one in pictures.values() if one.problem))
    if export is None:
        return notes
    return (*notes, *_export(comparison, pictures, engine, export, allow_burned_in))


def _print_table(comparison: MethodComparison, engine: Engine) -> None:
    label = ", ".join(comparison.query_label) or "not known"
    print(f"Query's label: {label}")
    for row in comparison.rows:
        measured = ", ".join(figure.words() for figure in row.figures) or "not measured"
        print(f"{row.title} ({row.method}), {measured}")
        for one in row.neighbours:
            agreement = label_agreement(comparison.query_label, one.case, engine.bundle.manifest)
            findings = ", ".join(one.case.findings) or "nothing known"
            words = f"{one.case.case_id}: {findings} ({_WORDS[agreement]})"
            print(f"{one.rank:>4}  {one.similarity:>5.2f}  {words}")
    print("Research use only, not for diagnosis.")


def _export(
    comparison: MethodComparison,
    pictures: dict[str, CasePicture],
    engine: Engine,
    path: Path,
    allow_burned_in: bool,
) -> tuple[str, ...]:
    from viewer.commands.system_check import check_drawing, check_fonts

    check_drawing()
    # Only pictures are drawn, so no display is needed, and none is taken.
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    from viewer.export.comparison_export import save_comparison
    from viewer.methods.export import burned_in_warnings, render_methods

    warnings = burned_in_warnings(pictures)
    if warnings and not allow_burned_in:
        raise ExportError(path, f"{warnings[0].rstrip('.')}. Give --allow-burned-in to go on")
    application = QGuiApplication.instance() or QGuiApplication(["kindred"])
    check_fonts()
    save_comparison(render_methods(comparison, pictures, engine), path)
    del application
    return (*warnings, f"Wrote {path}.")
