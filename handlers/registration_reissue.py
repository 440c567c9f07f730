"""Change issue: the cards of machine after machine are written with the new name and number, then the books follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from engine import outside
from engine.registry import BpmnError, Declined, Registry, StepContext
from handlers.devices_beside import running_beside
from handlers.devices_counter import behind_the_station, in_reporting_period, require_period_reported
from handlers.devices_law import LAW
from handlers.devices_tools import by_the_books
from handlers.registration_tools import chosen, key_of, named, options, stopped, to_read
from handlers.tools import Tools, text, who
from records.devices import rules
from records.devices.kinds import CARDS
from records.devices.model import Device
from records.devices.store import devices
from records.registration import renaming, renumbering
from records.taxpayers import enrolments, limits

WRITING = frozenset(("limit_change", "device_damage", "device_loss"))  # cases that write cards with the name they began with
BEARING = frozenset(("sold", "issued", "in_use", "damaged", "in_repair", "repaired", "on_loan"))  # a card that bears the old name, or will


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the topics of the cards."""

    @registry.operation("registration.list_machines")
    def list_machines(ctx: StepContext) -> Mapping[str, Any]:
        """The cards in use on this day that are not written yet; a card that was exchanged meanwhile stands for the one before.

        Source: Xi'an 2002-119, 二(二), 二(四).
        """
        return {**in_use(ctx), "report_needed": in_reporting_period(ctx, ctx.clock.today())}

    @registry.operation("registration.ready_for_reissue")
    def ready_for_reissue(ctx: StepContext) -> Mapping[str, Any]:
        """All that can be known is asked before the cards are written: reporting, stop list, the number, what else runs.

        Source: Xi'an 2002-119, 三(一)8, 二(五)2, 二(二).
        """
        _require_reported(ctx)
        with by_the_books():
            cards = chosen(ctx.session, [text(ctx, "tax_card_key"), text(ctx, "ic_card_key")])
        require_none_stopped(cards, ctx.session)
        if (refusal := _refusal(ctx, cards)) is not None:
            raise Declined(*refusal)
        return {"tax_card": cards[0].serial, "ic_card": cards[1].serial, "declined_because": None, "checked_on": ctx.clock.today()}

    @registry.operation("registration.note_reissued")
    def note_reissued(ctx: StepContext) -> Mapping[str, Any]:
        """What was written on the day on which it was checked is done; the rest is checked and written anew.

        Source: Xi'an 2002-119, 二(二), 三(一)8.
        """
        if (checked := ctx.variables["checked_on"]) != ctx.clock.today():
            return {"declined_because": f"{checked} 核对，{ctx.clock.today()} 才写卡：请按今天的情况重新核对抄税和停用名单，再写一次（{LAW}三(一)8、二(五)）"}
        written = [*ctx.variables["reissued"], text(ctx, "tax_card_key"), text(ctx, "ic_card_key")]
        return {"reissued": written}

    @registry.operation("registration.book_change")
    def book_change(ctx: StepContext) -> Mapping[str, Any]:
        """Name and number change in the books, with account, limits, devices and invoices. What stands in the way goes back to the clerk.

        Source: Xi'an 2002-119, 二(二).
        """
        seen, session, today = ctx.variables, ctx.session, ctx.clock.today()
        cards = chosen(session, seen["reissued"])
        if (refusal := _refusal(ctx, cards) or _unwritten(ctx)) is not None:
            raise BpmnError("REFUSED", refusal[0])
        before = str(seen["taxpayer_number"])
        with behind_the_station(ctx):
            if seen.get("new_number"):
                renumbering.renumber(session, who(ctx), before, str(seen["new_number"]), today)
                outside.renamed(session, f"enterprise:{before}", f"enterprise:{seen['new_number']}")
            if seen.get("new_name"):
                renaming.rename_enrolled(session, who(ctx), str(seen.get("new_number") or before), str(seen["new_name"]), today)
            for card in chosen(session, seen["reissued"]):
                devices.move(session, who(ctx), card, "reissue", today, case_id=ctx.case.instance_id, note=str(seen["registration_number"]))
        ctx.set_due(None)
        return {
            "taxpayer_number": seen.get("new_number") or before, "enterprise_name": seen.get("new_name") or seen["enterprise_name"],
            "declined_because": None,
        }  # fmt: skip


def _require_reported(ctx: StepContext) -> None:
    if in_reporting_period(ctx, ctx.clock.today()):
        if ctx.variables.get("report_needed") is False:
            raise Declined(f"今天 {ctx.clock.today()} 已在报税期之内，请先重列待写的卡，再填写抄税情况（{LAW}三(一)8）", "the reporting period has begun: list the cards anew first")
        require_period_reported(ctx, "办理变更发行", "the cards are issued anew")


