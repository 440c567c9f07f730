"""The front door: a ledger of deadlines inside the caller's transaction, and what is to be said of them today."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.clock import Clock
from db.ids import new_id
from db.session import Database
from deadlines import reminders, stopped
from deadlines.calendar import Calendar
from deadlines.counting import Counting
from deadlines.ledger import note, project, was_noted
from deadlines.model import Deadline
from deadlines.published import Published
from deadlines.reads import Reads
from deadlines.recount import OnMoved
from deadlines.reminders import Said
from deadlines.rules import TermRule, rule_from
from deadlines.states import NotAllowed, follow
from deadlines.terms import reckon, rests_on
from deadlines.turns import each, raise_all
from deadlines.urging import Urgings

OnSaid = Callable[[Session, Said], None]


class ExtensionTooLate(NotAllowed):
    """An extension was asked for after the term had passed (Ningbo 2001-19, annex 2, art. 13)."""


class DeadlineService(Counting, Reads, Urgings):
    """Given a clock; the calendar in force is read from the database.

    `on_said` is called in the transaction that says something, `on_moved` in the one that moves a date: what they write is stored
    with it, once. `on_said` must not load a case: a step of a case locks the case first and its deadline after it.
    """

    def __init__(
        self, clock: Clock, calendar: Calendar | None = None, *, on_said: OnSaid | None = None, on_moved: OnMoved | None = None
    ) -> None:
        self.clock, self.on_said, self.on_moved = clock, on_said, on_moved
        self.published = Published(calendar)

    # --- the ledger --------------------------------------------------------------------------------------------------------

    def start(
        self, session: Session, subject_id: str, rule: TermRule, event_on: date, *, owner_posts: Sequence[str] = (), label: str = "",
        within: date | None = None,
    ) -> Deadline:  # fmt: skip
        """Begins a term; one that runs already under this key keeps its clock, so that a case that comes again is not given new time.

        `within`: the last day of another term, of which this one is a part; the day of the event itself where that is over.
        """
        found = self.find(session, subject_id, rule.key, lock=True)
        if found is not None and found.state in {"running", "stopped"}:
            return found
        row = found or Deadline(id=new_id(), subject_id=subject_id, key=rule.key)
        row.label, row.rule, row.event_on, row.due_on = label or rule.label, rule.as_dict(), event_on, event_on
        row.explanation = row.explanation_en = row.calendar_version = ""
        row.state, row.provisional, row.owner_posts = "running", 0, list(owner_posts)
        row.stopped_on = row.met_on = row.promised_on = None
        session.add(row)
        session.flush()
        limit = {"within": max(within, event_on).isoformat()} if within else {}
        note(session, row, "started", self.clock.now(), {"on": event_on.isoformat(), **limit})
        self._count(session, row)
        if (stands := stopped.reason_of(session, subject_id)) is not None:  # the clock of the whole subject stands
            self.stop(session, subject_id, rule.key, max(self.clock.today(), event_on), stands)
        return row

    def meet(self, session: Session, subject_id: str, key: str, on: date) -> Deadline | None:
        """What was to be done has been done; None if there is no such deadline. One whose clock stands goes on for this moment, so that its last
        day tells whether it was done in time.
        """
        found = self.find(session, subject_id, key, lock=True)
        if found is not None and found.state == "stopped":
            self.resume(session, subject_id, key, on)
        return self._end(session, subject_id, key, "meet", on)

    def cancel(self, session: Session, subject_id: str, key: str, on: date) -> Deadline | None:
        """The deadline no longer applies."""
        return self._end(session, subject_id, key, "cancel", on)

    def _end(self, session: Session, subject_id: str, key: str, act: str, on: date) -> Deadline | None:
        row = self.find(session, subject_id, key, lock=True)
        if row is None or row.state in {"met", "cancelled"}:
            return row
        row.state, row.met_on, row.next_on = follow(row.state, act), on, None
        note(session, row, row.state, self.clock.now(), {"on": on.isoformat(), "late": on > row.due_on})
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

        What counts is the day of the application (today without one); while the clock stands no day goes by. The new day is moved to a
        working day, but by plain counting.
        Raises ExtensionTooLate after the term, NotAllowed for an earlier day.
        """
        row = self.find(session, subject_id, key, lock=True)
        if row is None or row.state not in {"running", "stopped"}:
            raise NotAllowed("没有正在计算的期限，不能延期", "no term is running that could be extended")
        if min(applied_on or self.clock.today(), row.stopped_on or date.max) > row.due_on:
            raise ExtensionTooLate(f"期限已于 {row.due_on} 届满，不能再延期", f"the term ended on {row.due_on} and cannot be extended any more")
        reached = rests_on(rule_from(row.rule), to, self.published.in_force(session))
        if reached <= row.due_on:
            raise NotAllowed(f"延期后的日期 {reached} 应晚于原期限 {row.due_on}", f"the new day, {reached}, must lie after the last one, {row.due_on}")
        details = {"from": row.due_on.isoformat(), "asked": to.isoformat(), "by": approved_by, "reason": reason}
        note(session, row, "extended", self.clock.now(), details)
        row.promised_on = None
        return self._count(session, row)

    def move_limit(self, session: Session, subject_id: str, key: str, within: date) -> Deadline:
        """The term of which this one is a part was extended: counted again within its new last day; an own extension stands.

        A term that was not begun within another stays as it is. Raises NotAllowed where none runs.
        """
        row = self._require(session, subject_id, key)
        if row.state not in {"running", "stopped"}:
            raise NotAllowed("没有正在计算的期限", "no such term is running")
        note(session, row, "limit_moved", self.clock.now(), {"within": within.isoformat()})
        return self._count(session, row)

    def promise(self, session: Session, subject_id: str, key: str, on: date) -> Deadline:
        """What is late was promised for a day: nothing is said again until that day is over.

        Raises NotAllowed for a day in the past, for one further away than the term itself would be if it began today **[chosen]**, and
        for a term that does not run or has not passed: a slip in the year would silence everything for good.
        """
        row, today = self._require(session, subject_id, key), self.clock.today()
        if row.state != "running" or today <= row.due_on:
            raise NotAllowed("期限尚未逾期，不必承诺完成日期", "the term has not passed, so no day need be promised")
        if on < today:
            raise NotAllowed(f"预计完成的日期 {on} 已经过去，请填写今天或以后的日期", f"the expected day, {on}, is over; enter today or a later day")
        calendar = self.published.in_force(session)
        latest = reckon(rule_from(row.rule), today, calendar).due_on
        if on > latest:
            raise NotAllowed(
                f"预计完成的日期 {on} 太远，最晚到 {latest}（自今天起再算一个期限）",
                f"the expected day, {on}, is too far away; the latest is {latest}, one more term from today",
            )
        row.promised_on = on
        row.next_on = reminders.next_day(row, calendar, today)
        note(session, row, "promised", self.clock.now(), {"on": on.isoformat()})
        return row

    def stop(self, session: Session, subject_id: str, key: str, on: date, reason: str, until: date | None = None) -> Deadline:
        """Stops the clock; what is left is kept, in working days for a term that is counted in them. `until`: the day on which its owners are
        reminded that it still stands.
        """
        row = self._require(session, subject_id, key)
        row.state, row.stopped_on, row.next_on = follow(row.state, "stop"), on, until
        until_known = {"until": until.isoformat()} if until else {}
        note(session, row, "stopped", self.clock.now(), {"on": on.isoformat(), "reason": reason, **until_known})
        return self._count(session, row)

    def resume(self, session: Session, subject_id: str, key: str, on: date) -> Deadline:
        """Goes on with the days that were left when it stopped; the last day moves to a working day, but by plain counting. One that had passed
        stays as late as it was. Nothing is said of it today.
        """
        row = self._require(session, subject_id, key)
        row.state, row.stopped_on = follow(row.state, "resume"), None
        note(session, row, "resumed", self.clock.now(), {"on": on.isoformat()})
        self._count(session, row)
        row.next_on = reminders.next_day_after_resuming(row, self.published.in_force(session), self.clock.today())
        return row

    def _require(self, session: Session, subject_id: str, key: str) -> Deadline:
        row = self.find(session, subject_id, key, lock=True)
        if row is None:
            raise NotAllowed("没有这个期限", "there is no such term")
        return row

    def _count(self, session: Session, row: Deadline) -> Deadline:
        """Date and next reminder from the history; a date that rests on no notice yet is told once."""
        calendar = self.published.in_force(session)
        project(session, row, calendar)
        if row.state == "running":
            row.next_on = reminders.next_day(row, calendar, self.clock.today())
        session.flush()
        if row.provisional and not was_noted(session, row, "provisional", "told"):
            note(session, row, "provisional", self.clock.now(), {"due_on": row.due_on.isoformat()}, step="told")
            self.notify(session, row.owner_posts, row.subject_id, "provisional", *_alarm(row))
        return row

    # --- what is to be said ------------------------------------------------------------------------------------------------

    def tick(self, database: Database) -> list[Said]:
        """Moves what a new calendar moves, then says what is due, one deadline per transaction; returns what was said now.

        A deadline whose hook fails is left as it was and comes again with the next tick; failures are raised as a group at the end,
        after everything else was said.
        """
        _moved, failures = self.recounted(database)
        said, more = each(database, self._due, self._say)
        raise_all(failures + more)
        return said

    def _due(self, session: Session, leave_out: Sequence[str]) -> str | None:
        wanted = select(Deadline.id).where(Deadline.state.in_(("running", "stopped")), Deadline.next_on <= self.clock.today())
        wanted = wanted.where(Deadline.id.not_in(leave_out)).order_by(Deadline.next_on, Deadline.due_on, Deadline.id)
        return session.scalars(wanted.limit(1)).first()

    def _say(self, session: Session, row_id: str) -> Said | None:
        today = self.clock.today()
        row = session.get(Deadline, row_id, with_for_update=True)
        if row is None or row.state not in {"running", "stopped"} or row.next_on is None or row.next_on > today:  # another node was faster
            return None
        if row.state == "stopped":
            stopped.say_it_still_stands(session, row, self.clock.now())
            return None
        said = reminders.say(session, row, self.published.in_force(session), today, self.clock.now())
        if said is not None and self.on_said is not None:
            self.on_said(session, said)
        return said


def _alarm(row: Deadline) -> tuple[str, str]:
    return (
        f"“{row.label}”依据的节假日安排尚未公布，到期日 {row.due_on} 为暂定",
        f"“{row.rule.get('label_en') or row.label}”: the holiday notice is not published yet, the due date {row.due_on} is provisional",
    )
