"""Not man-made: a replacement card is lent, the original repaired, and the replacement taken back once its data are safe.

Source of all: Xi'an 2002-119, 二(四).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.damage_giving_up import give_up
from handlers.damage_tools import at_the_counter, from_stock, original, replacement, require_reported_lost
from handlers.devices_days import require_order
from handlers.devices_tools import as_enterprise, as_service_unit, by_the_books, district_of, posts
from handlers.tools import Tools, text, who
from records.devices import holders, store

TERM = "repair"
PASSED_OVER = frozenset(("in_repair", "lost"))  # it is in repair already, or its loss has a case of its own
# What was entered for the original starts empty for the replacement.
ENTERED_ONCE = (
    "saving", "not_copied_because", "stubs", "stub_count", "stub_amount", "stub_tax", "data_decision", "data_difference", "disk_count", "disk_amount", "disk_tax",
    "declined_because",
)  # fmt: skip


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of loan, repair and return."""
    _at_the_service_unit(registry, tools)
    _back_at_the_counter(registry)


def _at_the_service_unit(registry: Registry, tools: Tools) -> None:
    @registry.operation("damage.book_loan")
    def book_loan(ctx: StepContext) -> Mapping[str, Any]:
        """Lends a replacement card from the stock and sends the original to repair, whose term begins; a reader is repaired without one.

        A second loan, where the first replacement broke, leaves the original and its term alone [chosen]; so does one that was lost meanwhile (四3).
        """
        if ctx.variables.get("not_wanted"):
            return give_up(ctx, tools)
        today, actor, old = ctx.clock.today(), who(ctx), original(ctx)
        with by_the_books():
            if serial := text(ctx, "replacement_serial"):
                store.move(ctx.session, actor, from_stock(ctx, serial), "lend", today, to=as_enterprise(ctx))
            if old.state not in PASSED_OVER:
                store.move(ctx.session, actor, old, "send_to_repair", today, to=as_service_unit(ctx), note=text(ctx, "repaired_by"))
        lent = {
            "written_card": serial.strip().upper(), "issued_as": "replacement", "stage": "original", "declined_because": None,
            **at_the_counter(ctx, old, text(ctx, "taxpayer_number")),
        }  # fmt: skip
        if ctx.variables.get("repair_due"):
            return lent
        term = tools.deadlines.start(
            ctx.session, ctx.case.instance_id, tools.rule(ctx, TERM), today,
            owner_posts=[*posts(ctx, "tax_office"), f"service_unit:{text(ctx, 'service_unit')}"],
        )  # fmt: skip
        ctx.set_due(term.due_on, term.label)
        return {**lent, "repair_due": term.due_on}

    @registry.operation("damage.book_repair")
    def book_repair(ctx: StepContext) -> Mapping[str, Any]:
        """The original is repaired, beyond repair or lost, or its replacement is broken: in every event the replacement has to come back, its data first.

        A replacement that breaks during the loan is taken back like any other and another is lent; the document does not speak of it [chosen].
        """
        result, old = ctx.variables["repair_result"], original(ctx)
        sent = [row.day for row in store.postings(ctx.session, old.id) if row.event == "send_to_repair" and row.case_id == ctx.case.instance_id]
        require_order(("送修日期", "the day it was sent to repair", sent[-1] if sent else None), ("维修结果日期", "the result of the repair", ctx.variables["repaired_on"]), "二(四)")
        back = {**dict.fromkeys(ENTERED_ONCE), "stage": "replacement", "saved_card": text(ctx, "replacement_serial"), "written_card": text(ctx, "device_serial")}
        if result == "replacement_broken":
            if replacement(ctx) is None:
                raise Declined("本案没有借出替换卡，请填写原设备的维修结果（二(四)）", "no replacement was lent in this case: enter the result of the repair (二(四))")
            return back
        if result == "lost":
            require_reported_lost(old)
        else:
            event = "repaired" if result == "repaired" else "write_off"
            with by_the_books():
                store.move(ctx.session, who(ctx), old, event, ctx.clock.today(), on=ctx.variables["repaired_on"], note=text(ctx, "repair_findings"))
        tools.deadlines.meet(ctx.session, ctx.case.instance_id, TERM, ctx.variables["repaired_on"])
        ctx.set_due(None)
        return back


def _back_at_the_counter(registry: Registry) -> None:
    @registry.operation("damage.book_return")
    def book_return(ctx: StepContext) -> Mapping[str, Any]:
        """The replacement card is back in the stock, cleared; a broken one is scrapped and collected, a lost one is left to the case of its loss.

        Source: Xi'an 2002-119, 二(五), 四4.
        """
        lent, today, actor = replacement(ctx), ctx.clock.today(), who(ctx)
        after = {"declined_because": None, **at_the_counter(ctx, original(ctx), text(ctx, "taxpayer_number"))}
        if lent is None or lent.state != "on_loan":  # lost, or back already: nothing is refused behind a card that was cleared
            return after
        if ctx.variables["returned_as"] == "lost":
            raise Declined("替换卡尚未报失，请先办理丢失被盗报告（二(五)）", "the replacement is not reported as lost: report its loss first (二(五))")
        with by_the_books():
            store.move(ctx.session, actor, lent, "give_back", today, to=as_service_unit(ctx))
            if ctx.variables["returned_as"] == "broken":
                store.move(ctx.session, actor, lent, "write_off", today)
                store.move(ctx.session, actor, lent, "collect", today, to=holders.office(district_of(ctx)))
        return after
