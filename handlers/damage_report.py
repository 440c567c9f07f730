"""A damaged device is reported: it must be the enterprise's, in use, neither stopped nor in a case already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Registry, StepContext
from handlers.damage_decision import CAUSES
from handlers.damage_tools import (
    WITH_THE_UNIT,
    at_the_counter,
    belongs_to,
    is_in_repair_for,
    not_of,
    original,
    reported_device,
    require_damaged_here,
    require_no_case,
)
from handlers.devices_acting import who_acts
from handlers.devices_days import require_order
from handlers.devices_law import LAW, LAW_EN
from handlers.devices_tools import by_the_books, heads, number, posts
from handlers.tools import Tools, text, who
from records.devices import rules, states, store
from records.devices.model import Device


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topic of the report."""

    @registry.operation("damage.register_report")
    def register_report(ctx: StepContext) -> Mapping[str, Any]:
        """Opens the case of a device that its enterprise, or a clerk for it, reports as damaged. Source: Xi'an 2002-119, 二(四), 三(一)13."""
        common = heads(ctx)
        with by_the_books():
            device = reported_device(ctx)
            _require_own(ctx, device, str(common["taxpayer_number"]), str(common["enterprise_name"]))
            require_no_case(ctx, device)
            store.require_not_stopped(ctx.session, device.kind, device.serial)
            require_damaged_here(ctx, device)
            zh, en = rules.label(device.kind, device.serial)
            store.move(ctx.session, who(ctx), device, "report_damage", ctx.clock.today(), case_id=ctx.case.instance_id, note=text(ctx, "damage_facts"))
        registered = number(ctx, tools)
        ctx.set_business_key(registered)
        ctx.set_title(f"{zh}损坏：{common['enterprise_name']}")
        return {
            **common, **at_the_counter(ctx, device, str(common["taxpayer_number"])), "registration_number": registered, "device_id": device.id, "device_serial": device.serial,
            "device_label": zh, "device_label_en": en, "stage": "original", "saved_card": device.serial, "machine_no": "0",
            "declined_because": None, **who_acts(ctx, str(common["taxpayer_number"]), str(common["service_unit"])),
        }  # fmt: skip

    @registry.operation("damage.book_inspection")
    def book_inspection(ctx: StepContext) -> Mapping[str, Any]:
        """What was inspected was damaged before. Source: Xi'an 2002-119, 二(四)."""
        require_order(("损坏日期", "the damage", ctx.variables["damaged_on"]), ("检测日期", "the inspection", ctx.variables["inspected_on"]), "二(四)")
        return {"cause_text": None if ctx.variables.get("sound") else CAUSES[ctx.variables["cause"]]}

    @registry.operation("damage.book_sound")
    def book_sound(ctx: StepContext) -> Mapping[str, Any]:
        """What is found sound is with its enterprise as before the report, nothing is replaced; one that was lost meanwhile has a case of its loss.

        Source: Xi'an 2002-119, 二(四). That there is such an end is **[chosen]**.
        """
        device = original(ctx)
        if device.state == "damaged":
            before = [row.from_state for row in store.postings(ctx.session, device.id) if row.event == "report_damage" and row.from_state in states.KEPT]
            with by_the_books():
                store.move(ctx.session, who(ctx), device, states.KEPT[before[-1]], ctx.clock.today(), case_id=ctx.case.instance_id, note=text(ctx, "findings"))
        zh, en = f"{text(ctx, 'device_label')}检测完好，不予更换：{text(ctx, 'findings')}（{LAW}二(四)）", f"{text(ctx, 'device_label_en')} was found sound and is not changed ({LAW_EN}, 二(四))"
        tools.tell(ctx, [f"enterprise:{text(ctx, 'taxpayer_number')}", *posts(ctx, "tax_office")], "damage_found_sound", zh, en)
        return {}

    @registry.operation("damage.check_confirmation")
    def check_confirmation(ctx: StepContext) -> Mapping[str, Any]:
        """The confirmation is filled in by what the inspection has found. Source: Xi'an 2002-119, 二(四), annex 5."""
        require_order(("检测日期", "the inspection", ctx.variables["inspected_on"]), ("填制日期", "the confirmation", ctx.variables["confirmed_on"]), "二(四)、附件5")
        return {"cause_text": CAUSES[ctx.variables["cause"]]}


def _require_own(ctx: StepContext, device: Device, taxpayer_number: str, name: str) -> None:
    """What is in repair is with the service unit: it is of the enterprise that had it last."""
    if not is_in_repair_for(ctx, device, taxpayer_number) and (device.state in WITH_THE_UNIT or belongs_to(device) != ("enterprise", taxpayer_number)):
        raise not_of(device, f"不是“{name}”的设备", f"is not a device of {name}", "二(四)")
