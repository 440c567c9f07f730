"""Every invoice of a receipt goes to exactly one office (Ningbo 2001-19, annex 2, arts. 11 and 17)."""

from __future__ import annotations

from typing import Any

import pytest

from records.coinvestigation.model import InvoiceFace
from records.coinvestigation.sorting import Line, Sorting, SortingRefused

HERE = ("3205",)
A, B, FAR = "320506713258801", "320506713258902", "330203144052260"


def face(number: int, seller: str = A, buyer: str = FAR, code: str = "3202012140") -> InvoiceFace:
    return InvoiceFace(
        id=f"{code}{number}", invoice_code=code, invoice_number=f"{number:08}", seller_id=seller, seller_name="", seller_region=seller[:6],
        buyer_id=buyer, buyer_name="", buyer_region=buyer[:6],
    )  # fmt: skip


def sort(faces: list[InvoiceFace], *lines: Line, rest: str = "") -> dict[str, list[int]]:
    shares = Sorting(lines, rest, HERE).shares(faces)
    return {office: [int(one.invoice_number) for one in some] for office, some in shares.items()}


def test_all_at_once() -> None:
    assert sort([face(1), face(2)], rest="sz") == {"sz": [1, 2]}


def test_by_enterprise_with_the_rest_elsewhere() -> None:
    assert sort([face(1), face(2, B), face(3)], Line("wz", A), rest="sz") == {"wz": [1, 3], "sz": [2]}


def test_the_enterprise_is_the_party_in_the_own_area_and_each_invoice_has_one() -> None:
    bought, between = face(1, FAR, A), face(2, A, B)

    assert sort([bought, between], Line("wz", A), rest="sz") == {"wz": [1, 2]}
    with pytest.raises(SortingRefused, match="没有符合的发票"):
        sort([between], Line("wz", B), rest="sz")  # the seller holds the stub


def test_by_row_and_by_a_run_of_numbers() -> None:
    faces = [face(n) for n in range(1, 7)] + [face(2, code="3202012150")]
    one, run = Line("wz", "", "3202012140", "00000001"), Line("wj", "", "3202012140", "00000003", "00000005")

    assert sort(faces, one, run, rest="sz") == {"wz": [1], "sz": [2, 6, 2], "wj": [3, 4, 5]}


def test_of_an_enterprise_the_numbers_that_are_named() -> None:
    faces = [face(1), face(2), face(3, B)]

    assert sort(faces, Line("wz", A, "3202012140", "00000002", "00000003"), rest="sz") == {"sz": [1, 3], "wz": [2]}
    assert sort(faces, Line("wz", A, "", "00000002", "00000003"), rest="sz") == {"sz": [1, 3], "wz": [2]}


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([Line("wz")], "分拣第 1 行：请选择企业，或填写发票代码"),
        ([Line("wz", A), Line("wj", "", "", "00000001")], "分拣第 2 行：请选择企业，或填写发票代码"),
        ([Line("wz", "", "3202012140", "", "00000002")], "分拣第 1 行：填写了号码止，请同时填写号码起"),
        ([Line("wz", "", "3202012140", "00000003", "00000002")], "分拣第 1 行：号码止 00000002 小于号码起 00000003"),
        ([Line("wz", "", "9999999999")], "分拣第 1 行：本案没有符合的发票"),
        ([Line("wz", A), Line("wj", "", "3202012140", "00000002")], "分拣第 2 行：发票 3202012140 00000002 已在第 1 行分拣，每份发票只交给一个机关"),
        ([Line("wz", "", "3202012140", "00000002")], "还有 2 份发票没有分拣，第一份是 3202012140 00000001；请再加一行，或选择“其余发票交由”"),
    ],
)  # fmt: skip
def test_what_leaves_an_invoice_with_nobody_or_with_two_is_refused_with_a_sentence(lines: list[Line], sentence: str) -> None:
    with pytest.raises(SortingRefused, match=sentence) as told:
        sort([face(1), face(2), face(3)], *lines)
    assert told.value.en


def test_what_was_written_is_read_again_with_the_same_shares() -> None:
    faces, sorting = [face(n, A if n % 2 else B) for n in range(9)], Sorting((Line("wz", A),), "sz", HERE)
    plain: dict[str, Any] = sorting.plain()

    assert Sorting.read(plain) == sorting
    assert Sorting.read({"lines": [{"office": "wz", "enterprise": A, "number_to": None}], "rest": None, "here": ["3205"]}).lines == (Line("wz", A),)
    assert sum(map(len, Sorting.read(plain).shares(faces).values())) == len(faces)


def test_thousands_of_invoices_under_hundreds_of_lines_are_sorted_at_once() -> None:
    faces = [face(n, f"3205067132{n % 500:05}") for n in range(25_000)]
    lines = [Line("wz" if n % 2 else "wj", f"3205067132{n:05}") for n in range(500)]

    shares = Sorting(tuple(lines), "", HERE).shares(faces)

    assert {office: len(some) for office, some in shares.items()} == {"wz": 12_500, "wj": 12_500}
