"""The door to the verbs by which several people work on one task: each is one transaction with a key, a row in the history, a lock on the case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from engine.errors import NotPossibleNow, NotYours, StepFailed, TaskNotOpen
from engine.kernel import Kernel
from engine.link import Link
from engine.parties import answering, asking, copying, reading, removing, transferring
from engine.parties.answering import Answer
from engine.parties.asking import Request
from engine.parties.looking import AtSeat, Attended, Unlocked
from engine.parties.reading import Copy
from engine.parties.rows import Party
from engine.parties.rules import ALL, ASK
from engine.people import SYSTEM, Actor, Colleague
from engine.rights import may_do, require_sight, require_voice
from engine.steps import Steps

ANSWER, REMOVE, GIVE_UP = "answer_party", "remove_party", "give_up_seats"
OF_A_PERSON = frozenset((ANSWER, REMOVE, GIVE_UP))  # what may let a token go on, and so may fail on the way; the last is done again the next day


class Parties:
    """Given the steps of an engine; `engine.api.Engine.parties`."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self.kernel: Kernel = steps.kernel

    def transfer(self, task_id: str, to: str, reason: str, actor: Actor, key: str) -> None:
        """转办: gives a task to another holder of its posts, with a reason; by its holder, or by a post of `may_transfer`."""
        look, given = Attended(task_id, actor), {"task_id": task_id, "to": to, "reason": reason}
        self._steps.step(
            "transfer", actor, key, given, lambda s, link: transferring.transfer(self.kernel, s, link, look, to, reason),
            task_id=task_id, recall=look.recall,
        )  # fmt: skip

    def ask(
        self, task_id: str, kind: str, people: Sequence[str], actor: Actor, key: str, *, text: str = "", rule: str = ALL, waits: bool = False
    ) -> list[str]:  # fmt: skip
        """委派, 前加签, 后加签, 会签, 沟通 (`rules.KINDS`): returns the ids of the seats. `waits`: the holder cannot go on before a question is answered."""
        look, request = Attended(task_id, actor), Request(kind, tuple(people), text, rule, waits and kind == ASK)
        given = {"task_id": task_id, "kind": kind, "people": list(people), "text": text, "rule": rule, "waits": waits}
        return list(
            self._steps.step(
                "ask", actor, key, given, lambda s, link: asking.ask(self.kernel, s, link, look, request), task_id=task_id, recall=look.recall
            )
        )  # fmt: skip

    def answer(
        self, party_id: str, actor: Actor, key: str, *, agreed: bool | None = None, opinion: str = "", values: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:  # fmt: skip
        """A delegate gives back, a signer agrees or refuses, a question is answered; what that decides is done in the same step."""
        look, answer = AtSeat(party_id, actor), Answer(agreed, opinion, values)
        given = {"party_id": party_id, "agreed": agreed, "opinion": opinion, "values": dict(values) if values is not None else None}
        found: dict[str, Any] = self._steps.step(
            ANSWER, actor, key, given, lambda s, link: answering.answer(self.kernel, s, link, look, answer), recall=look.recall
        )
        return found

    def save(self, party_id: str, values: Mapping[str, Any], actor: Actor) -> None:
        """Keeps what a delegate has half filled in; the latest wins, so that a key is not needed."""
        look, given = AtSeat(party_id, actor), {"party_id": party_id, "values": dict(values)}
        self._steps.once("draft", actor, "", given, lambda s, link: answering.save(link, look, values), look.recall)

    def remove(self, party_id: str, reason: str, actor: Actor, key: str) -> dict[str, Any]:
        """减签, 收回: takes off who has not answered; the undo of `ask` as long as nobody has."""
        look, given = AtSeat(party_id, actor), {"party_id": party_id, "reason": reason}
        found: dict[str, Any] = self._steps.step(
            REMOVE, actor, key, given, lambda s, link: removing.remove(self.kernel, s, link, look, reason), recall=look.recall
        )
        return found

    def copy(self, task_id: str, people: Sequence[str], actor: Actor, key: str, *, text: str = "") -> list[str]:
        """抄送: names of those who have the case copied to them now."""
        look, given = Attended(task_id, actor), {"task_id": task_id, "people": list(people), "text": text}
        return list(
            self._steps.step(
                "copy", actor, key, given, lambda s, link: copying.copy(self.kernel, s, link, look, people, text),
                task_id=task_id, recall=look.recall,
            )
        )  # fmt: skip

    def read(self, party_id: str, actor: Actor, key: str) -> None:
        """已阅: the receipt of a copy."""
        look = AtSeat(party_id, actor)
        self._steps.step(
            "read_copy", actor, key, {"party_id": party_id}, lambda s, link: copying.read(self.kernel, link, look), recall=look.recall
        )

    def give_up(self) -> int:
        """Takes off whoever has left since he was asked, each task in a step of its own; how many tasks. Called once a day, by anybody."""
        with self.kernel.database.read() as session:
            link, today = Link(session), self.kernel.clock.today()
            open_ = "FROM task_party WHERE state IN ('open', 'waiting') AND person_id"
            asked = sorted(row[0] for row in link.all(f"SELECT DISTINCT person_id {open_} IS NOT NULL"))
            lost = set(asked) - {found.person_id for found in self.kernel.directory.named(session, asked, today)}
            tasks = [row[0] for person in sorted(lost) for row in link.all(f"SELECT DISTINCT task_id {open_} = ? ORDER BY task_id", person)]
        tasks = list(dict.fromkeys(tasks))
        for task_id in tasks:
            look = Attended(task_id, SYSTEM)
            with suppress(TaskNotOpen, StepFailed):  # it is over meanwhile; or it left an incident, and is tried again the next day
                self._steps.step(
                    GIVE_UP, SYSTEM, "", {"task_id": task_id}, partial(self._give_up, look), task_id=task_id, recall=look.recall
                )
        return len(tasks)

    def _give_up(self, look: Attended, session: Session, link: Link) -> dict[str, Any]:
        return removing.give_up(self.kernel, session, link, look)

    def again(self, operation: str, given: Mapping[str, Any], actor: Actor, key: str) -> None:
        """Tries again what failed when the token went on."""
        if operation == ANSWER:
            self.answer(given["party_id"], actor, key, agreed=given["agreed"], opinion=given["opinion"], values=given["values"])
        else:
            self.remove(given["party_id"], given["reason"], actor, key)

    # --- reads, limited to what the reader may see -------------------------------------------------------------------------

    def choices(self, task_id: str, verb: str, actor: Actor) -> list[Colleague]:
        """Who may be chosen for a verb of this task; raises NotFound, TaskNotOpen, NotYours, NotPossibleNow."""
        with self.kernel.database.read() as session:
            link, look = Link(session), Unlocked(task_id, actor)
            look.recall(link, "")
            task = look.task()
            require_sight(link, task.instance_id, actor)
            is_holder = task.assignee_id == actor.person_id and may_do(task.assignee_id, actor, held=task.held, listed=task.listed)
            seats = reading.seating(self.kernel, session, link, task, actor, attended=task.attended, is_holder=is_holder)
            if verb not in seats.verbs:
                raise NotPossibleNow(task=task_id, instance=task.instance_id)
            return reading.choices(self.kernel, session, link, task, verb, actor)

    def kept_out(self, task_id: str, actor: Actor) -> list[Colleague]:
        """Who holds a post of a task and cannot be given it all the same; raises NotFound, TaskNotOpen."""
        with self.kernel.database.read() as session:
            link, look = Link(session), Unlocked(task_id, actor)
            look.recall(link, "")
            task = look.task()
            require_sight(link, task.instance_id, actor)
            return reading.kept_out(self.kernel, session, link, task)

    def of_case(self, instance_id: str, actor: Actor) -> list[tuple[str, str, Party]]:
        """(task, English name of it, seat) of everybody who was ever asked in a case."""
        with self.kernel.database.read() as session:
            link = Link(session)
            require_sight(link, instance_id, actor)
            return reading.of_case(link, instance_id)

    def copies(self, actor: Actor, limit: int = 25, offset: int = 0) -> tuple[list[Copy], bool]:
        """What was copied to a person, unread first, and whether there is more."""
        with self.kernel.database.read() as session:
            found = reading.copies(Link(session), actor, limit + 1, offset)
            return list(found[:limit]), len(found) > limit

    def unread(self, actor: Actor) -> int:
        """How many copies a person has not read yet, up to a hundred."""
        with self.kernel.database.read() as session:
            return reading.unread(Link(session), actor)

    def may_speak(self, instance_id: str, actor: Actor) -> bool:
        """Whether a person who sees a case may leave remarks and files in it; whoever was only asked or copied may not."""
        with self.kernel.database.read() as session:
            try:
                require_voice(Link(session), instance_id, actor)
            except NotYours:
                return False
            return True
