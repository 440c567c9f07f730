"""What no scenario says of co-investigation: limits of article 10, duties apart in one person, entries that are refused (Ningbo 2001-19)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from engine.errors import FormInvalid, PreparedByYou, StepFailed
from records.coinvestigation.model import Delegation
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


@pytest.mark.parametrize(
    ("amount", "tax", "organised"),
    [("9999999.99", "0.00", False), ("10000000.00", "0.00", True), ("99999999.99", "0.00", True), ("100000000.00", "0.00", True)],
)
def test_who_organises_follows_article_10(walk: Walk, amount: str, tax: str, organised: bool) -> None:
    case = send(walk, faces=[{**FACE, "amount": amount, "tax": tax}])

    assert ("organise_at_city" in [t.element for t in walk.case(case, "chen.min").open_tasks]) is organised


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
    with pytest.raises(FormInvalid, match="受托机关"):
        walk.start("chen.min", "hs", "delegation", **{**BEGIN, "to_office": "nowhere"})
    with pytest.raises(StepFailed, match="第 1 张发票"):
        walk.start("chen.min", "hs", "delegation", **{**BEGIN, "faces": [{**FACE, "invoice_number": "12"}]})

    with walk.application.database.read() as session:
        assert session.scalars(select(Delegation)).all() == []


def test_an_invoice_typed_in_twice_is_told(walk: Walk) -> None:
    walk.start("chen.min", "hs", "delegation", **BEGIN)

    with pytest.raises(StepFailed, match=r"第 1 张发票：3202012140 00010023 .* 已由本机关录入过"):
        walk.start("chen.min", "hs", "delegation", **BEGIN)
