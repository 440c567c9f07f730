"""Headers, and files that are no lists."""

from __future__ import annotations

import pytest

from records.coinvestigation.faces import COLUMNS
from records.coinvestigation.imports.limits import MB, FileRefused, ImportLimits
from records.coinvestigation.imports.lists import InvoiceList, open_list
from records.coinvestigation.kinds import Source
from tests.unit.records.making import TODAY, csv_bytes, texts, xlsx_bytes

HEADER = ",".join(zh for zh, _ in COLUMNS.values())


def opened(content: bytes, name: str = "清单.csv", limits: ImportLimits | None = None) -> InvoiceList:
    return open_list(content, name, Source.CERTIFICATION, TODAY, limits or ImportLimits())


def refused(content: bytes, name: str = "清单.csv", limits: ImportLimits | None = None) -> str:
    with pytest.raises(FileRefused) as error:
        list(opened(content, name, limits).rows)
    assert error.value.refusal.say("en")
    return error.value.refusal.say()


def test_columns_may_stand_in_any_order() -> None:
    columns = list(reversed(COLUMNS))
    content = "\n".join([",".join(f"{COLUMNS[c][0]}*" for c in columns), ",".join(texts()[c] for c in columns)])

    (row,) = opened(content.encode()).rows
    assert row.face is not None
    assert row.face.invoice_number == "00000001"


def test_the_header_may_use_the_tax_offices_short_names() -> None:
    short = HEADER.replace("销货方纳税人识别号", "销方税号").replace("购货方名称", "购方名称（全称）")

    (row,) = opened(f"{short}\n{','.join(texts().values())}".encode()).rows
    assert row.faults == []


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (HEADER.replace("金额,", ""), "缺少“金额”"),
        (HEADER + ",备注", "不认识“备注”"),
        (HEADER + ",", None),
        (HEADER + ",金额", "重复“金额”"),
        (HEADER.replace("问题类型", "类型"), "缺少“问题类型”；不认识“类型”"),
        ("a,b,c", "没有一个认识的列名"),
    ],
)
def test_a_wrong_header_is_said_completely(header: str, sentence: str | None) -> None:
    said = refused(f"{header}\n".encode())

    assert (sentence or "不认识“M”") in said


def test_a_header_without_rows_is_no_list() -> None:
    assert refused(csv_bytes([])) == "文件只有表头，没有数据行"


def test_one_row_too_many_refuses_the_file() -> None:
    content, limits = csv_bytes([texts(n) for n in range(4)]), ImportLimits(max_rows=3)

    assert refused(content, limits=limits) == "数据行超过 3 行，请分成几个文件"
    assert len(list(opened(csv_bytes([texts(n) for n in range(3)]), limits=limits).rows)) == 3


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "a.csv", "文件是空的"),
        (b"\n\n , \n", "a.csv", "文件是空的"),
        (b"%PDF-1.7", "a.pdf", "只接受 CSV 或 XLSX 文件，但“a.pdf”不是"),
        (b"MZ\x90 not a zip", "a.xlsx", "“a.xlsx”不是 XLSX 文件"),
        (b"PK\x03\x04", "a.csv", "文件已损坏"),
        (b"PK\x03\x04", "A.XLSM", "工作簿含宏（.xlsm）"),
        (b"x" * (2 * MB), "a.csv", "超过上限 1 MB"),
    ],
)
def test_what_is_no_list_gets_a_sentence(content: bytes, name: str, sentence: str) -> None:
    assert sentence in refused(content, name, ImportLimits(max_bytes=MB))


def test_a_row_that_is_wider_than_its_header_is_refused() -> None:
    (row,) = opened(f"{HEADER}\n{','.join(texts().values())},多余".encode()).rows

    assert [fault.refusal.say() for fault in row.faults] == ["本行有 13 列，但表头只有 12 列"]


def test_a_formula_takes_the_place_of_the_cells_other_faults() -> None:
    (row,) = opened(xlsx_bytes([texts(amount="=1+1")]), "清单.xlsx").rows

    assert [(fault.column, fault.refusal.code) for fault in row.faults] == [("amount", "formula")]
