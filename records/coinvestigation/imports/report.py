"""The report of a refused list, to be taken away as XLSX or CSV and worked off line by line."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from records.coinvestigation.imports.batches import fault_lines
from records.spreadsheets import Cell, Column, write_csv, write_xlsx

_PAGE = 5_000
_COLUMNS = {
    "zh": (Column("行号", 8), Column("列名", 22), Column("原值", 24), Column("问题", 80)),
    "en": (Column("Line", 8), Column("Column", 22), Column("Value", 24), Column("What is wrong", 80)),
}


def report(session: Session, batch_id: str, kind: str, language: str = "zh") -> bytes:
    """The whole report; `kind` xlsx or csv."""
    columns, rows = _COLUMNS[language], _rows(session, batch_id, language)
    return write_csv(columns, rows) if kind == "csv" else write_xlsx("错误" if language == "zh" else "Errors", columns, rows)


def _rows(session: Session, batch_id: str, language: str) -> Iterator[tuple[Cell, ...]]:
    offset = 0
    while page := fault_lines(session, batch_id, language, offset=offset, limit=_PAGE):
        for fault in page:
            yield fault.line, fault.column, fault.value, fault.sentence
        session.expunge_all()
        offset += len(page)
