"""What happens around the terms: extension, urging, and reports that go up at once (Ningbo 2001-19, annex 1 art. 10, annex 2 arts. 10, 13, 14)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db.clock import ManualClock
from engine.errors import Declined, NotOffered
from records.coinvestigation.model import Delegation, Extension, ImmediateReport, InvoiceFace, Receipt
from tests.procedures.test_coinvestigation import BEGIN, FACE, answer, send
from tests.procedures.walking import Walk

APPLY = {"wanted": "2026-04-30", "reason": "当事企业账簿已被公安机关调取"}
GRANT = {"decision": "approve", "granted": "2026-04-25", "opinion": "同意延至四月下旬"}
URGE = {"urging_text": "请速回复", "answer_by": "2026-04-10"}


def received(walk: Walk) -> str:
    """The case of the side that was asked."""
    with walk.application.database.read() as session:
        return session.scalars(select(Receipt.case_id)).one()


def on(walk: Walk, clock: ManualClock, day: str) -> None:
    """Time passes day by day, as the pump sees it."""
    while clock.today() < date.fromisoformat(day):
        clock.advance(timedelta(days=1))
        walk.application.deadlines.tick(walk.application.database)
        walk.settle()


def cases(walk: Walk, process: str, login: str) -> list[Any]:
    return walk.application.engine.cases(walk.actor(login), process_id=process)[0]


def test_an_extension_granted_by_the_city_moves_the_term_everywhere(walk: Walk, clock: ManualClock) -> None:
    delegation = send(walk)
    reply = received(walk)
    on(walk, clock, "2026-03-20")
    walk.start("gu.ning", "szwz", "extension", about=reply, **APPLY)
    walk.do("shen.yi", "decide_extension", **GRANT)

    assert walk.case(reply, "gu.ning").header.due_on == date(2026, 4, 27)  # 25 April is a Saturday
    with walk.application.database.read() as session:
        extension, receipt, given = (session.scalars(select(m)).one() for m in (Extension, Receipt, Delegation))
        assert (extension.state, extension.granted, extension.told_on) == ("approved", date(2026, 4, 27), date(2026, 3, 20))
        assert (receipt.extended_to, given.due_on) == (date(2026, 4, 27), date(2026, 4, 27))
        (term,) = walk.application.deadlines.for_subject(session, reply)
        assert (term.due_on, "延期至 2026-04-27" in term.explanation) == (date(2026, 4, 27), True)
    assert "note_extension" in walk.application.engine.diagram(delegation, walk.actor("chen.min")).done


def test_an_extension_refused_leaves_the_term(walk: Walk, clock: ManualClock) -> None:
    send(walk)
    reply = received(walk)
    case = walk.start("gu.ning", "szwz", "extension", about=reply, **APPLY)
    walk.do("shen.yi", "decide_extension", decision="refuse", opinion="理由不充分")

    assert walk.case(reply, "gu.ning").header.due_on == date(2026, 4, 2)
    assert walk.case(case, "gu.ning").header.status == "completed"
    assert "extension_ended_refused" in walk.application.engine.diagram(case, walk.actor("gu.ning")).done


def test_an_extension_after_the_term_or_twice_is_refused_with_a_sentence(walk: Walk, clock: ManualClock) -> None:
    send(walk)
    reply = received(walk)
    walk.start("gu.ning", "szwz", "extension", about=reply, **APPLY)
    with pytest.raises(Declined, match="已有一件延期申请"):
        walk.start("gu.ning", "szwz", "extension", about=reply, **APPLY)
    walk.do("shen.yi", "decide_extension", decision="refuse", opinion="再议")
    on(walk, clock, "2026-04-03")

    with pytest.raises(Declined, match="期限 2026-04-02 已过"):
        walk.start("gu.ning", "szwz", "extension", about=reply, **APPLY)


def test_what_was_applied_for_in_time_may_be_granted_after_the_term(walk: Walk, clock: ManualClock) -> None:
    send(walk)
    reply = received(walk)
    on(walk, clock, "2026-04-02")
    walk.start("gu.ning", "szwz", "extension", about=reply, **APPLY)
    on(walk, clock, "2026-04-07")
    walk.do("shen.yi", "decide_extension", **GRANT)

    assert walk.case(reply, "gu.ning").header.due_on == date(2026, 4, 27)
    (urging,) = cases(walk, "urging", "gu.ning")
    assert urging.status == "completed"  # the term passed on 3 April; the extension settles the sheet that nobody signed yet


def test_an_extension_is_offered_on_received_cases_only(walk: Walk) -> None:
    delegation = send(walk)
    engine = walk.application.engine

    assert [v.model.process_id for v in engine.offered(received(walk), walk.actor("gu.ning"))] == ["extension"]
    assert engine.offered(delegation, walk.actor("chen.min")) == []
    assert "extension" not in [v.model.process_id for v in engine.startable(walk.actor("gu.ning"))]
    with pytest.raises(NotOffered):
        walk.start("chen.min", "hs", "extension", about=delegation, **APPLY)


def test_a_late_reply_is_urged_again_until_it_is_answered(walk: Walk, clock: ManualClock) -> None:
    send(walk)
    reply = received(walk)
    on(walk, clock, "2026-04-03")
    walk.do("ding.rong", "issue_urging", **URGE)
    on(walk, clock, "2026-04-13")

    with walk.application.database.read() as session:
        sheets = walk.application.deadlines.urgings(session, reply)
        assert [u.text.partition("：")[0] for u in sheets] == [
            "苏国税稽协催〔2026〕1号（第 1 次）",
            "苏国税稽协催〔2026〕2号（第 2 次）",
        ]
        assert [u.answer for u in sheets] == ["", ""]

    walk.do("gu.ning", "answer_urging", urging_answer="账簿调取迟延", expected_on="2026-04-20")

    with walk.application.database.read() as session:
        assert all("账簿调取迟延" in u.answer for u in walk.application.deadlines.urgings(session, reply))
    on(walk, clock, "2026-04-27")
    assert [case.status for case in cases(walk, "urging", "gu.ning")] == ["active", "completed"]  # urged anew after the answer


def test_nobody_is_urged_again_before_the_day_by_which_an_answer_was_asked_for(walk: Walk, clock: ManualClock) -> None:
    send(walk)
    reply = received(walk)
    on(walk, clock, "2026-04-03")
    walk.do("ding.rong", "issue_urging", **{**URGE, "answer_by": "2026-04-15"})
    on(walk, clock, "2026-04-13")

    with walk.application.database.read() as session:
        assert len(walk.application.deadlines.urgings(session, reply)) == 1

    on(walk, clock, "2026-04-20")
    with walk.application.database.read() as session:
        assert len(walk.application.deadlines.urgings(session, reply)) == 2


def test_an_urging_sheet_asks_for_no_answer_in_the_past(walk: Walk, clock: ManualClock) -> None:
    send(walk)
    reply = received(walk)
    on(walk, clock, "2026-04-03")

    with pytest.raises(Declined, match="2026-04-02 已经过去"):
        walk.do("ding.rong", "issue_urging", **{**URGE, "answer_by": "2026-04-02"})

    with walk.application.database.read() as session:
        assert walk.application.deadlines.urgings(session, reply) == []


def test_a_reply_settles_the_urging(walk: Walk, clock: ManualClock) -> None:
    send(walk)
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    reply = received(walk)
    on(walk, clock, "2026-04-03")
    walk.do("ding.rong", "issue_urging", **URGE)
    answer(walk, "gu.ning", "shen.yi", "cao.ping")

    (urging,) = cases(walk, "urging", "gu.ning")
    assert urging.status == "completed"
    with walk.application.database.read() as session:
        (sheet,) = walk.application.deadlines.urgings(session, reply)
        assert sheet.answer.startswith("已回复协查结果（苏吴国税稽协复〔2026〕1号）")
        (term,) = walk.application.deadlines.for_subject(session, reply)
        assert (term.state, term.met_on) == ("met", date(2026, 4, 3))
    on(walk, clock, "2026-04-30")
    assert len(cases(walk, "urging", "gu.ning")) == 1


def test_a_reply_before_the_sheet_is_signed_settles_it_too(walk: Walk, clock: ManualClock) -> None:
    send(walk)
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    on(walk, clock, "2026-04-03")
    answer(walk, "gu.ning", "shen.yi", "cao.ping")

    (urging,) = cases(walk, "urging", "gu.ning")
    assert urging.status == "completed"
    assert "settled_unsigned" in walk.application.engine.diagram(urging.instance_id, walk.actor("gu.ning")).done


def test_a_verification_inside_that_is_late_is_urged_by_the_city(walk: Walk, clock: ManualClock) -> None:
    walk.start("chen.min", "hs", "delegation", **{**BEGIN, "to_office": "hs"})
    on(walk, clock, "2026-04-03")
    walk.do("xu.wei", "issue_urging", **URGE)
    walk.do("chen.min", "verify_inside", conclusion="consistent", summary="属实")

    (urging,) = cases(walk, "urging", "xu.wei")
    assert urging.status == "completed"


def imported(walk: Walk, amount: str) -> str:
    """A delegation whose one invoice came from certification."""
    return walk.imported("chen.min", "hs", amount=amount)


@pytest.mark.parametrize(("amount", "reported"), [("99999.99", 0), ("100000.00", 1)])
def test_a_certified_mismatch_of_a_hundred_thousand_goes_to_the_city_at_once(
    walk: Walk, clock: ManualClock, amount: str, reported: int
) -> None:
    imported(walk, amount)

    found = cases(walk, "mismatch_report", "xu.wei")
    assert len(found) == reported
    if reported:
        assert found[0].due_on == date(2026, 3, 3)  # one working day
        walk.do("chen.min", "report_to_city", report_text="认证不符，拟即时核查")
        walk.do("xu.wei", "receive_report", summary_month="2026-03")
        with walk.application.database.read() as session:
            row = session.scalars(select(ImmediateReport)).one()
            assert row.acknowledged_by == walk.actor("xu.wei").person_id
        assert cases(walk, "mismatch_report", "xu.wei")[0].status == "completed"


def test_a_list_that_lay_for_days_shortens_the_time_for_the_report(walk: Walk, clock: ManualClock) -> None:
    walk.imported("chen.min", "hs", amount="250000.00", meanwhile=lambda: on(walk, clock, "2026-03-05"))

    (report,) = cases(walk, "mismatch_report", "xu.wei")
    assert report.due_on == date(2026, 3, 3)


def test_a_report_that_is_not_made_at_once_is_told_to_director_and_city(walk: Walk, clock: ManualClock) -> None:
    imported(walk, "250000.00")
    on(walk, clock, "2026-03-05")

    with walk.application.database.read() as session:
        for login in ("zhou.hua", "xu.wei"):
            kinds = [n.kind for n in walk.application.deadlines.notices(session, sorted(walk.actor(login).post_ids))]
            assert "escalated" in kinds


def test_typed_in_invoices_are_not_reported_at_once(walk: Walk) -> None:
    send(walk, faces=[{**FACE, "amount": "500000.00"}])

    assert cases(walk, "mismatch_report", "xu.wei") == []


def test_the_city_returns_a_case_that_was_reported_to_it(walk: Walk) -> None:
    case = send(walk, faces=[{**FACE, "amount": "20000000.00"}])
    walk.do("xu.wei", "organise_at_city", city_decision="return", return_reason="请补充资金流向")

    assert walk.case(case, "chen.min").variables["return_reason"] == "请补充资金流向"
    assert [t.element for t in walk.case(case, "chen.min").open_tasks] == ["fill_letter"]
    with walk.application.database.read() as session:
        assert session.scalars(select(Delegation)).one().state == "draft"


def test_what_the_city_organises_goes_down_step_by_step(walk: Walk) -> None:
    send(walk, faces=[{**FACE, "amount": "20000000.00"}])
    walk.do("xu.wei", "organise_at_city", city_decision="organise")

    with walk.application.database.read() as session:
        row = session.scalars(select(Receipt)).one()
        assert row.number == "苏国税稽协受〔2026〕1号"  # Suzhou city, which passes it down to Wuzhong
        assert session.scalars(select(Delegation)).one().organiser == "city"


def test_a_hundred_million_is_reported_to_the_sat(walk: Walk) -> None:
    case = send(walk, faces=[{**FACE, "amount": "100000000.00"}])
    walk.do("xu.wei", "organise_at_city", city_decision="report")
    walk.do(
        "xu.wei", "report_to_sat", sat_number="甬国税稽〔2026〕8号", sat_reported_on="2026-03-02", sat_opinion="由总局稽查局组织"
    )

    with walk.application.database.read() as session:
        row = session.scalars(select(Delegation)).one()
        assert (row.organiser, row.state) == ("sat", "received")
        papers = [p.template for p in walk.application.papers.for_subject(session, case)]
    assert papers[0] == "case_report"


def test_a_small_case_is_organised_when_the_district_asks_for_it(walk: Walk) -> None:
    case = walk.start("chen.min", "hs", "delegation", **BEGIN)
    walk.do(
        "chen.min",
        "fill_letter",
        next_step="submit",
        enterprise_facts="一",
        invoice_facts="二",
        demands="三",
        city_requested="on",
    )
    walk.do("lin.jing", "check_entry", entry_checked="on", decision="agree")
    walk.do("sun.qiang", "check_handling", handling_checked="on", decision="agree")
    walk.do("zhou.hua", "approve_delegation", decision="agree")

    assert [t.element for t in walk.case(case, "chen.min").open_tasks] == ["organise_at_city"]


def test_a_withdrawn_delegation_frees_its_invoices(walk: Walk) -> None:
    case = walk.start("chen.min", "hs", "delegation", **BEGIN)
    walk.do("chen.min", "fill_letter", next_step="withdraw", withdraw_reason="重复立案")

    assert walk.case(case, "chen.min").header.status == "completed"
    with walk.application.database.read() as session:
        assert session.scalars(select(Delegation)).one().state == "withdrawn"
        assert session.scalars(select(InvoiceFace)).all() == []
    walk.start("chen.min", "hs", "delegation", **BEGIN)  # the same invoice may be typed in again


@pytest.mark.parametrize("by", ["lin.jing", "sun.qiang"])
def test_whoever_checks_may_send_it_back_with_a_reason(walk: Walk, by: str) -> None:
    case = walk.start("chen.min", "hs", "delegation", **BEGIN)
    facts = {"next_step": "submit", "enterprise_facts": "一", "invoice_facts": "二", "demands": "三"}
    walk.do("chen.min", "fill_letter", **facts)
    if by == "sun.qiang":
        walk.do("lin.jing", "check_entry", entry_checked="on", decision="agree")
    check = "check_entry" if by == "lin.jing" else "check_handling"
    box = "entry_checked" if by == "lin.jing" else "handling_checked"
    walk.do(by, check, decision="return", return_reason="税额录错", **{box: "on"})

    assert walk.case(case, "chen.min").variables["return_reason"] == "税额录错"
    walk.do("chen.min", "fill_letter", **facts)
    assert walk.case(case, "chen.min").variables["return_reason"] is None
