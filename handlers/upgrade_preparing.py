"""Before the upgrade: training, tax office, enterprise and posts prepare at the same time; who has all of it may come to the hall.

Source of all: Xicheng, 一, 二.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_acting import require_own_hand, who_acts
from handlers.devices_beside import running_beside
from handlers.devices_counter import in_reporting_period
from handlers.devices_pairs import usual_partner
from handlers.devices_tools import by_the_books, district_of, enterprise, heads, posts
from handlers.tools import Tools, declining, officer_posts, own_office, text, who
from handlers.upgrade_ready import IN_HAND, ready_visit
from handlers.upgrade_signing import LAW, LAW_EN
from records.devices.kinds import Kind
from records.devices.model import Device
from records.devices.store import devices, require_not_stopped
from records.invoices.rules import count_of
from records.offices.store import office_by_code
from records.taxpayers import enrolments
from records.upgrade import store as visits
from records.upgrade.errors import UpgradeRefused

Row = Mapping[str, Any]


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of the preparation."""
    _begun(registry)
    _strands(registry)

    @registry.operation("upgrade.cancel_ready")
    def cancel_ready(ctx: StepContext) -> Mapping[str, Any]:
        """A ready enterprise will not come, or is to be prepared anew: reception says why, the tax office is told. [chosen] Source: Xicheng, 二(二)1."""
        visit = ready_visit(ctx)
        with declining(UpgradeRefused):
            visits.drop(ctx.session, who(ctx), visit, ctx.clock.now(), text(ctx, "cancel_because"))
        ctx.set_title(f"取消升级准备：{visit.enterprise_name}")
        tax_office = office_by_code(ctx.session, visit.tax_office)
        told = officer_posts(ctx.session, tax_office.id, "tax_office") if tax_office is not None else []
        tools.tell(ctx, told, "upgrade", f"“{visit.enterprise_name}”的升级准备已取消，要升级的须重新准备", f"the preparation of {visit.enterprise_name} was cancelled")
        return {"taxpayer_number": visit.taxpayer_number, "enterprise_name": visit.enterprise_name}

    @registry.operation("upgrade.make_ready")
    def make_ready(ctx: StepContext) -> Mapping[str, Any]:
        """All strands have ended: the enterprise stands in the book as ready, with the figures that the stations compare with. Source: Xicheng, 二."""
        names = ("ordinary_stock", "ordinary_listed", "remaining_special", "ordinary_per_invoice", "ordinary_quantity", "tax_card", "ic_card", "machine_no", "service_unit", "service_unit_name")
        prepared = {name: _plain(ctx.variables.get(name)) for name in names}
        with declining(UpgradeRefused):
            visits.make_ready(ctx.session, who(ctx), enterprise(ctx), own_office(ctx).code, prepared, ctx.clock.today(), case_id=ctx.case.instance_id)
        name = text(ctx, "enterprise_name")
        tools.tell(ctx, posts(ctx, "reception", "district"), "upgrade", f"“{name}”升级前准备已完成，可以到场签到", f"{name} is ready to be upgraded")
        brought = _bring_along(ctx)
        hall, place = district_of(ctx), text(ctx, "site_place")
        tools.tell(
            ctx, [f"enterprise:{text(ctx, 'taxpayer_number')}"], "upgrade", f"升级前准备已完成，请到{hall.name}升级现场（{place}）签到升级。请携带：{brought['zh']}",
            f"the preparation is whole: come to the hall of {hall.name_en} ({place}) to be upgraded. Bring along: {brought['en']}",
        )  # fmt: skip
        return {"ready_on": ctx.clock.today(), "ready_at": {"zh": f"{hall.name}升级现场（{place}）", "en": f"{hall.name_en}, {place}"}, "bring_along": brought}


def _bring_along(ctx: StepContext) -> dict[str, str]:
    """What the enterprise takes to the hall, by procedure.yaml. Source: Xicheng, 三(一)1, 三(一)2, 三(一)3, 三(一)4."""
    rows: Sequence[Mapping[str, str]] = ctx.about["handover"].get("bring_along") or ()
    return {"zh": "；".join(row["zh"] for row in rows) or "—", "en": "; ".join(row["en"] for row in rows) or "—"}


def _begun(registry: Registry) -> None:
    @registry.operation("upgrade.register_preparation")
    def register_preparation(ctx: StepContext) -> Mapping[str, Any]:
        """An enterprise whose system is in use applies for the limit of its ordinary invoices; not twice at a time. Source: Xicheng, 二(二)1."""
        head = heads(ctx)
        seen = {"taxpayer_number": head["taxpayer_number"], "enterprise_name": head["enterprise_name"]}
        number, name = str(head["taxpayer_number"]), str(head["enterprise_name"])
        row = enrolments.running(ctx.session, number)
        if row is None or row.state != "in_use":
            raise Declined(f"“{name}”的防伪税控系统还没有启用，不能升级（{LAW}二）", f"the system of {name} is not in use: there is nothing to upgrade ({LAW_EN}, 二)", at="taxpayer_number")
        if running_beside(ctx, "upgrade_preparation", taxpayer_number=number) or visits.visit_of(ctx.session, number) is not None:
            raise Declined(f"“{name}”的升级已在准备或办理中，不能重复申请（{LAW}二(二)1）", f"{name} is being prepared or upgraded already ({LAW_EN}, 二(二)1)", at="taxpayer_number")
        tax_card = _tax_card(ctx, number)
        partner = usual_partner(ctx.session, Kind.TAX_CARD, tax_card, number, IN_HAND)
        if partner is None:
            raise Declined(f"账上看不出与金税卡 {tax_card.serial} 配套的税控IC卡，请先办理发行（{LAW}三(五)）", f"the books do not show the IC card of {tax_card.serial}", at="tax_card")
        with by_the_books():
            for card in (tax_card, partner):
                require_not_stopped(ctx.session, card.kind, card.serial)
        ctx.set_title(f"升级前准备：{name}")
        return {**head, **seen, **who_acts(ctx, number, str(head["service_unit"])), "tax_card": tax_card.serial, "ic_card": partner.serial, "machine_no": text(ctx, "machine_no") or "0"}


