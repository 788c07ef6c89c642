"""Outline, marks and window over the radiograph itself, as a Grayscale Softcopy Presentation State.

Any viewer of the department then shows the original pixels with what Kindred adds, on layers that
can be switched off. Coordinates are those of the radiograph before it is turned.
"""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from inference.dicom_results.content import Annotation, Look, Point, ResultContent
from inference.dicom_results.errors import ReturnError
from inference.dicom_results.salient_region import SalientRegion
from inference.dicom_results.series import finished, place, series_arguments
from inference.dicom_results.source import Source
from inference.records import VoiLut

OUTLINE_LAYER, MARKS_LAYER, NOTICE_LAYER = "SALIENT_REGION", "MEASUREMENTS", "RESEARCH_USE"
_MOST_WORDS = 1024  # of an ST


def presentation_state(source: Source, content: ResultContent, region: SalientRegion) -> Dataset:
    """The radiograph as it is looked at, outlined and measured.

    Raises:
        ReturnError: The radiograph is a colour picture.

    Source:
        DICOM PS3.3 A.33.1, C.10.4 (displayed area), C.10.5 (annotations), C.10.6 (turns).
    """
    import highdicom as hd

    if source.is_colour:
        raise ReturnError(
            "a presentation state", "the radiograph is in colour, and the state is for grey ones"
        )
    of, look = source.dataset, content.look
    layers, annotations = _annotations(of, content, region)
    made = hd.pr.GrayscaleSoftcopyPresentationState(
        referenced_images=[of],
        content_label="KINDRED",
        content_description=f"Saliency outline at {region.threshold:g}, marks; research use only",
        graphic_layers=layers,
        graphic_annotations=annotations,
        voi_lut_transformations=[_voi(content)],
        presentation_lut_transformation=hd.PresentationLUTTransformation(
            presentation_lut_shape="INVERSE" if look.is_inverted else "IDENTITY"
        ),
        transfer_syntax_uid=ExplicitVRLittleEndian,
        **series_arguments("gsps", "outline and marks", content),
    )
    place(made, source)
    _turn(made, source, look)
    return finished(made)


