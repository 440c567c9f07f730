"""What several handlers of a damaged device need: the devices of the case, and whether a pair of cards may be written."""

from __future__ import annotations

from engine.registry import Declined, StepContext
from handlers.devices_counter import require_period_reported
from handlers.tools import text
from records.devices import kinds, rules, store
from records.devices.kinds import Kind
from records.devices.model import Device

PAIR = {Kind.TAX_CARD: Kind.IC_CARD, Kind.IC_CARD: Kind.TAX_CARD}
PAIRED_IN = frozenset(("sold", "issued", "in_use", "on_loan"))  # `sold`: both cards of the pair are bought anew and written together
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
        raise Declined(f"{zh}不在本服务单位的库存中，现由{found.holder_name}保管（二(四)）", f"{en} is not in the stock of this service unit but with {found.holder_name} (二(四))")
    return found


def usual_partner(ctx: StepContext, kind: str, taxpayer_number: str) -> str:
    """The other card of the pair as the enterprise has it today, where there is one only; else the issuing clerk names it. Empty for a reader."""
    if not kinds.is_card(kind):
        return ""
    held = store.held_by(ctx.session, "enterprise", taxpayer_number, [PAIR[Kind(kind)]])
    usable = [one.serial for one in held if one.state in PAIRED_IN]
    return usable[0] if len(usable) == 1 else ""


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
        raise Declined(f"{zh}不是本企业的卡，不能与之一起写卡（二(四)）", f"{en} is not a card of this enterprise")
    if found.state not in PAIRED_IN:
        raise Declined(f"{zh}现不能使用，不能与之一起写卡（二(四)）：请先办结它的案件", f"{en} is not in use and cannot be written: its own case comes first")
    return found


def require_writable(ctx: StepContext) -> None:
    """Both cards may be written now: neither stopped, the pair the enterprise's, a limit fixed, the period reported today. Raises Declined, DevicesError.

    Source: Xi'an 2002-119, 二(一)6, 二(四), 二(五), 三(一)8.
    """
    require_period_reported(ctx, "写卡", "the cards are written")
    partner(ctx)
    written = store.device(ctx.session, original(ctx).kind, text(ctx, "written_card"))
    store.require_not_stopped(ctx.session, written.kind, written.serial)
    zh, en = rules.label(written.kind, written.serial)
    if written.state not in WRITABLE_IN:
        raise Declined(f"{zh}现在的状态不能写卡（二(四)）", f"{en} cannot be written in its present state")
    if not ctx.variables.get("version"):
        raise Declined("该企业尚未核定最高开票限额，不能写卡（二(一)6）", "the enterprise has no limit yet: no card is written (二(一)6)")


def require_reported_lost(device: Device) -> None:
    """What is said to be lost has been reported: by its holder, in a case of its own. Raises Declined. Source: Xi'an 2002-119, 二(五), 四3."""
    if device.state != "lost":
        zh, en = rules.label(device.kind, device.serial)
        raise Declined(f"{zh}尚未报失，请由保管它的单位先办理丢失被盗报告（二(五)、四3）", f"{en} is not reported as lost: whoever keeps it reports the loss first (二(五), 四3)")
