"""Results given back as DICOM."""
