"""What is given up between approval and use, a card or the whole: nothing runs on, no card is left out of the books.

Source of all: Xi'an 2002-119, 二(一)5, 二(二).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_law import LAW
from handlers.devices_tools import by_the_books
from handlers.limits_cards import collect_sold
from handlers.limits_machines import CARDS, at_hand, at_machine, require_machine, sets
from handlers.limits_tools import NEW
from handlers.tools import Tools, text, who
from records.devices.store import devices
from records.taxpayers import limits


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of a card that is exchanged and of an enterprise that gives up."""

    @registry.operation("limits.collect_broken")
    def collect_broken(ctx: StepContext) -> Mapping[str, Any]:
        """A card that proves useless before it is issued stays with the issuing post, and the service unit sells another.

        Source: Xi'an 2002-119, 二(一)6, 四4.
        """
        kind, rows = text(ctx, "broken_card"), sets(ctx)
        row = rows[require_machine(ctx, len(rows))]
        with by_the_books():
            collect_sold(ctx, at_hand(ctx, rows, row, kind, ("sold",)))
        row[kind] = None
        return {"machine_sets": rows, **at_machine(row), "exchange": None, "broken_card": None, "declined_because": None}

    @registry.operation("limits.give_up")
    def give_up(ctx: StepContext) -> Mapping[str, Any]:
        """Cards sold and not issued come to the district, the enrolment and the term of installation end; a change ends as if never begun.

        Issued cards bear rights: they are cleared and collected by the deregistration, which comes first.

        Source: Xi'an 2002-119, 二(二)1-3, 四4.
        """
        because = f"企业放弃：{text(ctx, 'giving_up_reason')}"[:200]
        if ctx.case.process_id == NEW:
            _end_inclusion(ctx, because)
            tools.deadlines.cancel(ctx.session, ctx.case.instance_id, "installation", ctx.clock.today())
            ctx.set_due(None)
        elif written := ctx.variables.get("cards_written"):
            raise Declined(
                f"已有 {len(written)} 台开票机的两卡写入新的限额，应把其余的写完，不能放弃变更（{LAW}二(二)）",
                f"{len(written)} machines bear the new limit: write the others, the change cannot be given up (Xi'an 2002-119, 二(二))",
            )
        return {"closed_because": because}


def _end_inclusion(ctx: StepContext, because: str) -> None:
    number = text(ctx, "taxpayer_number")
    held = devices.held_by(ctx.session, "enterprise", number, CARDS)
    if issued := [one.serial for one in held if one.state != "sold"]:
        raise Declined(
            f"“{text(ctx, 'enterprise_name')}”还持有已发行的卡（{'、'.join(issued)}），应先办理注销、收缴两卡，再结束本件（{LAW}二(二)1-3）",
            f"{', '.join(issued)} are issued: deregister and collect them first (Xi'an 2002-119, 二(二)1-3)",
        )
    with by_the_books():
        for one in held:
            collect_sold(ctx, one)
        if limits.running(ctx.session, number) is not None:
            limits.end_enrolment(ctx.session, who(ctx), number, ctx.clock.today(), because)
