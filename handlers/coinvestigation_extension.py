"""Extensions of the reply term: applied for by the office that was asked, decided by its city, or settled by the reply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deadlines.states import NotAllowed
from engine.registry import Declined, Registry, StepContext
from handlers.coinvestigation_lower_terms import TERMS, move_lower_terms, require_within
from handlers.tools import Tools, declining, officer_posts, own_office, text, who
from papers.numbers import document_number
from records.coinvestigation.errors import ExtensionRefused
from records.coinvestigation.store import delegations, receipts


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of an application."""

    @registry.operation("coinvestigation.apply_for_extension")
    def apply_for_extension(ctx: StepContext) -> Mapping[str, Any]:
        """Registers an application while the term still runs; the day that is wanted is proposed to whoever decides.

        Source: Ningbo 2001-19, annex 2, art. 13.
        """
        session, about = ctx.session, str(ctx.variables["about"])
        row, term = receipts.receipt_of_case(session, about), tools.deadlines.running(session, about, TERMS, lock=True)
        if row is None or term is None:
            raise Declined("这件案件没有正在计算的回复期限，不能申请延期", "no term of a reply runs in this case: it cannot be extended")
        if any(earlier.state == "applied" for earlier in receipts.extensions_of(session, row.id)):
            raise Declined("这件案件已有一件延期申请等待市局审批，不能重复申请", "an application for this case waits for the city already")
        require_within(ctx, tools, row, term.key, ctx.variables["wanted"])
        with declining(ExtensionRefused):
            made = receipts.apply_for_extension(
                session, who(ctx), row.id, due_on=term.due_on, wanted=ctx.variables["wanted"], today=ctx.clock.today(),
                reason=text(ctx, "reason"),
            )  # fmt: skip
        own = own_office(ctx)
        number = document_number(session, f"{tools.mark(ctx, own)}延", ctx.clock.today().year)
        ctx.set_business_key(number)
        ctx.set_title(f"延期申请：{delegations.delegation(session, row.delegation_id).name}")
        ctx.set_due(term.due_on, "应在原回复期限届满前审批")
        return {
            "extension_id": made.id, "receipt_id": row.id, "receipt_number": row.number, "term_key": term.key, "term_until": term.due_on,
            "applicant_office_name": own.name, "granted": ctx.variables["wanted"],
        }  # fmt: skip

    @registry.operation("coinvestigation.book_extension")
    def book_extension(ctx: StepContext) -> Mapping[str, Any]:
        """Books the decision of the city; an approval moves the term and tells the case that was asked for.

        Source: Ningbo 2001-19, annex 2, art. 13.
        """
        session, seen, about = ctx.session, ctx.variables, str(ctx.variables["about"])
        approved, opinion = seen["decision"] == "approve", text(ctx, "opinion")
        until = tools.deadlines.working_day_from(seen["granted"]) if approved else None
        if until is not None:
            require_within(ctx, tools, receipts.receipt(session, seen["receipt_id"]), seen["term_key"], until)
        with declining(ExtensionRefused):
            row = receipts.decide_extension(
                session, who(ctx), seen["extension_id"], seen["decision"], today=ctx.clock.today(), granted=until, opinion=opinion
            )
        ctx.set_due(None)
        posts = officer_posts(session, ctx.case.office_id)
        if until is None:
            tools.deadlines.notify(
                session, posts, about, "extension", f"延期申请未获批准：{opinion}", "the extension was refused"
            )
            return {"granted": None}
        with declining(NotAllowed):
            tools.deadlines.extend(
                session, about, seen["term_key"], seen["granted"], approved_by=ctx.actor.signature, reason=row.reason,
                applied_on=row.applied_on,
            )  # fmt: skip
        tools.deadlines.notify(session, posts, about, "extension", f"回复期限经批准延至 {until}", f"the term was extended to {until}")
        asked = receipts.revise_receipt(session, who(ctx), row.receipt_id, due_on=until)
        move_lower_terms(ctx, tools, asked, until)
        ctx.send("term_extended", about, {"term_until": until}, if_awaited=True)
        ctx.send("matter_settled", about, {"settled_by": f"回复期限经批准延至 {until}"}, if_awaited=True)
        return {"extended_to": until}

    @registry.operation("coinvestigation.close_extension")
    def close_extension(ctx: StepContext) -> Mapping[str, Any]:
        """The reply was sent while the city had not decided yet.

        Source: Ningbo 2001-19, annex 2, arts. 12 and 13.
        """
        receipts.settle_extension(ctx.session, who(ctx), ctx.variables["extension_id"], ctx.clock.today())
        ctx.set_due(None)
        return {}
