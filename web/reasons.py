"""Why a step failed, in words that a clerk can use. What was meant for people is shown; anything else is a number for the administrator.

The whole of it, with the SQL or the traceback, stands in the incident and in the log, never on a page.
"""

from __future__ import annotations

import re

from flask_babel import gettext as _

from engine.errors import Declined, EngineError, Explained, FormInvalid, StepFailed
from web.languages import is_english

_FOR_PEOPLE = re.compile(r"[\u4e00-\u9fff]")
_FOR_MACHINES = re.compile(r"\[SQL|Traceback|\((?:py)?sqlite3\.|\(psycopg|sqlalche\.me|<class |0x[0-9a-f]{6}")
LENGTH_LIMIT = 400


def errors_of(refusal: FormInvalid) -> dict[str, str]:
    """What is wrong with a form, by field, in the language of the page."""
    return refusal.errors_en if is_english() else refusal.errors


def declined(refusal: Declined | Explained) -> str:
    """Why the rules do not allow it, in the language of the page."""
    return refusal.en if refusal.en and is_english() else str(refusal)


def against_rules(refusal: Declined) -> str:
    """The whole sentence of a refusal by rule; every page says it alike."""
    return str(_("按规定不能办理：%(reason)s", reason=declined(refusal)))


def at_field(refusal: Declined) -> dict[str, str]:
    """The refusal at the field that it names (`Declined(zh, en, at=key)`), as an error of the form; empty where it names none."""
    at = str(refusal.values.get("at") or "")
    return {at: declined(refusal)} if at else {}


def undone(failure: StepFailed) -> str:
    """The whole sentence of a step that failed and left nothing behind; every page says it alike."""
    return str(_("本环节未办理成功，所做改动已全部还原：%(reason)s", reason=told(failure.reason, failure.incident_id)))


def reason_of(error: EngineError) -> str:
    """Why the engine did not do it, in the language of the page where there are words in it."""
    if isinstance(error, (Declined, Explained)):
        return declined(error)
    return told(error.reason, error.incident_id) if isinstance(error, StepFailed) else str(error)


def told(reason: str, number: str) -> str:
    """The reason if it is a sentence for people, else a general one with the number of the incident."""
    if _FOR_PEOPLE.search(reason) and not _FOR_MACHINES.search(reason):
        return reason[:LENGTH_LIMIT]
    return str(_("处理程序出错，请把编号 %(number)s 告知系统管理员。", number=number[-8:]))
