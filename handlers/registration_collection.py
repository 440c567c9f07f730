"""Collecting the cards: what the books have on that day is ticked, each card is cleared, what lies there is booked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from engine.registry import BpmnError, Declined, Registry, StepContext
from handlers.devices_beside import open_steps, running_beside, value_of
from handlers.devices_counter import in_reporting_period, require_period_reported
from handlers.devices_law import LAW
from handlers.devices_tools import district_of, number_at
from handlers.issuing import issue
from handlers.registration_checks import machine_refusal
from handlers.registration_deregistration import COLLECTED_FROM, ENDED, FEWER, TERM, cards_due
from handlers.registration_reissue import BEARING, cards_of
from handlers.registration_rows import card_counts
from handlers.registration_tools import chosen, key_of, labels, named, options, period_start, stopped, to_read
from handlers.tools import Tools, signer, text, who
from records.devices import holders, kinds, rules, states
from records.devices.model import Device
from records.devices.store import devices
from records.taxpayers import enrolments, store

AWAITING = frozenset(("device_damage", "device_loss"))  # cases after which a machine has its cards again
WAITED_FOR = frozenset(("limit_approval", "limit_change", "device_damage"))  # a loss goes on by itself: its card is on the stop list, the penalty is due
WITHOUT_CARDS: Mapping[str, frozenset[str]] = {  # steps of a case at which it needs no card, and behind which it gets none of an enterprise that has ended
    "limit_approval": frozenset(("confirm_giving_up", "hand_in_old_invoices", "cancel_old_invoices")),
    "limit_change": frozenset(("correct_change", "consent_to_lowering")),  # the enterprise's own, which may never come again
}
READABLE = ("已清除", "读不出，未清除")


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of collection, and of the cards that are named for it."""

    @registry.operation("registration.check_ground")
    def check_ground(ctx: StepContext) -> Mapping[str, Any]:
        """Of a machine that is given up, its two cards are named and no others. Source: Xi'an 2002-119, 二(二)3."""
        if ctx.variables["ground"] == FEWER and ctx.variables.get("decision") == "agree":
            _decline(machine_refusal(ctx.session, text(ctx, "taxpayer_number"), ctx.variables.get("machine_cards") or ()))
        return {}

    @registry.operation("registration.list_cards")
    def list_cards(ctx: StepContext) -> Mapping[str, Any]:
        """What the books have on this day; of a machine that is given up, its cards alone; whether another reporting period has begun since the report.

        Source: Xi'an 2002-119, 二(二)1-3, 三(一)8.
        """
        return {"cards_due": options(cards_due(ctx)), "report_needed": _report_needed(ctx)}

    @registry.operation("registration.check_collection")
    def check_collection(ctx: StepContext) -> Mapping[str, Any]:
        """Nothing is collected before the period is reported and every card lies there; one that does not come is reported lost first.

        What the form could not know, because the books or the month have changed since it was drawn, has the cards listed anew.

        Source: Xi'an 2002-119, 二(二), 二(五)1 and 2, 三(一)8.
        """
        return {"all_here": False} if text(ctx, "next_step") == "withdraw" else _compared(ctx)

    @registry.operation("registration.note_cleared")
    def note_cleared(ctx: StepContext) -> Mapping[str, Any]:
        """A card was cleared; the next one follows. Source: Xi'an 2002-119, 二(二)."""
        now = f"{ctx.variables['card_kind']}:{ctx.variables['card_serial']}"
        return {"cleared": [*ctx.variables["cleared"], now], **_next(ctx, done=[now])}

    @registry.operation("registration.note_unreadable")
    def note_unreadable(ctx: StepContext) -> Mapping[str, Any]:
        """A card that cannot be read is collected all the same and said to be so on the receipt. Source: Xi'an 2002-119, 二(二), 四4."""
        now = f"{ctx.variables['card_kind']}:{ctx.variables['card_serial']}"
        return {"unreadable": [*ctx.variables["unreadable"], now], "declined_because": None, **_next(ctx, done=[now])}

    @registry.operation("registration.book_collection")
    def book_collection(ctx: StepContext) -> Mapping[str, Any]:
        """The district holds the cards, the enterprise has its receipt; with the last machine the enrolment ends.

        Source: Xi'an 2002-119, 二(二)1-3, 四4.
        """
        session, seen, today = ctx.session, ctx.variables, ctx.clock.today()
        cards = chosen(session, seen.get("brought") or ())
        if (refusal := _refusal(ctx, cards)) is not None:
            raise BpmnError("REFUSED", refusal)
        was = {one.id: states.name("device", one.state) for one in cards}
        district = district_of(ctx)
        for card in cards:
            devices.move(session, who(ctx), card, "collect", today, to=holders.office(district), case_id=ctx.case.instance_id, note=str(seen["registration_number"]))
        ended = _end(ctx)
        made = number_at(ctx, district, "收")
        issue(ctx, tools, "collection_receipt", _receipt(ctx, cards, was, district.name), number=made)
        tools.deadlines.meet(session, ctx.case.instance_id, TERM, today)
        ctx.set_due(None)
        return {"enrolment_ended": ended, "receipt_number": made}


