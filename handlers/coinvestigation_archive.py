"""The archive: papers and electronic copy of a delegation or of a received one are filed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from engine.registry import Registry, StepContext
from handlers.tools import Tools, own_office, ref, text, who
from records.coinvestigation.store import delegations, paperwork, receipts


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the topics of both sides."""

    @registry.operation("coinvestigation.archive_delegation")
    def archive_delegation(ctx: StepContext) -> Mapping[str, Any]:
        """Files the papers and the electronic copy of a delegation.

        Source: Ningbo 2001-19, annex 2, art. 16.
        """
        subject = ctx.variables["delegation_id"]
        _archive(ctx, subject)
        delegations.move_delegation(ctx.session, who(ctx), subject, "archive", archived_on=ctx.clock.today())
        return {}

    @registry.operation("coinvestigation.archive_receipt")
    def archive_receipt(ctx: StepContext) -> Mapping[str, Any]:
        """Files the papers and the electronic copy of a received delegation.

        Source: Ningbo 2001-19, annex 2, art. 16.
        """
        subject = ctx.variables["receipt_id"]
        _archive(ctx, subject)
        receipts.move_receipt(ctx.session, who(ctx), subject, "archive", archived_on=ctx.clock.today())
        return {}


def _archive(ctx: StepContext, subject_id: str) -> None:
    paperwork.archive(
        ctx.session, who(ctx), subject_id, ref(own_office(ctx)), class_code=text(ctx, "archive_class"), location=text(ctx, "location"),
        page_count=int(ctx.variables["page_count"]), electronic_sha256=_electronic(ctx), today=ctx.clock.today(),
    )  # fmt: skip


def _electronic(ctx: StepContext) -> str:
    """One hash over what the case holds in words, so that the electronic copy can be compared later."""
    return hashlib.sha256(repr(sorted((name, str(value)) for name, value in ctx.variables.items())).encode()).hexdigest()
