"""A lost device is found: checked by the service unit, then by leave of an officer usable again and off the stop list, or scrapped and collected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_acting import clerk_of
from handlers.devices_beside import is_open, value_of
from handlers.devices_days import require_order
from handlers.devices_law import LAW
from handlers.devices_tools import by_the_books, number_at, service_unit_of
from handlers.issuing import issue
from handlers.loss_again import case_of_entry, entries_of, is_replaced
from handlers.loss_tools import named
from handlers.tools import Tools, own_office, signer, text, who
from records.devices import holders
from records.devices.holders import Holder
from records.devices.model import Device, StopEntry
from records.devices.store import devices, stops
from records.invoices import lost
from records.taxpayers import enrolments


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of a find."""
    _reported(registry)
    _ended(registry, tools)


def _reported(registry: Registry) -> None:
    @registry.operation("loss.find")
    def find(ctx: StepContext) -> Mapping[str, Any]:
        """Books the find of what this case has lost and ends the case that it is about; after a replacement the device is given up.

        Source: Xi'an 2002-119, 二(五).
        """
        kind, serial = _what(ctx)
        about = text(ctx, "about") or _closed_case(ctx, kind, serial)
        unit, lost_on = service_unit_of(ctx), value_of(ctx.session, about, "lost_on")
        common = {"service_unit": unit.number, "service_unit_name": unit.name, "lost_kind": kind, "lost_on": lost_on, "already_replaced": False, "stop_entry_id": None}
        require_order(("丢失被盗日期", "the loss", lost_on), ("找回日期", "the find", ctx.variables["found_on"]), "二(五)")
        if kind == "invoices":
            told, number = _invoices_back(ctx, about)
            loser = str(value_of(ctx.session, about, "enterprise_name"))
            common |= {"taxpayer_number": number, "enterprise_name": loser}
        else:
            entry, told = _entry(ctx, about, kind, serial), named(kind, serial)
            whose = stops.holder_of_entry(ctx.session, entry)
            loser = whose.name
            common |= {"already_replaced": is_replaced(ctx.session, about), "stop_entry_id": entry.id, "found_serial": entry.serial}
            common |= {"taxpayer_number": whose.number, "enterprise_name": whose.name} if whose.kind == "enterprise" else {"taxpayer_number": None, "enterprise_name": None}
            if entry.device_id is not None:
                with by_the_books():
                    found = devices.device_by_id(ctx.session, entry.device_id)
                    devices.move(ctx.session, who(ctx), found, "find", ctx.clock.today(), to=_bringer(ctx, whose), case_id=ctx.case.instance_id, note=text(ctx, "found_facts"))
        ctx.set_title(f"找回：{loser} {told}")
        if not common["already_replaced"]:
            ctx.send("found_again", about, {"found_told": f"{told}已于 {ctx.variables['found_on']} 找回", "found_on": ctx.variables["found_on"]}, if_awaited=True)
        return {
            **common, "found_kind": kind, "unit_clerk_office": clerk_of(ctx, unit.key), "found_told": told, "result_told": "已找回" if kind == "invoices" else "已找回，待检查", "check_findings": None,
            "return_reason": None,
        }  # fmt: skip

    @registry.operation("loss.book_check")
    def book_check(ctx: StepContext) -> Mapping[str, Any]:
        """The service unit has looked at it: not before it was found. The serial stays stopped until an officer has decided.

        Source: Xi'an 2002-119, 二(五). That an officer decides is **[chosen]**.
        """
        require_order(("找回日期", "the find", ctx.variables["found_on"]), ("检查日期", "the check", ctx.variables["checked_on"]), "二(五)")
        usable = text(ctx, "usable") == "yes"
        return {"result_told": f"{text(ctx, 'found_told')}，服务单位检查{'可用，待税务机关核准解除停用' if usable else '不可用，待收缴'}", "return_reason": None}


