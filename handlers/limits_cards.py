"""The service unit's sale of devices, the first issue of both cards and their issue anew: checked before a card is written, booked behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_acting import require_own_hand
from handlers.devices_counter import behind_the_station, done_by, in_reporting_period
from handlers.devices_law import LAW
from handlers.devices_tools import as_enterprise, by_the_books, district_of
from handlers.limits_tools import at_hand, require_checked_lately, same_serial, ticked
from handlers.tools import Tools, text, who
from records.devices import holders, kinds
from records.devices.model import Device
from records.devices.store import devices
from records.devices.store.stops import require_not_stopped
from records.taxpayers import limits

CARDS = ("tax_card", "ic_card")
SOLD = (*CARDS, "reader")
ISSUED = ("issued", "in_use")
FOR_UNIT = {
    "copy3_collected": ("《企业使用防伪税控申请书》第三联", "copy 3 of the application"),
    "unit_notice_collected": ("《增值税防伪税控系统使用通知书》一联", "one notice of use"),
}
FOR_POST = {
    "copy2_collected": ("《企业使用防伪税控申请书》第二联", "copy 2 of the application"),
    "post_notice_collected": ("《增值税防伪税控系统使用通知书》一联", "one notice of use"),
    "form_collected": ("《陕西省企业开票系统最大限额审批表》一联", "one approval of the limit"),
}


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the topics of devices."""

    @registry.operation("limits.book_devices")
    def book_devices(ctx: StepContext) -> Mapping[str, Any]:
        """The service unit sells card, IC card and reader out of its stock, and has collected what it keeps for its files.

        Source: Xi'an 2002-119, 二(一)5, 三(二)3.
        """
        require_own_hand(ctx, "service_unit", text(ctx, "service_unit"))
        ticked(ctx, FOR_UNIT, "三(二)3", "发售专用设备前应收缴存档", "to be collected before the sale")
        sold = {}
        with by_the_books():
            for kind in SOLD:
                device = devices.device(ctx.session, kind, text(ctx, kind))
                if not _is_bought_here(ctx, device):
                    _require_in_stock(ctx, device)
                    devices.move(ctx.session, who(ctx), device, "sell", ctx.clock.today(), to=as_enterprise(ctx))
                sold[kind] = device.serial
        return {**sold, "devices_sold_on": ctx.clock.today()}

    @registry.operation("limits.check_issue")
    def check_issue(ctx: StepContext) -> Mapping[str, Any]:
        """What the post keeps is there, and the cards at hand are those that the enterprise bought and nobody has lost.

        Source: Xi'an 2002-119, 二(一)6, 二(五), 三(三)1.
        """
        ticked(ctx, FOR_POST, "三(三)1", "办理发行时应收缴存档", "to be collected before the cards are issued")
        found = {}
        for kind in CARDS:
            device = at_hand(ctx, kind, ("sold", *ISSUED))
            same_serial(ctx, f"{kind}_shown", device.serial, kinds.name(kind))
            with by_the_books():
                require_not_stopped(ctx.session, kind, device.serial)
            found[kind] = device.serial
        return {**found, "machine_no": int(ctx.variables["machine_no"]), "declined_because": None}

    @registry.operation("limits.book_issue")
    def book_issue(ctx: StepContext) -> Mapping[str, Any]:
        """Both cards are written: they are issued in the books.

        Source: Xi'an 2002-119, 二(一)6.
        """
        require_checked_lately(ctx, "prepare_issue")
        _move_cards(ctx, "issue", "prepare_issue")
        return {"issued_on": ctx.clock.today()}

    @registry.operation("limits.check_reissue")
    def check_reissue(ctx: StepContext) -> Mapping[str, Any]:
        """In the reporting period the report comes first, on the day of the change too; the cards at hand are the enterprise's own and in use.

        Source: Xi'an 2002-119, 二(二), 二(五), 三(一)8.
        """
        today = ctx.clock.today()
        if in_reporting_period(ctx, today):
            reported = ctx.variables.get("reported_on") if ctx.variables.get("reported_today") is True else None
            if reported is None or (reported.year, reported.month) != (today.year, today.month):
                raise Declined(f"现在是报税期，应先抄本月的税，再办理变更发行（{LAW}三(一)8）", "it is the reporting period: report first (Xi'an 2002-119, 三(一)8)")
        found = {}
        for kind in CARDS:
            with by_the_books():
                device = devices.device(ctx.session, kind, text(ctx, f"{kind}_shown"))
                _require_own(ctx, device)
                require_not_stopped(ctx.session, kind, device.serial)
            found[kind] = device.serial
        return {**found, "machine_no": int(ctx.variables["machine_no"]), "declined_because": None}

    @registry.operation("limits.book_reissue")
    def book_reissue(ctx: StepContext) -> Mapping[str, Any]:
        """Both cards bear the new limit: from now on it is in force, and the cards' postings say so.

        Source: Xi'an 2002-119, 二(二).
        """
        seen, today = ctx.variables, ctx.clock.today()
        require_checked_lately(ctx, "prepare_reissue")
        with behind_the_station(ctx):
            limits.grant(
                ctx.session, done_by(ctx, "prepare_reissue"), text(ctx, "taxpayer_number"), text(ctx, "version"), seen["per_invoice"],
                int(seen["monthly_quantity"]), decided_level=text(ctx, "decided_level"), decided_on=seen["approved_on"],
                document_number=text(ctx, "approval_number"), kind="change",
            )  # fmt: skip
            _move_cards(ctx, "reissue", "prepare_reissue")
        return {"reissued_on": today}


