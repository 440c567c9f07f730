"""Plays one act on every database and on the reference; all must come to the same, and the case must stand alike afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from db.clock import SHANGHAI
from deadlines.api import DeadlineService
from deadlines.states import NotAllowed
from engine.errors import EngineError, NotFound, Refusal
from engine.people import Actor
from engine.worklist import WorklistQuery
from tests.factories.kit import ANN, BOB, CHIEF, Kit
from tests.factories.tables import CAO, DOU, EVA
from tests.properties.engine.verbs import diagram
from tests.properties.engine.verbs.desk import Desk
from tests.properties.engine.verbs.people import CHIEF as CHIEF_ID
from tests.properties.engine.verbs.people import No
from tests.properties.engine.verbs.seeing import Side, expected
from tests.properties.engine.verbs.way import Task

ACTORS: dict[str, Actor] = {who.person_id: who for who in (ANN, BOB, CAO, DOU, CHIEF, EVA)}
A_WHILE = timedelta(minutes=2)  # so that nobody has just claimed anything


class UrgedToday(Exception):
    """A case is urged from the board once a day."""


@dataclass
class Game:
    """One case: in the reference, and on each database."""

    desk: Desk
    sides: list[Side]


def furnished(kit: Kit) -> Kit:
    """A node with the people and the diagram of the game."""
    kit.hire(CAO, DOU, EVA)
    kit.deploy(toy_bpmn=diagram.PROCESS, fill_form=diagram.form("fill"), judge_form=diagram.form("judge"))
    return kit


class Board:
    """`kits` are the databases; `accepted` and `refused` count the plays of each verb."""

    def __init__(self, kits: Sequence[Kit], accepted: Counter[str], refused: Counter[str]) -> None:
        self.kits, self.accepted, self.refused = kits, accepted, refused

    def new_day(self) -> None:
        """A game takes less than a day."""
        for kit in self.kits:
            kit.clock.set(datetime.combine(kit.clock.today() + timedelta(days=1), time(), SHANGHAI))

    def begin(self, starter: str, left: set[str]) -> Game:
        """A new case."""
        sides = [
            Side(kit, kit.engine.start("toy", office_id="nb", actor=ACTORS[starter], key=kit.key(), title="一件案子").instance_id) for kit in self.kits
        ]
        game = Game(Desk(starter, left), sides)
        self.look(game)
        return game

    def play(self, game: Game, verb: str, act: Callable[[Side], object], model: Callable[[], None]) -> bool:
        """Whether it was accepted."""
        try:
            model()
            wanted = ""
        except No as refusal:
            wanted = str(refusal)
        for side in game.sides:
            side.kit.clock.advance(A_WHILE)
            try:
                act(side)
                came = ""
            except (EngineError, NotAllowed, UrgedToday) as refusal:
                came = type(refusal).__name__
            assert came == wanted, f"{_name(side)}, {verb}: expected {wanted or 'no refusal'}, but got {came or 'none'}"
        (self.refused if wanted else self.accepted)[verb] += 1
        self.look(game)
        return not wanted

    def house(self, games: Sequence[Game], verb: str, act: Callable[[Kit], object], model: Callable[[Desk], None]) -> None:
        """What nobody does who could be refused: in all cases at once."""
        for game in games:
            model(game.desk)
        for kit in self.kits:
            kit.clock.advance(A_WHILE)
            act(kit)
        self.accepted[verb] += 1
        for game in games:
            self.look(game)

    def look(self, game: Game) -> None:
        """The case stands alike everywhere."""
        wanted = expected(game.desk)
        for side in game.sides:
            found = side.see()
            assert found == wanted, f"{_name(side)}: expected\n{wanted}\nbut found\n{found}"

    def look_as(self, game: Game, who: str) -> None:
        """Somebody finds in his list what is his, sees the case if he may, and is offered to take back what he may."""
        desk, actor = game.desk, ACTORS[who]
        for side in game.sides:
            engine, query = side.kit.engine, WorklistQuery(side.kit.clock.today(), limit=1_000)
            assert {row.element for row in engine.worklist(actor, query).items if row.instance_id == side.case} == desk.lists(who), _name(side)
            try:
                offers = engine.moves.offers(side.case, actor)
            except NotFound:
                assert not desk.sees(who), _name(side)
                continue
            assert desk.sees(who), _name(side)
            is_active = desk.way.status == "active"
            steps = {step for step, task in desk.way.done.items() if is_active and not refusal_of(lambda task=task: desk.may_take_back(who, task))}  # type: ignore[misc]
            withdraws = is_active and not refusal_of(lambda: desk.may_withdraw(who))
            assert (offers.withdraw, {step.element for step in offers.steps}, offers.cancel) == (withdraws, steps, is_active and who == CHIEF_ID), _name(side)

    # --- acts that look before they are done -----------------------------------------------------------------------------------

    def returns(self, game: Game, who: str, task: Task, to: str, *, as_shown: bool) -> bool:
        """驳回: what is offered and foretold must be what the reference says, too."""
        desk, actor = game.desk, ACTORS[who]
        done, barred = set(desk.way.done), refusal_of(lambda: desk.may_return(who, task))
        foreseen = desk.way.foresee(task, to) if not barred and to in done else None

        def act(side: Side) -> None:
            moves, id_ = side.kit.engine.moves, side.task(desk, task)
            if foreseen is None or not as_shown:
                with suppress(Refusal):
                    offered = {step.done.element for step in moves.options(id_, actor)}
                    assert not barred and offered == done, f"{_name(side)}: offered {offered}"
                version = side.kit.rows("SELECT version FROM instance WHERE id = ?", side.case)[0][0]
                moves.return_task(id_, -1, version - (not as_shown), "请再核", actor, side.kit.key())
                return
            offered = {step.done.element: step for step in moves.options(id_, actor)}
            assert offered.keys() == done
            assert {step for step, one in offered.items() if one.is_before} == done & diagram.before(task.step)
            seen = moves.preview(id_, offered[to].done.node, actor)
            assert shown(seen) == foreseen, f"{_name(side)}: shown {shown(seen)}, but expected {foreseen}"
            moves.return_task(id_, offered[to].done.node, seen.version, "请再核", actor, side.kit.key())

        return self.play(game, f"return {diagram.how(task.step, to)}", act, lambda: desk.send_back(who, task, to, as_shown=as_shown))

    def urges(self, game: Game, who: str) -> bool:
        """催办: a matter of the ledger of terms, which knows no task; it must leave the case alone, and the case must leave it."""

        def act(side: Side) -> None:
            with side.kit.database.write() as session:
                ledger = DeadlineService(side.kit.clock)
                if ledger.urge_today(session, side.case, by_id=who, by_name=who, posts=["clerk:nb"], text="请抓紧") is None:
                    raise UrgedToday

        return self.play(game, "urge", act, lambda: game.desk.urge(who))

    def answers_urging(self, game: Game, who: str) -> bool:
        def act(side: Side) -> None:
            with side.kit.database.write() as session:
                DeadlineService(side.kit.clock).answer(session, side.urged[0] if side.urged else "none", by=who, text="在办")

        return self.play(game, "answer urging", act, lambda: game.desk.answer_urging(who))


def refusal_of(model: Callable[[], None]) -> str:
    """The name of the refusal, empty for none."""
    try:
        model()
    except No as refusal:
        return str(refusal)
    return ""


def shown(seen: Any) -> dict[str, Any]:
    """A preview as the reference foresees it."""
    tasks = {name: sorted(fate.element.id for fate in fates if fate.what == "task") for name, fates in (("cancelled", seen.cancelled), ("kept", seen.kept))}
    joins = tuple(sum(fate.what == "join" for fate in fates) for fates in (seen.cancelled, seen.kept))
    return {**tasks, "undone": sorted(done.element for done in seen.undone), "keeps_own": seen.keeps_own, "at_the_join": joins}


def _name(side: Side) -> str:
    return str(side.kit.database.url.get_backend_name())
