"""What leaves holds pixels and nothing else: read back from the files' own bytes."""

import re
import zlib

import numpy as np
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from viewer.export.sheet_files import pdf_bytes, png_bytes


def sheet(width: int = 300, height: int = 200) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("navy"))
    painter = QPainter(image)
    painter.fillRect(10, 10, 50, 50, QColor("red"))
    painter.end()
    image.setText("Patient", "Synthetic^Person")
    return image


def inflated(pdf: bytes) -> list[bytes]:
    """Every stream of a PDF, unpacked where it is packed."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, flags=re.DOTALL)
    unpacked = []
    for stream in streams:
        try:
            unpacked.append(zlib.decompress(stream))
        except zlib.error:
            unpacked.append(stream)
    return unpacked


def test_the_texts_of_a_picture_do_not_leave_with_it(qapp: QApplication) -> None:
    assert sheet().textKeys() == ["Patient"]
    png, pdf = png_bytes(sheet()), pdf_bytes(sheet())
    back = QImage.fromData(png)
    assert back.textKeys() == []
    assert back.pixelColor(20, 20) == QColor("red")
    for content in (png, pdf, *inflated(pdf)):
        assert b"Synthetic" not in content
        assert b"Patient" not in content
    assert pdf.startswith(b"%PDF-")


def test_the_page_lies_as_the_sheet_does_and_holds_its_pixels(qapp: QApplication) -> None:
    for width, height in ((300, 200), (200, 300)):
        pdf = pdf_bytes(sheet(width, height))
        found = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
        assert found is not None
        page = float(found[1]), float(found[2])
        assert (page[0] > page[1]) == (width > height)
        assert sorted(round(side) for side in page) == [595, 842]  # A4 in points
        # Lossless: the picture's own three bytes a pixel are in one of the streams.
        whole = next(one for one in inflated(pdf) if len(one) == 3 * width * height)
        pixels = np.frombuffer(whole, np.uint8).reshape(height, width, 3)
        assert pixels[20, 20].tolist() == [255, 0, 0]
        assert pixels[100, 100].tolist() == [0, 0, 128]


def test_the_documents_own_words_name_the_program_alone(qapp: QApplication) -> None:
    words = re.findall(rb"/(\w+) \((.*?)\)", pdf_bytes(sheet()), flags=re.DOTALL)
    said = {name: text.replace(b"\0", b"") for name, text in words}
    assert said[b"Title"].endswith(b"Comparison")
    assert said[b"Creator"].endswith(b"Kindred")
    assert set(said) <= {b"Title", b"Creator", b"Producer", b"CreationDate", b"ModDate", b"Author"}
    assert not said.get(b"Author", b"").strip(b"\xfe\xff")
