"""Approving many tasks at once, where the form allows it: the property `batch_values` (FEEL, a context) says what is entered in each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.errors import NotPossibleNow
from engine.forms import Form
from engine.tokens import Element, Scope

if TYPE_CHECKING:
    from engine.case import Case

PROPERTY = "batch_values"


def entries(case: Case, element: Element, scope: Scope) -> dict[str, Any]:
    """What a page with the form of this task would post, had somebody entered the values of the batch and nothing else.

    Raises NotPossibleNow where the model names no such values, or the form has a list to fill in.
    """
    text, form = element.properties.get(PROPERTY, ""), case.procedure.form_to_fill(element)
    given = case.evaluate(text, scope) if text else None
    if not isinstance(given, Mapping) or (form is not None and any(f.kind == "dynamiclist" and not f.readonly for f in form.fields)):
        raise NotPossibleNow(f"“{element.name}”须逐件填写，不能批量办理", "This step is filled in one by one.", element=element.id, instance=case.ref.instance_id)
    known = form.begun(case.view(scope).flat()) if form else {}
    return {**_held(form, known), **{str(key): _plain(value) for key, value in given.items()}}


def _held(form: Form | None, known: Mapping[str, Any]) -> dict[str, Any]:
    fields = [f for f in form.fields if not f.readonly] if form else []
    return {f.key: _plain(known.get(f.key, f.default)) for f in fields if known.get(f.key, f.default) not in (None, "")}


def _plain(value: Any) -> Any:
    """A value as a page posts it."""
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else "" if value is None else str(value)
