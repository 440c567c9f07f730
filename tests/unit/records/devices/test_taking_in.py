"""A whole list comes into a stock, or nothing of it; its length costs no statements."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from db.session import Database
from records.devices import store
from records.devices.store import Arrived, stops, taking_in
from tests.unit.records.xian import TIAN, TODAY, UNIT, furnish, stocked


def test_a_list_is_taken_in_with_its_postings_as_one_by_one(any_database: Database) -> None:
    with any_database.write() as session:
        furnish(session)
        assert store.take_all_in(session, TIAN, UNIT, "sn/xa/", TODAY, [Arrived("tax_card", " j1 ", "V6", True), Arrived("reader", "R1")]) == {}
        assert store.take_all_in(session, TIAN, UNIT, "sn/xa/", TODAY, []) == {}
        one = stocked(session, "J2", is_replacement=True)
        listed = store.device(session, "tax_card", "J1")
        for part in ("version", "state", "holder_kind", "holder_number", "scope", "steps", "is_replacement", "taken_in_on", "last_on"):
            assert getattr(listed, part) == getattr(one, part)
        (of_list,), (of_one,) = store.postings(session, listed.id), store.postings(session, one.id)
        assert [(p.event, p.from_state, p.to_state, p.from_kind, p.to_number, p.by_name) for p in (of_list, of_one)] == [("take_in", "", "in_stock", "", "XAHX", "田野")] * 2


def test_each_line_that_cannot_be_says_why_and_nothing_is_taken_in(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        stocked(session, "J1")
        office = xian.offices["yt1"]
        stops.put_on_unknown(session, TIAN, "ic_card", "I7", "lost", lost_on=TODAY, reported_on=TODAY, today=TODAY, office=office, holder=xian.office("yt1"))
        arrived = [Arrived("tax_card", "J1"), Arrived("tax_card", "N1"), Arrived("ic_card", "I7"), Arrived("ic_card", "金 1"), Arrived("reader", "R1", "", True)]
        refused = store.take_all_in(session, TIAN, UNIT, "sn/xa/", TODAY, arrived)

        assert {at: str(why)[:20] for at, why in refused.items()} == {
            0: "金税卡“J1”已于 2026-03-02", 2: "税控IC卡“I7”已于 2026-03-", 3: "设备编号由字母、数字和连字符组成，以字母", 4: "读卡器不作替换卡（二(四)）",
        }  # fmt: skip
        assert store.known(session, "tax_card", "N1") is None
        assert set(store.take_all_in(session, TIAN, xian.enterprise(), "sn/xa/", TODAY, [Arrived("tax_card", "N1")])) == {0}


def test_of_two_who_take_the_same_in_the_second_is_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.write() as session:
        furnish(session)
        stocked(session, "J1")
        monkeypatch.setattr(taking_in, "_hindered", lambda _session, _keys: {})  # it came after the look
        refused = store.take_all_in(session, TIAN, UNIT, "sn/xa/", TODAY, [Arrived("tax_card", "N1"), Arrived("tax_card", "J1")])

    assert list(refused) == [1]


def test_hundreds_cost_as_many_statements_as_one(database: Database) -> None:
    asked = list[str]()
    with database.write() as session:
        furnish(session)
        session.flush()
        event.listen(database.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_rest: asked.append(statement))
        store.take_all_in(session, TIAN, UNIT, "sn/xa/", TODAY, [Arrived("tax_card", "J0")])
        of_one, asked[:] = len(asked), []
        store.take_all_in(session, TIAN, UNIT, "sn/xa/", TODAY, [Arrived(kind, f"N{n}") for n in range(250) for kind in ("tax_card", "ic_card")])

    assert len(asked) <= of_one + 5, [one.split("VALUES")[0][:90] for one in asked]
