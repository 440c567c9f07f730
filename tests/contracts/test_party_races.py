"""Two people at one task at the same moment, in both orders: the second waits for the first, and sees what he did, or that he died."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest

from engine.errors import NoLongerAsked, NotPossibleNow, NotYours, TaskAlreadyClaimed, TaskNotOpen, WaitsForOthers
from tests.factories.kit import ANN, BOB, Kit
from tests.factories.races import Died, Pair
from tests.factories.tables import CAO, DOU, EVA, FORM, PLAIN, case_of, seat, states

Act = Callable[[Kit, str], object]  # on a task that Ann holds


def nothing(_kit: Kit, _task: str) -> None:
    """The task stands alone."""


def asked(kind: str, *people: str, rule: str = "all", hand_in: bool = False) -> Callable[[Kit, str], None]:
    def prepare(kit: Kit, task: str) -> None:
        kit.engine.parties.ask(task, kind, people, ANN, kit.key(), rule=rule, text="请看")
        if hand_in:
            kit.engine.complete(task, {"note": "好"}, ANN, kit.key())

    return prepare


def ask(kind: str, *people: str) -> Act:
    def act(kit: Kit, task: str) -> str:
        kit.engine.parties.ask(task, kind, people, ANN, kit.key(), text="请看")
        return "asked"

    return act


def sign(who: object, agreed: bool | None = True) -> Act:
    return lambda kit, task: kit.engine.parties.answer(seat(kit, task, who), who, kit.key(), agreed=agreed, opinion="意见")["result"]  # type: ignore[arg-type]


def remove(who: object) -> Act:
    return lambda kit, task: kit.engine.parties.remove(seat(kit, task, who), "不等了", ANN, kit.key())["result"]  # type: ignore[arg-type]


def complete(kit: Kit, task: str) -> str:
    kit.engine.complete(task, {"note": "好"}, ANN, kit.key())
    return "done"


def transfer(to: str) -> Act:
    return lambda kit, task: kit.engine.parties.transfer(task, to, "出差", ANN, kit.key()) or "given"


def release(kit: Kit, task: str) -> str:
    kit.engine.release(task, ANN, kit.key())
    return "released"


def copy(kit: Kit, task: str) -> object:
    return kit.engine.parties.copy(task, ["eva"], ANN, kit.key())


@dataclass(frozen=True)
class Came:
    """What both came to, how the seats stand, what is open and who has it."""

    first: object
    second: object
    seats: dict[str, str]
    open: str


@dataclass(frozen=True)
class Race:
    prepare: Callable[[Kit, str], None]
    one: Act
    other: Act
    outcomes: dict[str, Came]


RACES = {
    "any: sign/sign": Race(asked("sign", "bob", "cao", rule="any"), sign(BOB), sign(CAO, agreed=False), {
        "one commits": Came("agreed", NoLongerAsked, {"bob": "agreed", "cao": "withdrawn"}, "fill:ann"),
        "one dies": Came(Died, "refused", {"bob": "withdrawn", "cao": "refused"}, "fill:ann"),
        "other commits": Came("refused", NoLongerAsked, {"bob": "withdrawn", "cao": "refused"}, "fill:ann"),
        "other dies": Came(Died, "agreed", {"bob": "agreed", "cao": "withdrawn"}, "fill:ann"),
    }),
    "all: the last two sign": Race(asked("after", "bob", "cao", hand_in=True), sign(BOB), sign(CAO), {
        "one commits": Came("", "agreed", {"bob": "agreed", "cao": "agreed"}, "review"),
        "one dies": Came(Died, "", {"bob": "open", "cao": "agreed"}, "fill:ann"),
        "other commits": Came("", "agreed", {"bob": "agreed", "cao": "agreed"}, "review"),
        "other dies": Came(Died, "", {"bob": "agreed", "cao": "open"}, "fill:ann"),
    }),
    "sign/remove": Race(asked("sign", "bob"), sign(BOB), remove(BOB), {
        "one commits": Came("agreed", NoLongerAsked, {"bob": "agreed"}, "fill:ann"),
        "one dies": Came(Died, "lapsed", {"bob": "withdrawn"}, "fill:ann"),
        "other commits": Came("lapsed", NoLongerAsked, {"bob": "withdrawn"}, "fill:ann"),
        "other dies": Came(Died, "agreed", {"bob": "agreed"}, "fill:ann"),
    }),
    "the last signs after it/remove": Race(asked("after", "bob", hand_in=True), sign(BOB), remove(BOB), {
        "one commits": Came("agreed", TaskNotOpen, {"bob": "agreed"}, "review"),
        "one dies": Came(Died, "lapsed", {"bob": "withdrawn"}, "fill:ann"),
        "other commits": Came("lapsed", NoLongerAsked, {"bob": "withdrawn"}, "fill:ann"),
        "other dies": Came(Died, "agreed", {"bob": "agreed"}, "review"),
    }),
    "transfer/complete": Race(nothing, transfer("bob"), complete, {
        "one commits": Came("given", TaskAlreadyClaimed, {}, "fill:bob"),
        "one dies": Came(Died, "done", {}, "review"),
        "other commits": Came("done", TaskNotOpen, {}, "review"),
        "other dies": Came(Died, "given", {}, "fill:bob"),
    }),
    "transfer/transfer": Race(nothing, transfer("bob"), transfer("cao"), {
        "one commits": Came("given", NotYours, {}, "fill:bob"),
        "one dies": Came(Died, "given", {}, "fill:cao"),
        "other commits": Came("given", NotYours, {}, "fill:cao"),
        "other dies": Came(Died, "given", {}, "fill:bob"),
    }),
    "delegate/complete": Race(nothing, ask("delegate", "bob"), complete, {
        "one commits": Came("asked", WaitsForOthers, {"bob": "open"}, "fill:ann"),
        "one dies": Came(Died, "done", {}, "review"),
        "other commits": Came("done", TaskNotOpen, {}, "review"),
        "other dies": Came(Died, "asked", {"bob": "open"}, "fill:ann"),
    }),
    "sign after/complete": Race(nothing, ask("after", "bob"), complete, {
        "one commits": Came("asked", "done", {"bob": "open"}, "fill:ann"),
        "one dies": Came(Died, "done", {}, "review"),
        "other commits": Came("done", TaskNotOpen, {}, "review"),
        "other dies": Came(Died, "asked", {"bob": "waiting"}, "fill:ann"),
    }),
    "delegate/release": Race(nothing, ask("delegate", "bob"), release, {
        "one commits": Came("asked", NotPossibleNow, {"bob": "open"}, "fill:ann"),
        "one dies": Came(Died, "released", {}, "fill"),
        "other commits": Came("released", NotYours, {}, "fill"),
        "other dies": Came(Died, "asked", {"bob": "open"}, "fill:ann"),
    }),
    "copy/copy": Race(nothing, copy, copy, {
        "one commits": Came(["eva"], [], {"eva": "unread"}, "fill:ann"),
        "one dies": Came(Died, ["eva"], {"eva": "unread"}, "fill:ann"),
        "other commits": Came(["eva"], [], {"eva": "unread"}, "fill:ann"),
        "other dies": Came(Died, ["eva"], {"eva": "unread"}, "fill:ann"),
    }),
}  # fmt: skip


@pytest.mark.parametrize("fate", ["commits", "dies"])
@pytest.mark.parametrize("first", ["one", "other"])
@pytest.mark.parametrize("name", RACES)
def test_the_second_sees_what_the_first_has_done_or_that_he_died(
    kits: tuple[Kit, Kit], name: str, first: str, fate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = kits
    for kit in kits:
        kit.hire(CAO, DOU, EVA)
    here.deploy(toy_bpmn=PLAIN, note_form=FORM)
    chosen = RACES[name]
    task = here.open(here.start())["fill"]
    here.engine.claim(task, ANN, here.key())
    chosen.prepare(here, task)

    came = Pair(kits, partial(chosen.one, here, task), partial(chosen.other, there, task)).play(monkeypatch, first, fate)

    rows = here.rows("SELECT element, assignee_id FROM task WHERE instance_id = ? AND state = 'open'", case_of(here, task))
    stands = " ".join(":".join(filter(None, row)) for row in rows)
    assert Came(*came, states(here, task), stands) == chosen.outcomes[f"{first} {fate}"]
    assert here.rows("SELECT count(*) FROM incident") == [(0,)]