def _move_cards(ctx: StepContext, event: str, checked_at: str) -> None:
    """Posts the event of both cards in the name of whoever checked them at the counter."""
    with behind_the_station(ctx):
        for kind in CARDS:
            device = devices.device(ctx.session, kind, text(ctx, kind))
            if event == "issue" and device.state in ISSUED:
                continue  # issued by the case of its loss, and written anew here beside its partner
            devices.move(ctx.session, done_by(ctx, checked_at), device, event, ctx.clock.today())


def collect_sold(ctx: StepContext, device: Device) -> None:
    """The district keeps a card that was sold and never issued: it bears no rights. Source: Xi'an 2002-119, 四4."""
    devices.move(ctx.session, who(ctx), device, "collect", ctx.clock.today(), to=holders.office(district_of(ctx)), note=text(ctx, "registration_number"))


def _is_bought_here(ctx: StepContext, device: Device) -> bool:
    """Whether this very case has sold the device before, so that only the exchanged card is sold now."""
    owned = (device.holder_kind, device.holder_number) == ("enterprise", text(ctx, "taxpayer_number"))
    return owned and any((one.event, one.case_id) == ("sell", ctx.case.instance_id) for one in devices.postings(ctx.session, device.id))


def _require_in_stock(ctx: StepContext, device: Device) -> None:
    """Raises Declined for a device that is not in the stock of this very service unit. Source: Xi'an 2002-119, 三(二)2."""
    unit = text(ctx, "service_unit")
    if (device.holder_kind, device.holder_number, device.state) != ("service_unit", unit, "in_stock"):
        what = f"{kinds.name(device.kind)}“{device.serial}”"
        raise Declined(
            f"{what}由“{device.holder_name or '无'}”持有，不在本服务单位的库存，不能发售给本企业（{LAW}三(二)2）",
            f"{device.serial} is held by {device.holder_name or 'nobody'} and not in the stock of this service unit (Xi'an 2002-119, 三(二)2)",
        )


def _require_own(ctx: StepContext, device: Device) -> None:
    """Raises Declined for a card that another taxpayer holds, or that is not in use. Source: Xi'an 2002-119, 二(二)."""
    if (device.holder_kind, device.holder_number) != ("enterprise", text(ctx, "taxpayer_number")):
        raise Declined(
            f"{kinds.name(device.kind)}“{device.serial}”由“{device.holder_name or '无'}”持有，不是本企业的卡，不能变更发行（{LAW}二(二)）",
            f"{device.serial} is held by {device.holder_name or 'nobody'}, not by this enterprise (Xi'an 2002-119, 二(二))",
        )
    if device.state != "in_use":
        raise Declined(f"{kinds.name(device.kind)}“{device.serial}”不在使用中，不能变更发行（{LAW}二(二)）", f"{device.serial} is not in use (Xi'an 2002-119, 二(二))")
