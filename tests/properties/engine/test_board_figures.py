"""A random history, counted twice: by the product, and here from the rows of the history alone, with other words and in another way."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.board.ladder import UNTIL
from engine.board.sight import Sight
from engine.board.standing import Open
from engine.link import Link
from engine.people import SYSTEM, Actor
from tests.factories.bpmn import chain, end, process, properties, receive, start, user
from tests.factories.bpmn import message as named_message
from tests.factories.kit import Kit, person

SHORT = process(properties(may_cancel="clerk"), start(), user("look"), end(), chain("begun", "look", "done"), id_="short")
LONG = process(
    start(), user("take"), user("check", camunda_dueDate="${check_by}"), receive("wait", "letter", correlation="number"), user("sign"), end(),
    chain("begun", "take", "check", "wait", "sign", "done"), id_="long", references=named_message("letter"),
)  # fmt: skip
OFFICES = ("a", "a/1", "a/2", "b")
STAFF = {name: person(name, *(f"clerk:{office}" for office in OFFICES)) for name in ("ann", "bob", "eve")}
TURNS = 420
CHINA = ZoneInfo("Asia/Shanghai")


@dataclass
class Told:
    """A case as its history tells it."""

    office: str
    process: str
    begun: datetime
    ended: datetime | None = None
    way: str = ""
    due: date | None = None
    check_by: date | None = None
    opened: dict[str, datetime] = field(default_factory=dict)
    closed: dict[str, tuple[datetime, str, date | None]] = field(default_factory=dict)  # when, by whom, until when
    holder: dict[str, str] = field(default_factory=dict)

    @property
    def standing(self) -> list[str]:
        return [step for step in self.opened if step not in self.closed and not self.ended]

    def until(self, step: str) -> date | None:
        return self.check_by if step == "check" and self.check_by else self.due

    @property
    def next_due(self) -> date | None:
        return min((day for day in (self.due, *(self.until(step) for step in self.standing)) if day), default=None)

    @property
    def kept(self) -> str:
        """As a person would judge the finished case."""
        dated = [(when, day) for when, _who, day in self.closed.values() if day] + ([(self.ended, self.due)] if self.due else [])
        if not dated:
            return "undated"
        return "late" if any(when.astimezone(CHINA).date() > day for when, day in dated if when) else "in_time"


class History:
    """Plays at random, and remembers only what no row of the history tells: which date was set when."""

    def __init__(self, kit: Kit, seed: int) -> None:
        self.kit, self.chance = kit, random.Random(seed)
        self.dates: dict[str, list[tuple[int, date | None]]] = defaultdict(list)  # case → (rows of its history so far, date)
        self.checks: dict[str, date | None] = {}
        self.counted = 0

    def play(self) -> None:
        acts = [self.begin, self.begin, self.work, self.work, self.work, self.work, self.claim, self.date, self.letter, self.stop, self.wait, self.count]
        for _turn in range(TURNS):
            self.chance.choice(acts)()
        self.kit.engine.board.count_new()

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
            self.kit.engine.complete(task[0], {}, holder, self.kit.key())

    def claim(self) -> None:
        if task := self._task("assignee_id IS NULL"):
            self.kit.engine.claim(task[0], self._anybody(), self.kit.key())

    def date(self) -> None:
        if cases := self.kit.rows("SELECT id FROM instance WHERE status = 'active' ORDER BY id"):
            self._set_due(self.chance.choice(cases)[0])

    def letter(self) -> None:
        if waiting := self.kit.rows("SELECT correlation FROM subscription ORDER BY id"):
            self.kit.engine.send_message("letter", self.chance.choice(waiting)[0], {}, self.kit.key())

    def stop(self) -> None:
        if self.chance.random() < 0.3 and (cases := self.kit.rows("SELECT id FROM instance WHERE status = 'active' AND process_id = 'short' ORDER BY id")):
            self.kit.engine.cancel_case(self.chance.choice(cases)[0], "不办了", self._anybody(), self.kit.key())

    def wait(self) -> None:
        self.kit.clock.advance(timedelta(minutes=self.chance.choice((1, 60, 61, 240, 1_439, 4_321, 14_400, 30_000))))

    def count(self) -> None:
        self.counted += self.kit.engine.board.count_new()

    def _anybody(self) -> Actor:
        return STAFF[self.chance.choice(sorted(STAFF))]

    def _day(self) -> date:
        return self.kit.clock.today() + timedelta(days=self.chance.randrange(-3, 25))

    def _set_due(self, case: str) -> None:
        day = self._day() if self.chance.random() < 0.8 else None
        with self.kit.database.write() as session:
            self.kit.engine.set_due(session, case, day, "期限")
        self.dates[case].append((self.kit.rows("SELECT count(*) FROM history WHERE instance_id = ?", case)[0][0], day))

    def _task(self, which: str) -> tuple[Any, ...] | None:
        rows = self.kit.rows(f"SELECT id, assignee_id FROM task WHERE state = 'open' AND {which} ORDER BY id")
        return self.chance.choice(rows) if rows else None

    # --- the second count --------------------------------------------------------------------------------------------------

    def told(self) -> dict[str, Told]:
        """Every case, from the rows of the history in their order."""
        offices = dict(self.kit.rows("SELECT id, office_id FROM instance"))
        kinds = dict(self.kit.rows("SELECT id, process_id FROM instance"))
        found: dict[str, Told] = {}
        seen: Counter[str] = Counter()
        rows = self.kit.rows("SELECT instance_id, at, kind, element, person_id FROM history ORDER BY id")
        for case, at, kind, step, who in rows:
            when = Link.as_moment(at)
            assert when is not None
            story = found.setdefault(case, Told(offices[case], kinds[case], when, check_by=self.checks[case]))
            set_before = [day for rows_before, day in self.dates[case] if rows_before <= seen[case]]
            story.due = set_before[-1] if set_before else None
            seen[case] += 1
            if kind == "opened":
                story.opened[step] = when
            elif kind == "claimed":
                story.holder[step] = who
            elif kind == "completed_task":
                story.closed[step] = (when, who, story.until(step))
            elif kind in {"completed", "cancelled"}:
                story.ended, story.way = when, kind
        for case, story in found.items():
            if not story.ended and self.dates[case]:
                story.due = self.dates[case][-1][1]
        return found


@pytest.fixture
def played(any_database: Database, clock: ManualClock, gate_in_process: None) -> History:
    kit = Kit(any_database, clock)
    kit.deploy("short", short_bpmn=SHORT)
    kit.deploy("long", long_bpmn=LONG)
    history = History(kit, seed=20)
    history.play()
    return history


def test_every_figure_is_what_a_second_count_of_the_history_finds(played: History) -> None:
    board, clock = played.kit.engine.board, played.kit.clock
    stories = list(played.told().values())
    assert played.counted > 20, "the figures must have grown step by step"

    for path in ("a/", "a/1/", "b/"):
        seen = [story for story in stories if f"{story.office}/".startswith(path)]
        _open_cases_are_right(board.open_cases(Sight((path,))), seen, clock.today())
        _people_are_right(board.hands(Sight((path,))), seen, clock.today())
        _waits_are_right(board.waits(Sight((path,))), seen, clock.today(), clock.now())
        _finished_cases_are_right(board.finished_by(Sight((path,)), "process_id", "month"), seen)
        _finished_tasks_are_right(board.done_by(Sight((path,))), seen)
        for kind in ("short", "long"):
            _steps_are_right(board.steps(Sight((path,), kind)), [story for story in seen if story.process == kind])
        alone = [story for story in seen if f"{story.office}/" == path]
        _open_cases_are_right(board.open_cases(Sight((path,), alone=True)), alone, clock.today())
        _finished_cases_are_right(board.finished_by(Sight((path,), alone=True), "process_id", "month"), alone)
    offices = board.finished_by(Sight(("a/1/", "a/2/", "b/")), "scope")
    assert {path: kept.done for (path,), kept in offices.items()} == Counter(f"{s.office}/" for s in stories if s.way == "completed" and s.office != "a")
    assert board.open_cases(Sight(())) == board.done_by(Sight(())) == {}


def test_every_figure_leads_to_as_many_as_it_says(played: History) -> None:
    board = played.kit.engine.board
    sight = Sight(("a/", "b/"))
    standing = sum(board.open_cases(sight).values(), Open())

    assert [len(board.list_open(sight, term, limit=999)) for term in ("", "today", "overdue")] == [standing.open, standing.today, standing.overdue]
    for (month, process_id), kept in board.finished_by(sight, "month", "process_id").items():
        those = Sight(sight.paths, process_id, months=(month, month))
        assert [len(board.list_finished(those, which, limit=999)) for which in ("", "in_time", "late")] == [kept.done, kept.in_time, kept.late]
    for who, hand in board.hands(sight).items():
        assert [len(board.list_tasks(sight, person=who, term=term, limit=999)) for term in ("", "overdue")] == [hand.open, hand.overdue]
    for who, kept in board.done_by(sight).items():
        assert [len(board.list_done(sight, person=who, kept=which, limit=999)) for which in ("", "late")] == [kept.done, kept.late]
    for step in board.steps(Sight(sight.paths, "long")):
        assert len(board.list_done(Sight(sight.paths, "long"), element=step.element, limit=999)) == step.done
    for wait in board.waits(sight):
        those = Sight(sight.paths, wait.process_id)
        counted = board.list_open(those, waiting=wait.element, limit=999) if wait.for_message else board.list_tasks(those, element=wait.element, limit=999)
        assert len(counted) == wait.open
    latest = board.list_open(sight, "overdue", limit=999)
    assert latest == sorted(latest, key=lambda line: (line.due_on, line.id))


def test_counting_from_the_beginning_finds_what_was_counted_step_by_step(played: History) -> None:
    board = played.kit.engine.board
    before = [played.kit.rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4, 5") for table in ("case_tally", "person_tally", "step_tally")]
    assert board.deviations() == board.recount() == []

    assert [played.kit.rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4, 5") for table in ("case_tally", "person_tally", "step_tally")] == before
    assert board.count_new() == 0


def test_a_figure_that_was_tampered_with_is_told_and_set_right(played: History) -> None:
    board = played.kit.engine.board
    with played.kit.database.write() as session:
        link = Link(session)
        link.run("UPDATE case_tally SET in_time = in_time + 1 WHERE scope = 'a/1/' AND beneath = 0 AND process_id = 'short'")
        link.run("UPDATE task SET timeliness = 4 - timeliness WHERE id = (SELECT max(id) FROM task WHERE timeliness IN (1, 3))")

    told = board.deviations()
    assert any(line.startswith("case_tally") and "a/1/ 0" in line for line in told)
    assert sum(line.startswith("task ") for line in told) == 1
    assert board.recount() == told
    assert board.deviations() == []


def test_the_figures_of_an_office_move_with_it(played: History) -> None:
    board, kit = played.kit.engine.board, played.kit
    before, all_ = board.finished_by(Sight(("a/2/",)), "process_id", "month"), board.done_by(Sight(("a/", "b/")))
    assert before

    with kit.database.write() as session:
        kit.engine.staffing.move_office(session, "a/2/", "b/2/")

    assert board.finished_by(Sight(("b/2/",)), "process_id", "month") == before
    assert board.finished_by(Sight(("a/2/",)), "process_id") == {}
    assert board.deviations() == []
    with kit.database.write() as session:
        kit.engine.staffing.move_office(session, "b/2/", "a/1/2/")
    assert board.done_by(Sight(("a/", "b/"))) == all_
    assert board.finished_by(Sight(("a/1/2/",)), "process_id", "month") == before
    assert board.deviations() == []


# --- one panel each ----------------------------------------------------------------------------------------------------------


def _open_cases_are_right(found: dict[Any, Any], seen: list[Told], today: date) -> None:
    expected: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for story in seen:
        if not story.ended:
            row, day = expected[f"{story.office}/", story.process], story.next_due
            row[0] += 1
            row[1] += day == today
            row[2] += bool(day and day < today)
    assert {key: [one.open, one.today, one.overdue] for key, one in found.items()} == dict(expected)


def _people_are_right(found: dict[str, Any], seen: list[Told], today: date) -> None:
    expected: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for story in seen:
        for step in story.standing:
            row, day = expected[story.holder.get(step, "")], story.until(step)
            row[0] += 1
            row[1] += day == today
            row[2] += bool(day and day < today)
    assert {who: [one.open, one.today, one.overdue] for who, one in found.items()} == dict(expected)


def _waits_are_right(found: list[Any], seen: list[Told], today: date, now: datetime) -> None:
    since: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    late: Counter[tuple[str, str]] = Counter()
    for story in seen:
        for step in story.standing:
            since[story.process, step].append(story.opened[step])
            late[story.process, step] += bool((day := story.until(step)) and day < today)
        if not story.ended and not story.standing:
            since[story.process, "wait"].append(story.closed["check"][0])
    expected = {}
    for key, moments in since.items():
        mean = int(now.timestamp()) - sum(int(moment.timestamp()) for moment in moments) // len(moments)
        expected[key] = (len(moments), late[key], min(moments), mean, key[1] == "wait")
    assert {(w.process_id, w.element): (w.open, w.overdue, w.oldest, w.mean, w.for_message) for w in found} == expected
    assert [one.open for one in found] == sorted((one.open for one in found), reverse=True)


def _finished_cases_are_right(found: dict[Any, Any], seen: list[Told]) -> None:
    expected: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for story in seen:
        if story.way == "completed" and story.ended:
            row = expected[story.process, story.ended.astimezone(CHINA).isoformat()[:7]]
            for at, more in enumerate((1, story.kept != "undated", story.kept == "in_time", int((story.ended - story.begun).total_seconds()))):
                row[at] += more
    assert {key: [kept.done, kept.dated, kept.in_time, kept.seconds] for key, kept in found.items()} == dict(expected)


def _finished_tasks_are_right(found: dict[str, Any], seen: list[Told]) -> None:
    expected: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for story in seen:
        for when, who, day in story.closed.values():
            row = expected[who]
            row[0] += 1
            row[1] += day is not None
            row[2] += bool(day and when.astimezone(CHINA).date() <= day)
    assert {who: [kept.done, kept.dated, kept.in_time] for who, kept in found.items()} == dict(expected)


def _steps_are_right(found: list[Any], seen: list[Told]) -> None:
    took: dict[str, list[int]] = defaultdict(list)
    for story in seen:
        for step, (when, _who, _day) in story.closed.items():
            took[step].append(int((when - story.opened[step]).total_seconds()))
    assert {one.element: (one.done, one.mean) for one in found} == {step: (len(all_), sum(all_) // len(all_)) for step, all_ in took.items()}
    for one in found:
        bounds = [bound for bound in UNTIL if 2 * sum(seconds <= bound for seconds in took[one.element]) >= one.done]
        assert one.half_within == (bounds[0] if bounds else None)
