"""The variables of a case in the words of its forms; what no form asks for is working data and stays out."""

from __future__ import annotations

from flask_babel import gettext as _

from engine.reads import CaseView
from web.cases.words import Words
from web.languages import is_english


def readable(case: CaseView) -> list[tuple[str, str]]:
    """(label, text) of every variable that a form of the process shows, in the order of the steps."""
    words = Words.of(case.header.procedure, case.header.process_id)
    language = "en" if is_english() else "zh"
    found: dict[str, tuple[str, str]] = {}
    for field in words.fields():
        value = case.variables.get(field.key)
        if field.key not in found and value not in (None, "", []):
            text = field.shown(value) if field.kind != "dynamiclist" else _("%(n)s 项", n=len(value))
            found[field.key] = (field.title(language), text)
    return list(found.values())
