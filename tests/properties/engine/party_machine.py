"""Hypothesis plays the verbs of several people at one task on every database at once, beside the reference of `table_of_people`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.errors import EngineError, NotFound
from engine.people import Actor
from engine.worklist import WorklistQuery
from tests.factories.kit import ANN, BOB, CHIEF, Kit
from tests.factories.tables import CAO, DOU, EVA, FORM, PLAIN, seats
from tests.properties.engine.table_of_people import EVERYBODY, SHARES, No, Table

ACTORS: dict[str, Actor] = {who.person_id: who for who in (ANN, BOB, CAO, DOU, CHIEF, EVA)}
PEOPLE = st.lists(st.sampled_from(EVERYBODY), max_size=3, unique=True)
ANYBODY = st.sampled_from(EVERYBODY)
KINDS = st.sampled_from(("delegate", "before", "after", "after", "sign", "sign", "ask"))
RULES = st.sampled_from((*SHARES, "any"))


def furnished(kit: Kit) -> Kit:
    """A node with the people and the model of the walks."""
    kit.hire(CAO, DOU, EVA)
    kit.deploy(toy_bpmn=PLAIN, note_form=FORM)
    return kit


class Verbs(RuleBasedStateMachine):
    """`kits` are set by whoever runs it; `steps` counts what was played on all of them."""

    kits: ClassVar[Sequence[Kit]] = ()
    steps: ClassVar[int] = 0

    @initialize()
    def begin(self) -> None:
        self.table = Table()
        self.cases = [kit.start() for kit in self.kits]
        for kit in self.kits:
            kit.bench.directory.left.clear()
        self.turn = 0

    def play(self, act: Callable[[Kit, str], object], model: Callable[[], None]) -> None:
        """The same on every database and in the reference; all must come to the same."""
        try:
            model()
            expected = ""
        except No as refusal:
            expected = str(refusal)
        for kit, case in zip(self.kits, self.cases, strict=True):
            kit.clock.advance(timedelta(minutes=2))  # nobody has just claimed anything
            try:
                act(kit, case)
                came = ""
            except EngineError as refusal:
                came = type(refusal).__name__
            assert came == expected, f"{kit.database.url.get_backend_name()}: expected {expected or 'no refusal'}, but got {came or 'none'}"
        type(self).steps += 1

    def task(self, kit: Kit, case: str, step: str = "") -> str:
        """The task of the present step, or of the last one."""
        rows = kit.rows("SELECT id FROM task WHERE instance_id = ? ORDER BY id", case)
        return str(rows[("fill", "review").index(step) if step else -1][0])

    def acting(self, who: str) -> bool:
        """Whoever has left does nothing any more."""
        return who not in self.table.left

    @rule(who=ANYBODY)
    def claim(self, who: str) -> None:
        if self.acting(who):
            self.play(lambda kit, case: kit.engine.claim(self.task(kit, case), ACTORS[who], kit.key()), lambda: self.table.claim(who))

    @rule(who=ANYBODY)
    def release(self, who: str) -> None:
        if self.acting(who):
            self.play(lambda kit, case: kit.engine.release(self.task(kit, case), ACTORS[who], kit.key()), lambda: self.table.release(who))

    @precondition(lambda self: self.table.holder not in {"", *self.table.left})
    @rule(kind=KINDS, people=PEOPLE, by=RULES, waits=st.booleans())
    def holder_asks(self, kind: str, people: list[str], by: str, waits: bool) -> None:
        self.ask(self.table.holder, kind, people, by, waits)

    @rule(who=ANYBODY, kind=KINDS, people=PEOPLE, by=RULES, waits=st.booleans())
    def ask(self, who: str, kind: str, people: list[str], by: str, waits: bool) -> None:
        if self.acting(who):
            self.play(
                lambda kit, case: kit.engine.parties.ask(self.task(kit, case), kind, people, ACTORS[who], kit.key(), text="请看", rule=by, waits=waits),
                lambda: self.table.ask(who, kind, people, by, waits),
            )

    @precondition(lambda self: self.table.seats)
    @rule(data=st.data(), agrees=st.sampled_from((True, True, False)), other=st.booleans())
    def answer(self, data: Any, agrees: bool, other: bool) -> None:
        open_ = [at for at, seat in enumerate(self.table.seats) if seat.state == "open"]
        number = data.draw(st.sampled_from(open_ if open_ and not other else range(len(self.table.seats))))
        seat = self.table.seats[number]
        who = data.draw(ANYBODY) if other else seat.person
        if self.acting(who):
            agreed = agrees if seat.kind in {"before", "after", "sign"} else None
            values = {"note": "代填"} if seat.kind == "delegate" else None
            self.play(
                lambda kit, case: kit.engine.parties.answer(self.seat(kit, case, number), ACTORS[who], kit.key(), agreed=agreed, opinion="意见", values=values),
                lambda: self.table.answer(who, number, agrees),
            )

    def seat(self, kit: Kit, case: str, number: int) -> str:
        """The id of a seat that the reference knows by number: both count them as they were asked."""
        return self.rows(kit, case)[number][0]

    def rows(self, kit: Kit, case: str) -> list[tuple[Any, ...]]:
        found = []
        for (task,) in kit.rows("SELECT id FROM task WHERE instance_id = ? ORDER BY id", case):
            found += [(p.id, p.kind, p.person_id, p.state, p.blocks) for p in seats(kit, task) if p.kind != "copy"]
        return found

    @precondition(lambda self: self.table.seats)
    @rule(data=st.data(), who=ANYBODY, as_holder=st.booleans())
    def remove(self, data: Any, who: str, as_holder: bool) -> None:
        number = data.draw(st.integers(0, len(self.table.seats) - 1))
        who = self.table.holder if as_holder and self.table.holder else who
        if self.acting(who):
            self.play(
                lambda kit, case: kit.engine.parties.remove(self.seat(kit, case, number), "不等了", ACTORS[who], kit.key()),
                lambda: self.table.remove(who, number),
            )

    @rule(who=ANYBODY, to=ANYBODY, reason=st.sampled_from(("出差", "出差", "")), as_holder=st.booleans())
    def transfer(self, who: str, to: str, reason: str, as_holder: bool) -> None:
        who = self.table.holder if as_holder and self.table.holder else who
        if self.acting(who):
            self.play(
                lambda kit, case: kit.engine.parties.transfer(self.task(kit, case), to, reason, ACTORS[who], kit.key()),
                lambda: self.table.transfer(who, to, reason),
            )

    @rule(who=ANYBODY, good=st.sampled_from((True, True, True, False)), as_holder=st.booleans())
    def complete(self, who: str, good: bool, as_holder: bool) -> None:
        who = self.table.holder if as_holder and self.table.holder else who
        if self.acting(who):
            entered = {"note": "好"} if good else {}
            self.play(
                lambda kit, case: kit.engine.complete(self.task(kit, case), entered, ACTORS[who], kit.key()), lambda: self.table.complete(who, good)
            )

    @precondition(lambda self: self.table.holder)
    @rule(people=PEOPLE)
    def copy(self, people: list[str]) -> None:
        who = self.table.holder
        if self.acting(who):
            self.play(lambda kit, case: kit.engine.parties.copy(self.task(kit, case), people, ACTORS[who], kit.key()), lambda: self.table.copy(who, people))

    @precondition(lambda self: self.table.copies)
    @rule(data=st.data())
    def read(self, data: Any) -> None:
        who = data.draw(st.sampled_from(sorted(self.table.copies)))
        sql = "SELECT id FROM task_party WHERE instance_id = ? AND kind = 'copy' AND person_id = ?"
        self.play(lambda kit, case: kit.engine.parties.read(str(kit.rows(sql, case, who)[0][0]), ACTORS[who], kit.key()), lambda: self.table.read(who))

    @precondition(lambda self: len(self.table.left) < 2)
    @rule(who=st.sampled_from(("bob", "cao", "dou", "eva")))
    def leave(self, who: str) -> None:
        self.table.left.add(who)
        for kit in self.kits:
            kit.bench.directory.left.add(who)

    @precondition(lambda self: self.table.left)
    @rule()
    def give_up(self) -> None:
        self.play(lambda kit, _case: kit.engine.parties.give_up(), self.table.give_up)

    @invariant()
    def all_stand_alike(self) -> None:
        if not self.kits or not hasattr(self, "table"):
            return
        table = self.table
        expected = (
            table.step, table.holder, [(s.kind, s.person, s.state, s.blocks) for s in table.seats], sorted(table.copies.items()), sorted(table.done.items()),
        )  # fmt: skip
        who = EVERYBODY[self.turn % len(EVERYBODY)]
        self.turn += 1
        for kit, case in zip(self.kits, self.cases, strict=True):
            assert self.standing(kit, case) == expected
            assert (case in {row.instance_id for row in kit.engine.worklist(ACTORS[who], self.query(kit)).items}) == table.mine(who)
            assert self.is_seen(kit, case) == table.sees("eva")

    def query(self, kit: Kit) -> WorklistQuery:
        return WorklistQuery(kit.clock.today(), limit=100_000)

    def is_seen(self, kit: Kit, case: str) -> bool:
        try:
            kit.engine.header(case, EVA)
        except NotFound:
            return False
        return True

    def standing(self, kit: Kit, case: str) -> tuple[Any, ...]:
        open_ = kit.rows("SELECT element, assignee_id FROM task WHERE instance_id = ? AND state = 'open'", case)
        copies = kit.rows("SELECT person_id, state FROM task_party WHERE instance_id = ? AND kind = 'copy' ORDER BY person_id", case)
        done = kit.rows("SELECT element, closed_by FROM task WHERE instance_id = ? AND state = 'completed' ORDER BY element", case)
        step, holder = open_[0] if open_ else ("end", None)
        return step, holder or "", [row[1:] for row in self.rows(kit, case)], copies, done

    def teardown(self) -> None:
        """A case that is not over would stand in the lists of the next walk."""
        for kit, case in zip(self.kits, getattr(self, "cases", ()), strict=False):
            if kit.status(case) == "active":
                kit.engine.cancel_case(case, "走完了", CHIEF, kit.key())
            assert kit.rows("SELECT count(*) FROM task_party WHERE instance_id = ? AND state IN ('open', 'waiting')", case) == [(0,)]
            assert kit.rows("SELECT count(*) FROM incident") == [(0,)]
