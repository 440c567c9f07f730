"""The list of a person holds what others ask of him, told apart, counted once, and read from an index."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bench.worklist import CITY, TODAY, load, tasks, timed
from db.session import Database
from engine import worklist
from engine.link import NEVER, Link
from engine.parties import rows
from engine.worklist import COUNT_CAP, STATES, TERMS, WorklistQuery
from tests.unit.engine.test_worklist import TERMS as BY_PLAIN_FILTER
from tests.unit.engine.test_worklist import pages

COUNT = 1500
AT = datetime(2026, 3, 1, tzinfo=UTC)
POST = sorted(CITY.post_ids)[0]


def seated(database: Database, count: int) -> set[str]:
    """Numbers of the cases whose task asks p-1, in person or by his post, sometimes both; some of what he holds waits for others too."""
    load(database, count)
    asked = set[str]()
    with database.write() as session:
        link = Link(session)
        for n, (id_, due, number, assignee) in enumerate(link.all("SELECT id, due_on, business_key, assignee_id FROM task ORDER BY business_key")):
            made = []
            if n % 17 == 0 and assignee != CITY.person_id:
                made.append(rows.new(id_, id_, id_, "sign", 1, AT, person=(CITY.person_id, "张三"), rule="all", blocks=True))
            if n % 23 == 0 and assignee != CITY.person_id:
                made.append(rows.new(id_, id_, id_, "sign", 2, AT, post_id=POST, rule="all", blocks=True))
            if made:
                asked.add(number)
            if n % 5 == 0:
                made.append(rows.new(id_, id_, id_, "ask", 3, AT, person=("p-7", "李四"), blocks=True))
                made.append(rows.new(id_, id_, id_, "before", 4, AT, person=(CITY.person_id, "张三"), rule="sequence", state="waiting", blocks=True))
                made.append(rows.new(id_, id_, id_, "copy", 0, AT, person=(CITY.person_id, "张三"), state="unread"))
            rows.add(link, made, due)
            rows.attend(link, id_)
        if not database.is_sqlite:
            link.run("ANALYZE task, task_party, task_candidate, task_office, instance")
    return asked


def expected(asked: set[str], term: str = "", text: str = "") -> list[tuple[date, str]]:
    found = [
        (due, number)
        for _id, _office, _process, due, assignee, title, number, _role in tasks(COUNT)
        if (assignee == CITY.person_id or number in asked) and BY_PLAIN_FILTER[term](due) and (text in title or text in number)
    ]
    return sorted(found)


def test_a_person_sees_what_he_holds_and_what_he_is_asked_for(any_database: Database) -> None:
    asked = seated(any_database, COUNT)
    for term in ("", *TERMS):
        found = [(t.due_on or NEVER, t.business_key) for t in pages(any_database, CITY, WorklistQuery(TODAY, term=term))]
        assert sorted(found) == expected(asked, term)
        assert [due for due, _number in found] == sorted(due for due, _number in found)
    for text in ("钢材", "2026-0000", "没有"):
        found = [(t.due_on or NEVER, t.business_key) for t in pages(any_database, CITY, WorklistQuery(TODAY, text=text))]
        assert sorted(found) == expected(asked, "", text)


@pytest.mark.parametrize("text", ["", "2026-0000"])
def test_each_is_counted_once_and_told_apart(any_database: Database, text: str) -> None:
    asked = seated(any_database, COUNT)
    with any_database.read() as session:
        page = worklist.page(Link(session), CITY, WorklistQuery(TODAY, text=text, limit=COUNT))

    assert page.scopes["mine"] == min(len(expected(asked, "", text)), COUNT_CAP + 1)
    assert page.terms == {term: len(expected(asked, term, text)) for term in TERMS}
    assert sum(page.procedures.values()) == len(expected(asked, "", text))
    assert set(page.states) == set(STATES)
    for task in page.items:
        stands = page.seats.get(task.id, worklist.Seats())
        assert bool(stands.asked) == (task.business_key in asked), task.business_key
        assert stands.waits or not stands.asked


@pytest.mark.slow
def test_a_page_with_seats_among_a_hundred_thousand_tasks_takes_at_most_fifty_milliseconds(database: Database) -> None:
    seated(database, 100_000)

    for scope in ("mine", "claimable", "office"):
        assert timed(database, CITY, WorklistQuery(TODAY, scope=scope))["min"] <= 50, scope
