"""The worklist says what a plain filter over all open tasks says, in the same order, page by page."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest

from bench.worklist import CITY, PROCESSES, PROVINCE, RETURNS, TODAY, load, tasks, timed
from db.clock import ManualClock
from db.session import Database
from engine import worklist
from engine.link import NEVER, Link
from engine.people import Actor
from engine.standstill import LATE, stands
from engine.worklist import COUNT_CAP, TaskRow, WorklistQuery
from tests.factories.bpmn import chain, end, gateway, process, service, start, user
from tests.factories.kit import ANN, Kit

COUNT = 1500
TERMS = {
    "": lambda due: True,
    "overdue": lambda due: due < TODAY,
    "today": lambda due: due == TODAY,
    "soon": lambda due: TODAY < due <= TODAY + timedelta(days=3),
    "ample": lambda due: TODAY + timedelta(days=3) < due < LATE,
    "stopped": stands,
    "none": lambda due: due == NEVER,
}


@pytest.fixture(scope="module")
def filled(kept_database: Database) -> Database:
    """Filled once for all tests, which only read; what `marked` writes it takes away again."""
    load(kept_database, COUNT)
    if not kept_database.is_sqlite:  # the planner may still believe in the rows of another test, which were deleted a moment ago
        with kept_database.write() as session:
            Link(session).run("ANALYZE task, task_candidate, task_office, instance")
    return kept_database


@cache
def plain() -> list[tuple[Any, ...]]:
    """What is in the database, but for the identifiers."""
    return list(tasks(COUNT))


def pages(database: Database, actor: Actor, query: WorklistQuery) -> Iterator[TaskRow]:
    """Every row, page after page."""
    while True:
        with database.read() as session:
            page = worklist.page(Link(session), actor, query)
        yield from page.items
        if not page.next_cursor:
            return
        query = WorklistQuery(**{**vars(query), "after": page.next_cursor})


def expected(actor: Actor, scope: str, term: str, process_id: str = "", text: str = "") -> list[tuple[date, str]]:
    """(legal date, number) by the plain rule."""
    found = []
    for _id, office, process_, due, assignee, title, number, role in plain():
        in_scope = {
            "mine": assignee == actor.person_id,
            "claimable": assignee is None and f"{role}:{office}" in actor.post_ids,
            "office": any(office.startswith(own) for own in actor.scopes),
        }[scope]
        if in_scope and TERMS[term](due) and process_id in {"", process_} and (text in title or text in number):
            found.append((due, number))
    return sorted(found)


@pytest.mark.parametrize(("scope", "term"), list(itertools.product(("mine", "claimable", "office"), TERMS)))
def test_every_scope_and_term_lists_what_a_plain_filter_finds(filled: Database, scope: str, term: str) -> None:
    found = [(t.due_on or NEVER, t.business_key) for t in pages(filled, CITY, WorklistQuery(TODAY, scope=scope, term=term))]

    assert sorted(found) == expected(CITY, scope, term)
    assert [due for due, _number in found] == sorted(due for due, _number in found)


@pytest.mark.parametrize(
    ("scope", "text"), list(itertools.product(("mine", "claimable", "office"), ("钢材", "2026-0000", "%", "没有")))
)
def test_search_finds_parts_of_title_and_number_and_knows_no_jokers(filled: Database, scope: str, text: str) -> None:
    found = [(t.due_on or NEVER, t.business_key) for t in pages(filled, CITY, WorklistQuery(TODAY, scope=scope, text=text))]

    assert sorted(found) == expected(CITY, scope, "", text=text)


def test_a_common_text_is_found_on_the_way_through_the_list(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.search.RARE", 3)
    for scope, term in itertools.product(("claimable", "office"), ("", "overdue")):
        query = WorklistQuery(TODAY, scope=scope, term=term, text="有限公司")

        found = [(t.due_on or NEVER, t.business_key) for t in pages(filled, PROVINCE, query)]

        assert sorted(found) == expected(PROVINCE, scope, term)


def test_one_process_alone(filled: Database) -> None:
    for scope in ("mine", "claimable", "office"):
        query = WorklistQuery(TODAY, scope=scope, process_id=PROCESSES[3], term="ample")

        found = [(t.due_on or NEVER, t.business_key) for t in pages(filled, CITY, query)]

        assert sorted(found) == expected(CITY, scope, "ample", PROCESSES[3])


def test_the_numbers_beside_the_list_are_those_of_the_lists(filled: Database) -> None:
    for actor, scope in itertools.product((CITY, PROVINCE), ("mine", "claimable", "office")):
        with filled.read() as session:
            page = worklist.page(Link(session), actor, WorklistQuery(TODAY, scope=scope))

        cap = COUNT_CAP + 1
        assert page.scopes == {s: min(len(expected(actor, s, "")), cap) for s in worklist.SCOPES}
        assert page.terms == {t: min(len(expected(actor, scope, t)), cap) for t in worklist.TERMS}
        by_process = {p: len(expected(actor, scope, "", p)) for p in PROCESSES}
        assert page.procedures == {p: n for p, n in by_process.items() if n}


def test_a_person_without_posts_and_offices_sees_an_empty_list(filled: Database) -> None:
    for scope in ("mine", "claimable", "office"):
        with filled.read() as session:
            page = worklist.page(Link(session), Actor("nobody", "无"), WorklistQuery(TODAY, scope=scope, text="钢"))
        assert (page.items, page.scopes) == ([], {"mine": 0, "claimable": 0, "office": 0})


def test_the_list_follows_a_case_from_task_to_task(any_database: Database, clock: ManualClock) -> None:
    kit = Kit(any_database, clock)

    @kit.registry.operation("toys.term")
    def term(ctx) -> None:  # type: ignore[no-untyped-def]
        """Sets the term."""
        ctx.set_due(date(2026, 3, 20), "答复")
        ctx.set_title("改过的标题")

    kit.deploy(
        toy_bpmn=process(
            start(), user("a"), service("term", "toys.term"), user("b"), end(), chain("begun", "a", "term", "b", "done")
        )
    )
    case = kit.start()
    assert [(t.element, t.due_on) for t in kit.engine.worklist(ANN, WorklistQuery(TODAY, scope="claimable")).items] == [
        ("a", None)
    ]

    kit.complete(case, "a")
    listed = kit.engine.worklist(ANN, WorklistQuery(TODAY, scope="office")).items
    assert [(t.element, t.due_on, t.title) for t in listed] == [("b", date(2026, 3, 20), "改过的标题")]
    with kit.database.write() as session:
        kit.engine.set_due(session, case, date(2026, 4, 1), "延期")
    for scope in ("claimable", "office"):
        assert [t.due_on for t in kit.engine.worklist(ANN, WorklistQuery(TODAY, scope=scope)).items] == [date(2026, 4, 1)]
    kit.complete(case, "b")
    assert kit.engine.worklist(ANN, WorklistQuery(TODAY, scope="office")).scopes["office"] == 0
    assert kit.rows("SELECT count(*) FROM task_office") == kit.rows("SELECT count(*) FROM task_candidate") == [(0,)]


def test_a_term_that_the_step_sets_reaches_a_task_that_it_opened_before(any_database: Database, clock: ManualClock) -> None:
    kit = Kit(any_database, clock)

    @kit.registry.operation("toys.term")
    def term(ctx) -> None:  # type: ignore[no-untyped-def]
        """Sets the term."""
        ctx.set_due(date(2026, 3, 20), "答复")

    kit.deploy(
        toy_bpmn=process(
            start(), user("a"), gateway("parallel", "split"), user("b"), service("term", "toys.term"), user("c"), gateway("parallel", "met"), end(),
            chain("begun", "a", "split", "b", "met", "done"), chain("split", "term", "c", "met"),
        )
    )  # fmt: skip
    case = kit.start()

    kit.complete(case, "a")

    listed = kit.engine.worklist(ANN, WorklistQuery(TODAY, scope="claimable")).items
    assert sorted((t.element, t.due_on) for t in listed) == [("b", date(2026, 3, 20)), ("c", date(2026, 3, 20))]
    assert kit.rows("SELECT DISTINCT due_on FROM task_office") == kit.rows("SELECT DISTINCT due_on FROM task_candidate")
    assert len(kit.rows("SELECT DISTINCT due_on FROM task_office")) == 1


@pytest.mark.slow
def test_a_page_of_a_hundred_thousand_tasks_takes_at_most_fifty_milliseconds(database: Database) -> None:
    load(database, 100_000)

    for actor, scope in ((CITY, "mine"), (CITY, "claimable"), (CITY, "office"), (PROVINCE, "office")):
        assert timed(database, actor, WorklistQuery(TODAY, scope=scope))["min"] <= 50, scope  # of fifteen: other work on the machine is not ours
    for state, scope in itertools.product(("draft", "returned"), worklist.SCOPES):  # none of all these is in it
        query = WorklistQuery(TODAY, scope=scope, state=state, returns=RETURNS)
        assert timed(database, PROVINCE, query)["min"] <= 50, (state, scope)


@pytest.mark.parametrize(("scope", "most"), list(itertools.product(("mine", "claimable", "office"), (2_000, 3))))
def test_every_word_of_a_search_must_occur_in_whatever_order(filled: Database, monkeypatch: pytest.MonkeyPatch, scope: str, most: int) -> None:
    monkeypatch.setattr("engine.search.RARE", most)
    _id, _office, _process, _due, _who, title, number, _role = plain()[0]
    one, other = number[-4:], title[:2]

    for text in (f"{one} {other}", f"{other}　{one}"):
        found = [(t.due_on or NEVER, t.business_key) for t in pages(filled, CITY, WorklistQuery(TODAY, scope=scope, text=text))]

        assert sorted(found) == sorted(set(expected(CITY, scope, "", text=one)) & set(expected(CITY, scope, "", text=other)))


def test_the_numbers_beside_a_search_are_those_of_what_it_finds(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for actor, scope in itertools.product((CITY, PROVINCE), ("mine", "claimable", "office")):
        with filled.read() as session:
            page = worklist.page(Link(session), actor, WorklistQuery(TODAY, scope=scope, term="today", text="钢材"))

        assert page.scopes == {s: len(expected(actor, s, "", text="钢材")) for s in worklist.SCOPES}
        assert page.terms == {t: len(expected(actor, scope, t, text="钢材")) for t in worklist.TERMS}
        by_process = {p: len(expected(actor, scope, "", p, text="钢材")) for p in PROCESSES}
        assert page.procedures == {p: n for p, n in by_process.items() if n}

    monkeypatch.setattr("engine.search.RARE", 3)
    with filled.read() as session:
        assert worklist.page(Link(session), CITY, WorklistQuery(TODAY, text="有限公司")).scopes == {}


@pytest.fixture
def marked(filled: Database) -> Iterator[dict[str, set[str]]]:
    """Gives some tasks a draft and some an earlier round; numbers of the tasks in each state, of all that CITY sees."""
    numbers = [(number, assignee) for _id, office, _process, _due, assignee, _title, number, _role in plain() if office.startswith(CITY.scopes[0])]
    found = {
        "unclaimed": {number for number, assignee in numbers if assignee is None},
        "claimed": {number for number, assignee in numbers if assignee is not None},
        "draft": {number for number, _assignee in numbers[::7]},
        "returned": {number for number, _assignee in numbers[::11]},
    }
    with filled.write() as session:
        link = Link(session)
        link.many("UPDATE task SET draft = '{}' WHERE business_key = ?", [(number,) for number in sorted(found["draft"])])
        link.many("UPDATE task SET again = 1 WHERE business_key = ?", [(number,) for number in sorted(found["returned"])])
    yield found
    with filled.write() as session:
        Link(session).run("UPDATE task SET draft = NULL, again = 0 WHERE draft IS NOT NULL OR again = 1")


@pytest.mark.parametrize(("scope", "text"), [("mine", ""), ("claimable", ""), ("office", ""), ("office", "钢材")])
def test_every_state_lists_what_a_plain_filter_finds(filled: Database, marked: dict[str, set[str]], scope: str, text: str) -> None:
    for state, numbers in marked.items():
        query = WorklistQuery(TODAY, scope=scope, state=state, returns=RETURNS, text=text)

        found = [t.business_key for t in pages(filled, CITY, query)]

        assert sorted(found) == sorted(number for _due, number in expected(CITY, scope, "", text=text) if number in numbers), state


def test_states_are_counted_where_the_scope_is_small_and_a_loop_is_no_return(filled: Database, marked: dict[str, set[str]]) -> None:
    for scope, text in itertools.product(("mine", "claimable", "office"), ("", "钢材")):
        with filled.read() as session:
            page = worklist.page(Link(session), CITY, WorklistQuery(TODAY, scope=scope, returns=RETURNS, text=text))
            loops = worklist.page(Link(session), CITY, WorklistQuery(TODAY, scope=scope, text=text))

        inside = {number for _due, number in expected(CITY, scope, "", text=text)}
        assert page.states == {state: len(inside & numbers) for state, numbers in marked.items()}, (scope, text)
        assert loops.states["returned"] == 0


def test_states_of_more_tasks_than_are_counted_have_no_number(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worklist.counting, "COUNT_CAP", 10)
    with filled.read() as session:
        assert worklist.page(Link(session), CITY, WorklistQuery(TODAY, scope="office")).states == {}
