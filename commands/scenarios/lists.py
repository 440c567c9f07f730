"""The list that a scenario uploads: kept as CSV, which people can read and compare, and sent as XLSX where the scenario says so."""

from __future__ import annotations

import csv
import io

import xlsxwriter

from commands.scenarios.model import Bring


def upload_of(act: Bring) -> tuple[str, bytes]:
    """(file name, bytes) as a browser would send it."""
    content = act.file.read_bytes()
    return (act.file.name, content) if act.kind == "csv" else (f"{act.file.stem}.xlsx", _xlsx(content.decode("utf-8-sig")))


def _xlsx(text: str) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("发票清单")
        for line, row in enumerate(csv.reader(io.StringIO(text))):
            for column, cell in enumerate(row):
                sheet.write_string(line, column, cell)
    return target.getvalue()
