"""What no scenario says of co-investigation: limits of article 10, duties apart in one person, entries that are refused (Ningbo 2001-19)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db.clock import ManualClock
from engine.errors import Declined, FormInvalid, PreparedByYou
from engine.worklist import WorklistQuery
from records.coinvestigation.model import Delegation, Finding, InvoiceFace, Receipt
from records.coinvestigation.store import signatures_of
from tests.factories.notices import left_for
from tests.procedures.walking import Walk

FACE = {
    "invoice_code": "3202012140", "invoice_number": "00010023", "copy": "deduction", "amount": "58119.66", "tax": "9880.34", "issued_on": "2026-01-15",
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
    if changes.get("nature") == "confirmed":
        prove(walk, case)
    sign(walk)
    return case


def prove(walk: Walk, case: str) -> None:
    """The written proof of the finding lies on the case."""
    walk.application.engine.attach(case, "处理决定书.pdf", b"%PDF", "application/pdf", walk.actor("chen.min"), walk.key())


def sign(walk: Walk) -> None:
    """The letter is filled in, checked and approved."""
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


def verify(walk: Walk, **found: Any) -> None:
    """The own office verifies: inspector, clerk and director."""
    walk.do("sun.qiang", "verify_inside", **{**POINTS, "conclusion": "consistent", "summary": "交易属实", **found})
    walk.do("lin.jing", "check_verification", entry_checked="on", decision="agree")
    walk.do("zhou.hua", "approve_verification", decision="agree")


def answer(walk: Walk, officer: str, director: str, inspector: str, **found: Any) -> None:
    draft(walk, officer, director, inspector, **found)
    walk.do("tang.wei", "check_reply", entry_checked="on", decision="agree")
    walk.do(director, "approve_reply", decision="agree")


def draft(walk: Walk, officer: str, director: str, inspector: str, **found: Any) -> None:
    walk.do(officer, "fill_order", inspector_id="曹平", order_demands="到户核查")
    walk.do(director, "approve_order", decision="agree")
    walk.do(inspector, "investigate", **{**POINTS, "conclusion": "consistent", "summary": "交易真实", **found})
    walk.do(officer, "draft_reply", reply_text="发票均由其开具，交易真实")


def mine(walk: Walk, login: str) -> list[str]:
    query = WorklistQuery(walk.application.clock.today())
    return [task.element for task in walk.application.engine.worklist(walk.actor(login), query).items]


@pytest.mark.parametrize(
    ("amount", "tax", "organised"),
    [
        ("9999999.99", "0.00", False), ("10000000.00", "0.00", True), ("99999999.99", "0.00", True), ("100000000.00", "0.00", True),
        ("9000000.00", "1530000.00", True), ("8547008.54", "1452991.45", False),  # price with tax, of which neither alone decides
    ],
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


def test_a_returned_letter_is_back_with_who_filled_it_in_and_the_post_is_told_why(walk: Walk) -> None:
    case = walk.start("chen.min", "hs", "delegation", **BEGIN)
    walk.do("chen.min", "fill_letter", next_step="submit", enterprise_facts="一般纳税人", invoice_facts="税额不符", demands="请核实")
    walk.do("lin.jing", "check_entry", entry_checked="on", decision="return", return_reason="税额与原始资料不符")

    (task,) = walk.case(case, "chen.min").open_tasks
    assert (task.element, task.assignee_id) == ("fill_letter", walk.actor("chen.min").person_id)
    with walk.application.database.read() as session:
        (told,) = left_for(session, sorted(walk.actor("chen.min").post_ids))
        assert left_for(session, sorted(walk.actor("lin.jing").post_ids)) == []
    assert (told.kind, told.subject_id) == ("returned", case)
    assert told.text.endswith("的“填制协查函件”被林静退回：税额与原始资料不符")


def test_a_returned_order_and_a_returned_reply_are_back_with_who_wrote_them(walk: Walk) -> None:
    send(walk)
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    walk.do("gu.ning", "fill_order", inspector_id="曹平", order_demands="到户核查")
    walk.do("shen.yi", "approve_order", decision="return", return_reason="请写明核查期间")
    assert mine(walk, "gu.ning") == ["fill_order"]

    draft(walk, "gu.ning", "shen.yi", "cao.ping")
    walk.do("tang.wei", "check_reply", entry_checked="on", decision="return", return_reason="份数与清单不符")
    assert mine(walk, "gu.ning") == ["draft_reply"]
    walk.do("gu.ning", "draft_reply", reply_text="一份发票由其开具，交易真实")
    walk.do("tang.wei", "check_reply", entry_checked="on", decision="agree")
    walk.do("shen.yi", "approve_reply", decision="return", return_reason="结论不清")
    assert mine(walk, "gu.ning") == ["draft_reply"]
    walk.do("gu.ning", "draft_reply", reply_text="发票均由其开具，交易真实")
    walk.do("tang.wei", "check_reply", entry_checked="on", decision="agree")
    walk.do("shen.yi", "approve_reply", decision="agree")


def test_a_wrong_office_code_or_invoice_is_told_and_nothing_is_half_done(walk: Walk) -> None:
    with pytest.raises(FormInvalid, match="受托机关"):
        walk.start("chen.min", "hs", "delegation", **{**BEGIN, "to_office": "nowhere"})
    with pytest.raises(FormInvalid, match="第 1 行：发票号码"):
        walk.start("chen.min", "hs", "delegation", **{**BEGIN, "faces": [{**FACE, "invoice_number": "12"}]})

    with walk.application.database.read() as session:
        assert session.scalars(select(Delegation)).all() == []


def test_a_notice_without_the_written_proof_is_not_submitted_and_it_is_told_what_to_do(walk: Walk) -> None:
    case = walk.start("chen.min", "hs", "delegation", **{**BEGIN, "nature": "confirmed"})
    with pytest.raises(Declined, match="附件2第七条）：请先在案件页的“附件”中上传该证明，再送交审核") as told:
        sign(walk)
    assert "attach it on the page of the case" in told.value.en
    assert walk.case(case, "chen.min").incidents == []

    prove(walk, case)
    sign(walk)

    with walk.application.database.read() as session:
        assert session.scalars(select(Delegation)).one().state == "received"


def test_an_invoice_may_be_red_but_its_tax_is_never_above_the_rate(walk: Walk) -> None:
    with pytest.raises(FormInvalid, match=r"第 1 行：税额 999\.00 元大于金额 123\.45 元"):
        walk.start("chen.min", "hs", "delegation", **{**BEGIN, "faces": [{**FACE, "amount": "123.45", "tax": "999"}]})
    with pytest.raises(FormInvalid, match="应填写数字"):
        walk.start("chen.min", "hs", "delegation", **{**BEGIN, "faces": [{**FACE, "amount": "1,2,3.45", "tax": "1"}]})

    case = walk.start("chen.min", "hs", "delegation", **{**BEGIN, "faces": [{**FACE, "amount": "-1,000.00", "tax": "-170"}]})

    assert str(walk.case(case, "chen.min").variables["total"]) == "-1170.00"


def test_a_typed_in_invoice_says_of_which_copy_it_is_and_what_its_problem_is(walk: Walk) -> None:
    whole = {**FACE, "copy": "stub", "problem": "certification_mismatch", "mismatch": "tax"}
    for lacking, told in (("copy", "第 1 行：请选择“联次”"), ("mismatch", "第 1 行：.*不符")):
        with pytest.raises(FormInvalid, match=told):
            walk.start("chen.min", "hs", "delegation", **{**BEGIN, "faces": [{**whole, lacking: ""}]})

    walk.start("chen.min", "hs", "delegation", **{**BEGIN, "faces": [whole]})

    with walk.application.database.read() as session:
        row = session.scalars(select(InvoiceFace)).one()
    assert (row.copy, row.problem, row.mismatch) == ("stub", "certification_mismatch", "tax")


def test_an_invoice_typed_in_twice_is_told(walk: Walk) -> None:
    walk.start("chen.min", "hs", "delegation", **BEGIN)

    with pytest.raises(FormInvalid, match=r"第 1 行：3202012140 00010023 .* 已由本机关录入过"):
        walk.start("chen.min", "hs", "delegation", **BEGIN)


def test_three_signatures_are_kept_with_their_moments(walk: Walk, clock: ManualClock) -> None:
    case = walk.start("chen.min", "hs", "delegation", **BEGIN)
    walk.do("chen.min", "fill_letter", next_step="submit", enterprise_facts="一", invoice_facts="二", demands="三")
    for login, element, values in (
        ("lin.jing", "check_entry", {"entry_checked": "on"}),
        ("sun.qiang", "check_handling", {"handling_checked": "on"}),
        ("zhou.hua", "approve_delegation", {}),
    ):
        clock.advance(timedelta(hours=1))
        walk.do(login, element, decision="agree", **values)

    subject = walk.case(case, "chen.min").variables["delegation_id"]
    with walk.application.database.read() as session:
        signed = [(s.role, s.person_name, s.signed_at.hour) for s in signatures_of(session, subject, "delegation_letter")]
    assert signed == [("clerk", "林静", 2), ("handler", "孙强", 3), ("leader", "周华", 4)]


def test_a_conclusion_that_contradicts_the_points_is_declined_and_nothing_is_booked(walk: Walk) -> None:
    send(walk)
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    walk.do("gu.ning", "fill_order", inspector_id="曹平", order_demands="到户核查")
    walk.do("shen.yi", "approve_order", decision="agree")

    with pytest.raises(Declined, match="结论为“属实”，但交易一项为“否”"):
        walk.do("cao.ping", "investigate", **{**POINTS, "trade": "no", "conclusion": "consistent", "summary": "矛盾"})

    with walk.application.database.read() as session:
        receipt = session.scalars(select(Receipt)).one()
        assert receipt.state == "investigating"
        assert session.scalars(select(Finding)).all() == []
    assert walk.case(receipt.case_id, "gu.ning").incidents == []


def test_a_place_of_the_archive_that_is_taken_is_told_with_the_case_that_holds_it(walk: Walk) -> None:
    for n in (1, 2):
        face = {**FACE, "invoice_number": f"0001002{n}"}
        case = walk.start("chen.min", "hs", "delegation", **{**BEGIN, "to_office": "hs", "faces": [face]})
        verify(walk)
        if n == 1:
            walk.do("wu.fang", "archive_delegation", **ARCHIVE, location="1-1-1")

    with pytest.raises(Declined, match="存放位置“1-1-1”已存放案件 甬海国税稽协〔2026〕1号 的案卷") as told:
        walk.do("wu.fang", "archive_delegation", **ARCHIVE, location="1-1-1")
    assert "甬海国税稽协〔2026〕1号" in told.value.en
    assert walk.case(case, "chen.min").incidents == []
