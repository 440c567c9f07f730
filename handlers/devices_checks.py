"""What the forms of all device procedures ask of an entry beyond its shape: days that lie behind us, serials as devices bear them."""

from __future__ import annotations

from datetime import date

from engine.registry import CheckContext, Registry
from handlers.tools import Tools
from records.devices.rules import serial_refusal

Sentences = dict[str, dict[str, str]]


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the checks by the names that forms use."""

    @registry.check("devices.day_past")
    def day_past(ctx: CheckContext, text: str) -> Sentences:
        """What has happened did not happen after today."""
        on = read_day(text)
        return said(*ahead_refusal(on, ctx.today)) if on is not None and on > ctx.today else {}

    @registry.check("devices.serial")
    def serial(_ctx: CheckContext, text: str) -> Sentences:
        """A serial as a device bears it and a station writes it."""
        refusal = serial_refusal(text)
        return said(*refusal) if refusal else {}


def read_day(text: str) -> date | None:
    """The day that was entered; None for what is none, which the form itself refuses."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def ahead_refusal(on: date, today: date) -> tuple[str, str]:
    """The sentence, in Chinese and English, for a day that lies ahead."""
    return f"日期 {on} 晚于今天 {today}，请填写今天或以前的日期", f"the day {on} lies ahead of today, {today}: enter today or an earlier day"


def both(zh: str, en: str) -> dict[str, str]:
    """A sentence as a row of a form is given it."""
    return {"zh": zh, "en": en}


def said(zh: str, en: str) -> Sentences:
    """A sentence at the field that is checked."""
    return {"": both(zh, en)}
