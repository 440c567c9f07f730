"""What the forms of a damaged device ask beyond their shape: days that cannot lie ahead, serials, taxpayers, stubs typed in twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from engine.registry import CheckContext, Registry
from handlers.tools import Tools
from records.devices.errors import DevicesError
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


def _is_ahead(ctx: CheckContext, text: str) -> bool:
    try:
        return date.fromisoformat(text) > ctx.today
    except ValueError:  # its shape is refused by the field itself
        return False


def _ahead(ctx: CheckContext) -> dict[str, str]:
    return {"zh": f"日期不能晚于今天（{ctx.today}）", "en": f"the day cannot lie ahead of today ({ctx.today})"}
