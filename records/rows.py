"""What both kinds of file give: numbered rows of texts, and cells that could not become a text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from records.sentences import Refusal


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is not blank. `line` as the reader's program numbers it; `refused`: (column from 0, value, why)."""

    line: int
    texts: list[str]
    refused: list[tuple[int, str, Refusal]] = field(default_factory=list)


@dataclass(frozen=True)
class Table:
    """A file opened for reading: how it was read (encoding or sheet), roughly how many rows, and the rows, once."""

    read_as: str
    expected: int
    rows: Iterator[Row]
