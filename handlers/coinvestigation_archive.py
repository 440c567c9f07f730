"""The archive: papers and electronic copy of a delegation or of a received one are filed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from db.blobs import put_blob
from engine.registry import Registry, StepContext
from handlers.coinvestigation_copy import electronic_copy
from handlers.tools import Tools, declining, own_office, ref, text, who
from records.coinvestigation.errors import PlaceTaken
from records.coinvestigation.store import delegations, paperwork, receipts


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of both sides."""

    @registry.operation("coinvestigation.archive_delegation")
    def archive_delegation(ctx: StepContext) -> Mapping[str, Any]:
        """Files the papers and the electronic copy of a delegation.

        Source: Ningbo 2001-19, annex 2, art. 16.
        """
        subject = ctx.variables["delegation_id"]
        delegations.move_delegation(ctx.session, who(ctx), subject, "archive", archived_on=ctx.clock.today())
        _archive(ctx, tools, subject)
        return {}

    @registry.operation("coinvestigation.archive_receipt")
    def archive_receipt(ctx: StepContext) -> Mapping[str, Any]:
        """Files the papers and the electronic copy of a received delegation.

        Source: Ningbo 2001-19, annex 2, art. 16.
        """
        subject = ctx.variables["receipt_id"]
        receipts.move_receipt(ctx.session, who(ctx), subject, "archive", archived_on=ctx.clock.today())
        _archive(ctx, tools, subject)
        return {}


def _archive(ctx: StepContext, tools: Tools, subject_id: str) -> None:
    """Files what has come to its end: the copy is made of the record as it stays."""
    copy = electronic_copy(ctx.session, tools.papers, subject_id)
    kept = put_blob(ctx.session, copy, "application/json", ctx.clock.now())
    with declining(PlaceTaken):
        paperwork.archive(
            ctx.session, who(ctx), subject_id, ref(own_office(ctx)), class_code=text(ctx, "archive_class"), location=text(ctx, "location"),
            page_count=int(ctx.variables["page_count"]), today=ctx.clock.today(), electronic_sha256=kept,
        )  # fmt: skip
