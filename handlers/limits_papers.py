"""The papers of limit approval: annexes 1 to 4 and the letter of refusal, frozen in the step that issues them.

Source of all: Xi'an 2002-119, 二(一)1, 二(一)4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import StepContext
from handlers.devices_appeal import appeal_of
from handlers.devices_tools import number_at
from handlers.issuing import issue
from handlers.limits_tools import office_at, version_name
from handlers.tools import Tools, day_text, opinion_of, signer, text
from papers.words import term
from records.offices.model import Office

BUSINESS = {"commercial": "商贸企业", "industrial": "工业企业", "other": "其他企业"}
# (whose opinion, who prepared, who signed, his opinion, the opinion prepared), from the tax office upwards
OPINIONS = (
    ("tax_office", "主管科（所）", "review_application", "head_signs", "office_opinion", "head_opinion"),
    ("district", "分（县）局", "district_reviews", "district_decides", "district_opinion", "district_leader_opinion"),
    ("city", "市局", "city_reviews", "city_decides", "city_opinion", "city_leader_opinion"),
    ("province", "省局", "province_reviews", "province_decides", "province_opinion", "province_leader_opinion"),
)


def head(ctx: StepContext) -> dict[str, Any]:
    """What every paper of a case begins with."""
    names = ("enterprise_name", "taxpayer_number", "office_name", "district_name", "city_name", "service_unit_name", "registration_number", "approval_number")
    return {**{name: text(ctx, name) for name in names}, "date": ctx.clock.today().isoformat()}


def opinions(ctx: StepContext) -> list[dict[str, Any]]:
    """Who signed at which level with which words, each under the seal of its office."""
    found = []
    for level, title, prepared, signed, first, last in OPINIONS:
        if (leader := signer(ctx, signed))["name"]:
            found.append({"level": level, "title": title, "text": opinion_of(ctx, first, last), "clerk": signer(ctx, prepared), "leader": leader, "office": office_at(ctx, level).name})
    return found


def application_data(ctx: StepContext) -> dict[str, Any]:
    """《企业使用防伪税控申请书》 with the opinions up to the city, which fixes the inclusion (annex 1)."""
    names = ("address", "phone", "legal_representative", "operator_name", "operator_certificate", "enclosures", "reason", "plan_batch")
    numbers = ("general_taxpayer_since", "machines", "unit_price", "last_year_sales", "applied_on")
    return {
        **head(ctx), **{name: text(ctx, name) for name in names}, **{name: day_text(ctx.variables.get(name)) for name in numbers},
        "business": _business(ctx), "monthly_quantity": day_text(ctx.variables["quantity_applied_for"]),
        "version": version_name(text(ctx, "version_applied_for")), "opinions": [o for o in opinions(ctx) if o["level"] in {"tax_office", "district"}],
        "inclusion": signer(ctx, "fix_inclusion"),
    }  # fmt: skip


def _business(ctx: StepContext) -> str:
    """The enterprise's own word, and beside it what the tax office has verified and the table has found. Source: Xi'an 2002-119, 二(一)1(4), 二(一)2."""
    told = [f"经核实：{BUSINESS[text(ctx, 'business_held')]}，{text(ctx, 'recognised_on_held')} 认定"] if ctx.variables.get("facts_differ") is True else []
    told += ["新认定"] if ctx.variables.get("newly_recognised") is True else []
    return BUSINESS[text(ctx, "business")] + (f"（{'；'.join(told)}）" if told else "")


def limit_data(ctx: StepContext) -> dict[str, Any]:
    """《陕西省企业开票系统最大限额审批表》: what was applied for, each level's opinion, what was granted (annex 2)."""
    numbers = ("unit_price", "last_year_sales", "monthly_quantity", "per_invoice", "current_quantity", "applied_on")
    current = text(ctx, "current_version")
    return {
        **head(ctx), **{name: day_text(ctx.variables.get(name)) for name in numbers}, "reason": text(ctx, "reason"), "criterion": text(ctx, "criterion"),
        "applied": version_name(text(ctx, "version_applied_for")), "applied_quantity": day_text(ctx.variables["quantity_applied_for"]), "granted": version_name(text(ctx, "version")),
        "current": version_name(current) if current else "", "lowerings": ctx.variables.get("lowerings") or [], "opinions": opinions(ctx),
    }  # fmt: skip


