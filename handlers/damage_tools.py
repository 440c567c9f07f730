"""What several handlers of a damaged device need: the devices of the case, and whether a pair of cards may be written."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from engine.registry import Declined, StepContext
from handlers.devices_beside import open_case
from handlers.devices_counter import NOT_YET, in_reporting_period, require_period_reported
from handlers.devices_days import require_order
from handlers.devices_law import LAW, LAW_EN
from handlers.devices_pairs import usual_partner
from handlers.tools import text
from records.devices import kinds, rules, states, store
from records.devices.kinds import Kind
from records.devices.model import Device
from records.taxpayers import enrolments, limits

PAIR = {Kind.TAX_CARD: Kind.IC_CARD, Kind.IC_CARD: Kind.TAX_CARD}
PAIRED_IN = frozenset(("sold", "issued", "in_use", "on_loan"))  # `sold`: both cards of the pair are bought anew and written together
CAME_BY = frozenset(("take_in", "sell", "issue", "install", "lend", "give_back", "swap_back"))  # since then it is with whoever has it now
WITH_THE_UNIT = frozenset(("in_repair", "repaired"))
WRITABLE_IN = frozenset(("on_loan", "sold", "issued", "repaired"))  # a replacement, a new card, one whose answer came twice, the original that comes back


def original(ctx: StepContext) -> Device:
    """The damaged device of the case."""
    return store.device_by_id(ctx.session, ctx.variables["device_id"])


def replacement(ctx: StepContext) -> Device | None:
    """The card that was lent instead; None for a reader, or before one was lent."""
    serial = text(ctx, "replacement_serial")
    return store.device(ctx.session, original(ctx).kind, serial) if serial else None


def from_stock(ctx: StepContext, serial: str) -> Device:
    """A device of the kind of the damaged one in the stock of the service unit of the case; raises Declined, DevicesError."""
    found = store.device(ctx.session, original(ctx).kind, serial)
    store.require_not_stopped(ctx.session, found.kind, found.serial)
    if found.state == "in_stock" and (found.holder_kind, found.holder_number) != ("service_unit", text(ctx, "service_unit")):
        zh, en = rules.label(found.kind, found.serial)
        raise Declined(f"{zh}不在本服务单位的库存中，现由{found.holder_name}保管（{LAW}二(四)）", f"{en} is not in the stock of this service unit but with {found.holder_name} (二(四))")
    return found


def reported_device(ctx: StepContext) -> Device:
    """The device that is reported as damaged, its row held until the step is over: of two reports at the same moment the second sees the first."""
    found = store.device(ctx.session, text(ctx, "device_kind"), text(ctx, "device_serial"))
    ctx.session.execute(select(Device.id).where(Device.id == found.id).with_for_update())
    return store.device(ctx.session, found.kind, found.serial)


def belongs_to(device: Device) -> tuple[str, str]:
    """Whose device it is, kind and number: what is lost is with nobody, and counts as with whoever had it last."""
    return (device.held_before_kind, device.held_before_number) if device.state == "lost" else (device.holder_kind, device.holder_number)


def not_of(device: Device, zh: str, en: str, article: str) -> Declined:
    """The refusal of a device that is not where its report says: it tells nothing else of it, since it may be another's."""
    name, name_en = rules.label(device.kind, device.serial)
    return Declined(f"{name}{zh}，请核对编号（{LAW}{article}）", f"{name_en} {en}: check its serial ({LAW_EN}, {article})")


def require_no_case(ctx: StepContext, device: Device) -> None:
    """No case of damage runs about the device: its last report is a posting that names its case. Raises Declined. Source: Xi'an 2002-119, 二(四)."""
    reports = [row.case_id for row in store.postings(ctx.session, device.id) if row.event == "report_damage" and row.case_id]
    running = open_case(ctx.session, reports[-1]) if reports else None
    if running is not None and running.id != ctx.case.instance_id:
        (zh, en), key = rules.label(device.kind, device.serial), running.business_key
        raise Declined(f"{zh}已报告损坏，案件{key}正在办理，不能重复报告（{LAW}二(四)）", f"{en} is reported as damaged already; its case {key} is under way ({LAW_EN}, 二(四))")


