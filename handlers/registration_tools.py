"""What change, deregistration, handing up and destruction share: devices as lists to tick, cases that run beside, papers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.codec import decode
from engine.registry import Declined, StepContext
from engine.tables import CaseParty, Instance, Variable
from handlers.coinvestigation_papers import issue
from handlers.tools import Tools
from records.devices import kinds, states
from records.devices.model import Device
from records.devices.store import devices
from records.devices.store.stops import entry_of
from records.offices import parties

LAW = "市国税发〔2002〕119号"
NOT_YET, OUTSIDE = "not_yet", "outside"

__all__ = [
    "LAW", "NOT_YET", "chosen", "clerk_office", "deadline_posts", "issue", "key_of", "labels", "named", "opinions", "options", "require_reported",
    "running_beside", "stopped", "to_read",
]  # fmt: skip


def key_of(device: Device) -> str:
    """How a list of a form names a device: kind and serial, by which the books know it."""
    return f"{device.kind}:{device.serial}"


def to_read(device: Device, language: str = "zh") -> str:
    """A device as a list shows it: kind, serial, state."""
    state = states.name("device", device.state, language)
    return f"{kinds.name(device.kind, language)} {device.serial}" + (f" ({state})" if language == "en" else f"（{state}）")


def options(found: Iterable[Device]) -> list[dict[str, str]]:
    """Devices as the variable of a case from which a form offers them."""
    return [{"value": key_of(one), "label": to_read(one), "label_en": to_read(one, "en")} for one in found]


def chosen(session: Session, keys: Iterable[str]) -> list[Device]:
    """The devices that were ticked; raises DeviceUnknown."""
    return [devices.device(session, *key.split(":", 1)) for key in keys]


def clerk_office(ctx: StepContext, taxpayer_number: str) -> str:
    """The office whose clerk acts from signed papers for an enterprise without an account; none where it acts itself."""
    return "" if parties.with_accounts(ctx.session, [f"enterprise:{taxpayer_number}"]) else ctx.case.office_id


def named(keys: Iterable[str], language: str = "zh") -> str:
    """Ticked devices in a sentence."""
    pairs = [key.split(":", 1) for key in keys]
    return (", " if language == "en" else "、").join(f"{kinds.name(kind, language)} {serial}" for kind, serial in pairs)


def labels(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The values of a list of options."""
    return [str(row["value"]) for row in rows]


def stopped(session: Session, device: Device) -> bool:
    """Whether the serial is on the stop list. Source: Xi'an 2002-119, 二(五)."""
    return entry_of(session, device.kind, device.serial) is not None


def require_reported(ctx: StepContext, what: str, what_en: str) -> None:
    """Inside the reporting period the report comes first, on the day of the deed itself.

    Source: Xi'an 2002-119, 三(一)8.
    """
    answer, today = ctx.variables.get("period_reported"), ctx.clock.today()
    if answer == NOT_YET:
        raise Declined(f"尚未抄税：报税期内应先抄税，再{what}（{LAW}三(一)8）", f"the period is not reported yet: inside the reporting period that comes first, then {what_en}")
    period: Mapping[str, Any] = ctx.about.get("reporting_period") or {}
    if answer == OUTSIDE and period and int(period["from_day"]) <= today.day <= int(period["to_day"]):
        first, last = period["from_day"], period["to_day"]
        raise Declined(f"今天 {today} 在报税期（每月 {first}-{last} 日）之内，应先抄税，再{what}（{LAW}三(一)5、8）", f"{today} lies inside the reporting period, days {first} to {last}: report first")


def running_beside(ctx: StepContext, process_id: str = "", variable: str = "", *, taxpayer_number: str = "") -> list[tuple[Instance, Any]]:
    """The other cases of this enterprise that run, of one process or of all, each with a variable of it."""
    party = f"enterprise:{taxpayer_number or ctx.variables['taxpayer_number']}"
    wanted = select(Instance).join(CaseParty, CaseParty.instance_id == Instance.id).where(
        CaseParty.party == party, Instance.status == "active", Instance.id != ctx.case.instance_id)  # fmt: skip
    if process_id:
        wanted = wanted.where(Instance.process_id == process_id)
    rows = ctx.session.scalars(wanted.order_by(Instance.id)).all()
    return [(row, _variable(ctx.session, row.id, variable)) for row in rows]


def _variable(session: Session, case_id: str, name: str) -> Any:
    content = session.scalars(select(Variable.content).where(Variable.instance_id == case_id, Variable.name == name).order_by(Variable.scope_id).limit(1)).first()
    return decode(content) if name and content is not None else None


def opinions(ctx: StepContext, given: Mapping[str, str]) -> dict[str, str]:
    """The opinions of those who signed, as the form prints them; 同意 where somebody agreed without a word."""
    return {place: str(ctx.variables.get(key) or "同意。") for place, key in given.items()}


def deadline_posts(tools: Tools, ctx: StepContext, found: Sequence[str], key: str) -> None:
    """Begins a term of this case for these posts and shows it on the case."""
    term = tools.deadlines.start(ctx.session, ctx.case.instance_id, tools.rule(ctx, key), ctx.clock.today(), owner_posts=list(found))
    ctx.set_due(term.due_on, term.label)
