"""The date of a deadline is what its history says: the event, counted by the rule, and every extension and stop since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.ids import new_id
from deadlines.calendar import Calendar
from deadlines.model import Deadline, DeadlineEvent
from deadlines.rules import rule_from
from deadlines.terms import UNPUBLISHED, Reckoning, is_provisional, reckon


def find(session: Session, subject_id: str, key: str, *, lock: bool) -> Deadline | None:
    """The deadline of a subject under a key; `lock` keeps others off until the end of the transaction, and reads it anew."""
    wanted = select(Deadline).where(Deadline.subject_id == subject_id, Deadline.key == key)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return session.scalars(wanted).one_or_none()


def provisional_among(session: Session, subject_ids: Sequence[str]) -> set[tuple[str, date]]:
    """(subject, last day) of their open terms that rest on a notice that is not published."""
    wanted = select(Deadline.subject_id, Deadline.due_on).where(
        Deadline.subject_id.in_(subject_ids), Deadline.provisional == 1, Deadline.state.in_(("running", "stopped"))
    )
    return {(subject_id, due_on) for subject_id, due_on in session.execute(wanted)}


def note(session: Session, row: Deadline, kind: str, at: datetime, details: dict[str, Any], *, step: str = "") -> None:
    """Writes what happened; a thing with a `step` can be written once only."""
    session.add(DeadlineEvent(id=new_id(), deadline_id=row.id, kind=kind, step=step or new_id(), at=at, details=details))
    session.flush()


def was_noted(session: Session, row: Deadline, kind: str, step: str) -> bool:
    """Whether this very thing was written before."""
    wanted = select(DeadlineEvent.id).where(
        DeadlineEvent.deadline_id == row.id, DeadlineEvent.kind == kind, DeadlineEvent.step == step
    )
    return session.scalars(wanted).first() is not None


def project(session: Session, row: Deadline, calendar: Calendar) -> None:
    """Sets date, explanation and calendar of a deadline anew from its history."""
    rule, end = rule_from(row.rule), reckoned(session, row, calendar)
    row.provisional = int(is_provisional(rule, row.event_on, end.due_on, calendar))
    if row.provisional and not end.provisional:
        end.say(*UNPUBLISHED)
    article = f"（{rule.article}）" if rule.article else ""
    row.due_on, row.calendar_version = end.due_on, calendar.version
    row.explanation = f"{rule.label}{article}：" + "；".join(end.zh)
    article_en = f" ({rule.article_en})" if rule.article_en else article
    row.explanation_en = f"{rule.label_en}{article_en}: " + "; ".join(end.en)


def reckoned(session: Session, row: Deadline, calendar: Calendar) -> Reckoning:
    """The end of a term with all that was done to it since it last began."""
    end, stopped_on = reckon(rule_from(row.rule), row.event_on, calendar), row.event_on
    events = _since_it_began(session, row)
    limits = [event.details["within"] for event in events if event.kind in {"started", "limit_moved"} and "within" in event.details]
    for event in events:
        if event.kind == "started" and "within" in event.details:
            _limit(end, date.fromisoformat(limits[-1]))
        elif event.kind == "extended":
            _extend(end, event.details, calendar)
        elif event.kind == "stopped":
            stopped_on = date.fromisoformat(event.details["on"])
        elif event.kind == "resumed":
            _resume(end, stopped_on, date.fromisoformat(event.details["on"]), calendar)
    return end


def _since_it_began(session: Session, row: Deadline) -> list[DeadlineEvent]:
    wanted = select(DeadlineEvent).where(DeadlineEvent.deadline_id == row.id).order_by(DeadlineEvent.at, DeadlineEvent.id)
    events = list(session.scalars(wanted))
    began = max((n for n, event in enumerate(events) if event.kind == "started"), default=0)
    return events[began:]


def _limit(end: Reckoning, within: date) -> None:
    if within < end.due_on:
        end.due_on = within
        end.say(f"不晚于上级的期限 {within}", f"not later than the term of the level above, {within}")


def _extend(end: Reckoning, details: dict[str, Any], calendar: Calendar) -> None:
    end.due_on = calendar.next_working_day(date.fromisoformat(details["asked"]))
    end.say(
        f"经 {details['by']} 批准延期至 {end.due_on}（{details['reason']}）",
        f"extended to {end.due_on} with the approval of {details['by']}",
    )


def _resume(end: Reckoning, stopped_on: date, on: date, calendar: Calendar) -> None:
    left = max((end.due_on - stopped_on).days, 0)
    end.due_on = calendar.next_working_day(on + timedelta(days=left))
    end.say(
        f"{stopped_on} 至 {on} 停止计算，余 {left} 日，顺延至 {end.due_on}",
        f"the clock stood from {stopped_on} to {on} with {left} days left, now ending on {end.due_on}",
    )
