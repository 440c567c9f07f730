"""Who acts for a party: itself where it has an account, else the tax office, which records what was signed on paper."""

from __future__ import annotations

from typing import Any

from engine.registry import Declined, StepContext
from records.offices import parties


def has_account(ctx: StepContext, party: str) -> bool:
    """Whether somebody of a party can sign in, so that it does its tasks itself."""
    return bool(parties.with_accounts(ctx.session, [party]))


def clerk_of(ctx: StepContext, party: str) -> str:
    """The office whose clerk acts from signed papers for a party without an account; empty where it acts itself."""
    return "" if has_account(ctx, party) else ctx.case.office_id


def who_acts(ctx: StepContext, taxpayer: str, unit: str) -> dict[str, Any]:
    """Whose tasks the tax office does: `clerk_office` and `unit_clerk_office` name it for an enterprise, a service unit without an account."""
    clerk = clerk_of(ctx, f"enterprise:{taxpayer}")
    return {"enterprise_has_account": not clerk, "clerk_office": clerk, "unit_clerk_office": clerk_of(ctx, f"service_unit:{unit}")}


def require_own_hand(ctx: StepContext, kind: str, number: str) -> None:
    """A party that has an account does its tasks itself; for one without, the tax office records what it has signed on paper. Raises Declined."""
    party = f"{kind}:{number}"
    if ctx.actor.party != party and has_account(ctx, party):
        whom, whom_en = parties.KINDS[kind]
        raise Declined(f"该{whom}在本系统有账户，应由其本人办理", f"the {whom_en} has an account here and does this itself")
