"""An answer that ends a case for good is asked about once more, in words of the form, before it is sent.

Properties of a component: `confirm`, the answers by commas; `confirm_text` and `confirm_text_en`, what they bring about.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from engine.forms import Field, Form
from web import identity
from web.languages import named
from web.services import services

ASKS, CONFIRMED = "asks-first", "confirmed"  # the page says that its form may ask; its reader has read what the answer brings about


def may_ask(form: Form | None) -> bool:
    """Whether an answer of this form has to be confirmed."""
    return form is not None and any(field.properties.get("confirm") for field in form.fields)


def question(task_id: str, raw: Mapping[str, Any]) -> str:
    """What whoever sends the form is asked first; empty where nothing is, or he has confirmed it."""
    if ASKS not in request.form or CONFIRMED in request.form:
        return ""
    form = services().engine.task(task_id, identity.staff().actor).form
    return next((_text(field) for field in (form.fields if form else ()) if _is_meant(field, raw)), "")


def _is_meant(field: Field, raw: Mapping[str, Any]) -> bool:
    return str(raw.get(field.key) or "") in [answer.strip() for answer in field.properties.get("confirm", "").split(",") if answer.strip()]


def _text(field: Field) -> str:
    return named(field.properties.get("confirm_text", ""), field.properties.get("confirm_text_en"))
