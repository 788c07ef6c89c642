"""Offline: everything that needs torch, from a table of cases to a bundle of ONNX files."""
