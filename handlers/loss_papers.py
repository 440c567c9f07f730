"""What is issued when a loss is decided: the reply of the office that decides, under its own number, and the notice of the tax office to the enterprise."""

from __future__ import annotations

from collections.abc import Mapping

from engine.registry import StepContext
from handlers.devices_appeal import appeal_of
from handlers.devices_tools import above, district_of, number_at
from handlers.issuing import issue
from handlers.loss_tools import ARTICLES, loss_facts
from handlers.tools import Tools, office_by_code, own_office, signer, text

KINDS = {"tax_card": "金税卡", "ic_card": "税控IC卡", "reader": "读卡器", "invoices": "专用发票"}


def kind_of(ctx: StepContext) -> str:
    """What was lost, as letters name it."""
    return KINDS[text(ctx, "lost_kind")]


def issue_reply(ctx: StepContext, tools: Tools, result: str, *, reason: str = "") -> Mapping[str, str]:
    """The reply (批复) to the office that reported, on the letterhead and under the number of the level that decided.

    Source: Xi'an 2002-119, 二(五)1(7), 二(五)2(4).
    """
    by_province = bool(signer(ctx, "province_decide")["name"])
    level = "province" if by_province else "city"
    office, city = above(ctx, level) or own_office(ctx), above(ctx, "city") or own_office(ctx)
    to = city if by_province else district_of(ctx)
    made = number_at(ctx, office, "批")
    issue(ctx, tools, "reply", {
        **loss_facts(ctx), "from_office": office.name, "to_office": to.name, "kind": kind_of(ctx), "result": result, "reason": reason,
        "asked_by": text(ctx, "document_number") if by_province else text(ctx, "annex6_number"), "is_document": by_province, "basis": ARTICLES[text(ctx, "lost_kind")],
        "leader": signer(ctx, f"{level}_decide"), "handler": signer(ctx, f"{level}_review"),
    }, number=made)  # fmt: skip
    return {"approval_number": made, "approval_office": office.name, "approval_code": office.code}


def issue_notice(ctx: StepContext, tools: Tools, result: str, *, decided: Mapping[str, str] | None = None, approved: bool = False, reason: str = "") -> None:
    """The notice of the result, issued and signed by the tax office, which serves it on the enterprise; `decided`: the reply on which it rests.

    Source: Xi'an 2002-119, 二(五).
    """
    own, kind = own_office(ctx), text(ctx, "lost_kind")
    decider = office_by_code(ctx.session, decided["approval_code"]) if decided else own
    prepared, signed = ("investigate_invoices", "decide_invoices") if kind == "invoices" else ("review_papers", "approve_decision")
    issue(ctx, tools, "result_notice", {
        **loss_facts(ctx), "from_office": own.name, "result": result, "reason": reason, "approved": approved, "needs_issue": kind in {"tax_card", "ic_card"},
        "service_unit": text(ctx, "service_unit_name"), "district": text(ctx, "district_name"), "basis": ARTICLES[kind], **(decided or {}),
        "appeal": appeal_of(ctx, decider) if reason else {}, "is_penalty": kind == "invoices",
        "handler": signer(ctx, prepared), "leader": {"name": signer(ctx, signed)["name"], "on": ""},
    }, number=number_at(ctx, own, "告"))  # fmt: skip
