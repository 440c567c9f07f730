"""The papers between a district and the city: the report of a case to be organised, and the urging of a late reply."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine.registry import StepContext
from handlers.coinvestigation_papers import case_head, delegated_areas
from handlers.coinvestigation_reply_papers import KINDS
from handlers.tools import signer
from records.coinvestigation.kinds import Nature, name
from records.coinvestigation.model import Delegation, Receipt
from records.offices import store as offices


def report_data(
    ctx: StepContext, row: Delegation, *, leader: str = "approve_delegation", handler: str = "check_handling", clerk: str = "fill_letter"
) -> dict[str, Any]:
    """《增值税专用发票案件协查报告》 to the city, approved by the inspection director; the keywords name the tasks of those who sign.

    Source: Ningbo 2001-19, annex 2, arts. 9 and 10.
    """
    city = offices.office_at_level(ctx.session, ctx.case.office_id, "city")
    facts = (("企业情况", row.enterprise_facts), ("专用发票情况", row.invoice_facts), ("虚开情况", row.falsification_facts))
    areas = dict.fromkeys(area.office.name if area.office else area.region for area in delegated_areas(ctx, row))
    return {
        **case_head(ctx, row), "city_office": city.name if city else "", "delegation_number": row.number or "",
        "areas_text": "、".join(areas), "organiser": name("organiser", ctx.variables.get("organiser") or row.organiser),
        "case_text": "\n".join(f"{label}：{text}" for label, text in facts if text), "demands": row.demands,
        "leader": signer(ctx, leader), "handler": signer(ctx, handler), "clerk": signer(ctx, clerk),
    }  # fmt: skip


def urging_data(
    receipt: Receipt, delegation: Delegation, *, from_office: str, to_office: str, delegating_office: str, explanation: str,
    answer_by: date, times: int, leader: dict[str, Any], handler: dict[str, Any], today: date, remark: str = "",
) -> dict[str, Any]:  # fmt: skip
    """《增值税专用发票协查催办单》: whom, about which letter, due when and why, late by how much, to be answered by when, urged how often.

    `leader`, `handler`: as `tools.signer` gives them, or {"name": "", "on": ""} where nobody signs. `times`: this urging included.
    Source: Ningbo 2001-19, annex 2, art. 14.
    """
    due_on = receipt.extended_to or receipt.due_on
    return {
        "from_office": from_office, "to_office": to_office, "delegating_office": delegating_office, "case_name": delegation.name,
        "delegation_number": delegation.number or "", "receipt_number": receipt.number or "", "kind": KINDS[Nature(receipt.nature)],
        "received_on": receipt.received_on.isoformat(), "due_on": due_on.isoformat() if due_on else "",
        "is_extended": receipt.extended_to is not None, "overdue_days": max((today - due_on).days, 0) if due_on else 0,
        "explanation": explanation, "answer_by": answer_by.isoformat(), "times": times, "count": receipt.invoice_count,
        "total": str(receipt.amount + receipt.tax), "leader": leader, "handler": handler, "remark": remark, "date": today.isoformat(),
    }  # fmt: skip