def displayed_corners(
    rows: int, columns: int, look: Look
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Which pixels of the radiograph are seen top left and bottom right: (column, row) from 1.

    Source:
        DICOM PS3.3 C.10.4: the corners after the spatial transformation, told in offsets before it.
    """
    corners = [(1, 1), (columns, 1), (columns, rows), (1, rows)]  # clockwise, as stored
    turned = corners[-look.quarter_turns :] + corners[: -look.quarter_turns]
    if not look.quarter_turns:
        turned = corners
    if look.is_flipped:
        turned = [turned[1], turned[0], turned[3], turned[2]]
    return turned[0], turned[2]


def _annotations(
    of: Dataset, content: ResultContent, region: SalientRegion
) -> tuple[list[Any], list[Any]]:
    import highdicom as hd

    parts: list[tuple[str, str, tuple[int, int, int], list[Any], list[Any]]] = []
    if not region.is_empty:
        outlines = [_polyline(points) for points in region.outlines]
        parts.append((OUTLINE_LAYER, region.words, (255, 176, 0), outlines, []))
    if content.annotations:
        rows, columns = int(of.Rows), int(of.Columns)
        marks = [_within(mark, rows, columns) for mark in content.annotations]
        graphics = [one for mark in marks for one in _graphics(mark)]
        texts = [_text(mark.words, mark.anchor) for mark in marks if mark.words]
        words = "Measurements and notes of the reader"
        parts.append((MARKS_LAYER, words, (79, 195, 247), graphics, texts))
    notice = hd.pr.TextObject(
        "Kindred: research use only, not for diagnosis",
        units="DISPLAY",
        bounding_box=(0.02, 0.95, 0.98, 0.99),
        text_justification="LEFT",
    )
    parts.append((NOTICE_LAYER, "That this is no diagnosis", (255, 176, 0), [], [notice]))
    layers, annotations = [], []
    for order, (name, description, rgb, graphics, texts) in enumerate(parts, start=1):
        colour = hd.color.CIELabColor.from_rgb(*rgb)
        layer = hd.pr.GraphicLayer(name, order, description[:64], display_color=colour)
        layers.append(layer)
        annotations.append(
            hd.pr.GraphicAnnotation(
                referenced_images=[of],
                graphic_layer=layer,
                graphic_objects=graphics or None,
                text_objects=texts or None,
            )
        )
    return layers, annotations


def _within(mark: Annotation, rows: int, columns: int) -> Annotation:
    """Annotations must not leave the radiograph (C.10.5.1.2); a reader's may."""

    def kept(point: Point) -> Point:
        return min(max(point[0], 0.0), float(columns)), min(max(point[1], 0.0), float(rows))

    ellipse = mark.ellipse
    return replace(
        mark,
        anchor=kept(mark.anchor),
        lines=tuple(tuple(kept(point) for point in points) for points in mark.lines),
        ellipse=None if ellipse is None else (kept(ellipse[0]), kept(ellipse[1])),
    )


def _graphics(mark: Annotation) -> list[Any]:
    graphics = [_polyline(points) for points in mark.lines if len(points) > 1]
    if mark.ellipse is not None:
        found = _ellipse(*mark.ellipse)
        graphics += [found] if found is not None else []
    if not graphics:  # a note at a point: the point itself
        graphics.append(_object("POINT", [mark.anchor]))
    return graphics


def _polyline(points: tuple[Point, ...]) -> Any:
    return _object("POLYLINE", list(points))


def _ellipse(one: Point, other: Point) -> Any | None:
    """Ends of the longer axis, then of the shorter (C.10.5.1.2)."""
    x, y = (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
    across, down = abs(other[0] - one[0]) / 2, abs(other[1] - one[1]) / 2
    if not across or not down:
        return None
    wide = [(x - across, y), (x + across, y)]
    high = [(x, y - down), (x, y + down)]
    return _object("ELLIPSE", [*wide, *high] if across >= down else [*high, *wide])


def _object(kind: str, points: list[Point]) -> Any:
    import highdicom as hd

    return hd.pr.GraphicObject(kind, np.array(points, np.float64).reshape(-1, 2), units="PIXEL")


def _text(words: str, anchor: Point) -> Any:
    import highdicom as hd

    return hd.pr.TextObject(words[:_MOST_WORDS], units="PIXEL", anchor_point=anchor)


def _voi(content: ResultContent) -> Any:
    """What the radiograph is seen through: the reader's window, or what its file asks for."""
    import highdicom as hd

    radiograph = content.analysis.radiograph
    assert radiograph is not None
    shown = content.look.window or radiograph.voi_lut or radiograph.windows[0]
    if isinstance(shown, VoiLut):
        entries = np.rint(shown.entries * 65535.0).astype(np.uint16)
        table = hd.VOILUT(int(shown.first_value), entries, shown.name[:64] or None)
        return hd.pr.SoftcopyVOILUTTransformation(voi_luts=[table])
    return hd.pr.SoftcopyVOILUTTransformation(
        window_center=[shown.centre],
        window_width=[shown.width],
        # highdicom 0.28 takes a plain text for a list of letters.
        window_explanation=[shown.name[:64]] if shown.name else None,
        voi_lut_function=None if shown.function == "LINEAR" else shown.function,
    )


def _turn(made: Dataset, source: Source, look: Look) -> None:
    rows, columns = source.shape
    area = made.DisplayedAreaSelectionSequence[0]
    del area.PixelOriginInterpretation  # of tiled images alone
    first, last = displayed_corners(rows, columns, look)
    area.DisplayedAreaTopLeftHandCorner = list(first)
    area.DisplayedAreaBottomRightHandCorner = list(last)
    size = source.pixel_size_mm
    if size is not None and not math.isclose(size[0], size[1], rel_tol=1e-6):
        del area.PresentationPixelAspectRatio
        area.PresentationPixelSpacing = [f"{value:.10g}" for value in size]
    if look.quarter_turns or look.is_flipped:
        made.ImageRotation = 90 * look.quarter_turns
        made.ImageHorizontalFlip = "Y" if look.is_flipped else "N"
