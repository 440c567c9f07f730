"""An extension was granted: whoever waits for the reply is told, and the case that was asked takes its new term."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Registry, StepContext
from handlers.coinvestigation_lower_terms import TERMS
from handlers.tools import Tools, officer_posts, text
from records.coinvestigation.store import receipts


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of both."""

    @registry.operation("coinvestigation.tell_delegating_party")
    def tell_delegating_party(ctx: StepContext) -> Mapping[str, Any]:
        """Tells whoever waits for the reply: the delegating party's case, or the level that passed the matter down.

        Source: Ningbo 2001-19, annex 2, art. 13.
        """
        session, until, reason = ctx.session, ctx.variables["extended_to"], text(ctx, "reason")
        row = receipts.receipt(session, ctx.variables["receipt_id"])
        if row.parent_id is None:
            ctx.send(
                "extension_granted", row.delegation_id, {"extended_to": until, "extension_reason": reason}, if_awaited=True
            )
        else:
            above = receipts.receipt(session, row.parent_id)
            zh, en = f"下级经批准延期至 {until} 回复：{reason}", f"the lower level answers by {until} with approval"
            tools.deadlines.notify(session, officer_posts(session, above.office_id), above.case_id, "extension", zh, en)
        receipts.tell_extension(session, ctx.variables["extension_id"], ctx.clock.today())
        return {}

    @registry.operation("coinvestigation.take_extension")
    def take_extension(ctx: StepContext) -> Mapping[str, Any]:
        """The case that was asked for takes the new term; its open tasks carry it from now on.

        Source: Ningbo 2001-19, annex 2, art. 13.
        """
        term = tools.deadlines.running(ctx.session, ctx.case.instance_id, TERMS)
        if term is not None:
            ctx.set_due(term.due_on, term.label)
            ctx.refresh_timers()
        return {}
