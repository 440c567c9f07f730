"""The variables of a case in the words of its forms; what no form asks for is working data and stays out."""

from __future__ import annotations

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
    """Every variable that a form of the process shows, in the order of the steps."""
    found: dict[str, Variable] = {}
    days = {element: done["on"] for element, done in (case.variables.get("done_by") or {}).items()}
    for field in Words.of(case.header).fields(days):
        value = case.variables.get(field.key)
        if field.key not in found and value not in (None, "", []):
            found[field.key] = _variable(field, value)
    return list(found.values())


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
