"""Hypothesis plays the verbs of several people at one task on every database at once, beside the reference of `table_of_people`.

Who has the next turn is hypothesis' choice; what he does is a throw of dice whose seed it draws, so that every verb has its share.
"""

from __future__ import annotations

import random
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
from tests.properties.engine.table_of_people import EVERYBODY, SHARES, SIGNING, No, Seat, Table

ACTORS: dict[str, Actor] = {who.person_id: who for who in (ANN, BOB, CAO, DOU, CHIEF, EVA)}
RULES = (*SHARES, "any")
KINDS = ("delegate", "ask", *SIGNING)
DICE = st.integers(0, 2**63)


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
        for kit in self.kits:
            kit.bench.directory.left.clear()
        self.turn = 0
        self.start(set())

    def start(self, left: set[str]) -> None:
        """A new case, which Ann takes at once."""
        self.table = Table(left=left)
        self.cases = [kit.start() for kit in self.kits]
        self.claim("ann")

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

    # --- turns ---------------------------------------------------------------------------------------------------------------

    @rule(seed=DICE)
    def holder(self, seed: int) -> None:
        self.as_holder(random.Random(seed))

    @rule(seed=DICE)
    def holder_again(self, seed: int) -> None:
        self.as_holder(random.Random(seed))

    def as_holder(self, dice: random.Random) -> None:
        """Whoever has the task does what he may; where nobody has it, somebody takes it; where all is done, a new case begins."""
        who = self.table.holder
        if self.table.step == "end":
            self.start(self.table.left)
        elif not who or who in self.table.left:
            self.claim(dice.choice(self.free(who) or EVERYBODY))
        else:
            {"ask": self.asks, "complete": self.completes, "copy": self.copies, "remove": self.removes, "release": self.releases, "transfer": self.transfers}[
                dice.choices(("ask", "complete", "copy", "remove", "release", "transfer"), (8, 5, 2, 2, 1, 2))[0]
            ](who, dice)

    @precondition(lambda self: self.open_seats())
    @rule(seed=DICE)
    def asked(self, seed: int) -> None:
        """One whose turn it is answers."""
        dice = random.Random(seed)
        number = dice.choice(self.open_seats())
        self.answers(number, self.table.seats[number].person, dice.random() < 0.7)

    @rule(seed=DICE)
    def anybody(self, seed: int) -> None:
        """Somebody tries something, which mostly is not his to do."""
        dice = random.Random(seed)
        who, verbs = dice.choice(EVERYBODY), [self.asks, self.completes, self.removes, self.releases, self.transfers, self.reads, self.claims]
        if self.table.seats:
            verbs.append(self.answers_anything)
        dice.choice(verbs)(who, dice)

    @rule(seed=DICE)
    def house(self, seed: int) -> None:
        """Somebody leaves; or the day is over, and whoever left is given up."""
        dice = random.Random(seed)
        if dice.random() < 0.5:
            self.play(lambda kit, _case: kit.engine.parties.give_up(), self.table.give_up)
        elif len(self.table.left) < 2 and self.table.seats:
            who = dice.choice(("bob", "cao", "dou", "eva"))
            self.table.left.add(who)
            for kit in self.kits:
                kit.bench.directory.left.add(who)

    # --- verbs ---------------------------------------------------------------------------------------------------------------

    def task(self, kit: Kit, case: str) -> str:
        """The task of the present step, or of the last one."""
        return str(kit.rows("SELECT id FROM task WHERE instance_id = ? ORDER BY id DESC LIMIT 1", case)[0][0])

    def free(self, besides: str) -> list[str]:
        """Who may be asked."""
        busy = {seat.person for seat in self.table.here() if seat.is_open} | self.table.left | {besides}
        return [one for one in EVERYBODY if one not in busy]

    def some(self, who: str, dice: random.Random) -> list[str]:
        """Mostly one to three who may be asked; now and then anybody."""
        free = self.free(who) if dice.random() < 0.9 else list(EVERYBODY)
        return dice.sample(free, min(len(free), dice.choice((0, 1, 1, 2, 2, 3)) if dice.random() < 0.3 else dice.choice((1, 2, 3))))

    def acts(self, who: str, act: Callable[[Kit, str, Actor], object], model: Callable[[], None]) -> None:
        """Whoever has left does nothing any more."""
        if who not in self.table.left:
            self.play(lambda kit, case: act(kit, case, ACTORS[who]), model)

    def claim(self, who: str) -> None:
        self.acts(who, lambda kit, case, actor: kit.engine.claim(self.task(kit, case), actor, kit.key()), lambda: self.table.claim(who))

    def claims(self, who: str, _dice: random.Random) -> None:
        self.claim(who)

    def releases(self, who: str, _dice: random.Random) -> None:
        self.acts(who, lambda kit, case, actor: kit.engine.release(self.task(kit, case), actor, kit.key()), lambda: self.table.release(who))

    def asks(self, who: str, dice: random.Random) -> None:
        kind, by, waits, people = dice.choice(KINDS), dice.choice(RULES), dice.random() < 0.5, self.some(who, dice)
        if kind == "delegate" and dice.random() < 0.9:
            people = people[:1]
        self.acts(
            who,
            lambda kit, case, actor: kit.engine.parties.ask(self.task(kit, case), kind, people, actor, kit.key(), text="请看", rule=by, waits=waits),
            lambda: self.table.ask(who, kind, people, by, waits),
        )

    def answers(self, number: int, who: str, agrees: bool) -> None:
        seat: Seat = self.table.seats[number]
        agreed, values = (agrees if seat.kind in SIGNING else None), ({"note": "代填"} if seat.kind == "delegate" else None)
        self.acts(
            who,
            lambda kit, case, actor: kit.engine.parties.answer(self.seat(kit, case, number), actor, kit.key(), agreed=agreed, opinion="意见", values=values),
            lambda: self.table.answer(who, number, agrees),
        )

    def answers_anything(self, who: str, dice: random.Random) -> None:
        number = dice.randrange(len(self.table.seats))
        self.answers(number, who if dice.random() < 0.5 else self.table.seats[number].person, agrees=True)

    def removes(self, who: str, dice: random.Random) -> None:
        if not self.table.seats:
            return
        undecided = [at for at, seat in enumerate(self.table.seats) if seat.is_open and seat.step == self.table.step]
        number = dice.choice(undecided) if undecided and dice.random() < 0.8 else dice.randrange(len(self.table.seats))
        self.acts(
            who, lambda kit, case, actor: kit.engine.parties.remove(self.seat(kit, case, number), "不等了", actor, kit.key()),
            lambda: self.table.remove(who, number),
        )  # fmt: skip

    def transfers(self, who: str, dice: random.Random) -> None:
        to, reason = dice.choice(EVERYBODY), "出差" if dice.random() < 0.8 else ""
        self.acts(
            who, lambda kit, case, actor: kit.engine.parties.transfer(self.task(kit, case), to, reason, actor, kit.key()),
            lambda: self.table.transfer(who, to, reason),
        )  # fmt: skip

    def completes(self, who: str, dice: random.Random) -> None:
        good = dice.random() < 0.8
        entered = {"note": "好"} if good else {}
        self.acts(who, lambda kit, case, actor: kit.engine.complete(self.task(kit, case), entered, actor, kit.key()), lambda: self.table.complete(who, good))

    def copies(self, who: str, dice: random.Random) -> None:
        people = self.some(who, dice)
        self.acts(who, lambda kit, case, actor: kit.engine.parties.copy(self.task(kit, case), people, actor, kit.key()), lambda: self.table.copy(who, people))

    def reads(self, who: str, _dice: random.Random) -> None:
        if who in self.table.copies:
            sql = "SELECT id FROM task_party WHERE instance_id = ? AND kind = 'copy' AND person_id = ?"
            self.acts(who, lambda kit, case, actor: kit.engine.parties.read(str(kit.rows(sql, case, who)[0][0]), actor, kit.key()), lambda: self.table.read(who))

    # --- what must be alike --------------------------------------------------------------------------------------------------

    def open_seats(self) -> list[int]:
        return [at for at, seat in enumerate(self.table.seats) if seat.state == "open" and seat.step == self.table.step]

    def seat(self, kit: Kit, case: str, number: int) -> str:
        """The id of a seat that the reference knows by number: both count them as they were asked."""
        return str(self.rows(kit, case)[number][0])

    def rows(self, kit: Kit, case: str) -> list[tuple[Any, ...]]:
        found = []
        for (task,) in kit.rows("SELECT id FROM task WHERE instance_id = ? ORDER BY id", case):
            found += [(p.id, p.kind, p.person_id, p.state, p.blocks) for p in seats(kit, task) if p.kind != "copy"]
        return found

    @invariant()
    def all_stand_alike(self) -> None:
        if not hasattr(self, "table"):
            return
        table, who = self.table, EVERYBODY[self.turn % len(EVERYBODY)]
        expected = (
            table.step, table.holder, table.draft, [(s.kind, s.person, s.state, s.blocks) for s in table.seats], sorted(table.copies.items()),
            sorted(table.done.items()),
        )  # fmt: skip
        self.turn += 1
        for kit, case in zip(self.kits, self.cases, strict=True):
            assert self.standing(kit, case) == expected
            assert (case in {row.instance_id for row in kit.engine.worklist(ACTORS[who], self.query(kit)).items}) == table.mine(who)
            assert self.is_seen(kit, case) == table.sees("eva")

    def query(self, kit: Kit) -> WorklistQuery:
        return WorklistQuery(kit.clock.today(), limit=1_000)

    def is_seen(self, kit: Kit, case: str) -> bool:
        try:
            kit.engine.header(case, EVA)
        except NotFound:
            return False
        return True

    def standing(self, kit: Kit, case: str) -> tuple[Any, ...]:
        open_ = kit.rows("SELECT element, assignee_id, draft IS NOT NULL FROM task WHERE instance_id = ? AND state = 'open'", case)
        copies = kit.rows("SELECT person_id, state FROM task_party WHERE instance_id = ? AND kind = 'copy' ORDER BY person_id", case)
        done = kit.rows("SELECT element, closed_by FROM task WHERE instance_id = ? AND state = 'completed' ORDER BY element", case)
        step, holder, draft = open_[0] if open_ else ("end", None, False)
        return step, holder or "", bool(draft), [row[1:] for row in self.rows(kit, case)], copies, done

    def teardown(self) -> None:
        """What is not over would stand in the lists of the next walk."""
        for kit in self.kits:
            for (case,) in kit.rows("SELECT id FROM instance WHERE status = 'active'"):
                kit.engine.cancel_case(case, "走完了", CHIEF, kit.key())
            assert kit.rows("SELECT count(*) FROM task_party WHERE state IN ('open', 'waiting')") == [(0,)]
            assert kit.rows("SELECT count(*) FROM incident") == [(0,)]