def _compared(ctx: StepContext) -> dict[str, Any]:
    """What lies on the desk beside the books of today."""
    if _report_needed(ctx):
        if ctx.variables.get("report_needed") is False:
            return {"all_here": False, "declined_because": f"今天 {ctx.clock.today()} 又在报税期之内：应先抄税，再收缴两卡（{LAW}三(一)8）"}
        require_period_reported(ctx, "收缴两卡", "the cards are collected")
    _decline(_awaited(ctx))
    brought, due = list(ctx.variables.get("brought") or ()), [key_of(one) for one in cards_due(ctx)]
    missing, listed = [key for key in due if key not in brought], labels(ctx.variables["cards_due"])
    lent = [one for one in cards_of(ctx.session, text(ctx, "taxpayer_number")) if one.state == "on_loan"] if ctx.variables["ground"] != FEWER else []
    if changed := [key for key in (*missing, *brought) if (key in due) != (key in listed)]:
        return {"all_here": False, "declined_because": f"{named(changed)}在账上已有变动，请按现在的账册重新核对（{LAW}二(二)）"}
    if missing or lent:
        raise Declined(*_why(missing, lent))
    return {"all_here": True, "declined_because": None, "checked_on": ctx.clock.today(), **_next(ctx, done=[])}


def _report_needed(ctx: StepContext) -> bool:
    """Whether the report that was confirmed is of a period before the one that runs today."""
    reported_on, start = ctx.variables.get("reported_on"), period_start(ctx)
    return in_reporting_period(ctx, ctx.clock.today()) and (reported_on is None or start is None or reported_on < start)


def _decline(refusal: tuple[str, str] | None) -> None:
    if refusal is not None:
        raise Declined(*refusal)


def _awaited(ctx: StepContext) -> tuple[str, str] | None:
    """Why nothing is collected yet: a case of the enterprise runs that would go on with its cards; of one machine, a damage of its cards. A new enterprise
    that gives up waits for this collection itself; old invoices are handed in without a card; what the enterprise alone could go on with may lie for ever.

    Source: Xi'an 2002-119, 二(二), 二(四), 二(一)8.
    """
    fewer, serials = ctx.variables["ground"] == FEWER, {one.serial for one in cards_due(ctx)}
    running = running_beside(ctx, "", "device_serial")
    if fewer:
        beside = [case for case, serial in running if case.process_id == "device_damage" and serial in serials]
    else:
        waited = [case for case, _serial in running if case.process_id in WAITED_FOR]
        beside = [case for case in waited if not open_steps(ctx.session, case.id) & WITHOUT_CARDS.get(case.process_id, frozenset())]
    if beside:
        names = "、".join(f"{case.title} {case.business_key}".strip() for case in beside)
        return f"企业还有在办事项：{names}；办结或撤回后再收缴两卡（{LAW}二(二)、二(四)）", f"other cases of the enterprise run: {names}; the cards are collected when they have ended"
    if begun := [case for case, _serial in running if case.process_id == "device_change" and value_of(ctx.session, case.id, "reissued")]:
        key = begun[0].business_key
        return (
            f"变更登记 {key} 已有卡变更发行：办结后再收缴两卡；它等本件的，请先撤回注销、办结变更后再申请（{LAW}二(二)）",
            f"the change {key} has issued cards anew: it ends first; where it waits for this case, withdraw this one and apply again afterwards",
        )
    return None


