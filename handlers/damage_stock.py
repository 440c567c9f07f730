"""What an authority or a service unit keeps is damaged: reported by its keeper, inspected by another, written off over the leader's signature, handed up.

Source of all: Xi'an 2002-119, 三(二)2, 三(三)5(2), 四4; who inspects and who decides is [chosen].
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.damage_decision import CAUSES
from handlers.damage_tools import belongs_to, not_of, original, reported_device, require_damaged_here, require_no_case
from handlers.devices_acting import clerk_of
from handlers.devices_days import require_order
from handlers.devices_law import LAW, LAW_EN
from handlers.devices_tools import by_the_books, number, posts, service_unit_of
from handlers.issuing import issue
from handlers.tools import Tools, own_office, signer, text, who
from records.devices import holders, kinds, rules, store
from records.devices.holders import Holder
from records.devices.model import Device

AUTHORITY = "authority"
OWN_STOCK_ONLY = f"服务单位只能报告自己的库存设备损坏（{LAW}四4）", f"a service unit reports its own stock alone ({LAW_EN}, 四4)"


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of a damaged device that no enterprise holds."""

    @registry.operation("damage.report_stock")
    def report_stock(ctx: StepContext) -> Mapping[str, Any]:
        """Opens the case of a device in stock, which nobody sells, lends or issues from now on. Source: Xi'an 2002-119, 三(三)5(2), 四4."""
        unit = service_unit_of(ctx)
        keeper = _keeper(ctx, holders.service_unit(unit.number, unit.name))
        with by_the_books():
            device = reported_device(ctx)
            if belongs_to(device) != (keeper.kind, keeper.number):
                raise not_of(device, f"不由“{keeper.name}”保管", f"is not kept by {keeper.name}", "四4")
            require_no_case(ctx, device)
            store.require_not_stopped(ctx.session, device.kind, device.serial)
            require_damaged_here(ctx, device)
            store.move(ctx.session, who(ctx), device, "report_damage", ctx.clock.today(), case_id=ctx.case.instance_id, note=text(ctx, "damage_facts"))
        zh, en = rules.label(device.kind, device.serial)
        registered = number(ctx, tools)
        ctx.set_business_key(registered)
        ctx.set_title(f"{zh}损坏：{keeper.name}")
        return {
            "registration_number": registered, "device_id": device.id, "device_serial": device.serial, "device_label": zh, "device_label_en": en,
            "is_card": kinds.is_card(device.kind), "keeper_name": keeper.name, "office_name": own_office(ctx).name, "service_unit": unit.number,
            "service_unit_name": unit.name, "unit_clerk_office": clerk_of(ctx, unit.key), "reported_by": ctx.actor.person_id, "return_reason": None,
        }  # fmt: skip

    @registry.operation("damage.book_stock_inspection")
    def book_stock_inspection(ctx: StepContext) -> Mapping[str, Any]:
        """What is found sound is in stock again; what is damaged waits for its writing off. Source: Xi'an 2002-119, 三(二)2, 四4."""
        require_order(("损坏日期", "the damage", ctx.variables["damaged_on"]), ("检测日期", "the inspection", ctx.variables["inspected_on"]), "四4")
        if ctx.variables["stock_finding"] == "sound":
            with by_the_books():
                store.move(ctx.session, who(ctx), original(ctx), "restock", ctx.clock.today(), note=text(ctx, "findings"))
            return {}
        return {"cause_text": CAUSES[ctx.variables["cause"]]}

    @registry.operation("damage.book_write_off")
    def book_write_off(ctx: StepContext) -> Mapping[str, Any]:
        """Writes the device off, which its keeper hands up with the next sheet, or the province destroys; whoever reported it does not decide. Source: 四4.

        One that was lost meanwhile has a case of its loss, and nothing to be handed up (四3).
        """
        if ctx.actor.person_id == ctx.variables["reported_by"]:
            raise Declined(f"报告人不能自己审批报废（{LAW}四4，所选）", "whoever reported the damage does not decide on writing off")
        device = original(ctx)
        if device.state == "lost":
            return {}
        with by_the_books():
            store.move(ctx.session, who(ctx), device, "write_off", ctx.clock.today(), note=text(ctx, "findings"))
            if device.holder_kind == "office" and ctx.variables["is_card"]:  # with an office it is registered at once; the province has nobody above to hand it to
                store.move(ctx.session, who(ctx), device, "collect", ctx.clock.today(), to=holders.office(own_office(ctx)))
        issue(ctx, tools, "write_off", _paper(ctx, device), number=text(ctx, "registration_number"))
        what, what_en = ("已报废，请列入下一次上交清单逐级上交", "is written off: hand it up with the next sheet") if ctx.variables["is_card"] else ("已报废", "is written off")
        told = [*posts(ctx, "golden_tax_office"), *posts(ctx, "tax_office"), *([f"service_unit:{text(ctx, 'service_unit')}"] if device.holder_kind == "service_unit" else [])]
        tools.tell(ctx, told, "stock_written_off", f"{text(ctx, 'device_label')}{what}（{LAW}四4）", f"{text(ctx, 'device_label_en')} {what_en} ({LAW_EN}, 四4)")
        return {}


def _keeper(ctx: StepContext, unit: Holder) -> Holder:
    """Who keeps the device: the office of the case, or the service unit; a service unit reports its own alone. Raises Declined."""
    party = ctx.actor.party
    if party and (text(ctx, "owner") == AUTHORITY or party != f"service_unit:{unit.number}"):
        raise Declined(*OWN_STOCK_ONLY)
    return holders.office(own_office(ctx)) if text(ctx, "owner") == AUTHORITY else unit


def _paper(ctx: StepContext, device: Device) -> dict[str, Any]:
    """What the sheet of writing off says, with whoever inspected and whoever decided."""
    inspected = signer(ctx, "inspect_stock" if text(ctx, "owner") == AUTHORITY else "verify_stock")
    return {
        "office_name": text(ctx, "office_name"), "keeper_name": text(ctx, "keeper_name"), "kind": kinds.name(device.kind), "serial": device.serial,
        "kept_by": text(ctx, "kept_by"), "damaged_on": ctx.variables["damaged_on"].isoformat(), "damage_facts": text(ctx, "damage_facts"), "cause": text(ctx, "cause_text"),
        "inspected_on": ctx.variables["inspected_on"].isoformat(), "findings": text(ctx, "findings"), "technician": text(ctx, "technician"), "inspected_by": inspected["name"],
        "opinion": text(ctx, "opinion"), "leader": signer(ctx, "decide_write_off")["name"], "date": ctx.clock.today().isoformat(), "is_card": bool(ctx.variables["is_card"]),
    }  # fmt: skip
