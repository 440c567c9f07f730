"""What is decided of a loss: how the office deals with it, the opinion of the district, the document of the city, approval or refusal."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.registry import Registry, StepContext
from handlers.devices_appeal import appeal_of
from handlers.devices_tools import above, district_of, number_at, posts
from handlers.issuing import issue
from handlers.loss_papers import issue_notice, issue_reply, kind_of
from handlers.loss_replacement import stock_choices
from handlers.loss_tools import LEVELS, iso, loss_facts, several
from handlers.tools import Tools, officer_posts, own_office, signer, text
from records.offices import store as offices

ATTACHED = ["公安机关受理报案材料复印件", "声明作废公告", "书面检查及通报", "整改措施和承诺", "《丢失、被盗金税卡、IC卡情况表》", "税务处理决定书"]


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of the decisions."""
    _opinions(registry, tools)
    _results(registry, tools)


def _opinions(registry: Registry, tools: Tools) -> None:
    @registry.operation("loss.issue_decision")
    def issue_decision(ctx: StepContext) -> Mapping[str, Any]:
        """Issues the decision of the tax office, which treats the loss as improper keeping of special invoices.

        Source: Xi'an 2002-119, 二(五)1(6), 三(一)14(1).
        """
        own, fine = own_office(ctx), ctx.variables.get("fine")
        decided = number_at(ctx, own, "处")
        basis = "二(五)1(6)、三(一)14(1)" if text(ctx, "lost_kind") == "tax_card" else "三(一)14(1)"
        issue(ctx, tools, "penalty_decision", {
            **loss_facts(ctx), **several(ctx, {"violation_facts": "violation_facts", "attitude": "attitude"}), "penalty_text": text(ctx, "penalty_text").rstrip("；。"),
            "from_office": own.name, "basis": basis, "fine": str(fine) if fine else "", "handler": signer(ctx, "propose_decision"), "leader": signer(ctx, "approve_decision"),
            "appeal": appeal_of(ctx, own),
        }, number=decided)  # fmt: skip
        fined = f"罚款{Decimal(fine):,.2f}元" if fine else ""
        return {"penalty_number": decided, "penalty_told": "，".join(part for part in (decided, text(ctx, "penalty_text").rstrip("；。"), fined) if part)}

    @registry.operation("loss.book_opinion")
    def book_opinion(ctx: StepContext) -> Mapping[str, Any]:
        """Issues annex 6 with the opinion of the district, and circulates the self-criticism in its area, once, where the law wants it.

        After a return by the city a new annex 6 names the number that it replaces.

        Source: Xi'an 2002-119, 二(五)1(3), 二(五)1(5), annex 6.
        """
        district, facts = district_of(ctx), loss_facts(ctx)
        listed, circulated = number_at(ctx, district, "表"), text(ctx, "circular_number") or None
        circulates = circulated is None and bool(ctx.variables["papers_rule"].get("circulated"))
        if circulates:
            circulated = number_at(ctx, district, "通")
        issue(ctx, tools, "annex6", {
            **several(ctx, {"enterprise": "enterprise_name", "notice_media": "notice_media", "penalty_told": "penalty_told", "statement": "annex6_statement",
                            "district_view": "district_view", "measures": "measures"}),
            "loss_facts": facts, **{key: iso(ctx.variables.get(key)) for key in ("notice_published_on", "self_criticism_on", "pledged_on")},
            "filler": signer(ctx, "hand_in_papers")["name"], "statement_on": iso(ctx.variables.get("annex6_on")), "district": district.name,
            "handler": signer(ctx, "district_opinion"), "leader": signer(ctx, "sign_annex6"), "date": facts["date"],
            "replaces": text(ctx, "annex6_number"), "circulated": circulated or "",
        }, number=listed)  # fmt: skip
        if circulated is not None and circulates:
            issue(ctx, tools, "circular", {
                **facts, **several(ctx, {"circular_text": "circular_text", "self_criticism": "self_criticism"}),
                "self_criticism_on": iso(ctx.variables.get("self_criticism_on")), "from_office": district.name,
            }, number=circulated)  # fmt: skip
            area = above(ctx, str(ctx.variables["papers_rule"]["circular_area"])) or district
            told = [post for office in offices.offices(ctx.session, beneath=area.scope, only_open=True) for post in officer_posts(ctx.session, office.id, "tax_office")]
            tools.tell(ctx, told, "circular", f"通报{circulated}：{facts['enterprise']}{facts['how']}{facts['lost_told']}", f"circular {circulated} on {facts['lost_told']}")
        return {"circular_number": circulated, "annex6_number": listed, "return_reason": None, "city_return_reason": None}


