"""How a due date looks: `逾期 3 天`, `今日到期`, `剩 4 个工作日`, with its colour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from deadlines.stopped import Stopped
from engine import standstill
from web.services import services

SOON_WORKING_DAYS = 3


@dataclass(frozen=True)
class Term:
    """kind: overdue | today | soon | ample | stopped | met | ended | none. A provisional one rests on a holiday notice that is not published yet; `kept` is what is left of
    one whose clock stands.
    """

    kind: str
    text: str
    due_on: date | None
    is_provisional: bool = False
    kept: str = ""

    @property
    def whole(self) -> str:
        """The text with what is kept while the clock stands."""
        return str(_("%(text)s（%(kept)s）", text=self.text, kept=self.kept)) if self.kept else self.text


NO_TERM = Term("none", "", None)


def why_own() -> str:
    """How the date came about that the model gives a step (`camunda:dueDate`)."""
    return str(_("环节自己的期限，由流程设定"))


def term_of(due_on: date | None, *, provisional: bool = False) -> Term:
    """The chip of a due date, seen from today."""
    if due_on is None:
        return NO_TERM
    if standstill.stands(due_on):
        return Term("stopped", _("计时已中止"), None)
    return replace(_seen_from_today(due_on), is_provisional=provisional)


def provisional_among(terms: Iterable[tuple[str, date | None]]) -> set[tuple[str, date]]:
    """Which of these (case, legal date) rest on a holiday notice that is not published; asked only if a date may."""
    asked = [instance_id for instance_id, due_on in terms if may_be_provisional(due_on)]
    if not asked:
        return set()
    with services().database.read() as session:
        return services().deadlines.provisional_among(session, asked)


def stopped_term(stopped: Stopped) -> Term:
    """The chip of a clock that stands, with what is kept."""
    if stopped.left < 0:
        kept = ngettext("已逾期 %(num)s 天", "已逾期 %(num)s 天", -stopped.left)
    elif stopped.in_working_days:
        kept = ngettext("剩余 %(num)s 个工作日", "剩余 %(num)s 个工作日", stopped.left)
    else:
        kept = ngettext("剩余 %(num)s 天", "剩余 %(num)s 天", stopped.left)
    return Term("stopped", _("计时已中止"), None, kept=kept)


def stopped_among(terms: Iterable[tuple[str, date | None]]) -> dict[str, Term]:
    """The chips of those of these (case, legal date) whose clock stands; the ledger is asked only if there are some."""
    asked = [instance_id for instance_id, due_on in terms if standstill.stands(due_on)]
    if not asked:
        return {}
    with services().database.read() as session:
        found = services().deadlines.stopped_among(session, asked)
    return {instance_id: stopped_term(stopped) for instance_id, stopped in found.items()}


def may_be_provisional(due_on: date | None) -> bool:
    """Whether a date falls into a year that has no holiday notice yet."""
    return due_on is not None and not standstill.stands(due_on) and not services().deadlines.calendar.is_published(due_on)


def _seen_from_today(due_on: date) -> Term:
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
