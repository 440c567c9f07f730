"""Fault reports with their steps. Source: Xi'an 2002-119, 三(二)6, 三(三)5(1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.faults.errors import DuplicateRefused
from records.faults.model import FaultReport, FaultStep
from records.faults.store.moving import find, move, revise

ACTS = {"report": "reported", "pass_up": "passed_up", "regrade": "regraded", "solve": "solved", "not_solved": "not_solved", "confirm": "confirmed"}


def note_fault(session: Session, who: Who, *, office_name: str, scope: str, **values: Any) -> FaultReport:
    """A fault was noticed; whoever is to fill in the sheet has not done so yet."""
    row = FaultReport(id=new_id(), state="noted", office_name=office_name, scope=scope, **values)
    session.add(row)
    session.flush()
    audit.note(session, who, "faults:fault_report:noted", "fault_report", row.id, new={"side": row.side, "summary": row.summary})
    return row


def open_like(session: Session, *, side: str, taxpayer_number: str, scope: str, summary: str, noticed_on: date) -> Sequence[FaultReport]:
    """What is at work already of the same name or day, at the same enterprise, on the tax side at the same office. **[chosen]**

    Source: Xi'an 2002-119, 三(二)6, 三(三)5(1).
    """
    wanted = select(FaultReport).where(
        FaultReport.state.in_(("noted", "reported", "solved")), FaultReport.side == side, or_(FaultReport.summary == summary, FaultReport.noticed_on == noticed_on),
        FaultReport.taxpayer_number == taxpayer_number if side == "enterprise" else FaultReport.scope == scope,
    )  # fmt: skip
    return session.scalars(wanted.order_by(FaultReport.number)).all()


def report(session: Session, report_id: str) -> FaultReport:
    """The report with this identifier; raises RecordUnknown."""
    return find(session, FaultReport, report_id)


def by_number(session: Session, number: str) -> FaultReport | None:
    """The report of a number, or None."""
    return session.scalars(select(FaultReport).where(FaultReport.number == number.strip())).one_or_none()


def act(
    session: Session, who: Who, report_id: str, event: str, *, words: str, office_name: str, today: date, authorisation_number: str = "", **values: Any
) -> FaultReport:
    """Moves a report and adds the step; the step names the level at which it was done. Raises RecordUnknown, MoveRefused."""
    level = find(session, FaultReport, report_id).level
    row = move(session, who, FaultReport, report_id, event, **values)
    add_step(session, who, row, ACTS.get(event, event), words=words, office_name=office_name, today=today, level=level or row.level, authorisation_number=authorisation_number)
    return row


def add_step(
    session: Session, who: Who, row: FaultReport, what: str, *, words: str, office_name: str, today: date, level: str, authorisation_number: str = ""
) -> FaultStep:
    """One more row about a fault; it is never changed."""
    place = (session.scalar(select(func.max(FaultStep.place)).where(FaultStep.report_id == row.id)) or 0) + 1
    step = FaultStep(
        id=new_id(), report_id=row.id, place=place, act=what, level=level, grade=row.grade, office_name=office_name, words=words,
        authorisation_number=authorisation_number, day=today, by_id=who.person_id, by_name=who.name, at=who.at,
    )  # fmt: skip
    session.add(step)
    session.flush()
    return step


def steps(session: Session, report_id: str) -> Sequence[FaultStep]:
    """What was done about a fault, in its order."""
    return session.scalars(select(FaultStep).where(FaultStep.report_id == report_id).order_by(FaultStep.place)).all()


def fill(session: Session, who: Who, report_id: str, **values: Any) -> FaultReport:
    """What the sheet says; the grade of a report that is at work already changes by an event only."""
    row = find(session, FaultReport, report_id, lock=True)
    revise(session, who, row, "faults:fault_report:filled", values)
    return row


def require_other(session: Session, report_id: str, number: str) -> FaultReport:
    """The other report of which this one is a duplicate; raises DuplicateRefused."""
    other = by_number(session, number)
    if other is None:
        raise DuplicateRefused(f"没有编号为“{number}”的故障登记表", f"there is no fault report “{number}”")
    if other.id == report_id:
        raise DuplicateRefused("这就是本件的编号，请填写所并入的另一件", "this is the number of this very report; enter that of the other one")
    if other.state == "duplicate":
        raise DuplicateRefused(f"“{number}”自己已并入“{other.duplicate_of}”，请填写后者", f"“{number}” is itself a duplicate of “{other.duplicate_of}”; enter that one")
    return other
