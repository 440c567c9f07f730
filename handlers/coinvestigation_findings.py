"""What was found about the invoices: one result for all of them, and another for those that are named one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.coinvestigation_reply_sorting import own_part
from handlers.tools import Tools, officer_posts, own_office, text, who
from papers.numbers import document_number
from records.coinvestigation import rules
from records.coinvestigation.model import InvoiceFace
from records.coinvestigation.store import findings, receipts
from records.coinvestigation.store.findings import FindingData

POINTS = ("existence", "authenticity", "contents", "trade", "payments", "conclusion")


@dataclass(frozen=True)
class Found:
    """What was found about all `count` invoices of a case, and invoice face → what was found about it alone."""

    count: int
    overall: FindingData
    own: Mapping[str, FindingData]

    @property
    def has_violation(self) -> bool:
        """Whether the matter moves into inspection proceedings (Ningbo 2001-19, annex 1, art. 9)."""
        told = [*self.own.values(), *([self.overall] if len(self.own) < self.count else [])]
        return any(rules.is_violation(data.conclusion) for data in told)


class ResultRefused(Declined):
    """逐份填写的核查结果有误"""


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topic of the inspector."""

    @registry.operation("coinvestigation.book_findings")
    def book_receipt(ctx: StepContext) -> Mapping[str, Any]:
        """Books the five points for the invoices and the tax recovered; violations move into inspection proceedings.

        Tax that is given for an invoice stands with it, any other with the case: how it divides nobody has said.
        Source: Ningbo 2001-19, annex 2, arts. 8 and 13; annex 1, art. 9.
        """
        actor, row = who(ctx), receipts.receipt(ctx.session, ctx.variables["receipt_id"])
        faces, undivided = own_part(ctx, row), ctx.variables.get("tax_recovered") or Decimal(0)
        found, among = results(ctx, faces), None if len(faces) == row.invoice_count else [face.id for face in faces]
        book_findings(ctx, row.id, found, among)
        moved = move_to_inspection(ctx, tools, row.id, found, among)
        before = row.tax_recovered if ctx.variables.get("own_round") == "rest" else Decimal(0)
        receipts.revise_receipt(ctx.session, actor, row.id, tax_recovered=before + undivided)
        if ctx.variables.get("parts_open"):
            receipts.move_receipt(ctx.session, actor, row.id, "await")
        return moved


def book_findings(ctx: StepContext, subject_id: str, found: Found, among: Sequence[str] | None = None) -> None:
    """Writes what was found (`among`: about the invoices of the own part); a violation for which no reason is given is refused with the rest.

    Source: Ningbo 2001-19, annex 1, arts. 9 and 10 (1).
    """
    if found.has_violation:
        _reason(ctx)
    findings.record_findings(ctx.session, who(ctx), subject_id, found.overall, found.own, among)


def move_to_inspection(
    ctx: StepContext, tools: Tools, subject_id: str, found: Found, among: Sequence[str] | None = None
) -> Mapping[str, Any]:
    """Moves invoices with violations into inspection proceedings, under a number of their own, and tells the inspection director.

    The source names no paper for it (annex 1, art. 12, has none): number, reason and invoices stand in the record and on the case.
    Source: Ningbo 2001-19, annex 1, art. 9.
    """
    if not found.has_violation:
        return {}
    own, today = own_office(ctx), ctx.clock.today()
    number = document_number(ctx.session, f"{tools.mark(ctx, own)}移", today.year)
    row = findings.transfer_to_inspection(
        ctx.session, who(ctx), subject_id, reason=_reason(ctx), today=today, number=number, among=among
    )
    tools.tell(
        ctx, officer_posts(ctx.session, own.id, "inspection_director"), "to_inspection",
        f"“{ctx.case.title}”有 {row.invoice_count} 份发票查有违法行为，转入稽查程序（{number}）：{row.reason}",
        f"{ctx.case.title}: {row.invoice_count} invoices with violations move into inspection proceedings ({number}): {row.reason}",
    )  # fmt: skip
    return {"transfer_number": number, "transferred_invoices": row.invoice_count}


def results(ctx: StepContext, faces: Sequence[InvoiceFace]) -> Found:
    """The result of the form for all invoices; an invoice in `exceptions` has its own, where that says something of its own.

    Raises ResultRefused for a row that names no invoice of the case, or one twice; Declined for a result that contradicts itself.
    """
    answers: dict[str, Any] = {point: ctx.variables.get(point) for point in POINTS}
    overall = _sound(FindingData(remark=text(ctx, "summary"), **answers), "")
    faces_of, named = defaultdict[tuple[str, str], list[str]](list), dict[str, FindingData]()
    for face in faces:
        faces_of[face.invoice_code, face.invoice_number].append(face.id)
    for number, row in enumerate(ctx.variables.get("exceptions") or [], 1):
        meant = faces_of.get((row["invoice_code"], row["invoice_number"]))
        if meant is None:
            raise ResultRefused(f"逐份结果第 {number} 行：本案没有发票 {_label(row)}")
        if meant[0] in named:
            raise ResultRefused(f"逐份结果第 {number} 行：发票 {_label(row)} 前面已经填写")
        own = _sound(_own(overall, row), f"逐份结果第 {number} 行：")
        # Copies of one invoice may stand in the case; what was recovered for it is booked once.
        named |= dict.fromkeys(meant, replace(own, tax_recovered=Decimal(0))) | {meant[0]: own}
    return Found(len(faces), overall, named)


def _own(overall: FindingData, row: Mapping[str, Any]) -> FindingData:
    answers = {point: row[point] for point in POINTS if row.get(point)}
    return replace(overall, **answers, remark=row.get("remark") or "", tax_recovered=row.get("tax_recovered") or Decimal(0))


def _sound(data: FindingData, where: str) -> FindingData:
    if (sentence := rules.contradiction(vars(data))) is not None:
        raise ResultRefused(f"{where}{sentence}")
    return data


def _reason(ctx: StepContext) -> str:
    """Why the matter moves to inspection: for all invoices, or for those that are named."""
    violating = [row for row in ctx.variables.get("exceptions") or [] if rules.is_violation(row["conclusion"])]
    for row in violating:
        if not row.get("remark"):
            raise ResultRefused(f"发票 {_label(row)} 有违法行为或属虚开，请在说明中写明移送稽查的理由")
    # The form for a verification inside the district asked for no reason of its own in earlier versions.
    overall = [text(ctx, "transfer_reason") or text(ctx, "summary")] if rules.is_violation(ctx.variables.get("conclusion")) else []
    return "；".join([*overall, *(f"发票 {_label(row)}：{row['remark']}" for row in violating)])


def _label(row: Mapping[str, Any]) -> str:
    return f"{row['invoice_code']} {row['invoice_number']}"
