"""The papers of the side that was asked: handling order with its list, reply with the list of findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from engine.registry import StepContext
from handlers.coinvestigation_lower_terms import TERMS
from handlers.coinvestigation_papers import invoice_rows
from handlers.coinvestigation_reply_sorting import own_part
from handlers.issuing import issue, issue_list, list_as_attachment
from handlers.tools import Tools, explained, signer
from records.coinvestigation.kinds import Nature, name
from records.coinvestigation.model import Finding, InvoiceFace, Receipt
from records.coinvestigation.store import delegations, findings, receipts
from records.offices import store as offices

KINDS = {Nature.DOUBTFUL: "增值税专用发票协查函", Nature.CONFIRMED: "已证实虚开的增值税专用发票通知单"}
# The five points of annex 2, art. 8, in its words: field, question, kind of answer.
POINTS = (
    ("existence", "是否有开票企业，该企业是否有需要协查的专用发票", "answer"),
    ("authenticity", "专用发票的真伪，是否为废票或者丢失被盗发票", "authenticity"),
    ("contents", "专用发票票面填开的项目内容是否真实准确", "answer"),
    ("trade", "货物或者应税劳务交易是否真实，出口货物是否自产", "answer"),
    ("payments", "票款结算是否相符，往来是否一致", "answer"),
)


def issue_order_papers(ctx: StepContext, tools: Tools, row: Receipt) -> None:
    """The handling order, and the invoices for the inspector (annex 2, art. 11; annex 1, arts. 9 and 12 (4), (5))."""
    faces, number = own_part(ctx, row), row.number or ""
    data = order_data(ctx, tools, row, faces)
    if recalled := [paper for paper in tools.papers.for_subject(ctx.session, ctx.case.instance_id) if paper.template == "order"]:
        number = f"{number}之{len(recalled) + 1}"  # another inspector was named: both orders stay in the file
    issue(ctx, tools, "order", data, number=number)
    issue_list(ctx, tools, "invoices", {**data, "invoices": invoice_rows(faces)}, number=number)


def issue_part_list(ctx: StepContext, tools: Tools, row: Receipt, share: Sequence[InvoiceFace], office: str) -> list[str]:
    """The invoices that are passed down to one office, where others go elsewhere (annex 2, art. 11; annex 1, art. 12 (4))."""
    data = {
        "own_office": offices.office(ctx.session, ctx.case.office_id).name, "case_name": ctx.variables["case_name"], "inspector": "",
        "part": f"批转{office} {len(share)} 份（来函 {row.invoice_count} 份）", "invoices": invoice_rows(share), **_totals(share),
        "date": ctx.clock.today().isoformat(),
    }  # fmt: skip
    return issue_list(ctx, tools, "invoices", data, number=f"{row.number}（{office}）")


def issue_reply_papers(ctx: StepContext, tools: Tools, row: Receipt, own_office: str) -> None:
    """The reply, and the list of findings that goes with it (annex 2, art. 12; annex 1, art. 12 (2), (8))."""
    number = row.reply_number or ""
    issue(ctx, tools, "reply", reply_data(ctx, row, own_office), number=number)
    issue_list(ctx, tools, "findings", findings_data(ctx, row, own_office), number=number)


def order_data(ctx: StepContext, tools: Tools, row: Receipt, faces: Sequence[InvoiceFace]) -> dict[str, Any]:
    """The handling order: what, which part of it, by whom, until when and why on that day (annex 2, art. 11)."""
    seen = ctx.variables
    term = tools.deadlines.running(ctx.session, ctx.case.instance_id, TERMS)
    return {
        "own_office": offices.office(ctx.session, ctx.case.office_id).name, "from_office": seen["from_office_name"],
        "case_name": seen["case_name"], "delegation_number": str(seen.get("delegation_number") or ""), "kind": KINDS[Nature(row.nature)],
        "received_on": row.received_on.isoformat(), "due_on": row.due_on.isoformat() if row.due_on else "",
        "explanation": explained(term), "provisional": bool(term and term.provisional), "inspector": row.inspector_name, **_totals(faces), "part": _part(ctx, row, len(faces)),
        "demands": str(seen.get("order_demands") or ""), "opinion": _decided(str(seen.get("opinion") or "")),
        "receiver": signer(ctx, "sign_receipt"), "leader": signer(ctx, "approve_order"), "handler": signer(ctx, "fill_order"),
        "date": ctx.clock.today().isoformat(),
    }  # fmt: skip


def _totals(faces: Sequence[InvoiceFace]) -> dict[str, Any]:
    """Count and sums of what is handed over."""
    amount, tax = sum((face.amount for face in faces), Decimal(0)), sum((face.tax for face in faces), Decimal(0))
    return {"count": len(faces), "amount": str(amount), "tax": str(tax), "total": str(amount + tax)}


def _part(ctx: StepContext, row: Receipt, count: int) -> str:
    """Which part of the matter this is; nothing where it is the whole."""
    asked = delegations.delegation(ctx.session, row.delegation_id).invoice_count
    came = [f"来函 {asked} 份，上级批转本局 {row.invoice_count} 份"] if row.invoice_count < asked else []
    mine = [f"本局收到 {row.invoice_count} 份，本单办理 {count} 份（{ctx.variables['sorting_text']}）"] if count < row.invoice_count else []
    return "；".join([*came, *mine])


def _shares(ctx: StepContext, row: Receipt) -> str:
    """Who found what, where a lower level took part: offices beneath with their invoices, and what was found here."""
    below = [lower for lower in receipts.passed_down_from(ctx.session, row.id) if lower.state != "returned"]
    own = row.invoice_count - sum(lower.invoice_count for lower in below)
    told = [f"{offices.office(ctx.session, lower.office_id).name} {lower.invoice_count} 份" for lower in below]
    return "、".join([*([f"本级 {own} 份"] if own else []), *told]) if told else ""


def _decided(opinion: str) -> str:
    """What the leader decided, and said beside it: an order is only issued where he agreed (annex 2, art. 11)."""
    return opinion if opinion.startswith("同意") else f"同意。{opinion}"


def reply_data(ctx: StepContext, row: Receipt, own_office: str) -> dict[str, Any]:
    """The reply: what was asked, what was found on the five points, what was done (annex 2, art. 12)."""
    seen, due_on, found = ctx.variables, row.extended_to or row.due_on, list(_found_of(ctx, row).values())
    return {
        "from_office": own_office, "to_office": seen["from_office_name"], "case_name": seen["case_name"],
        "delegation_number": str(seen.get("delegation_number") or ""), "received_on": row.received_on.isoformat(),
        "due_on": due_on.isoformat() if due_on else "",
        "points": [(question, _counted(found, field, kind)) for field, question, kind in POINTS],
        "conclusion": _counted(found, "conclusion", "conclusion"), "text": str(seen.get("reply_text") or ""),
        "materials": str(seen.get("materials") or ""), "shares": _shares(ctx, row), "count": row.invoice_count, "total": str(row.amount + row.tax),
        "attachments": [list_as_attachment(ctx, "findings", "增值税专用发票调查结果清单", row.invoice_count)], "contact": signer(ctx, "draft_reply"),
        "leader": signer(ctx, "approve_reply"), "handler": signer(ctx, "draft_reply"), "clerk": signer(ctx, "check_reply"), "inspector": signer(ctx, "investigate"),
        "date": ctx.clock.today().isoformat(),
    }  # fmt: skip


def findings_data(ctx: StepContext, row: Receipt, own_office: str) -> dict[str, Any]:
    """《增值税专用发票调查结果清单》: the five points and the conclusion of each invoice, lower levels' included (annex 2, art. 8)."""
    found, outcome = _found_of(ctx, row), findings.outcome(ctx.session, row.id)
    faces = receipts.faces_received(ctx.session, row.id)
    lines = [{**line, **_found(found.get(face.id))} for face, line in zip(faces, invoice_rows(faces), strict=True)]
    counted = Counter(finding.conclusion for finding in found.values() if finding.conclusion)
    return {
        "own_office": own_office, "case_name": ctx.variables["case_name"], "invoices": lines, "count": row.invoice_count,
        "amount": str(row.amount), "tax": str(row.tax), "conclusions": [(name("conclusion", key), n) for key, n in counted.items()],
        "tax_recovered": str(outcome.tax_recovered), "late_fee": str(outcome.late_fee), "fine": str(outcome.fine),
        "leader": signer(ctx, "approve_reply"), "handler": signer(ctx, "draft_reply"), "inspector": signer(ctx, "investigate"),
        "date": ctx.clock.today().isoformat(),
    }  # fmt: skip


def _found_of(ctx: StepContext, row: Receipt) -> dict[str, Finding]:
    """What was found about each invoice, here or at a lower level."""
    return {face.id: finding for face, finding in findings.findings_of(ctx.session, row.id)}


def _counted(found: Sequence[Finding], field: str, kind: str) -> str:
    """The answer for all invoices; where they differ, each answer with the number of its invoices."""
    counts = Counter(answer for finding in found if (answer := getattr(finding, field)))
    return name(kind, next(iter(counts), None)) if len(counts) < 2 else "、".join(f"{name(kind, key)} {n} 份" for key, n in counts.items())


def _found(finding: Finding | None) -> dict[str, str]:
    if finding is None:
        return {}
    answers = {field: name(kind, getattr(finding, field)) for field, _question, kind in POINTS}
    tax = f"补缴税款 {finding.tax_recovered:,} 元" if finding.tax_recovered else ""
    return {**answers, "conclusion": name("conclusion", finding.conclusion), "remark": "；".join(filter(None, (finding.remark, tax)))}
