"""A field of a form: what it is called, what it accepts, and the sentence when it does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, missing, validate

from engine.feel import Expression

LAYOUT = frozenset(("text", "group", "separator", "spacer"))
INPUTS = frozenset(("textfield", "textarea", "number", "datetime", "checkbox", "radio", "select", "checklist", "dynamiclist"))
NUMBER_LIMIT = Decimal(10) ** 18
TEXT_LIMIT = 20_000
DIGITS_LIMIT = 12
# Control characters but tab and line ends, and halves of surrogate pairs: databases and papers refuse them later, and less kindly.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class FormError(Exception):
    """A schema cannot be used; `findings` are (key, Chinese, English)."""

    def __init__(self, findings: list[tuple[str, str, str]]) -> None:
        super().__init__("；".join(zh for _key, zh, _en in findings))
        self.findings = findings


@dataclass(frozen=True)
class Option:
    """A choice."""

    value: str
    label: str
    label_en: str = ""


@dataclass(frozen=True)
class Field:
    """One component, in the words of the page that draws it."""

    key: str
    kind: str
    label: str
    label_en: str = ""
    help: str = ""
    help_en: str = ""
    required: bool = False
    readonly: bool = False
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    digits: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str = ""
    pattern_message: str = ""
    prefix: str = ""
    suffix: str = ""
    options: tuple[Option, ...] = ()
    default: Any = None
    hide: Expression | None = None
    columns: int = 16
    row: str = ""
    children: tuple[Field, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)

    def title(self, locale: str = "zh") -> str:
        """The label in the language of the page."""
        return self.label_en or self.label if locale.startswith("en") else self.label

    def hint(self, locale: str = "zh") -> str:
        """The help text in the language of the page."""
        return self.help_en or self.help if locale.startswith("en") else self.help

    def shown(self, value: Any) -> str:
        """A value as print and history show it."""
        if value is None or value == "":
            return ""
        if self.kind in {"radio", "select"}:
            return next((o.label for o in self.options if o.value == value), str(value))
        if self.kind == "checklist":
            return "、".join(next((o.label for o in self.options if o.value == v), str(v)) for v in value)
        if self.kind == "checkbox":
            return "是" if value else "否"
        if self.kind == "number":
            return f"{Decimal(value):,f}{self.suffix}"
        if self.kind == "datetime" and isinstance(value, date):
            return f"{value.year}年{value.month}月{value.day}日"
        if self.kind == "dynamiclist":
            return f"{len(value)} 行"
        return str(value)


def marshmallow_field(item: Field) -> fields.Field[Any]:
    """The marshmallow field: the same object checks input and describes the API."""
    common: dict[str, Any] = {
        "required": item.required,
        "allow_none": not item.required,
        "error_messages": {"required": f"请填写“{item.label}”", "null": f"请填写“{item.label}”"},
        "metadata": {"title": item.label, "description": item.help},
    }
    if item.kind == "checkbox":
        ticked = f"请勾选“{item.label}”"
        return fields.Boolean(
            required=item.required, load_default=missing if item.required else False, metadata=common["metadata"],
            error_messages={"required": ticked, "null": ticked, "invalid": f"“{item.label}”应填写是或否"},
            validate=[_must_be_ticked(item)] if item.required else [],
        )  # fmt: skip
    if item.kind == "number":
        common["error_messages"] |= dict.fromkeys(("invalid", "special"), f"“{item.label}”应填写数字")
        return fields.Decimal(validate=[_number_check(item)], allow_nan=False, **common)
    if item.kind == "datetime":
        common["error_messages"]["invalid"] = f"“{item.label}”应填写日期，如 2026-03-02"
        return fields.Date(format="iso", **common)
    common["error_messages"]["invalid"] = f"“{item.label}”应填写文字"
    if item.kind in {"radio", "select"}:
        values = [o.value for o in item.options]
        return fields.String(validate=[validate.OneOf(values, error=f"“{item.label}”请从列表中选择")], **common)
    if item.kind == "checklist":
        values = [o.value for o in item.options]
        checks: list[Any] = [validate.ContainsOnly(values, error=f"“{item.label}”请从列表中选择")]
        if item.required:
            checks.append(validate.Length(min=1, error=f"“{item.label}”至少选一项"))
        text = fields.String(error_messages={"invalid": f"“{item.label}”请从列表中选择"})
        return fields.List(text, validate=checks, **common)
    return fields.String(validate=[_text_check(item)], **common)


def _must_be_ticked(item: Field) -> Callable[[bool], None]:
    def check(value: bool) -> None:
        if not value:
            raise ValidationError(f"请勾选“{item.label}”")

    return check


def _number_check(item: Field) -> Callable[[Decimal], None]:
    def check(value: Decimal) -> None:
        low, high = item.minimum, item.maximum
        if abs(value) >= NUMBER_LIMIT:
            raise ValidationError(f"“{item.label}”的数字过大")
        if low is not None and value < low:
            raise ValidationError(f"“{item.label}”不能小于 {low:,f}{item.suffix}")
        if high is not None and value > high:
            raise ValidationError(f"“{item.label}”不能大于 {high:,f}{item.suffix}")
        digits = DIGITS_LIMIT if item.digits is None else item.digits
        if _decimals(value) > digits:
            raise ValidationError(f"“{item.label}”最多 {digits} 位小数" if digits else f"“{item.label}”应填写整数")

    return check


def _decimals(value: Decimal) -> int:
    """Digits after the point that are not idle zeros, whatever the number's length."""
    _sign, digits, exponent = value.as_tuple()
    idle = next((n for n, digit in enumerate(reversed(digits)) if digit), None)
    return 0 if idle is None else max(0, -int(exponent) - idle)


def _text_check(item: Field) -> Callable[[str], None]:
    pattern = re.compile(item.pattern) if item.pattern else None

    def check(value: str) -> None:
        if len(value) > (item.max_length or TEXT_LIMIT):
            raise ValidationError(f"“{item.label}”最多 {item.max_length or TEXT_LIMIT} 个字")
        if item.min_length and len(value) < item.min_length:
            raise ValidationError(f"“{item.label}”至少 {item.min_length} 个字")
        if _UNPRINTABLE.search(value):
            raise ValidationError(f"“{item.label}”含有不能使用的控制字符")
        if pattern and not pattern.fullmatch(value):
            raise ValidationError(item.pattern_message or f"“{item.label}”的格式不正确")

    return check
