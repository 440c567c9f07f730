"""What happens around the terms: extension, urging, and reports that go up at once (Ningbo 2001-19, annex 1 art. 10, annex 2 arts. 10, 13, 14)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from db.clock import ManualClock
from deadlines.model import Notice
from engine.errors import Declined, NotOffered, NotYours
from engine.link import Link
from handlers.wiring import build_registry
from records.coinvestigation.model import Delegation, Extension, ImmediateReport, InvoiceFace, Receipt
from tests.factories.notices import left_for
from tests.procedures.test_coinvestigation import BEGIN, FACE, answer, draft, send, sign, verify
from tests.procedures.walking import Walk

APPLY = {"wanted": "2026-04-30", "reason": "当事企业账簿已被公安机关调取"}
GRANT = {"decision": "approve", "granted": "2026-04-25", "opinion": "同意延至四月下旬"}
URGE = {"urging_text": "请速回复", "answer_within": "5"}


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


def urge(walk: Walk, officer: str = "ding.rong", leader: str = "shen.yi", within: str = "5") -> None:
    """The city fills an urging sheet, and its leader signs it."""
    walk.do(officer, "issue_urging", **{**URGE, "answer_within": within})
    walk.do(leader, "approve_urging", decision="agree")


def sheet_issued(walk: Walk, clock: ManualClock) -> None:
    """A case is late: it was urged once, and the next sheet is filled and waits for the leader."""
    send(walk)
    on(walk, clock, "2026-04-03")
    urge(walk)
    on(walk, clock, "2026-04-13")
    walk.do("ding.rong", "issue_urging", **URGE)


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
        assert (term.due_on, "延期至2026年4月27日" in term.explanation) == (date(2026, 4, 27), True)
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


def test_an_extension_is_applied_for_by_the_office_that_was_asked_not_by_the_city_above_it(walk: Walk) -> None:
    send(walk)
    engine, city = walk.application.engine, walk.actor("ding.rong")

    assert engine.header(received(walk), city).status == "active"
    assert engine.offered(received(walk), city) == []
    with pytest.raises(NotYours):
        walk.start("ding.rong", "szwz", "extension", about=received(walk), **APPLY)


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
    urge(walk)
    on(walk, clock, "2026-04-13")
    urge(walk)

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


def sheets(walk: Walk) -> list[str]:
    """The numbers of the sheets that were sent about the received case."""
    reply = received(walk)
    with walk.application.database.read() as session:
        return [u.text.partition("：")[0] for u in walk.application.deadlines.urgings(session, reply)]


def test_sheets_are_counted_on_after_an_answer_whose_promise_was_not_kept(walk: Walk, clock: ManualClock) -> None:
    send(walk)
    on(walk, clock, "2026-04-03")
    urge(walk)
    walk.do("gu.ning", "answer_urging", urging_answer="账簿调取迟延", expected_on="2026-04-15")
    on(walk, clock, "2026-04-16")
    urge(walk)

    assert sheets(walk) == ["苏国税稽协催〔2026〕1号（第 1 次）", "苏国税稽协催〔2026〕2号（第 2 次）"]
    assert cases(walk, "urging", "gu.ning")[0].status == "active"
    papers = walk.application.papers
    with walk.application.database.read() as session:
        latest = cases(walk, "urging", "gu.ning")[0].instance_id
        assert [p.data["times"] for p in papers.for_subject(session, latest)] == [2]


def test_nobody_is_urged_before_the_day_that_an_answer_promises_is_over(walk: Walk, clock: ManualClock) -> None:
    send(walk)
    on(walk, clock, "2026-04-03")
    urge(walk)
    walk.do("gu.ning", "answer_urging", urging_answer="账簿调取迟延", expected_on="2026-05-06")

    on(walk, clock, "2026-05-06")
    assert len(cases(walk, "urging", "gu.ning")) == 1

    on(walk, clock, "2026-05-07")
    assert len(cases(walk, "urging", "gu.ning")) == 2


def test_an_answer_promises_no_day_in_the_past(walk: Walk, clock: ManualClock) -> None:
    send(walk)
    on(walk, clock, "2026-04-03")
    urge(walk)

    with pytest.raises(Declined, match="2026-04-02 已经过去"):
        walk.do("gu.ning", "answer_urging", urging_answer="账簿调取迟延", expected_on="2026-04-02")


def messages(walk: Walk, name: str) -> list[str]:
    """What became of the messages of this name, the first first."""
    with walk.application.database.read() as session:
        return [state for (state,) in Link(session).all("SELECT state FROM message WHERE name = ? ORDER BY id", name)]


def unpumped(walk: Walk, clock: ManualClock, day: str) -> None:
    """Time passes day by day as the ledger sees it; no message arrives."""
    while clock.today() < date.fromisoformat(day):
        clock.advance(timedelta(days=1))
        walk.application.deadlines.tick(walk.application.database)


def test_a_message_that_lasts_longer_than_a_repeat_starts_one_urging(walk: Walk, clock: ManualClock) -> None:
    send(walk)
    unpumped(walk, clock, "2026-04-20")
    assert messages(walk, "term_passed") == ["pending"] * 3

    walk.settle()

    assert messages(walk, "term_passed") == ["delivered"] * 3
    assert [case.status for case in cases(walk, "urging", "gu.ning")] == ["active"]
    assert sheets(walk) == []


def test_an_urging_that_ends_on_the_way_leaves_nothing_that_wakes_a_later_one(walk: Walk, clock: ManualClock) -> None:
    send(walk)
    reply = received(walk)
    on(walk, clock, "2026-04-02")
    extension = walk.start("gu.ning", "szwz", "extension", about=reply, **APPLY)
    on(walk, clock, "2026-04-03")
    urge(walk)
    walk.hand_in("shen.yi", "decide_extension", **GRANT)
    walk.hand_in("gu.ning", "answer_urging", urging_answer="已申请延期", expected_on="2026-04-25")

    walk.settle()

    assert messages(walk, "matter_settled") == ["unwanted"]
    assert [row.name for row in walk.case(extension, "gu.ning").history if row.kind == "unwanted"] == ["matter_settled"]
    on(walk, clock, "2026-04-28")
    later, earlier = cases(walk, "urging", "gu.ning")
    assert (earlier.status, later.status) == ("completed", "active")
    assert [task.element for task in walk.case(later.instance_id, "gu.ning").open_tasks] == ["issue_urging"]


def test_a_sheet_is_not_sent_when_the_reply_is_on_its_way(walk: Walk, clock: ManualClock) -> None:
    send(walk)
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    on(walk, clock, "2026-04-03")
    draft(walk, "gu.ning", "shen.yi", "cao.ping")
    walk.do("tang.wei", "check_reply", entry_checked="on", decision="agree")
    walk.hand_in("shen.yi", "approve_reply", decision="agree")

    walk.hand_in("ding.rong", "issue_urging", **URGE)
    with pytest.raises(Declined, match="不必再催办"):
        walk.hand_in("shen.yi", "approve_urging", decision="agree")

    walk.settle()
    assert ([case.status for case in cases(walk, "urging", "gu.ning")], sheets(walk)) == (["completed"], [])


def test_nobody_is_urged_again_before_the_day_by_which_an_answer_was_asked_for(walk: Walk, clock: ManualClock) -> None:
    send(walk)
    reply = received(walk)
    on(walk, clock, "2026-04-03")
    urge(walk, within="7")
    on(walk, clock, "2026-04-13")

    with walk.application.database.read() as session:
        assert len(walk.application.deadlines.urgings(session, reply)) == 1
    (urging,) = cases(walk, "urging", "gu.ning")
    assert [task.element for task in walk.case(urging.instance_id, "gu.ning").open_tasks] == ["answer_urging"]

    on(walk, clock, "2026-04-20")
    urge(walk)
    with walk.application.database.read() as session:
        assert len(walk.application.deadlines.urgings(session, reply)) == 2


def test_an_urging_sheet_counts_its_answer_from_the_day_it_is_signed(walk: Walk, clock: ManualClock) -> None:
    send(walk)
    on(walk, clock, "2026-04-03")
    (urging,) = cases(walk, "urging", "gu.ning")
    begun = walk.case(urging.instance_id, "ding.rong").variables
    assert (begun["answer_within"], "answer_by" in begun, "04-1" in begun["urging_text"]) == (5, False, False)

    on(walk, clock, "2026-04-16")  # after a repeat of the ledger, with nobody at work
    walk.do("ding.rong", "issue_urging", **URGE)
    on(walk, clock, "2026-04-17")
    walk.do("shen.yi", "approve_urging", decision="agree")

    (sheet,) = issued(walk, urging.instance_id)
    assert (sheet["answer_by"], sheet["remark"], sheet["date"]) == ("2026-04-24", "请速回复", "2026-04-17")
    assert walk.case(urging.instance_id, "ding.rong").header.due_on == date(2026, 4, 24)


def issued(walk: Walk, urging: str) -> list[dict[str, Any]]:
    """What stands on the sheets of an urging, the first first."""
    with walk.application.database.read() as session:
        return [paper.data for paper in walk.application.papers.for_subject(session, urging)]


def signed(sheet: dict[str, Any]) -> list[tuple[str, str]]:
    return [(sheet[role]["name"], sheet[role]["on"]) for role in ("leader", "handler")]


def test_every_urging_sheet_is_signed_by_a_leader_who_did_not_fill_it(walk: Walk, clock: ManualClock) -> None:
    sheet_issued(walk, clock)
    on(walk, clock, "2026-04-14")
    walk.do("shen.yi", "approve_urging", decision="agree")

    (urging,) = cases(walk, "urging", "gu.ning")
    first, second = issued(walk, urging.instance_id)
    assert "日历" not in first["explanation"]
    assert signed(first) == [("沈毅", "2026-04-03"), ("丁蓉", "2026-04-03")]
    assert signed(second) == [("沈毅", "2026-04-14"), ("丁蓉", "2026-04-13")]
    with walk.application.database.read() as session:
        assert [u.by_name for u in walk.application.deadlines.urgings(session, received(walk))] == ["沈毅", "沈毅"]


def test_an_answer_ends_the_sheet_that_was_being_prepared_meanwhile(walk: Walk, clock: ManualClock) -> None:
    send(walk)
    on(walk, clock, "2026-04-03")
    urge(walk)
    on(walk, clock, "2026-04-20")  # two repeats, one sheet in preparation
    (urging,) = cases(walk, "urging", "gu.ning")
    assert sorted(t.element for t in walk.case(urging.instance_id, "gu.ning").open_tasks) == ["answer_urging", "issue_urging"]

    walk.do("gu.ning", "answer_urging", urging_answer="账簿调取迟延", expected_on="2026-04-24")

    assert walk.case(urging.instance_id, "gu.ning").header.status == "completed"
    assert len(issued(walk, urging.instance_id)) == 1


def test_a_reply_settles_the_urging(walk: Walk, clock: ManualClock) -> None:
    send(walk)
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    reply = received(walk)
    on(walk, clock, "2026-04-03")
    urge(walk)
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
    urge(walk, "xu.wei", "ma.lin")
    verify(walk)

    (urging,) = cases(walk, "urging", "xu.wei")
    assert urging.status == "completed"


def test_the_month_of_a_verification_inside_begins_when_the_invoices_came(walk: Walk, clock: ManualClock) -> None:
    case = walk.imported("chen.min", "hs", seller_id="330203144052260", meanwhile=lambda: on(walk, clock, "2026-03-12"))

    assert walk.case(case, "chen.min").header.due_on == date(2026, 4, 2)
    with walk.application.database.read() as session:
        (term,) = walk.application.deadlines.for_subject(session, case)
    assert (term.key, term.event_on, term.due_on) == ("verify_inside", date(2026, 3, 2), date(2026, 4, 2))


def passed_down(walk: Walk, clock: ManualClock, day: str) -> Any:
    """The term of the lower level, to which the city passes the matter on a day."""
    send(walk, to_office="sz")
    on(walk, clock, day)
    walk.do("shen.yi", "sign_receipt", handled_by="lower", lower_office="szwz")
    with walk.application.database.read() as session:
        lower = session.scalars(select(Receipt.case_id).where(Receipt.parent_id.is_not(None))).one()
        (term,) = walk.application.deadlines.for_subject(session, lower)
    assert walk.case(lower, "gu.ning").header.due_on == term.due_on
    return term


def test_the_lower_level_has_what_is_left_of_the_term_of_the_upper_one(walk: Walk, clock: ManualClock) -> None:
    term = passed_down(walk, clock, "2026-03-20")

    assert (term.event_on, term.due_on) == (date(2026, 3, 20), date(2026, 4, 2))
    assert "不晚于上级的期限2026年4月2日" in term.explanation


def test_what_is_passed_down_too_late_is_due_at_once(walk: Walk, clock: ManualClock) -> None:
    term = passed_down(walk, clock, "2026-04-09")

    assert term.due_on == date(2026, 4, 9)


def test_an_extension_of_the_upper_level_is_left_to_the_lower_one(walk: Walk, clock: ManualClock) -> None:
    send(walk, to_office="sz")
    on(walk, clock, "2026-03-20")
    walk.start("gu.ning", "sz", "extension", about=received(walk), **APPLY)
    walk.do("shen.yi", "decide_extension", **GRANT)
    walk.do("shen.yi", "sign_receipt", handled_by="lower", lower_office="szwz")

    with walk.application.database.read() as session:
        lower = session.scalars(select(Receipt).where(Receipt.parent_id.is_not(None))).one()
    assert lower.due_on == date(2026, 4, 20)  # its own month, which ends before the 27th


def imported(walk: Walk, amount: str) -> str:
    """A delegation whose one invoice came from certification."""
    return walk.imported("chen.min", "hs", amount=amount, tax="-17000.00" if amount.startswith("-") else "17000.00")


@pytest.mark.parametrize(
    ("amount", "reported"), [("99999.99", 0), ("100000.00", 1), ("-99999.99", 0), ("-100000.00", 1)]  # a red invoice by its size
)
def test_a_certified_mismatch_of_a_hundred_thousand_goes_to_the_city_at_once(
    walk: Walk, clock: ManualClock, amount: str, reported: int
) -> None:
    imported(walk, amount)

    found = cases(walk, "mismatch_report", "xu.wei")
    assert len(found) == reported
    if reported:
        assert found[0].due_on == date(2026, 3, 3)  # one working day
        walk.do("chen.min", "report_to_city", report_text="认证不符，拟即时核查")
        walk.do("xu.wei", "receive_report", city_organises="no")
        with walk.application.database.read() as session:
            row = session.scalars(select(ImmediateReport)).one()
            assert row.acknowledged_by == walk.actor("xu.wei").person_id
        assert cases(walk, "mismatch_report", "xu.wei")[0].status == "completed"


def test_the_city_reports_no_mismatch_to_itself(straight: Walk) -> None:
    straight.imported("xu.wei", "nb", amount="250000.00")

    assert cases(straight, "delegation", "xu.wei") != []
    assert cases(straight, "mismatch_report", "xu.wei") == []


def test_a_list_that_lay_for_days_shortens_the_time_for_the_report(walk: Walk, clock: ManualClock) -> None:
    walk.imported("chen.min", "hs", amount="250000.00", meanwhile=lambda: on(walk, clock, "2026-03-05"))

    (report,) = cases(walk, "mismatch_report", "xu.wei")
    assert report.due_on == date(2026, 3, 3)


def test_what_the_city_receives_after_the_summary_of_its_month_stands_in_the_next(walk: Walk, clock: ManualClock) -> None:
    for number in ("00000001", "00000002"):
        walk.imported("chen.min", "hs", invoice_number=number, amount="250000.00")
        walk.do("chen.min", "report_to_city", report_text="认证不符，拟即时核查")
    walk.do("xu.wei", "receive_report", city_organises="no")
    on(walk, clock, "2026-04-02")
    march = walk.start("xu.wei", "nb", "mismatch_summary", summary_month="2026-03")
    walk.do("xu.wei", "receive_report", city_organises="no")
    with pytest.raises(NotYours):
        walk.start("chen.min", "hs", "mismatch_summary", summary_month="2026-02")
    with pytest.raises(Declined, match="截至 2026-02 没有已接收而尚未汇总的随时报告"):
        walk.start("xu.wei", "nb", "mismatch_summary", summary_month="2026-02")
    april = walk.start("xu.wei", "nb", "mismatch_summary", summary_month="2026-04")

    found = [walk.case(case, "xu.wei").variables for case in (march, april)]
    assert [(v["reported_invoices"], v["reported_amount"], v["reported_late"]) for v in found] == [
        (1, Decimal("250000.00"), None), (1, Decimal("250000.00"), 1),
    ]  # fmt: skip
    with pytest.raises(Declined, match="截至 2026-04 没有"):
        walk.start("xu.wei", "nb", "mismatch_summary", summary_month="2026-04")


def test_a_report_that_is_not_made_at_once_is_told_to_director_and_city(walk: Walk, clock: ManualClock) -> None:
    imported(walk, "250000.00")
    on(walk, clock, "2026-03-05")

    with walk.application.database.read() as session:
        for login in ("zhou.hua", "xu.wei"):
            kinds = [n.kind for n in left_for(session, sorted(walk.actor(login).post_ids))]
            assert "escalated" in kinds


def test_typed_in_invoices_are_not_reported_at_once(walk: Walk) -> None:
    send(walk, faces=[{**FACE, "amount": "500000.00", "problem": "cipher_error"}])

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
    walk.do("xu.wei", "organise_at_city", city_decision="accept")

    with walk.application.database.read() as session:
        row = session.scalars(select(Receipt)).one()
        assert row.number == "苏国税稽协受〔2026〕1号"  # Suzhou city, which passes it down to Wuzhong
        assert session.scalars(select(Delegation)).one().organiser == "city"


def test_a_hundred_million_is_reported_to_the_sat(walk: Walk) -> None:
    case = send(walk, faces=[{**FACE, "amount": "100000000.00"}])
    walk.do("xu.wei", "organise_at_city", city_decision="accept")
    walk.do(
        "xu.wei", "report_to_sat", sat_number="甬国税稽〔2026〕8号", sat_reported_on="2026-03-02", sat_opinion="由总局稽查局组织"
    )

    with walk.application.database.read() as session:
        row = session.scalars(select(Delegation)).one()
        assert (row.organiser, row.state) == ("sat", "received")
        papers = [p.template for p in walk.application.papers.for_subject(session, case)]
    assert papers[0] == "case_report"


def test_the_city_has_no_choice_to_keep_what_is_the_sats(walk: Walk) -> None:
    case = send(walk, faces=[{**FACE, "amount": "150000000.00"}])
    walk.do("xu.wei", "organise_at_city", city_decision="accept")

    assert [t.element for t in walk.case(case, "chen.min").open_tasks] == ["report_to_sat"]


def test_what_the_sat_organises_does_not_leave_before_it_was_reported(straight: Walk) -> None:
    handlers = build_registry(straight.application.deadlines, straight.application.papers).handlers
    issue_letter: Any = handlers["coinvestigation.issue_letter"].function

    with pytest.raises(Declined, match="附件2第十条") as told:
        issue_letter(SimpleNamespace(variables={"organiser": "sat", "done_by": {"organise_at_city": {}}}))
    assert "annex 2, art. 10" in told.value.en


def test_the_citys_word_comes_too_late_for_what_was_sent(walk: Walk) -> None:
    case = walk.imported("chen.min", "hs", amount="250000.00")
    sign(walk)
    walk.do("chen.min", "report_to_city", report_text="密文有误")
    walk.do("xu.wei", "receive_report", city_organises="yes")

    with walk.application.database.read() as session:
        assert session.scalars(select(Delegation)).one().organiser == "own"
        assert "市局决定直接组织协查，但函件已发出或正在辖区内核查" in session.scalars(select(Notice.text)).all()
    assert [t.element for t in walk.case(case, "chen.min").open_tasks] == []


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
