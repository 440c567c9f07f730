"""A field of a form: what it is called, what it accepts, and the sentence when it does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from marshmallow import ValidationError, fields, missing

from engine.feel import Expression
from engine.forms import comparison
from engine.forms.sentences import say, wrong_shape

CHOICES = frozenset(("radio", "select", "checklist"))
LAYOUT = frozenset(("text", "group", "separator", "spacer"))
INPUTS = frozenset(("textfield", "textarea", "number", "datetime", "checkbox", "radio", "select", "checklist", "dynamiclist", comparison.KIND))
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
    """A choice; long lists stand in groups."""

    value: str
    label: str
    label_en: str = ""
    group: str = ""
    group_en: str = ""

    def title(self, locale: str = "zh") -> str:
        """The label in the language of the page."""
        return self.label_en or self.label if locale.startswith("en") else self.label

    def heading(self, locale: str = "zh") -> str:
        """The group in the language of the page; empty where it stands in none."""
        return self.group_en or self.group if locale.startswith("en") else self.group


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
    source: str = ""
    default: Any = None
    hide: Expression | None = None
    columns: int = 16
    row: str = ""
    children: tuple[Field, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_of_case(self) -> bool:
        """Whether its options are a variable of the case, a list of objects with `value` and `label`, as form-js has it."""
        return bool(self.source) and self.properties.get("values_from") == "case"

    def title(self, locale: str = "zh") -> str:
        """The label in the language of the page."""
        return self.label_en or self.label if locale.startswith("en") else self.label

    def hint(self, locale: str = "zh") -> str:
        """The help text in the language of the page."""
        return self.help_en or self.help if locale.startswith("en") else self.help

    def shown(self, value: Any, locale: str = "zh") -> str:
        """A value as print and history show it."""
        english = locale.startswith("en")
        if self.kind == comparison.KIND:
            return comparison.headline(comparison.rows_of(value), locale)
        if value is None or value == "":
            return ""
        if self.kind in {"radio", "select"}:
            return self._named(value, locale)
        if self.kind == "checklist":
            return (", " if english else "、").join(self._named(v, locale) for v in value)
        if self.kind == "checkbox":
            return ("yes" if value else "no") if english else "是" if value else "否"
        if self.kind == "number":
            figure = _figure(value)
            return str(value) if figure is None else f"{figure:,f}{self.suffix if not english else ''}"
        if self.kind == "datetime" and isinstance(value, date):
            return value.isoformat()  # as everywhere else on the pages; papers write their days themselves
        if self.kind == "dynamiclist":
            return f"{len(value)} row{'s' if len(value) != 1 else ''}" if english else f"{len(value)} 行"
        return str(value)

    def _named(self, value: Any, locale: str) -> str:
        return next((option.title(locale) for option in self.options if option.value == value), str(value))


def _figure(value: Any) -> Decimal | None:
    """A value as a number; None for a draft that holds something else in its place."""
    try:
        figure = Decimal(value)
    except InvalidOperation:
        return None
    return figure if figure.is_finite() else None


def marshmallow_field(item: Field) -> fields.Field[Any]:
    """The marshmallow field: the same object checks input and describes the API."""
    absent: Any = say(item, "missing_choice" if item.kind in CHOICES else "missing")
    common: dict[str, Any] = {
        "required": item.required,
        "allow_none": not item.required,
        "error_messages": {"required": absent, "null": absent},
        "metadata": {"title": item.label, "description": item.help},
    }
    if item.kind == "checkbox":
        ticked: Any = say(item, "not_ticked")
        return fields.Boolean(
            required=item.required, load_default=missing if item.required else False, metadata=common["metadata"],
            error_messages={"required": ticked, "null": ticked, "invalid": say(item, "yes_or_no")},
            validate=[_must_be_ticked(item)] if item.required else [],
        )  # fmt: skip
    if item.kind == comparison.KIND:
        return fields.List(fields.Dict(), dump_only=True, metadata=common["metadata"])
    if item.kind == "number":
        common["error_messages"] |= dict.fromkeys(("invalid", "special"), say(item, "number"))
        return fields.Decimal(validate=[_number_check(item)], allow_nan=False, **common)
    if item.kind == "datetime":
        common["error_messages"]["invalid"] = say(item, "date")
        return fields.Date(format="iso", **common)
    common["error_messages"]["invalid"] = say(item, "text")
    if item.kind in {"radio", "select"}:
        return fields.String(validate=[_offered(item)], **common)
    if item.kind == "checklist":
        text = fields.String(error_messages={"invalid": say(item, "not_offered")})
        return fields.List(text, validate=[_all_offered(item)], **common)
    return fields.String(validate=[_text_check(item)], **common)


def _refuse(item: Field, what: str, **figures: object) -> NoReturn:
    raise ValidationError(say(item, what, **figures))


def _offered(item: Field) -> Callable[[str], None]:
    known = {option.value for option in item.options}

    def check(value: str) -> None:
        if value not in known:
            _refuse(item, "not_offered")

    return check


def _all_offered(item: Field) -> Callable[[list[str]], None]:
    known = {option.value for option in item.options}

    def check(value: list[str]) -> None:
        if not known.issuperset(value):
            _refuse(item, "not_offered")
        if item.required and not value:
            _refuse(item, "one_choice")

    return check


def _must_be_ticked(item: Field) -> Callable[[bool], None]:
    def check(value: bool) -> None:
        if not value:
            _refuse(item, "not_ticked")

    return check


def _number_check(item: Field) -> Callable[[Decimal], None]:
    def check(value: Decimal) -> None:
        low, high = item.minimum, item.maximum
        if abs(value) >= NUMBER_LIMIT:
            _refuse(item, "too_large")
        if low is not None and value < low:
            _refuse(item, "below", limit=f"{low:,f}", unit=_unit(item))
        if high is not None and value > high:
            _refuse(item, "above", limit=f"{high:,f}", unit=_unit(item))
        digits = DIGITS_LIMIT if item.digits is None else item.digits
        if _decimals(value) > digits:
            _refuse(item, "decimals" if digits else "whole", limit=digits)

    return check


def _unit(item: Field) -> str:
    """The unit as it stands behind a number within a sentence: a word apart from it, a percent sign close to it."""
    return f" {item.suffix}" if item.suffix and item.suffix != "%" else item.suffix


def _decimals(value: Decimal) -> int:
    """Digits after the point that are not idle zeros, whatever the number's length."""
    _sign, digits, exponent = value.as_tuple()
    idle = next((n for n, digit in enumerate(reversed(digits)) if digit), None)
    return 0 if idle is None else max(0, -int(exponent) - idle)


def _text_check(item: Field) -> Callable[[str], None]:
    pattern = re.compile(item.pattern) if item.pattern else None
    longest = item.max_length or TEXT_LIMIT

    def check(value: str) -> None:
        if len(value) > longest:
            _refuse(item, "too_long", limit=longest)
        if item.min_length and len(value) < item.min_length:
            _refuse(item, "too_short", limit=item.min_length)
        if _UNPRINTABLE.search(value):
            _refuse(item, "unprintable")
        if pattern and not pattern.fullmatch(value):
            raise ValidationError(wrong_shape(item))

    return check
