"""What the handlers of limit approval share: who acts for a party, at which level a signer stands, the books behind a station's answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from engine.registry import BpmnError, Declined, StepContext
from handlers.devices_tools import above
from handlers.tools import declining, own_office, text, who
from records.audit import Who
from records.devices import kinds
from records.devices.errors import DevicesError
from records.devices.model import Device
from records.devices.states import name as state_name
from records.devices.store import devices
from records.devices.store.stops import require_not_stopped
from records.invoices.errors import InvoicesError
from records.offices import parties
from records.offices.model import Office
from records.taxpayers.errors import TaxpayerRuleRefused
from records.taxpayers.limits import LEVELS, VERSIONS

LAW = "市国税发〔2002〕119号"
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


def has_account(ctx: StepContext, party: str) -> bool:
    """Whether somebody of a party can sign in, so that it does its tasks itself."""
    return bool(parties.with_accounts(ctx.session, [party]))


def who_acts(ctx: StepContext, taxpayer: str, unit: str) -> dict[str, Any]:
    """Whose tasks the tax office does from signed papers: `clerk_office` and `unit_clerk_office` name it for a party without an account."""
    enterprise, service = has_account(ctx, f"enterprise:{taxpayer}"), has_account(ctx, f"service_unit:{unit}")
    own = ctx.case.office_id
    return {"enterprise_has_account": enterprise, "clerk_office": "" if enterprise else own, "unit_clerk_office": "" if service else own}


def require_own_hand(ctx: StepContext, kind: str, number: str) -> None:
    """A party that has an account does its tasks itself; for one without, the tax office records what it has signed on paper. Raises Declined."""
    party = f"{kind}:{number}"
    if ctx.actor.party != party and has_account(ctx, party):
        whom, whom_en = parties.KINDS[kind]
        raise Declined(f"该{whom}在本系统有帐户，应由其本人办理", f"the {whom_en} has an account here and does this itself")


def signing_level(ctx: StepContext) -> str:
    """The level at which whoever completes this step has signed: duties are apart, so that nobody signs at two."""
    done = ctx.variables.get("done_by") or {}
    found = [level for task, level in SIGNED_AT.items() if (done.get(task) or {}).get("person_id") == ctx.actor.person_id]
    return found[-1] if found else "tax_office"


def office_at(ctx: StepContext, level: str) -> Office:
    """The office of a level above the case; that of the case itself where there is none."""
    return (above(ctx, level) if level in LEVELS else None) or own_office(ctx)


def done_by(ctx: StepContext, task: str) -> Who:
    """Whoever did a task, as the one who acts behind the answer of a station."""
    done = (ctx.variables.get("done_by") or {}).get(task) or {}
    if not done:
        return who(ctx)
    return Who(str(done["person_id"]), str(done["name"]), ctx.clock.now(), ctx.case.instance_id, ctx.element_id)


def done_on(ctx: StepContext, task: str) -> date | None:
    """The day on which a task was done last."""
    on = ((ctx.variables.get("done_by") or {}).get(task) or {}).get("on")
    return on if isinstance(on, date) else None


def setting(ctx: StepContext, name: str) -> Any:
    """A figure of procedure.yaml as the version of the case has it; raises KeyError naming it."""
    return ctx.about[name]


def in_reporting_period(ctx: StepContext, day: date) -> bool:
    """Whether tax reports are due on a day of the month. Source: Xi'an 2002-119, 三(一)5."""
    period: Mapping[str, int] = setting(ctx, "reporting_period")
    return int(period["from_day"]) <= day.day <= int(period["to_day"])


def require_checked_lately(ctx: StepContext, task: str) -> None:
    """What was checked before a card was written counts for as many days as procedure.yaml says. Raises BpmnError, which leads back to the clerk.

    Source: Xi'an 2002-119, 二(五), 三(一)8.
    """
    checked, today = done_on(ctx, task), ctx.clock.today()
    if checked is not None and (today - checked).days > int(setting(ctx, "check_valid_days")):
        raise BpmnError("REFUSED", f"{checked} 核对的资料和卡片，{today} 才写卡，应重新核对后再写（{LAW}二(一)6，所选）")


@contextmanager
def behind_the_station(ctx: StepContext) -> Iterator[None]:
    """What the books decline once a card is written leaves nothing half done and leads back to the clerk with its sentence."""
    try:
        with ctx.session.begin_nested():
            yield
    except (DevicesError, InvoicesError, TaxpayerRuleRefused) as refusal:
        raise BpmnError("REFUSED", str(refusal)) from refusal


def ticked(ctx: StepContext, wanted: Mapping[str, tuple[str, str]], article: str, lead: str, lead_en: str) -> None:
    """Raises Declined that names every one of the boxes that is not ticked, in Chinese and English, with the article."""
    if missing := [label for key, label in wanted.items() if ctx.variables.get(key) is not True]:
        zh, en = "、".join(one for one, _en in missing), ", ".join(one for _zh, one in missing)
        raise Declined(f"{lead}：{zh}（{LAW}{article}）", f"{lead_en}: {en} (Xi'an 2002-119, {article})")


def at_hand(ctx: StepContext, kind: str, states: Collection[str]) -> Device:
    """The device of the case, or the one that has taken its place meanwhile: what the enterprise holds in one of these states. Raises Declined.

    A card that is damaged or lost before the system goes into use is replaced by a case of its own. Source: Xi'an 2002-119, 二(一)6, 二(四), 二(五).
    """
    serial = text(ctx, kind)
    held = [one for one in devices.held_by(ctx.session, "enterprise", text(ctx, "taxpayer_number"), {kind}) if one.state in states]
    if (found := next((one for one in held if one.serial == serial), held[-1] if held else None)) is not None:
        return found
    with declining(DevicesError):
        require_not_stopped(ctx.session, kind, serial)
        now = devices.device(ctx.session, kind, serial)
    raise Declined(
        f"{kinds.name(kind)}“{serial}”现由“{now.holder_name or '无'}”持有，状态为“{state_name('device', now.state)}”，企业也没有另一张可用的，不能这样办理（{LAW}二(一)6）",
        f"{serial} is held by {now.holder_name or 'nobody'} and is {state_name('device', now.state, 'en')}; the enterprise has no other (Xi'an 2002-119, 二(一)6)",
    )


def same_serial(ctx: StepContext, shown: str, wanted: str, name: str) -> None:
    """Raises Declined where the card at hand is not the one that the books name."""
    if text(ctx, shown).strip().upper() != wanted:
        raise Declined(
            f"面前的{name}是“{text(ctx, shown)}”，本企业购买的是“{wanted}”，不能发行给其他编号的卡（{LAW}二(一)6）",
            f"the card at hand is {text(ctx, shown)}, but the enterprise bought {wanted} (Xi'an 2002-119, 二(一)6)",
        )
