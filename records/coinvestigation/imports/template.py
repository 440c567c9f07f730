"""The empty list to fill in: the columns, formatted so that leading zeros survive, and a sheet that explains them."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

from records.coinvestigation.faces import COLUMNS, OPTIONAL
from records.coinvestigation.imports.xlsx.workbook import NOTES
from records.coinvestigation.kinds import NAMES, Problem, Source, name
from records.coinvestigation.rules import problems_of

_ROWS = 10_000  # as far as formats and choices reach
_MEANING = {
    "invoice_code": ("10 位数字", "3300012140"),
    "invoice_number": ("8 位数字，前面的 0 不能省略", "00012345"),
    "copy": ("从列表中选择", "抵扣联"),
    "amount": ("元，最多两位小数；红字为负数", "100000.00"),
    "tax": ("元，最多两位小数；红字为负数", "17000.00"),
    "issued_on": ("年-月-日", "2001-07-30"),
    "seller_id": ("15、17、18 或 20 位", "310101123456789"),
    "seller_name": ("可以不填", "上海某某有限公司"),
    "buyer_id": ("15、17、18 或 20 位", "330203123456789"),
    "buyer_name": ("可以不填", "宁波某某有限公司"),
    "problem": ("从列表中选择", ""),
    "mismatch": ("认证不符、比对不符的发票必填，其他发票不填", "税额不符"),
}


def choices(column: str, source: Source) -> list[str]:
    """The Chinese texts that a column of a list of this source may hold; empty where any text may stand."""
    if column == "problem":
        return [name("problem", problem) for problem in Problem if problem in problems_of(source)]
    return [zh for zh, _ in NAMES[column].values()] if column in {"copy", "mismatch"} else []


def template_xlsx(source: Source) -> bytes:
    """A sheet to fill in for lists of this source, and a sheet of notes that the import does not read."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        _list_sheet(book, source)
        _notes_sheet(book, source)
    return target.getvalue()


def _list_sheet(book: Any, source: Source) -> None:
    sheet = book.add_worksheet("发票清单")
    heading = book.add_format({"bold": True, "bg_color": "#E8EEF5", "border": 1})
    text, money = book.add_format({"num_format": "@"}), book.add_format({"num_format": "0.00"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for at, (column, (title, _)) in enumerate(COLUMNS.items()):
        shape = {"amount": money, "tax": money, "issued_on": day}.get(column, text)
        sheet.set_column(at, at, 24 if column.endswith(("_id", "_name")) else 14, shape)
        sheet.write_string(0, at, title, heading)
        if listed := choices(column, source):
            sheet.data_validation(1, at, _ROWS, at, {"validate": "list", "source": listed})
    sheet.freeze_panes(1, 0)


def _notes_sheet(book: Any, source: Source) -> None:
    sheet = book.add_worksheet(NOTES)
    heading = book.add_format({"bold": True, "bg_color": "#E8EEF5", "border": 1})
    for at, (title, width) in enumerate((("列名", 24), ("是否必填", 10), ("填写要求", 48), ("举例", 24))):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, title, heading)
    for line, (column, (title, _)) in enumerate(COLUMNS.items(), 1):
        meaning, example = _MEANING[column]
        listed = choices(column, source)
        must = "必填" if column not in OPTIONAL - {"problem"} else "按情况" if column == "mismatch" else "选填"
        cells = (title, must, f"{meaning}：{'、'.join(listed)}" if listed else meaning, example or listed[0])
        for at, cell in enumerate(cells):
            sheet.write_string(line, at, cell)
