"""The variables of a case in the words of its forms; what no form asks for is working data and stays out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from engine.forms import Field
from engine.reads import CaseView
from web import formats
from web.cases.words import Words
from web.languages import is_english
from web.tasks.drawing import Item

ROWS_SHOWN = 50


@dataclass(frozen=True)
class Column:
    """The head of a column; numbers stand to the right, so that they can be compared."""

    label: str
    is_number: bool


@dataclass(frozen=True)
class Variable:
    """A line of the contents of a case; a list has columns and rows, of which the first are shown."""

    label: str
    text: str
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def readable(case: CaseView) -> list[Variable]:
    """Every variable that a form of the process shows, in the order of the steps."""
    found: dict[str, Variable] = {}
    days = {element: done["on"] for element, done in (case.variables.get("done_by") or {}).items()}
    for field in Words.of(case.header).fields(days):
        value = case.variables.get(field.key)
        if field.key not in found and value not in (None, "", []):
            found[field.key] = _variable(field, value)
    return list(found.values())


def _column(field: Field) -> Column:
    unit = Item(field, field.key, None).unit
    if is_english():
        label = f"{field.title('en')} ({unit})" if unit else field.title("en")
    else:
        label = f"{field.title()}（{unit}）" if unit else field.title()
    return Column(label, field.kind == "number")


def _variable(field: Field, value: Any) -> Variable:
    language = "en" if is_english() else "zh"
    if field.kind != "dynamiclist" or not isinstance(value, list):
        return Variable(field.title(language), field.shown(value, language))
    rows = tuple(tuple(_cell(child, row.get(child.key), language) for child in field.children) for row in value[:ROWS_SHOWN])
    return Variable(field.title(language), str(_("%(n)s 项", n=len(value))), tuple(_column(child) for child in field.children), rows)


def _cell(field: Field, value: Any, language: str) -> str:
    """A value in a column: the unit stands once, in the head; amounts with two decimals, dates in digits, so that lines agree."""
    if field.kind == "number" and value not in (None, ""):
        return formats.count(value) if field.digits is None else f"{Decimal(value):,.{field.digits}f}"
    if field.kind == "datetime" and isinstance(value, date):
        return formats.day(value)
    return field.shown(value, language)
