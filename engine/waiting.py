"""What a case waits for, as rows: tasks of people, timers, subscriptions, deferred work. Written in batches at the end of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from db.ids import new_id
from engine.bpmn.timers import due_moment, parse_cycle
from engine.codec import encode
from engine.errors import NoSuchPost
from engine.tokens.model import Element
from engine.tokens.state import Scope, Token

if TYPE_CHECKING:
    from engine.case import Case

NEVER = "9999-12-31"


class Waiting:
    """Collects the rows of one step."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.tasks: dict[int, list[Any]] = {}
        self.candidates: dict[int, list[tuple[Any, ...]]] = {}
        self.timers: dict[int, list[Any]] = {}
        self.subscriptions: dict[int, list[Any]] = {}
        self.jobs: dict[int, list[Any]] = {}
        self.closed_tasks: list[int] = []
        self.closed_waits: list[int] = []
        self.wanted: list[tuple[str, str]] = []

    def open(self, element: Element, token: Token, scope: Scope) -> None:
        """A token begins to wait."""
        kind = element.trigger.kind
        if element.kind in {"userTask", "manualTask"}:
            self._open_task(element, token, scope)
        elif kind == "timer":
            self._open_timer(element, token, scope)
        elif kind in {"message", "signal"}:
            self._subscribe(element, token, scope)

    def close(self, element: Element, token: Token, completed: bool) -> None:
        """A token waits no longer; what was opened in this very step leaves no row."""
        for rows in (self.tasks, self.timers, self.subscriptions, self.jobs):
            if rows.pop(token.id, None) is not None:
                self.candidates.pop(token.id, None)
                return
        if element.kind in {"userTask", "manualTask"}:
            if not completed:
                self.closed_tasks.append(token.id)
                self.case.note("withdrawn", element.id, element.name)
        else:
            self.closed_waits.append(token.id)

    def _open_task(self, element: Element, token: Token, scope: Scope) -> None:
        case, ref, link = self.case, self.case.ref, self.case.link
        assignee = str(case.evaluate(element.assignee, scope) or "") if element.assignee else ""
        posts = self.posts(element, scope)
        if not posts and not assignee:
            raise NoSuchPost(f"找不到能办理“{element.name}”的岗位（{'、'.join(element.candidates)}）", element=element.id)
        due = link.day(case.due_on) or (NEVER if link.is_sqlite else _never())
        id_ = new_id()
        self.tasks[token.id] = [
            id_, ref.instance_id, token.id, element.id, element.name, element.name_en, ref.procedure, scope.process, ref.business_key,
            ref.title, ref.scope, "open", assignee or None, assignee, link.moment(case.now), case.version + 1, due,
        ]  # fmt: skip
        self.candidates[token.id] = [(id_, post, 0 if assignee else 1, due) for post in sorted(posts)]
        case.note("opened", element.id, element.name)

    def posts(self, element: Element, scope: Scope) -> set[str]:
        """The posts that may do a task: `role@relation`, relation to the office of the case or `office:` and FEEL."""
        case, found = self.case, set[str]()
        for group in element.candidates:
            role, _, relation = group.partition("@")
            office = case.ref.office_id
            if relation.startswith("office:"):
                office, relation = str(case.evaluate(relation.removeprefix("office:"), scope) or ""), "own"
            found.update(case.kernel.directory.candidates(case.session, role, relation, office))
        return found

    def _open_timer(self, element: Element, token: Token, scope: Scope, occurrence: int = 1) -> None:
        case, trigger = self.case, element.trigger
        if (
            trigger.timer_kind == "cycle"
            and (cycle := parse_cycle(trigger.expression))
            and cycle.times is not None
            and cycle.times < occurrence
        ):
            return
        due = due_moment(trigger.timer_kind, trigger.expression, case.now, lambda text: case.evaluate(text, scope))
        self.timers[token.id] = [
            new_id(), case.ref.instance_id, token.id, element.id, trigger.timer_kind, trigger.expression, occurrence, case.link.moment(due),
        ]  # fmt: skip

    def again(self, element: Element, token: Token, scope: Scope, occurrence: int) -> None:
        """A cycle timer that has fired waits for its next turn."""
        self._open_timer(element, token, scope, occurrence)

    def _subscribe(self, element: Element, token: Token, scope: Scope) -> None:
        case = self.case
        text = element.properties.get("correlation", "")
        value = case.evaluate(text, scope) if text else ""
        correlation = "" if value is None else str(value)
        self.subscriptions[token.id] = [
            new_id(), case.ref.instance_id, token.id, element.id, element.trigger.kind, element.trigger.name, correlation,
        ]  # fmt: skip
        self.wanted.append((element.trigger.name, correlation))

    def defer(self, element: Element, token: Token, payload: dict[str, Any], *, external: bool) -> None:
        """Work whose answer comes back as a step of its own."""
        case, moment = self.case, self.case.link.moment(self.case.now)
        worker = element.properties.get("post", "")
        self.jobs[token.id] = [
            new_id(), f"{case.ref.instance_id}:{token.id}", element.topic, encode(payload), case.ref.instance_id, token.id, element.id,
            int(external), worker, moment, moment,
        ]  # fmt: skip

    def flush(self) -> None:
        """Writes the rows."""
        link, instance = self.case.link, self.case.ref.instance_id
        self._close_rows()
        link.many(
            "INSERT INTO task (id, instance_id, token, element, name, name_en, procedure, process_id, business_key, title, scope, state,"
            " assignee_id, assignee_name, opened_at, opened_version, due_on) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            list(self.tasks.values()),
        )
        link.many(
            "INSERT INTO task_candidate (task_id, post_id, claimable, due_on) VALUES (?, ?, ?, ?)",
            [row for rows in self.candidates.values() for row in rows],
        )
        link.many(
            "INSERT INTO timer (id, instance_id, token, element, timer_kind, expression, occurrence, due_at, outcome, attempts)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', 0)",
            list(self.timers.values()),
        )
        link.many(
            "INSERT INTO subscription (id, instance_id, token, element, kind, name, correlation) VALUES (?, ?, ?, ?, ?, ?, ?)",
            list(self.subscriptions.values()),
        )
        link.many(
            "INSERT INTO outbox (id, key, topic, payload, instance_id, token, element, external, worker, state, attempts, due_at, created_at,"
            " last_error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', 0, ?, ?, '')",
            list(self.jobs.values()),
        )
        link.many("UPDATE message SET state = 'pending' WHERE state = 'parked' AND name = ? AND correlation = ?", self.wanted)
        self.__init__(self.case)  # type: ignore[misc]
        assert instance

    def _close_rows(self) -> None:
        link, instance, now = self.case.link, self.case.ref.instance_id, self.case.link.moment(self.case.now)
        link.many(
            "DELETE FROM task_candidate WHERE task_id IN (SELECT id FROM task WHERE instance_id = ? AND token = ? AND state = 'open')",
            [(instance, t) for t in self.closed_tasks],
        )
        link.many(
            "UPDATE task SET state = 'cancelled', closed_at = ? WHERE instance_id = ? AND token = ? AND state = 'open'",
            [(now, instance, t) for t in self.closed_tasks],
        )
        gone = [(instance, t) for t in self.closed_waits]
        link.many("DELETE FROM subscription WHERE instance_id = ? AND token = ?", gone)
        link.many(
            "UPDATE timer SET done_at = ?, outcome = 'withdrawn' WHERE instance_id = ? AND token = ? AND done_at IS NULL",
            [(now, *pair) for pair in gone],
        )
        link.many(
            "UPDATE outbox SET state = 'withdrawn' WHERE instance_id = ? AND token = ? AND state IN ('pending', 'failed')", gone
        )

    def carry_header(self) -> None:
        """Open tasks show number, title and term of their case."""
        case, link = self.case, self.case.link
        due = link.day(case.due_on) or (NEVER if link.is_sqlite else _never())
        link.run(
            "UPDATE task SET title = ?, business_key = ?, due_on = ? WHERE instance_id = ? AND state = 'open'",
            case.ref.title, case.ref.business_key, due, case.ref.instance_id,
        )  # fmt: skip
        link.run(
            "UPDATE task_candidate SET due_on = ? WHERE task_id IN (SELECT id FROM task WHERE instance_id = ? AND state = 'open')",
            due,
            case.ref.instance_id,
        )


def _never() -> Any:
    from datetime import date  # noqa: PLC0415 -- only PostgreSQL wants the object

    return date(9999, 12, 31)
