"""The statutory terms of a case, with the reason why they end on that day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from deadlines.model import Deadline
from web import terms
from web.languages import named
from web.services import services


@dataclass(frozen=True)
class DeadlineLine:
    """A term as the explanation beside its chip shows it."""

    label: str
    event_on: date
    due_on: date
    explanation: str
    provisional: bool
    is_running: bool

    @property
    def term(self) -> terms.Term:
        return terms.term_of(self.due_on, provisional=self.provisional) if self.is_running else terms.NO_TERM


def deadlines_of(instance_id: str) -> list[DeadlineLine]:
    """Every term of a case, the first to end first."""
    deps = services()
    with deps.database.read() as session:
        found = deps.deadlines.for_subject(session, instance_id)
        return [_line(deadline) for deadline in found]


def _line(d: Deadline) -> DeadlineLine:
    label = named(d.label, str(d.rule.get("label_en", "")))
    return DeadlineLine(
        label, d.event_on, d.due_on, named(d.explanation, d.explanation_en), bool(d.provisional), d.state == "running"
    )
