"""Applications for a limit and for its change: one at a time, corrected where they come again, never above what a new trader begins with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_acting import require_own_hand, who_acts
from handlers.devices_beside import running_beside
from handlers.devices_counter import in_reporting_period
from handlers.devices_law import LAW
from handlers.devices_tools import by_the_books, heads, number_at, tax_office_of
from handlers.limits_tools import CHANGE, rank, version_name
from handlers.tools import Tools, text, who
from records.taxpayers import limits


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the topics with which a case begins."""

    @registry.operation("limits.register_application")
    def register_application(ctx: StepContext) -> Mapping[str, Any]:
        """Registers an application, or one that comes again corrected; a second one while the first runs is refused.

        Source: Xi'an 2002-119, 二(一)1, 二(一)1(4).
        """
        seen, again = ctx.variables, bool(text(ctx, "registration_number"))
        found = heads(ctx)
        if again:
            require_own_hand(ctx, "enterprise", found["taxpayer_number"])
        _require_first(ctx, found["enterprise_name"])
        if not again:
            with by_the_books():
                limits.apply(
                    ctx.session, who(ctx), found["taxpayer_number"], ctx.clock.today(), machines=int(seen["machines"]), service_unit=found["service_unit"],
                )  # fmt: skip
        return {**found, **_begun(ctx, found, "新户纳入与限额审批")}

    @registry.operation("limits.register_change")
    def register_change(ctx: StepContext) -> Mapping[str, Any]:
        """Registers the wish of an enrolled enterprise for another version or quantity; one at a time, and in the reporting period after the report.

        Source: Xi'an 2002-119, 二(二), 三(一)8.
        """
        seen, again = ctx.variables, bool(text(ctx, "registration_number"))
        found = heads(ctx)
        if again:
            require_own_hand(ctx, "enterprise", found["taxpayer_number"])
        name, taxpayer = found["enterprise_name"], found["taxpayer_number"]
        row, now = limits.running(ctx.session, taxpayer), limits.current(ctx.session, taxpayer)
        if row is None or row.state != "in_use" or now is None:
            raise Declined(f"“{name}”的防伪税控系统尚未启用，不能申请变更（{LAW}二(二)）", f"the system of {name} is not in use: nothing can be changed (二(二))")
        if (other := _other_case(ctx, taxpayer)) is not None:
            raise Declined(f"“{name}”的申请 {other} 正在办理，不能重复申请（{LAW}二(二)）", f"the application {other} of {name} still runs (Xi'an 2002-119, 二(二))")
        if (seen["version"], int(seen["monthly_quantity"])) == (now.version, now.monthly_quantity):
            raise Declined(f"申请的{version_name(now.version)}、每月 {now.monthly_quantity} 份与现行核定相同，没有变更（{LAW}二(二)）", "nothing would change (二(二))")
        if in_reporting_period(ctx, ctx.clock.today()) and seen.get("period_reported") is not True:
            raise Declined(f"现在是报税期，应先抄税，再办理变更（{LAW}三(一)8）", "it is the reporting period: report first (Xi'an 2002-119, 三(一)8)")
        before = {"current_version": now.version, "current_quantity": now.monthly_quantity, "machines": row.machines}
        return {**found, **before, **_begun(ctx, found, "限额、限量变更")}


def _require_first(ctx: StepContext, name: str) -> None:
    """A newly recognised commercial enterprise does not begin above its ceiling. Raises Declined. Source: Xi'an 2002-119, 二(一)1(4)."""
    seen = ctx.variables
    highest, most = str(seen["first_version"]), seen.get("first_quantity")
    if rank(str(seen["version"])) > rank(highest):
        raise Declined(
            f"“{name}”是新认定的商贸企业，首次只能领购{version_name(highest)}，不能申请{version_name(str(seen['version']))}（{LAW}二(一)1(4)）",
            f"a newly recognised commercial enterprise begins with the {limits.VERSIONS[highest][1]} at most (Xi'an 2002-119, 二(一)1(4))",
        )
    if most is not None and int(seen["monthly_quantity"]) > int(most):
        raise Declined(
            f"“{name}”是新认定的商贸企业，首次每月不得超过 {int(most)} 份，但申请的是 {int(seen['monthly_quantity'])} 份（{LAW}二(一)1(4)）",
            f"a newly recognised commercial enterprise buys {int(most)} invoices a month at most (Xi'an 2002-119, 二(一)1(4))",
        )


def _begun(ctx: StepContext, found: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Number and title of the case, once; what later steps ask for."""
    registered = text(ctx, "registration_number")
    if not registered:
        registered = number_at(ctx, tax_office_of(ctx))
        ctx.set_business_key(registered)
        ctx.set_title(f"{what}：{found['enterprise_name']}")
    return {
        "registration_number": registered, "applied_on": ctx.variables.get("applied_on") or ctx.clock.today(), "declined_because": None,
        "version_applied_for": ctx.variables["version"], "lowerings": [], **who_acts(ctx, found["taxpayer_number"], found["service_unit"]),
    }  # fmt: skip


def _other_case(ctx: StepContext, taxpayer: str) -> str | None:
    """The number of another change of the enterprise that still runs.

    Source: Xi'an 2002-119, 二(二).
    """
    beside = running_beside(ctx, CHANGE, taxpayer_number=taxpayer)
    return beside[0][0].business_key if beside else None
