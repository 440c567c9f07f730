"""The contents of a case in the words of its forms; what no form asks for is working data and stays out.

What several people decide in turn stands in one variable, the last one's. Here each decision stands under the name of its step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from engine.forms import Field, comparison
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


def readable(case: CaseView, *, without: Collection[str] = ()) -> list[Variable]:
    """Every variable that a form of the process shows, in the order of the steps, once its step is done; but for comparisons and whatever else
    stands elsewhere on the page.
    """
    found: dict[str, Variable] = {}
    days = {element: done["on"] for element, done in (case.variables.get("done_by") or {}).items()}
    entered = {row.element: values for row in case.history if row.kind == "completed_task" and isinstance(values := row.details.get("values"), dict)}
    words = Words.of(case.header, case.variables)
    fields = [(element, field) for element, field in words.fields(days) if field.key not in without and field.kind != comparison.KIND]
    asked = Counter(field.key for _element, field in fields if _is_anew(field))
    for element, field in fields:
        if element is not None and asked[field.key] > 1 and _is_anew(field):
            value, step, key = entered.get(element.id, {}).get(field.key), words.step(element.id, element.name), f"{element.id}:{field.key}"
        else:
            is_done = element is None or element.kind == "startEvent" or element.id in days or element.id in entered
            value, step, key = case.variables.get(field.key) if is_done else None, "", field.key
        if key not in found and value not in (None, "", []):
            variable = _variable(field, value)
            found[key] = replace(variable, label=f"{step} · {variable.label}") if step else variable
    return list(found.values())


def _is_anew(field: Field) -> bool:
    """Whether each person is asked this anew: a decision, an opinion, a reason."""
    return field.properties.get("anew") == "true"


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
