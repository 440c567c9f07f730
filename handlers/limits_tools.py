"""What the handlers of limit approval share: at which level a signer stands, versions, cards at hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import BpmnError, Declined, StepContext
from handlers.devices_counter import done_on
from handlers.devices_law import LAW
from handlers.devices_tools import above
from handlers.tools import own_office, text
from records.offices.model import Office
from records.taxpayers.limits import LEVELS, VERSIONS

NEW, CHANGE = "limit_approval", "limit_change"
IN_HAND = ("issued", "in_use", "on_loan")  # a card with which an enterprise bills, or is about to
SIGNED_AT: Mapping[str, str] = {  # the task at which each level decides
    "head_signs": "tax_office", "district_decides": "district", "city_decides": "city", "fix_inclusion": "city",
    "confirm_exclusion": "city", "province_decides": "province",
}  # fmt: skip


def rank(version: str) -> int:
    """The place of a version among all, the smallest first."""
    return list(VERSIONS).index(version)


def version_name(version: str) -> str:
    """The Chinese name of a version."""
    return VERSIONS[version][0]


def higher(one: str, other: str) -> str:
    """The higher of two levels."""
    return max(one, other, key=LEVELS.index)


def is_lowered(ctx: StepContext) -> bool:
    """Whether less was granted than applied for, in version or in quantity."""
    seen = ctx.variables
    return (seen["version"], seen["monthly_quantity"]) != (seen["version_applied_for"], seen["quantity_applied_for"])


def signing_level(ctx: StepContext) -> str:
    """The level at which whoever completes this step has signed: duties are apart, so that nobody signs at two."""
    done = ctx.variables.get("done_by") or {}
    found = [level for task, level in SIGNED_AT.items() if (done.get(task) or {}).get("person_id") == ctx.actor.person_id]
    return found[-1] if found else "tax_office"


def office_at(ctx: StepContext, level: str) -> Office:
    """The office of a level above the case; that of the case itself where there is none."""
    return (above(ctx, level) if level in LEVELS else None) or own_office(ctx)


def setting(ctx: StepContext, name: str) -> Any:
    """A figure of procedure.yaml as the version of the case has it; raises KeyError naming it."""
    return ctx.about[name]


def require_checked_lately(ctx: StepContext, task: str) -> None:
    """What was checked before a card was written counts for as many days as procedure.yaml says. Raises BpmnError, which leads back to the clerk.

    Source: Xi'an 2002-119, 二(五), 三(一)8.
    """
    checked, today = done_on(ctx, task), ctx.clock.today()
    if checked is not None and (today - checked).days > int(setting(ctx, "check_valid_days")):
        raise BpmnError("REFUSED", f"{checked} 核对的资料和卡片，{today} 才写卡，应重新核对后再写（{LAW}二(一)6，所选）")


def ticked(ctx: StepContext, wanted: Mapping[str, tuple[str, str]], article: str, lead: str, lead_en: str) -> None:
    """Raises Declined that names every one of the boxes that is not ticked, in Chinese and English, with the article."""
    if missing := [label for key, label in wanted.items() if ctx.variables.get(key) is not True]:
        zh, en = "、".join(one for one, _en in missing), ", ".join(one for _zh, one in missing)
        raise Declined(f"{lead}：{zh}（{LAW}{article}）", f"{lead_en}: {en} (Xi'an 2002-119, {article})")


def same_serial(ctx: StepContext, shown: str, wanted: str, name: str, refused: tuple[str, str]) -> None:
    """Raises Declined where the card at hand is not the one that the books name; `refused` says what cannot be done with another, in both languages."""
    if text(ctx, shown).strip().upper() != wanted:
        raise Declined(
            f"面前的{name}是“{text(ctx, shown)}”，本企业这台开票机的是“{wanted}”，{refused[0]}（{LAW}二(一)6）",
            f"the card at hand is {text(ctx, shown)}, but that of this machine is {wanted}: {refused[1]} (Xi'an 2002-119, 二(一)6)",
        )
