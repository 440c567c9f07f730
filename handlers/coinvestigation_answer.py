"""The side that was asked answers: the reply goes back to where the delegation came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.coinvestigation_findings import POINTS
from handlers.coinvestigation_lower_terms import TERMS
from handlers.coinvestigation_reply_papers import issue_reply_papers
from handlers.coinvestigation_signing import sign_all
from handlers.tools import Tools, text, who
from papers.numbers import document_number
from records.coinvestigation.kinds import Nature
from records.coinvestigation.store import findings, receipts
from records.offices import store as offices


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of the reply."""

    @registry.operation("coinvestigation.book_draft")
    def book_draft(ctx: StepContext) -> Mapping[str, Any]:
        """The reply is drafted and waits for those who sign it.

        Source: Ningbo 2001-19, annex 2, arts. 12 and 15.
        """
        receipts.move_receipt(ctx.session, who(ctx), ctx.variables["receipt_id"], "draft", summary=text(ctx, "reply_text"))
        return {}

    @registry.operation("coinvestigation.return_draft")
    def return_draft(ctx: StepContext) -> Mapping[str, Any]:
        """Whoever checked or decided sends the draft back.

        Source: Ningbo 2001-19, annex 2, arts. 12 and 15.
        """
        receipts.move_receipt(ctx.session, who(ctx), ctx.variables["receipt_id"], "redo")
        return {}

    @registry.operation("coinvestigation.send_reply")
    def send_reply(ctx: StepContext) -> Mapping[str, Any]:
        """Issues the reply once all have signed, sends it back to where the delegation came from, and meets the term.

        Source: Ningbo 2001-19, annex 2, arts. 8, 12, 13, 15 and 17.
        """
        actor, receipt_id, today = who(ctx), ctx.variables["receipt_id"], ctx.clock.today()
        _answered(ctx, receipt_id)
        office = offices.office(ctx.session, ctx.case.office_id)
        if signed_at := ctx.about.get("reply_signed_at"):  # cases of earlier versions have no task for the clerk
            sign_all(ctx, receipt_id, "reply_letter", signed_at)
        if receipts.receipt(ctx.session, receipt_id).state in {"investigating", "passed_down"}:  # cases of earlier versions
            receipts.move_receipt(ctx.session, actor, receipt_id, "find")
            receipts.move_receipt(ctx.session, actor, receipt_id, "draft", summary=text(ctx, "reply_text"))
        number = document_number(ctx.session, f"{tools.mark(ctx, office)}复", today.year)
        row = receipts.move_receipt(ctx.session, actor, receipt_id, "answer", reply_number=number, replied_on=today)
        issue_reply_papers(ctx, tools, row, office.name)
        for key in TERMS:
            tools.deadlines.meet(ctx.session, ctx.case.instance_id, key, today)
        ctx.set_due(None)
        ctx.refresh_timers()
        ctx.send("matter_settled", ctx.case.instance_id, {"settled_by": f"已回复协查结果（{number}）"}, if_awaited=True)
        ctx.send("reply_sent", ctx.case.instance_id, {}, if_awaited=True)
        ctx.send("reply_returned", str(ctx.variables["reply_to"]), {
            **_points(ctx, receipt_id), "reply_number": number, "reply_text": text(ctx, "reply_text"),
            "replied_by_office": office.name, "reply_case_id": ctx.case.instance_id,
        })  # fmt: skip
        return {"reply_number": number}


def _points(ctx: StepContext, receipt_id: str) -> dict[str, str | None]:
    """The points as the other side's page shows them: what the inspector answered for all, or where others took part what all agree on.

    Where they do not agree the list of findings says it invoice by invoice.
    """
    if not ctx.variables.get("parts"):
        return {point: ctx.variables.get(point) for point in POINTS}
    found = [finding for _face, finding in findings.findings_of(ctx.session, receipt_id)]
    given = {point: {getattr(finding, point) for finding in found} for point in POINTS}
    return {point: answers.pop() if len(answers) == 1 else None for point, answers in given.items()}


def _answered(ctx: StepContext, receipt_id: str) -> None:
    """Everything that was asked is answered: no invoice without a finding leaves in a reply (annex 2, arts. 8 and 17)."""
    row = receipts.receipt(ctx.session, receipt_id)
    if open_faces := findings.unanswered_faces(ctx.session, receipt_id, Nature(row.nature)):
        face, count = open_faces[0][0], len(open_faces)
        raise Declined(
            f"发票 {face.invoice_code} {face.invoice_number} 等 {count} 份还没有查证完毕，受托方应当就委托协查的全部事项进行调查",
            f"{count} invoices are not answered yet, the first is {face.invoice_code} {face.invoice_number}",
        )
