"""A random history, counted twice: by the product, and from the history alone (`board_recount.py`). `make soak` plays many more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from db.clock import ManualClock
from db.session import Database
from engine import definitions, standstill
from engine.board.ongoing import Open
from engine.board.sight import Sight
from engine.bpmn import check_in_process
from engine.link import Link
from tests.conftest import POSTGRES_URL, missing
from tests.factories.kit import Kit
from tests.properties.engine.board_history import History
from tests.properties.engine.board_shown import VIEWS, counted_in, differences
from tests.rooms import emptied, empty_file

TALLIES = ("case_tally", "person_tally", "step_tally")
TERMS = ("", "today", "overdue", "stopped")
ACTS = {"returned", "resubmitted", "taken_back", "transferred", "clock_stopped", "clock_resumed", "claimed", "released", "cancelled", "completed"}
LONG_AGO = date(2020, 1, 2)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    """Played once for all tests, each of which leaves everything as it was."""
    if request.param == "postgres" and not POSTGRES_URL:
        missing("PostgreSQL", "run ./test, which installs and starts it")
    database = empty_file(tmp_path_factory.mktemp("board") / "played.db") if request.param == "sqlite" else emptied(Database(POSTGRES_URL))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(definitions, "check", check_in_process)
        yield History(Kit(database, ManualClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))), seed=20).play()
    database.dispose()


def run(played: History, sql: str, *values: Any) -> None:
    with played.kit.database.write() as session:
        Link(session).run(sql, *values)


def test_every_figure_is_what_a_second_count_of_the_history_finds(played: History) -> None:
    assert played.counted > 20, "the figures must have grown step by step"
    assert {row[0] for row in played.kit.rows("SELECT DISTINCT kind FROM history")} >= ACTS
    assert played.kit.rows("""SELECT 1 FROM history WHERE kind = 'resubmitted' AND details LIKE '%"direct"%'"""), "somebody must have gone straight back"
    assert {view: differences(played, view) for view in VIEWS} == {view: {} for view in VIEWS}


KEYS = {
    "case_tally": "scope, beneath, month, process_id", "person_tally": "process_id, month, scope, person_id",
    "step_tally": "scope, beneath, process_id, month, element",
}  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """An error in what one figure is counted from: a column of one row, the first of those that are meant (`?` stands for today)."""

    figure: str
    table: str
    column: str
    change: Callable[[Any, date], Any]
    which: str

    @contextmanager
    def stands(self, played: History) -> Iterator[None]:
        """While it stands; afterwards all is as before."""
        keys, today = KEYS.get(self.table, "id"), played.kit.clock.today()
        with played.kit.database.read() as session:
            link = Link(session)
            rows = link.all(f"SELECT {keys}, {self.column} FROM {self.table} WHERE {self.which} ORDER BY {keys} LIMIT 1", *[link.day(today)] * self.which.count("?"))
            *key, before = rows[0]
            after = self.change(before, today)
            after = link.moment(after) if isinstance(after, datetime) else link.day(after) if isinstance(after, date) else after
        put = f"UPDATE {self.table} SET {self.column} = ? WHERE {' AND '.join(f'{column} = ?' for column in keys.split(', '))}"
        run(played, put, after, *key)
        try:
            yield
        finally:
            run(played, put, before, *key)


def one_more(number: int, _today: date) -> int:
    return number + 1


def a_year_more(seconds: int, _today: date) -> int:
    return seconds + 365 * 86_400


def today_itself(_before: Any, today: date) -> date:
    return today


def the_other_way(before: Any, today: date) -> date:
    """What stands no longer does; what did not does."""
    return today if standstill.stands(Link.as_day(before)) else standstill.IN_TIME


def is_(value: Any) -> Callable[[Any, date], Any]:
    return lambda _before, _today: value


OPEN_SHORT = "status = 'active' AND process_id = 'short' AND (due_on IS NULL OR due_on > ?)"  # no step of it has a date of its own
PLANTED = (
    Planted("open", "instance", "status", is_("cancelled"), "status = 'active'"),
    Planted("due today", "instance", "due_on", today_itself, OPEN_SHORT),
    Planted("overdue", "instance", "due_on", is_(LONG_AGO), OPEN_SHORT),
    Planted("stopped", "instance", "due_on", the_other_way, OPEN_SHORT),
    Planted("open, by month", "instance", "due_on", is_(LONG_AGO), OPEN_SHORT),
    Planted("due today, by month", "instance", "due_on", today_itself, OPEN_SHORT),
    Planted("overdue, by month", "instance", "due_on", is_(LONG_AGO), OPEN_SHORT),
    Planted("stopped, by month", "instance", "due_on", the_other_way, OPEN_SHORT),
    Planted("in hand, stopped", "task", "due_on", the_other_way, "state = 'open' AND due_on > ?"),
    Planted("in hand", "task", "assignee_id", is_("nobody of ours"), "state = 'open' AND assignee_id IS NOT NULL"),
    Planted("in hand, due today", "task", "due_on", today_itself, "state = 'open' AND due_on > ?"),
    Planted("in hand, overdue", "task", "due_on", is_(LONG_AGO), "state = 'open' AND due_on > ?"),
    Planted("waiting", "task", "element", is_("sign"), "state = 'open' AND element = 'take'"),
    Planted("waiting, overdue", "task", "due_on", is_(LONG_AGO), "state = 'open' AND due_on > ?"),
    Planted("waiting, unclaimed", "task", "assignee_id", is_("ann"), "state = 'open' AND assignee_id IS NULL"),
    Planted("oldest wait", "task", "opened_at", is_(datetime(2020, 1, 2, tzinfo=UTC)), "state = 'open'"),
    Planted("mean wait", "subscription", "opened_at", is_(datetime(2020, 1, 2, tzinfo=UTC)), "kind = 'message'"),
    Planted("finished", "case_tally", "done", one_more, "beneath = 1"),
    Planted("finished with a date", "case_tally", "dated", one_more, "beneath = 1"),
    Planted("finished in time", "case_tally", "in_time", one_more, "beneath = 0 AND scope = 'a/'"),
    Planted("rate of finished", "case_tally", "in_time", one_more, "beneath = 1 AND dated > 0"),
    Planted("finished by office", "case_tally", "done", one_more, "beneath = 1 AND scope = 'a/1/'"),
    Planted("time of finished", "case_tally", "seconds", one_more, "beneath = 1"),
    Planted("done", "person_tally", "done", one_more, "process_id = ''"),
    Planted("done with a date", "person_tally", "dated", one_more, "process_id = ''"),
    Planted("done in time", "person_tally", "in_time", one_more, "process_id = ''"),
    Planted("rate of done", "person_tally", "in_time", one_more, "process_id = '' AND dated > 0"),
    Planted("time of done", "person_tally", "seconds", one_more, "process_id = ''"),
    Planted("heat, done", "step_tally", "done", one_more, "beneath = 1"),
    Planted("heat, mean", "step_tally", "seconds", a_year_more, "beneath = 1"),
    Planted("heat, half", "step_tally", "rung_11", a_year_more, "beneath = 1"),
)  # fmt: skip


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.figure)
def test_an_error_that_is_planted_in_a_figure_is_found_by_the_second_count(played: History, planted: Planted) -> None:
    with planted.stands(played):
        found = [figure for view in VIEWS for figure in differences(played, view)]

    assert planted.figure in found


def test_every_figure_can_be_wrong(played: History) -> None:
    """No figure is compared of which no error was planted."""
    assert {planted.figure for planted in PLANTED} == set(counted_in(played, VIEWS[0]))


def test_every_figure_leads_to_as_many_as_it_says(played: History) -> None:
    board = played.kit.engine.board
    sight = Sight(("a/", "b/"))
    ongoing = sum(board.open_cases(sight).values(), Open())

    def told(one: Open) -> list[int]:
        return [one.open, one.today, one.overdue, one.stopped]

    assert [len(board.list_open(sight, term, limit=999)) for term in TERMS] == told(ongoing)
    for month, one in board.open_by_month(sight).items():
        assert [len(board.list_open(sight, term, month=month, limit=999)) for term in TERMS] == told(one)
    for (month, process_id), kept in board.finished_by(sight, "month", "process_id").items():
        those = Sight(sight.paths, process_id, months=(month, month))
        assert [len(board.list_finished(those, which, limit=999)) for which in ("", "in_time", "late")] == [kept.done, kept.in_time, kept.late]
    for who, hand in board.hands(sight).items():
        assert [len(board.list_tasks(sight, person=who, term=term, limit=999)) for term in TERMS] == told(hand)
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


def test_a_board_of_some_processes_shows_what_those_show_together(played: History) -> None:
    board, everything = played.kit.engine.board, Sight(("a/", "b/"))
    for within in (("long",), ("long", "short"), ("unknown",)):
        some = Sight(("a/", "b/"), within=within)
        assert board.open_cases(some) == {key: one for key, one in board.open_cases(everything).items() if key[1] in within}
        assert sum(board.open_by_month(some).values(), Open()) == sum(board.open_cases(some).values(), Open())
        assert board.finished_by(some, "process_id") == {key: kept for key, kept in board.finished_by(everything, "process_id").items() if key[0] in within}
        assert [wait for wait in board.waits(everything) if wait.process_id in within] == board.waits(some)
        assert {line.process_id for line in [*board.list_open(some, limit=999), *board.list_finished(some, limit=999)]} <= set(within)
        assert board.finished_by(Sight(("a/",), "short", within=("long",)), "month") == board.done_by(Sight(("a/",), "short", within=("long",))) == {}
    assert board.done_by(Sight(("a/", "b/"), within=("long", "short"))) == board.done_by(everything)
    assert board.hands(Sight(("a/", "b/"), within=("long", "short"))) == board.hands(everything)


def test_counting_from_the_beginning_finds_what_was_counted_step_by_step(played: History) -> None:
    board = played.kit.engine.board
    before = [played.kit.rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4, 5") for table in TALLIES]
    assert board.deviations() == board.recount() == []

    assert [played.kit.rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4, 5") for table in TALLIES] == before
    assert board.count_new() == 0


def test_a_figure_that_was_tampered_with_is_told_and_set_right(played: History) -> None:
    board = played.kit.engine.board
    run(played, "UPDATE case_tally SET in_time = in_time + 1 WHERE scope = 'a/1/' AND beneath = 0 AND process_id = 'short'")
    run(played, "UPDATE task SET timeliness = 4 - timeliness WHERE id = (SELECT max(id) FROM task WHERE timeliness IN (1, 3))")

    told = board.deviations()
    assert any(line.startswith("case_tally") and "a/1/ 0" in line for line in told)
    assert sum(line.startswith("task ") for line in told) == 1
    assert board.recount() == told
    assert board.deviations() == []


def test_the_figures_of_an_office_move_with_it(played: History) -> None:
    board, kit = played.kit.engine.board, played.kit
    before, all_ = board.finished_by(Sight(("a/2/",)), "process_id", "month"), board.done_by(Sight(("a/", "b/")))
    assert before

    def move(old: str, new: str) -> None:
        with kit.database.write() as session:
            kit.engine.staffing.move_office(session, old, new)

    move("a/2/", "b/2/")
    assert board.finished_by(Sight(("b/2/",)), "process_id", "month") == before
    assert board.finished_by(Sight(("a/2/",)), "process_id") == {}
    assert board.deviations() == []
    move("b/2/", "a/1/2/")
    assert board.done_by(Sight(("a/", "b/"))) == all_
    assert board.finished_by(Sight(("a/1/2/",)), "process_id", "month") == before
    assert board.deviations() == []
    move("a/1/2/", "a/2/")
    assert (board.finished_by(Sight(("a/2/",)), "process_id", "month"), board.deviations()) == (before, [])