def lowering_data(ctx: StepContext) -> dict[str, str]:
    """One lowering as annex 2 prints it: from which version to which, who lowered and why, who consented for the enterprise and when.

    Source: Xi'an 2002-119, 二(一)1, annex 2.
    """
    level, consent = text(ctx, "lowered_at"), signer(ctx, "consent_to_lowering")
    leader, signed_on = signer(ctx, next(signed for one, _title, _prepared, signed, _first, _last in OPINIONS if one == level)), day_text(ctx.variables.get("consent_signed_on"))
    by_clerk, before, after = not ctx.actor.party, int(ctx.variables["monthly_quantity"]), int(ctx.variables["lowered_quantity"])
    quantities = ("", "") if before == after else (f"、每月 {before} 份", f"、每月 {after} 份")
    return {
        "from": version_name(text(ctx, "version")) + quantities[0], "to": version_name(text(ctx, "lowered_version")) + quantities[1], "because": text(ctx, "refusal_reason").rstrip("。；"),
        "office": office_at(ctx, level).name, "by": leader["name"], "on": leader["on"], "consented_by": text(ctx, "enterprise_name") if by_clerk else consent["name"],
        "consented_on": signed_on or consent["on"], "noted_by": consent["name"] if by_clerk else "",
    }  # fmt: skip


def notice_data(ctx: StepContext, tools: Tools) -> dict[str, Any]:
    """《增值税防伪税控系统使用通知书》: included, trained when and where, what to buy from whom, the terms (annex 3)."""
    install, old = tools.rule(ctx, "installation"), tools.rule(ctx, "old_invoices")
    return {
        **head(ctx), "from_office": text(ctx, "city_name"), "plan_batch": text(ctx, "plan_batch"), "training_on": day_text(ctx.variables.get("training_on")), "training_place": text(ctx, "training_place"),
        "version": version_name(text(ctx, "version")), "per_invoice": day_text(ctx.variables["per_invoice"]), "monthly_quantity": day_text(ctx.variables["monthly_quantity"]),
        "install_within": term(install.count, install.unit), "old_within": term(old.count, old.unit),
    }  # fmt: skip


def card_data(ctx: StepContext, office: Office, act: str) -> dict[str, Any]:
    """企业“金税卡”、“IC卡”发行的《通知》 of an office to the issuing post, for the first issue or the issue anew (annex 4)."""
    return {
        **head(ctx), "from_office": office.name, "act": act, "version": version_name(text(ctx, "version")), "per_invoice": day_text(ctx.variables["per_invoice"]),
        "monthly_quantity": day_text(ctx.variables["monthly_quantity"]), "machines": day_text(ctx.variables.get("machines") or 1),
    }  # fmt: skip


def issue_inclusion(ctx: StepContext, tools: Tools, number: str) -> None:
    """“两书、一表、一通知”: application, notice of use, approval form, notice to the issuing post.

    The form has the number of whoever decided on the limit; both notices are the city's, which includes the enterprise, each with a number of its own.

    Source: Xi'an 2002-119, 二(一)4, annex 1, annex 2, annex 3, annex 4.
    """
    city = office_at(ctx, "city")
    notice, to_issue = number_at(ctx, city, "通"), number_at(ctx, city, "发")
    given = {"approval_number": number, "notice_number": notice}
    issue(ctx, tools, "application", {**application_data(ctx), **given}, number=text(ctx, "registration_number"))
    issue(ctx, tools, "limit_form", {**limit_data(ctx), **given}, number=number)
    issue(ctx, tools, "notice", {**notice_data(ctx, tools), **given}, number=notice)
    issue(ctx, tools, "card_notice", {**card_data(ctx, city, "初始发行"), **given}, number=to_issue)


def issue_change(ctx: StepContext, tools: Tools, level: str, number: str) -> None:
    """Approval form and notice to the issuing post of a change: the notice is of the office that decided; what the province decided the city hands down.

    Source: Xi'an 2002-119, 二(二), annex 2, annex 4; that the city hands down is **[chosen]** after 二(一)4.
    """
    office, given = office_at(ctx, "city" if level == "province" else level), {"approval_number": number}
    issue(ctx, tools, "limit_form", {**limit_data(ctx), **given}, number=number)
    issue(ctx, tools, "card_notice", {**card_data(ctx, office, "变更发行"), **given}, number=number_at(ctx, office, "发"))


def issue_refusal(ctx: StepContext, tools: Tools, office: Office, number: str) -> None:
    """The letter of refusal: what was applied for, the standard, the reason. Source: Xi'an 2002-119, 二(一)1."""
    data: Mapping[str, Any] = {
        **head(ctx), "from_office": office.name, "applied": version_name(text(ctx, "version_applied_for")),
        "criterion": "" if ctx.variables.get("qualifies") is True else text(ctx, "criterion"), "appeal": appeal_of(ctx, office),
        "reason": text(ctx, "refusal_reason"), "applied_on": day_text(ctx.variables.get("applied_on")), "monthly_quantity": day_text(ctx.variables.get("quantity_applied_for")),
        "unit_price": day_text(ctx.variables.get("unit_price")), "last_year_sales": day_text(ctx.variables.get("last_year_sales")),
        "what": "变更开票最高限额、购票限量" if text(ctx, "current_version") else "使用防伪税控系统及核定开票最高限额",
    }  # fmt: skip
    issue(ctx, tools, "refusal", data, number=number)
