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
from handlers.limits_recognition import require_first
from handlers.limits_tools import CHANGE, version_name
from handlers.tools import Tools, text, who
from records.taxpayers import limits


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the topics with which a case begins."""
    _beginning(registry)
    _changing(registry)


def _beginning(registry: Registry) -> None:
    @registry.operation("limits.register_application")
    def register_application(ctx: StepContext) -> Mapping[str, Any]:
        """Registers an application, or one that comes again corrected, from the enterprise itself where it has an account; a second one while the first
        runs is refused.

        Source: Xi'an 2002-119, 二(一)1, 二(一)1(4).
        """
        again, found = bool(text(ctx, "registration_number")), heads(ctx)
        require_first(ctx, found["enterprise_name"])
        if not again:
            with by_the_books():
                limits.apply(
                    ctx.session, who(ctx), found["taxpayer_number"], ctx.clock.today(), machines=int(ctx.variables["machines"]), service_unit=found["service_unit"],
                )  # fmt: skip
        require_own_hand(ctx, "enterprise", found["taxpayer_number"])
        return {**found, **_begun(ctx, found, "新户纳入与限额审批")}

    @registry.operation("limits.heed_standard")
    def heed_standard(ctx: StepContext) -> Mapping[str, Any]:
        """Whoever applies for a version beneath whose standard he stays is told so at the form, and applies for it all the same only knowingly.

        Source: Xi'an 2002-119, 二(一)1.
        """
        seen, highest = ctx.variables, text(ctx, "highest_version")
        if seen["qualifies"] is not True and seen.get("beyond_standard") is not True:
            raise Declined(
                f"{text(ctx, 'criterion')}；按所填单价和销售额，最高可申请{version_name(highest)}。仍要申请{version_name(text(ctx, 'version'))}的，请勾选“已知……仍按此申请”（{LAW}二(一)1）",
                f"below the standard: it qualifies for the {limits.VERSIONS[highest][1]}; tick that you apply for more all the same (Xi'an 2002-119, 二(一)1)",
            )
        return {}


def _changing(registry: Registry) -> None:
    @registry.operation("limits.register_change")
    def register_change(ctx: StepContext) -> Mapping[str, Any]:
        """Registers the wish of an enrolled enterprise for another version or quantity, from itself where it has an account; one at a time, and in the
        reporting period after the report.

        Source: Xi'an 2002-119, 二(二), 三(一)8.
        """
        seen, found = ctx.variables, heads(ctx)
        name, taxpayer = found["enterprise_name"], found["taxpayer_number"]
        row, now = limits.running(ctx.session, taxpayer), limits.current(ctx.session, taxpayer)
        if row is None or row.state != "in_use" or now is None:
            raise Declined(f"“{name}”的防伪税控系统尚未启用，不能申请变更（{LAW}二(二)）", f"the system of {name} is not in use: nothing can be changed (二(二))")
        if (other := _other_case(ctx, taxpayer)) is not None:
            raise Declined(f"“{name}”的申请 {other} 正在办理，不能重复申请（{LAW}二(二)）", f"the application {other} of {name} still runs (Xi'an 2002-119, 二(二))")
        if (seen["version_applied_for"], int(seen["quantity_applied_for"])) == (now.version, now.monthly_quantity):
            raise Declined(f"申请的{version_name(now.version)}、每月 {now.monthly_quantity} 份与现行核定相同，没有变更（{LAW}二(二)）", "nothing would change (二(二))")
        if in_reporting_period(ctx, ctx.clock.today()) and seen.get("period_reported") is not True:
            raise Declined(f"现在是报税期，应先抄税，再办理变更（{LAW}三(一)8）", "it is the reporting period: report first (Xi'an 2002-119, 三(一)8)")
        require_own_hand(ctx, "enterprise", taxpayer)
        before = {"current_version": now.version, "current_quantity": now.monthly_quantity, "machines": row.machines}
        return {**found, **before, **_begun(ctx, found, "限额、限量变更")}


def _begun(ctx: StepContext, found: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Number and title of the case, once; what later steps ask for."""
    registered = text(ctx, "registration_number")
    if not registered:
        registered = number_at(ctx, tax_office_of(ctx))
        ctx.set_business_key(registered)
        ctx.set_title(f"{what}：{found['enterprise_name']}")
    return {
        "registration_number": registered, "applied_on": ctx.variables.get("applied_on") or ctx.clock.today(), "declined_because": None,
        "version": ctx.variables["version_applied_for"], "monthly_quantity": ctx.variables["quantity_applied_for"], "lowerings": [],
        **who_acts(ctx, found["taxpayer_number"], found["service_unit"]),
    }  # fmt: skip


def _other_case(ctx: StepContext, taxpayer: str) -> str | None:
    """The number of another change of the enterprise that still runs.

    Source: Xi'an 2002-119, 二(二).
    """
    beside = running_beside(ctx, CHANGE, taxpayer_number=taxpayer)
    return beside[0][0].business_key if beside else None
