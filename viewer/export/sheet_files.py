"""A finished sheet as bytes: PNG or PDF, with pixels and nothing else in them.

The PDF holds the same picture as the PNG, not text and images of its own: what was masked is
gone from it, and no file name, name or id can come along.
"""

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QImage, QImageWriter, QPageLayout, QPageSize, QPainter, QPdfWriter

from viewer.translation import tr

_MARGIN_MM = 10.0
_DOTS_PER_INCH = 300


def png_bytes(image: QImage) -> bytes:
    """The picture as a PNG without text chunks; empty where it cannot be encoded."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return bytes(content.data()) if QImageWriter(buffer, b"PNG").write(_bare(image)) else b""


def pdf_bytes(image: QImage) -> bytes:
    """The picture on one A4 page, upright or across as fits better, without loss."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DOTS_PER_INCH)
    writer.setTitle(tr("Comparison"))
    writer.setCreator("Kindred")
    is_wide = image.width() >= image.height()
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4),
            QPageLayout.Orientation.Landscape if is_wide else QPageLayout.Orientation.Portrait,
            QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM),
            QPageLayout.Unit.Millimeter,
        )
    )
    painter = QPainter(writer)
    painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
    page = QSize(writer.width(), writer.height())
    size = image.size().scaled(page, Qt.AspectRatioMode.KeepAspectRatio)
    corner = QPoint((page.width() - size.width()) // 2, (page.height() - size.height()) // 2)
    painter.drawImage(QRect(corner, size), _bare(image))
    painter.end()
    buffer.close()
    return bytes(content.data())


def _bare(image: QImage) -> QImage:
    """The pixels alone: a QImage can carry texts, which its writers write down.

    Emptying a text leaves its name, so the picture is made anew from the pixels.
    """
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    pixels = plain.constBits()
    return QImage(
        pixels, plain.width(), plain.height(), plain.bytesPerLine(), plain.format()
    ).copy()
