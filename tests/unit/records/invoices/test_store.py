"""Invoice numbers are sold once, within the month's quantity; old ones are handed in and cancelled once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.session import Database
from records.devices.errors import DeviceStopped
from records.devices.store import stops
from records.invoices import store
from records.invoices.errors import ReturnRefused, SaleRefused
from records.invoices.model import InvoiceCode, InvoiceSale, OldInvoiceReturn
from records.taxpayers import limits
from records.taxpayers import store as taxpayers
from tests.unit.records.xian import DAYAN, HAN, LU, QINLING, TIAN, TODAY, Xian, furnish

CODE = "6100012140"


def ready(session: Session, quantity: int = 25) -> Xian:
    xian = furnish(session)
    for number in (QINLING, DAYAN):
        limits.grant(session, TIAN, number, "ten_thousand", Decimal("100000.00"), quantity, decided_level="district", decided_on=TODAY)
    return xian


def sell(session: Session, first: int, last: int, *, number: str = QINLING, on: date = TODAY, **more: Any) -> InvoiceSale:
    return store.sell(session, HAN, number, CODE, f"{first:08d}", f"{last:08d}", on, **{"ic_serial": "i1", **more})


def hand_in(session: Session, first: int, last: int, *, kind: str = "handwritten", **more: Any) -> OldInvoiceReturn:
    return store.hand_in_old(session, HAN, QINLING, kind, CODE, f"{first:08d}", f"{last:08d}", TODAY, case_id="case", **more)


def test_a_sale_counts_both_ends_and_names_the_card(any_database: Database) -> None:
    with any_database.write() as session:
        ready(session)
        row = sell(session, 1, 25)

        assert (row.count, row.ic_serial, row.scope, store.sold_in_month(session, QINLING, TODAY)) == (25, "I1", "sn/xa/yt/yt1/", 25)
        assert session.scalars(select(InvoiceCode.sold)).one() == 25
        assert store.sales(session, QINLING) == [row]


def test_the_quantity_of_a_month_is_kept_and_begins_anew(any_database: Database) -> None:
    with any_database.write() as session:
        ready(session)
        sell(session, 1, 20)
        sell(session, 21, 25)
        with pytest.raises(SaleRefused, match=r"每月限购 25 份，本月已购 25 份，不能再购 1 份（市国税发〔2002〕119号二\(一\)1\(4\)）"):
            sell(session, 26, 26)
        sell(session, 26, 50, on=date(2026, 4, 1))
        sell(session, 51, 52, quantity_limit=27)

        assert [store.sold_in_month(session, QINLING, day) for day in (TODAY, date(2026, 4, 30), date(2026, 12, 31))] == [27, 25, 0]


@pytest.mark.parametrize(("first", "last"), [(5, 5), (1, 3), (10, 12), (3, 8), (1, 20)])
def test_numbers_are_sold_once_whoever_bought_them(any_database: Database, first: int, last: int) -> None:
    with any_database.write() as session:
        ready(session)
        sell(session, 3, 10)
        with pytest.raises(SaleRefused, match=f"号码 {max(first, 3):08d} 至 {min(last, 10):08d} 已售出（{QINLING}），不能再次发售"):
            sell(session, first, last, number=DAYAN)
        sell(session, 11, 12, number=DAYAN)
        sell(session, 1, 2, number=DAYAN)


@pytest.mark.parametrize(("code", "first", "last", "sentence"), [
    ("610001214", "00000001", "00000002", "发票代码应为 10 位数字"), (CODE, "0000001", "00000002", "发票号码应为 8 位数字"),
    (CODE, "00000003", "00000002", "起始号码 00000003 大于终止号码 00000002"),
])  # fmt: skip
def test_a_range_has_a_shape(database: Database, code: str, first: str, last: str, sentence: str) -> None:
    with database.write() as session:
        ready(session)
        with pytest.raises(SaleRefused, match=sentence):
            store.sell(session, HAN, QINLING, code, first, last, TODAY, ic_serial="I1")
        with pytest.raises(ReturnRefused, match=sentence):
            store.hand_in_old(session, HAN, QINLING, "handwritten", code, first, last, TODAY)


def test_nothing_is_sold_without_limit_card_registration_or_office(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        with pytest.raises(SaleRefused, match="尚未核定最高开票限额"):
            sell(session, 1, 2)
        with pytest.raises(SaleRefused, match="应写明税控IC卡的编号"):
            sell(session, 1, 2, ic_serial=" ", quantity_limit=25)
        stops.put_on_unknown(
            session, HAN, "ic_card", "I1", "lost", lost_on=TODAY, reported_on=TODAY, today=TODAY, office=xian.offices["yt1"], holder=xian.enterprise(),
        )  # fmt: skip
        with pytest.raises(DeviceStopped, match="税控IC卡“I1”"):
            sell(session, 1, 2, quantity_limit=25)
        taxpayers.register(session, HAN, "610113220000109", "无主管机关的企业", today=TODAY)
        with pytest.raises(SaleRefused, match="没有登记主管税务机关"):
            sell(session, 1, 2, number="610113220000109", ic_serial="I2", quantity_limit=25)
        taxpayers.deregister(session, HAN, QINLING, TODAY)
        with pytest.raises(SaleRefused, match="已于 2026-03-02 注销税务登记"):
            sell(session, 1, 2, ic_serial="I2", quantity_limit=25)


def test_a_sale_is_changed_by_nobody(any_database: Database) -> None:
    with any_database.write() as session:
        ready(session)
        sell(session, 1, 2)
    for statement in ("UPDATE invoice_sale SET number_to = '00000009'", "DELETE FROM invoice_sale"):
        with pytest.raises(IntegrityError, match="invoice_sale_is_fixed"), any_database.write() as session:
            session.execute(text(statement))


def test_old_invoices_are_handed_in_and_cancelled_once(any_database: Database) -> None:
    with any_database.write() as session:
        ready(session)
        row = hand_in(session, 1, 10, spoiled=3)
        with pytest.raises(ReturnRefused, match="号码 00000010 至 00000010 已由纳税人 610113220000010 于 2026-03-02 缴回（经办 "):
            hand_in(session, 10, 12)
        assert (row.count, row.spoiled, store.handed_in(session, "case")) == (10, 3, [row])
        store.cancel_old(session, LU, row, TODAY)
        with pytest.raises(ReturnRefused, match="已经缴销"):
            store.cancel_old(session, LU, row, TODAY)

        assert (row.cancelled_on, row.cancelled_by_name) == (TODAY, "路遥")
        with pytest.raises(SaleRefused, match="号码 00000005 至 00000010 已缴销"):
            sell(session, 5, 20)


def test_what_was_sold_is_no_old_invoice(database: Database) -> None:
    with database.write() as session:
        ready(session)
        sell(session, 1, 10)
        for kind, more, sentence in (("unencrypted", {}, "是已发售的防伪税控发票"), ("blank", {}, "种类应为"), ("handwritten", {"spoiled": 9}, "误填作废 9 份应在 0 至 3 份之间")):
            with pytest.raises(ReturnRefused, match=sentence):
                hand_in(session, 8, 10, kind=kind, **more)


def _sell(database: Database, first: int, last: int, number: str) -> None:
    with database.write() as session:
        sell(session, first, last, number=number, ic_serial="I2")


@pytest.mark.parametrize(("number", "first", "sentence"), [(DAYAN, 10, "号码 00000010 至 00000010 已售出"), (QINLING, 11, "本月已购 10 份，不能再购 16 份")])
def test_of_two_sales_at_once_the_second_sees_the_first(postgres: Database, number: str, first: int, sentence: str) -> None:
    with postgres.write() as session:
        ready(session)
    with ThreadPoolExecutor(1) as pool:
        with postgres.write() as session:
            sell(session, 1, 10)
            late = pool.submit(_sell, postgres, first, first + 15, number)
            wait([late], 0.3)
            assert not late.done()

        with pytest.raises(SaleRefused, match=sentence):
            late.result(10)


