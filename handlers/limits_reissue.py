"""A changed limit is written on the cards of every machine of the enterprise, and is in force when all of them bear it.

Source of all: Xi'an 2002-119, 二(二), 三(一)8.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_beside import running_beside
from handlers.devices_counter import behind_the_station, done_by, in_reporting_period
from handlers.devices_law import LAW
from handlers.devices_tools import by_the_books
from handlers.limits_cards import move_cards
from handlers.limits_machines import CARDS, require_machine
from handlers.limits_tools import require_checked_lately
from handlers.tools import Tools, text
from records.devices import kinds
from records.devices.model import Device
from records.devices.store import devices
from records.devices.store.stops import require_not_stopped
from records.taxpayers import limits


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the topics of the change issue."""

    @registry.operation("limits.check_reissue")
    def check_reissue(ctx: StepContext) -> Mapping[str, Any]:
        """In the reporting period the report comes first, on the day of the change too; the cards at hand are the enterprise's own, in use, not written yet,
        and none of its cards is being repaired or replaced: that one would come back with the old limit.

        Source: Xi'an 2002-119, 二(二), 二(四), 二(五), 三(一)8.
        """
        _require_reported(ctx)
        _require_none_in_repair(ctx)
        written, found = ctx.variables.get("cards_written") or (), {}
        number = require_machine(ctx, max(int(ctx.variables["machines"]), len(_in_use(ctx))))
        if any(one["machine_no"] == number for one in written):
            raise Declined(f"开票机 {number} 号的两卡已写入新的限额（{LAW}二(二)）", f"the cards of machine {number} bear the new limit already (Xi'an 2002-119, 二(二))")
        for kind in CARDS:
            with by_the_books():
                device = devices.device(ctx.session, kind, text(ctx, f"{kind}_shown"))
                _require_own(ctx, device)
                require_not_stopped(ctx.session, kind, device.serial)
            if any(one[kind] == device.serial for one in written):
                raise Declined(f"{kinds.name(kind)}“{device.serial}”已写入新的限额（{LAW}二(二)）", f"{device.serial} bears the new limit already (Xi'an 2002-119, 二(二))")
            found[kind] = device.serial
        return {**found, "machine_no": number, "declined_because": None}

    @registry.operation("limits.book_reissue")
    def book_reissue(ctx: StepContext) -> Mapping[str, Any]:
        """Both cards of a machine bear the new limit, and their postings say so; with the last machine it is in force.

        Source: Xi'an 2002-119, 二(二).
        """
        seen, today = ctx.variables, ctx.clock.today()
        require_checked_lately(ctx, "prepare_reissue")
        written = [*(seen.get("cards_written") or ()), {name: seen[name] for name in ("machine_no", *CARDS)}]
        left = sorted(set(_in_use(ctx)) - {one["tax_card"] for one in written})
        with behind_the_station(ctx):
            _require_none_in_repair(ctx)  # a card may have been reported damaged while these were written
            if not left:
                limits.grant(
                    ctx.session, done_by(ctx, "prepare_reissue"), text(ctx, "taxpayer_number"), text(ctx, "version"), seen["per_invoice"],
                    int(seen["monthly_quantity"]), decided_level=text(ctx, "decided_level"), decided_on=seen["approved_on"],
                    document_number=text(ctx, "approval_number"), kind="change",
                )  # fmt: skip
            move_cards(ctx, "reissue", "prepare_reissue")
        return {"reissued_on": today, "cards_written": written, "machine_left": bool(left), "cards_left": "、".join(left) or None}


def _in_use(ctx: StepContext) -> list[str]:
    """The tax cards with which the enterprise bills, one for each machine."""
    return [one.serial for one in devices.held_by(ctx.session, "enterprise", text(ctx, "taxpayer_number"), ["tax_card"]) if one.state == "in_use"]


def _require_reported(ctx: StepContext) -> None:
    today = ctx.clock.today()
    if in_reporting_period(ctx, today):
        reported = ctx.variables.get("reported_on") if ctx.variables.get("reported_today") is True else None
        if reported is None or (reported.year, reported.month) != (today.year, today.month):
            raise Declined(f"现在是报税期，应先抄本月的税，再办理变更发行（{LAW}三(一)8）", "it is the reporting period: report first (Xi'an 2002-119, 三(一)8)")


def _require_none_in_repair(ctx: StepContext) -> None:
    """Raises Declined while a card of the enterprise is damaged, in repair or replaced by one on loan. Source: Xi'an 2002-119, 二(二), 二(四)."""
    beside = [case for case, kind in running_beside(ctx, "device_damage", "device_kind") if kind in CARDS]
    lent = [one.serial for one in devices.held_by(ctx.session, "enterprise", text(ctx, "taxpayer_number"), CARDS) if one.state == "on_loan"]
    if beside or lent:
        names = "、".join([*(f"{case.title} {case.business_key}".strip() for case in beside), *(f"替换卡 {serial}" for serial in lent)])
        raise Declined(
            f"企业有卡在维修、替换（{names}）：换回、办结后再变更发行，使每台开票机的两卡都写入新的限额（{LAW}二(二)、二(四)）",
            "a card of the enterprise is in repair or replaced: the limit is written when it is back, on the cards of every machine (Xi'an 2002-119, 二(二), 二(四))",
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
