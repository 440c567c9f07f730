"""Saved data are whole, checked by somebody else, and go to the audit system once; monthly totals are made of the stop list."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.session import Database
from records.devices.errors import SavedRefused, TotalRefused
from records.devices.model import SavedData
from records.devices.store import device, saved, stops, totals
from tests.unit.records.xian import HAN, LU, QINLING, TIAN, TODAY, TOMORROW, begun, furnish, in_use

ROWS = [
    {"code": "6100012140", "number": "00000001", "date": date(2026, 2, 3), "amount": Decimal("1000.00"), "tax": Decimal("170.00"), "declared": True},
    {"code": "6100012140", "number": "00000002", "date": "2026-02-25", "amount": "2000.50", "tax": "340.09", "declared": False},
]
FIGURES: dict[str, Any] = {"count": 2, "undeclared_count": 1, "amount": Decimal("3000.50"), "tax": Decimal("510.09"), "rows": ROWS}


def kept(session: Session, **more: Any) -> SavedData:
    named = {"number_first": "00000001", "number_last": "00000002", **FIGURES, **more}
    return saved.save(session, HAN, device(session, "tax_card", "J0001"), "case", named.pop("on", TODAY), named.pop("how", "disk"), **named)


def test_saved_data_are_checked_and_go_to_the_audit_system_once(any_database: Database) -> None:
    with any_database.write() as session:
        in_use(session, furnish(session))
        row = kept(session)
        with pytest.raises(SavedRefused, match="尚未由报税岗位核查"):
            saved.stub_file(session, TIAN, row, TODAY)
        with pytest.raises(SavedRefused, match="转存数据的人不能自己核查"):
            saved.checked(session, HAN, row, TODAY)
        saved.checked(session, TIAN, row, TODAY)
        with pytest.raises(SavedRefused, match="已经核查过"):
            saved.checked(session, LU, row, TODAY)
        stub = saved.stub_file(session, TIAN, row, TODAY)
        with pytest.raises(SavedRefused, match="不能重复传递"):
            saved.stub_file(session, TIAN, row, TODAY)

        assert (saved.of_case(session, "case"), row.taxpayer_number, saved.stub_of(session, row.id)) == ([row], QINLING, stub)
        lines = saved.stub_bytes(session, stub).decode("utf-8-sig").split("\r\n")
        assert lines == [
            "发票代码,发票号码,开票日期,金额,税额,是否已申报", "6100012140,00000002,2026-02-25,2000.50,340.09,否", "",
        ]  # fmt: skip
        assert (stub.count, stub.size) == (1, len(saved.stub_bytes(session, stub)))


@pytest.mark.parametrize(("more", "sentence"), [
    ({"count": 3}, "份数为 3，但明细有 2 行"), ({"undeclared_count": 3}, "未申报份数 3 应在 0 至 2 之间"), ({"amount": Decimal("3000.51")}, "金额合计应为 3000.50，但填写的是 3000.51"),
    ({"tax": Decimal("0.00")}, "税额合计应为 510.09"), ({"how": "memory"}, "转存方式应为"), ({"on": TOMORROW}, "晚于今天"),
])  # fmt: skip
def test_figures_say_what_the_rows_say(database: Database, more: dict[str, Any], sentence: str) -> None:
    with database.write() as session:
        in_use(session, furnish(session))
        with pytest.raises(SavedRefused, match=sentence):
            kept(session, **more)


def test_an_empty_card_is_saved_too(database: Database) -> None:
    with database.write() as session:
        in_use(session, furnish(session))
        row = kept(session, count=0, undeclared_count=0, amount=Decimal(0), tax=Decimal(0), rows=[], how="hand", number_first="", number_last="")

        assert (row.count, row.rows) == (0, [])


def test_saved_data_are_changed_by_nobody(any_database: Database) -> None:
    with any_database.write() as session:
        in_use(session, furnish(session))
        row = kept(session)
        saved.checked(session, TIAN, row, TODAY)
        saved.stub_file(session, TIAN, row, TODAY)
    for statement, guard in (("UPDATE saved_data SET amount = 1", "saved_data_is_fixed"), ("UPDATE stub_file SET sha256 = ''", "stub_file_is_fixed")):
        with pytest.raises(IntegrityError, match=guard), any_database.write() as session:
            session.execute(text(statement))


def test_there_are_saved_data_or_a_sentence(database: Database) -> None:
    with database.read() as session, pytest.raises(SavedRefused, match="没有标识为"):
        saved.saved(session, "nothing")


def test_a_total_holds_a_month_that_is_over_and_goes_up_once(any_database: Database) -> None:
    with any_database.write() as session:
        xian = furnish(session)
        february = date(2026, 2, 10)
        for kind, serial, office in (("tax_card", "A1", "yt1"), ("ic_card", "A2", "yt1"), ("ic_card", "A3", "lh1")):
            stops.put_on_unknown(
                session, HAN, kind, serial, "lost", lost_on=february, reported_on=february, today=TODAY, office=xian.offices[office], holder=xian.enterprise(),
            )  # fmt: skip
        with pytest.raises(TotalRefused, match="2026-03 尚未结束"):
            totals.make(session, TIAN, xian.offices["yt"], "2026-03", TODAY)
        own = totals.make(session, TIAN, xian.offices["yt"], "2026-02", TODAY)
        with pytest.raises(TotalRefused, match="已经做过"):
            totals.make(session, LU, xian.offices["yt"], "2026-02", TODAY)
        totals.report(session, TIAN, own, xian.offices["xa"], TODAY)
        with pytest.raises(TotalRefused, match="已于 2026-03-02 上报"):
            totals.report(session, TIAN, own, xian.offices["xa"], TODAY)
        city = totals.make(session, LU, xian.offices["xa"], "2026-02", TODAY)

        assert (own.tax_cards, own.ic_cards, own.readers, [row["serial"] for row in own.rows]) == (1, 1, 0, ["A2", "A1"])
        assert (city.tax_cards, city.ic_cards, city.reported_on) == (1, 2, None)
        assert (totals.reported_to(session, "xa", "2026-02"), totals.total_of(session, "xa", "2026-02")) == ([own], city)


def _make(database: Database, office: Any) -> None:
    with database.write() as session:
        totals.make(session, LU, office, "2026-02", TODAY)


def test_of_two_totals_at_once_the_second_loses(postgres: Database) -> None:
    xian = begun(postgres)
    with ThreadPoolExecutor(1) as pool:
        with postgres.write() as session:
            totals.make(session, TIAN, xian.offices["yt"], "2026-02", TODAY)
            late = pool.submit(_make, postgres, xian.offices["yt"])
            wait([late], 0.3)
            assert not late.done()

        with pytest.raises(TotalRefused, match="已经做过"):
            late.result(10)
