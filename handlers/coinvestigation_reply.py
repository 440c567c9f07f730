"""The side that was asked: register, sort, hand over or pass down, find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.coinvestigation_papers import deliver
from handlers.coinvestigation_reply_papers import issue_order_papers
from handlers.tools import Tools, office_by_code, officer_posts, ref, text, who
from papers.numbers import document_number
from records.coinvestigation import rules
from records.coinvestigation.kinds import Nature
from records.coinvestigation.store import delegations, findings, receipts
from records.offices import store as offices

POINTS = ("existence", "authenticity", "contents", "trade", "payments", "conclusion")


PASSED_ON = (
    "delegation_id", "case_name", "nature", "demands", "delegation_number", "enterprise_id", "enterprise_name", "faces",
    "competent_office_name",
)  # fmt: skip


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of this side."""

    @registry.operation("coinvestigation.register_receipt")
    def register_receipt(ctx: StepContext) -> Mapping[str, Any]:
        """Registers what arrived and starts the term: one month for doubtful invoices, two for confirmed false ones.

        Source: Ningbo 2001-19, annex 2, arts. 11 and 13.
        """
        office, today, actor = offices.office(ctx.session, ctx.case.office_id), ctx.clock.today(), who(ctx)
        rule = tools.rule(ctx, "reply_confirmed" if ctx.variables["nature"] == Nature.CONFIRMED else "reply_doubtful")
        term = tools.deadlines.start(
            ctx.session, ctx.case.instance_id, rule, today, owner_posts=officer_posts(ctx.session, office.id)
        )
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
        """Issues the handling order and hands the matter to the inspector.

        Source: Ningbo 2001-19, annex 2, art. 11.
        """
        actor, receipt_id = who(ctx), ctx.variables["receipt_id"]
        receipts.move_receipt(ctx.session, actor, receipt_id, "sign")
        row = receipts.move_receipt(
            ctx.session, actor, receipt_id, "hand_over", inspector_name=str(ctx.variables.get("inspector_name") or "")
        )
        issue_order_papers(ctx, tools, row)
        return {}

    @registry.operation("coinvestigation.book_findings")
    def book_findings(ctx: StepContext) -> Mapping[str, Any]:
        """Books the five points for the invoices; violations move into inspection proceedings.

        Source: Ningbo 2001-19, annex 2, art. 8; annex 1, art. 9.
        """
        actor, receipt_id, seen = who(ctx), ctx.variables["receipt_id"], ctx.variables
        answers: dict[str, Any] = {point: seen.get(point) for point in POINTS}
        if (sentence := rules.contradiction(answers)) is not None:
            raise Declined(sentence)
        data = replace(findings.FindingData(remark=str(seen.get("summary") or "")), **answers)
        recovered = seen.get("tax_recovered") or Decimal(0)
        for face in receipts.faces_received(ctx.session, receipt_id):
            findings.record_finding(ctx.session, actor, receipt_id, face.id, replace(data, tax_recovered=recovered))
            recovered = Decimal(0)  # the form holds one amount for the case: it is booked once, so that sums are right
        if rules.is_violation(seen.get("conclusion")):
            findings.transfer_to_inspection(
                ctx.session, actor, receipt_id, reason=str(seen.get("transfer_reason") or ""), today=ctx.clock.today()
            )
        return {}

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
