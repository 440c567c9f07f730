"""What each followed row says: from a row of the history, a seat, a notice to a post, an urging or an incident to what people are told.

A row is read when it is told: a task that somebody has claimed, done or lost meanwhile is news to nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from deadlines import model as ledger
from engine.codec import decode
from engine.kernel import OPERATOR_ROLE
from engine.link import Link
from engine.parties.tables import TaskParty
from engine.rights import is_listed
from engine.tables import History, Incident, Instance, Outbox, Task, TaskCandidate
from handlers.telling.people import People
from notices.store import Telling

ANSWERED = "urging_answered"  # told to the posts of whoever urged; he himself hears it by the urging
OF_POSTS = {
    "reminder": "reminder", "due_today": "due_today", "overdue": "overdue", "repeat": "overdue", "escalated": "escalated", "urged": "urged", "returned": "returned",
    "withdrawn": "withdrawn", "provisional": "moved_term", "recomputed": "moved_term", ANSWERED: "urge_answered",
    "clock_stopped": "moved_term", "clock_resumed": "moved_term", "still_stands": "reminder",
    "ended": "ended", "paper": "party_paper", "fault_at_once": "at_once", "loss": "at_once",
}  # fmt: skip
SEATS = {"delegate": "delegated", "before": "sign", "sign": "sign", "after": "sign", "ask": "question", "copy": "copied"}
HELD = {"opened": "assigned", "transferred": "transferred", "back_to_holder": "back"}
ANSWERS = {"agreed": ("同意", "agreed to"), "refused": ("不同意", "refused"), "answered": ("答复了", "answered about")}
OF_MAIL = "notices."  # topics of our own effects: a mail that cannot be sent is told on the pages, not by another mail
SUMMARY = 80


class Sources:
    """Reads rows in one transaction of the follower."""

    def __init__(self, session: Session, people: People) -> None:
        self.session, self.people = session, people
        self._opened: set[str] = set()  # tasks that were told: several of one element leave rows that look alike
        self._readers: dict[str, Callable[[str], Iterator[Telling]]] = {
            "history": self._history, "seat": self._seat, "notice": self._notice, "urging": self._urging, "incident": self._incident,
        }  # fmt: skip

    def read(self, source: str, key: str) -> list[Telling]:
        """What is told because of a row; nothing where it is moot by now."""
        return [telling for telling in self._readers[source](key) if telling.people]

    # --- tasks -------------------------------------------------------------------------------------------------------------

    def _history(self, key: str) -> Iterator[Telling]:
        row = self.session.get(History, int(key))
        if row is None:
            return
        details = row.details or {}
        wanted = select(Task).where(Task.instance_id == row.instance_id, Task.element == row.element, Task.state == "open")
        if row.kind == "opened":
            wanted = wanted.where(Task.opened_at == row.at)
        elif details.get("task"):
            wanted = wanted.where(Task.id == details["task"])
        for task in self.session.scalars(wanted.order_by(Task.id)).all():
            if row.kind != "opened" or task.id not in self._opened:
                yield from self._task(row, task, str(details.get("reason") or ""))
            self._opened.update([task.id] if row.kind == "opened" else [])

    def _task(self, row: History, task: Task, because: str) -> Iterator[Telling]:
        if row.kind == "opened" and (asked := self._asked(row, task)) is not None:
            yield asked
        if task.assignee_id is None:
            yield self._claimable(row, task)
            return
        if row.kind not in HELD or not self._is_still_so(row, task):
            return
        meant = self.people.meant([task.assignee_id], task.process_id, deputies=True, but=self._themselves(row))
        values = {**_step(task), "by": row.person_name, "because": because if row.kind != "opened" else ""}
        yield Telling(HELD[row.kind], _key(row, task), row.at, meant, task.instance_id, task.id, values)

    def _is_still_so(self, row: History, task: Task) -> bool:
        """Whether who has the task has it by this row: not by having claimed it, or from somebody else, since."""
        if row.kind == "opened":  # whom the model names has claimed nothing; and of a return the notice to the posts says it, with its reason
            return task.claimed_at is None and not self._is_told_as_returned(row, task)
        return row.kind != "transferred" or task.assignee_id in (row.details or {}).get("ids", ())

    def _claimable(self, row: History, task: Task) -> Telling:
        """For a post it is one notice with a count, however many tasks come."""
        posts = [post for post in self._posts(task) if row.kind != "opened" or ":" not in post]  # whom it asks outside is told so in words of his own
        meant = self.people.meant(self.people.holders(posts), task.process_id, deputies=True, but=self._themselves(row))
        return Telling("claimable", _key(row, task), row.at, meant, task.instance_id, task.id, _step(task), gathered="claimable")

    def _asked(self, row: History, task: Task) -> Telling | None:
        """The parties that a task asks: what they are to do, as the model puts it (property `party_notice`), for each task a notice of its own; of
        what came back to them the notice of the return says it, with its reason.
        """
        parties = [post for post in self._posts(task) if ":" in post]
        if not parties or self._is_told_as_returned(row, task):
            return None
        meant = self.people.meant(self.people.holders(parties), task.process_id, but=self._themselves(row))
        words = (row.details or {}).get("told")
        return Telling("party_task", _key(row, task), row.at, meant, task.instance_id, task.id, _step(task), words=tuple(words) if words else None)

    def _posts(self, task: Task) -> list[str]:
        found = self.session.scalars(select(TaskCandidate.post_id).where(TaskCandidate.task_id == task.id).order_by(TaskCandidate.post_id))
        return list(found)

    def _themselves(self, row: History) -> tuple[str, ...]:
        return (row.person_id, row.for_id) if row.for_id else (row.person_id,)

    def _is_told_as_returned(self, opened: History, task: Task) -> bool:
        """Whether the posts of the task are told, in the step that opened it, that it came back: by the model, or by a return."""
        if (opened.details or {}).get("came_back"):
            return True
        returns = select(History.details).where(History.instance_id == opened.instance_id, History.kind == "returned", History.at == opened.at)
        is_returned = any(found["to"] == task.element for found in self.session.scalars(returns) if found)
        return is_returned and is_listed(Link(self.session), task.id)

    # --- seats -------------------------------------------------------------------------------------------------------------

    def _seat(self, key: str) -> Iterator[Telling]:
        seat = self.session.get(TaskParty, key)
        task = self.session.get(Task, seat.task_id) if seat is not None else None
        if seat is None or task is None:
            return
        values = {**_step(task), "by": seat.asked_name, "because": ""}
        if seat.state in {"open", "unread"}:
            asked = [seat.person_id] if seat.person_id else self.people.holders([seat.post_id] if seat.post_id else [])
            occasion = SEATS[seat.kind]
            meant = self.people.meant(asked, task.process_id, but=(seat.asked_by,))
            yield Telling(occasion, f"seat:{seat.id}:{seat.state}", seat.asked_at, meant, seat.instance_id, None if seat.kind == "copy" else task.id, values)
        elif seat.state in ANSWERS and seat.closed_at is not None:
            said = dict(zip(("result", "result_en"), ANSWERS[seat.state], strict=True))
            asker = seat.asked_by or task.assignee_id or ""
            meant = self.people.meant([asker], task.process_id, but=(seat.person_id or "",))
            yield Telling("answered", f"seat:{seat.id}:{seat.state}", seat.closed_at, meant, seat.instance_id, task.id, {**values, "by": seat.person_name, **said})

    # --- terms and urgings -------------------------------------------------------------------------------------------------

    def _notice(self, key: str) -> Iterator[Telling]:
        """A notice to a post: whoever holds it today is told; who holds several of the posts, once."""
        row = self.session.get(ledger.Notice, key)
        if row is None:
            return
        same = ledger.Notice
        first = self.session.scalar(select(same.id).where(same.subject_id == row.subject_id, same.kind == row.kind, same.at == row.at, same.text == row.text).order_by(same.id).limit(1))
        process = self.session.scalar(select(Instance.process_id).where(Instance.id == row.subject_id)) or ""
        told = self.session.scalars(select(ledger.Urging.by_id).where(ledger.Urging.subject_id == row.subject_id)).all() if row.kind == ANSWERED else ()
        meant = self.people.meant(self.people.holders([row.post_id]), process, deputies=True, but=told)
        yield Telling(OF_POSTS.get(row.kind, "matter"), f"notice:{first}", row.at, meant, row.subject_id, words=(row.text, row.text_en))

    def _urging(self, key: str) -> Iterator[Telling]:
        row = self.session.get(ledger.Urging, key)
        if row is None or row.answered_at is None:
            return
        meant = self.people.meant([row.by_id], deputies=False)
        yield Telling("urge_answered", f"urging:{row.id}", row.answered_at, meant, row.subject_id, values={"by": row.answered_by, "because": row.answer[:SUMMARY]})

    # --- the house ---------------------------------------------------------------------------------------------------------

    def _incident(self, key: str) -> Iterator[Telling]:
        """Whoever looks after what stands still; which case it is, is not said: an administrator sees none (三员分立)."""
        row = self.session.get(Incident, key)
        if row is None or row.resolved_at is not None:
            return
        meant = self.people.meant(self.people.holders_of_role(OPERATOR_ROLE))
        what = row.element or str(row.action.get("operation", ""))
        yield Telling("incident", f"incident:{row.id}", row.created_at, meant, values={"what": what}, gathered="incident", only_pages=_is_of_mail(self.session, row))


def _key(row: History, task: Task) -> str:
    return f"opened:{task.id}" if row.kind == "opened" else f"history:{row.id}:{task.id}"


def _step(task: Task) -> dict[str, str]:
    return {"step": task.name, "step_en": task.name_en or task.name}


def _is_of_mail(session: Session, row: Incident) -> bool:
    """Whether a mail of ours could not be sent: another mail would fail as well, and say so by a third."""
    if row.action.get("operation") != "effect":
        return False
    effect = session.get(Outbox, decode(row.action["payload"])["id"])
    return effect is not None and effect.topic.startswith(OF_MAIL)
