"""What stands on the papers of a case, and issuing them: frozen in the step, rendered after commit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from deadlines.model import Deadline
from engine.registry import EffectContext, Registry, StepContext
from handlers.tools import Tools, signer
from records.coinvestigation.kinds import name
from records.coinvestigation.model import Delegation, InvoiceFace, Receipt
from records.coinvestigation.store import delegations, receipts


def register(registry: Registry, tools: Tools) -> None:
    """Registers the effect that renders."""

    @registry.effect("papers.render")
    def render(ctx: EffectContext) -> Mapping[str, Any]:
        """Makes the PDF of an issued paper; a second time changes nothing."""
        return {"sha256": tools.papers.render(ctx.database, str(ctx.payload["paper_id"]))}


def issue(ctx: StepContext, tools: Tools, key: str, data: Mapping[str, Any], *, number: str) -> None:
    """Issues a paper once for this task of this case."""
    paper = tools.papers.issue(
        ctx.session, ctx.case.procedure, key, data, subject_id=ctx.case.instance_id, prefix="", number=number, issued_by=ctx.actor.name,
        once=f"{ctx.key}:{key}",
    )  # fmt: skip
    ctx.emit("papers.render", {"paper_id": paper.id}, f"render:{paper.id}")


def _invoice(face: InvoiceFace) -> dict[str, Any]:
    return {
        "code": face.invoice_code, "number": face.invoice_number, "copy": name("copy", face.copy), "amount": str(face.amount),
        "tax": str(face.tax), "date": face.issued_on.isoformat(), "seller_id": face.seller_id, "seller_name": face.seller_name,
        "buyer_id": face.buyer_id, "buyer_name": face.buyer_name, "problem": name("problem", face.problem),
        "mismatch": name("mismatch", face.mismatch),
    }  # fmt: skip


def letter_data(ctx: StepContext, row: Delegation) -> dict[str, Any]:
    """Letter, notice and list: parties, contents, invoices, the three signatures (annex 1, art. 8; annex 2, art. 15)."""
    return {
        "from_office": ctx.variables["from_office_name"], "to_office": ctx.variables["to_office_name"], "case_name": row.name,
        "enterprise": {"id": row.enterprise_id, "name": row.enterprise_name}, "enterprise_facts": row.enterprise_facts,
        "invoice_facts": row.invoice_facts, "falsification_facts": row.falsification_facts, "demands": row.demands,
        "count": row.invoice_count, "amount": str(row.amount), "tax": str(row.tax), "total": str(row.total),
        "invoices": [_invoice(face) for face in delegations.faces_of(ctx.session, row.id)],
        "leader": signer(ctx, "approve_delegation"), "handler": signer(ctx, "check_handling"), "clerk": signer(ctx, "check_entry"),
        "date": ctx.clock.today().isoformat(),
    }  # fmt: skip


def report_data(ctx: StepContext, row: Delegation, city_office: str) -> dict[str, Any]:
    """The report with which a district asks the city to organise (annex 2, art. 10)."""
    data = letter_data(ctx, row)
    return {
        **data, "city_office": city_office, "source": name("source", row.source), "nature": name("nature", row.nature),
        "delegation_number": row.number or "", "areas_text": data["to_office"], "organiser": name("organiser", ctx.variables["organiser"]),
        "organiser_reason": "", "case_text": f"{row.enterprise_facts}\n{row.invoice_facts}\n{row.falsification_facts}".strip(),
        "city_opinion": "", "city_signer": signer(ctx, "organise_at_city"),
    }  # fmt: skip


def urging_data(ctx: StepContext, term: Deadline, *, times: int, answer_by: date) -> dict[str, Any]:
    """The sheet that urges a late office: what, since when, until when it must answer (annex 2, art. 14)."""
    seen, today = ctx.variables, ctx.clock.today()
    return {
        "from_office": seen["city_office_name"], "to_office": seen["urged_office_name"], "case_name": seen["case_name"],
        "delegating_office": seen["delegating_office_name"], "kind": seen["letter_kind"], "delegation_number": seen["delegation_number"],
        "receipt_number": seen["matter_number"], "received_on": seen["received_on"].isoformat(), "due_on": term.due_on.isoformat(),
        "is_extended": bool(seen["is_extended"]), "overdue_days": (today - term.due_on).days, "times": times,
        "answer_by": answer_by.isoformat(), "count": int(seen["invoice_count"]), "total": str(seen["total"]), "explanation": term.explanation,
        "remark": str(seen.get("urging_text") or ""), "leader": signer(ctx, "issue_urging"), "handler": signer(ctx, "issue_urging"),
        "date": today.isoformat(),
    }  # fmt: skip


def order_data(ctx: StepContext, row: Receipt) -> dict[str, Any]:
    """The handling order: what, by whom, until when (annex 2, art. 11)."""
    return {
        "from_office": ctx.variables["from_office_name"], "case_name": ctx.variables["case_name"], "received_on": row.received_on.isoformat(),
        "due_on": row.due_on.isoformat() if row.due_on else "", "inspector": row.inspector_name, "count": row.invoice_count,
        "total": str(row.amount + row.tax), "demands": str(ctx.variables.get("order_demands") or ""),
        "leader": signer(ctx, "approve_order"), "handler": signer(ctx, "fill_order"), "date": ctx.clock.today().isoformat(),
    }  # fmt: skip


def reply_data(ctx: StepContext, row: Receipt, own_office: str) -> dict[str, Any]:
    """The reply: what was asked, what was found on the five points, what was done (annex 2, art. 12)."""
    seen = ctx.variables
    return {
        "own_office": own_office,
        "to_office": seen["from_office_name"], "case_name": seen["case_name"], "delegation_number": str(seen.get("delegation_number") or ""),
        "points": [
            ("开票企业是否存在，是否有需协查的发票", name("answer", seen.get("existence"))),
            ("发票真伪", name("authenticity", seen.get("authenticity"))),
            ("票面项目内容是否真实准确", name("answer", seen.get("contents"))),
            ("交易是否真实，出口货物是否自产", name("answer", seen.get("trade"))),
            ("票款结算、往来是否一致", name("answer", seen.get("payments"))),
        ],
        "conclusion": name("conclusion", seen.get("conclusion")), "text": str(seen.get("reply_text") or ""),
        "materials": str(seen.get("materials") or ""), "count": row.invoice_count, "total": str(row.amount + row.tax),
        "invoices": [_invoice(face) for face in receipts.faces_received(ctx.session, row.id)],
        "leader": signer(ctx, "approve_reply"), "handler": signer(ctx, "draft_reply"), "date": ctx.clock.today().isoformat(),
    }  # fmt: skip
