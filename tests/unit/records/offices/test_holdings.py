"""Who may be given which post, and what a person who leaves takes along: nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from db.session import Database
from records.audit import Who
from records.offices import holdings, people, store
from records.offices.administrators import AUDIT, SECURITY, SYSTEM
from records.offices.errors import ChangeRefused
from records.offices.model import Person
from records.offices.organisation import load_organisation

TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)
DESCRIPTION = {
    "offices": [{"code": "nb", "name": "宁波市局", "level": "city"}, {"code": "hs", "name": "海曙区局", "level": "district", "parent": "nb"}],
    "people": [
        {"login": "chen", "name": "陈敏", "password": "p", "posts": [{"role": "inspector", "office": "hs"}]},
        {"login": "zhou", "name": "周华", "password": "p", "posts": [{"role": "archivist", "office": "hs"}]},
        {"login": "luo", "name": "骆安", "password": "p", "posts": [{"role": SECURITY, "office": "nb"}]},
    ],
    "parties": [{"kind": "enterprise", "number": "A1234", "name": "某公司", "office": "hs", "accounts": [{"login": "firm", "name": "应江", "password": "p"}]}],
}


@pytest.fixture
def office(any_database: Database) -> Database:
    with any_database.write() as session:
        load_organisation(session, DESCRIPTION)
    return any_database


def person(database: Database, login: str) -> Person:
    with database.read() as session:
        found = store.person_by_login(session, login)
    assert found is not None
    return found


def security(database: Database) -> Who:
    row = person(database, "luo")
    return Who(row.id, row.name, datetime(2026, 3, 2, 1, tzinfo=UTC))


def appoint(database: Database, login: str, role: str, start: date = TODAY, end: date | None = None, office: str = "hs") -> str:
    with database.write() as session:
        at = store.office_by_code(session, office)
        assert at is not None
        post = holdings.make_post(session, security(database), role, at)
        return holdings.appoint(session, security(database), person(database, login).id, post, start, end).id


def held(database: Database, login: str, on: date = TODAY) -> list[str]:
    with database.read() as session:
        return [post.role for post in store.held_posts(session, person(database, login).id, on)]


def test_a_post_is_held_from_its_first_day_to_its_last(office: Database) -> None:
    appoint(office, "chen", "archivist", TODAY + DAY, TODAY + 3 * DAY)

    assert held(office, "chen") == ["inspector"]
    assert held(office, "chen", TODAY + DAY) == held(office, "chen", TODAY + 3 * DAY) == ["archivist", "inspector"]
    assert held(office, "chen", TODAY + 4 * DAY) == ["inspector"]


def test_periods_of_one_person_at_one_post_do_not_overlap(office: Database) -> None:
    appoint(office, "chen", "archivist", TODAY, TODAY + 3 * DAY)

    for start, end in ((TODAY + 3 * DAY, None), (TODAY - DAY, TODAY), (TODAY + DAY, TODAY + DAY)):
        with pytest.raises(ChangeRefused, match="不能重叠"):
            appoint(office, "chen", "archivist", start, end)
    appoint(office, "chen", "archivist", TODAY + 4 * DAY)
    with pytest.raises(ChangeRefused, match="早于起期"):
        appoint(office, "zhou", "inspector", TODAY, TODAY - DAY)


def test_nobody_gives_or_takes_a_post_himself(office: Database) -> None:
    with pytest.raises(ChangeRefused, match="不能给自己任免"):
        appoint(office, "luo", "inspector")
    with office.write() as session:
        (own,) = holdings.of_person(session, person(office, "luo").id, TODAY)
        with pytest.raises(ChangeRefused, match="不能给自己任免"):
            holdings.end(session, security(office), own.id, TODAY, TODAY)


@pytest.mark.parametrize(("login", "role"), [("chen", SYSTEM), ("chen", AUDIT), ("chen", SECURITY)])
def test_an_administrator_is_nothing_else(office: Database, login: str, role: str) -> None:
    with pytest.raises(ChangeRefused, match="三员分立"):
        appoint(office, login, role)
    with office.write() as session:
        (own,) = holdings.of_person(session, person(office, login).id, TODAY)
        holdings.end(session, security(office), own.id, TODAY - DAY, TODAY)
    appoint(office, login, role)
    for other in {SYSTEM, AUDIT, SECURITY, "inspector"} - {role}:
        with pytest.raises(ChangeRefused, match="三员分立"):
            appoint(office, login, other)


def test_a_post_needs_an_office_that_is_open_and_a_person_who_is_here(office: Database) -> None:
    with pytest.raises(ChangeRefused, match="外部单位账户，不能任职"):
        appoint(office, "firm", "inspector")
    with office.write() as session:
        people.leave(session, security(office), person(office, "zhou").id, TODAY)
        at = store.office_by_code(session, "hs")
        assert at is not None
        at.closed_on = TODAY
    with pytest.raises(ChangeRefused, match="已经离职"):
        appoint(office, "zhou", "inspector", office="nb")
    with pytest.raises(ChangeRefused, match="已经撤销"):
        appoint(office, "chen", "archivist")


def test_a_holding_ends_at_once_on_a_day_or_before_it_began(office: Database) -> None:
    ahead, now = appoint(office, "chen", "archivist", TODAY + DAY), appoint(office, "zhou", "inspector", TODAY - DAY)
    with office.write() as session:
        holdings.end(session, security(office), ahead, TODAY - DAY, TODAY)
        holdings.end(session, security(office), now, TODAY, TODAY)

    assert held(office, "chen", TODAY + DAY) == ["inspector"]
    assert held(office, "zhou") == ["archivist", "inspector"]
    assert held(office, "zhou", TODAY + DAY) == ["archivist"]
    with office.write() as session, pytest.raises(ChangeRefused, match="已于"):
        holdings.end(session, security(office), now, TODAY + DAY, TODAY + 2 * DAY)


def test_the_last_holder_is_known_before_he_is_taken_away(office: Database) -> None:
    with office.write() as session:
        (own,) = holdings.of_person(session, person(office, "chen").id, TODAY)
        assert holdings.is_last(session, holdings.to_end(session, own.id), TODAY + DAY)
    appoint(office, "zhou", "inspector", TODAY, TODAY + DAY)
    with office.write() as session:
        assert not holdings.is_last(session, holdings.to_end(session, own.id), TODAY + DAY)
        assert holdings.is_last(session, holdings.to_end(session, own.id), TODAY + 2 * DAY)


def test_who_leaves_holds_nothing_and_may_come_back_without_posts(office: Database) -> None:
    chen = person(office, "chen").id
    appoint(office, "chen", "archivist", TODAY + DAY)
    with office.write() as session:
        people.leave(session, security(office), chen, TODAY)
        with pytest.raises(ChangeRefused, match="已经离职"):
            people.leave(session, security(office), chen, TODAY)

    assert held(office, "chen") == held(office, "chen", TODAY + 2 * DAY) == []
    with office.write() as session:
        people.come_back(session, security(office), chen)
    assert held(office, "chen", TODAY + 2 * DAY) == []


def test_logins_are_one_persons_each(office: Database) -> None:
    with office.write() as session:
        at = store.office_by_code(session, "hs")
        assert at is not None
        people.create(session, security(office), "wang.fang", "王芳", "", at)
        with pytest.raises(ChangeRefused, match="已由“王芳”使用"):
            people.create(session, security(office), "wang.fang", "王方", "", at)
        for login in ("W", "Wang", "王", "a" * 61, ""):
            with pytest.raises(ChangeRefused, match="用户名应由"):
                people.create(session, security(office), login, "王", "", at)
