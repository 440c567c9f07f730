"""Decisions on a limit: agreed only to who qualifies, lowered with the enterprise's consent, refused in writing, withdrawn by the enterprise.

Source of all: Xi'an 2002-119, 二(一)1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_acting import require_own_hand, who_acts
from handlers.devices_law import LAW
from handlers.devices_tools import by_the_books, number_at
from handlers.limits_papers import issue_refusal, lowering_data
from handlers.limits_tools import NEW, office_at, rank, signing_level, version_name
from handlers.tools import Tools, text, who
from records.taxpayers import limits


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of the decision."""
    _deciding(registry)
    _ending(registry, tools)


def _deciding(registry: Registry) -> None:
    @registry.operation("limits.require_qualified")
    def require_qualified(ctx: StepContext) -> Mapping[str, Any]:
        """Whoever does not qualify for what was applied for is not agreed to: refused with reason, or lowered with consent.

        Source: Xi'an 2002-119, 二(一)1.
        """
        if ctx.variables["qualifies"] is not True:
            raise Declined(
                f"{text(ctx, 'criterion')}；不能同意，应写明理由不予批准，或降低限额并征得企业同意（{LAW}二(一)1）",
                "the enterprise does not qualify: refuse with a reason, or lower with its consent (Xi'an 2002-119, 二(一)1)",
            )
        return {}

    @registry.operation("limits.propose_lowering")
    def propose_lowering(ctx: StepContext) -> Mapping[str, Any]:
        """The approver lowers version or quantity beneath what stands, the version at most to the highest for which the enterprise qualifies.

        Source: Xi'an 2002-119, 二(一)1, 二(二).
        """
        wanted, lowered, highest = text(ctx, "version"), text(ctx, "lowered_version"), text(ctx, "highest_version")
        most = int(ctx.variables["monthly_quantity"])
        quantity = int(ctx.variables.get("lowered_quantity") or most)
        if rank(lowered) > rank(wanted) or quantity > most or (lowered, quantity) == (wanted, most):
            raise Declined(
                f"降低后的{version_name(lowered)}、每月 {quantity} 份应低于申请的{version_name(wanted)}、每月 {most} 份（{LAW}二(一)1）",
                "version or quantity must be beneath what was applied for, and neither above it (Xi'an 2002-119, 二(一)1)",
            )
        if rank(lowered) > rank(highest):
            raise Declined(f"{text(ctx, 'criterion')}；最高只能降为{version_name(highest)}（{LAW}二(一)1）", f"it qualifies for {limits.VERSIONS[highest][1]} at most")
        whose = who_acts(ctx, text(ctx, "taxpayer_number"), text(ctx, "service_unit"))
        return {"lowered_at": signing_level(ctx), "lowered_quantity": quantity, "consent": None, "consent_signed_on": None, **whose}

    @registry.operation("limits.book_lowering")
    def book_lowering(ctx: StepContext) -> Mapping[str, Any]:
        """The enterprise has consented itself, or the office has its signed paper; what it applied for stays on record.

        Source: Xi'an 2002-119, 二(一)1.
        """
        require_own_hand(ctx, "enterprise", text(ctx, "taxpayer_number"))
        granted = {"version": ctx.variables["lowered_version"], "monthly_quantity": ctx.variables["lowered_quantity"]}
        return {**granted, "lowerings": [*(ctx.variables.get("lowerings") or ()), lowering_data(ctx)]}


def _ending(registry: Registry, tools: Tools) -> None:
    @registry.operation("limits.close_application")
    def close_application(ctx: StepContext) -> Mapping[str, Any]:
        """The enterprise withdraws, or does not consent to a lower version; it may apply again.

        Source: Xi'an 2002-119, 二(一)1.
        """
        require_own_hand(ctx, "enterprise", text(ctx, "taxpayer_number"))
        because = "企业撤回申请" if ctx.variables.get("next_step") == "withdraw" else "企业不同意降低限额"
        _end(ctx, because)
        return {"closed_because": because}

    @registry.operation("limits.book_refusal")
    def book_refusal(ctx: StepContext) -> Mapping[str, Any]:
        """A refusal is written to the enterprise with its reason, under a number of the office that refuses.

        Source: Xi'an 2002-119, 二(一)1.
        """
        office = office_at(ctx, signing_level(ctx))
        found = number_at(ctx, office, "不批")
        _end(ctx, f"不予批准：{text(ctx, 'refusal_reason')}"[:200])
        issue_refusal(ctx, tools, office, found)
        return {"refusal_number": found, "refused_by_office": office.name}


def _end(ctx: StepContext, because: str) -> None:
    if ctx.case.process_id == NEW:
        with by_the_books():
            limits.end_enrolment(ctx.session, who(ctx), text(ctx, "taxpayer_number"), ctx.clock.today(), because)