def _ended(registry: Registry, tools: Tools) -> None:
    @registry.operation("loss.lift_stop")
    def lift_stop(ctx: StepContext) -> Mapping[str, Any]:
        """Usable: as it was before the loss, and off the stop list by a numbered notice; of an enterprise that was deregistered meanwhile the office collects it.

        Source: Xi'an 2002-119, 二(五), 二(二).
        """
        entry, told, own = stops.entry(ctx.session, text(ctx, "stop_entry_id")), text(ctx, "found_told"), own_office(ctx)
        whose, leader, collected = stops.holder_of_entry(ctx.session, entry), signer(ctx, approval_of(ctx)), False
        numbered = number_at(ctx, own, "解")
        with by_the_books():
            if (found := _device(ctx, entry)) is not None:
                gone = whose.kind == "enterprise" and not enrolments.may_hold(ctx.session, whose.number)
                devices.move(
                    ctx.session, who(ctx), found, "clear", ctx.clock.today(), to=holders.office(own) if gone else None, case_id=ctx.case.instance_id,
                    note=text(ctx, "check_findings"),
                )  # fmt: skip
                collected = found.state == "collected"
            because = f"{numbered}，{own.name}{leader['name']}核准：已找回，检查可用（{text(ctx, 'check_findings')}）"
            stops.take_off(ctx.session, who(ctx), entry, because, ctx.clock.today())
        result = "企业已注销，由税务机关收缴" if collected else "恢复原状态"
        issue(ctx, tools, "lift_notice", {
            "whom": whose.name or own.name, "told": named(entry.kind, entry.serial), "reported_on": entry.reported_on.isoformat(), "found_on": ctx.variables["found_on"].isoformat(),
            "found_at": text(ctx, "found_at"), "checked_on": ctx.variables["checked_on"].isoformat(), "service_unit": text(ctx, "service_unit_name"),
            "findings": text(ctx, "check_findings"), "result": result, "from_office": own.name, "leader": leader, "date": ctx.clock.today().isoformat(),
        }, number=numbered)  # fmt: skip
        return {"result_told": f"{told}检查可用，已解除停用（{numbered}），{result}"}

    @registry.operation("loss.bury")
    def bury(ctx: StepContext) -> Mapping[str, Any]:
        """Useless, or replaced already: scrapped, collected by the office, from where it goes up to be destroyed.

        Source: Xi'an 2002-119, 四4, 二(五).
        """
        entry, today, own = stops.entry(ctx.session, text(ctx, "stop_entry_id")), ctx.clock.today(), own_office(ctx)
        collected_on = ctx.variables["collected_on"]
        require_order(("找回日期", "the find", ctx.variables["found_on"]), ("收缴日期", "the collection", collected_on), "四4")
        if text(ctx, "check_findings"):
            require_order(("检查日期", "the check", ctx.variables["checked_on"]), ("收缴日期", "the collection", collected_on), "四4")
        with by_the_books():
            if (found := _device(ctx, entry)) is not None:
                office = holders.office(own)
                devices.move(ctx.session, who(ctx), found, "bury", today, to=office, case_id=ctx.case.instance_id, note=text(ctx, "check_findings"))
                devices.move(ctx.session, who(ctx), found, "collect", today, to=office, case_id=ctx.case.instance_id)
            why = "已补办" if ctx.variables["already_replaced"] else f"检查不可用（{text(ctx, 'check_findings')}）"
            stops.take_off(ctx.session, who(ctx), entry, f"已找回，{why}，{own.name}{ctx.actor.name}于 {collected_on} 收缴报废", today)
        return {"result_told": f"{text(ctx, 'found_told')}已报废收缴，待逐级上交销毁"}


def approval_of(ctx: StepContext) -> str:
    """The task in which an officer lets the serial off the stop list: while the case of the loss runs, or after it."""
    return "approve_lift" if text(ctx, "about") else "approve_late_lift"


def _what(ctx: StepContext) -> tuple[str, str]:
    """(kind, serial) of what was found: as entered, else the only thing that the case has lost and not found yet. Raises Declined."""
    kind, serial, about = text(ctx, "found_kind"), text(ctx, "found_serial").strip().upper(), text(ctx, "about")
    if not about or (kind and (serial or kind == "invoices")):
        return kind, serial
    if value_of(ctx.session, about, "lost_kind") == "invoices":
        return "invoices", ""
    entries = [one for one in entries_of(ctx.session, about) if one.state == "listed" and one.kind in {kind or one.kind} and one.serial in {serial or one.serial}]
    if len(entries) != 1:
        raise Declined("请选择找回设备的种类并填写编号：本案报失的不止一件，或者没有所填的编号", "choose the kind and enter the serial: the case has lost more than one device, or not the one entered")
    return entries[0].kind, entries[0].serial


def _closed_case(ctx: StepContext, kind: str, serial: str) -> str:
    """The last case of the serial that is stopped, for what is found when that case is over; of the own area alone. Raises Declined."""
    own = own_office(ctx)
    entry = stops.entry_of(ctx.session, kind, serial) if kind != "invoices" else None
    if entry is None or not entry.scope.startswith(own.scope):
        what = "专用发票" if kind == "invoices" else named(kind, serial)
        raise Declined(f"本辖区没有{what}的停用记录，不能登记找回（{LAW}二(五)）", f"nothing of {serial or 'invoices'} is stopped in this area")
    case = case_of_entry(ctx.session, entry)
    if is_open(ctx.session, case):
        raise Declined(f"{named(kind, serial)}的报失案件尚未办结，请在该案件页上报告找回", "its case is still open: report the find on its page")
    return case


def _entry(ctx: StepContext, about: str, kind: str, serial: str) -> StopEntry:
    entries = [entry for entry in entries_of(ctx.session, about) if entry.state == "listed"]
    found = next((entry for entry in entries if (entry.kind, entry.serial) == (kind, serial)), None)
    if found is None:
        lost = "、".join(named(entry.kind, entry.serial) for entry in entries) or "没有尚未找回的设备"
        raise Declined(f"本案报失的是：{lost}，不是{named(kind, serial)}", f"what this case has lost and not found yet: {lost}")
    return found


def _invoices_back(ctx: StepContext, about: str) -> tuple[str, str]:
    """Invoices of a case that has lost invoices: from here on nothing stands against their numbers; (what they are, whose)."""
    if value_of(ctx.session, about, "lost_kind") != "invoices":
        raise Declined("本案丢失的是设备，不是专用发票，请选择设备种类", "this case has lost a device, no invoices")
    number = str(value_of(ctx.session, about, "taxpayer_number"))
    for row in lost.of_case(ctx.session, about):
        lost.found(ctx.session, who(ctx), row, ctx.variables["found_on"])
        number = row.taxpayer_number
    return str(value_of(ctx.session, about, "lost_told")), number


def _bringer(ctx: StepContext, whose: Holder) -> Holder:
    """Who has it now: whose it was, until it is checked."""
    return whose if whose.kind in {"enterprise", "service_unit"} else holders.office(own_office(ctx))


def _device(ctx: StepContext, entry: StopEntry) -> Device | None:
    return devices.device_by_id(ctx.session, entry.device_id) if entry.device_id is not None else None
