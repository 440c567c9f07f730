"""What a verb must know before it acts: the task with its case, both locked in this order, its seats, and the answer given before."""

from __future__ import annotations

from collections.abc import Collection

from engine import tasks
from engine.errors import NotFound, NotYours
from engine.kernel import Kernel
from engine.link import Link
from engine.parties import rows
from engine.parties.rows import Party
from engine.people import Actor
from engine.rights import may_do
from engine.tokens import Element


class Attended(tasks.Look):
    """A task with its seats, which are read when its lock is held; on PostgreSQL in one round trip."""

    def __init__(self, task_id: str, actor: Actor) -> None:
        super().__init__(task_id, actor)
        self.parties: list[Party] = []

    def _read(self, link: Link, key: str) -> None:
        question = tasks.question(self.actor, link.lock_of("i, t"))
        found, seats = link.several((question, self._values(key)), (rows.OF_TASK, (self.task_id,)))
        self.row = found[0] if found else None
        self.parties = [rows.of_row(link, row) for row in seats]

    def as_holder(self) -> tasks.OpenTask:
        """The open task, if the actor has taken it and may do it; raises NotFound, TaskNotOpen, NotYours."""
        task = self.task()
        if task.assignee_id != self.actor.person_id or not may_do(task.assignee_id, self.actor, held=task.held, listed=task.listed):
            raise NotYours("只有认领这项任务的人可以这样办理", task=task.id, instance=task.instance_id)
        return task


class AtSeat(Attended):
    """As `Attended`, for a seat: of which task it is never changes, and is asked first."""

    def __init__(self, party_id: str, actor: Actor) -> None:
        super().__init__("", actor)
        self.party_id = party_id

    def _read(self, link: Link, key: str) -> None:
        row = link.one("SELECT task_id FROM task_party WHERE id = ?", self.party_id)
        self.task_id = row[0] if row else ""
        super()._read(link, key)

    def seat(self) -> Party:
        """The seat; raises NotFound."""
        found = next((party for party in self.parties if party.id == self.party_id), None)
        if found is None:
            raise NotFound(party=self.party_id)
        return found


def element_of(kernel: Kernel, link: Link, task: tasks.OpenTask) -> Element:
    """The element of a task, from its model."""
    return kernel.definitions.get(link, task.definition_id).models[task.process_id].elements[task.element]


def sitting(party: Party, actor: Actor, process_id: str) -> Actor | None:
    """The actor as he sits at a seat: in his own name where it is his, or one of a post of his at which nobody has sat down; for somebody
    absent where he deputises for him in this process; None where he was not asked.
    """
    if _is_of(party, actor.person_id, actor.post_ids):
        return actor
    stead = actor.stead_in(process_id)
    return actor.in_stead_of(stead) if stead is not None and _is_of(party, stead.person_id, stead.post_ids) else None


def _is_of(party: Party, person_id: str, post_ids: Collection[str]) -> bool:
    return party.post_id in post_ids if party.person_id is None else party.person_id == person_id


class Unlocked(tasks.Look):
    """As `tasks.Look`, for a page: nothing is locked."""

    def _read(self, link: Link, key: str) -> None:
        self.row = link.one(tasks.question(self.actor, ""), *self._values(key))
