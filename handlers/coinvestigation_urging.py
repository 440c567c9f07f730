"""Urging (催办) after a term has passed: the city fills and signs every sheet, the late office answers, the reply settles it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from deadlines.model import Deadline
from deadlines.states import NotAllowed
from engine.registry import Declined, Registry, StepContext
from handlers.coinvestigation_city_papers import urging_data
from handlers.coinvestigation_reply_papers import KINDS
from handlers.issuing import issue
from handlers.tools import Tools, city_of, declining, officer_posts, own_office, text
from papers.numbers import document_number
from papers.words import day
from records.coinvestigation.kinds import Nature
from records.coinvestigation.store import delegations, receipts
from records.offices import store as offices

TERMS = ("reply_doubtful", "reply_confirmed", "verify_inside")


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of an urging."""

    @registry.operation("coinvestigation.open_urging")
    def open_urging(ctx: StepContext) -> Mapping[str, Any]:
        """Gathers what the sheet says; if the reply came in the meantime there is nothing to urge.

        Source: Ningbo 2001-19, annex 2, art. 14.
        """
        subject, today = str(ctx.variables["subject_id"]), ctx.clock.today()
        matter, term = _matter(ctx, subject), _passed_term(tools, ctx)
        ctx.set_title(f"催办：{matter['case_name']}")
        if term is None:
            return {"still_open": False, **matter}
        own, rule = own_office(ctx), tools.rule(ctx, term.key)
        wording = f"贵局承办的上述协查事项已于{day(term.due_on)}逾期，至今未回复。请抓紧办理，并书面说明原因和预计回复日期。"
        ctx.set_due(tools.deadlines.add_working_days(today, rule.repeat or 1), "应签发催办单的日期")
        return {
            "still_open": True, "urged_office_name": own.name, "due_on": term.due_on, "urging_text": wording,
            "answer_within": rule.repeat or 1, "sheets_sent": 0, "sheet_pending": True,
            "urging_count": len(tools.deadlines.urgings(ctx.session, subject)), "city_office_name": city_of(ctx.session, own.id).name, **matter,
        }  # fmt: skip

    @registry.operation("coinvestigation.send_urging")
    def send_urging(ctx: StepContext) -> Mapping[str, Any]:
        """Issues the sheet that a leader of the city has signed; the day by which to answer is counted from that day.

        Source: Ningbo 2001-19, annex 2, arts. 14 and 15.
        """
        term, within = _passed_term(tools, ctx), int(ctx.variables["answer_within"])
        if term is None:
            raise Declined(
                "受托方已回复或已获准延期，不必再催办", "the authority asked has replied or was given more time; there is nothing to urge any more"
            )
        return _send(tools, ctx, term, tools.deadlines.add_working_days(ctx.clock.today(), within))

    @registry.operation("coinvestigation.prepare_repeat")
    def prepare_repeat(ctx: StepContext) -> Mapping[str, Any]:
        """Has a further sheet filled where the last was not answered by the day that it named, and none is being prepared.

        The ledger repeats from the day the term passed, the sheet counts from the day it was signed.
        Source: Ningbo 2001-19, annex 2, art. 14.
        """
        if ctx.variables["sheet_pending"] or _passed_term(tools, ctx) is None or ctx.clock.today() < ctx.variables["answer_by"]:
            return {"repeat_due": False}
        return {"repeat_due": True, "sheet_pending": True}

    @registry.operation("coinvestigation.book_answer")
    def book_answer(ctx: StepContext) -> Mapping[str, Any]:
        """Books what the urged office says; the next sheet waits until the day that it promises is over.

        Source: Ningbo 2001-19, annex 2, art. 14. The article leaves open when the city urges again **[chosen]**.
        """
        expected, term = ctx.variables["expected_on"], _passed_term(tools, ctx)
        if term is not None:
            with declining(NotAllowed):
                tools.deadlines.promise(ctx.session, term.subject_id, term.key, expected)
        _answer(tools, ctx, ctx.actor.signature, f"{text(ctx, 'urging_answer')}（预计 {expected} 回复）")
        city = city_of(ctx.session, ctx.case.office_id)
        tools.tell(
            ctx, officer_posts(ctx.session, city.id), "urging_answered",
            f"{text(ctx, 'urged_office_name')}答复催办：{text(ctx, 'urging_answer')}，预计 {expected} 回复",
            f"the urging was answered; the reply is expected on {expected}",
        )  # fmt: skip
        ctx.set_due(None)
        return {}

    @registry.operation("coinvestigation.close_urging")
    def close_urging(ctx: StepContext) -> Mapping[str, Any]:
        """The matter is settled, which answers every sheet: the reply has come, or the term was extended.

        Source: Ningbo 2001-19, annex 2, arts. 12 to 14.
        """
        _answer(tools, ctx, ctx.actor.signature, text(ctx, "settled_by"))
        ctx.set_due(None)
        return {}