def require_damaged_here(ctx: StepContext, device: Device) -> None:
    """A device is not damaged before it came to whoever has it. Raises Declined. Source: Xi'an 2002-119, 二(一)6, 二(一)7, 二(四)."""
    require_here(ctx, device, ("损坏日期", "the damage", ctx.variables["damaged_on"]), "二(四)")


def require_here(ctx: StepContext, device: Device, happened: tuple[str, str, date], article: str) -> None:
    """Nothing befalls a device before it came to whoever has it: the last of the postings that put it there is named. Raises Declined.

    Source: Xi'an 2002-119, 二(一)6, 二(一)7, 二(四), 二(五).
    """
    came = [row for row in store.postings(ctx.session, device.id) if row.event in CAME_BY]
    if came:
        name = states.event_name(came[-1].event), states.event_name(came[-1].event, "en")
        require_order((f"“{name[0]}”日期", f"the day it was {name[1]}", came[-1].day), happened, article)


def is_in_repair_for(ctx: StepContext, device: Device, taxpayer_number: str) -> bool:
    """Whether it is with the service unit for a repair, and came there from this enterprise. Source: Xi'an 2002-119, 二(四)."""
    came = [(one.from_kind, one.from_number) for one in store.postings(ctx.session, device.id) if one.from_kind == "enterprise"]
    return device.state in WITH_THE_UNIT and (came or [belongs_to(device)])[-1] == ("enterprise", taxpayer_number)


def at_the_counter(ctx: StepContext, card: Device, taxpayer_number: str) -> dict[str, Any]:
    """What the issuing clerk finds on the form: the other card of the machine, where the books show it, and the limit in force."""
    found = usual_partner(ctx.session, card.kind, card, taxpayer_number, PAIRED_IN)
    return {"partner_card": found.serial if found is not None else "", **limit_of(ctx, taxpayer_number)}


def limit_of(ctx: StepContext, taxpayer_number: str) -> dict[str, Any]:
    """The limit in force, as it is written on a card; empty before the first decision. Source: Xi'an 2002-119, 二(一)1, 二(二)."""
    row = limits.current(ctx.session, taxpayer_number)
    if row is None:
        return {"version": "", "version_text": "", "per_invoice": None, "monthly_quantity": None}
    return {"version": row.version, "version_text": limits.VERSIONS[row.version][0], "per_invoice": row.per_invoice, "monthly_quantity": row.monthly_quantity}


def require_limit_in_force(ctx: StepContext) -> None:
    """The limit that a station has written is still the one in force. Raises Declined. Source: Xi'an 2002-119, 二(一)1, 二(二)."""
    now = limit_of(ctx, text(ctx, "taxpayer_number"))
    if any(ctx.variables.get(key) != value for key, value in now.items()):
        raise Declined(
            f"写卡期间限额已变更为{now['version_text']}、每月 {now['monthly_quantity']} 份，卡上写入的不是现行限额，请重新写卡（{LAW}二(二)）",
            f"the limit was changed while the cards were written, to {now['version_text']} and {now['monthly_quantity']} a month: write them anew ({LAW_EN}, 二(二))",
        )


