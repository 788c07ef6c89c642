"""Kindred inside napari: a reader for DICOM radiographs, and the comparison panel as a dock."""
