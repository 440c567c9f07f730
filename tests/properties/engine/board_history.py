"""Cases played at random, for figures that are counted twice: `board_recount.py` counts what the history says of them."""

from __future__ import annotations

import random
from collections import defaultdict
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.clock import Clock
from engine.errors import NoWayBack, Refusal
from engine.people import SYSTEM, Actor
from tests.factories.bpmn import chain, end, process, properties, receive, start, user
from tests.factories.bpmn import message as named_message
from tests.factories.kit import Kit, person

SHORT = process(properties(may_cancel="clerk", may_transfer="clerk", may_stop_clock="clerk"), start(), user("look"), end(), chain("begun", "look", "done"), id_="short")
LONG = process(
    properties(may_transfer="clerk", may_stop_clock="clerk"), start(), user("take"), user("check", camunda_dueDate="${check_by}"), receive("wait", "letter", correlation="number"), user("sign"), end(),
    chain("begun", "take", "check", "wait", "sign", "done"), id_="long", references=named_message("letter"),
)  # fmt: skip
OFFICES = ("a", "a/1", "a/2", "b")
STAFF = {name: person(name, *(f"clerk:{office}" for office in OFFICES)) for name in ("ann", "bob", "eve")}
TURNS = 420


class Clocks:
    """Where terms are counted as plainly as can be: what stood for so many days is due so many days later."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.since = clock, dict[str, date]()

    def runs(self, session: Session, instance_id: str) -> bool:
        return instance_id not in self.since

    def stands(self, session: Session, instance_id: str) -> bool:
        return instance_id in self.since

    def stop(self, session: Session, instance_id: str, reason: str, until: date | None) -> None:
        self.since[instance_id] = self.clock.today()

    def resume(self, session: Session, instance_id: str, due_on: date | None, label: str) -> date | None:
        stood = self.clock.today() - self.since.pop(instance_id)
        return due_on and due_on + stood

    def end(self, session: Session, instance_id: str) -> None:
        self.since.pop(instance_id, None)


class History:
    """Plays at random, and remembers only what no row of the history tells: which date was set when."""

    def __init__(self, kit: Kit, seed: int, turns: int = TURNS) -> None:
        kit.deploy("short", short_bpmn=SHORT)
        kit.deploy("long", long_bpmn=LONG)
        kit.hire(*STAFF.values())
        kit.kernel.clocks = self.clocks = Clocks(kit.clock)
        self.kit, self.chance, self.turns = kit, random.Random(seed), turns
        self.dates: dict[str, list[tuple[int, date | None]]] = defaultdict(list)  # case → (rows of its history so far, date)
        self.checks: dict[str, date | None] = {}
        self.counted = 0

    def play(self) -> History:
        """The same history, when all of it has happened and is counted."""
        acts = [
            self.begin, self.begin, self.work, self.work, self.work, self.work, self.claim, self.claim, self.release, self.date, self.letter, self.stop, self.wait,
            self.count, self.send_back, self.send_back, self.take_back, self.take_back, self.transfer, self.stop_clock, self.resume_clock,
        ]  # fmt: skip
        for _turn in range(self.turns):
            self.chance.choice(acts)()
        for act in (self.begin, self.begin, self.claim) * 5:  # enough stands open, and not all of it is late
            act()
        self.kit.engine.board.count_new()
        return self

    def begin(self) -> None:
        kind, office, number = self.chance.choice(("short", "long")), self.chance.choice(OFFICES), len(self.checks)
        check_by = self._day() if self.chance.random() < 0.6 else None
        given = {"number": f"n{number}", "check_by": check_by}
        case = self.kit.engine.start(kind, office_id=office, actor=SYSTEM, key=self.kit.key(), variables=given, title="案").instance_id
        self.checks[case] = check_by
        if self.chance.random() < 0.6:
            self._set_due(case)

    def work(self) -> None:
        if task := self._task("1 = 1"):
            holder = STAFF[task[1]] if task[1] else self._anybody()
            if task[2] and self.chance.random() < 0.7:
                with suppress(NoWayBack):  # what was passed has changed since
                    self.kit.engine.moves.resubmit(task[0], {}, holder, self.kit.key())
                return
            self.kit.engine.complete(task[0], {}, holder, self.kit.key())

    def claim(self) -> None:
        if task := self._task("assignee_id IS NULL"):
            self.kit.engine.claim(task[0], self._anybody(), self.kit.key())

    def release(self) -> None:
        if task := self._task("assignee_id IS NOT NULL"):
            self.kit.engine.release(task[0], STAFF[task[1]], self.kit.key())

    def date(self) -> None:
        if cases := self.kit.rows("SELECT id FROM instance WHERE status = 'active' ORDER BY id"):
            self._set_due(self.chance.choice(cases)[0])

    def letter(self) -> None:
        if waiting := self.kit.rows("SELECT correlation FROM subscription ORDER BY id"):
            self.kit.engine.send_message("letter", self.chance.choice(waiting)[0], {}, self.kit.key())

    def stop(self) -> None:
        if self.chance.random() < 0.3 and (cases := self.kit.rows("SELECT id FROM instance WHERE status = 'active' AND process_id = 'short' ORDER BY id")):
            self.kit.engine.cancel_case(self.chance.choice(cases)[0], "不办了", self._anybody(), self.kit.key())

    def send_back(self) -> None:
        if task := self._task("assignee_id IS NOT NULL AND element IN ('check', 'sign')"):
            moves, holder = self.kit.engine.moves, STAFF[task[1]]
            node = self.chance.choice(moves.options(task[0], holder)).done.node
            moves.return_task(task[0], node, moves.preview(task[0], node, holder).version, "请再核", holder, self.kit.key())

    def take_back(self) -> None:
        sql = "SELECT t.id, t.closed_by FROM task t JOIN instance i ON i.id = t.instance_id WHERE t.state = 'completed' AND i.status = 'active' ORDER BY t.id"
        if done := self.kit.rows(sql):
            task, who = self.chance.choice(done)
            with suppress(Refusal):  # somebody has acted on it since
                self.kit.engine.moves.take_back(task, STAFF[who], self.kit.key())

    def transfer(self) -> None:
        if task := self._task("1 = 1"):
            to = self.chance.choice([name for name in sorted(STAFF) if name != task[1]])
            self.kit.engine.parties.transfer(task[0], to, "出差", self._anybody(), self.kit.key())

    def stop_clock(self) -> None:
        if cases := [case for case in self._with_a_date() if case not in self.clocks.since]:
            self.kit.engine.moves.stop_clock(self.chance.choice(cases), "等待补正", self._anybody(), self.kit.key())

    def resume_clock(self) -> None:
        if cases := [case for case in self._with_a_date() if case in self.clocks.since]:
            self.kit.engine.moves.resume_clock(self.chance.choice(cases), "已补正", self._anybody(), self.kit.key())

    def wait(self) -> None:
        self.kit.clock.advance(timedelta(minutes=self.chance.choice((1, 60, 61, 240, 1_439, 4_321, 14_400, 30_000))))

    def count(self) -> None:
        self.counted += self.kit.engine.board.count_new()

    def _anybody(self) -> Actor:
        return STAFF[self.chance.choice(sorted(STAFF))]

    def _day(self) -> date:
        return self.kit.clock.today() + timedelta(days=self.chance.randrange(-3, 25))

    def _set_due(self, case: str) -> None:
        day = self._day() if case in self.clocks.since or self.chance.random() < 0.8 else None
        with self.kit.database.write() as session:
            self.kit.engine.set_due(session, case, day, "期限")
        self.dates[case].append((self.kit.rows("SELECT count(*) FROM history WHERE instance_id = ?", case)[0][0], day))

    def _with_a_date(self) -> list[str]:
        return [row[0] for row in self.kit.rows("SELECT id FROM instance WHERE status = 'active' AND due_on IS NOT NULL ORDER BY id")]

    def _task(self, which: str) -> tuple[Any, ...] | None:
        rows = self.kit.rows(f"SELECT id, assignee_id, returned FROM task WHERE state = 'open' AND {which} ORDER BY id")
        return self.chance.choice(rows) if rows else None
