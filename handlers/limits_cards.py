"""The service unit's sale of devices and the first issue of both cards, machine after machine: checked before a card is written, booked behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_acting import require_own_hand
from handlers.devices_counter import behind_the_station, done_by
from handlers.devices_law import LAW
from handlers.devices_tools import as_enterprise, by_the_books, district_of
from handlers.limits_machines import CARDS, SET, Row, at_hand, at_machine, is_whole, next_set, require_machine, sets
from handlers.limits_tools import require_checked_lately, same_serial, ticked
from handlers.tools import Tools, text, who
from records.devices import holders, kinds
from records.devices.model import Device
from records.devices.store import devices
from records.devices.store.stops import require_not_stopped

ISSUED = ("issued", "in_use")
FOR_UNIT = {
    "copy3_collected": ("《企业使用防伪税控申请书》第三联", "copy 3 of the application"),
    "unit_notice_collected": ("《增值税防伪税控系统使用通知书》一联", "one notice of use"),
    "approval_form_seen": ("《陕西省企业开票系统最大限额审批表》", "the approval of the limit"),
}
FOR_POST = {
    "copy2_collected": ("《企业使用防伪税控申请书》第二联", "copy 2 of the application"),
    "post_notice_collected": ("《增值税防伪税控系统使用通知书》一联", "one notice of use"),
    "form_collected": ("《陕西省企业开票系统最大限额审批表》一联", "one approval of the limit"),
}


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the topics of devices."""
    _selling(registry)
    _issuing(registry)


def _selling(registry: Registry) -> None:
    @registry.operation("limits.book_devices")
    def book_devices(ctx: StepContext) -> Mapping[str, Any]:
        """The service unit sells card, IC card and reader of one machine out of its stock, and has collected what it keeps; then of the next machine.

        Source: Xi'an 2002-119, 二(一)5, 三(二)3.
        """
        require_own_hand(ctx, "service_unit", text(ctx, "service_unit"))
        ticked(ctx, FOR_UNIT, "二(一)5、三(二)3", "发售专用设备前应核对收存", "to be seen or collected before the sale")
        rows, machines = sets(ctx), int(ctx.variables["machines"])
        row = next((one for one in rows if not is_whole(one)), None)
        if row is None:
            rows.append(row := {"machine_no": len(rows)})
        with by_the_books():
            for kind in SET:
                device = devices.device(ctx.session, kind, text(ctx, kind))
                _require_of_no_other(rows, row, device)
                if not _is_bought_here(ctx, device):
                    _require_in_stock(ctx, device)
                    note = f"开票机 {row['machine_no']} 号"
                    devices.move(ctx.session, who(ctx), device, "sell", ctx.clock.today(), to=as_enterprise(ctx), note=note)
                row[kind] = device.serial
        following = next((one for one in rows if not is_whole(one)), {"machine_no": len(rows)} if len(rows) < machines else None)
        return {
            "machine_sets": rows, "machine_left": following is not None, **at_machine(following or next_set(rows, "issued_on") or row),
            "devices_sold_on": ctx.clock.today(),
        }  # fmt: skip


