"""The rows of what a case waits for, collected in one step and written in batches at its end."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from engine import incidents, offices
from engine.parties import rows as seats
from engine.parties.rows import Party

if TYPE_CHECKING:
    from engine.case import Case

_TASK = (
    "INSERT INTO task (id, instance_id, token, element, name, name_en, procedure, process_id, business_key, title, scope, state,"
    " assignee_id, assignee_name, opened_at, opened_version, again, due_on, own_due) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, ?, ?, ?, ?, ?)"
)
_CANDIDATE = "INSERT INTO task_candidate (task_id, post_id, process_id, claimable, due_on) VALUES (?, ?, ?, ?, ?)"
_TIMER = (
    "INSERT INTO timer (id, instance_id, token, element, timer_kind, expression, occurrence, due_at, outcome, attempts)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', 0)"
)
_SUBSCRIPTION = "INSERT INTO subscription (id, instance_id, token, element, kind, name, correlation, opened_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_JOB = (
    "INSERT INTO outbox (id, key, topic, payload, instance_id, token, element, opened_version, external, post, worker, state, attempts,"
    " due_at, created_at, last_error) VALUES (?, COALESCE((SELECT 'e' || max(number) || ':' FROM epoch), '') || ?, ?, ?, ?, ?, ?, ?, ?, ?, '',"
    " 'pending', 0, ?, ?, '')"
)  # the epoch in the key: after a restore the tokens are counted anew, and the world knows some of their keys already

Listed = tuple[str, Any, str]  # process, legal date, task: its place in the lists


class Rows:
    """Collects the rows of one step and writes them; `engine.waiting` says which."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.tasks: dict[int, list[Any]] = {}
        self.candidates: dict[int, list[tuple[Any, ...]]] = {}
        self.timers: dict[int, list[Any]] = {}
        self.subscriptions: dict[int, list[Any]] = {}
        self.jobs: dict[int, list[Any]] = {}
        self.emitted: list[tuple[str, str]] = []  # (id, topic)
        self.closed_tasks: list[int] = []
        self.closed_waits: list[int] = []
        self.done_tasks: list[Listed] = []
        self.withdrawn: list[Listed] = []
        self.moved: list[tuple[str, Any, str, Any]] = []  # as `Listed`, and the new date
        self.redated: dict[str, date] = {}  # steps with dates of their own that get others: open task → date
        self.ended_incidents: list[str] = []  # about what is withdrawn
        self.seats: dict[int, list[Party]] = {}  # by token: who the model has sign beside the holder
        self.attended: list[str] = []  # done tasks at which others were asked

    def look(self) -> None:
        """Reads which open tasks the step withdraws or moves to another date: what is asked comes before what is written."""
        link, case = self.case.link, self.case
        of_case = "FROM task WHERE instance_id = ? AND state = 'open'"
        if self.closed_tasks:
            rows = link.all(f"SELECT process_id, due_on, id, token {of_case} ORDER BY id", case.ref.instance_id)
            closed = set(self.closed_tasks)
            self.withdrawn = [row[:3] for row in rows if row[3] in closed]
        if case.incidents and (self.closed_waits or self.withdrawn):
            tasks = {row[2] for row in self.withdrawn}
            self.ended_incidents = incidents.of_withdrawn(link, case.ref.instance_id, self.closed_waits, tasks)
        if case.header_changed:
            gone = {row[2] for row in (*self.withdrawn, *self.done_tasks)}
            due = link.due(case.due_on)
            rows = link.all(f"SELECT process_id, due_on, id {of_case} AND own_due = 0 AND due_on <> ? ORDER BY id", case.ref.instance_id, due)
            self.moved = [(*row, due) for row in rows if row[2] not in gone]
            self._look_for_redated(gone)
            self._date_new_tasks(due)

    def _look_for_redated(self, gone: set[str]) -> None:
        """Steps with dates of their own, of which these change."""
        if self.redated:
            link = self.case.link
            sql = f"SELECT process_id, due_on, id FROM task WHERE state = 'open' AND id IN ({link.places(self.redated)}) ORDER BY id"
            self.moved += [(*row, link.due(self.redated[row[2]])) for row in link.all(sql, *self.redated) if row[2] not in gone]
            self.moved.sort(key=lambda row: row[2])

    def _date_new_tasks(self, due: Any) -> None:
        """Tasks that this step opened before it set the term have it too."""
        for token, row in self.tasks.items():
            if not row[-1]:
                row[-2] = due
                self.candidates[token] = [(*candidate[:-1], due) for candidate in self.candidates[token]]

    def flush(self) -> None:
        """Writes the rows: tasks before their candidates, as everywhere, so that two steps never wait for each other."""
        link, case = self.case.link, self.case
        self._close_tasks()
        self._close_waits()
        incidents.close(link, case.ref.instance_id, self.ended_incidents, case.now)
        link.many(_TASK, list(self.tasks.values()))
        link.many(_CANDIDATE, [row for rows in self.candidates.values() for row in rows])
        offices.add(link, case.ref.scope, [(row[7], row[-2], row[0]) for row in self.tasks.values()])
        for token, asked in self.seats.items():
            seats.add(link, asked, self.tasks[token][-2])
            seats.attend(link, asked[0].task_id)
        link.many(_TIMER, list(self.timers.values()))
        link.many(_SUBSCRIPTION, list(self.subscriptions.values()))
        link.many(_JOB, list(self.jobs.values()))
        self._call_for_effects()
        wanted = [(row[5], row[6]) for row in self.subscriptions.values() if row[4] == "message"]
        link.many("UPDATE message SET state = 'pending' WHERE state = 'parked' AND name = ? AND correlation = ?", wanted)
        if case.header_changed:
            self._carry_header()

    def _call_for_effects(self) -> None:
        effects = [*self.emitted, *((row[0], row[2]) for row in self.jobs.values() if not row[8])]
        if effects:
            self.case.kernel.call_for(self.case.link, effects)
        if outside := [(row[2], row[9]) for row in self.jobs.values() if row[8]]:
            self.case.kernel.on_outside(self.case.session, self.case.ref.instance_id, outside)

    def _close_tasks(self) -> None:
        """Done and withdrawn tasks leave every list."""
        case, link, gone = self.case, self.case.link, [*self.done_tasks, *self.withdrawn]
        person, stead = case.actor.person_id, case.actor.acts_for
        link.many(
            "UPDATE task SET state = 'completed', assignee_id = ?, assignee_name = ?, closed_at = ?, closed_by = ?, closed_for = ?, draft = NULL"
            " WHERE id = ? AND state = 'open'",
            [(person, case.actor.name, case.moment, person, stead.person_id if stead else "", row[2]) for row in self.done_tasks],
        )
        link.many(
            "UPDATE task SET state = 'cancelled', closed_at = ? WHERE id = ? AND state = 'open'",
            [(case.moment, row[2]) for row in self.withdrawn],
        )
        seats.over(link, [*self.attended, *(row[2] for row in self.withdrawn)], case.moment)
        link.many("DELETE FROM task_candidate WHERE task_id = ?", [(row[2],) for row in gone])
        offices.drop(link, case.ref.scope, gone)

    def _close_waits(self) -> None:
        link, gone = self.case.link, [(self.case.ref.instance_id, t) for t in self.closed_waits]
        link.many("DELETE FROM subscription WHERE instance_id = ? AND token = ?", gone)
        link.many(
            "UPDATE timer SET done_at = ?, outcome = 'withdrawn' WHERE instance_id = ? AND token = ? AND done_at IS NULL",
            [(self.case.moment, *pair) for pair in gone],
        )
        link.many(
            "UPDATE outbox SET state = 'withdrawn' WHERE instance_id = ? AND token = ? AND state IN ('pending', 'failed', 'held')",
            gone,
        )

    def _carry_header(self) -> None:
        """Open tasks show number, title and term of their case."""
        case, link = self.case, self.case.link
        ref = case.ref
        link.put(
            "UPDATE task SET title = ?, business_key = ? WHERE instance_id = ? AND state = 'open'",
            ref.title, ref.business_key, ref.instance_id,
        )  # fmt: skip
        link.many("UPDATE task SET due_on = ? WHERE id = ?", [(row[3], row[2]) for row in self.moved])
        link.many("UPDATE task_candidate SET due_on = ? WHERE task_id = ?", [(row[3], row[2]) for row in self.moved])
        seats.carry_due(link, [(row[2], row[3]) for row in self.moved])
        offices.drop(link, ref.scope, [row[:3] for row in self.moved])
        offices.add(link, ref.scope, [(row[0], row[3], row[2]) for row in self.moved])
