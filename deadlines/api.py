"""The front door: a ledger of deadlines inside the caller's transaction, and what is to be said of them today."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.clock import SHANGHAI, Clock
from db.ids import new_id
from db.session import Database
from deadlines import calendar as calendars
from deadlines.calendar import Calendar
from deadlines.model import Deadline, DeadlineEvent, Notice, Urging
from deadlines.rules import TermRule, rule_from
from deadlines.states import NotAllowed, follow
from deadlines.terms import reckon


class ExtensionTooLate(NotAllowed):
    """期限已经届满，不能再申请延期"""


@dataclass(frozen=True)
class Said:
    """Something that a tick said: a reminder, that a term has passed, or that it still has."""

    kind: str  # reminder, overdue, repeat
    deadline_id: str
    subject_id: str
    key: str
    label: str
    due_on: date
    step: str


class DeadlineService:
    """Given a clock and a calendar. `on_said` is called for whatever a tick says, inside the transaction that says it."""

    def __init__(self, clock: Clock, calendar: Calendar | None = None) -> None:
        self.on_said: Callable[[Session, Said], None] | None = None
        self.clock = clock
        self.calendar = calendar or calendars.built_in()

    # --- the calendar ------------------------------------------------------------------------------------------------------

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`."""
        return self.calendar.working_days_between(start, end)

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after a day."""
        return self.calendar.add_working_days(day, count)

    def working_day_from(self, day: date) -> date:
        """The day itself if it is worked, else the first working day after."""
        return self.calendar.next_working_day(day)

    # --- the ledger --------------------------------------------------------------------------------------------------------

    def start(
        self,
        session: Session,
        subject_id: str,
        rule: TermRule,
        event_on: date,
        *,
        owner_posts: Sequence[str] = (),
        label: str = "",
    ) -> Deadline:
        """Begins a term; one that runs already under this key keeps its clock, so that a case that comes again is not given new time."""
        found = self.find(session, subject_id, rule.key)
        if found is not None and found.state in {"running", "stopped"}:
            return found
        end = reckon(rule, event_on, self.calendar)
        row = found or Deadline(id=new_id(), subject_id=subject_id, key=rule.key)
        row.label, row.rule, row.event_on, row.due_on = label or rule.label, rule.as_dict(), event_on, end.due_on
        row.explanation, row.explanation_en = _told(rule, end.zh, end.en)
        row.provisional, row.calendar_version, row.state = int(end.provisional), self.calendar.version, "running"
        row.stopped_on = row.met_on = None
        row.owner_posts = list(owner_posts)
        row.next_on = self._next(row, self.clock.today())
        session.add(row)
        session.flush()
        self._event(session, row, "started", event_on.isoformat(), {"due_on": end.due_on.isoformat()})
        return row

    def find(self, session: Session, subject_id: str, key: str) -> Deadline | None:
        """The deadline of a subject under a key."""
        return session.scalars(select(Deadline).where(Deadline.subject_id == subject_id, Deadline.key == key)).one_or_none()

    def for_subject(self, session: Session, subject_id: str) -> list[Deadline]:
        """Every deadline of a subject, the first to end first."""
        return list(session.scalars(select(Deadline).where(Deadline.subject_id == subject_id).order_by(Deadline.due_on)))

    def running(self, session: Session, subject_id: str, keys: Sequence[str]) -> Deadline | None:
        """The first of these terms that runs for a subject, or None."""
        rows = [row for key in keys if (row := self.find(session, subject_id, key)) is not None]
        return next((row for row in rows if row.state == "running"), None)

    def due_moment(self, session: Session, subject_id: str, key: str) -> datetime | None:
        """The first moment after the term: midnight in Asia/Shanghai; None while no such term runs."""
        row = self.find(session, subject_id, key)
        if row is None or row.state != "running":
            return None
        return datetime.combine(row.due_on + timedelta(days=1), time(), SHANGHAI)

    def meet(self, session: Session, subject_id: str, key: str, on: date) -> Deadline | None:
        """What was to be done has been done; None if there is no such deadline."""
        return self._end(session, subject_id, key, "meet", on)

    def cancel(self, session: Session, subject_id: str, key: str, on: date) -> Deadline | None:
        """The deadline no longer applies."""
        return self._end(session, subject_id, key, "cancel", on)

    def _end(self, session: Session, subject_id: str, key: str, act: str, on: date) -> Deadline | None:
        row = self.find(session, subject_id, key)
        if row is None or row.state in {"met", "cancelled"}:
            return row
        row.state, row.met_on, row.next_on = follow(row.state, act), on, None
        self._event(session, row, row.state, new_id(), {"on": on.isoformat(), "late": on > row.due_on})
        return row

    def extend(
        self,
        session: Session,
        subject_id: str,
        key: str,
        to: date,
        *,
        approved_by: str,
        reason: str,
        applied_on: date | None = None,
    ) -> Deadline:
        """A later last day by approval, asked for before the term has passed (Ningbo 2001-19, annex 2, art. 13).

        What counts is the day of the application (today without one). The new day is moved to a working day.
        Raises ExtensionTooLate after the term, NotAllowed for an earlier day.
        """
        row = self.find(session, subject_id, key)
        if row is None or row.state not in {"running", "stopped"}:
            raise NotAllowed("没有正在计算的期限，不能延期")
        if (applied_on or self.clock.today()) > row.due_on:
            raise ExtensionTooLate(f"期限已于 {row.due_on} 届满，不能再延期")
        to = self.calendar.next_working_day(to)
        if to <= row.due_on:
            raise NotAllowed(f"延期后的日期 {to} 应晚于原期限 {row.due_on}")
        self._event(
            session, row, "extended", to.isoformat(), {"from": row.due_on.isoformat(), "by": approved_by, "reason": reason}
        )
        row.explanation += f"；经 {approved_by} 批准延期至 {to}（{reason}）"
        row.explanation_en += f"; extended to {to} with the approval of {approved_by}"
        row.due_on = to
        row.next_on = self._next(row, self.clock.today())
        session.flush()
        return row

    def stop(self, session: Session, subject_id: str, key: str, on: date, reason: str) -> Deadline:
        """Stops the clock; the remaining days are kept."""
        row = self._require(session, subject_id, key)
        row.state, row.stopped_on, row.next_on = follow(row.state, "stop"), on, None
        self._event(session, row, "stopped", on.isoformat(), {"reason": reason})
        session.flush()
        return row

    def resume(self, session: Session, subject_id: str, key: str, on: date) -> Deadline:
        """Goes on with the days that were left when it stopped; the last day moves to a working day."""
        row = self._require(session, subject_id, key)
        assert row.stopped_on is not None
        left = (row.due_on - row.stopped_on).days
        row.state, row.due_on = follow(row.state, "resume"), self.calendar.next_working_day(on + timedelta(days=left))
        row.explanation += f"；{row.stopped_on} 至 {on} 停止计算，余 {left} 日，顺延至 {row.due_on}"
        row.explanation_en += f"; the clock stood from {row.stopped_on} to {on} with {left} days left, now ending on {row.due_on}"
        row.stopped_on = None
        row.next_on = self._next(row, on)
        self._event(session, row, "resumed", on.isoformat(), {"due_on": row.due_on.isoformat()})
        session.flush()
        return row

    def _require(self, session: Session, subject_id: str, key: str) -> Deadline:
        row = self.find(session, subject_id, key)
        if row is None:
            raise NotAllowed("没有这个期限")
        return row

    def _event(self, session: Session, row: Deadline, kind: str, step: str, details: dict[str, Any]) -> None:
        session.add(DeadlineEvent(id=new_id(), deadline_id=row.id, kind=kind, step=step, at=self.clock.now(), details=details))
        session.flush()

    def recompute(self, session: Session, calendar: Calendar) -> list[tuple[Deadline, date]]:
        """A new calendar: provisional dates are counted again; returns those that moved with their former day."""
        self.calendar, moved = calendar, []
        for row in session.scalars(select(Deadline).where(Deadline.provisional == 1, Deadline.state == "running")):
            rule = rule_from(row.rule)
            end = reckon(rule, row.event_on, calendar)
            if end.due_on != row.due_on:
                moved.append((row, row.due_on))
                self._event(
                    session, row, "recomputed", calendar.version, {"from": row.due_on.isoformat(), "to": end.due_on.isoformat()}
                )
            row.due_on, row.provisional, row.calendar_version = end.due_on, int(end.provisional), calendar.version
            row.explanation, row.explanation_en = _told(rule, end.zh, end.en)
            row.next_on = self._next(row, self.clock.today())
        session.flush()
        return moved

    # --- what is to be said ------------------------------------------------------------------------------------------------

    def _steps(self, row: Deadline) -> list[tuple[date, str, str]]:
        """(day, kind, step) of reminders and of the passing of the term; repetitions are open-ended."""
        rule = rule_from(row.rule)
        steps = [(self.calendar.add_working_days(row.due_on, -n), "reminder", f"{row.due_on}-{n}") for n in rule.reminders]
        return [*steps, (row.due_on + timedelta(days=1), "overdue", f"{row.due_on}")]

    def _next(self, row: Deadline, today: date) -> date | None:
        """The next day on which something is to be said, from today on; a passed term is said at once."""
        coming = [day for day, kind, _step in self._steps(row) if day >= today or kind == "overdue"]
        return min(coming) if coming else None

    def tick(self, database: Database) -> list[Said]:
        """Says what is due, one deadline per transaction, each thing exactly once; returns what was said now.

        After a standstill only the latest reminder is said, not each of those that were missed.
        """
        said: list[Said] = []
        while True:
            with database.write() as session:
                wanted = select(Deadline).where(Deadline.state == "running", Deadline.next_on <= self.clock.today())
                row = session.scalars(
                    wanted.order_by(Deadline.next_on, Deadline.id).limit(1).with_for_update(skip_locked=True)
                ).first()
                if row is None:
                    return said
                if (happened := self._say(session, row)) is not None:
                    said.append(happened)

    def _say(self, session: Session, row: Deadline) -> Said | None:
        today, rule = self.clock.today(), rule_from(row.rule)
        due = [(day, kind, step) for day, kind, step in self._steps(row) if day <= today]
        passed = today > row.due_on
        if passed:
            weeks = self.calendar.working_days_between(row.due_on + timedelta(days=1), today) // rule.repeat if rule.repeat else 0
            kind, step = (
                ("repeat", f"{row.due_on}+{weeks}")
                if weeks and self._was_said(session, row, "overdue")
                else ("overdue", f"{row.due_on}")
            )
        else:
            if not due:
                row.next_on = self._next(row, today)
                return None
            _day, kind, step = max(due)
        row.next_on = self._after(row, rule, today)
        if self._was_said(session, row, kind, step):
            return None
        self._event(session, row, kind, step, {})
        self._tell(session, row, kind)
        said = Said(kind, row.id, row.subject_id, row.key, row.label, row.due_on, step)
        if self.on_said is not None:
            self.on_said(session, said)
        return said

    def _after(self, row: Deadline, rule: TermRule, today: date) -> date | None:
        coming = [day for day, _kind, _step in self._steps(row) if day > today]
        if coming:
            return min(coming)
        return self.calendar.add_working_days(today, rule.repeat) if rule.repeat else None

    def _was_said(self, session: Session, row: Deadline, kind: str, step: str | None = None) -> bool:
        wanted = select(DeadlineEvent.id).where(DeadlineEvent.deadline_id == row.id, DeadlineEvent.kind == kind)
        return (
            session.scalars((wanted if step is None else wanted.where(DeadlineEvent.step == step)).limit(1)).first() is not None
        )

    def _tell(self, session: Session, row: Deadline, kind: str) -> None:
        left = self.calendar.working_days_between(self.clock.today(), row.due_on)
        zh = (
            f"“{row.label}”将于 {row.due_on} 届满，还剩 {left} 个工作日"
            if kind == "reminder"
            else f"“{row.label}”已于 {row.due_on} 届满，尚未办结"
        )
        en = (
            f"due on {row.due_on}, {left} working day(s) left"
            if kind == "reminder"
            else f"was due on {row.due_on} and is still open"
        )
        self.notify(session, row.owner_posts, row.subject_id, kind, zh, en)

    # --- notices and urging ------------------------------------------------------------------------------------------------

    def notify(self, session: Session, posts: Sequence[str], subject_id: str, kind: str, text: str, text_en: str) -> None:
        """Leaves a notice for each post."""
        for post in posts:
            session.add(
                Notice(
                    id=new_id(), post_id=post, subject_id=subject_id, kind=kind, text=text, text_en=text_en, at=self.clock.now()
                )
            )
        session.flush()

    def notices(self, session: Session, post_ids: Sequence[str], *, limit: int = 50) -> list[Notice]:
        """The latest notices for these posts."""
        wanted = select(Notice).where(Notice.post_id.in_(post_ids)).order_by(Notice.at.desc(), Notice.id.desc()).limit(limit)
        return list(session.scalars(wanted))

    def urge(
        self,
        session: Session,
        subject_id: str,
        *,
        by_id: str,
        by_name: str,
        posts: Sequence[str],
        text: str,
        deadline_id: str | None = None,
    ) -> Urging:
        """Urges the holders of posts (Ningbo 2001-19, annex 2, art. 14) and leaves them a notice."""
        row = Urging(
            id=new_id(), subject_id=subject_id, deadline_id=deadline_id, by_id=by_id, by_name=by_name, posts=list(posts), text=text,
            at=self.clock.now(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        self.notify(session, posts, subject_id, "urged", f"{by_name} 催办：{text}", f"{by_name} urges: {text}")
        return row

    def answer(self, session: Session, urging_id: str, *, by: str, text: str) -> None:
        """The urged side answers; a second answer is refused."""
        row = session.get(Urging, urging_id, with_for_update=True, populate_existing=True)
        if row is None or row.answered_at is not None:
            raise NotAllowed("这次催办已经答复过")
        row.answered_by, row.answer, row.answered_at = by, text, self.clock.now()
        session.flush()

    def urgings(self, session: Session, subject_id: str) -> list[Urging]:
        """Every urging of a subject, the first first."""
        return list(session.scalars(select(Urging).where(Urging.subject_id == subject_id).order_by(Urging.at)))


def _told(rule: TermRule, zh: list[str], en: list[str]) -> tuple[str, str]:
    article = f"（{rule.article}）" if rule.article else ""
    return f"{rule.label}{article}：" + "；".join(zh), f"{rule.label_en}{article}: " + "; ".join(en)
