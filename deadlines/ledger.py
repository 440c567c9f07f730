"""The date of a deadline is what its history says: the event, counted by the rule, and every extension and stop since."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.ids import new_id
from deadlines.calendar import Calendar
from deadlines.model import Deadline, DeadlineEvent
from deadlines.rules import TermRule, rule_from
from deadlines.terms import UNPUBLISHED, Reckoning, goes_on, in_english, is_provisional, left_over, reckon, rests_on, zh_day


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


def last_said(session: Session, deadline_ids: Sequence[str]) -> dict[str, DeadlineEvent]:
    """Of each of these deadlines the latest that its owners were told: a reminder, or that it has passed."""
    wanted = select(DeadlineEvent).where(DeadlineEvent.deadline_id.in_(deadline_ids), DeadlineEvent.kind.in_(("reminder", "overdue", "repeat")))
    return {event.deadline_id: event for event in session.scalars(wanted.order_by(DeadlineEvent.at, DeadlineEvent.id))}


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
    return reckoned_from(row, since_they_began(session, [row.id])[row.id], calendar)


def reckoned_from(row: Deadline, events: Sequence[DeadlineEvent], calendar: Calendar) -> Reckoning:
    """The same of what is known to have been done to it."""
    rule = rule_from(row.rule)
    end, begun_on, stopped_on = reckon(rule, row.event_on, calendar), row.event_on, row.event_on
    stopped: dict[str, Any] | None = None
    limits = [event.details["within"] for event in events if event.kind in {"started", "limit_moved"} and "within" in event.details]
    for event in events:
        within = date.fromisoformat(limits[-1]) if event.kind == "started" and "within" in event.details else None
        if within is not None and within < end.due_on:
            _limit(end, within)
            rule = _granted(rule)
        elif event.kind == "extended":
            _extend(rule, end, event.details, calendar)
            rule = _granted(rule)
        elif event.kind == "stopped":
            stopped, stopped_on = event.details, date.fromisoformat(event.details["on"])
        elif event.kind == "resumed":
            on = date.fromisoformat(event.details["on"])
            _resume(rule, end, left_over(rule, begun_on, stopped_on, end.due_on, calendar), (stopped_on, on), calendar)
            begun_on, stopped = on, None
    if stopped is not None:
        end.left = left_over(rule, begun_on, stopped_on, end.due_on, calendar)
        _stand(rule, end, end.left, stopped)
    return end


def since_they_began(session: Session, ids: Collection[str]) -> dict[str, list[DeadlineEvent]]:
    """What was done to deadlines since each of them last began, by their ids; in one statement."""
    found: dict[str, list[DeadlineEvent]] = {id_: [] for id_ in ids}
    wanted = select(DeadlineEvent).where(DeadlineEvent.deadline_id.in_(list(found))).order_by(DeadlineEvent.at, DeadlineEvent.id)
    for event in session.scalars(wanted):
        if event.kind == "started":
            found[event.deadline_id].clear()
        found[event.deadline_id].append(event)
    return found


def _limit(end: Reckoning, within: date) -> None:
    end.due_on = within
    end.say(f"不晚于上级的期限{zh_day(within)}", f"not later than the term of the level above, {within}")


def _extend(rule: TermRule, end: Reckoning, details: dict[str, Any], calendar: Calendar) -> None:
    end.due_on = rests_on(rule, date.fromisoformat(details["asked"]), calendar)
    end.say(
        f"经{details['by']}批准延期至{zh_day(end.due_on)}（{details['reason']}）",
        f"extended to {end.due_on} with the approval of {details['by']}",
    )


def _granted(rule: TermRule) -> TermRule:
    """The rule of a term whose last day was set by somebody: holidays have not lengthened it, and all of its days are its own."""
    return replace(rule, counting="civil") if rule.counting == "tax" else rule


def _resume(rule: TermRule, end: Reckoning, left: int, stood: tuple[date, date], calendar: Calendar) -> None:
    stopped_on, on = stood
    rest = goes_on(rule, on, left, calendar)
    end.due_on = rest.due_on
    zh, en = _unit(rule)
    if left < 0:
        end.say(
            f"{zh_day(stopped_on)}停止计算时已逾期 {-left} 日，{zh_day(on)}恢复后仍按逾期 {-left} 日计，届满日为{zh_day(end.due_on)}",
            f"the clock stood from {stopped_on} to {on}; {in_english(-left, 'day')} late before and after, now counted from {end.due_on}",
        )
        return
    end.say(
        f"{zh_day(stopped_on)}至{zh_day(on)}停止计算，余 {left} {zh}，顺延至{zh_day(end.due_on)}",
        f"the clock stood from {stopped_on} to {on} with {in_english(left, en)} left, now ending on {end.due_on}",
    )
    end.zh += rest.zh
    end.en += rest.en


def _stand(rule: TermRule, end: Reckoning, left: int, stopped: dict[str, Any]) -> None:
    """The clock stands now: since when, why, and what is kept."""
    on, reason = date.fromisoformat(stopped["on"]), stopped["reason"]
    zh, en = _unit(rule)
    kept, kept_en = (f"余 {left} {zh}", f"{in_english(left, en)} left") if left >= 0 else (f"已逾期 {-left} 日", f"{in_english(-left, 'day')} late")
    end.say(f"自{zh_day(on)}起停止计算（{reason}），{kept}", f"the clock has stood since {on} ({reason}) with {kept_en}")


def _unit(rule: TermRule) -> tuple[str, str]:
    """In what the remainder of a term is told: in Chinese, and as `in_english` takes it."""
    return ("个工作日", "working_day") if rule.unit == "working_day" else ("日", "day")
