"""Hypothesis says whose turn it is; what he does is a throw of dice whose seed it draws, so that every verb has its share.

Two cases are worked on side by side: a batch takes the tasks of both, and what is done in one must leave the other alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.factories.kit import CHIEF as CHIEF_ACTOR
from tests.factories.kit import Kit
from tests.properties.engine.verbs.board import ACTORS, Board, Game
from tests.properties.engine.verbs.people import CHIEF, CLERKS, EVERYBODY, MAY_LEAVE
from tests.properties.engine.verbs.seats import RULES, SIGNING
from tests.properties.engine.verbs.turns import Turns
from tests.properties.engine.verbs.way import Task

DICE = st.integers(0, 2**63)
CASES = 2
LOOKS = 5  # turns after which somebody looks at his lists, and at the other case
RETURNS = tuple(f"return {how}" for how in ("out", "into", "within", "past", "beside"))  # as seen from the parallel part
BATCHES = ("batch claim", "batch transfer", "batch approve")
VERBS = (
    "claim", "release", "draft", "transfer", "complete", "rewalk", "direct", "approve", *BATCHES,
    "delegate", "ask", *(f"{kind} {rule}" for kind in SIGNING for rule in dict.fromkeys(rule.partition(":")[0] for rule in RULES)),
    *(f"answer {kind}" for kind in ("delegate", "ask", *SIGNING)), "remove", "copy", "read",
    *RETURNS, "take back", "withdraw", "cancel", "urge", "answer urging", "give up", "fall back",
)  # fmt: skip


class Verbs(RuleBasedStateMachine):
    """`kits` are set by whoever runs it; `accepted` and `refused` count what was played, on all of them at once."""

    kits: ClassVar[Sequence[Kit]] = ()
    accepted: ClassVar[Counter[str]] = Counter()
    refused: ClassVar[Counter[str]] = Counter()

    @classmethod
    def on(cls, kits: Sequence[Kit]) -> type[Verbs]:
        """The machine for these databases, with counts of its own."""
        return type("Verbs", (cls,), {"kits": kits, "accepted": Counter(), "refused": Counter()})

    @classmethod
    def steps(cls) -> int:
        """How many verbs were played."""
        return cls.accepted.total() + cls.refused.total()

    @classmethod
    def untried(cls) -> list[str]:
        """Verbs that were never accepted: nothing is shown of them."""
        return [verb for verb in VERBS if not cls.accepted[verb]]

    @initialize(seed=DICE)
    def begin(self, seed: int) -> None:
        for kit in self.kits:
            kit.bench.directory.left.clear()
        self.dice, self.left, self.turns = Random(seed), set[str](), 0
        self.board = Board(self.kits, self.accepted, self.refused)
        self.play = Turns(self.board, self.dice)
        self.board.new_day()
        self.games = [self.board.begin(self.dice.choice(CLERKS), self.left) for _ in range(CASES)]

    # --- turns ---------------------------------------------------------------------------------------------------------------

    @rule(whose=st.sampled_from(("holder", "holder", "holder", "asked", "asked", "mover", "anybody", "rarely")), seed=DICE)
    def turn(self, whose: str, seed: int) -> None:
        """Somebody does something in one of the cases (a new one where it is over); or, rarely, in all."""
        self.throw(seed)
        if whose == "rarely":
            (self.batch if self.dice.random() < 0.6 else self.house)()
            return
        at = self.dice.randrange(CASES)
        if self.games[at].desk.way.status != "active" and self.dice.random() < 0.8:
            self.games[at] = self.board.begin(self.dice.choice(CLERKS), self.left)
        {"holder": self.as_holder, "asked": self.as_asked, "mover": self.as_mover, "anybody": self.as_anybody}[whose](self.games[at])
        if not self.turns % LOOKS:
            self.board.look(self.games[at - 1])
            self.board.look_as(self.games[at], EVERYBODY[self.turns // LOOKS % len(EVERYBODY)])

    def throw(self, seed: int) -> None:
        """Hypothesis loves some numbers: the dice fall otherwise for each at every turn."""
        self.turns += 1
        self.dice.seed(f"{seed} {self.turns}")

    # --- what is done ----------------------------------------------------------------------------------------------------------

    def as_holder(self, game: Game) -> None:
        """Whoever has a task does what he may; what nobody has, somebody takes."""
        play, task = self.play, self.some_task(game)
        if task is None:
            return
        who = task.holder
        if not who or who in self.left:
            verb = self.dice.choices((play.claims, play.completes, play.saves, play.approves, play.returns), (24, 2, 1, 1, 1))[0]
            verb(game, play.able(game, task), task)
            return
        if task.came and self.dice.random() < 0.4:
            self.goes_on(game, who, task)
            return
        choices = (play.asks, self.goes_on, play.approves, play.saves, play.copies, self.removes, play.releases, play.transfers)
        self.dice.choices(choices, (6, 10, 3, 2, 1, 2, 1, 1))[0](game, who, task)

    def goes_on(self, game: Game, who: str, task: Task) -> bool:
        """Done; what was returned is walked again, or goes straight back."""
        return (self.play.resubmits if task.came and self.dice.random() < 0.6 else self.play.completes)(game, who, task)

    def removes(self, game: Game, who: str, task: Task) -> bool:
        """Mostly one who has not answered."""
        seats = [seat for seat in task.seats if seat.is_open] or task.seats
        return bool(seats) and self.play.removes(game, who, task, self.dice.choice(seats))

    def as_asked(self, game: Game) -> None:
        if self.dice.random() < 0.1 and (unread := [who for who, state in game.desk.copies.items() if state == "unread"]):
            self.play.reads(game, self.dice.choice(unread))
            return
        seats = [(task, seat) for task in game.desk.way.open.values() for seat in task.seats if seat.state == "open"]
        if not seats:
            self.as_holder(game)
            return
        task, seat = self.dice.choice(seats)
        self.play.answers(game, seat.person or CHIEF, task, seat)

    def as_mover(self, game: Game) -> None:
        """Something is sent back, taken back, withdrawn, ended, or urged."""
        play, desk, task, what = self.play, game.desk, self.some_task(game), self.dice.random()
        done = list(desk.way.done.values())
        if what < 0.45 and task is not None and done:
            play.returns(game, task.holder or play.able(game, task), task)
        elif what < 0.75 and done:
            last = self.dice.choice(done)
            play.takes_back(game, last.doer, last)
        elif what < 0.77:
            play.withdraws(game, desk.starter)
        elif what < 0.78:
            play.cancels(game, CHIEF)
        elif what < 0.87:
            self.board.urges(game, CHIEF)
        elif what < 0.92 and desk.urged:
            self.board.answers_urging(game, self.play.somebody())
        else:
            self.as_holder(game)

    def as_anybody(self, game: Game) -> None:
        play, who = self.play, self.play.somebody()
        task = self.some_task(game) if self.dice.random() < 0.7 else None
        task = task or self.dice.choice(game.desk.way.tasks)
        of_task = (
            play.claims, play.releases, play.saves, play.transfers, play.completes, play.resubmits, play.approves, play.asks, play.copies, play.returns, play.takes_back,
        )  # fmt: skip
        what = self.dice.random()
        if what < 0.15 and task.seats:
            self.dice.choice((play.answers, play.removes))(game, who, task, self.dice.choice(task.seats))
        elif what < 0.25 and who in game.desk.copies:
            play.reads(game, who)
        elif what < 0.29:
            self.dice.choice((play.withdraws, play.cancels))(game, who)
        else:
            self.dice.choice(of_task)(game, who, task)

    def some_task(self, game: Game) -> Task | None:
        there = list(game.desk.way.open.values())
        return self.dice.choice(there) if there else None

    def batch(self) -> None:
        """The open tasks of all cases, one after the other: what one comes to is nothing to the others."""
        play, verb, who = self.play, self.dice.choices(BATCHES, (2, 1, 2))[0], self.play.somebody()
        chosen = [(game, task) for game in self.games for task in game.desk.way.open.values()]
        if len(chosen) < 2:
            return
        if verb == "batch approve" and (holders := [task.holder for _game, task in chosen if task.holder]):
            who = self.dice.choice(holders)
        act = {"batch claim": play.claims, "batch transfer": play.transfers, "batch approve": play.approves}[verb]
        for game, task in chosen:
            act(game, CHIEF if verb == "batch transfer" else who, task, verb)

    def house(self) -> None:
        """Somebody leaves; or the day is over, and whoever left is waited for no longer."""
        if self.dice.random() < 0.5:
            self.board.house(self.games, "give up", lambda kit: kit.engine.parties.give_up(), lambda desk: desk.give_up())
        elif len(self.left) < 2:
            who = self.dice.choice(MAY_LEAVE)
            self.left.add(who)
            for kit in self.kits:
                kit.bench.directory.left.add(who)
            if self.dice.random() < 0.5:
                self.board.house(self.games, "fall back", lambda kit: fall_back(kit, who), lambda desk: desk.fall_back(who))

    def teardown(self) -> None:
        """What is not over would stand in the lists of the next walk; ended, nobody is asked for anything."""
        for game in getattr(self, "games", ()):
            self.board.look(game)
            for side in game.sides:
                if game.desk.way.status == "active":
                    side.kit.engine.cancel_case(side.case, "走完了", CHIEF_ACTOR, side.kit.key())
                assert side.kit.rows("SELECT count(*) FROM task_party WHERE instance_id = ? AND state IN ('open', 'waiting')", side.case) == [(0,)]
        for kit in self.kits:
            assert kit.rows("SELECT count(*) FROM incident") == [(0,)]


def fall_back(kit: Kit, who: str) -> None:
    """As the pages about people do it when somebody leaves."""
    with kit.database.write() as session:
        kit.engine.staffing.fall_back(session, who, ACTORS[CHIEF], "离岗")
