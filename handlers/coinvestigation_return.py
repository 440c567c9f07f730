"""What comes back to the delegating side: the reply, or word that it comes later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Registry, StepContext
from handlers.coinvestigation_papers import deliver
from handlers.tools import Tools, officer_posts, text, who
from records.coinvestigation.store import delegations


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of both."""

    @registry.operation("coinvestigation.note_extension")
    def note_extension(ctx: StepContext) -> Mapping[str, Any]:
        """The other authority answers later, with its city's approval: the record and the officers know the new day.

        Source: Ningbo 2001-19, annex 2, art. 13.
        """
        until = ctx.variables["extended_to"]
        delegations.revise_delegation(ctx.session, who(ctx), ctx.variables["delegation_id"], due_on=until)
        tools.tell(
            ctx, officer_posts(ctx.session, ctx.case.office_id), "extended",
            f"受托方经批准延期至 {until} 回复：{text(ctx, 'extension_reason')}", f"the reply was put off until {until} with approval",
        )  # fmt: skip
        return {}

    @registry.operation("coinvestigation.record_reply")
    def record_reply(ctx: StepContext) -> Mapping[str, Any]:
        """The reply has come back by message, with its papers.

        Source: Ningbo 2001-19, annex 1, art. 11; annex 2, art. 12.
        """
        deliver(ctx, tools, text(ctx, "reply_case_id"), "reply")
        delegations.move_delegation(ctx.session, who(ctx), ctx.variables["delegation_id"], "answer", replied_on=ctx.clock.today())
        return {}
