"""A damaged device is reported: it must be the enterprise's, in use, neither stopped nor in a case already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine.registry import Declined, Registry, StepContext
from engine.tables import Instance
from handlers.damage_tools import usual_partner
from handlers.devices_acting import who_acts
from handlers.devices_tools import by_the_books, heads, number
from handlers.tools import Tools, text, who
from records.devices import rules, store
from records.devices.model import Device
from records.taxpayers import limits

WITH_A_CASE = frozenset(("in_repair", "repaired"))


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topic of the report."""

    @registry.operation("damage.register_report")
    def register_report(ctx: StepContext) -> Mapping[str, Any]:
        """Opens the case of a device that its enterprise, or a clerk for it, reports as damaged. Source: Xi'an 2002-119, 二(四), 三(一)13."""
        common = heads(ctx)
        with by_the_books():
            device = store.device(ctx.session, text(ctx, "device_kind"), text(ctx, "device_serial"))
            store.require_not_stopped(ctx.session, device.kind, device.serial)
            _require_own(ctx, device, str(common["taxpayer_number"]), str(common["enterprise_name"]))
            zh, en = rules.label(device.kind, device.serial)
            title = f"{zh}损坏：{common['enterprise_name']}"
            _require_no_case(ctx, device, title)
            if device.state != "damaged":  # one whose change was refused is still damaged, and may be reported again
                store.move(ctx.session, who(ctx), device, "report_damage", ctx.clock.today(), case_id=ctx.case.instance_id, note=text(ctx, "damage_facts"))
        registered = number(ctx, tools)
        ctx.set_business_key(registered)
        ctx.set_title(title)
        return {
            **common, **_limit(ctx, str(common["taxpayer_number"])), "registration_number": registered, "device_id": device.id, "device_serial": device.serial,
            "device_label": zh, "device_label_en": en, "stage": "original", "saved_card": device.serial, "machine_no": "0",
            "partner_card": usual_partner(ctx, device.kind, str(common["taxpayer_number"])), "declined_because": None,
            **who_acts(ctx, str(common["taxpayer_number"]), str(common["service_unit"])),
        }  # fmt: skip


def _require_own(ctx: StepContext, device: Device, taxpayer_number: str, name: str) -> None:
    """What is in repair is with the service unit: it is of the enterprise that had it last."""
    held = device.holder_kind, device.holder_number
    if device.state in WITH_A_CASE:
        came = [(one.from_kind, one.from_number) for one in store.postings(ctx.session, device.id) if one.from_kind == "enterprise"]
        held = came[-1] if came else held
    if held != ("enterprise", taxpayer_number):
        zh, en = rules.label(device.kind, device.serial)
        raise Declined(f"{zh}不是“{name}”的设备，请核对编号（二(四)）", f"{en} is not a device of {name}: check its serial (二(四))")


def _require_no_case(ctx: StepContext, device: Device, title: str) -> None:
    """A case is told by its title, which names kind and serial."""
    about = select(Instance.business_key).where(
        Instance.process_id == ctx.case.process_id, Instance.status == "active", Instance.title == title, Instance.id != ctx.case.instance_id
    )
    running = ctx.session.scalars(about.limit(1)).first()
    if running is not None or device.state in WITH_A_CASE:
        zh, en = rules.label(device.kind, device.serial)
        raise Declined(f"{zh}已报告损坏，案件{running or ''}正在办理，不能重复报告（二(四)）", f"{en} is reported as damaged already; its case {running or ''} is under way (二(四))")


def _limit(ctx: StepContext, taxpayer_number: str) -> dict[str, Any]:
    row = limits.current(ctx.session, taxpayer_number)
    if row is None:
        return {"version": "", "version_text": "", "per_invoice": None, "monthly_quantity": None}
    return {"version": row.version, "version_text": limits.VERSIONS[row.version][0], "per_invoice": row.per_invoice, "monthly_quantity": row.monthly_quantity}
