"""The statutory terms of a case, with the reason why they end on that day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from db.clock import SHANGHAI
from deadlines.model import Deadline, DeadlineEvent
from deadlines.stopped import Stopped
from engine import standstill
from engine.reads import TaskView
from web import formats, terms
from web.cases.citation import cited_in_english
from web.languages import is_english, named
from web.services import services

OPEN = ("running", "stopped")
SAID = {"reminder": _l("提醒将届满"), "overdue": _l("告知逾期"), "repeat": _l("再次告知逾期")}


@dataclass(frozen=True)
class DeadlineLine:
    """A term as the explanation beside its chip shows it."""

    label: str
    event_on: date | None  # none of a step's own date, which is counted from nothing
    due_on: date
    explanation: str
    provisional: bool
    state: str
    met_on: date | None
    stopped: Stopped | None = None
    reminding: str = ""  # when its owners are reminded next, and what they were told last

    @property
    def is_open(self) -> bool:
        """Whether it runs or stands; what was met or cancelled is no longer owed."""
        return self.state in OPEN

    @property
    def term(self) -> terms.Term:
        """The chip: the days left while it runs, afterwards whether it was kept."""
        if self.state == "running":
            return terms.term_of(self.due_on, provisional=self.provisional)
        if self.met_on is not None:
            late = self.met_on > self.due_on
            return terms.Term("overdue" if late else "met", _("逾期办结") if late else _("按期办结"), self.due_on)
        if self.stopped is not None:
            return terms.stopped_term(self.stopped)
        return terms.Term("ended", _("已撤销"), self.due_on)


def deadlines_of(instance_id: str) -> list[DeadlineLine]:
    """Every term of a case, the first to end first."""
    deps = services()
    with deps.database.read() as session:
        found = deps.deadlines.for_subject(session, instance_id)
        said = deps.deadlines.last_said(session, [one.id for one in found if one.state in OPEN])
        return [_line(deadline, deps.deadlines.stopped(session, deadline), said.get(deadline.id)) for deadline in found]


def own_term(view: TaskView, explained: Collection[date | None]) -> list[DeadlineLine]:
    """The date that the model gives the step of a task, where it is not explained as one of the case; none while the clock stands."""
    due_on = view.task.due_on
    if due_on is None or due_on in explained or not view.element.due_date or standstill.stands(due_on):
        return []
    return [DeadlineLine(named(view.task.name, view.task.name_en), None, due_on, terms.why_own(), False, "running", None)]


def _line(d: Deadline, stopped: Stopped | None, said: DeadlineEvent | None) -> DeadlineLine:
    label = named(d.label, str(d.rule.get("label_en", "")))
    return DeadlineLine(
        label, d.event_on, d.due_on, named(d.explanation, cited_in_english(d.explanation_en)), bool(d.provisional), d.state, d.met_on, stopped,
        _reminding(d, said) if d.state in OPEN else "",
    )


def _reminding(d: Deadline, said: DeadlineEvent | None) -> str:
    parts = [str(_("下次提醒 %(day)s", day=formats.day(d.next_on)))] if d.next_on else []
    if said is not None:
        parts.append(str(_("上次 %(day)s %(what)s", day=formats.day(said.at.astimezone(SHANGHAI).date()), what=SAID[said.kind])))
    return ("; " if is_english() else "；").join(parts)
