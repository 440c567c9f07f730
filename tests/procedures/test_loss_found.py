"""Lost devices that turn up: whose they are today, who lets them off the stop list, and what was never replaced."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select

from app import Application
from db.clock import SHANGHAI, ManualClock
from engine import outside
from records.devices.model import StopEntry
from records.devices.store import devices
from records.registration.renumbering import renumber
from records.taxpayers import enrolments
from tests.procedures.losing import (
    FOUND,
    LOSS,
    NEW_NUMBER,
    PAPERS,
    QUJIANG,
    approved_by_the_city,
    entries,
    given_up,
    later,
    state_of,
    who,
)
from tests.procedures.walking import Walk, refused


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 9, tzinfo=SHANGHAI))


def test_what_was_found_before_it_was_lost_is_declined(application: Application, straight: Walk) -> None:
    case = straight.start("bai.lu", "yt1", "device_loss", **LOSS)

    with refused("找回日期 2026-03-01 不能早于丢失被盗日期 2026-03-02"):
        straight.start("bai.lu", "yt1", "device_found", about=case, **{**FOUND, "found_on": "2026-03-01"})

    assert state_of(application, "ICK-200311") == "lost"


def test_a_loss_without_a_replacement_is_taken_up_again_and_one_with_is_not(application: Application, straight: Walk, clock: ManualClock) -> None:
    given_up(straight, clock)
    again = straight.start("bai.lu", "yt1", "device_loss", **LOSS)
    assert entries(application) == [("ICK-200311", "listed")]  # it is the same entry
    later(straight, clock, date(2026, 3, 19))  # the police had their time since the first report
    with refused("不能重复报失"):
        straight.start("bai.lu", "yt1", "device_loss", **LOSS)
    with refused("请在该案件页上报告找回"):
        straight.start("bai.lu", "yt1", "device_found_later", **FOUND)

    straight.do("qujiang", "hand_in_papers", **{**PAPERS, "notice_published_on": "2026-03-19"})
    straight.do("bai.lu", "review_papers", copies_compared="on", decision="agree", poorly_kept="no")
    straight.start("bai.lu", "yt1", "device_found", about=again, **FOUND)
    straight.do("hangxin", "check_found", checked_on="2026-03-19", usable="yes", check_findings="完好")
    straight.do("qin.gang", "approve_lift", decision="agree")

    assert straight.case(again, "bai.lu").header.status == "completed"
    assert entries(application) == [("ICK-200311", "lifted")]


def test_what_was_approved_and_never_bought_is_checked_when_found_and_reported_again_when_not(
    application: Application, straight: Walk, clock: ManualClock
) -> None:
    reader = {"lost_kind": "reader", "serial": "DKQ-200311"}
    straight.start("bai.lu", "yt1", "device_loss", **{**LOSS, **reader})
    approved_by_the_city(straight, clock)
    straight.do("hangxin", "sell_device", not_bought="on")

    straight.start("bai.lu", "yt1", "device_loss", **{**LOSS, **reader})
    later(straight, clock, date(2026, 3, 19))
    straight.do("qujiang", "hand_in_papers", given_up="on")
    straight.start("bai.lu", "yt1", "device_found_later", **{**FOUND, "found_kind": "reader", "found_serial": "DKQ-200311"})
    straight.do("hangxin", "check_late_find", checked_on="2026-03-19", usable="yes", check_findings="完好")
    straight.do("qin.gang", "approve_late_lift", decision="agree")

    assert state_of(application, "DKQ-200311", "reader") == "in_use"


@pytest.mark.parametrize("known", [True, False])
def test_what_an_enterprise_has_lost_under_its_former_number_comes_back_to_it(known: bool, application: Application, straight: Walk, clock: ManualClock) -> None:
    serial = "ICK-200311" if known else "ICK-555555"
    given_up(straight, clock, serial=serial, serial_vouched="" if known else "on")
    with application.database.write() as session:
        renumber(session, who(application), QUJIANG, NEW_NUMBER, clock.today())
        outside.renamed(session, f"enterprise:{QUJIANG}", f"enterprise:{NEW_NUMBER}")

    case = straight.start("bai.lu", "yt1", "device_found_later", **{**FOUND, "found_serial": serial})
    straight.do("hangxin", "check_late_find", checked_on="2026-03-18", usable="yes", check_findings="完好")
    straight.do("qin.gang", "approve_late_lift", decision="agree")

    assert straight.case(case, "bai.lu").variables["taxpayer_number"] == NEW_NUMBER
    assert straight.case(case, "bai.lu").header.title == f"找回：西安曲江印务有限公司 税控IC卡“{serial}”"
    assert straight.case(case, "qujiang").header.status == "completed"  # the account of today is a party of it
    assert entries(application) == [(serial, "lifted")]
    if known:
        with application.database.read() as session:
            found = devices.device(session, "ic_card", serial)
            assert (found.state, found.holder_number) == ("in_use", NEW_NUMBER)


def test_what_a_deregistered_enterprise_had_lost_is_collected_when_it_turns_up(application: Application, straight: Walk, clock: ManualClock) -> None:
    given_up(straight, clock)
    with application.database.write() as session:
        renumber(session, who(application), QUJIANG, NEW_NUMBER, clock.today())
        enrolments.end_enrolment(session, who(application), NEW_NUMBER, clock.today(), "注销税务登记")

    straight.start("bai.lu", "yt1", "device_found_later", **FOUND)
    straight.do("hangxin", "check_late_find", checked_on="2026-03-18", usable="yes", check_findings="完好")
    straight.do("qin.gang", "approve_late_lift", decision="agree")

    assert state_of(application, "ICK-200311") == "collected"
    assert entries(application) == [("ICK-200311", "lifted")]


def test_a_serial_comes_off_the_list_by_an_officer_with_a_number_and_not_by_the_service_units_word(application: Application, straight: Walk) -> None:
    case = straight.start("bai.lu", "yt1", "device_loss", **LOSS)
    straight.start("bai.lu", "yt1", "device_found", about=case, **FOUND)
    straight.do("hangxin", "check_found", checked_on="2026-03-02", usable="yes", check_findings="完好")
    assert entries(application) == [("ICK-200311", "listed")]
    assert state_of(application, "ICK-200311") == "found"

    straight.do("qin.gang", "approve_lift", decision="agree")

    with application.database.read() as session:
        lifted = session.scalars(select(StopEntry)).one()
        assert lifted.lifted_because == "雁国税一失解〔2026〕1号，雁塔区国税局第一税务所秦刚核准：已找回，检查可用（完好）"


@pytest.mark.parametrize(
    ("checked_on", "collected_on", "said"),
    [("2026-03-03", "", "检查日期 2026-03-03 不能早于找回日期 2026-03-04"), ("2026-03-05", "2026-03-04", "收缴日期 2026-03-04 不能早于检查日期 2026-03-05")],
)
def test_the_days_of_a_find_stand_in_their_order(checked_on: str, collected_on: str, said: str, straight: Walk, clock: ManualClock) -> None:
    case = straight.start("bai.lu", "yt1", "device_loss", **LOSS)
    later(straight, clock, date(2026, 3, 6))
    straight.start("bai.lu", "yt1", "device_found", about=case, **{**FOUND, "found_on": "2026-03-04"})

    with refused(said):
        straight.do("hangxin", "check_found", checked_on=checked_on, usable="no", check_findings="芯片损坏")
        straight.do("bai.lu", "collect_found", collected_on=collected_on)


def test_of_a_deregistered_enterprise_the_office_collects_what_was_found(application: Application, straight: Walk) -> None:
    case = straight.start("bai.lu", "yt1", "device_loss", **LOSS)
    straight.start("bai.lu", "yt1", "device_found", about=case, **FOUND)
    with application.database.write() as session:
        enrolments.end_enrolment(session, who(application), QUJIANG, application.clock.today(), "注销税务登记")

    straight.do("hangxin", "check_found", checked_on="2026-03-02", usable="yes", check_findings="完好")
    straight.do("qin.gang", "approve_lift", decision="agree")

    with application.database.read() as session:
        found = devices.device(session, "ic_card", "ICK-200311")
        assert (found.state, found.holder_number) == ("collected", "yt1")
    assert entries(application) == [("ICK-200311", "lifted")]


def test_what_a_unit_without_an_account_has_checked_is_recorded_by_the_tax_office(application: Application, straight: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.devices_acting.parties.with_accounts", lambda _session, _names: set())
    case = straight.start("bai.lu", "yt1", "device_loss", **LOSS)
    straight.start("bai.lu", "yt1", "device_found", about=case, **FOUND)

    straight.do("bai.lu", "check_found", checked_on="2026-03-02", usable="yes", check_findings="据服务单位检查记录：完好")
    straight.do("qin.gang", "approve_lift", decision="agree")

    assert state_of(application, "ICK-200311") == "in_use"


def test_what_came_back_can_be_lost_again(application: Application, straight: Walk) -> None:
    case = straight.start("bai.lu", "yt1", "device_loss", **LOSS)
    straight.start("bai.lu", "yt1", "device_found", about=case, **FOUND)
    straight.do("hangxin", "check_found", checked_on="2026-03-02", usable="yes", check_findings="完好")
    straight.do("qin.gang", "approve_lift", decision="agree")
    assert state_of(application, "ICK-200311") == "in_use"

    straight.start("bai.lu", "yt1", "device_loss", **LOSS)

    assert entries(application) == [("ICK-200311", "lifted"), ("ICK-200311", "listed")]


def test_while_the_case_is_open_a_find_is_reported_on_its_page(application: Application, straight: Walk) -> None:
    straight.start("bai.lu", "yt1", "device_loss", **LOSS)

    with refused("报失案件尚未办结，请在该案件页上报告找回"):
        straight.start("bai.lu", "yt1", "device_found_later", **FOUND)
    with refused("本辖区没有税控IC卡“ICK-200311”的停用记录"):
        straight.start("lei.ting", "lh1", "device_found_later", **FOUND)

    assert state_of(application, "ICK-200311") == "lost"
