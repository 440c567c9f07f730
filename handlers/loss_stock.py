"""An authority or a service unit has lost devices of its own: stopped, the city told in the same step, dealt with by the level above."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_law import LAW
from handlers.devices_tools import above, by_the_books, number, number_at, posts, service_unit_of
from handlers.issuing import issue
from handlers.loss_tools import certification, how, iso, named, require_held, require_reported, tell_case_of_damage
from handlers.tools import Tools, own_office, signer, text, who
from records.devices import holders, kinds, states
from records.devices.holders import Holder
from records.devices.model import StopEntry
from records.devices.store import devices, stops


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of an authority's loss."""

    @registry.operation("loss.report_stock")
    def report_stock(ctx: StepContext) -> Mapping[str, Any]:
        """Every device is on the stop list before this step ends; leading group, city office and certification are told in the same step.

        Source: Xi'an 2002-119, 四3, 三(三)5(2).
        """
        require_reported(ctx)
        own, own_stock, today = _loser(ctx), text(ctx, "owner") == "authority", ctx.clock.today()
        office, told = own_office(ctx), list[str]()
        for row in ctx.variables["lost_devices"]:
            told.append(_stop(ctx, tools, own, str(row["kind"]), str(row["device_serial"])))
        registered = number(ctx, tools)
        ctx.set_business_key(registered)
        ctx.set_title(f"{how(ctx)}：{own.name} {len(told)} 件设备")
        zh, en = f"{own.name}{how(ctx)}{'、'.join(told)}，已列入停用名单，请即处置（{LAW}四3）", f"{own.name} has lost {len(told)} devices; they are stopped (四3)"
        tools.tell(ctx, [*posts(ctx, "bureau_leader", "city"), *posts(ctx, "golden_tax_office", "city"), *certification(ctx)], "loss", zh, en)
        return {
            "registration_number": registered, "loser_name": own.name, "owner_level": office.level if own_stock else "service_unit", "devices_listed": "\n".join(told),
            "reported_on": today, "service_unit": None if own_stock else own.number, "group_note": None, "office_note": None,
        }  # fmt: skip

    @registry.operation("loss.book_stock_decision")
    def book_stock_decision(ctx: StepContext) -> Mapping[str, Any]:
        """Issues annex 6 of this loss with what the level above has decided.

        Source: Xi'an 2002-119, 三(三)5(2), 四3, annex 6.
        """
        by_province = bool(signer(ctx, "decide_at_province")["name"])
        office = above(ctx, "province" if by_province else "city") or own_office(ctx)
        handling = text(ctx, "province_handling" if by_province else "handling_proposed")
        issue(ctx, tools, "stock_annex6", {
            "loser": text(ctx, "loser_name"), "lines": [line_of(entry) for entry in stops.entries_of_case(ctx.session, ctx.case.instance_id)],
            "lost_at": text(ctx, "lost_at"), "police_reported_on": iso(ctx.variables["police_reported_on"]), "police_station": text(ctx, "police_station"),
            "police_number": text(ctx, "police_number"), "facts": text(ctx, "loss_facts"), "group_note": text(ctx, "group_note"), "office_note": text(ctx, "office_note"),
            "handling": handling, "leader": signer(ctx, "decide_at_province" if by_province else "decide_at_city"),
            "handler": signer(ctx, "prepare_at_province" if by_province else "prepare_at_city"), "decided_by": office.name, "date": ctx.clock.today().isoformat(),
        }, number=number_at(ctx, office, "表"))  # fmt: skip
        tools.tell(ctx, posts(ctx, "golden_tax_office"), "loss_decided", f"{office.name}已作出处理决定：{handling}", f"{office.name_en} has decided")
        return {"result_told": f"{office.name}：{handling}", "return_reason": None}


def line_of(entry: StopEntry) -> dict[str, str]:
    """An entry of the stop list as annex 6 prints it."""
    return {
        "kind": kinds.name(entry.kind), "serial": entry.serial, "how": kinds.REASONS[entry.because][0], "lost_on": str(entry.lost_on), "reported_on": str(entry.reported_on),
        "holder_number": entry.taxpayer_number, "holder_name": entry.taxpayer_name, "office": entry.office_name, "state": states.name("stop", entry.state),
    }  # fmt: skip


def _loser(ctx: StepContext) -> Holder:
    """Whose devices they are: the office of the case, or its service unit; a service unit reports its own alone. Raises Declined."""
    party = ctx.actor.party
    if text(ctx, "owner") == "authority":
        if party:
            raise Declined(f"服务单位只能报告自己的库存设备丢失（{LAW}四3）", "a service unit reports the loss of its own stock alone (四3)")
        return holders.office(own_office(ctx))
    unit = service_unit_of(ctx)
    if party and party != f"service_unit:{unit.number}":
        raise Declined(f"服务单位只能报告自己的库存设备丢失（{LAW}四3）", "a service unit reports the loss of its own stock alone (四3)")
    return holders.service_unit(unit.number, unit.name)


def _stop(ctx: StepContext, tools: Tools, own: Holder, kind: str, serial: str) -> str:
    """One device on the stop list; it must be with whoever lost it, and one that is not in the books takes a word for it."""
    serial, today, office = devices.serial_of(serial), ctx.clock.today(), own_office(ctx)
    told, found = named(kind, serial), devices.known(ctx.session, kind, serial)
    days = {"lost_on": ctx.variables["lost_on"], "reported_on": today, "today": today, "office": office, "case_id": ctx.case.instance_id}
    with by_the_books():
        if found is None:
            if not ctx.variables.get("serial_vouched"):
                raise Declined(f"账上没有{told}的记录，已核对保管清册的请勾选说明（{LAW}四3）", f"{told} is not in the books; tick that the inventory was checked (四3)")
            stops.put_on_unknown(ctx.session, who(ctx), kind, serial, text(ctx, "lost_how"), holder=own, **days)
            return told
        require_held(found, own, "报失", "report its loss", "四3")
        stops.put_on(ctx.session, who(ctx), found, text(ctx, "lost_how"), **days)
    tell_case_of_damage(ctx, tools, found)
    return told
