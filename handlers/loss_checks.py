"""What the forms of losses ask of an entry: days that lie behind us, serials as devices bear them, rows of devices without repetition."""

from __future__ import annotations

from collections.abc import Mapping

from engine.registry import CheckContext, Registry
from handlers.devices_checks import Sentences, said
from handlers.loss_table import read_table
from handlers.tools import Tools
from records.devices.rules import serial_refusal


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the checks by the names that forms use."""

    @registry.check("loss.devices")
    def devices(_ctx: CheckContext, rows: list[Mapping[str, str]]) -> Sentences:
        """Source: Xi'an 2002-119, 四3."""
        found, seen = Sentences(), dict[tuple[str, str], int]()
        for at, row in enumerate(rows):
            key = (row.get("kind") or "", (row.get("device_serial") or "").strip().upper())
            if key[1] and (fault := _serial_fault(key[1])):
                found[f"{at}-device_serial"] = fault[""]
            elif key[1] and key in seen:
                line = seen[key] + 1
                found[f"{at}-device_serial"] = {"zh": f"与第 {line} 行是同一设备，不能重复填写", "en": f"row {line} names the same device"}
            seen.setdefault(key, at)
        return found

    @registry.check("loss.table")
    def table(ctx: CheckContext, text: str) -> Sentences:
        """Source: Xi'an 2002-119, 四3."""
        _rows, faults = read_table(text, ctx.today)
        if not faults:
            return {}
        return {"": {"zh": "；".join(zh for zh, _en in faults), "en": "; ".join(en for _zh, en in faults)}}


def _serial_fault(text: str) -> Sentences:
    refusal = serial_refusal(text)
    return said(*refusal) if refusal else {}
