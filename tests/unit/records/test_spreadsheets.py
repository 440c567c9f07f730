"""Tables for people: no text of ours ever calculates."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from records.spreadsheets import Cell, Column, harmless, write_csv, write_xlsx

COLUMNS = [Column("名称", 20), Column("金额"), Column("日期"), Column("份数")]
ROWS: list[tuple[Cell, ...]] = [("=HYPERLINK(1)", Decimal("1234.50"), date(2026, 3, 2), 7), ("甲", None, None, 0)]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1"])
def test_a_dangerous_text_is_made_harmless(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "甲-乙", "1=1", "a@b", " =1"])
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_a_workbook_holds_values_of_their_kind() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx("台账", COLUMNS, ROWS))).active

    assert sheet is not None
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert cells[0] == ["名称", "金额", "日期", "份数"]
    assert cells[1][:2] == ["'=HYPERLINK(1)", 1234.5]
    assert str(cells[1][2]).startswith("2026-03-02")
    assert cells[2] == ["甲", None, None, 0]
    assert sheet.cell(2, 2).number_format == "#,##0.00"


def test_a_workbook_without_rows_is_still_one() -> None:
    assert openpyxl.load_workbook(io.BytesIO(write_xlsx("空", COLUMNS, []))).active is not None


def test_csv_is_marked_as_utf8_and_harmless() -> None:
    content = write_csv(COLUMNS, ROWS)

    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").splitlines()[1] == "'=HYPERLINK(1),1234.50,2026-03-02,7"
