"""Deregistration: what is not collected and why, the last machine, an enterprise without an account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
from sqlalchemy import select, text

from commands.scenarios import books
from deadlines.model import Deadline
from engine.errors import Refusal
from handlers.registration_checks import machine_refusal
from papers.model import Paper
from records.devices import holders
from records.devices.store import devices
from records.invoices import lost, unused
from records.offices import store as offices
from records.taxpayers import enrolments
from records.taxpayers.store import taxpayer
from tests.procedures.registering import (
    CARDS,
    CHANGE,
    END,
    ENTERPRISE,
    NEW,
    NUMBER,
    TODAY,
    WRITE,
    approved,
    lose,
    state_of,
    status,
    to_collection,
    tomorrow,
    who,
    work,
)
from tests.procedures.walking import Walk, refused


@pytest.fixture
def office(straight: Walk) -> Walk:
    """One enterprise in the system, with its two cards and invoices."""
    books.enter(straight.application, {"enterprises": [ENTERPRISE]})
    return straight


def test_the_clerk_is_asked_for_the_report_only_where_another_period_has_begun_since(office: Walk) -> None:
    case = to_collection(office)
    tomorrow(office, 30)
    office.do("song.jia", "collect_cards", next_step="collect", brought=CARDS, brought_by="秦岭")
    because = str(office.case(case, "song.jia").variables["declined_because"])

    with refused("三(一)8"):
        office.do("song.jia", "collect_cards", next_step="collect", period_reported="not_yet", brought=CARDS, brought_by="秦岭")
    office.do("song.jia", "collect_cards", next_step="collect", period_reported="reported", brought=CARDS, brought_by="秦岭")
    work(office)

    assert "今天 2026-04-01 又在报税期之内" in because
    assert status(office, case) == "completed"


@pytest.mark.parametrize(("day", "said"), [("2026-02-28", "不能早于本期报税首日 2026-03-01"), ("2026-03-01", "不能早于系统启用日期 2026-03-02")])
def test_what_was_reported_before_the_period_or_before_the_system_was_in_use_is_no_report(office: Walk, day: str, said: str) -> None:
    case = office.start("bai.lu", "yt1", "deregistration", **END)
    office.do("han.xue", "review_deregistration", decision="agree", ground_seen="on")
    office.do("qin.gang", "approve_deregistration", decision="agree")

    with refused(said):
        office.do("jia.ming", "confirm_reported", report_done="on", reported_on=day)
    with refused("抄税份数"):
        office.do("jia.ming", "confirm_reported", report_done="on", reported_on="2026-03-02", reported_invoices="-3")
    office.do("jia.ming", "confirm_reported", report_done="on", reported_on="2026-03-02", reported_invoices="3")

    assert office.case(case, "pan.yue").variables["invoices_outstanding"] == "6100022140：00010001 至 00010025"


def test_a_lost_invoice_is_not_handed_in_and_what_is_left_is_accounted_for(office: Walk) -> None:
    with office.application.database.write() as session:
        yanta = offices.office_by_code(session, "yt1")
        assert yanta is not None
        lost.report(session, who(office), NUMBER, "6100022140", "00010020", "00010025", "lost", lost_on=TODAY, today=TODAY, office=yanta, case_id="")
    case = office.start("bai.lu", "yt1", "deregistration", **END)
    office.do("han.xue", "review_deregistration", decision="agree", ground_seen="on")
    office.do("qin.gang", "approve_deregistration", decision="agree")
    office.do("jia.ming", "confirm_reported", report_done="on", reported_on="2026-03-02")

    with refused("号码 00010020 至 00010021 已由610113220000010于 2026-03-02 报告丢失被盗"):
        office.do("pan.yue", "hand_in_invoices", unused_left="yes", unused_invoices=[{"invoice_code": "6100022140", "number_from": "00010019", "number_to": "00010021"}])
    with refused("没有剩余发票的情况"):
        office.do("pan.yue", "hand_in_invoices", unused_left="no")
    rows = [{"invoice_code": "6100022140", "number_from": first, "number_to": last} for first, last in (("00010001", "00010009"), ("00010010", "00010019"))]
    office.do("pan.yue", "hand_in_invoices", unused_left="yes", unused_invoices=rows)

    with office.application.database.read() as session:
        assert unused.outstanding(session, NUMBER) == []
        assert [(one.kind, one.case_id, one.cancelled_on) for one in unused.returns_of(session, NUMBER)] == [("unused", case, TODAY)] * 2


def test_the_enterprise_is_told_what_it_brings_where_and_until_when(office: Walk) -> None:
    case = office.start("qinling", "yt1", "deregistration", **{**END, "taxpayer_number": ""})
    office.do("han.xue", "review_deregistration", decision="agree", ground_seen="on")
    office.do("qin.gang", "approve_deregistration", decision="agree")

    seen = office.case(case, "qinling")
    with office.application.database.read() as session:
        (notice,) = session.scalars(select(Paper).where(Paper.subject_id == case))
    assert (seen.header.due_on, office.case(case, "han.xue").variables["collect_by"]) == (date(2026, 3, 16), date(2026, 3, 16))
    assert (notice.template, notice.data["due_on"], [one["serial"] for one in notice.data["cards"]]) == ("collection_notice", "2026-03-16", ["ICK0001", "JSK0001"])


@pytest.mark.parametrize("document", ["取消资格决定", "通知书"])
def test_the_document_is_named_with_its_number(office: Walk, document: str) -> None:
    with refused("请写明依据文书的文号"):
        office.start("bai.lu", "yt1", "deregistration", **{**END, "ground_document": document})


def test_an_enterprise_whose_cards_are_lost_and_were_not_replaced_ends_without_them(office: Walk) -> None:
    for kind, serial in (("tax_card", "JSK0001"), ("ic_card", "ICK0001")):
        lose(office, kind, serial)
    case = to_collection(office)

    office.do("song.jia", "collect_cards", next_step="collect", brought=[], brought_by="秦岭")

    with office.application.database.read() as session:
        assert enrolments.running(session, NUMBER) is None
    assert (status(office, case), state_of(office, "tax_card", "JSK0001")) == ("completed", ("lost", ""))


def test_a_card_that_does_not_come_is_reported_lost_first_and_the_rest_collected(office: Walk) -> None:
    case = to_collection(office)
    with refused("税控IC卡 ICK0001没有交回：丢失、被盗的，请先办理“专用设备丢失、被盗”"):
        office.do("song.jia", "collect_cards", next_step="collect", brought=CARDS[:1], brought_by="秦岭")

    lose(office, "ic_card", "ICK0001")
    office.do("song.jia", "collect_cards", next_step="collect", brought=CARDS[:1], brought_by="秦岭")
    work(office)

    assert status(office, case) == "completed"
    assert (state_of(office, "tax_card", "JSK0001"), state_of(office, "ic_card", "ICK0001")) == (("collected", "yt"), ("lost", ""))


def test_cards_cleared_on_another_day_are_compared_with_the_books_anew(office: Walk) -> None:
    case = to_collection(office)
    office.do("song.jia", "collect_cards", next_step="collect", brought=CARDS, brought_by="秦岭")
    tomorrow(office)
    work(office)

    assert "2026-03-03 才清完" in str(office.case(case, "song.jia").variables["declined_because"])
    assert state_of(office, "tax_card", "JSK0001") == ("in_use", NUMBER)
    office.do("song.jia", "collect_cards", next_step="collect", brought=CARDS, brought_by="秦岭")
    assert status(office, case) == "completed"  # what was cleared is not cleared twice


def test_a_replacement_card_goes_back_to_the_service_unit_first(office: Walk) -> None:
    with office.application.database.write() as session:
        unit = holders.service_unit("XAHX", "西安航信技术服务有限公司")
        city = offices.office_by_code(session, "xa")
        assert city is not None
        lent = devices.take_in(session, who(office), "tax_card", "JSK0900", unit, city.scope, TODAY, is_replacement=True)
        devices.move(session, who(office), lent, "lend", TODAY, to=holders.enterprise(NUMBER, str(ENTERPRISE["name"])))
    case = to_collection(office)

    with refused("是替换卡，请先由服务单位换回"):
        office.do("song.jia", "collect_cards", next_step="collect", brought=CARDS, brought_by="秦岭")

    assert status(office, case) == "active"
    assert state_of(office, "tax_card", "JSK0001") == ("in_use", NUMBER)


def test_giving_up_the_last_machine_ends_the_enrolment(office: Walk) -> None:
    case = to_collection(office, ground="fewer_machines", machine_name="唯一的一台")
    office.do("song.jia", "collect_cards", next_step="collect", brought=CARDS, brought_by="秦岭")
    work(office)

    with office.application.database.read() as session:
        assert enrolments.running(session, NUMBER) is None
        assert taxpayer(session, NUMBER).deregistered_on is None
        assert [paper.template for paper in session.scalars(select(Paper).where(Paper.subject_id == case))] == ["collection_notice", "collection_receipt"]
    with refused("未纳入防伪税控系统"):
        office.start("bai.lu", "yt1", "deregistration", **END)


def test_collection_waits_for_the_cases_that_go_on_with_the_cards(office: Walk) -> None:
    case = to_collection(office)
    damage = {"device_kind": "tax_card", "device_serial": "JSK0001", "damaged_on": "2026-03-02", "damage_facts": "不能开机"}
    office.start("qinling", "yt1", "device_damage", **damage)

    with refused("办结或撤回后再收缴两卡"):
        office.do("song.jia", "collect_cards", next_step="collect", brought=CARDS, brought_by="秦岭")

    assert (status(office, case), state_of(office, "ic_card", "ICK0001")) == ("active", ("in_use", NUMBER))


def test_nothing_is_changed_any_more_of_an_enterprise_that_ends_but_of_one_that_gives_up_a_machine(office: Walk) -> None:
    office.start("bai.lu", "yt1", "deregistration", **{**END, "ground": "fewer_machines", "machine_name": "唯一的一台"})
    office.start("bai.lu", "yt1", "device_change", **CHANGE)
    office.do("han.xue", "review_change", decision="refuse", refusal_reason="资料不全")
    office.do("qin.gang", "head_refuses_change", decision="agree")
    office.start("bai.lu", "yt1", "deregistration", **END)

    with refused("的注销登记在办"):
        office.start("bai.lu", "yt1", "device_change", **CHANGE)


def test_cards_are_not_collected_from_a_change_that_has_issued_some_anew(office: Walk) -> None:
    """A number changes only when nothing else runs: so the deregistration is withdrawn, and not stuck."""
    with office.application.database.write() as session:
        devices.move(session, who(office), devices.device(session, "tax_card", "JSK0001"), "report_damage", TODAY)  # so that the change is not over with one pair
        devices.move(session, who(office), devices.device(session, "tax_card", "JSK0001"), "write_off", TODAY)
        city = offices.office_by_code(session, "xa")
        assert city is not None
        for serial in ("JSK0002", "JSK0003"):
            new = devices.take_in(session, who(office), "tax_card", serial, holders.service_unit("XAHX", "航信"), city.scope, TODAY)
            for event, to in (("sell", holders.enterprise(NUMBER, str(ENTERPRISE["name"]))), ("issue", None), ("install", None)):
                devices.move(session, who(office), new, event, TODAY, to=to)
    change = approved(office, change_kind="name", new_name="西安秦岭机械集团有限公司")
    office.do("song.jia", "prepare_reissue", **{**WRITE, "tax_card_key": "tax_card:JSK0002"})
    work(office)
    case = to_collection(office)
    due = [str(one["value"]) for one in office.case(case, "song.jia").variables["cards_due"]]

    with refused("已有卡变更发行：办结后再收缴两卡"):
        office.do("song.jia", "collect_cards", next_step="collect", brought=due, brought_by="秦岭")

    assert (status(office, change), status(office, case), state_of(office, "tax_card", "JSK0002")) == ("active", "active", ("in_use", NUMBER))


def test_a_case_that_begins_while_the_cards_are_cleared_is_waited_for_too(office: Walk) -> None:
    case = to_collection(office, ground="fewer_machines", machine_name="唯一的一台")
    office.do("song.jia", "collect_cards", next_step="collect", brought=CARDS, brought_by="秦岭")
    damage = {"device_kind": "tax_card", "device_serial": "JSK0001", "damaged_on": "2026-03-02", "damage_facts": "不能开机"}
    office.start("qinling", "yt1", "device_damage", **damage)
    work(office)

    assert "企业还有在办事项" in str(office.case(case, "song.jia").variables["declined_because"])
    assert state_of(office, "tax_card", "JSK0001") == ("damaged", NUMBER)


def test_the_enrolment_goes_on_while_a_set_of_cards_is_left(office: Walk) -> None:
    """Whatever number of machines was entered: what counts is the cards."""
    with office.application.database.write() as session:
        assert enrolments.set_machines(session, who(office), NUMBER, 1).machines == 1
    with office.application.database.write() as session:
        unit, city = holders.service_unit("XAHX", "西安航信技术服务有限公司"), offices.office_by_code(session, "xa")
        assert city is not None
        for kind, serial in (("tax_card", "JSK0002"), ("ic_card", "ICK0002")):
            new = devices.take_in(session, who(office), kind, serial, unit, city.scope, TODAY)
            devices.move(session, who(office), new, "sell", TODAY, to=holders.enterprise(NUMBER, str(ENTERPRISE["name"])))
            devices.move(session, who(office), new, "issue", TODAY)
            devices.move(session, who(office), new, "install", TODAY)
    case = to_collection(office, ground="fewer_machines", machine_name="1号机")
    office.do("song.jia", "collect_cards", next_step="collect", brought=CARDS, brought_by="秦岭")
    work(office)

    with office.application.database.read() as session:
        row = enrolments.running(session, NUMBER)
        assert row is not None
        assert (status(office, case), row.state, row.machines) == ("completed", "in_use", 1)
    assert state_of(office, "ic_card", "ICK0002") == ("in_use", NUMBER)


def test_the_card_of_a_machine_whose_other_was_lost_is_given_up_alone(office: Walk) -> None:
    lose(office, "ic_card", "ICK0001")
    office.start("bai.lu", "yt1", "deregistration", **{**END, "ground": "fewer_machines", "machine_name": "唯一的一台"})

    office.do("han.xue", "review_deregistration", decision="agree", ground_seen="on", machine_cards=CARDS[:1])

    with office.application.database.read() as session:
        assert machine_refusal(session, NUMBER, [CARDS[0], CARDS[0]]) is not None


def test_a_machine_whose_cards_are_both_lost_is_given_up_without_any(office: Walk) -> None:
    with office.application.database.write() as session:
        session.execute(text("UPDATE enrolment SET machines = 2"))
        city, unit = offices.office_by_code(session, "xa"), holders.service_unit("XAHX", "航信")
        assert city is not None
        for kind, serial in (("tax_card", "JSK0002"), ("ic_card", "ICK0002")):
            new = devices.take_in(session, who(office), kind, serial, unit, city.scope, TODAY)
            for event, to in (("sell", holders.enterprise(NUMBER, str(ENTERPRISE["name"]))), ("issue", None), ("install", None)):
                devices.move(session, who(office), new, event, TODAY, to=to)
    given_up = {**END, "ground": "fewer_machines", "machine_name": "2号机"}
    office.start("bai.lu", "yt1", "deregistration", **given_up)
    with refused("勾选了 0 张金税卡、0 张IC卡"):
        office.do("han.xue", "review_deregistration", decision="agree", ground_seen="on")
    for kind, serial in (("tax_card", "JSK0002"), ("ic_card", "ICK0002")):
        lose(office, kind, serial)
    office.do("han.xue", "review_deregistration", decision="agree", ground_seen="on")
    office.do("qin.gang", "approve_deregistration", decision="agree")
    office.do("jia.ming", "confirm_reported", report_done="on", reported_on="2026-03-02")
    office.do("pan.yue", "hand_in_invoices", unused_left="no", none_left_because="由 1 号机继续使用")

    office.do("song.jia", "collect_cards", next_step="collect", brought=[], brought_by="秦岭")

    with office.application.database.read() as session:
        row = enrolments.running(session, NUMBER)
        assert row is not None
        assert (row.state, row.machines) == ("in_use", 1)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"invoice_code": "610002214", "number_from": "00010013", "number_to": "00010025"}, "发票代码应为 10 位"),
        ({"invoice_code": "6100022140", "number_from": "00010025", "number_to": "00010013"}, "大于终止号码"),
        ({"invoice_code": "6100022140", "number_from": "00010001", "number_to": "00010002", "spoiled": "3"}, "应在 0 至 2"),
    ],
)
def test_unused_invoices_are_ranges_that_can_be(office: Walk, row: Mapping[str, str], said: str) -> None:
    office.start("bai.lu", "yt1", "deregistration", **END)
    office.do("han.xue", "review_deregistration", decision="agree", ground_seen="on")
    office.do("qin.gang", "approve_deregistration", decision="agree")
    office.do("jia.ming", "confirm_reported", report_done="on", reported_on="2026-03-02")

    with refused(said):
        office.do("pan.yue", "hand_in_invoices", unused_left="yes", unused_invoices=[row])
    with refused("请逐段填写缴销的发票"):
        office.do("pan.yue", "hand_in_invoices", unused_left="yes", unused_invoices=[])


def test_an_enterprise_without_an_account_is_acted_for_by_the_office(straight: Walk) -> None:
    books.enter(straight.application, {"enterprises": [{**ENTERPRISE, "number": NEW, "name": "无账户企业"}]})
    case = straight.start("bai.lu", "yt1", "deregistration", **{**END, "taxpayer_number": NEW})
    straight.do("han.xue", "review_deregistration", decision="return", return_reason="缺文号")

    straight.do("han.xue", "correct_deregistration", next_step="withdraw")

    assert status(straight, case) == "completed"


def test_a_deregistration_is_withdrawn_before_a_card_was_cleared_and_cancelled_by_nobody(office: Walk) -> None:
    case = to_collection(office)
    with pytest.raises(Refusal):
        office.application.engine.cancel_case(case, "企业继续经营", office.actor("qin.gang"), office.key())

    office.do("song.jia", "collect_cards", next_step="withdraw", withdraw_reason="企业继续经营")

    with office.application.database.read() as session:
        assert [term.state for term in session.scalars(select(Deadline).where(Deadline.subject_id == case))] == ["cancelled"]
    assert (status(office, case), state_of(office, "tax_card", "JSK0001")) == ("completed", ("in_use", NUMBER))


def test_what_has_been_cleared_is_collected(office: Walk) -> None:
    to_collection(office)
    office.do("song.jia", "collect_cards", next_step="collect", brought=CARDS, brought_by="秦岭")
    tomorrow(office)
    work(office)

    with refused("已有卡清除授权，不能再撤回"):
        office.do("song.jia", "collect_cards", next_step="withdraw", withdraw_reason="企业继续经营")