def _why(missing: list[str], lent: list[Device]) -> tuple[str, str]:
    said, said_en = list[str](), list[str]()
    if missing:
        said.append(f"{named(missing)}没有交回：丢失、被盗的，请先办理“专用设备丢失、被盗”，列入停用名单后再收缴其余的卡（{LAW}二(五)）")
        said_en.append(f"{named(missing, 'en')} not brought back: report the loss first, then collect the others")
    if lent:
        said.append(f"{'、'.join(to_read(one) for one in lent)}是替换卡，请先由服务单位换回（{LAW}二(四)）")
        said_en.append(f"{', '.join(to_read(one, 'en') for one in lent)} is a replacement card, which goes back to the service unit first")
    return "；".join(said), "; ".join(said_en)


def _next(ctx: StepContext, done: list[str]) -> dict[str, Any]:
    """The next card that lies there and is neither cleared nor known to be unreadable; nothing where none is left."""
    over = {*ctx.variables["cleared"], *ctx.variables["unreadable"], *done}
    left = next((key for key in ctx.variables.get("brought") or () if key not in over), None)
    kind, serial = left.split(":", 1) if left else (None, None)
    return {"card_kind": kind, "card_serial": serial}


def _refusal(ctx: StepContext, cards: list[Device]) -> str | None:
    if (checked := ctx.variables["checked_on"]) != ctx.clock.today():
        return f"{checked} 核对，{ctx.clock.today()} 才清完：请按今天的情况重新核对抄税和账册（{LAW}三(一)8、二(二)）"
    if (running := _awaited(ctx)) is not None:
        return running[0]
    for card in cards:
        zh, _en = rules.label(card.kind, card.serial)
        if stopped(ctx.session, card):
            return f"{zh}已报丢失、被盗，不在这里收缴（{LAW}二(五)）"
        if card.state not in COLLECTED_FROM or (card.holder_kind, card.holder_number) != ("enterprise", ctx.variables["taxpayer_number"]):
            return f"{zh}现由“{card.holder_name}”持有、状态为“{states.name('device', card.state)}”，不能再收缴，请按当日账册重新核对（{LAW}二(二)）"
    return None


def _end(ctx: StepContext) -> bool:
    """Ends the enrolment, or takes one machine from it; whether the enterprise bills no longer."""
    seen, session, today = ctx.variables, ctx.session, ctx.clock.today()
    taxpayer_number = str(seen["taxpayer_number"])
    row = enrolments.running(session, taxpayer_number)
    if row is not None and seen["ground"] == FEWER and (left := _machines_left(ctx)):
        if left != row.machines:
            enrolments.set_machines(session, who(ctx), taxpayer_number, left)
        return False
    if row is not None:
        enrolments.end_enrolment(session, who(ctx), taxpayer_number, today, str(seen["ground_name"]))
    if seen["ground"] == ENDED:
        store.deregister(session, who(ctx), taxpayer_number, seen["ground_on"])
    return True


def _machines_left(ctx: StepContext) -> int:
    """The machines for which the enterprise still holds a card, or has one replaced or in repair. Source: Xi'an 2002-119, 二(二)3."""
    left = Counter(one.kind for one in cards_of(ctx.session, text(ctx, "taxpayer_number")) if one.state in BEARING)
    awaited = any(case.process_id in AWAITING for case, _none in running_beside(ctx))
    return max([*left.values(), int(awaited)])


def _receipt(ctx: StepContext, cards: list[Device], was: Mapping[str, str], office: str) -> dict[str, Any]:
    seen, cleared = ctx.variables, set(ctx.variables["cleared"])
    counts = card_counts(cards)
    return {
        "office": office, "enterprise_name": seen["enterprise_name"], "taxpayer_number": seen["taxpayer_number"], "ground": seen["ground_name"],
        "machine": seen.get("machine_name") or "", "ground_document": f"{seen['ground_document']}（{seen['ground_on'].isoformat()}）",
        "cards": [{"kind": kinds.name(one.kind), "serial": one.serial, "state": was[one.id], "rights": READABLE[key_of(one) not in cleared]} for one in cards],
        "tax_cards": counts["tax_cards"], "ic_cards": counts["ic_cards"], "invoices": seen.get("unused_printed") or [], "brought_by": text(ctx, "brought_by"),
        "collector": signer(ctx, "collect_cards"), "date": ctx.clock.today().isoformat(),
    }  # fmt: skip
