"""`kindred query --dicom-out`: the results of a comparison as DICOM files, or to an archive."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from inference.archive.archive_config import archives_from
from inference.archive.credentials import Passwords
from inference.dicom_results.content import Look, ResultContent
from inference.dicom_results.errors import ReturnError, SendError
from inference.dicom_results.outbox import Outbox
from inference.dicom_results.results import (
    KINDS,
    build_results,
    check_results_possible,
    write_result,
)
from inference.errors import InferenceError
from inference.pipeline import Analysis, CaseView, Engine, view_case
from viewer.measuring.file import MarksFolder
from viewer.preferences.settings import Settings, program_version


def return_results(
    analysis: Analysis,
    engine: Engine,
    settings: Settings,
    *,
    kinds: Sequence[str] = (),
    folder: Path | None = None,
    archive: str = "",
    with_marks: bool = False,
    allow_burned_in: bool = False,
) -> list[str]:
    """Write results, send them, or both.

    Args:
        analysis: A finished one.
        engine: The one it was made with.
        settings: For the overlay of the sheet, and the archives.
        kinds: Keys of `KINDS`; none: all of them.
        folder: Where to write them; None: nowhere.
        archive: The name of one of the settings' archives; "": to none.
        with_marks: Whether the reader's kept marks go along.
        allow_burned_in: Whether the sheet may hold pixels that say they identify a patient.

    Returns:
        Sentences on what was done and what could not be.

    Raises:
        ReturnError: Nothing can be made of this file.
        SendError: There is no such archive, or it took nothing; the results wait in the outbox.
        InferenceError: Any other expected problem.
    """
    check_results_possible()
    configs = archives_from(settings.archives)
    if archive and archive not in configs:
        known = ", ".join(configs) or "none"
        raise SendError(archive, f"there is no such archive in the settings; there are: {known}")
    wanted = tuple(kinds) or tuple(KINDS)
    content = _content(analysis, engine, with_marks=with_marks)
    said, datasets = [], []
    if "sc" in wanted:
        try:
            content = _with_sheet(content, settings, allow_burned_in=allow_burned_in)
        except ReturnError as error:  # the others need no sheet
            if wanted == ("sc",):
                raise
            said.append(str(error))
            wanted = tuple(kind for kind in wanted if kind != "sc")
    for result in build_results(analysis.path, content, wanted):
        said += [note for note in result.notes if note not in said]
        if result.dataset is None:
            said.append(result.problem)
        else:
            datasets.append(result.dataset)
    if folder is not None:
        said += [f"Wrote {write_result(dataset, folder)}." for dataset in datasets]
    if archive and datasets:
        config = configs[archive]
        outbox = Outbox()
        outbox.put(archive, datasets)
        password = "" if config.ae_title else Passwords().password(config)
        for step in outbox.send(config, password):
            if step is not None:
                said.append(step.problem or f"Sent {step.file.name} to {archive}.")
    return said


def _content(
    analysis: Analysis,
    engine: Engine,
    *,
    with_marks: bool,
) -> ResultContent:
    from viewer.returning.content import annotations_of

    radiograph = analysis.radiograph
    assert radiograph is not None
    marks = MarksFolder().read(radiograph.pixel_sha256) if with_marks else ()
    return ResultContent(
        analysis,
        engine,
        program_version(),
        look=Look(is_inverted=radiograph.is_inverted),
        annotations=annotations_of(marks, radiograph),
    )


def _with_sheet(
    content: ResultContent, settings: Settings, *, allow_burned_in: bool
) -> ResultContent:
    from viewer.commands.system_check import check_drawing, check_fonts
    from viewer.returning.content import pixels_of

    check_drawing()
    # Only pictures are drawn, so no display is needed, and none is taken.
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    from viewer.export.comparison_export import Overlay, identity_warnings, render_comparison

    analysis, engine = content.analysis, content.engine
    views = _views(analysis, engine)
    warnings = identity_warnings(analysis, views)
    if warnings and not allow_burned_in:
        raise ReturnError(
            "the sheet", f"{warnings[0].rstrip('.')}. Give --allow-burned-in to go on"
        )
    application = QGuiApplication.instance() or QGuiApplication(["kindred"])
    check_fonts()
    overlay = Overlay(settings.overlay, settings.overlay_opacity, settings.colour_map)
    sheet = pixels_of(render_comparison(analysis, views, engine, overlay))
    del application
    return replace(content, sheet=sheet, sheet_identifies="YES" if warnings else "")


def _views(analysis: Analysis, engine: Engine) -> list[CaseView]:
    views = []
    for neighbour in analysis.neighbours or ():
        try:
            views.append(view_case(neighbour, engine))
        except InferenceError:
            continue  # its pane says so
    return views
