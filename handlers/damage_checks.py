"""What the forms of a damaged device ask beyond their shape: days that cannot lie ahead, serials, taxpayers, stubs typed in twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select

from engine.registry import CheckContext, Registry
from handlers.tools import Tools
from records.devices import rules
from records.devices.errors import DevicesError
from records.devices.model import Device
from records.devices.store import require_not_stopped
from records.devices.store.devices import serial_of
from records.sentences import ValueRefused
from records.values import TaxpayerId

Sentences = dict[str, dict[str, str]]


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the checks by the names that forms use."""

    @registry.check("damage.day_past")
    def day_past(ctx: CheckContext, text: str) -> Sentences:
        """A day on which something happened is not ahead."""
        return {"": _ahead(ctx)} if _is_ahead(ctx, text) else {}

    @registry.check("damage.taxpayer")
    def taxpayer(_ctx: CheckContext, text: str) -> Sentences:
        try:
            TaxpayerId(text.strip().upper())
        except ValueRefused as refused:
            return {"": {"zh": refused.refusal.say("zh"), "en": refused.refusal.say("en")}}
        return {}

    @registry.check("damage.serial")
    def serial(_ctx: CheckContext, text: str) -> Sentences:
        try:
            serial_of(text)
        except DevicesError as refused:
            return {"": {"zh": str(refused), "en": refused.en}}
        return {}

    @registry.check("damage.replacement")
    def replacement(ctx: CheckContext, text: str) -> Sentences:
        """A replacement card in stock that is not stopped. Source: Xi'an 2002-119, 二(四), 二(五)."""
        return _unfit(ctx, text, "lend")

    @registry.check("damage.new_device")
    def new_device(ctx: CheckContext, text: str) -> Sentences:
        """A device in stock that may be sold and is not stopped. Source: Xi'an 2002-119, 二(四), 二(五)."""
        return _unfit(ctx, text, "sell")

    @registry.check("damage.stubs")
    def stubs(ctx: CheckContext, rows: list[Mapping[str, str]]) -> Sentences:
        """Each stub once, none of a day ahead. Source: Xi'an 2002-119, 三(三)4(2)."""
        found, first = Sentences(), dict[tuple[str, str], int]()
        for at, row in enumerate(rows):
            key = row.get("invoice_code", ""), row.get("invoice_number", "")
            if all(key) and key in first:
                found[f"{at}-invoice_number"] = {
                    "zh": f"发票 {key[0]} {key[1]} 在第 {first[key] + 1} 行已经录入（三(三)4(2)）", "en": f"invoice {key[0]} {key[1]} stands in row {first[key] + 1} already",
                }  # fmt: skip
            first.setdefault(key, at)
            if _is_ahead(ctx, row.get("issued_on", "")):
                found[f"{at}-issued_on"] = _ahead(ctx)
        return found


def _unfit(ctx: CheckContext, text: str, event: str) -> Sentences:
    """Why no device with this serial can be lent or sold; its kind and stock are looked at when the task is done."""
    try:
        serial = serial_of(text)
        found = ctx.session.scalars(select(Device).where(Device.serial == serial).order_by(Device.kind)).all()
        for device in found:
            require_not_stopped(ctx.session, device.kind, device.serial)
    except DevicesError as refused:
        return {"": {"zh": str(refused), "en": refused.en}}
    if not found:
        return {"": {"zh": f"账上没有编号为“{serial}”的设备（二(四)）", "en": f"no device with the serial “{serial}” is in the books (二(四))"}}
    refusals = [rules.event_refusal(one.kind, one.serial, one.state, event, is_replacement=one.is_replacement) for one in found]
    first = next((refusal for refusal in refusals if refusal), None)
    return {"": {"zh": _cited(first[0], "（二(四)）"), "en": _cited(first[1], " (二(四))")}} if first is not None and all(refusals) else {}


def _cited(sentence: str, article: str) -> str:
    """The sentence with the article of this procedure, where it names none."""
    return sentence if sentence.endswith(("）", ")")) else sentence + article


def _is_ahead(ctx: CheckContext, text: str) -> bool:
    try:
        return date.fromisoformat(text) > ctx.today
    except ValueError:  # its shape is refused by the field itself
        return False


def _ahead(ctx: CheckContext) -> dict[str, str]:
    return {"zh": f"日期不能晚于今天（{ctx.today}）", "en": f"the day cannot lie ahead of today ({ctx.today})"}
