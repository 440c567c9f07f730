"""CSV: encodings are told apart by their bytes, and a malformed file gets a sentence with its line."""

from __future__ import annotations

import codecs

import pytest

from records.csv_file import detect_encoding, open_csv
from records.files import FileRefused

TEXT = "发票代码,销货方名称\r\n3300012140,上海㐂实业有限公司\r\n"


@pytest.mark.parametrize(
    ("content", "read_as"),
    [
        (TEXT.encode("utf-8"), "UTF-8"),
        (TEXT.encode("utf-8-sig"), "UTF-8"),
        (TEXT.encode("gb18030"), "GB18030"),
        (TEXT.encode("utf-16"), "UTF-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "UTF-16"),
        (TEXT.encode("utf-16-le"), "UTF-16"),
        (TEXT.encode("utf-16-be"), "UTF-16"),
    ],
)
def test_every_encoding_of_an_office_is_read(content: bytes, read_as: str) -> None:
    table = open_csv(content)

    assert table.read_as == read_as
    assert [row.texts for row in table.rows] == [["发票代码", "销货方名称"], ["3300012140", "上海㐂实业有限公司"]]


@pytest.mark.parametrize(
    ("content", "line", "encoding"),
    [
        (codecs.BOM_UTF8 + "一\n二\n".encode() + b"\xff\xfe\n", 3, "UTF-8"),
        (("好" * 40_000 + "\n").encode("gb18030") + b"\x81\x20\n", 2, "GB18030"),
        ("一\n上\n".encode("utf-16") + b"\n", 3, "UTF-16"),
    ],
)  # fmt: skip
def test_the_first_unreadable_line_is_named(content: bytes, line: int, encoding: str) -> None:
    with pytest.raises(FileRefused) as refused:
        open_csv(content)

    assert refused.value.refusal.details == {"line": line, "encoding": encoding}


def test_a_character_cut_in_two_by_a_piece_is_still_whole() -> None:
    content = ("a" * 65_535 + "票" * 10).encode()

    assert detect_encoding(content) == "utf-8"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_found(separator: str) -> None:
    table = open_csv(f"甲{separator}乙{separator}丙\n1{separator}2{separator}3".encode())

    assert [row.texts for row in table.rows][1] == ["1", "2", "3"]


def test_lines_count_as_an_editor_counts_them() -> None:
    table = open_csv('甲,乙\n\n"两\n行",1\n , \n3,4\n'.encode())

    assert [row.line for row in table.rows] == [1, 3, 6]


@pytest.mark.parametrize(("content", "line"), [('甲,乙\n1,"没有结尾\n2,3\n', 2), ('甲\n"a"b\n', 2), ("甲\n" + "x" * 200_000, 2)])
def test_a_malformed_row_is_named(content: str, line: int) -> None:
    with pytest.raises(FileRefused) as refused:
        list(open_csv(content.encode()).rows)

    assert (refused.value.refusal.code, refused.value.refusal.details["line"]) == ("file_csv", line)
