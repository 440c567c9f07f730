"""What somebody does when it is his turn, as the dice fall: mostly what is his to do, so that every verb has its share."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.properties.engine.verbs.board import ACTORS, Board, Game
from tests.properties.engine.verbs.diagram import ENTERS, MAY_DO, STEPS
from tests.properties.engine.verbs.people import EVERYBODY
from tests.properties.engine.verbs.seats import RULES, SIGNING, Seat
from tests.properties.engine.verbs.way import Task, Values

NOTES = ("好", "好", "好", "更好", "")


class Turns:
    """The verbs, each with its dice. Whoever has left does nothing."""

    def __init__(self, board: Board, dice: Random) -> None:
        self.board, self.dice = board, dice

    def acts(self, game: Game, verb: str, who: str, act: Callable[[Any, Any, str], object], model: Callable[[], None]) -> bool:
        """`act` is given the engine, the actor and a key."""
        if who in game.desk.left:
            return False
        return self.board.play(game, verb, lambda side: act(side, ACTORS[who], side.kit.key()), model)

    # --- who -----------------------------------------------------------------------------------------------------------------

    def somebody(self) -> str:
        return self.dice.choice(EVERYBODY)

    def able(self, game: Game, task: Task) -> str:
        """Mostly one who may do a task."""
        may = [who for who in sorted(MAY_DO[task.step] - game.desk.left) if not game.desk.barred(who, task.step) and not task.seats.are_signed_by(who)]
        return self.dice.choice(may or list(EVERYBODY))

    def some(self, game: Game, task: Task, who: str) -> list[str]:
        """Mostly one to three who may be asked; now and then anybody, or nobody."""
        busy = task.seats.busy() | game.desk.left | {who}
        free = [one for one in EVERYBODY if one not in busy] if self.dice.random() < 0.9 else list(EVERYBODY)
        return self.dice.sample(free, min(len(free), self.dice.choice((1, 1, 1, 2, 2, 3, 0))))

    def values(self, step: str) -> Values:
        """What is entered; now and then too little."""
        return {ENTERS[step]: text} if step in ENTERS and (text := self.dice.choice(NOTES)) else {}

    # --- one task ------------------------------------------------------------------------------------------------------------

    def claims(self, game: Game, who: str, task: Task, verb: str = "claim") -> bool:
        desk = game.desk
        return self.acts(game, verb, who, lambda side, actor, key: side.kit.engine.claim(side.task(desk, task), actor, key), lambda: desk.claim(who, task))

    def releases(self, game: Game, who: str, task: Task) -> bool:
        desk = game.desk
        return self.acts(game, "release", who, lambda side, actor, key: side.kit.engine.release(side.task(desk, task), actor, key), lambda: desk.release(who, task))

    def saves(self, game: Game, who: str, task: Task) -> bool:
        desk, draft = game.desk, {"note": f"写到{self.dice.randrange(9)}"}
        return self.acts(
            game, "draft", who, lambda side, actor, key: side.kit.engine.save_draft(side.task(desk, task), draft, actor, key), lambda: desk.save(who, task, draft)
        )  # fmt: skip

    def transfers(self, game: Game, who: str, task: Task, verb: str = "transfer") -> bool:
        desk, to, reason = game.desk, self.able(game, task) if self.dice.random() < 0.8 else self.somebody(), "出差" if self.dice.random() < 0.9 else ""
        return self.acts(
            game, verb, who, lambda side, actor, key: side.kit.engine.parties.transfer(side.task(desk, task), to, reason, actor, key),
            lambda: desk.transfer(who, task, to, reason),
        )  # fmt: skip

    def completes(self, game: Game, who: str, task: Task) -> bool:
        """重走 where it was returned."""
        desk, entered = game.desk, self.values(task.step)
        return self.acts(
            game, "rewalk" if task.came else "complete", who,
            lambda side, actor, key: side.kit.engine.complete(side.task(desk, task), entered, actor, key), lambda: desk.complete(who, task, entered),
        )  # fmt: skip

    def resubmits(self, game: Game, who: str, task: Task) -> bool:
        """直达, mostly with what was signed for as it was."""
        desk, entered = game.desk, self.values(task.step)
        if task.step == "fill" and self.dice.random() < 0.6:
            entered = {"note": desk.way.values.get("note", "好")}
        return self.acts(
            game, "direct", who, lambda side, actor, key: side.kit.engine.moves.resubmit(side.task(desk, task), entered, actor, key),
            lambda: desk.complete(who, task, entered, "direct"),
        )  # fmt: skip

    def approves(self, game: Game, who: str, task: Task, verb: str = "approve") -> bool:
        desk = game.desk
        return self.acts(game, verb, who, lambda side, actor, key: side.kit.engine.approve(side.task(desk, task), actor, key), lambda: desk.complete(who, task, None))

    # --- those beside the holder ---------------------------------------------------------------------------------------------

    def asks(self, game: Game, who: str, task: Task) -> bool:
        desk, kind = game.desk, self.dice.choice(("delegate", "ask", *SIGNING))
        rule, waits, people = self.dice.choice(RULES), self.dice.random() < 0.5, self.some(game, task, who)
        if kind == "delegate" and self.dice.random() < 0.9:
            people = people[:1]
        return self.acts(
            game, f"{kind} {rule.partition(':')[0]}" if kind in SIGNING else kind, who,
            lambda side, actor, key: side.kit.engine.parties.ask(side.task(desk, task), kind, people, actor, key, text="请看", rule=rule, waits=waits),
            lambda: desk.ask(who, task, kind, people, rule, waits),
        )  # fmt: skip

    def answers(self, game: Game, who: str, task: Task, seat: Seat) -> bool:
        desk, agrees = game.desk, self.dice.random() < 0.75
        values = {"note": "代填"} if seat.kind == "delegate" and self.dice.random() < 0.8 else None
        agreed = agrees if seat.kind in SIGNING else None
        return self.acts(
            game, f"answer {seat.kind}", who,
            lambda side, actor, key: side.kit.engine.parties.answer(side.seat(desk, task, seat), actor, key, agreed=agreed, opinion="意见", values=values),
            lambda: desk.answer(who, task, seat, agrees, values),
        )  # fmt: skip

    def removes(self, game: Game, who: str, task: Task, seat: Seat) -> bool:
        desk = game.desk
        return self.acts(
            game, "remove", who, lambda side, actor, key: side.kit.engine.parties.remove(side.seat(desk, task, seat), "不等了", actor, key),
            lambda: desk.remove(who, task, seat),
        )  # fmt: skip

    def copies(self, game: Game, who: str, task: Task) -> bool:
        desk, people = game.desk, self.some(game, task, who)
        return self.acts(
            game, "copy", who, lambda side, actor, key: side.kit.engine.parties.copy(side.task(desk, task), people, actor, key), lambda: desk.copy(who, task, people)
        )  # fmt: skip

    def reads(self, game: Game, who: str) -> bool:
        return self.acts(game, "read", who, lambda side, actor, key: side.kit.engine.parties.read(side.copies[who], actor, key), lambda: game.desk.read(who))

    # --- moves ---------------------------------------------------------------------------------------------------------------

    def returns(self, game: Game, who: str, task: Task) -> bool:
        done = sorted(game.desk.way.done)
        to = self.dice.choice(done) if done and self.dice.random() < 0.95 else self.dice.choice(STEPS)
        return who not in game.desk.left and self.board.returns(game, who, task, to, as_shown=self.dice.random() < 0.95)

    def takes_back(self, game: Game, who: str, task: Task) -> bool:
        desk = game.desk
        return self.acts(
            game, "take back", who, lambda side, actor, key: side.kit.engine.moves.take_back(side.task(desk, task), actor, key), lambda: desk.take_back(who, task)
        )  # fmt: skip

    def withdraws(self, game: Game, who: str) -> bool:
        return self.acts(
            game, "withdraw", who, lambda side, actor, key: side.kit.engine.moves.withdraw(side.case, "填错了", actor, key), lambda: game.desk.withdraw(who)
        )  # fmt: skip

    def cancels(self, game: Game, who: str) -> bool:
        return self.acts(game, "cancel", who, lambda side, actor, key: side.kit.engine.cancel_case(side.case, "不办了", actor, key), lambda: game.desk.cancel(who))
