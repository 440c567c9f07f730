"""A lost device is found: checked by the service unit, then usable again and off the stop list, or scrapped and collected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_acting import clerk_of
from handlers.devices_beside import is_open, value_of
from handlers.devices_tools import by_the_books, service_unit_of
from handlers.loss_tools import named
from handlers.tools import Tools, own_office, text, who
from records.devices import holders
from records.devices.holders import Holder
from records.devices.model import Device, StopEntry
from records.devices.store import devices, stops
from records.invoices import lost
from records.taxpayers import enrolments


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the topics of a find."""

    @registry.operation("loss.find")
    def find(ctx: StepContext) -> Mapping[str, Any]:
        """Books the find of what this case has lost and ends the case that it is about; after an approval the device is given up.

        Source: Xi'an 2002-119, 二(五).
        """
        kind = text(ctx, "found_kind")
        about = text(ctx, "about") or _closed_case(ctx, kind)
        entries = [entry for entry in stops.entries_of_case(ctx.session, about) if entry.state == "listed"]
        unit = service_unit_of(ctx)
        common = {"service_unit": unit.number, "service_unit_name": unit.name, "lost_kind": kind, "enterprise_name": value_of(ctx.session, about, "enterprise_name"),
                  "taxpayer_number": value_of(ctx.session, about, "taxpayer_number"), "already_replaced": False, "stop_entry_id": None}  # fmt: skip
        if ctx.variables["found_on"] < value_of(ctx.session, about, "lost_on"):
            raise Declined("找回日期早于丢失被盗日期，请核对（二(五)）", "it was found before it was lost: look at the day again (二(五))")
        if kind == "invoices":
            told = _invoices_back(ctx, about)
        else:
            entry, told = _entry(ctx, entries, kind), named(kind, text(ctx, "found_serial").strip().upper())
            common |= {"already_replaced": value_of(ctx.session, about, "approved_on") is not None, "stop_entry_id": entry.id, "found_serial": entry.serial}
            if entry.device_id is not None:
                with by_the_books():
                    found = devices.device_by_id(ctx.session, entry.device_id)
                    devices.move(ctx.session, who(ctx), found, "find", ctx.clock.today(), to=_bringer(ctx, entry), case_id=ctx.case.instance_id, note=text(ctx, "found_facts"))
        ctx.set_title(f"找回：{told}")
        if not common["already_replaced"]:
            ctx.send("found_again", about, {"found_told": f"{told}已于 {ctx.variables['found_on']} 找回", "found_on": ctx.variables["found_on"]}, if_awaited=True)
        return {**common, "unit_clerk_office": clerk_of(ctx, unit.key), "found_told": told, "result_told": "已找回" if kind == "invoices" else "已找回，待检查", "check_findings": None}

    @registry.operation("loss.lift_stop")
    def lift_stop(ctx: StepContext) -> Mapping[str, Any]:
        """Usable: as it was before the loss, and off the stop list; of an enterprise that was deregistered meanwhile the office collects it.

        Source: Xi'an 2002-119, 二(五), 二(二).
        """
        entry, told = stops.entry(ctx.session, text(ctx, "stop_entry_id")), text(ctx, "found_told")
        collected = False
        with by_the_books():
            if (found := _device(ctx, entry)) is not None:
                gone = entry.holder_kind == "enterprise" and not enrolments.may_hold(ctx.session, entry.taxpayer_number)
                devices.move(
                    ctx.session, who(ctx), found, "clear", ctx.clock.today(), to=holders.office(own_office(ctx)) if gone else None, case_id=ctx.case.instance_id,
                    note=text(ctx, "check_findings"),
                )  # fmt: skip
                collected = found.state == "collected"
            stops.take_off(ctx.session, who(ctx), entry, f"已找回，检查可用：{text(ctx, 'check_findings')}", ctx.clock.today())
        return {"result_told": f"{told}检查可用，已解除停用" + ("，企业已注销，由税务机关收缴" if collected else "，恢复原状态")}

    @registry.operation("loss.bury")
    def bury(ctx: StepContext) -> Mapping[str, Any]:
        """Useless, or replaced already: scrapped, collected by the office, from where it goes up to be destroyed.

        Source: Xi'an 2002-119, 四4, 二(五).
        """
        entry, today = stops.entry(ctx.session, text(ctx, "stop_entry_id")), ctx.clock.today()
        with by_the_books():
            if (found := _device(ctx, entry)) is not None:
                office = holders.office(own_office(ctx))
                devices.move(ctx.session, who(ctx), found, "bury", today, to=office, case_id=ctx.case.instance_id, note=text(ctx, "check_findings"))
                devices.move(ctx.session, who(ctx), found, "collect", today, to=office, case_id=ctx.case.instance_id)
            stops.take_off(ctx.session, who(ctx), entry, "已找回，报废收缴", today)
        return {"result_told": f"{text(ctx, 'found_told')}已报废收缴，待逐级上交销毁"}


def _closed_case(ctx: StepContext, kind: str) -> str:
    """The case by which the serial came on the stop list, for what is found when that case is over; of the own area alone. Raises Declined."""
    serial, own = text(ctx, "found_serial").strip().upper(), own_office(ctx)
    entry = stops.entry_of(ctx.session, kind, serial) if kind != "invoices" else None
    if entry is None or not entry.scope.startswith(own.scope):
        what = "专用发票" if kind == "invoices" else named(kind, serial)
        raise Declined(f"本辖区没有{what}的停用记录，不能登记找回（二(五)）", f"nothing of {serial or 'invoices'} is stopped in this area")
    if is_open(ctx.session, entry.case_id):
        raise Declined(f"{named(kind, serial)}的报失案件尚未办结，请在该案件页上报告找回", "its case is still open: report the find on its page")
    return entry.case_id


def _entry(ctx: StepContext, entries: list[StopEntry], kind: str) -> StopEntry:
    serial = text(ctx, "found_serial").strip().upper()
    found = next((entry for entry in entries if (entry.kind, entry.serial) == (kind, serial)), None)
    if found is None:
        lost = "、".join(named(entry.kind, entry.serial) for entry in entries) or "没有尚未找回的设备"
        raise Declined(f"本案报失的是：{lost}，不是{named(kind, serial)}", f"what this case has lost and not found yet: {lost}")
    return found


def _invoices_back(ctx: StepContext, about: str) -> str:
    """Invoices of a case that has lost invoices: from here on nothing stands against their numbers."""
    if value_of(ctx.session, about, "lost_kind") != "invoices":
        raise Declined("本案丢失的是设备，不是专用发票，请选择设备种类", "this case has lost a device, no invoices")
    for row in lost.of_case(ctx.session, about):
        lost.found(ctx.session, who(ctx), row, ctx.variables["found_on"])
    return str(value_of(ctx.session, about, "lost_told"))


def _bringer(ctx: StepContext, entry: StopEntry) -> Holder:
    """Who has it now: whose it was, until it is checked."""
    if entry.holder_kind in {"enterprise", "service_unit"}:
        return Holder(entry.holder_kind, entry.taxpayer_number, entry.taxpayer_name)
    return holders.office(own_office(ctx))


def _device(ctx: StepContext, entry: StopEntry) -> Device | None:
    return devices.device_by_id(ctx.session, entry.device_id) if entry.device_id is not None else None
