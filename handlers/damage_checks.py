"""What the forms of a damaged device ask beyond their shape: what may be lent and sold, stubs typed in twice."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from engine.registry import CheckContext, Registry
from handlers.devices_checks import Sentences, ahead_refusal, both, read_day
from handlers.tools import Tools
from records.devices import rules
from records.devices.errors import DevicesError
from records.devices.model import Device
from records.devices.store import require_not_stopped
from records.devices.store.devices import serial_of


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the checks by the names that forms use."""

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
            if (on := read_day(row.get("issued_on", ""))) is not None and on > ctx.today:
                found[f"{at}-issued_on"] = both(*ahead_refusal(on, ctx.today))
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
