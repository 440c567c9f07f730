"""Terms of lower levels lie within that of the level above: how far, and what follows when that one moves."""

from __future__ import annotations

from datetime import date

from engine.registry import Declined, StepContext
from handlers.tools import Tools, officer_posts, who
from records.coinvestigation.model import Receipt
from records.coinvestigation.store import receipts

TERMS = ("reply_doubtful", "reply_confirmed")


def upper_term(ctx: StepContext, tools: Tools, key: str, above: str | None) -> date | None:
    """The last day of the level above, within which the lower level answers; None where nothing was passed down, or nothing limits it.

    The delegating party is answered within a month of receipt by the office that it asked (Ningbo 2001-19, annex 2, art. 13); how much of
    it a lower level is given (art. 11) the source leaves open **[chosen]**.
    """
    if above is None or tools.setting(ctx, key, "passed_down") != "within_upper":
        return None
    term = tools.deadlines.running(ctx.session, receipts.receipt(ctx.session, above).case_id, TERMS)
    return term.due_on if term else None


def require_within(ctx: StepContext, tools: Tools, row: Receipt, key: str, until: date) -> None:
    """A lower level is given no day after the last one of the level above, which owes the whole reply: that one asks first.

    Source: Ningbo 2001-19, annex 2, art. 13.
    """
    limit = upper_term(ctx, tools, key, row.parent_id)
    if limit is not None and until > limit:
        raise Declined(
            f"批转本案的上级机关应于 {limit} 前回复，下级的期限不能延至 {until}；请先由上级申请延期，或把日期改为不晚于 {limit}",
            f"the level above owes its reply by {limit}, a lower one cannot be extended to {until}: it asks first, or choose an earlier day",
        )


def move_lower_terms(ctx: StepContext, tools: Tools, row: Receipt, until: date) -> None:
    """The term of a level was extended: those beneath that are not answered yet are counted again within it, and so on downwards.

    A lower level has its own month from its own receipt, now up to the new day. Source: Ningbo 2001-19, annex 2, art. 13.
    """
    for lower in receipts.passed_down_from(ctx.session, row.id):
        term = tools.deadlines.running(ctx.session, lower.case_id, TERMS, lock=True)
        if term is None or tools.setting(ctx, term.key, "passed_down") != "within_upper":
            continue
        before = term.due_on
        due_on = tools.deadlines.move_limit(ctx.session, lower.case_id, term.key, until).due_on
        if due_on == before:
            continue
        receipts.revise_receipt(ctx.session, who(ctx), lower.id, due_on=due_on)
        ctx.send("term_extended", lower.case_id, {"term_until": due_on}, if_awaited=True)
        if due_on >= ctx.clock.today():
            ctx.send("matter_settled", lower.case_id, {"settled_by": f"上级的期限延至 {until}，本案期限改为 {due_on}"}, if_awaited=True)
        tools.deadlines.notify(
            ctx.session, officer_posts(ctx.session, lower.office_id), lower.case_id, "extension",
            f"上级的回复期限经批准延至 {until}，本案的期限由 {before} 改为 {due_on}", f"the level above was given until {until}: this is now due on {due_on}",
        )  # fmt: skip
        move_lower_terms(ctx, tools, lower, due_on)
