"""How a due date looks: `逾期 3 天`, `今日到期`, `剩 4 个工作日`, with its colour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from web.services import services

SOON_WORKING_DAYS = 3


@dataclass(frozen=True)
class Term:
    """kind: overdue | today | soon | ample | none."""

    kind: str
    text: str
    due_on: date | None


NO_TERM = Term("none", "", None)


def term_of(due_on: date | None) -> Term:
    """The chip of a due date, seen from today."""
    if due_on is None:
        return NO_TERM
    today = services().clock.today()
    if due_on < today:
        return Term("overdue", ngettext("逾期 %(num)s 天", "逾期 %(num)s 天", (today - due_on).days), due_on)
    if due_on == today:
        return Term("today", _("今日到期"), due_on)
    left = services().deadlines.working_days_between(today, due_on)
    kind = "soon" if due_on <= soon_until(today) else "ample"
    return Term(kind, ngettext("剩 %(num)s 个工作日", "剩 %(num)s 个工作日", left), due_on)


def soon_until(today: date) -> date:
    """The last day that counts as soon: the third working day after today."""
    return services().deadlines.add_working_days(today, SOON_WORKING_DAYS)
