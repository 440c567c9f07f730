"""Tables for people to take away: XLSX written row by row in constant memory, CSV that Excel opens as UTF-8.

A text that a spreadsheet program could take for a formula is made harmless: a name such as `=cmd|…` came from outside.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import xlsxwriter

Cell = str | int | Decimal | date | None
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
_CELL_LIMIT = 32_000  # of what Excel can hold in one cell


@dataclass(frozen=True)
class Column:
    """Heading and width in characters."""

    heading: str
    width: int = 14


def harmless(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet program would calculate."""
    text = text[:_CELL_LIMIT]
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def write_xlsx(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], head: Sequence[str] = ()) -> bytes:
    """One sheet with a frozen heading and a filter; Decimal cells show two decimals, dates are dates. `head`: lines above the heading."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet(title[:31])
        heading = book.add_format({"bold": True, "bg_color": "#E8EEF5", "border": 1, "text_wrap": True})
        money = book.add_format({"num_format": "#,##0.00"})
        bold = book.add_format({"bold": True, "font_size": 14})
        for at, line in enumerate(head):
            sheet.write_string(at, 0, harmless(line), None if at else bold)
        top = last = len(head)
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
            sheet.write_string(top, at, column.heading, heading)
        sheet.freeze_panes(top + 1, 0)
        for last, row in enumerate(rows, top + 1):
            for at, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(last, at, harmless(cell))
                elif isinstance(cell, Decimal):
                    sheet.write_number(last, at, float(cell), money)
                elif isinstance(cell, date):
                    sheet.write_datetime(last, at, cell)
                elif cell is not None:
                    sheet.write_number(last, at, cell)
        sheet.autofilter(top, 0, last, len(columns) - 1)
    return target.getvalue()


def write_csv(columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with BOM, so that Excel shows Chinese."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([column.heading for column in columns])
    for row in rows:
        writer.writerow(["" if cell is None else harmless(cell) if isinstance(cell, str) else str(cell) for cell in row])
    return target.getvalue().encode("utf-8-sig")
