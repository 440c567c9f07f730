"""What the handlers of losses share: how a loss is named, its facts as papers print them, the entries of a case, values of another case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from engine.registry import Declined, StepContext
from engine.tables import Instance
from handlers.devices_law import LAW, LAW_EN
from handlers.tools import Tools, officer_posts, own_office, text
from records.devices import kinds, rules
from records.devices.holders import Holder
from records.devices.model import Device
from records.devices.store import devices
from records.offices import store as offices

ARTICLES = {"tax_card": "二(五)1", "ic_card": "二(五)2", "reader": "二(五)", "invoices": "二(五)3"}
DAMAGED = frozenset(("damaged", "in_repair", "repaired", "scrapped"))  # states of a device in a case of damage
LEVELS = {"province": "province_name", "city": "city_name", "office": "office_name"}


def named(kind: str, serial: str) -> str:
    """A device as papers name it."""
    return rules.label(kind, serial)[0]


def how(ctx: StepContext) -> str:
    """被盗 or 丢失."""
    return kinds.REASONS[text(ctx, "lost_how")][0]


def iso(value: Any) -> str:
    """A day as papers are given it; empty for none."""
    return value.isoformat() if isinstance(value, date) else ""


def loss_facts(ctx: StepContext) -> dict[str, Any]:
    """What was lost, when and how, and what the police were told: what every paper of a loss may print."""
    return {
        "enterprise": text(ctx, "enterprise_name"), "taxpayer_number": text(ctx, "taxpayer_number"), "office": text(ctx, "office_name"),
        "is_invoices": text(ctx, "lost_kind") == "invoices", "lost_told": text(ctx, "lost_told"), "how": how(ctx), "lost_on": iso(ctx.variables["lost_on"]),
        "lost_at": text(ctx, "lost_at"), "facts": text(ctx, "loss_facts"), "police_reported_on": iso(ctx.variables["police_reported_on"]),
        "reported_on": iso(ctx.variables["reported_on"]), "police_station": text(ctx, "police_station"), "police_number": text(ctx, "police_number"),
        "date": ctx.clock.today().isoformat(),
    }  # fmt: skip


def require_reported(ctx: StepContext) -> None:
    """The loss lies behind us, and the police were told at once, not before it. Raises Declined.

    Source: Xi'an 2002-119, 二(五), 三(三)5(2).
    """
    lost, told, today = ctx.variables["lost_on"], ctx.variables["police_reported_on"], ctx.clock.today()
    if max(lost, told) > today:
        raise Declined(f"丢失被盗日期 {lost}、报案日期 {told} 不能晚于今天 {today}（{LAW}二(五)）", f"the loss, {lost}, and its report to the police, {told}, lie behind us (二(五))")
    if told < lost:
        raise Declined(f"报案日期 {told} 早于丢失被盗日期 {lost}，请核对（{LAW}二(五)）", f"the police were told on {told}, before the loss on {lost} (二(五))")


def certification(ctx: StepContext) -> list[str]:
    """Every certification post of the city of the case, its own and those of the offices beneath: a lost card may turn up in any of them; of a
    loss at the province every post there is.

    Source: Xi'an 2002-119, 二(五), 三(三)3(1), 四3.
    """
    top = offices.office_at_level(ctx.session, ctx.case.office_id, "city") or own_office(ctx)
    return [post for office in offices.offices(ctx.session, beneath=top.scope, only_open=True) for post in officer_posts(ctx.session, office.id, "certification")]


def require_held(found: Device, own: Holder, what: str, what_en: str, article: str) -> None:
    """Nobody reports or sells the device of somebody else: asked is who has it, or had it before it was lost; what was destroyed is nobody's, which
    the books say themselves. Raises Declined.
    """
    kind, number = (found.held_before_kind, found.held_before_number) if found.state == "lost" else (found.holder_kind, found.holder_number)
    if kind != "nobody" and (kind, number) != (own.kind, own.number):
        zh, en = rules.label(found.kind, found.serial)
        raise Declined(
            f"{zh}在账册上不由“{own.name}”持有，不能由其{what}（{LAW}{article}）；请核对种类和编号",
            f"in the books {en} is not held by {own.name}, who cannot {what_en} ({LAW_EN}, {article}): check kind and serial",
        )


def tell_case_of_damage(ctx: StepContext, tools: Tools, lost: Device) -> None:
    """What was in a case of damage when it was lost: whoever looks after that case hears of it at once, since nothing can be repaired any more.

    Source: Xi'an 2002-119, 二(四), 二(五), 四3.
    """
    reported = [row.case_id for row in devices.postings(ctx.session, lost.id) if row.event == "report_damage"] if lost.state_before in DAMAGED else []
    office = ctx.session.scalars(select(Instance.office_id).where(Instance.id == reported[-1], Instance.status == "active")).first() if reported else None
    if office is not None:
        zh, en = rules.label(lost.kind, lost.serial)
        tools.tell(
            ctx, officer_posts(ctx.session, office, "tax_office"), "loss", f"损坏案件中的{zh}已报丢失被盗，请与服务单位在损坏案件中按丢失办理（{LAW}二(四)、二(五)）",
            f"{en}, which is in a case of damage, was reported lost: go on with that case accordingly (二(四), 二(五))",
        )  # fmt: skip


def several(ctx: StepContext, names: Mapping[str, str]) -> dict[str, str]:
    """Variables as texts under the names that a paper has for them."""
    return {key: text(ctx, name) for key, name in names.items()}
