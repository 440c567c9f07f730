"""The side that was asked: register, sort, hand over or pass down, find."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from deadlines.rules import TermRule
from engine.registry import Registry, StepContext
from handlers.coinvestigation_extension import TERMS
from handlers.coinvestigation_papers import deliver
from handlers.coinvestigation_reply_papers import issue_order_papers
from handlers.tools import Tools, office_by_code, officer_posts, ref, text, who
from papers.numbers import document_number
from records.coinvestigation.kinds import Nature
from records.coinvestigation.store import delegations, receipts
from records.offices import store as offices

PASSED_ON = (
    "delegation_id", "case_name", "nature", "demands", "delegation_number", "enterprise_id", "enterprise_name", "faces",
    "competent_office_name",
)  # fmt: skip


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
            ctx.session, ctx.case.instance_id, rule, today, owner_posts=officer_posts(ctx.session, office.id), within=_upper_term(ctx, tools, rule)
        )  # fmt: skip
        number = document_number(ctx.session, f"{tools.mark(ctx, office)}受", today.year)
        row = receipts.open_receipt(
            ctx.session, actor, delegation_id=ctx.variables["delegation_id"], office=ref(office), received_on=today,
            parent_id=ctx.variables.get("parent_receipt_id"), number=number, due_on=term.due_on, case_id=ctx.case.instance_id,
        )  # fmt: skip
        if not row.parent_id:
            delegations.move_delegation(
                ctx.session, actor, row.delegation_id, "acknowledge", received_on=today, due_on=term.due_on
            )
        deliver(ctx, tools, str(ctx.variables["parent_instance_id"]), "delegation")
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

    @registry.operation("coinvestigation.pass_down")
    def pass_down(ctx: StepContext) -> Mapping[str, Any]:
        """Passes the delegation to the lower level, where the same process runs; its reply comes back here.

        Source: Ningbo 2001-19, annex 2, arts. 5 and 11.
        """
        actor, receipt_id = who(ctx), ctx.variables["receipt_id"]
        receipts.move_receipt(ctx.session, actor, receipt_id, "sign")
        receipts.move_receipt(ctx.session, actor, receipt_id, "pass_down")
        lower = office_by_code(ctx.session, str(ctx.variables["lower_office"]))
        kept = {key: ctx.variables.get(key) for key in PASSED_ON}
        own = offices.office(ctx.session, ctx.case.office_id)
        ctx.send("delegation_sent", f"{kept['delegation_id']}:{lower.id}", {
            **kept, "office_id": lower.id, "title": ctx.case.title, "from_office_name": own.name, "parent_receipt_id": receipt_id,
            "reply_to": receipt_id, "parent_instance_id": ctx.case.instance_id,
        })  # fmt: skip
        return {}

    @registry.operation("coinvestigation.collect_reply")
    def collect_reply(ctx: StepContext) -> Mapping[str, Any]:
        """The lower level's findings are in the records already; only its reply is noted here.

        Source: Ningbo 2001-19, annex 2, art. 12.
        """
        deliver(ctx, tools, text(ctx, "reply_case_id"), "reply")
        ctx.trail("lower_replied", {"reply": str(ctx.variables.get("reply_number") or "")})
        return {}


def _upper_term(ctx: StepContext, tools: Tools, rule: TermRule) -> date | None:
    """The last day of the level above, within which the lower level answers; None where nothing was passed down, or nothing limits it.

    The delegating party is answered within a month of receipt by the office that it asked (Ningbo 2001-19, annex 2, art. 13); how much of
    it a lower level is given (art. 11) the source leaves open **[chosen]**.
    """
    above = ctx.variables.get("parent_receipt_id")
    if above is None or tools.setting(ctx, rule.key, "passed_down") != "within_upper":
        return None
    term = tools.deadlines.running(ctx.session, receipts.receipt(ctx.session, above).case_id, TERMS)
    return term.due_on if term else None
