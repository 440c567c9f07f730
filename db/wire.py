"""Values of a case as plain JSON for a process elsewhere, types kept: what JSON has no word for is {"$type": …, "value": "…"}."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

TYPE, VALUE = "$type", "value"
_READ: Mapping[str, Callable[[str], Any]] = {"number": Decimal, "date": date.fromisoformat, "date and time": datetime.fromisoformat}


class NotOnTheWire(ValueError):
    """A value that cannot be sent, or text that is none."""


def to_wire(value: Any) -> Any:
    """Raises NotOnTheWire for a value of another kind."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Decimal):
        return {TYPE: "number", VALUE: str(value)}
    if isinstance(value, datetime):
        return {TYPE: "date and time", VALUE: value.isoformat()}
    if isinstance(value, date):
        return {TYPE: "date", VALUE: value.isoformat()}
    if isinstance(value, Mapping):
        return {_name(key): to_wire(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [to_wire(one) for one in value]
    raise NotOnTheWire(f"不能传送 {type(value).__name__} 类型的值")


def from_wire(value: Any) -> Any:
    """Raises NotOnTheWire for what `to_wire` never writes."""
    if isinstance(value, Mapping):
        if TYPE in value:
            return _typed(value)
        return {str(key): from_wire(one) for key, one in value.items()}
    if isinstance(value, list):
        return [from_wire(one) for one in value]
    if isinstance(value, float):
        raise NotOnTheWire(f"小数应写作 {{{TYPE}: number}}，而不是 {value}")
    return value


def _typed(value: Mapping[str, Any]) -> Any:
    kind, text = value[TYPE], value.get(VALUE)
    if set(value) != {TYPE, VALUE} or not isinstance(kind, str) or kind not in _READ or not isinstance(text, str):
        raise NotOnTheWire(f"不认识的值 {str(value)[:80]}")
    try:
        found = _READ[kind](text)
    except (ValueError, InvalidOperation) as error:
        raise NotOnTheWire(f"不是 {kind}：{text[:40]}") from error
    if isinstance(found, Decimal) and not found.is_finite():
        raise NotOnTheWire(f"不是 {kind}：{text[:40]}")
    return found


def _name(key: Any) -> str:
    if not isinstance(key, str) or key == TYPE:
        raise NotOnTheWire(f"名称不能是 {str(key)[:40]}")
    return key
