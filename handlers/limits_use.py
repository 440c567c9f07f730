"""The system goes into use, and within ten days the old invoices come back to be cancelled.

Source of all: Xi'an 2002-119, 二(一)7, 二(一)8.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_acting import require_own_hand
from handlers.devices_counter import done_by
from handlers.devices_law import LAW
from handlers.devices_tools import by_the_books, posts
from handlers.limits_tools import IN_HAND, at_hand
from handlers.tools import Tools, text, who
from records.devices.store import devices
from records.invoices import store as invoices
from records.taxpayers import limits


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics from installation to the end."""

    @registry.operation("limits.put_in_use")
    def put_in_use(ctx: StepContext) -> Mapping[str, Any]:
        """The service unit has installed card, IC card and reader; from the day of use the ten days for old invoices count.

        Source: Xi'an 2002-119, 二(一)7, 二(一)8.
        """
        seen, today, case = ctx.variables, ctx.clock.today(), ctx.case.instance_id
        require_own_hand(ctx, "service_unit", text(ctx, "service_unit"))
        installed, used, sold = seen["installed_on"], seen["in_use_on"], seen["sold_on"]
        if not sold <= installed <= used:
            raise Declined(
                f"安装日期 {installed} 应不早于首次购票日期 {sold}，启用日期 {used} 应不早于安装日期（{LAW}二(一)7）",
                f"installed on {installed}, in use from {used}: neither comes before the first purchase on {sold}",
            )
        now = {kind: at_hand(ctx, kind, ("sold", "in_use") if kind == "reader" else IN_HAND) for kind in ("tax_card", "ic_card", "reader")}
        with by_the_books():
            for device in now.values():
                if device.state in ("sold", "issued"):  # else its own case has installed it
                    devices.move(ctx.session, who(ctx), device, "install", today, on=installed)
            limits.put_in_use(ctx.session, who(ctx), text(ctx, "taxpayer_number"), used)
        tools.deadlines.meet(ctx.session, case, "installation", installed)
        term = tools.deadlines.start(ctx.session, case, tools.rule(ctx, "old_invoices"), used, owner_posts=posts(ctx, "tax_office"))
        ctx.set_due(term.due_on, "应在此日前上缴旧版发票")
        return {**{kind: device.serial for kind, device in now.items()}, "old_invoices_by": term.due_on, "return_reason": None}

    @registry.operation("limits.note_old_invoices")
    def note_old_invoices(ctx: StepContext) -> Mapping[str, Any]:
        """The enterprise hands in what it has not used up, or says that nothing is left; the term runs until the post has found it right.

        Source: Xi'an 2002-119, 二(一)8.
        """
        seen = ctx.variables
        require_own_hand(ctx, "enterprise", text(ctx, "taxpayer_number"))
        rows, nothing, on = seen.get("old_invoices") or [], seen.get("nothing_left") is True, seen["handed_in_on"]
        if not nothing and not rows:
            raise Declined(f"请逐段填写上缴的旧版发票；没有剩余的，请勾选没有（{LAW}二(一)8）", "enter the old invoices, or tick that none is left (Xi'an 2002-119, 二(一)8)")
        if on < seen["in_use_on"]:
            raise Declined(f"上缴日期 {on} 早于启用日期 {seen['in_use_on']}（{LAW}二(一)8）", f"handed in on {on}, before the system was in use")
        return {"old_invoices": [] if nothing else rows, "return_reason": None}

    @registry.operation("limits.book_cancellation")
    def book_cancellation(ctx: StepContext) -> Mapping[str, Any]:
        """What was counted by another person stands in the books as handed in and cancelled: the term is met by the day it was handed in.

        Source: Xi'an 2002-119, 二(一)8.
        """
        number, today, count = text(ctx, "taxpayer_number"), ctx.clock.today(), 0
        with by_the_books():
            for row in ctx.variables.get("old_invoices") or []:
                made = invoices.hand_in_old(
                    ctx.session, done_by(ctx, "hand_in_old_invoices"), number, row["kind"], row["code"], row["number_from"], row["number_to"],
                    ctx.variables["handed_in_on"], spoiled=int(row["spoiled"]),
                )  # fmt: skip
                invoices.cancel_old(ctx.session, who(ctx), made, today)
                count += made.count
        tools.deadlines.meet(ctx.session, ctx.case.instance_id, "old_invoices", ctx.variables["handed_in_on"])
        ctx.set_due(None)
        return {"old_invoices_cancelled": count}
