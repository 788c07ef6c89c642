"""Proves that hnswlib can read a graph's file: it crashes the process on some that it cannot.

Every number that hnswlib would trust is looked at first, with numpy. A checksum alone shows
that a file is what was published, not that whoever published it meant well.
"""

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

M = 32
"""Links of a row on each upper floor of the graphs that are made here; twice as many below."""

_ROWS_AT_ONCE = 65_536
_HEADER = struct.Struct("<6QiI3QdQ")


def graph_problem(path: Path, count: int, length: int, rows: int | None = None) -> str:
    """What is wrong with a graph's file, or "": every number that hnswlib would trust.

    The layout is that of hnswlib 0.8.0, `HierarchicalNSW::saveIndex` on a 64-bit machine: a
    header; for each row its links on the ground floor, its vector and its label; for each row
    its links on the upper floors, if it has any.

    Args:
        path: The file.
        count: Cases, whose labels are their rows.
        length: Numbers of a vector in it.
        rows: Rows of the graph; those that are no cases are marked as deleted and have the
            labels from `count` on. None: as many as cases.

    Raises:
        OSError: It cannot be read.
    """
    expected = count if rows is None else rows
    if path.stat().st_size < _HEADER.size:
        return "it is too short"
    content = np.memmap(path, np.uint8, "r")
    numbers = _HEADER.unpack(content[: _HEADER.size].tobytes())
    offset0, capacity, rows, row_bytes, label_at, vector_at, top, entry = numbers[:8]
    upper, ground, m = numbers[8:11]
    links_bytes = 4 * ground + 4
    if rows != expected or capacity < rows or capacity > max(expected, 1) or offset0 != 0:
        return "it is of another number of cases"
    if (m, upper, ground) != (M, M, 2 * M):
        return "its graph has other settings"
    if vector_at != links_bytes or label_at != vector_at + 4 * length:
        return "its vectors have another length"
    if row_bytes != label_at + 8 or content.size < _HEADER.size + rows * row_bytes + 4 * rows:
        return "its rows do not fit"
    if rows == 0:
        return "" if content.size == _HEADER.size else "it is longer than it says"
    end = _HEADER.size + rows * row_bytes
    table = content[_HEADER.size : end].reshape(rows, row_bytes)
    labels = np.ascontiguousarray(table[:, label_at:]).view(np.uint64)[:, 0]
    if not np.array_equal(np.sort(labels), np.arange(rows, dtype=np.uint64)):
        return "its labels are not those of the cases"
    floors = _floors(content[end:], rows, 4 * M + 4)
    if floors is None:
        return "its upper floors do not fit"
    heights, blocks, levels = floors
    if entry >= rows or top != heights.max() or heights[entry] != top:
        return "it has no sound place to start from"
    for start in range(0, rows, _ROWS_AT_ONCE):
        part = np.ascontiguousarray(table[start : start + _ROWS_AT_ONCE, :links_bytes])
        links = part.view(np.uint32)
        ground_floor = np.zeros(len(part), np.int64)
        if not _are_links_sound(links, ground_floor, heights):
            return "it has links to cases that are not there"
        is_deleted = links[:, 0] >> 16
        if not np.array_equal(is_deleted, labels[start : start + _ROWS_AT_ONCE] >= count):
            return "its deleted rows are not those that are no cases"
    if not _are_links_sound(blocks, levels, heights) or (blocks[:, 0] >> 16).any():
        return "it has links to cases that are not there"
    return ""


def graph_rows(path: Path) -> int:
    """How many rows a graph that was found sound has."""
    with path.open("rb") as file:
        return int(_HEADER.unpack(file.read(_HEADER.size))[2])


def relabel(path: Path, labels: NDArray[np.int64], length: int) -> None:
    """Give the rows of a graph that hnswlib has just written other labels.

    Args:
        path: The file. It is written to, so nobody may have it yet.
        labels: For each label it has, from 0 on, the new one.
        length: Numbers of a vector in it.

    Raises:
        OSError: It cannot be written.
    """
    row_bytes = 4 * 2 * M + 4 + 4 * length + 8
    # Written as a file and not as mapped memory, where a full disk would end the process.
    with path.open("rb+") as file:
        for start in range(0, len(labels), _ROWS_AT_ONCE):
            count = min(_ROWS_AT_ONCE, len(labels) - start)
            file.seek(_HEADER.size + start * row_bytes)
            table = np.frombuffer(bytearray(file.read(count * row_bytes)), np.uint8)
            if table.size < count * row_bytes:  # whoever checks it next will say so
                return
            table = table.reshape(count, row_bytes)
            old = np.ascontiguousarray(table[:, row_bytes - 8 :]).view(np.uint64)[:, 0]
            new = labels[old.astype(np.int64)].astype(np.uint64)
            table[:, row_bytes - 8 :] = new[:, None].view(np.uint8)
            file.seek(_HEADER.size + start * row_bytes)
            file.write(table.tobytes())


def _floors(
    content: NDArray[np.uint8], rows: int, floor_bytes: int
) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.int64]] | None:
    """Height of every row, the links of all upper floors, and the floor of each of them."""
    heights = np.zeros(rows, np.int64)
    blocks: list[bytes] = []
    whole = content.tobytes()
    position = 0
    for row in range(rows):
        if position + 4 > len(whole):
            return None
        (size,) = struct.unpack_from("<I", whole, position)
        position += 4
        if size:
            if size % floor_bytes or position + size > len(whole):
                return None
            heights[row] = size // floor_bytes
            blocks.append(whole[position : position + size])
            position += size
    if position != len(whole):
        return None
    links = np.frombuffer(b"".join(blocks), np.uint32).reshape(-1, floor_bytes // 4)
    levels = [np.arange(1, height + 1) for height in heights[heights > 0]]
    return heights, links, np.concatenate(levels) if levels else np.empty(0, np.int64)


def _are_links_sound(
    blocks: NDArray[np.uint32], floors: NDArray[np.int64], heights: NDArray[np.int64]
) -> bool:
    """Whether each block's count fits and each row it leads to exists on the block's floor."""
    counts = (blocks[:, 0] & 0xFFFF).astype(np.int64)  # the third byte marks deleted rows
    room = blocks.shape[1] - 1
    if counts.max(initial=0) > room:
        return False
    is_used = np.arange(room) < counts[:, None]
    targets = np.where(is_used, blocks[:, 1:], 0).astype(np.int64)
    if targets.max(initial=0) >= len(heights):
        return False
    return bool((~is_used | (heights[targets] >= floors[:, None])).all())