def _issuing(registry: Registry) -> None:
    @registry.operation("limits.check_issue")
    def check_issue(ctx: StepContext) -> Mapping[str, Any]:
        """What the post keeps is there, and the cards at hand are those that the enterprise bought for this machine and nobody has lost.

        Source: Xi'an 2002-119, 二(一)6, 二(五), 三(三)1.
        """
        ticked(ctx, FOR_POST, "三(三)1", "办理发行时应收缴存档", "to be collected before the cards are issued")
        rows, number = sets(ctx), require_machine(ctx, int(ctx.variables["machines"]))
        row = rows[number]
        if row.get("issued_on"):
            raise Declined(f"开票机 {number} 号的两卡已于 {row['issued_on']} 发行（{LAW}二(一)6）", f"the cards of machine {number} are issued (Xi'an 2002-119, 二(一)6)")
        for kind in CARDS:
            device = at_hand(ctx, rows, row, kind, ("sold", *ISSUED))
            same_serial(ctx, f"{kind}_shown", device.serial, kinds.name(kind), ("不能发行给其他编号的卡", "no other card is issued"))
            with by_the_books():
                require_not_stopped(ctx.session, kind, device.serial)
        return {**at_machine(row), "machine_sets": rows, "declined_because": None}

    @registry.operation("limits.book_issue")
    def book_issue(ctx: StepContext) -> Mapping[str, Any]:
        """Both cards of the machine are written: they are issued in the books, and the next machine has its turn, then the first purchase with the first.

        Source: Xi'an 2002-119, 二(一)6.
        """
        require_checked_lately(ctx, "prepare_issue")
        rows, today = sets(ctx), ctx.clock.today()
        move_cards(ctx, "issue", "prepare_issue")
        rows[int(ctx.variables["machine_no"])]["issued_on"] = today
        following = next_set(rows, "issued_on")
        return {"issued_on": today, "machine_sets": rows, "machine_left": following is not None, **at_machine(following or rows[0])}


def move_cards(ctx: StepContext, event: str, checked_at: str) -> None:
    """Posts the event of both cards of the machine in the name of whoever checked them at the counter."""
    with behind_the_station(ctx):
        for kind in CARDS:
            device = devices.device(ctx.session, kind, text(ctx, kind))
            if event == "issue" and device.state in ISSUED:
                continue  # issued by the case of its loss, and written anew here beside its partner
            devices.move(ctx.session, done_by(ctx, checked_at), device, event, ctx.clock.today(), note=f"开票机 {ctx.variables['machine_no']} 号")


def collect_sold(ctx: StepContext, device: Device) -> None:
    """The district keeps a card that was sold and never issued: it bears no rights. Source: Xi'an 2002-119, 四4."""
    devices.move(ctx.session, who(ctx), device, "collect", ctx.clock.today(), to=holders.office(district_of(ctx)), note=text(ctx, "registration_number"))


def _is_bought_here(ctx: StepContext, device: Device) -> bool:
    """Whether this very case has sold the device before, so that only the exchanged card is sold now."""
    owned = (device.holder_kind, device.holder_number) == ("enterprise", text(ctx, "taxpayer_number"))
    return owned and any((one.event, one.case_id) == ("sell", ctx.case.instance_id) for one in devices.postings(ctx.session, device.id))


def _require_of_no_other(rows: Sequence[Row], row: Row, device: Device) -> None:
    """Raises Declined for a device that is sold for another machine of the same enterprise. Source: Xi'an 2002-119, 二(一)5."""
    if (other := next((one for one in rows if one is not row and one.get(device.kind) == device.serial), None)) is not None:
        number, name = other["machine_no"], kinds.name(device.kind)
        raise Declined(
            f"{name}“{device.serial}”已用于开票机 {number} 号，每台开票机各用一套专用设备（{LAW}二(一)5）",
            f"{device.serial} is that of machine {number}: each machine has a set of its own (Xi'an 2002-119, 二(一)5)",
        )


def _require_in_stock(ctx: StepContext, device: Device) -> None:
    """Raises Declined for a device that is not in the stock of this very service unit. Source: Xi'an 2002-119, 三(二)2."""
    unit = text(ctx, "service_unit")
    if (device.holder_kind, device.holder_number, device.state) != ("service_unit", unit, "in_stock"):
        what = f"{kinds.name(device.kind)}“{device.serial}”"
        raise Declined(
            f"{what}由“{device.holder_name or '无'}”持有，不在本服务单位的库存，不能发售给本企业（{LAW}三(二)2）",
            f"{device.serial} is held by {device.holder_name or 'nobody'} and not in the stock of this service unit (Xi'an 2002-119, 三(二)2)",
        )
