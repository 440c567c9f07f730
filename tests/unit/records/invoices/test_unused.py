"""Invoices that are left when a registration ends: what is outstanding, and what is handed in, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from db.session import Database
from records.invoices import lost, store, unused
from records.invoices.errors import LossRefused, ReturnRefused
from records.taxpayers import limits
from tests.unit.records.xian import DAYAN, HAN, LU, QINLING, TIAN, TODAY, Xian, furnish

CODE, OTHER = "6100012140", "6100022140"


def sold(session: Session) -> Xian:
    """1 to 25 to Qinling in two sales, 26 to 30 to Dayan; 8 and 9 of Qinling are lost."""
    xian = furnish(session)
    for number in (QINLING, DAYAN):
        limits.grant(session, TIAN, number, "ten_thousand", Decimal("100000.00"), 25, decided_level="district", decided_on=TODAY)
    for number, first, last in ((QINLING, 1, 10), (QINLING, 11, 25), (DAYAN, 26, 30)):
        store.sell(session, HAN, number, CODE, f"{first:08d}", f"{last:08d}", TODAY, ic_serial="I1")
    lost.report(session, HAN, QINLING, CODE, "00000008", "00000009", "lost", lost_on=TODAY, today=TODAY, office=xian.offices["yt1"], case_id="")
    return xian


def hand_in(session: Session, *ranges: tuple[int, int], code: str = CODE) -> int:
    rows = unused.hand_in(session, LU, QINLING, [(code, f"{first:08d}", f"{last:08d}", 0) for first, last in ranges], TODAY, case_id="case")
    return sum(one.count for one in rows)


def test_what_was_sold_and_has_not_come_back_is_outstanding(any_database: Database) -> None:
    with any_database.write() as session:
        sold(session)
        assert unused.outstanding(session, QINLING) == [(CODE, "00000001", "00000007"), (CODE, "00000010", "00000025")]

        assert hand_in(session, (13, 25)) == 13

        assert unused.outstanding(session, QINLING) == [(CODE, "00000001", "00000007"), (CODE, "00000010", "00000012")]
        (row,) = unused.returns_of(session, QINLING)
        assert (row.kind, row.cancelled_on, row.cancelled_by_name, row.case_id, store.handed_in(session, "case")) == ("unused", TODAY, "路遥", "case", [row])


@pytest.mark.parametrize(("ranges", "said"), [
    ([(7, 8)], "号码 00000008 至 00000008 已由610113220000010于 2026-03-02 报告丢失被盗"), ([(20, 27)], "不在售给该企业的号码之内"), ([(26, 26)], "不在售给该企业的号码之内"),
    ([(10, 12), (12, 14)], "号码 00000012 至 00000012 已缴回"), ([(40, 41)], "不在售给该企业的号码之内"),
])  # fmt: skip
def test_what_is_lost_or_of_somebody_else_or_back_already_is_not_handed_in(database: Database, ranges: list[tuple[int, int]], said: str) -> None:
    with database.write() as session:
        sold(session)
        with pytest.raises((LossRefused, ReturnRefused), match=said):
            hand_in(session, *ranges)


def test_numbers_of_a_code_that_the_books_do_not_know_are_taken(database: Database) -> None:
    """They were bought before the books began."""
    with database.write() as session:
        sold(session)
        assert hand_in(session, (1, 3), code=OTHER) == 3


def test_of_two_that_hand_in_the_same_at_once_the_second_sees_the_first(postgres: Database) -> None:
    def late() -> None:
        with postgres.write() as session:
            hand_in(session, (25, 25))

    with postgres.write() as session:
        sold(session)
    with ThreadPoolExecutor(1) as pool:
        with postgres.write() as session:
            hand_in(session, (20, 25))
            second = pool.submit(late)
            wait([second], 0.3)
            assert not second.done()
        with pytest.raises(ReturnRefused, match="号码 00000025 至 00000025 已缴回"):
            second.result(10)
