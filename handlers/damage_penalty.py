"""Improper keeping or use of a device counts as that of special invoices: the tax office proposes, its head signs. Source: Xi'an 2002-119, 三(一)14."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Registry, StepContext
from handlers.devices_tools import number
from handlers.issuing import issue
from handlers.tools import Tools, signer, text
from records.devices import kinds


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of a penalty referral."""

    @registry.operation("damage.open_referral")
    def open_referral(ctx: StepContext) -> Mapping[str, Any]:
        """Numbers the case; what it rests on came with it from the damaged device. Source: Xi'an 2002-119, 三(一)14."""
        registered = number(ctx, tools, "罚")
        ctx.set_business_key(registered)
        return {"registration_number": registered}

    @registry.operation("damage.issue_referral")
    def issue_referral(ctx: StepContext) -> Mapping[str, Any]:
        """Issues the referral over the signature of the head. Source: Xi'an 2002-119, 三(一)14."""
        proposed, decided = signer(ctx, "propose_penalty"), signer(ctx, "decide_penalty")
        names = ("office_name", "enterprise_name", "taxpayer_number", "findings", "confirmation_number", "opinion")
        data = {name: text(ctx, name) for name in names} | {
            "kind": kinds.name(text(ctx, "device_kind")), "serial": text(ctx, "device_serial"), "ground": text(ctx, "penalty_ground"), "facts": text(ctx, "penalty_facts"),
            "proposal": text(ctx, "penalty_proposal"), "proposed_by": proposed["name"], "proposed_on": proposed["on"], "leader": decided["name"], "date": decided["on"],
        }  # fmt: skip
        issue(ctx, tools, "penalty_referral", data, number=text(ctx, "registration_number"))
        return {}
