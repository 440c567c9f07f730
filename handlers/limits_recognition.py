"""Whether an enterprise is a newly recognised trader: by the books and the days, as the reviewer has verified them, never by its own tick.

Source of all: Xi'an 2002-119, 二(一)1(4), 二(一)2.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_law import LAW
from handlers.devices_tools import number_of
from handlers.limits_tools import rank, version_name
from handlers.tools import Tools, text
from records.taxpayers import enrolments, limits


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the topics of the first limit."""

    @registry.operation("limits.look_up_recognition")
    def look_up_recognition(ctx: StepContext) -> Mapping[str, Any]:
        """The facts by which the table `new_trader` decides: what the reviewer has verified, else what the enterprise says; by the books, whether it ever
        billed under a limit: one that was granted and given up before the system was in use is no first limit yet.

        Source: Xi'an 2002-119, 二(一)1(4), 二(一)2.
        """
        seen, differ = ctx.variables, ctx.element_id == "confirm_recognition" and ctx.variables.get("facts_differ") is True
        since = seen["recognised_on_verified" if differ else "general_taxpayer_since"]
        return {
            "business_held": text(ctx, "business_verified" if differ else "business"), "recognised_on_held": since, "facts_differ": differ,
            "recognised_months": full_months(since, seen.get("applied_on") or ctx.clock.today()), "first_limit": _is_first(ctx),
        }  # fmt: skip

    @registry.operation("limits.require_ceiling")
    def require_ceiling(ctx: StepContext) -> Mapping[str, Any]:
        """What the reviewer has verified may make a new trader of the enterprise: then more than its first limit is not sent up, but corrected.

        Source: Xi'an 2002-119, 二(一)1(4), 二(一)2.
        """
        require_first(ctx, text(ctx, "enterprise_name"))
        return {}


def _is_first(ctx: StepContext) -> bool:
    number = number_of(ctx)
    return limits.current(ctx.session, number) is None or not enrolments.was_in_use(ctx.session, number)


def full_months(since: date, until: date) -> int:
    """The months that are full between two days; none before the first is."""
    return max(0, (until.year - since.year) * 12 + until.month - since.month - (until.day < since.day))


def require_first(ctx: StepContext, name: str) -> None:
    """A newly recognised trader does not begin above its ceiling. Raises Declined. Source: Xi'an 2002-119, 二(一)1(4)."""
    highest, most = text(ctx, "first_version"), ctx.variables.get("first_quantity")
    wanted, quantity = text(ctx, "version_applied_for"), int(ctx.variables["quantity_applied_for"])
    if rank(wanted) > rank(highest):
        raise Declined(
            f"“{name}”是新认定的商贸企业，首次只能领购{version_name(highest)}，不能申请{version_name(wanted)}（{LAW}二(一)1(4)）",
            f"a newly recognised commercial enterprise begins with the {limits.VERSIONS[highest][1]} at most (Xi'an 2002-119, 二(一)1(4))",
        )
    if most is not None and quantity > int(most):
        raise Declined(
            f"“{name}”是新认定的商贸企业，首次每月不得超过 {int(most)} 份，但申请的是 {quantity} 份（{LAW}二(一)1(4)）",
            f"a newly recognised commercial enterprise buys {int(most)} invoices a month at most (Xi'an 2002-119, 二(一)1(4))",
        )
