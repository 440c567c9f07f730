"""The side that was asked: register what arrived, hand it over to an inspector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Registry, StepContext
from handlers.coinvestigation_lower_terms import upper_term
from handlers.coinvestigation_papers import deliver
from handlers.coinvestigation_reply_papers import issue_order_papers
from handlers.coinvestigation_reply_parts import part_received
from handlers.tools import Tools, officer_posts, ref, who
from papers.numbers import document_number
from records.coinvestigation.kinds import Nature
from records.coinvestigation.store import delegations, receipts
from records.offices import store as offices


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of this side."""

    @registry.operation("coinvestigation.register_receipt")
    def register_receipt(ctx: StepContext) -> Mapping[str, Any]:
        """Registers what arrived and starts the term: one month for doubtful invoices, two for confirmed false ones.

        What a superior passed down is part of its own term, if procedure.yaml says so (`passed_down: within_upper`).
        Source: Ningbo 2001-19, annex 2, arts. 11 and 13.
        """
        office, today, actor = offices.office(ctx.session, ctx.case.office_id), ctx.clock.today(), who(ctx)
        rule = tools.rule(ctx, "reply_confirmed" if ctx.variables["nature"] == Nature.CONFIRMED else "reply_doubtful")
        term = tools.deadlines.start(
            ctx.session, ctx.case.instance_id, rule, today, owner_posts=officer_posts(ctx.session, office.id),
            within=upper_term(ctx, tools, rule.key, ctx.variables.get("parent_receipt_id")),
        )  # fmt: skip
        number = document_number(ctx.session, f"{tools.mark(ctx, office)}受", today.year)
        row = receipts.open_receipt(
            ctx.session, actor, delegation_id=ctx.variables["delegation_id"], office=ref(office), received_on=today,
            parent_id=ctx.variables.get("parent_receipt_id"), number=number, due_on=term.due_on, case_id=ctx.case.instance_id,
            face_ids=part_received(ctx),
        )  # fmt: skip
        if not row.parent_id:
            delegations.move_delegation(
                ctx.session, actor, row.delegation_id, "acknowledge", received_on=today, due_on=term.due_on
            )
        deliver(ctx, tools, str(ctx.variables["parent_instance_id"]), "delegation")
        tools.papers.hand_over(ctx.session, ctx.variables.get("part_papers") or [], to=ctx.case.instance_id)
        ctx.set_business_key(number)
        ctx.set_due(term.due_on, term.label)
        return {"receipt_id": row.id, "receipt_number": number, "invoice_count": row.invoice_count, "total": row.amount + row.tax}

    @registry.operation("coinvestigation.issue_order")
    def issue_order(ctx: StepContext) -> Mapping[str, Any]:
        """Issues the handling order and hands the matter to the inspector whom it names.

        Source: Ningbo 2001-19, annex 2, art. 11.
        """
        actor, receipt_id = who(ctx), ctx.variables["receipt_id"]
        if receipts.receipt(ctx.session, receipt_id).state == "received":  # an order that was recalled is signed already
            receipts.move_receipt(ctx.session, actor, receipt_id, "sign")
        inspector = offices.person(ctx.session, str(ctx.variables["inspector_id"]))
        assert inspector is not None, "the form offers people of the directory"
        row = receipts.move_receipt(ctx.session, actor, receipt_id, "hand_over", inspector_id=inspector.id, inspector_name=inspector.name)
        issue_order_papers(ctx, tools, row)
        return {"inspector_name": inspector.name}
