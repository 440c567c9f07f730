"""The papers between a district and the city: the report of a case to be organised, and the urging of a late reply."""

from __future__ import annotations

from datetime import date
from typing import Any

from deadlines.model import Deadline
from engine.registry import StepContext
from handlers.coinvestigation_papers import case_head, delegated_areas, signers
from handlers.tools import explained, signer
from records.coinvestigation.kinds import name
from records.coinvestigation.model import Delegation


def report_data(ctx: StepContext, row: Delegation, city_office: str) -> dict[str, Any]:
    """《增值税专用发票案件协查报告》 with which a district asks the city to organise (annex 2, arts. 9 and 10)."""
    facts = (("企业情况", row.enterprise_facts), ("专用发票情况", row.invoice_facts), ("虚开情况", row.falsification_facts))
    areas = dict.fromkeys(area.office.name if area.office else area.region for area in delegated_areas(ctx, row))
    return {
        **case_head(ctx, row), **signers(ctx), "city_office": city_office, "delegation_number": row.number or "",
        "areas_text": "、".join(areas), "organiser": name("organiser", ctx.variables.get("organiser") or row.organiser),
        "organiser_reason": "市局认为需要自己组织" if ctx.variables.get("city_decided") else "", "case_text": "\n".join(f"{label}：{text}" for label, text in facts if text), "demands": row.demands,
        "city_opinion": "", "city_signer": signer(ctx, "organise_at_city"),
    }  # fmt: skip


def urging_data(ctx: StepContext, term: Deadline, *, times: int, answer_by: date) -> dict[str, Any]:
    """The sheet that urges a late office: what, since when, until when it must answer, signed by a leader and the handler (annex 2, arts. 14 and 15)."""
    seen, today = ctx.variables, ctx.clock.today()
    return {
        "from_office": seen["city_office_name"], "to_office": seen["urged_office_name"], "case_name": seen["case_name"],
        "delegating_office": seen["delegating_office_name"], "kind": seen["letter_kind"], "delegation_number": seen["delegation_number"],
        "receipt_number": seen["matter_number"], "received_on": seen["received_on"].isoformat(), "due_on": term.due_on.isoformat(),
        "is_extended": bool(seen["is_extended"]), "overdue_days": (today - term.due_on).days, "times": times,
        "answer_by": answer_by.isoformat(), "count": int(seen["invoice_count"]), "total": str(seen["total"]), "explanation": explained(term),
        "remark": str(seen.get("urging_text") or ""), "leader": signer(ctx, "approve_urging"), "handler": signer(ctx, "issue_urging"),
        "date": today.isoformat(),
    }  # fmt: skip
