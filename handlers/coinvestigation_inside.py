"""Verification inside the own district: nothing is sent, a month is given for it, and three sign what was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Registry, StepContext
from handlers.coinvestigation_findings import book_findings, move_to_inspection, results
from handlers.coinvestigation_signing import sign_all
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

    @registry.operation("coinvestigation.note_verification")
    def note_verification(ctx: StepContext) -> Mapping[str, Any]:
        """Writes down what the inspector found, for those who sign it; what is returned and corrected is written anew.

        Source: Ningbo 2001-19, annex 1, art. 10 (1); annex 2, arts. 8 and 15.
        """
        delegation_id = ctx.variables["delegation_id"]
        book_findings(ctx, delegation_id, results(ctx, delegations.faces_of(ctx.session, delegation_id)))
        return {"return_reason": None}

    @registry.operation("coinvestigation.book_verification")
    def book_verification(ctx: StepContext) -> Mapping[str, Any]:
        """Ends the verification and its month once all have signed; violations move into inspection proceedings.

        Source: Ningbo 2001-19, annex 1, arts. 9 and 10 (1); annex 2, art. 15.
        """
        delegation_id = ctx.variables["delegation_id"]
        found = results(ctx, delegations.faces_of(ctx.session, delegation_id))
        if signed_at := ctx.about.get("verification_signed_at"):
            sign_all(ctx, delegation_id, "verification", signed_at)
        else:  # cases of earlier versions have nobody who checks and approves: what was found is written here
            book_findings(ctx, delegation_id, found)
        moved = move_to_inspection(ctx, tools, delegation_id, found)
        _end(ctx, tools, delegation_id)
        return moved


def _end(ctx: StepContext, tools: Tools, delegation_id: str) -> None:
    """The result stands in the books: the month is kept, and an urging has nothing left to urge (annex 1, art. 10 (1))."""
    today = ctx.clock.today()
    delegations.move_delegation(ctx.session, who(ctx), delegation_id, "answer", replied_on=today)
    tools.deadlines.meet(ctx.session, ctx.case.instance_id, TERM, today)
    ctx.set_due(None)
    ctx.send("matter_settled", ctx.case.instance_id, {"settled_by": "已完成核查"}, if_awaited=True)
