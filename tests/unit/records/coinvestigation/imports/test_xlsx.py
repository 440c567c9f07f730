"""XLSX: values as a person saw them; formulas, macros, passwords, bombs and damage get a sentence."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from records.coinvestigation.imports.limits import FileRefused, ImportLimits
from records.coinvestigation.imports.xlsx import open_xlsx
from records.coinvestigation.imports.xlsx.sheet import column_letters
from records.coinvestigation.imports.xlsx.workbook import NOTES
from records.rows import Row

LIMITS = ImportLimits()
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def read(content: bytes, limits: ImportLimits = LIMITS) -> list[Row]:
    return list(open_xlsx(content, limits).rows)


def workbook(fill: Callable[[Any, Any], None], **options: Any) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, options) as book:
        fill(book, book.add_worksheet("清单"))
    return target.getvalue()


def replaced(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same workbook with one part changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return target.getvalue()


def sheet_of(xml: str) -> bytes:
    """A workbook whose sheet holds this XML."""
    plain = workbook(lambda _, sheet: sheet.write(0, 0, 1))
    whole = f'<worksheet xmlns="{MAIN}"><sheetData>{xml}</sheetData></worksheet>'.encode()
    return replaced(plain, "xl/worksheets/sheet1.xml", lambda _: whole)


def refused(content: bytes, limits: ImportLimits = LIMITS) -> str:
    with pytest.raises(FileRefused) as error:
        read(content, limits)
    assert error.value.refusal.say("en")
    return f"{error.value.refusal.code}: {error.value.refusal.say()}"


def test_values_are_texts_as_a_person_sees_them() -> None:
    def fill(book: Any, sheet: Any) -> None:
        day, padded = book.add_format({"num_format": "yyyy年m月d日"}), book.add_format({"num_format": "00000000"})
        sheet.write_string(0, 0, "  00012345　")
        sheet.write_number(0, 1, 0.1 + 0.2)
        sheet.write_number(0, 2, 330203123456789)
        sheet.write_datetime(0, 3, date(2001, 7, 30), day)
        sheet.write_boolean(0, 4, True)
        sheet.write_number(0, 5, 123, padded)
        sheet.write_number(0, 6, -1234.5)
        sheet.write_datetime(0, 7, datetime(2001, 7, 30, 12, 0), day)  # noqa: DTZ001

    (row,) = read(workbook(fill))
    assert row.texts == ["00012345", "0.3", "330203123456789", "2001-07-30", "TRUE", "123", "-1234.5", "2001-07-30 12:00:00"]


def test_days_may_be_counted_from_1904() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_datetime(0, 0, date(2001, 7, 30), book.add_format({"num_format": 14}))

    assert read(workbook(fill, date_1904=True))[0].texts == ["2001-07-30"]


def test_rich_text_is_joined_and_readings_are_left_out() -> None:
    row = '<row r="1"><c r="A1" t="inlineStr"><is><r><t>上海</t></r><r><t>甲</t></r><rPh><t>shanghai</t></rPh></is></c></row>'

    assert read(sheet_of(row))[0].texts == ["上海甲"]


def test_a_workbook_of_another_program_is_read() -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["发票代码", "金额"])
    page.append(["3300012140", 12.5])
    target = io.BytesIO()
    book.save(target)

    assert [row.texts for row in read(target.getvalue())] == [["发票代码", "金额"], ["3300012140", "12.5"]]


def test_rows_and_cells_without_references_are_counted() -> None:
    rows = read(sheet_of("<row><c><v>1</v></c><c><v>2</v></c></row><row/><row><c><v>3</v></c></row>"))

    assert [(row.line, row.texts) for row in rows] == [(1, ["1", "2"]), (3, ["3"])]


def test_a_formula_is_refused_with_its_cell() -> None:
    (row,) = read(workbook(lambda _, sheet: sheet.write_formula(3, 2, "=1+1", None, 2)))

    ((column, value, refusal),) = row.refused
    assert (column, value, refusal.say()) == (
        2,
        "2",
        "工作表“清单”的单元格 C4 是公式；清单只能含数值，请“选择性粘贴—数值”后重新上传",
    )


@pytest.mark.parametrize("cell", ['<c r="A1"><f>1+1</f></c>', '<c r="A1" t="str"><f t="shared" si="0"/><v>x</v></c>'])
def test_no_kind_of_formula_passes_for_a_value(cell: str) -> None:
    (row,) = read(sheet_of(f'<row r="1">{cell}</row>'))

    assert [refusal.code for _, _, refusal in row.refused] == ["formula"]


def test_an_error_value_is_refused_with_its_cell() -> None:
    (row,) = read(sheet_of('<row r="1"><c r="B1" t="e"><v>#REF!</v></c></row>'))

    assert "B1 是错误值 #REF!" in row.refused[0][2].say()


def test_a_number_that_lost_digits_is_refused() -> None:
    (row,) = read(workbook(lambda _, sheet: sheet.write_number(0, 0, 330203196001011230)))

    assert row.refused[0][2].code == "lost_digits"


def test_sheets_without_data_and_the_notes_are_passed_over() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write(0, 0, "数据")
        book.add_worksheet("Sheet2")
        book.add_worksheet(NOTES).write(0, 0, "怎样填写")

    assert [row.texts for row in read(workbook(fill))] == [["数据"]]


def test_a_second_sheet_with_data_is_not_silently_lost() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write(0, 0, "一")
        book.add_worksheet("三月").write(5, 5, "二")

    assert refused(workbook(fill)) == "file_sheets: 工作簿有多个含数据的工作表（清单、三月），请只保留一个"


def test_macros_are_refused() -> None:
    plain = workbook(lambda _, sheet: sheet.write(0, 0, 1))
    with zipfile.ZipFile(target := io.BytesIO(plain), "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")

    assert refused(target.getvalue()).startswith("file_macros: 工作簿含宏")


@pytest.mark.parametrize("folder", ["xl/macrosheets", "xl/worksheets"])
@pytest.mark.parametrize("kind", ["xlMacrosheet", "xlIntlMacrosheet"])
def test_macros_of_the_old_kind_are_refused_wherever_their_sheet_lies(folder: str, kind: str) -> None:
    """Excel 4.0 keeps its macros in sheets of their own; Excel still runs them."""
    book = b'<sheet name="Macro1" sheetId="2" state="veryHidden" r:id="rId99"/></sheets>'
    related = f'<Relationship Id="rId99" Type="http://schemas.microsoft.com/office/2006/relationships/{kind}" Target="{folder[3:]}/sheet9.xml"/></Relationships>'
    content = replaced(workbook(lambda _, sheet: sheet.write(0, 0, 1)), "xl/workbook.xml", lambda old: old.replace(b"</sheets>", book))
    content = replaced(content, "xl/_rels/workbook.xml.rels", lambda old: old.replace(b"</Relationships>", related.encode()))
    with zipfile.ZipFile(target := io.BytesIO(content), "a") as archive:
        archive.writestr(f"{folder}/sheet9.xml", f'<xm:macrosheet xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main" xmlns="{MAIN}"><sheetData/></xm:macrosheet>')

    assert refused(target.getvalue()).startswith("file_macros: 工作簿含宏")


def test_an_encrypted_workbook_is_told_from_an_old_one() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)

    assert refused(ole).startswith("file_old_excel")
    assert refused(ole + "EncryptedPackage".encode("utf-16-le")).startswith("file_encrypted")


def test_an_encrypted_zip_is_refused() -> None:
    content = bytearray(workbook(lambda _, sheet: sheet.write(0, 0, 1)))
    at = content.rindex(b"PK\x01\x02")
    content[at + 8] |= 1

    assert refused(bytes(content)).startswith("file_encrypted")


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    with zipfile.ZipFile(target := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 30_000_000)
    limits = ImportLimits(max_unpacked=20_000_000)

    assert refused(target.getvalue(), limits).startswith("file_bomb: 文件解压后有 28 MB")


def test_a_bomb_that_lies_about_its_size_is_damage() -> None:
    content = bytearray(workbook(lambda _, sheet: sheet.write_row(0, 0, ["x" * 30_000] * 10)))
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(b"xl/sharedStrings.xml"))
    struct.pack_into("<I", content, at + 24, 10)

    assert refused(bytes(content)).startswith("file_damaged")


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"])
def test_entities_are_refused_wherever_they_stand(part: str) -> None:
    laughs = b'<!DOCTYPE a [<!ENTITY b "lol"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    plain = workbook(lambda _, sheet: sheet.write(0, 0, "x"))
    content = replaced(plain, part, lambda old: old.replace(b"?>", b"?>" + laughs, 1))

    assert refused(content) == f"file_doctype: 文件的 {part} 含 DOCTYPE 声明，不能导入"


def test_two_far_cells_cost_nothing() -> None:
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>2</v></c></row>'

    assert [row.line for row in read(sheet_of(far))] == [1, 1_048_576]


@pytest.mark.parametrize(
    ("xml", "place"),
    [
        ('<row r="2"><c><v>1</v></c></row><row r="1"><c><v>1</v></c></row>', "清单 1"),
        ('<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>', "清单 A1"),
        ('<row r="1"><c r="??"><v>1</v></c></row>', "清单 ??"),
        ('<row r="1"><c r="A1" t="s"><v>999</v></c></row>', "清单 A1"),
        ('<row r="3"><c r="C3" t="s"><v>-1</v></c></row>', "清单 C3"),
        ('<row r="1"><c r="A1"><v>1</v></row>', "xl/worksheets/sheet1.xml"),
    ],
)
def test_a_sheet_that_contradicts_itself_is_damage_at_a_place(xml: str, place: str) -> None:
    assert refused(sheet_of(xml)) == f"file_damaged: 文件已损坏，无法读取（{place}）"


def test_a_sheet_that_is_too_wide_is_refused() -> None:
    assert refused(sheet_of('<row r="7"><c r="AO7"><v>1</v></c></row>')) == "file_width: 工作表“清单”在第 7 行有超过 40 列的数据"


@pytest.mark.parametrize("number", ["1e999", "1E+400", "NaN", "Infinity", "abc", "0x10"])
def test_a_number_that_is_none_stays_a_text(number: str) -> None:
    assert read(sheet_of(f'<row r="1"><c r="A1"><v>{number}</v></c></row>'))[0].texts == [number]


@pytest.mark.parametrize("part", ["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"])  # fmt: skip
def test_a_workbook_with_a_broken_part_never_breaks_the_reader(part: str) -> None:
    plain = workbook(lambda _, sheet: sheet.write(0, 0, "x"))
    for cut in (0, 1, 40, 200):
        content = replaced(plain, part, lambda old, cut=cut: old[:cut])
        try:
            read(content)
        except FileRefused as error:
            assert error.refusal.code in {"file_damaged", "file_empty"}


def test_a_cut_file_is_damage() -> None:
    content = workbook(lambda _, sheet: sheet.write(0, 0, "x"))

    assert all(refused(content[:cut]).startswith("file_damaged") for cut in range(4, len(content) - 1, 97))


@pytest.mark.parametrize(("column", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_are_named_as_in_a_spreadsheet(column: int, letters: str) -> None:
    assert column_letters(column) == letters
