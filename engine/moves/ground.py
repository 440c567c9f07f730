"""What a move stands on, read from the rows of a case: the graph of its way, who did which step, which tasks are open. Read when somebody moves, never by a step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.codec import decode
from engine.link import Link
from engine.moves.graph import Graph, Node
from engine.moves.planner import Barred, Models, Plan, before, entry, plan
from engine.tokens import Element, Machine

_CAUSES = "SELECT causes FROM history WHERE instance_id = ? AND causes IS NOT NULL ORDER BY id"
_DONE = (
    "SELECT id, token, element, name, name_en, closed_by, assignee_name, closed_at FROM task WHERE instance_id = ? AND state = 'completed'"
    " ORDER BY closed_at, id"
)
_OPEN = (
    "SELECT id, token, element, name, name_en, assignee_id, assignee_name, claimed_at, draft, attended"
    " FROM task WHERE instance_id = ? AND state = 'open' ORDER BY id"
)


@dataclass(frozen=True, slots=True)
class Done:
    """A step that was really passed and that counts: who did it, and when. `node` is its place in the graph."""

    node: int
    task_id: str
    element: str
    name: str
    name_en: str
    person_id: str
    person_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Open:
    """An open task. `is_begun`: somebody has claimed it or begun to fill it in. `answered_by`: of those who were asked beside its holder, one who has answered."""

    node: int
    task_id: str
    element: str
    name: str
    name_en: str
    assignee_id: str
    assignee_name: str
    is_begun: bool
    draft: str | None
    answered_by: str = ""
    claimed_at: datetime | None = None


def open_tasks(link: Link, instance_id: str, *, lock: bool = False) -> list[Open]:
    """The open tasks of a case, oldest first; `node` is the number of the token as it is now. `lock`: whoever is claiming one has done so before
    it is read, or finds it gone.
    """
    found = link.all(_OPEN + (link.lock if lock else ""), instance_id)
    answered = _answered(link, [row[0] for row in found if row[9]])
    return [
        Open(
            row[1], row[0], row[2], row[3], row[4], row[5] or "", row[6], row[7] is not None or row[8] is not None, row[8], answered.get(row[0], ""),
            link.as_moment(row[7]),
        )
        for row in found
    ]  # fmt: skip


def _answered(link: Link, tasks: list[str]) -> dict[str, str]:
    """Of tasks at which others were asked: somebody who has answered. Asked once the tasks are locked, so that no answer is on its way."""
    if not tasks:
        return {}
    sql = f"SELECT task_id, person_name FROM task_party WHERE state IN ('agreed', 'refused', 'answered') AND task_id IN ({link.places(tasks)})"
    return {row[0]: row[1] for row in link.all(sql, *tasks)}


class Ground:
    """One case as it is now."""

    def __init__(self, link: Link, instance_id: str, machine: Machine, models: Models, *, lock: bool = False) -> None:
        self.link, self.instance_id, self.machine, self.models = link, instance_id, machine, models
        self.graph = Graph.of((decode(row[0].encode()) for row in link.all(_CAUSES, instance_id)), machine)
        self.open = {self.graph.first(task.node): task for task in open_tasks(link, instance_id, lock=lock)}
        last: dict[int, Done] = {}
        for done in map(self._done, link.all(_DONE, instance_id)):  # a step that was done again stands where it was done last
            last.pop(done.node, None)
            last[done.node] = done
        self.done = [done for node, done in last.items() if node in self.graph.nodes and node not in self.open]

    def _done(self, row: tuple[Any, ...]) -> Done:
        at = self.link.as_moment(row[7])
        assert at is not None
        return Done(self.graph.first(row[1]), row[0], row[2], row[3], row[4], row[5] or "", row[6], at)

    def element(self, node: int) -> Element:
        """The element on which a node stands."""
        found = self.graph.nodes[node]
        return self.models(self.graph.scopes[found.scope].process).elements[found.element]

    def plan(self, node: int) -> Plan | Barred:
        """What a return to a node undoes."""
        return plan(self.graph, self.machine, self.models, node)

    def entry(self, node: int) -> tuple[Node, bool]:
        """Where a node can be entered again: itself, or a part around it as a whole."""
        return entry(self.graph, self.machine, self.models, node)

    def before(self, token: int) -> set[int]:
        """The nodes that lie before a living token."""
        return before(self.graph, self.graph.first(token))

    def between(self, plan: Plan, token: int) -> list[Done]:
        """The steps that are undone and that led from the target to a living token."""
        ahead = self.before(token)
        return [done for done in self.done if done.node in plan.gone and done.node in ahead]

    def undone(self, plan: Plan) -> list[Done]:
        """The steps that have to be done again, the target among them."""
        return [done for done in self.done if done.node in plan.gone or done.node == plan.asked.id]

