"""Long tables cut into pages before they are laid out, so that each page can end with its own subtotal (本页小计)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from math import ceil
from typing import Any
from unicodedata import east_asian_width

Row = Mapping[str, Any]
# Widths in parts of the type size. Rather too wide than too narrow: a page that is filled too early looks right, one too late does not.
FULL, CAPITAL, SMALL = 1.0, 0.78, 0.6


def paged(
    rows: Iterable[Row], *, height: float, head: float, foot: float, line: float, padding: float, columns: Mapping[str, float]
) -> list[list[Row]]:
    """Rows by page, at least one page. Units: mm; `columns`: field → characters that fit side by side in its cell.

    `height`: room for rows on a page; `head`: how much less the first has; `foot`: what the last needs for totals and signatures.
    Fields joined by + stand below one another in one cell; one that ends with ? takes no line where it is empty.
    """
    pages: list[list[Row]] = [[]]
    left = height - head
    for row in rows:
        need = padding + line * max(_cell(row, fields, fit) for fields, fit in columns.items())
        if need > left and pages[-1]:
            pages.append([])
            left = height
        pages[-1].append(row)
        left -= need
    if left < foot and len(pages[-1]) > 1:
        pages.append([pages[-1].pop()])
    return pages


def lines_of(text: Any, fit: float) -> int:
    """Lines that a text takes in a cell where `fit` full-width characters stand side by side."""
    return sum(ceil(_width(part) / fit) or 1 for part in ("" if text is None else str(text)).splitlines()) or 1


def total_of(rows: Iterable[Row], field: str) -> Decimal:
    """The sum of an amount over rows; an empty cell counts nothing."""
    return sum((Decimal(str(row[field])) for row in rows if row.get(field) not in (None, "")), Decimal(0))


def _cell(row: Row, fields: str, fit: float) -> int:
    """Lines of a cell, at least one."""
    shown = (field.removesuffix("?") for field in fields.split("+") if not field.endswith("?") or row.get(field[:-1]))
    return sum(lines_of(row.get(field), fit) for field in shown) or 1


def _width(text: str) -> float:
    return sum(FULL if east_asian_width(c) in "WFA" else CAPITAL if c.isupper() else SMALL for c in text)
