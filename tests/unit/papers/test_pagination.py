"""Rows cut into pages: nothing lost, nothing twice, room for the head on the first page and for totals on the last."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from papers.pagination import lines_of, paged, total_of

ROOM: dict[str, Any] = {"height": 100, "head": 20, "foot": 15, "line": 4, "padding": 2}


def rows(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "at": at} for at, name in enumerate(names)]


@given(st.lists(st.text("甲乙ab \n", max_size=40), max_size=80))
def test_every_row_stands_once_and_in_order_and_no_page_is_overfull(names: list[str]) -> None:
    given_rows = rows(*names)
    pages = paged(given_rows, columns={"name": 5}, **ROOM)

    assert [row for page in pages for row in page] == given_rows
    for at, page in enumerate(pages):
        used = sum(2 + 4 * lines_of(row["name"], 5) for row in page)
        room = 100 - 20 * (at == 0) - 15 * (at == len(pages) - 1)
        assert used <= room or len(page) == 1
        assert page or names == []


def test_totals_that_find_no_room_take_the_last_row_with_them() -> None:
    assert [len(page) for page in paged(rows(*["甲"] * 13), columns={"name": 5}, **ROOM)] == [12, 1]
    assert [len(page) for page in paged(rows(*["甲"] * 10), columns={"name": 5}, **ROOM)] == [10]


def test_an_empty_table_has_one_page() -> None:
    assert paged([], columns={"name": 5}, **ROOM) == [[]]


def test_fields_joined_by_plus_stand_below_one_another() -> None:
    row = {"a": "甲乙丙丁戊己", "b": "甲"}

    assert len(paged([row] * 20, columns={"a": 3, "b": 3}, **ROOM)[0]) == 8
    assert len(paged([row] * 20, columns={"a+b": 3}, **ROOM)[0]) == 5


def test_a_field_that_may_be_absent_takes_no_line() -> None:
    rows_of = {given: [{"a": "甲", "b": given}] * 30 for given in ("", "甲")}

    assert [len(paged(rows_of[given], columns={"a+b?": 3}, **ROOM)[0]) for given in ("", "甲")] == [13, 8]


def test_lines_of_a_cell() -> None:
    assert [lines_of(text, 5) for text in (None, "", "甲乙丙丁戊", "甲乙丙丁戊己", "abcde", "甲\n乙")] == [1, 1, 1, 2, 1, 2]


def test_a_subtotal_passes_over_empty_cells() -> None:
    assert total_of([{"n": "1.10"}, {"n": None}, {"n": ""}, {}, {"n": 2}], "n") == Decimal("3.10")
