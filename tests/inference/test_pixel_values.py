"""The checksum by which a catalogue knows a radiograph again."""

import hashlib

import numpy as np
import pytest

from inference.pixel_values import pixel_checksum

RANDOM = np.random.default_rng(0)


def plain_checksum(values, kind):
    return hashlib.sha256(f"{kind} {values.shape}".encode() + values.astype(kind).tobytes())


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (RANDOM.integers(0, 256, (70, 9)), "<u1"),
        (RANDOM.integers(0, 65536, (300, 9)), "<u2"),
        (RANDOM.integers(0, 65537, (3, 200, 3)) + 65536, "<f4"),
        (RANDOM.integers(-5, 90, (70, 9)), "<f4"),
        (RANDOM.random((130, 7)) * 90, "<f4"),
        (np.r_[np.zeros((200, 3)), [[0, 0.5, 0]]], "<f4"),
    ],
)
def test_values_are_hashed_in_the_shortest_type_that_holds_them(values, kind):
    """Catalogues hold these: another way of computing them must give the same."""
    expected = plain_checksum(values, kind).hexdigest()
    assert pixel_checksum(values.astype(np.float32)) == expected


@pytest.mark.parametrize("kind", ["u1", "u2", "i2", "u4", "i8"])
@pytest.mark.parametrize(("low", "high"), [(0, 100), (0, 4000), (-9, 100), (0, 70000)])
def test_whole_numbers_and_the_same_as_floats_have_one_checksum(kind, low, high):
    values = RANDOM.integers(low, high, (150, 11)).clip(np.iinfo(kind).min, np.iinfo(kind).max)
    assert pixel_checksum(values.astype(kind)) == pixel_checksum(values.astype(np.float32))


def test_the_sign_of_nought_does_not_matter():
    signed = np.array([[-0.0, 0.5], [-1.0, 0.0]], np.float32)
    assert pixel_checksum(signed) == pixel_checksum(signed + np.float32(0.0))
    assert pixel_checksum(-np.zeros((2, 2), np.float32)) == pixel_checksum(np.zeros((2, 2)))
