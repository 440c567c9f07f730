"""What change, deregistration, handing up and destruction share: devices as lists to tick, cases that run beside, papers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from engine.registry import StepContext
from handlers.tools import Tools, opinion_of
from records.devices import kinds, states
from records.devices.model import Device
from records.devices.store import devices
from records.devices.store.stops import entry_of


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


def opinions(ctx: StepContext, given: Mapping[str, str]) -> dict[str, str]:
    """The opinions of those who signed, as the form prints them; 同意 where somebody agreed without a word."""
    return {place: opinion_of(ctx, key) for place, key in given.items()}


def period_start(ctx: StepContext) -> date | None:
    """The first day of the reporting period that runs, or of the last one; None in a procedure that names no period. Source: Xi'an 2002-119, 三(一)5."""
    period, today = ctx.about.get("reporting_period") or {}, ctx.clock.today()
    if not period:
        return None
    first = today.replace(day=int(period["from_day"]))
    return first if first <= today else (first.replace(day=1) - timedelta(days=1)).replace(day=first.day)


def deadline_posts(tools: Tools, ctx: StepContext, found: Sequence[str], key: str) -> date:
    """Begins a term of this case for these posts and shows it on the case; its last day."""
    term = tools.deadlines.start(ctx.session, ctx.case.instance_id, tools.rule(ctx, key), ctx.clock.today(), owner_posts=list(found))
    ctx.set_due(term.due_on, term.label)
    return term.due_on
