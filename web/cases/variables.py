"""The contents of a case in the words of its forms; what no form asks for is working data and stays out.

What several people decide in turn stands in one variable, the last one's. Here each decision stands under the name of its step.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _

from engine.forms import Field
from engine.reads import CaseView
from web.cases.words import Words
from web.languages import is_english
from web.tasks.drawing import Item

ROWS_SHOWN = 50


@dataclass(frozen=True)
class Variable:
    """A line of the contents of a case; a list has columns and rows, of which the first are shown."""

    label: str
    text: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def readable(case: CaseView) -> list[Variable]:
    """Every variable that a form of the process shows, in the order of the steps, once its step is done."""
    found: dict[str, Variable] = {}
    days = {element: done["on"] for element, done in (case.variables.get("done_by") or {}).items()}
    entered = {row.element: values for row in case.history if row.kind == "completed_task" and isinstance(values := row.details.get("values"), dict)}
    words = Words.of(case.header)
    fields = list(words.fields(days))
    asked = Counter(field.key for _element, field in fields if _is_anew(field))
    for element, field in fields:
        if asked[field.key] > 1 and _is_anew(field):
            value, step, key = entered.get(element.id, {}).get(field.key), words.step(element.id, element.name), f"{element.id}:{field.key}"
        else:
            is_done = element.kind == "startEvent" or element.id in days or element.id in entered
            value, step, key = case.variables.get(field.key) if is_done else None, "", field.key
        if key not in found and value not in (None, "", []):
            variable = _variable(field, value)
            found[key] = replace(variable, label=f"{step} · {variable.label}") if step else variable
    return list(found.values())


def _is_anew(field: Field) -> bool:
    """Whether each person is asked this anew: a decision, an opinion, a reason."""
    return field.properties.get("anew") == "true"


def _column(field: Field) -> str:
    unit = Item(field, field.key, None).unit
    if is_english():
        return f"{field.title('en')} ({unit})" if unit else field.title("en")
    return f"{field.title()}（{unit}）" if unit else field.title()


def _variable(field: Field, value: Any) -> Variable:
    language = "en" if is_english() else "zh"
    if field.kind != "dynamiclist" or not isinstance(value, list):
        return Variable(field.title(language), field.shown(value, language))
    columns = tuple(_column(child) for child in field.children)
    cells = [replace(child, suffix="") for child in field.children]  # the unit stands once, in the head of the column
    rows = tuple(tuple(cell.shown(row.get(cell.key), language) for cell in cells) for row in value[:ROWS_SHOWN])
    return Variable(field.title(language), str(_("%(n)s 项", n=len(value))), columns, rows)