def _passed_term(tools: Tools, ctx: StepContext) -> Deadline | None:
    """The term that has passed, kept from being met until this step is stored; None where the reply or an extension was faster."""
    term = tools.deadlines.running(ctx.session, str(ctx.variables["subject_id"]), TERMS, lock=True)
    return term if term is not None and ctx.clock.today() > term.due_on else None


def _send(tools: Tools, ctx: StepContext, term: Deadline, until: date) -> dict[str, Any]:
    """Issues a sheet and leaves the urged office a notice; every sheet of the matter is counted, answered or not."""
    session, city = ctx.session, city_of(ctx.session, ctx.case.office_id)
    times = len(tools.deadlines.urgings(session, term.subject_id)) + 1
    number = document_number(session, f"{tools.mark(ctx, city)}催", ctx.clock.today().year)
    issue(ctx, tools, "urging", urging_data(ctx, term, times=times, answer_by=until), number=number)
    signed = (ctx.variables.get("done_by") or {}).get("approve_urging") or {}
    tools.deadlines.urge(
        session, term.subject_id, by_id=str(signed.get("person_id") or ctx.actor.person_id), by_name=str(signed.get("name") or ctx.actor.signature),
        posts=officer_posts(session, ctx.case.office_id), text=f"{number}（第 {times} 次）：{text(ctx, 'urging_text')}", deadline_id=term.id,
    )  # fmt: skip
    ctx.set_business_key(number)
    ctx.set_due(until, "催办后应答复的日期")
    sent = int(ctx.variables["sheets_sent"]) + 1
    return {"urging_count": times, "urging_number": number, "answer_by": until, "sheets_sent": sent, "sheet_pending": False}


def _answer(tools: Tools, ctx: StepContext, by: str, words: str) -> None:
    for urging in tools.deadlines.urgings(ctx.session, str(ctx.variables["subject_id"])):
        if urging.answered_at is None:
            tools.deadlines.answer(ctx.session, urging.id, by=by, text=words)


def _matter(ctx: StepContext, subject: str) -> dict[str, Any]:
    """Number and dates of what is late: a received delegation, or a verification inside the own district."""
    row = receipts.receipt_of_case(ctx.session, subject)
    found = delegations.delegation(ctx.session, row.delegation_id) if row else delegations.delegation_of_case(ctx.session, subject)
    assert found is not None, "terms of co-investigation run on cases that have a record"
    return {
        "matter_number": (row.number if row else found.number) or "", "delegation_number": found.number or "", "case_name": found.name,
        "received_on": row.received_on if row else found.created_on, "invoice_count": row.invoice_count if row else found.invoice_count,
        "total": row.amount + row.tax if row else found.total,
        "delegating_office_name": offices.office(ctx.session, row.from_office_id if row else found.from_office_id).name,
        "letter_kind": KINDS[Nature(found.nature)] if row else "辖区内核查（无来函）",
        "is_extended": bool(row and row.extended_to),
    }  # fmt: skip
