"""What a case waits for, as rows: tasks of people, timers, subscriptions, deferred work. Written in batches at the end of a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from db.clock import legal_date
from db.ids import new_id
from engine import incidents, offices, standstill
from engine.bpmn.timers import due_moment, kept, parse_cycle
from engine.codec import encode
from engine.errors import NoSuchPost
from engine.parties import opening
from engine.parties import rows as seats
from engine.parties.rows import Party
from engine.people import PARTY, Actor
from engine.registry import CameBack
from engine.rights import prepared_by
from engine.tokens.errors import TokenError
from engine.tokens.model import Element
from engine.tokens.state import Scope, Token

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


class Waiting:
    """Collects the rows of one step."""

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

    def open(self, element: Element, token: Token, scope: Scope) -> None:
        """A token begins to wait."""
        kind = element.trigger.kind
        if element.kind in {"userTask", "manualTask"}:
            self._open_task(element, token, scope)
        elif kind == "timer":
            self.open_timer(element, token, scope)
        elif kind in {"message", "signal"}:
            self._subscribe(element, token, scope)

    def close(self, element: Element, token: Token, completed: bool) -> None:
        """A token waits no longer; what was opened in this very step leaves no row."""
        for rows in (self.tasks, self.timers, self.subscriptions, self.jobs):
            if rows.pop(token.id, None) is not None:
                self.candidates.pop(token.id, None)
                self.seats.pop(token.id, None)
                return
        if element.kind not in {"userTask", "manualTask"}:
            self.closed_waits.append(token.id)
        elif not completed:
            self.closed_tasks.append(token.id)
            self.case.note("withdrawn", element.id, element.name)

    # --- opening -----------------------------------------------------------------------------------------------------------

    def _open_task(self, element: Element, token: Token, scope: Scope) -> None:
        case, ref, link = self.case, self.case.ref, self.case.link
        case.at_element = element.id
        assignee, assignee_name = self._assignee(element, scope)
        posts = self.posts(element, scope)
        if assignee and posts and not self._held(assignee, posts, scope):
            assignee = assignee_name = ""  # the person has lost the post meanwhile: whoever holds it takes the task
        if not posts and not assignee:
            raise NoSuchPost(f"找不到能办理“{element.name}”的岗位（{'、'.join(element.candidates)}）", element=element.id)
        if not assignee and token.id in case.handed and self._may_take(element, scope, posts, *case.handed[token.id]):
            assignee, assignee_name = case.handed[token.id]
        back = self._came_back(element, scope, posts) if element.goes_back and not assignee else None
        if back is not None:
            assignee, assignee_name = back
        own, again = self._own_due(element, scope), element.id in (case.view(scope).get("done_by") or {})
        if own and (still := standstill.known(case)) is not None:
            own = standstill.mark(own, still["since"])
        due, id_ = link.due(own or case.due_on), new_id()
        self.tasks[token.id] = [
            id_, ref.instance_id, token.id, element.id, element.name[:255], element.name_en[:255], ref.procedure, scope.process,
            ref.business_key, ref.title, ref.scope, assignee or None, assignee_name, case.moment, case.version + 1, int(again), due, 1 if own else 0,
        ]  # fmt: skip
        free = 0 if assignee else 1
        self.candidates[token.id] = [(id_, post, scope.process, free, due) for post in sorted(posts)]
        if opening.COUNTERSIGN in element.properties:
            self.seats[token.id] = opening.seats(case, element, scope, id_, only=assignee if not posts else "")
        told = element.properties.get("party_notice", "")
        details = ({"came_back": True} if back else {}) | ({"told": [told, element.properties.get("party_notice_en") or told]} if told else {})
        case.note("opened", element.id, element.name, details or None)

    def _assignee(self, element: Element, scope: Scope) -> tuple[str, str]:
        """(person, name) that the model names: a FEEL text, or a context with `person_id` and `name`, as in `done_by.<task>`."""
        found = self.case.evaluate(element.assignee, scope) if element.assignee else None
        if isinstance(found, dict):
            return str(found.get("person_id") or ""), str(found.get("by_name") or found.get("name") or "")[:64]
        return str(found or ""), str(found or "")[:64]

    def _came_back(self, element: Element, scope: Scope, posts: set[str]) -> tuple[str, str] | None:
        """(person, name) of who did the task last in this case, who is told so; None where there is nobody, where the posts for it
        are held no longer, or where separation of duties bars him: then it is open to the posts as at first.
        """
        case = self.case
        done_by = case.view(scope).get("done_by") or {}
        last = done_by.get(element.id)
        if not last:
            return None
        person, name = str(last["person_id"]), str(last.get("by_name") or last["name"])[:64]
        held = self._may_take(element, scope, posts, person, name)
        if not held:
            return None
        because = element.properties.get("again_because", "")
        reason = case.evaluate(because, scope) if because else None
        found = CameBack(case.ref, element.name, element.name_en, person, tuple(sorted(held)), case.actor, str(reason or ""))
        case.kernel.on_came_back(case.session, found)
        return person, name

    def _may_take(self, element: Element, scope: Scope, posts: set[str], person: str, name: str) -> Sequence[str]:
        """The posts by which a person may do a task; none where he has lost them, or where separation of duties bars him."""
        case = self.case
        held = self._held(person, posts, scope)
        # What this very step completes is not in the table of tasks yet.
        done_by = case.view(scope).get("done_by") or {}
        bars = any(person in _signers(done_by.get(other) or {}) for other in element.not_by)
        if not held or bars or prepared_by(case.link, case.ref.instance_id, element, Actor(person, name)):
            return ()
        return held

    def _held(self, person: str, posts: set[str], scope: Scope) -> Sequence[str]:
        """Those of the posts that a person holds today, himself or as a deputy."""
        kernel = self.case.kernel
        return kernel.directory.held(self.case.session, person, posts, kernel.clock.today(), scope.process)

    def _own_due(self, element: Element, scope: Scope) -> date | None:
        """The date of `camunda:dueDate`; a task without one goes by its case."""
        value = self.case.evaluate(element.due_date, scope) if element.due_date else None
        if isinstance(value, datetime):
            return legal_date(value) if value.tzinfo else value.date()
        return value if isinstance(value, date) else None

    def redate_new_tasks(self) -> None:
        """Tasks that this step opened have the dates that the model gives them now."""
        for token, row in self.tasks.items():
            if row[-1]:
                row[-2] = self.case.link.due(self.own_due(token))
                self.candidates[token] = [(*candidate[:-1], row[-2]) for candidate in self.candidates[token]]

    def own_due(self, token_id: int) -> date | None:
        """The date that the model gives the open task of a token, counted now."""
        token = self.case.machine.tokens[token_id]
        return self._own_due(self.case.machine.element(token), self.case.machine.scopes[token.scope])

    def posts(self, element: Element, scope: Scope) -> set[str]:
        """The posts that may do a task: `role@relation`, relation to the office of the case or `office:` and FEEL; `kind@party` are the parties
        of this kind whom the case names.
        """
        case, found = self.case, set[str]()
        for group in element.candidates:
            role, _, relation = group.partition("@")
            if relation == PARTY:
                found.update(party for party in case.parties() if party.startswith(f"{role}:"))
                continue
            office = case.ref.office_id
            if relation.startswith("office:"):
                office, relation = str(case.evaluate(relation.removeprefix("office:"), scope) or ""), "own"
            found.update(case.kernel.directory.candidates(case.session, role, relation, office))
        return found

    def open_timer(self, element: Element, token: Token, scope: Scope, occurrence: int = 1, since: datetime | None = None) -> None:
        """A timer begins to run; the turns of a cycle are counted from `since`, not from when the last one was worked off."""
        case, trigger, text = self.case, element.trigger, element.trigger.expression
        cycle = parse_cycle(text) if trigger.timer_kind == "cycle" else None
        if cycle is None:
            due = due_moment(text, case.now, lambda feel: case.evaluate(feel, scope))
        elif cycle.times is not None and cycle.times < occurrence:
            return
        else:
            since = since or case.now
            due, text = cycle.turn(occurrence, since), kept(text, since)
        if due is None and "deadline(" not in text:  # a deadline is told later; anything else would wait for ever
            raise TokenError(element.id, f"“{element.name}”的定时 {text} 没有得出时间")
        self.timers[token.id] = [
            new_id(), case.ref.instance_id, token.id, element.id, trigger.timer_kind, text, occurrence, case.link.moment(due),
        ]  # fmt: skip

    def _subscribe(self, element: Element, token: Token, scope: Scope) -> None:
        case = self.case
        text = element.properties.get("correlation", "")
        value = case.evaluate(text, scope) if text else ""
        correlation = "" if value is None else str(value)[:255]
        self.subscriptions[token.id] = [
            new_id(), case.ref.instance_id, token.id, element.id, element.trigger.kind, element.trigger.name, correlation, case.moment,
        ]  # fmt: skip

    def defer(self, element: Element, token: Token, scope: Scope, *, external: bool) -> None:
        """Work whose answer comes back as a step of its own. The property `post` (FEEL) names whose worker may take it."""
        case = self.case
        text = element.properties.get("post", "")
        post = str(case.evaluate(text, scope) or "")[:128] if text else ""
        self.jobs[token.id] = [
            new_id(), f"{case.ref.instance_id}:{token.id}", element.topic, encode(case.inputs(element, scope)), case.ref.instance_id,
            token.id, element.id, case.version + 1, int(external), post, case.moment, case.moment,
        ]  # fmt: skip

    def done(self, task_id: str, process_id: str, due_on: Any, *, attended: bool = False) -> None:
        """The actor of the step has completed a task."""
        self.done_tasks.append((process_id, due_on, task_id))
        if attended:
            self.attended.append(task_id)

    # --- writing -----------------------------------------------------------------------------------------------------------

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


def _signers(done: Mapping[str, Any]) -> tuple[Any, Any]:
    """Who did a task, and in whose stead."""
    return done.get("person_id"), done.get("for_id")
