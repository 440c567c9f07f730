"""Co-investigation from a typed-in case to the archive, on both sides (Ningbo 2001-19)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db.clock import ManualClock
from engine.errors import PreparedByYou, StepFailed
from records.coinvestigation.model import Delegation, Finding, InspectionTransfer, Receipt
from tests.procedures.walking import Walk

FACE = {
    "invoice_code": "3202012140", "invoice_number": "00010023", "amount": "58119.66", "tax": "9880.34", "issued_on": "2026-01-15",
    "seller_id": "320506713258801", "buyer_id": "330203144052260",
}  # fmt: skip
BEGIN: dict[str, Any] = {
    "nature": "doubtful", "case_name": "苏州恒通贸易有限公司专用发票协查", "to_office": "szwz", "enterprise_id": "320506713258801",
    "enterprise_name": "苏州恒通贸易有限公司", "faces": [FACE],
}  # fmt: skip
POINTS = {"existence": "yes", "authenticity": "genuine", "contents": "yes", "trade": "yes", "payments": "yes"}
ARCHIVE = {"archive_class": "协查", "page_count": "12", "electronic_backup": "on"}


def send(walk: Walk, **changes: Any) -> str:
    case = walk.start("chen.min", "hs", "delegation", **{**BEGIN, **changes})
    walk.do(
        "chen.min",
        "fill_letter",
        next_step="submit",
        enterprise_facts="一般纳税人",
        invoice_facts="税额不符",
        falsification_facts="虚开",
        demands="请核实交易",
    )
    walk.do("lin.jing", "check_entry", entry_checked="on", decision="agree")
    walk.do("sun.qiang", "check_handling", handling_checked="on", decision="agree")
    walk.do("zhou.hua", "approve_delegation", decision="agree")
    return case


def answer(walk: Walk, officer: str, director: str, inspector: str, **found: str) -> None:
    walk.do(officer, "fill_order", inspector_name="曹平", order_demands="到户核查")
    walk.do(director, "approve_order", decision="agree")
    walk.do(inspector, "investigate", **{**POINTS, "conclusion": "consistent", "summary": "交易真实", **found})
    walk.do(officer, "draft_reply", reply_text="发票均由其开具，交易真实")
    walk.do(director, "approve_reply", decision="agree")


def test_a_doubtful_invoice_goes_to_suzhou_and_comes_back_answered(walk: Walk) -> None:
    case = send(walk)
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    answer(walk, "gu.ning", "shen.yi", "cao.ping")
    walk.do("chen.min", "evaluate_reply", reply_quality="complete")
    walk.do("wu.fang", "archive_delegation", location="A-1", **ARCHIVE)
    walk.do("jiang.yan", "archive_receipt", location="A-1", **ARCHIVE)

    view = walk.case(case, "chen.min")
    assert view.header.status == "completed"
    assert view.header.business_key == "甬海国税稽协〔2026〕1号"
    with walk.application.database.read() as session:
        delegation, receipt = session.scalars(select(Delegation)).one(), session.scalars(select(Receipt)).one()
        assert (delegation.state, delegation.total, receipt.state, receipt.number) == (
            "archived",
            68000,
            "archived",
            "苏吴国税稽协受〔2026〕1号",
        )
        assert receipt.due_on == date(2026, 4, 2)
        assert session.scalars(select(Finding)).one().conclusion == "consistent"
        papers = [p.template for p in walk.application.papers.for_subject(session, case)]
        terms = walk.application.deadlines.for_subject(session, receipt.case_id)
        assert [p.template for p in walk.application.papers.for_subject(session, receipt.case_id)] == ["order", "invoices", "reply", "findings"]
    assert papers == ["letter", "list", "case_facts", "progress"]
    assert [(t.key, t.state, t.met_on) for t in terms] == [("reply_doubtful", "met", date(2026, 3, 2))]


def test_a_confirmed_case_has_two_months_and_travels_with_a_notice(walk: Walk) -> None:
    case = send(walk, nature="confirmed")

    with walk.application.database.read() as session:
        receipt = session.scalars(select(Receipt)).one()
        assert receipt.due_on == date(2026, 5, 6)  # 2 May lies inside the Labour Day holiday
        assert [p.template for p in walk.application.papers.for_subject(session, case)] == ["notice", "list", "case_facts", "progress"]


def test_the_city_passes_down_and_collects_the_reply(walk: Walk) -> None:
    send(walk, to_office="sz")
    walk.do("shen.yi", "sign_receipt", handled_by="lower", lower_office="szwz")
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    answer(walk, "gu.ning", "shen.yi", "cao.ping")
    walk.do("gu.ning", "draft_reply", reply_text="据下级核查，交易真实")
    walk.do("shen.yi", "approve_reply", decision="agree")

    with walk.application.database.read() as session:
        states = {r.number: r.state for r in session.scalars(select(Receipt))}
        assert states == {"苏国税稽协受〔2026〕1号": "replied", "苏吴国税稽协受〔2026〕1号": "replied"}
        assert session.scalars(select(Delegation)).one().state == "replied"


def test_a_violation_moves_into_inspection(walk: Walk) -> None:
    send(walk)
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    answer(walk, "gu.ning", "shen.yi", "cao.ping", conclusion="false", trade="no", transfer_reason="无实际交易")

    with walk.application.database.read() as session:
        moved = session.scalars(select(InspectionTransfer)).one()
        assert (moved.reason, moved.invoice_count) == ("无实际交易", 1)


def test_inside_the_district_it_is_verified_within_a_month(walk: Walk) -> None:
    case = walk.start("chen.min", "hs", "delegation", **{**BEGIN, "to_office": "hs"})
    assert walk.case(case, "chen.min").header.due_on == date(2026, 4, 2)

    walk.do("chen.min", "verify_inside", conclusion="consistent", summary="属实")
    walk.do("wu.fang", "archive_delegation", location="B-7", **ARCHIVE)

    assert walk.case(case, "chen.min").header.status == "completed"


@pytest.mark.parametrize(
    ("amount", "tax", "organised"),
    [("9999999.99", "0.00", False), ("10000000.00", "0.00", True), ("99999999.99", "0.00", True), ("100000000.00", "0.00", True)],
)
def test_who_organises_follows_article_10(walk: Walk, amount: str, tax: str, organised: bool) -> None:
    case = send(walk, faces=[{**FACE, "amount": amount, "tax": tax}])

    assert ("organise_at_city" in [t.element for t in walk.case(case, "chen.min").open_tasks]) is organised


def test_what_is_returned_comes_back_to_the_officer_and_keeps_its_clock(walk: Walk, clock: ManualClock) -> None:
    send(walk)
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    walk.do("gu.ning", "fill_order", inspector_name="曹平", order_demands="到户核查")
    clock.advance(timedelta(days=3))
    walk.do("shen.yi", "approve_order", decision="return", return_reason="要求不明确")
    walk.do("gu.ning", "fill_order", inspector_name="曹平", order_demands="逐份核查资金流")

    with walk.application.database.read() as session:
        assert session.scalars(select(Receipt)).one().due_on == date(2026, 4, 2)


def test_whoever_checked_does_not_approve(walk: Walk) -> None:
    case = walk.start("chen.min", "hs", "delegation", **BEGIN)
    walk.do("chen.min", "fill_letter", next_step="submit", enterprise_facts="一般纳税人", invoice_facts="税额不符", demands="请核实")
    engine = walk.application.engine
    task = walk.case(case, "chen.min").open_tasks[0]
    assert task.element == "check_entry"

    actor = walk.actor("lin.jing")
    both = type(actor)(walk.actor("chen.min").person_id, "陈敏", actor.post_ids, actor.scopes, roles=actor.roles)
    with pytest.raises(PreparedByYou):
        engine.complete(task.id, {"entry_checked": "on", "decision": "agree"}, both, walk.key())


def test_a_wrong_office_code_or_invoice_is_told_and_nothing_is_half_done(walk: Walk) -> None:
    with pytest.raises(StepFailed, match="nowhere"):
        walk.start("chen.min", "hs", "delegation", **{**BEGIN, "to_office": "nowhere"})
    with pytest.raises(StepFailed, match="第 1 张发票"):
        walk.start("chen.min", "hs", "delegation", **{**BEGIN, "faces": [{**FACE, "invoice_number": "12"}]})

    with walk.application.database.read() as session:
        assert session.scalars(select(Delegation)).all() == []


def test_an_invoice_typed_in_twice_is_told(walk: Walk) -> None:
    walk.start("chen.min", "hs", "delegation", **BEGIN)

    with pytest.raises(StepFailed, match=r"第 1 张发票：3202012140 00010023 .* 已由本机关录入过"):
        walk.start("chen.min", "hs", "delegation", **BEGIN)


def test_a_delegation_made_from_a_list_goes_its_way_with_its_name_unchanged(walk: Walk) -> None:
    case = walk.imported("chen.min", "hs")
    name = walk.case(case, "chen.min").header.title
    walk.do("chen.min", "fill_letter", next_step="submit", enterprise_facts="一般纳税人", invoice_facts="税额不符", demands="请核实交易")
    walk.do("lin.jing", "check_entry", entry_checked="on", decision="agree")
    walk.do("sun.qiang", "check_handling", handling_checked="on", decision="agree")
    walk.do("zhou.hua", "approve_delegation", decision="agree")

    with walk.application.database.read() as session:
        sent = session.scalars(select(Delegation)).one()
        assert (sent.name, sent.state, sent.source, sent.invoice_count) == (name, "received", "certification", 1)
