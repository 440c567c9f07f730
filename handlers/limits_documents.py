"""What is handed down once a limit is decided: the books take it over, and the papers of the law are issued under the number of whoever decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Registry, StepContext
from handlers.devices_days import require_order
from handlers.devices_tools import by_the_books, number_at
from handlers.limits_papers import issue_change, issue_inclusion
from handlers.limits_tools import higher, is_lowered, office_at
from handlers.tools import Tools, text, who
from records.taxpayers import limits


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics behind the decision."""

    @registry.operation("limits.issue_documents")
    def issue_documents(ctx: StepContext) -> Mapping[str, Any]:
        """The city has included the enterprise: limit and enrolment stand in the books, “两书、一表、一通知” are issued.

        Source: Xi'an 2002-119, 二(一)4.
        """
        seen, today, number = ctx.variables, ctx.clock.today(), text(ctx, "taxpayer_number")
        require_order(("纳入日期", "the inclusion", today), ("培训日期", "the training", seen["training_on"]), "二(一)4")
        level, approval = _decided(ctx)
        with by_the_books():
            limits.enrol(ctx.session, who(ctx), number, today, machines=int(seen["machines"]), service_unit=text(ctx, "service_unit"))
            limits.grant(
                ctx.session, who(ctx), number, text(ctx, "version"), seen["per_invoice"], int(seen["monthly_quantity"]), decided_level=level,
                decided_on=today, document_number=approval, kind="lowered" if is_lowered(ctx) else "first",
            )  # fmt: skip
        issue_inclusion(ctx, tools, approval)
        return {"approval_number": approval, "decided_level": level, "level": level, "approved_on": today, "machine_no": 0, "machine_sets": []}

    @registry.operation("limits.book_training")
    def book_training(ctx: StepContext) -> Mapping[str, Any]:
        """The operator is trained once the enterprise is included, and not before.

        Source: Xi'an 2002-119, 二(一)4, 二(一)5.
        """
        seen = ctx.variables
        require_order(("纳入批准日期", "the inclusion", seen["approved_on"]), ("培训完成日期", "the training", seen["trained_on"]), "二(一)4")
        return {}

    @registry.operation("limits.issue_change_documents")
    def issue_change_documents(ctx: StepContext) -> Mapping[str, Any]:
        """The change is decided; the limit in force changes with the cards, which the issuing post is told to write anew.

        Source: Xi'an 2002-119, 二(二).
        """
        level, approval = _decided(ctx)
        issue_change(ctx, tools, level, approval)
        return {"approval_number": approval, "decided_level": level, "level": level, "approved_on": ctx.clock.today()}


def _decided(ctx: StepContext) -> tuple[str, str]:
    """(the level that decided, the document number of its office); who lowered has decided, however small the limit became."""
    level, lowered = text(ctx, "level"), text(ctx, "lowered_at")
    level = higher(level, lowered) if lowered else level
    return level, number_at(ctx, office_at(ctx, level), "限")
