"""The system goes into use, and within ten days the old invoices come back to be cancelled.

Source of all: Xi'an 2002-119, 二(一)7, 二(一)8.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_acting import require_own_hand
from handlers.devices_counter import done_by
from handlers.devices_days import require_order
from handlers.devices_law import LAW, LAW_EN
from handlers.devices_tools import by_the_books, posts
from handlers.limits_machines import SET, at_hand, at_machine, sets
from handlers.limits_tools import IN_HAND
from handlers.tools import Tools, text, who
from records.devices.store import devices
from records.invoices import store as invoices
from records.taxpayers import limits


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics from installation to the end."""
    _installed(registry, tools)
    _handed_in(registry, tools)


def _installed(registry: Registry, tools: Tools) -> None:
    @registry.operation("limits.put_in_use")
    def put_in_use(ctx: StepContext) -> Mapping[str, Any]:
        """The service unit has installed card, IC card and reader; from the day of use the ten days for old invoices count.

        Source: Xi'an 2002-119, 二(一)7, 二(一)8.
        """
        seen, today, case = ctx.variables, ctx.clock.today(), ctx.case.instance_id
        require_own_hand(ctx, "service_unit", text(ctx, "service_unit"))
        installed, used, sold = seen["installed_on"], seen["in_use_on"], seen["sold_on"]
        require_order(("首次购票日期", "the first purchase", sold), ("安装日期", "the installation", installed), "二(一)7")
        require_order(("安装日期", "the installation", installed), ("启用日期", "the day of use", used), "二(一)7")
        rows = sets(ctx)
        with by_the_books():
            for row in rows:
                for kind in SET:
                    device = at_hand(ctx, rows, row, kind, ("sold", "in_use") if kind == "reader" else IN_HAND)
                    if device.state in ("sold", "issued"):  # else its own case has installed it
                        devices.move(ctx.session, who(ctx), device, "install", today, on=installed, note=f"开票机 {row['machine_no']} 号")
            limits.put_in_use(ctx.session, who(ctx), text(ctx, "taxpayer_number"), used)
        tools.deadlines.meet(ctx.session, case, "installation", installed)
        term = tools.deadlines.start(ctx.session, case, tools.rule(ctx, "old_invoices"), used, owner_posts=posts(ctx, "tax_office"))
        ctx.set_due(term.due_on, "应在此日前上缴旧版发票")
        return {**at_machine(rows[0]), "machine_sets": rows, "old_invoices_by": term.due_on, "return_reason": None}


def _handed_in(registry: Registry, tools: Tools) -> None:
    @registry.operation("limits.note_old_invoices")
    def note_old_invoices(ctx: StepContext) -> Mapping[str, Any]:
        """The enterprise hands in what it has not used up, or says that nothing is left; the term runs until the post has found it right.

        Source: Xi'an 2002-119, 二(一)8.
        """
        seen = ctx.variables
        require_own_hand(ctx, "enterprise", text(ctx, "taxpayer_number"))
        rows, nothing, on = seen.get("old_invoices") or [], seen.get("nothing_left") is True, seen["handed_in_on"]
        if nothing and rows:
            raise Declined(f"填写了旧版发票，又勾选了没有剩余，请核对（{LAW}二(一)8）", "old invoices are entered, and none is ticked to be left: which is it? (Xi'an 2002-119, 二(一)8)")
        if not nothing and not rows:
            raise Declined(f"请逐段填写上缴的旧版发票；没有剩余的，请勾选没有（{LAW}二(一)8）", "enter the old invoices, or tick that none is left (Xi'an 2002-119, 二(一)8)")
        if nothing and rows:  # neither is thrown away: only whoever entered both knows which is true
            raise Declined(
                f"已填写上缴的旧版发票，又勾选了没有剩余：有剩余的，请取消勾选；没有的，请清空各段（{LAW}二(一)8）",
                f"old invoices are entered and none is said to be left: take away the tick, or empty the rows ({LAW_EN}二(一)8)",
            )
        require_order(("启用日期", "the day of use", seen["in_use_on"]), ("上缴日期", "the handing-in", on), "二(一)8")
        due = seen["old_invoices_by"]
        with by_the_books():
            for row in rows:
                invoices.require_not_back(ctx.session, row["code"], row["number_from"], row["number_to"], to_office=False)
        return {"old_invoices": rows, "return_reason": None, "days_late": (on - due).days if on > due else None}

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