def partner(ctx: StepContext) -> Device | None:
    """The other card of the pair, which is written together with the one of the case; None for a reader.

    Raises Declined for one that the enterprise does not use, DevicesError for one that is unknown or stopped.
    """
    kind = original(ctx).kind
    if not kinds.is_card(kind):
        return None
    found = store.device(ctx.session, PAIR[Kind(kind)], text(ctx, "partner_card"))
    store.require_not_stopped(ctx.session, found.kind, found.serial)
    zh, en = rules.label(found.kind, found.serial)
    if (found.holder_kind, found.holder_number) != ("enterprise", text(ctx, "taxpayer_number")):
        raise Declined(f"{zh}不是本企业的卡，不能与之一起写卡（{LAW}二(四)）", f"{en} is not a card of this enterprise")
    if found.state not in PAIRED_IN:
        raise Declined(f"{zh}现不能使用，不能与之一起写卡（{LAW}二(四)）：请先办结它的案件", f"{en} is not in use and cannot be written: its own case comes first")
    return found


def require_writable(ctx: StepContext) -> None:
    """Both cards may be written now: neither stopped, the pair the enterprise's, a limit fixed, the period reported today. Raises Declined, DevicesError.

    Source: Xi'an 2002-119, 二(一)6, 二(四), 二(五), 三(一)8.
    """
    _require_true_of_today(ctx)
    require_period_reported(ctx, "写卡", "the cards are written")
    partner(ctx)
    written = store.device(ctx.session, original(ctx).kind, text(ctx, "written_card"))
    store.require_not_stopped(ctx.session, written.kind, written.serial)
    zh, en = rules.label(written.kind, written.serial)
    if written.state not in WRITABLE_IN:
        raise Declined(f"{zh}现在的状态不能写卡（{LAW}二(四)）", f"{en} cannot be written in its present state")
    if not limit_of(ctx, text(ctx, "taxpayer_number"))["version"]:
        raise Declined(f"该企业尚未核定最高开票限额，不能写卡（{LAW}二(一)6）", "the enterprise has no limit yet: no card is written (二(一)6)")


def _require_true_of_today(ctx: StepContext) -> None:
    """Outside the reporting period nothing has to be reported first, and the clerk is told which answer fits. Raises Declined.

    Source: Xi'an 2002-119, 三(一)5, 三(一)8.
    """
    today, period = ctx.clock.today(), ctx.about["reporting_period"]
    if ctx.variables.get("period_reported") == NOT_YET and not in_reporting_period(ctx, today):
        raise Declined(
            f"尚未抄税的：今天 {today} 不在报税期（每月 {period['from_day']}-{period['to_day']} 日）之内，不须先抄税，请改选“不在报税期内”（{LAW}三(一)8）",
            f"{today} lies outside the reporting period, days {period['from_day']} to {period['to_day']}: choose “outside the reporting period” ({LAW_EN}, 三(一)8)",
        )


def require_machine(ctx: StepContext) -> int:
    """The machine for which the cards are written is one that the enterprise has, by its enrolment or by its tax cards. Raises Declined.

    Source: Xi'an 2002-119, 二(一)6, 二(二)3.
    """
    number, machine = text(ctx, "taxpayer_number"), int(ctx.variables["machine_no"])
    enrolled = enrolments.running(ctx.session, number)
    cards = [one for one in store.held_by(ctx.session, "enterprise", number, [Kind.TAX_CARD]) if one.state in PAIRED_IN]
    most = max(enrolled.machines if enrolled is not None else 1, len(cards))
    if machine >= most:
        raise Declined(f"该企业登记开票机 {most} 台，编号 0 至 {most - 1}，没有 {machine} 号（{LAW}二(一)6）", f"the enterprise has {most} machines, from 0: there is no {machine} ({LAW_EN}, 二(一)6)")
    return machine


def require_reported_lost(device: Device) -> None:
    """What is said to be lost has been reported: by its holder, in a case of its own. Raises Declined. Source: Xi'an 2002-119, 二(五), 四3."""
    if device.state != "lost":
        zh, en = rules.label(device.kind, device.serial)
        raise Declined(f"{zh}尚未报失，请由保管它的单位先办理丢失被盗报告（{LAW}二(五)、四3）", f"{en} is not reported as lost: whoever keeps it reports the loss first (二(五), 四3)")
