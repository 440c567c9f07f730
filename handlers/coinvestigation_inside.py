"""Verification inside the own district: nothing is sent, and a month is given for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Registry, StepContext
from handlers.coinvestigation_findings import book, results
from handlers.tools import Tools, officer_posts, who
from records.coinvestigation.store import delegations

TERM = "verify_inside"


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of this side."""

    @registry.operation("coinvestigation.start_verification")
    def start_verification(ctx: StepContext) -> Mapping[str, Any]:
        """The month begins on the day on which the invoices came, not on that on which a case was made of them.

        Source: Ningbo 2001-19, annex 1, art. 10 (1).
        """
        delegations.move_delegation(ctx.session, who(ctx), ctx.variables["delegation_id"], "verify")
        row = tools.deadlines.start(
            ctx.session, ctx.case.instance_id, tools.rule(ctx, TERM),
            delegations.received_on(ctx.session, ctx.variables["delegation_id"]),
            owner_posts=officer_posts(ctx.session, ctx.case.office_id),
        )  # fmt: skip
        ctx.set_due(row.due_on, row.label)
        return {}

    @registry.operation("coinvestigation.book_verification")
    def book_verification(ctx: StepContext) -> Mapping[str, Any]:
        """Books the result of the verification and ends the month; violations move into inspection proceedings.

        Source: Ningbo 2001-19, annex 1, arts. 9 and 10 (1).
        """
        delegation_id, today = ctx.variables["delegation_id"], ctx.clock.today()
        book(ctx, delegation_id, results(ctx, delegations.faces_of(ctx.session, delegation_id)))
        delegations.move_delegation(ctx.session, who(ctx), delegation_id, "answer", replied_on=today)
        tools.deadlines.meet(ctx.session, ctx.case.instance_id, TERM, today)
        ctx.set_due(None)
        ctx.send("matter_settled", ctx.case.instance_id, {"settled_by": "已完成核查"}, if_awaited=True)
        return {}