def _strands(registry: Registry) -> None:
    @registry.operation("upgrade.book_training")
    def book_training(ctx: StepContext) -> Mapping[str, Any]:
        """One session; who was absent comes to the next. Source: Xicheng, 一(五)."""
        require_own_hand(ctx, "service_unit", text(ctx, "service_unit"))
        seen = ctx.variables
        row = {"on": seen["session_on"], "place": text(ctx, "training_place"), "result": seen["training_result"]}
        return {"training_sessions": [*(seen.get("training_sessions") or ()), row]}

    @registry.operation("upgrade.check_self")
    def check_self(ctx: StepContext) -> Mapping[str, Any]:
        """What the enterprise has done by itself, with the list of its unused ordinary invoices. Source: Xicheng, 二(二)2, 二(二)3."""
        require_own_hand(ctx, "enterprise", text(ctx, "taxpayer_number"))
        return {"ordinary_listed": counted(ctx, "ordinary_listed", "nothing_listed", "未用的空白普通发票", "unused ordinary invoices", article="二(二)2")}

    @registry.operation("upgrade.check_record")
    def check_record(ctx: StepContext) -> Mapping[str, Any]:
        """The office's record; inside the reporting period the report comes first. Source: Xicheng, 二(一)1, 二(一)2, 二(二)3."""
        if ctx.variables.get("period_state") == "not_yet":
            raise Declined(f"征期内升级的企业要先进行征期抄报税，抄报税后再登记（{LAW}二(二)3）", f"inside the period the enterprise reports first: note it after that ({LAW_EN}, 二(二)3)", at="period_state")
        require_reported_inside(ctx, "二(二)3")
        return {"ordinary_stock": counted(ctx, "ordinary_stock", "nothing_on_record", "未用的手写版普通发票", "unused handwritten invoices", article="二(一)1")}

    @registry.operation("upgrade.check_authorisation")
    def check_authorisation(ctx: StepContext) -> Mapping[str, Any]:
        """What was added in the collection system is what was decided. Source: Xicheng, 二(一)3, 二(五)."""
        decided, added = ctx.variables["ordinary_quantity"], ctx.variables["authorised_quantity"]
        if decided != added:
            raise Declined(f"增加的购票量授权 {added} 份与核定的 {decided} 份不一致（{LAW}二(五)）", f"{added} were authorised, but {decided} were decided ({LAW_EN}, 二(五))", at="authorised_quantity")
        return {}


def require_reported_inside(ctx: StepContext, article: str) -> None:
    """Inside the reporting period nobody is outside of it: the clerk asks the system again. Raises Declined. Source: Xicheng, 二(二)3, 三(一)2."""
    today = ctx.clock.today()
    if ctx.variables.get("period_state") == "outside" and in_reporting_period(ctx, today):
        first, last = (ctx.about["reporting_period"][edge] for edge in ("from_day", "to_day"))
        raise Declined(f"今天 {today} 在征期（每月 {first}-{last} 日）之内，请查询企业是否已抄报税（{LAW}{article}）", f"{today} lies inside the reporting period, days {first} to {last}: ask whether it has reported ({LAW_EN}, {article})", at="period_state")


def counted(ctx: StepContext, name: str, nothing: str, what: str, what_en: str, *, article: str) -> list[dict[str, Any]]:
    """The ranges of a list of a form with their counts; raises Declined where nothing is entered and nothing ticked, or both (`none_by` of the form asks first).

    Source: Xicheng, 二(一)1, 二(二)2, 三(一)3, 三(二)4, 三(七).
    """
    rows: Sequence[Row] = ctx.variables.get(name) or []
    ticked = ctx.variables.get(nothing) is True
    if bool(rows) == ticked:
        raise Declined(f"{what}请逐段填写，没有的请勾选没有，两者只选其一（{LAW}{article}）", f"enter the {what_en}, or tick that there are none ({LAW_EN}, {article})", at=name)
    return with_counts(rows)


def with_counts(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Ranges with how many invoices each holds."""
    return [{**row, "count": count_of(row["number_from"], row["number_to"])} for row in rows]


def _tax_card(ctx: StepContext, number: str) -> Device:
    """The card that was named, or the only one. Raises Declined."""
    named = text(ctx, "tax_card").strip().upper()
    usable = [one for one in devices.held_by(ctx.session, "enterprise", number, [Kind.TAX_CARD]) if one.state in IN_HAND]
    found = [one for one in usable if not named or one.serial == named]
    if len(found) == 1:
        return found[0]
    names = "、".join(one.serial for one in usable) or "无"
    raise Declined(f"请填写这次升级的金税卡，该企业可用的有：{names}（{LAW}三(五)）", f"name the tax card to be upgraded; the enterprise has: {names} ({LAW_EN}, 三(五))", at="tax_card")


def _plain(value: Any) -> Any:
    """A value as the book keeps it: figures as texts, lists of rows as they are."""
    return value if value is None or isinstance(value, (str, int, list)) else str(value)
