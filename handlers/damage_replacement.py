"""Not man-made: a replacement card is lent, the original repaired, and the replacement taken back once its data are safe.

Source of all: Xi'an 2002-119, 二(四).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.damage_tools import from_stock, original, partner, replacement
from handlers.devices_tools import as_enterprise, as_service_unit, by_the_books, district_of, posts
from handlers.tools import Tools, text, who
from records.devices import holders, store

TERM = "repair"
# What was entered for the original starts empty for the replacement.
ENTERED_ONCE = (
    "saving", "not_copied_because", "stubs", "stub_count", "stub_amount", "stub_tax", "data_decision", "data_difference", "disk_count", "disk_amount", "disk_tax",
    "declined_because",
)  # fmt: skip


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of loan, repair and return."""

    @registry.operation("damage.book_loan")
    def book_loan(ctx: StepContext) -> Mapping[str, Any]:
        """Lends a replacement card from the stock and sends the original to repair, whose term begins; a reader is repaired without one."""
        today, actor = ctx.clock.today(), who(ctx)
        with by_the_books():
            if serial := text(ctx, "replacement_serial"):
                partner(ctx)
                store.move(ctx.session, actor, from_stock(ctx, serial), "lend", today, to=as_enterprise(ctx))
            store.move(ctx.session, actor, original(ctx), "send_to_repair", today, to=as_service_unit(ctx), note=text(ctx, "repaired_by"))
        term = tools.deadlines.start(
            ctx.session, ctx.case.instance_id, tools.rule(ctx, TERM), today,
            owner_posts=[*posts(ctx, "tax_office"), f"service_unit:{text(ctx, 'service_unit')}"],
        )  # fmt: skip
        ctx.set_due(term.due_on, term.label)
        return {"written_card": serial.strip().upper(), "issued_as": "replacement", "repair_due": term.due_on, "declined_because": None}

    @registry.operation("damage.book_repair")
    def book_repair(ctx: StepContext) -> Mapping[str, Any]:
        """The original is repaired, or scrapped because it cannot be; in either event the replacement has to come back, its data first."""
        event = "repaired" if ctx.variables["repair_result"] == "repaired" else "write_off"
        with by_the_books():
            store.move(ctx.session, who(ctx), original(ctx), event, ctx.clock.today(), on=ctx.variables["repaired_on"], note=text(ctx, "repair_findings"))
        tools.deadlines.meet(ctx.session, ctx.case.instance_id, TERM, ctx.variables["repaired_on"])
        ctx.set_due(None)
        return {**dict.fromkeys(ENTERED_ONCE), "stage": "replacement", "saved_card": text(ctx, "replacement_serial"), "written_card": text(ctx, "device_serial")}

    @registry.operation("damage.book_return")
    def book_return(ctx: StepContext) -> Mapping[str, Any]:
        """The replacement card is back in the stock, cleared; a broken one is scrapped and collected, a lost one is left to the case of its loss.

        Source: Xi'an 2002-119, 二(五), 四4.
        """
        lent, today, actor = replacement(ctx), ctx.clock.today(), who(ctx)
        if lent is None or lent.state == "lost":
            return {"declined_because": None}
        if ctx.variables["returned_as"] == "lost":
            raise Declined("替换卡尚未报失，请先办理丢失被盗报告（二(五)）", "the replacement is not reported as lost: report its loss first (二(五))")
        with by_the_books():
            store.move(ctx.session, actor, lent, "give_back", today, to=as_service_unit(ctx))
            if ctx.variables["returned_as"] == "broken":
                store.move(ctx.session, actor, lent, "write_off", today)
                store.move(ctx.session, actor, lent, "collect", today, to=holders.office(district_of(ctx)))
        return {"declined_because": None}