def cards_of(session: Session, taxpayer_number: str) -> Sequence[Device]:
    """The cards that an enterprise holds."""
    return devices.held_by(session, "enterprise", taxpayer_number, CARDS)


def in_use(ctx: StepContext) -> dict[str, Any]:
    """The cards in use that are not written yet, as the clerk chooses from them, tax cards and IC cards apart; what was written and is still in use."""
    found = {key_of(one): one for one in cards_of(ctx.session, text(ctx, "taxpayer_number")) if one.state == "in_use"}
    written = [key for key in ctx.variables["reissued"] if key in found]
    left = [one for key, one in found.items() if key not in written]
    return {"reissued": written, **{f"{kind}s": options(one for one in left if one.kind == kind) for kind in ("tax_card", "ic_card")}}


def what_to_write(ctx: StepContext) -> dict[str, Any]:
    """What stands on the cards afterwards."""
    seen = ctx.variables
    limit = limits.current(ctx.session, str(seen["taxpayer_number"]))
    if limit is None:
        raise Declined(f"企业没有核定的最大开票限额，不能发行（{LAW}二(一)1）", "the enterprise has no limit: no card is issued")
    return {
        "number_to_write": seen.get("new_number") or seen["taxpayer_number"], "name_to_write": seen.get("new_name") or seen["enterprise_name"],
        "version": limit.version, "per_invoice": limit.per_invoice, "monthly_quantity": limit.monthly_quantity,
    }  # fmt: skip


def require_none_stopped(found: Sequence[Device], session: Session) -> None:
    """A card that was reported lost is issued to nobody; raises Declined.

    Source: Xi'an 2002-119, 二(五)1 and 2.
    """
    listed = [one for one in found if stopped(session, one)]
    if listed:
        names = [key_of(one) for one in listed]
        raise Declined(f"{named(names)}已报丢失、被盗，在停用名单上，不能变更发行（{LAW}二(五)）", f"{named(names, 'en')} stands on the stop list and is not issued anew")


def _refusal(ctx: StepContext, cards: Sequence[Device]) -> tuple[str, str] | None:
    """What the books would decline: a card no longer in use, a number taken meanwhile, another case of the enterprise."""
    for card in cards:
        zh, en = rules.label(card.kind, card.serial)
        if stopped(ctx.session, card):
            return f"{zh}已报丢失、被盗，在停用名单上（{LAW}二(五)）", f"{en} stands on the stop list"
        if card.state != "in_use" or card.holder_number != ctx.variables["taxpayer_number"]:
            return f"{zh}已不是该企业使用中的卡，不能变更发行（{LAW}二(二)）", f"{en} is no card of the enterprise in use any more"
    if lent := [one for one in cards_of(ctx.session, str(ctx.variables["taxpayer_number"])) if one.state == "on_loan"]:
        zh, en = rules.label(lent[0].kind, lent[0].serial)
        return f"{zh}是替换卡，原卡换回后再变更发行（{LAW}二(四)）", f"{en} is a replacement card: the cards are issued anew when the original is back"
    numbered = bool(ctx.variables.get("new_number"))
    if numbered and (taken := renumbering.refusal(ctx.session, str(ctx.variables["new_number"]))) is not None:
        return taken
    if beside := [case for case, _none in running_beside(ctx) if numbered or case.process_id in WRITING]:
        names, what, what_en = "、".join(f"{case.title} {case.business_key}".strip() for case in beside), "税号" if numbered else "名称", "number" if numbered else "name"
        return f"企业还有在办事项：{names}；办结后再变更{what}（{LAW}二(二)）", f"other cases of the enterprise run: {names}; the {what_en} changes when they have ended"
    return None


def _unwritten(ctx: StepContext) -> tuple[str, str] | None:
    """Why the books cannot follow yet: a card of the enterprise still bears the old name and number, or it bills no longer."""
    taxpayer_number = str(ctx.variables["taxpayer_number"])
    row = enrolments.running(ctx.session, taxpayer_number)
    if row is None:
        return f"企业的认定登记已经注销，没有可以变更的，请撤回变更（{LAW}二(二)）", "the enrolment has ended: there is nothing to change, withdraw the change"
    written = set(ctx.variables["reissued"])
    left = [one for one in cards_of(ctx.session, taxpayer_number) if one.state in BEARING and key_of(one) not in written]
    if not left:
        return None
    names, names_en = "、".join(map(to_read, left)), ", ".join(to_read(one, "en") for one in left)
    return f"{names}尚未变更发行：每张卡都写入新的名称、税号后才登记变更（{LAW}二(二)）", f"not issued anew yet: {names_en}; the books follow when every card is written"