def _results(registry: Registry, tools: Tools) -> None:
    @registry.operation("loss.issue_document")
    def issue_document(ctx: StepContext) -> Mapping[str, Any]:
        """The city reports a lost tax card to the province with a formal document, signed by its leader.

        Source: Xi'an 2002-119, 二(五)1(7).
        """
        city = above(ctx, "city") or own_office(ctx)
        document = number_at(ctx, city, "请")
        issue(ctx, tools, "province_document", {
            **loss_facts(ctx), **several(ctx, {"to_office": "province_name", "district": "district_name", "notice_media": "notice_media", "penalty_told": "penalty_told",
                                               "district_view": "district_view", "city_view": "city_view"}),
            "from_office": city.name, "search_until": iso(ctx.variables.get("search_until")), "notice_published_on": iso(ctx.variables.get("notice_published_on")),
            "attachments": ATTACHED, "leader": signer(ctx, "city_decide"), "handler": signer(ctx, "city_review"),
        }, number=document)  # fmt: skip
        return {"document_number": document}

    @registry.operation("loss.book_approval")
    def book_approval(ctx: StepContext) -> Mapping[str, Any]:
        """Approved: the enterprise may buy anew from the service unit; whoever approved stands on the notice. For a replacement card another is lent.

        Source: Xi'an 2002-119, 二(五)1(7), 二(五)2(4), 二(四).
        """
        by = text(ctx, LEVELS[text(ctx, "approval_level")])
        if ctx.variables.get("lent"):
            return _lend_again(ctx, tools, by)
        decided = issue_reply(ctx, tools, f"同意该企业重新购买{kind_of(ctx)}。")
        issue_notice(ctx, tools, f"经{by}批准，同意你单位重新购买{kind_of(ctx)}。", decided=decided, approved=True)
        zh, en = f"{text(ctx, 'enterprise_name')}已获准重新购买{kind_of(ctx)}", f"{text(ctx, 'enterprise_name')} may buy anew"
        tools.tell(ctx, posts(ctx, "tax_office"), "loss_decided", zh, en)
        return {
            "approved_on": ctx.clock.today(), "result_told": f"{by}批准补办", "approval_number": decided["approval_number"], "declined_because": None,
            "stock_choices": stock_choices(ctx),
        }  # fmt: skip

    @registry.operation("loss.book_refusal")
    def book_refusal(ctx: StepContext) -> Mapping[str, Any]:
        """Refused: the enterprise reads the reason on a numbered notice; the serial stays on the stop list.

        Source: Xi'an 2002-119, 二(五).
        """
        decided = issue_reply(ctx, tools, f"不同意该企业重新购买{kind_of(ctx)}。", reason=text(ctx, "refusal_reason"))
        issue_notice(ctx, tools, f"经{decided['approval_office']}审查，不同意你单位重新购买{kind_of(ctx)}。", decided=decided, reason=text(ctx, "refusal_reason"))
        return {"result_told": f"不予补办：{text(ctx, 'refusal_reason')}", "approval_number": decided["approval_number"]}

    @registry.operation("loss.book_invoices")
    def book_invoices(ctx: StepContext) -> Mapping[str, Any]:
        """The tax office has investigated lost invoices and decided on them itself; two people stand on the notice.

        Source: Xi'an 2002-119, 二(五)3.
        """
        penalty = text(ctx, "proposed_penalty")
        issue_notice(ctx, tools, f"{text(ctx, 'lost_told')}按{kind_of(ctx)}丢失、被盗登记，号码不得再用。处理决定：{penalty}", reason=text(ctx, "invoice_findings"))
        return {"result_told": f"主管税务机关直接查处：{penalty}"}


def _lend_again(ctx: StepContext, tools: Tools, by: str) -> Mapping[str, Any]:
    unit = text(ctx, "service_unit_name")
    decided = issue_reply(ctx, tools, f"该卡是{unit}借出的替换卡，不另行发售，由{unit}另借替换卡。")
    issue_notice(ctx, tools, f"经{by}审批，{text(ctx, 'lost_told')}是{unit}借出的替换卡，不另行发售；由{unit}另借替换卡，原卡修好后换回。", decided=decided)
    tools.tell(
        ctx, posts(ctx, "tax_office"), "loss_decided", f"{text(ctx, 'enterprise_name')}丢失的替换卡已处理，由{unit}在损坏案件中另借或换回原卡（二(四)）",
        f"the loss of the card lent to {text(ctx, 'enterprise_name')} is dealt with: the case of its damage goes on (二(四))",
    )  # fmt: skip
    return {"approved_on": ctx.clock.today(), "result_told": f"{by}审批：替换卡不另行发售，由服务单位另借", "approval_number": decided["approval_number"], "declined_because": None}
