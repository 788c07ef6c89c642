"""The table that readers' orders are kept in, one row for each case that was ranked.

    query_id,case_id,rater,rank        rank 1 is the most similar

`kindred-train evaluate --rankings` reads it: the first rater is the reference, the others give
the band that agreement between readers amounts to.
"""

import csv
import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from inference.errors import ExportError, LabelsTableError

COLUMNS = ("query_id", "case_id", "rater", "rank")


@dataclass(frozen=True, slots=True)
class RankedCase:
    """One row."""

    query_id: str
    case_id: str
    rater: str
    rank: int


def read_rankings_table(path: Path) -> tuple[RankedCase, ...]:
    """All rows; none where the file is not there yet.

    Raises:
        LabelsTableError: It is something else, so that it must not be added to.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise LabelsTableError(path, "it cannot be read as text") from error
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        return tuple(
            RankedCase(row["query_id"], row["case_id"], row["rater"], int(row["rank"]))
            for row in rows
        )
    except (csv.Error, KeyError, TypeError, ValueError) as error:
        raise LabelsTableError(
            path, f"it is no table of rankings ({', '.join(COLUMNS)}); name another file"
        ) from error


def ranked_queries(rows: Sequence[RankedCase], rater: str) -> dict[str, frozenset[str]]:
    """The cases a rater has ranked, by query."""
    found: dict[str, set[str]] = {}
    for row in rows:
        if row.rater == rater:
            found.setdefault(row.query_id, set()).add(row.case_id)
    return {query: frozenset(cases) for query, cases in found.items()}


def add_order(path: Path, rater: str, query_id: str, case_ids: Sequence[str]) -> None:
    """Add a rater's order for one query, or replace the one they gave before; whole or not at all.

    The table is read again first: another reader may have added to it meanwhile.

    Raises:
        LabelsTableError: The file is something else.
        ExportError: It cannot be written.
    """
    rows = [
        row for row in read_rankings_table(path) if (row.rater, row.query_id) != (rater, query_id)
    ]
    rows += [RankedCase(query_id, case_id, rater, rank) for rank, case_id in enumerate(case_ids, 1)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((row.query_id, row.case_id, row.rater, row.rank) for row in rows)
    partial = path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text.getvalue(), encoding="utf-8", newline="")
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise ExportError(path, f"{error.strerror or error}; choose another place") from error
