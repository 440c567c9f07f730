"""What a case waits for, as rows: tasks of people, timers, subscriptions, deferred work. Written in batches at the end of a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from db.clock import legal_date
from db.ids import new_id
from engine import standstill
from engine.bpmn.timers import due_moment, kept, parse_cycle
from engine.codec import encode
from engine.errors import NoSuchPost
from engine.parties import opening
from engine.people import PARTY, Actor
from engine.registry import CameBack
from engine.rights import prepared_by
from engine.tokens.errors import TokenError
from engine.tokens.model import Element
from engine.tokens.state import Scope, Token
from engine.waiting_rows import Rows


class Waiting(Rows):
    """Opens and closes what waits, in one step."""

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


def _signers(done: Mapping[str, Any]) -> tuple[Any, Any]:
    """Who did a task, and in whose stead."""
    return done.get("person_id"), done.get("for_id")
