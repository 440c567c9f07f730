"""Visits to the upgrade hall: by the table, one ticket after the other; a volume is in one place; a day is handed over once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.session import Database
from records.audit import trail_of
from records.registration.renumbering import renumber
from records.upgrade import states, store
from records.upgrade.days import unclosed
from records.upgrade.errors import UpgradeRefused
from records.upgrade.model import UpgradeVisit
from records.upgrade.volumes import volumes_of
from tests.unit.records.xian import DAYAN, HAN, HANCHENG, LU, NOW, QINLING, TODAY, TOMORROW, Xian, furnish

FIGURES = {"handwritten": 3, "remaining": 25}
HALL = "sn/xa/yt/"
LATER = NOW + timedelta(days=1)


def ready(session: Session, xian: Xian, number: str = QINLING) -> UpgradeVisit:
    return store.make_ready(session, HAN, xian.taxpayers[number], "lh1" if number == HANCHENG else "yt1", FIGURES, TODAY, case_id="prep")


def in_hall(session: Session, xian: Xian, number: str = QINLING) -> UpgradeVisit:
    row = ready(session, xian, number)
    store.sign_in(session, HAN, row, "张三", NOW, case_id=f"case-{number}")
    return row


def volume(first: int, last: int, code: str = "6100034140") -> dict[str, Any]:
    return {"code": code, "number_from": f"{first:08d}", "number_to": f"{last:08d}", "count": last - first + 1}


def test_a_volume_may_have_a_code_of_twelve_digits(any_database: Database) -> None:
    with any_database.write() as session:
        visit = in_hall(session, furnish(session))
        store.book_refund(session, HAN, visit, [volume(1, 25, "012345678901")], NOW)
        store.book_buy_back(session, HAN, visit, [volume(1, 25, "012345678901")], NOW)

        assert [row.code for row in volumes_of(session, visit)] == ["012345678901"] * 2


def test_every_state_has_a_name_and_is_reached() -> None:
    assert {state for state, _event in states.VISIT} | set(states.VISIT.values()) == set(states.NAMES) == {"ready", *states.VISIT.values()}
    assert len({zh for zh, _en in states.NAMES.values()}) == len({en for _zh, en in states.NAMES.values()}) == len(states.NAMES)
    assert {state for state, _event in states.VISIT} == set(states.OPEN)


def test_an_enterprise_is_ready_signs_in_and_leaves(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        first, second, beside = (ready(session, xian, number) for number in (QINLING, DAYAN, HANCHENG))
        assert [one.id for one in store.ready_ones(session, HALL)] == [first.id, second.id]
        assert (first.scope, first.prepared, beside.scope) == (HALL, FIGURES, "sn/xa/lh/")
        with pytest.raises(UpgradeRefused, match="已是“可升级”"):
            ready(session, xian)

        tickets = [store.sign_in(session, HAN, one, " 张三 ", at, case_id="c") for one, at in ((second, NOW), (first, NOW), (beside, NOW))]
        assert tickets == [1, 2, 1]  # by the hall
        assert [one.id for one in store.of_day(session, HALL, TODAY)] == [second.id, first.id]
        assert (first.person_name, first.day, store.visit_of(session, QINLING)) == ("张三", TODAY, first)
        with pytest.raises(UpgradeRefused, match="现在是“升级中”"):
            store.sign_in(session, HAN, first, "李四", NOW)

        store.leave(session, HAN, first, NOW, 2)
        assert (first.state, first.sheets, store.visit_of(session, QINLING)) == ("left", 2, None)
        assert [entry.event for entry in trail_of(session, "upgrade_visit", first.id)] == ["upgrade:visit:made_ready", "upgrade:visit:sign_in", "upgrade:visit:leave"]


def test_tickets_begin_anew_each_day(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        in_hall(session, xian)
        assert store.sign_in(session, HAN, ready(session, xian, DAYAN), "李四", LATER) == 1


def test_what_needs_a_word_is_refused_without(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        row = ready(session, xian)
        with pytest.raises(UpgradeRefused, match="签注到场人员姓名"):
            store.sign_in(session, HAN, row, " ", NOW)
        store.sign_in(session, HAN, row, "张三", NOW)
        with pytest.raises(UpgradeRefused, match="写明原因"):
            store.break_off(session, HAN, row, NOW, "")
        assert store.break_off(session, HAN, row, NOW, "主机损坏").state == "broken_off"
        assert ready(session, xian).state == "ready"  # and may come again
        with pytest.raises(UpgradeRefused, match="没有这条签到记录"):
            store.visit(session, "nothing")


def test_a_volume_is_in_one_place(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        row = in_hall(session, xian)
        store.book_refund(session, LU, row, [volume(101, 125), volume(201, 210)], NOW)
        with pytest.raises(UpgradeRefused, match="00000120–00000125 已经退回"):
            store.book_refund(session, LU, row, [volume(120, 130)], NOW)
        with pytest.raises(UpgradeRefused, match="00000126–00000126 不在该企业退回的发票之内"):
            store.book_buy_back(session, LU, row, [volume(101, 126)], NOW)
        with pytest.raises(UpgradeRefused, match="列了两次"):
            store.book_buy_back(session, LU, row, [volume(101, 110), volume(110, 125)], NOW)
        store.book_buy_back(session, LU, row, [volume(101, 125)], NOW)
        with pytest.raises(UpgradeRefused, match="6100034140 00000201–00000210 还没有回购"):
            store.leave(session, HAN, row, NOW, 2)

        store.book_refund(session, LU, row, [volume(101, 105)], NOW)  # what is back may leave again
        assert store.out(session, row) == [("6100034140", 101, 105), ("6100034140", 201, 210)]
        store.book_buy_back(session, LU, row, [volume(101, 105)], NOW)
        store.keep(session, LU, row, NOW, "企业要求留存")
        store.leave(session, HAN, row, NOW, 2)
        assert [(one.place, one.direction, one.number_from, one.words) for one in volumes_of(session, row)][-2:] == [
            (5, "buy_back", "00000101", ""), (6, "kept", "00000201", "企业要求留存"),
        ]  # fmt: skip
        with pytest.raises(UpgradeRefused, match="不在升级现场"):
            store.book_refund(session, LU, row, [volume(1, 2)], NOW)


def test_what_the_office_holds_from_one_visit_is_given_back_in_no_other_without_a_word(any_database: Database) -> None:
    with any_database.write() as session:
        xian = furnish(session)
        first, other = in_hall(session, xian), in_hall(session, xian, DAYAN)
        store.book_refund(session, LU, first, [volume(101, 125), volume(201, 210)], NOW)
        store.book_buy_back(session, LU, first, [volume(101, 110)], NOW)
        with pytest.raises(UpgradeRefused, match="00000201–00000205 账上已由税务机关留存"):  # out of the card of an enterprise that is in the hall still
            store.book_refund(session, LU, other, [volume(201, 205)], NOW)
        store.keep(session, LU, first, NOW, "金税卡损坏")
        store.leave(session, HAN, first, NOW, 2)

        with pytest.raises(UpgradeRefused, match="6100034140 00000111–00000115 账上已由税务机关留存"):
            store.book_refund(session, LU, other, [volume(99, 115)], LATER)
        assert store.book_refund(session, LU, other, [volume(99, 110)], LATER, because="写了也不用")[0].words == ""
        (booked,) = store.book_refund(session, LU, other, [volume(111, 115)], LATER, because="留存的已发还企业")
        store.book_buy_back(session, LU, other, [volume(99, 115)], LATER)
        assert (booked.words, store.held_of(session, [("6100034140", 90, 130)])) == ("留存的已发还企业", [("6100034140", 116, 125)])


@pytest.mark.parametrize("wrong", [volume(9, 8), {**volume(1, 9), "count": 8}, {**volume(1, 2), "code": ""}, {"code": "6100034140"}, {**volume(1, 2), "number_to": "x"}])
def test_numbers_that_are_none_are_refused(database: Database, wrong: dict[str, Any]) -> None:
    with database.write() as session:
        row = in_hall(session, furnish(session))
        with pytest.raises(UpgradeRefused, match="起止号码或张数不对"):
            store.book_refund(session, LU, row, [wrong], NOW)


def test_whoever_breaks_off_says_what_becomes_of_the_volumes(database: Database) -> None:
    with database.write() as session:
        row = in_hall(session, furnish(session))
        store.book_refund(session, LU, row, [volume(101, 125)], NOW)
        with pytest.raises(UpgradeRefused, match="还没有回购"):
            store.break_off(session, HAN, row, NOW, "升级失败")
        store.break_off(session, HAN, row, NOW, "升级失败", kept_because="待重新升级")
        assert (store.out(session, row), row.ended_because) == ([], "升级失败")


def test_a_day_is_handed_over_once_and_who_is_still_there_comes_later(any_database: Database) -> None:
    with any_database.write() as session:
        xian = furnish(session)
        done, still = in_hall(session, xian), in_hall(session, xian, DAYAN)
        store.leave(session, HAN, done, NOW, 1)
        assert unclosed(session, TODAY) == [(done.office_code, TODAY, False)]
        assert [one.id for one in store.gather(session, HALL, TODAY, "day-1")] == [done.id, still.id]
        assert store.gather(session, HALL, TOMORROW, "day-2") == []  # another case has them

        with pytest.raises(UpgradeRefused, match="西安秦岭机械制造有限公司：交接单不足 2 份"):
            store.hand_over(session, HAN, HALL, TODAY, LU, case_id="day-1", each=2, sheets={done.id: 1}, because={})
        with pytest.raises(UpgradeRefused, match="收回份数应为 0 至 2"):
            store.hand_over(session, HAN, HALL, TODAY, LU, case_id="day-1", each=2, sheets={done.id: 3}, because={})
        made = store.hand_over(session, HAN, HALL, TODAY, LU, case_id="day-1", each=2, sheets={done.id: 1}, because={done.id: "企业带走一份"})
        assert (made.enterprises, made.sheets, made.received_by_name) == (1, 1, "路遥")
        assert made.missing == [{"number": QINLING, "name": "西安秦岭机械制造有限公司", "missing": 1, "because": "企业带走一份"}]
        with pytest.raises(UpgradeRefused, match="不能再次移交"):
            store.hand_over(session, HAN, HALL, TODAY, LU, case_id="day-1", each=2, sheets={}, because={})

        assert unclosed(session, TOMORROW) == []  # the one that is still there is waited for
        store.leave(session, HAN, still, LATER, 2)
        assert unclosed(session, TOMORROW) == [(still.office_code, TODAY, True)]
        assert [one.id for one in store.gather(session, HALL, TOMORROW, "day-2")] == [still.id]
        assert store.hand_over(session, HAN, HALL, TOMORROW, LU, case_id="day-2", each=2, sheets={still.id: 2}, because={}).sheets == 2
        assert [one.id for one in store.book(session, made)] == [done.id, still.id]


def test_nobody_changes_what_stands_in_the_books(any_database: Database) -> None:
    with any_database.write() as session:
        row = in_hall(session, furnish(session))
        store.book_refund(session, LU, row, [volume(1, 2)], NOW)
        store.keep(session, LU, row, NOW, "留存")
        store.leave(session, HAN, row, NOW, 2)
        store.hand_over(session, HAN, HALL, TODAY, LU, case_id="day", each=2, sheets={row.id: 2}, because={})
    for guard, change in (
        ("upgrade_visit_is_fixed", "UPDATE upgrade_visit SET office_code = 'lh'"), ("upgrade_visit_is_fixed", "DELETE FROM upgrade_visit"),
        ("upgrade_visit_is_signed_once", "UPDATE upgrade_visit SET person_name = '李四'"), ("upgrade_visit_ends_once", "UPDATE upgrade_visit SET state = 'signed_in'"),
        ("upgrade_visit_is_handed_over_once", "UPDATE upgrade_visit SET sheets = 0"), ("upgrade_volume_is_fixed", "UPDATE upgrade_volume SET count = 1"),
        ("upgrade_volume_is_fixed", "DELETE FROM upgrade_volume"), ("upgrade_hand_over_is_fixed", "UPDATE upgrade_hand_over SET sheets = 0"),
    ):  # fmt: skip
        with pytest.raises(IntegrityError, match=guard), any_database.write() as session:
            session.execute(text(change))
    with any_database.read() as session:
        waiting = session.execute(text("SELECT evidence, count(*) FROM unsealed WHERE evidence LIKE 'upgrade%' GROUP BY 1")).all()
    assert dict(map(tuple, waiting)) == {"upgrade_signed_in": 1, "upgrade_ended": 1, "upgrade_gathered": 1, "upgrade_volume": 2, "upgrade_hand_over": 1}


def test_a_visit_bears_the_number_of_today(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        row = ready(session, xian)
        renumber(session, HAN, QINLING, "610113220000045", TODAY)
        session.refresh(row)
        assert row.taxpayer_number == "610113220000045"
