"""How a due date looks: `逾期 3 天`, `今日到期`, `剩 4 个工作日`, with its colour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

SOON_WORKING_DAYS = 3
NEVER = date(9999, 1, 1)


@dataclass(frozen=True)
class Term:
    """kind: overdue | today | soon | ample | met | none."""

    kind: str
    text: str
    due_on: date | None


NO_TERM = Term("none", "", None)


def term_of(due_on: date | None, today: date, working_days: Callable[[date, date], int]) -> Term:
    """The chip of a due date. `working_days(a, b)` counts the working days after `a` up to and including `b`."""
    if due_on is None or due_on >= NEVER:
        return NO_TERM
    if due_on < today:
        days = (today - due_on).days
        return Term("overdue", ngettext("逾期 %(num)s 天", "逾期 %(num)s 天", days), due_on)
    if due_on == today:
        return Term("today", _("今日到期"), due_on)
    left = working_days(today, due_on)
    kind = "soon" if left <= SOON_WORKING_DAYS else "ample"
    return Term(kind, ngettext("剩 %(num)s 个工作日", "剩 %(num)s 个工作日", left), due_on)
