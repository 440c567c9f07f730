"""Who is ready for the upgrade hall, with the two cards of the day: those of the preparation, or what has come in the place of one since.

Source of all: Xicheng, 二, 三(一)1, 三(五).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, StepContext
from handlers.devices_pairs import usual_partner
from handlers.devices_tools import by_the_books
from handlers.tools import own_office, text
from handlers.upgrade_signing import LAW, LAW_EN
from records.devices import rules, states
from records.devices.kinds import Kind
from records.devices.model import Device
from records.devices.store import devices, require_not_stopped
from records.upgrade import store as visits
from records.upgrade.model import UpgradeVisit

IN_HAND = ("issued", "in_use", "on_loan")


def ready_visit(ctx: StepContext) -> UpgradeVisit:
    """The visit of the enterprise that was chosen at reception. Raises Declined for one that is not ready, is in the hall already, or belongs to another hall."""
    number = text(ctx, "taxpayer_number").strip().upper()
    visit = visits.visit_of(ctx.session, number)
    if visit is None:
        raise Declined(f"税号 {number} 没有已完成的升级前准备（{LAW}二、三(一)1）", f"there is no whole preparation of {number} ({LAW_EN}, 二, 三(一)1)", at="taxpayer_number")
    if visit.state != "ready":
        raise Declined(f"“{visit.enterprise_name}”已经签到，序号 {visit.ticket}（{LAW}三(一)1）", f"{visit.enterprise_name} has signed in already, number {visit.ticket} ({LAW_EN}, 三(一)1)", at="taxpayer_number")
    if not visit.scope.startswith(own_office(ctx).scope):
        raise Declined(f"“{visit.enterprise_name}”由其主管分局的签到岗办理（{LAW}三(一)1）", f"reception of its own district serves {visit.enterprise_name} ({LAW_EN}, 三(一)1)", at="taxpayer_number")
    return visit


def pair_of_today(ctx: StepContext, number: str, prepared: Mapping[str, Any]) -> tuple[Device, Device]:
    """Golden-tax card and IC card that the enterprise has today, none on the stop list.

    Where one was replaced since the preparation, the books show what came in its place. Raises Declined where they do not, and where both are gone:
    then the preparation is cancelled and made anew.
    """
    with by_the_books():
        tax_card, ic_card = (devices.device(ctx.session, kind, str(prepared[kind])) for kind in (Kind.TAX_CARD, Kind.IC_CARD))
        if not _has(tax_card, number):
            tax_card = _found(usual_partner(ctx.session, Kind.IC_CARD, ic_card, number, IN_HAND) if _has(ic_card, number) else None, tax_card)
        partner = _found(usual_partner(ctx.session, Kind.TAX_CARD, tax_card, number, IN_HAND), ic_card)
        for card in (tax_card, partner):
            require_not_stopped(ctx.session, card.kind, card.serial)
    return tax_card, partner


def _has(card: Device, number: str) -> bool:
    return (card.holder_kind, card.holder_number) == ("enterprise", number) and card.state in IN_HAND


def _found(card: Device | None, gone: Device) -> Device:
    if card is not None:
        return card
    zh, en = rules.label(gone.kind, gone.serial)
    raise Declined(
        f"账上看不出现在用于升级的两卡：准备时登记的{zh}现为“{states.name('device', gone.state)}”。先办妥换卡、发行，或者取消准备后重新准备，再签到（{LAW}三(一)1、三(五)）",
        f"the books do not show which two cards are upgraded: {en} of the preparation is {states.name('device', gone.state, 'en')} now. Have it replaced and issued,"
        f" or cancel the preparation and make it anew; sign in after that ({LAW_EN}, 三(一)1, 三(五))",
    )
