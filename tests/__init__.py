"""Tests: mirrored from the packages, file for file."""
