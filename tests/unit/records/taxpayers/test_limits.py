"""Limits are decided once after the other, enrolments run once at a time, and a new number takes everything along."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.session import Database
from records.audit import trail_of
from records.devices import store as devices
from records.invoices import store as invoices
from records.offices import parties
from records.registration.renumbering import renumber
from records.taxpayers import enrolments, limits
from records.taxpayers import store as taxpayers
from records.taxpayers.errors import EnrolmentRefused, LimitRefused, RenumberRefused, TaxpayerUnknown
from records.taxpayers.model import Enrolment, TaxpayerLimit
from tests.unit.records.xian import DAYAN, HAN, LU, QINLING, TIAN, TODAY, TOMORROW, Xian, begun, furnish, in_use

NEW = "610113220000109"


def grant(session: Session, version: str = "ten_thousand", quantity: int = 25, **more: Any) -> TaxpayerLimit:
    given = {"decided_level": "district", "decided_on": TODAY, "document_number": "批〔2026〕1号", **more}
    return limits.grant(session, LU, QINLING, version, Decimal("100000.00"), quantity, **given)


def test_the_last_decision_is_in_force_and_all_are_kept(any_database: Database) -> None:
    with any_database.write() as session:
        xian = furnish(session)
        assert limits.current(session, QINLING) is None
        limits.apply(session, HAN, QINLING, TODAY)
        first = grant(session)
        second = grant(session, "hundred_thousand", 50, kind="change", decided_level="city")

        assert limits.current(session, QINLING) is second
        assert limits.history(session, QINLING) == [first, second]
        assert trail_of(session, "taxpayer", xian.taxpayers[QINLING].id)[-1].old == {"version": "ten_thousand", "quantity": 25}


@pytest.mark.parametrize(("before", "more", "sentence"), [
    (False, {"quantity": 0}, "应大于零"), (False, {"kind": "change"}, "尚未核定最高开票限额，不能变更"), (True, {}, "应按变更办理"),
    (True, {"kind": "change", "decided_on": TODAY - timedelta(days=1)}, "早于上一次核定"),
])  # fmt: skip
def test_a_decision_follows_the_one_before(database: Database, before: bool, more: dict[str, Any], sentence: str) -> None:
    with database.write() as session:
        furnish(session)
        limits.apply(session, HAN, QINLING, TODAY)
        if before:
            grant(session)
        with pytest.raises(LimitRefused, match=sentence):
            grant(session, **more)


def test_an_enterprise_that_comes_back_is_given_a_first_limit_again(database: Database) -> None:
    with database.write() as session:
        furnish(session)
        limits.apply(session, HAN, QINLING, TODAY)
        grant(session)
        limits.end_enrolment(session, HAN, QINLING, TODAY, "被取消一般纳税人资格")
        limits.apply(session, HAN, QINLING, TOMORROW)
        grant(session, decided_on=TOMORROW)

        assert [row.kind for row in limits.history(session, QINLING)] == ["first", "first"]


def test_a_word_that_no_table_knows_is_a_mistake_of_the_program(database: Database) -> None:
    with database.write() as session:
        furnish(session)
        with pytest.raises(ValueError, match="expected a version"):
            grant(session, "billion")


def test_decisions_are_changed_by_nobody(any_database: Database) -> None:
    with any_database.write() as session:
        furnish(session)
        grant(session)
    for statement in ("UPDATE taxpayer_limit SET monthly_quantity = 1000", "DELETE FROM taxpayer_limit"):
        with pytest.raises(IntegrityError, match="taxpayer_limit_is_fixed"), any_database.write() as session:
            session.execute(text(statement))


def test_an_enrolment_runs_from_the_application_to_its_end(any_database: Database) -> None:
    with any_database.write() as session:
        furnish(session)
        row = limits.apply(session, HAN, QINLING, TODAY, machines=2)
        with pytest.raises(EnrolmentRefused, match=r"申请中，不能重复申请（市国税发〔2002〕119号二\(一\)1）"):
            limits.apply(session, HAN, QINLING, TODAY)
        with pytest.raises(EnrolmentRefused, match="申请中，不能这样办理"):
            limits.put_in_use(session, HAN, QINLING, TODAY)
        limits.enrol(session, TIAN, QINLING, TODAY, service_unit="XAHX")
        with pytest.raises(EnrolmentRefused, match="已纳入，不能重复申请"):
            limits.apply(session, HAN, QINLING, TODAY)
        limits.put_in_use(session, HAN, QINLING, TOMORROW)
        enrolments.set_machines(session, HAN, QINLING, 1)
        with pytest.raises(EnrolmentRefused, match="至少保留一台"):
            enrolments.set_machines(session, HAN, QINLING, 0)
        assert (row.state, row.machines, row.service_unit, row.in_use_on, row.scope) == ("in_use", 1, "XAHX", TOMORROW, "sn/xa/yt/yt1/")
        with pytest.raises(EnrolmentRefused, match="应写明原因"):
            limits.end_enrolment(session, HAN, QINLING, TOMORROW, " ")
        limits.end_enrolment(session, HAN, QINLING, TOMORROW, "减少分开票机")

        assert (row.state, limits.running(session, QINLING), enrolments.may_hold(session, QINLING)) == ("ended", None, False)
        with pytest.raises(EnrolmentRefused, match="未纳入防伪税控系统"):
            limits.put_in_use(session, HAN, QINLING, TOMORROW)
        again = limits.enrol(session, TIAN, QINLING, TOMORROW)
        assert [one.id for one in enrolments.enrolments(session, QINLING)] == [row.id, again.id]
        assert enrolments.may_hold(session, QINLING)


def test_neither_the_unknown_nor_the_deregistered_nor_the_homeless_apply(database: Database) -> None:
    with database.write() as session:
        furnish(session)
        with pytest.raises(TaxpayerUnknown):
            limits.apply(session, HAN, NEW, TODAY)
        taxpayers.register(session, HAN, NEW, "无主管机关的企业", today=TODAY)
        with pytest.raises(EnrolmentRefused, match="没有登记主管税务机关"):
            limits.apply(session, HAN, NEW, TODAY)
        taxpayers.deregister(session, HAN, QINLING, TODAY)
        with pytest.raises(EnrolmentRefused, match="已于 2026-03-02 注销税务登记"):
            limits.apply(session, HAN, QINLING, TODAY)
        assert not enrolments.may_hold(session, QINLING)


def _apply(database: Database) -> None:
    with database.write() as session:
        limits.apply(session, HAN, QINLING, TODAY)


def test_of_two_applications_at_once_the_second_loses(postgres: Database) -> None:
    begun(postgres)
    with ThreadPoolExecutor(1) as pool:
        with postgres.write() as session:
            limits.apply(session, TIAN, QINLING, TODAY)
            late = pool.submit(_apply, postgres)
            wait([late], 0.3)
            assert not late.done()

        with pytest.raises(EnrolmentRefused, match="不能重复申请"):
            late.result(10)


def test_a_move_of_an_enrolment_that_was_moved_meanwhile_is_refused(any_database: Database) -> None:
    begun(any_database)
    with any_database.write() as session:
        limits.apply(session, HAN, QINLING, TODAY)
    with any_database.read() as session:
        stale = limits.running(session, QINLING)
        assert stale is not None
    with any_database.write() as session:
        limits.end_enrolment(session, HAN, QINLING, TODAY, "不予纳入")
    with pytest.raises(EnrolmentRefused, match="刚刚被另一操作改动"), any_database.write() as session:
        enrolments._move(session, HAN, stale, "enrol", {})


def renumbered(session: Session, xian: Xian) -> None:
    limits.apply(session, HAN, QINLING, TODAY)
    grant(session)
    in_use(session, xian)
    devices.move(session, HAN, in_use(session, xian, "J0002"), "report_loss", TODAY)
    invoices.sell(session, HAN, QINLING, "6100012140", "00000001", "00000005", TODAY, ic_serial="I1")
    invoices.hand_in_old(session, HAN, QINLING, "handwritten", "6100011110", "00000001", "00000005", TODAY)
    parties.register(session, TIAN, "enterprise", QINLING, "西安秦岭机械制造有限公司", "", xian.offices["yt1"])
    renumber(session, HAN, QINLING, NEW.lower(), TODAY)


def test_a_new_number_takes_everything_along(any_database: Database) -> None:
    with any_database.write() as session:
        renumbered(session, furnish(session))

    with any_database.read() as session:
        assert taxpayers.taxpayer(session, NEW).name == "西安秦岭机械制造有限公司"
        assert [row.taxpayer_number for row in limits.history(session, NEW)] == [QINLING]  # as it was at the decision
        assert [one.serial for one in devices.held_by(session, "enterprise", NEW)] == ["J0001"]
        last = devices.postings(session, devices.device(session, "tax_card", "J0001").id)[-1]
        assert (last.event, last.from_number, last.to_number, last.to_state) == ("renumber", QINLING, NEW, "in_use")
        assert devices.device(session, "tax_card", "J0002").held_before_number == NEW
        assert [row.taxpayer_number for row in invoices.sales(session, NEW)] == [NEW]
        assert session.scalars(select(Enrolment.taxpayer_number)).all() == [NEW]
        assert parties.known(session, "enterprise", NEW) is not None
        assert parties.known(session, "enterprise", QINLING) is None
        with pytest.raises(TaxpayerUnknown):
            taxpayers.taxpayer(session, QINLING)


@pytest.mark.parametrize(("new", "sentence"), [
    (DAYAN, "已登记为“西安大雁商贸有限公司”"), (QINLING, "不能重复使用"), ("610113220000100", "校验位不对"), ("12", "应为 15、17、18 或 20 位"),
])  # fmt: skip
def test_a_number_that_is_none_or_not_free_is_refused(database: Database, new: str, sentence: str) -> None:
    with database.write() as session:
        furnish(session)
        with pytest.raises(RenumberRefused, match=sentence):
            renumber(session, HAN, QINLING, new, TODAY)


def test_neither_an_account_nor_a_deregistered_taxpayer_gives_a_number_away(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        parties.register(session, TIAN, "enterprise", NEW, "别的企业", "", xian.offices["yt1"])
        with pytest.raises(RenumberRefused, match="已是“别的企业”的账户"):
            renumber(session, HAN, QINLING, NEW, TODAY)
        taxpayers.deregister(session, HAN, QINLING, TODAY)
        with pytest.raises(RenumberRefused, match="已于 2026-03-02 注销税务登记"):
            renumber(session, HAN, QINLING, NEW, TODAY)


def test_a_taxpayer_is_placed_with_an_office(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        row = taxpayers.place(session, HAN, QINLING, xian.offices["lh1"].id)

        assert row.office_id == xian.offices["lh1"].id
        assert trail_of(session, "taxpayer", row.id)[-1].event == "taxpayers:taxpayer:placed"


def test_of_two_that_take_a_machine_away_at_once_the_second_is_told(postgres: Database) -> None:
    def late() -> None:
        with postgres.write() as session:
            enrolments.set_machines(session, HAN, QINLING, 2)

    with postgres.write() as session:
        furnish(session)
        enrolments.enrol(session, HAN, QINLING, TODAY, machines=3)
    with ThreadPoolExecutor(1) as pool:
        with postgres.write() as session:
            enrolments.set_machines(session, HAN, QINLING, 2)
            second = pool.submit(late)
            wait([second], 0.3)
            assert not second.done()
        with pytest.raises(EnrolmentRefused, match="刚刚被另一操作改动"):
            second.result(10)
