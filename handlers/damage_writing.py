"""Cards are written in pairs: looked at before, booked behind; what the books decline then leads back to the clerk.

Source of all: Xi'an 2002-119, 二(一)6, 二(四), 二(五).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Registry, StepContext
from handlers.damage_tools import limit_of, original, partner, require_limit_in_force, require_machine, require_writable
from handlers.devices_counter import behind_the_station
from handlers.devices_tools import as_enterprise, by_the_books
from handlers.tools import Tools, text, who
from records.devices import store


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the topics of issue and swap."""

    @registry.operation("damage.check_cards")
    def check_cards(ctx: StepContext) -> Mapping[str, Any]:
        """Before a card is written: neither of the pair is stopped, both may be written, with the limit of this day. Source: Xi'an 2002-119, 二(一)1, 二(五)."""
        with by_the_books():
            require_writable(ctx)
        return {**limit_of(ctx, text(ctx, "taxpayer_number")), "machine_no": require_machine(ctx), "declined_because": None}

    @registry.operation("damage.book_issue")
    def book_issue(ctx: StepContext) -> Mapping[str, Any]:
        """Books that the pair was written: a new card is issued, the other card of the pair written anew. Source: Xi'an 2002-119, 二(一)6."""
        with behind_the_station(ctx):
            require_writable(ctx)
            require_limit_in_force(ctx)
            written = store.device(ctx.session, original(ctx).kind, text(ctx, "written_card"))
            if ctx.variables["issued_as"] == "new" and written.state == "sold":
                store.move(ctx.session, who(ctx), written, "issue", ctx.clock.today())
            _written_anew(ctx)
        return {"declined_because": None}

    @registry.operation("damage.book_swap")
    def book_swap(ctx: StepContext) -> Mapping[str, Any]:
        """The repaired original is in use again, with the enterprise."""
        if not ctx.variables["is_card"]:
            with by_the_books():
                store.move(ctx.session, who(ctx), original(ctx), "swap_back", ctx.clock.today(), to=as_enterprise(ctx))
            return {}
        with behind_the_station(ctx):
            require_writable(ctx)
            require_limit_in_force(ctx)
            store.move(ctx.session, who(ctx), original(ctx), "swap_back", ctx.clock.today(), to=as_enterprise(ctx))
            store.move(ctx.session, who(ctx), original(ctx), "reissue", ctx.clock.today())
            _written_anew(ctx)
        return {"declined_because": None}


def _written_anew(ctx: StepContext) -> None:
    """A posting of the other card of the pair, which was written with it."""
    other = partner(ctx)
    event = {"sold": "issue", "in_use": "reissue"}.get(other.state) if other is not None else None
    if other is not None and event is not None:
        store.move(ctx.session, who(ctx), other, event, ctx.clock.today())
