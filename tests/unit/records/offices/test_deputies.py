"""Deputies: for a period, for some processes, without chains, circles and doubt for whom somebody acts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from db.session import Database
from records.audit import Who
from records.offices import deputies, holdings, people, store
from records.offices.administrators import SYSTEM
from records.offices.errors import ChangeRefused
from records.offices.organisation import load_organisation
from tests.factories.statements import counted

TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)
WHO = Who("someone", "某人", datetime(2026, 3, 2, 1, tzinfo=UTC))
DESCRIPTION = {
    "offices": [{"code": "hs", "name": "海曙区局", "level": "district"}],
    "people": [
        *({"login": name, "name": name.upper(), "password": "p", "posts": [{"role": role, "office": "hs"}]} for name, role in (("a", "inspector"), ("b", "archivist"), ("c", "case_handler"))),
        {"login": "admin", "name": "ADMIN", "password": "p", "posts": [{"role": SYSTEM, "office": "hs"}]},
        {"login": "idle", "name": "IDLE", "password": "p"},
    ],
    "parties": [{"kind": "enterprise", "number": "A1234", "name": "某公司", "office": "hs", "accounts": [{"login": "firm", "name": "FIRM", "password": "p"}]}],
}  # fmt: skip


@pytest.fixture
def office(any_database: Database) -> Database:
    with any_database.write() as session:
        load_organisation(session, DESCRIPTION)
    return any_database


def id_of(database: Database, login: str) -> str:
    with database.read() as session:
        found = store.person_by_login(session, login)
    assert found is not None
    return found.id


def name(database: Database, absent: str, deputy: str, start: int = 0, end: int = 5, *processes: str) -> str:
    with database.write() as session:
        return deputies.name(session, WHO, id_of(database, absent), id_of(database, deputy), TODAY + start * DAY, TODAY + end * DAY, processes, TODAY).id


def steads(database: Database, login: str, day: int = 0) -> list[tuple[str, set[str], frozenset[str]]]:
    with database.read() as session:
        return [(one.name, set(one.roles), one.processes) for one in deputies.steads(session, id_of(database, login), TODAY + day * DAY)]


def test_a_deputy_has_the_posts_of_these_days_and_it_ends_by_itself(office: Database) -> None:
    name(office, "a", "b", 1, 3, "reply")

    assert steads(office, "b") == steads(office, "b", 4) == steads(office, "a", 2) == []
    assert steads(office, "b", 1) == steads(office, "b", 3) == [("A", {"inspector"}, frozenset({"reply"}))]


def test_it_is_withdrawn_at_once_and_once(office: Database) -> None:
    row = name(office, "a", "b")
    with office.write() as session:
        deputies.withdraw(session, WHO, row, TODAY)
        with pytest.raises(ChangeRefused, match="已经结束"):
            deputies.withdraw(session, WHO, row, TODAY)

    assert steads(office, "b") == []
    name(office, "a", "c")


def test_it_is_over_when_the_absent_person_leaves(office: Database) -> None:
    name(office, "a", "b")
    with office.write() as session:
        people.leave(session, WHO, id_of(office, "a"), TODAY)

    assert steads(office, "b") == []


@pytest.mark.parametrize(
    ("absent", "deputy", "match"),
    [
        ("a", "a", "不能指定本人代理本人"),
        ("a", "admin", "管理员岗位不能代理"),
        ("admin", "a", "管理员岗位不能代理"),
        ("idle", "a", "没有可以代理的岗位"),
        ("a", "firm", "外部单位账户不能代理"),
        ("firm", "a", "外部单位账户不能代理"),
    ],
)
def test_who_cannot_deputise_or_be_deputised_for(office: Database, absent: str, deputy: str, match: str) -> None:
    with pytest.raises(ChangeRefused, match=match):
        name(office, absent, deputy)


@pytest.mark.parametrize(
    ("absent", "deputy", "match"),
    [
        ("b", "c", "同一期间不能再由他人代理"),  # B deputises for A already: what he does for A would be done by C
        ("c", "a", "代理人不能再由他人代理"),  # A has a deputy already
        ("b", "a", "不能再由他人代理"),  # a circle of two
        ("a", "c", "一个流程同时只能有一名代理人"),
        ("c", "b", "不能同时代理两人"),
    ],
)
def test_there_are_no_chains_no_circles_and_no_doubt_for_whom(office: Database, absent: str, deputy: str, match: str) -> None:
    name(office, "a", "b", 0, 5)

    with pytest.raises(ChangeRefused, match=match):
        name(office, absent, deputy, 5, 9)
    name(office, absent, deputy, 6, 9)


def test_two_deputies_may_share_the_processes_of_one_person(office: Database) -> None:
    name(office, "a", "b", 0, 5, "reply")
    name(office, "a", "c", 0, 5, "delegation")

    for processes in (("reply", "urging"), ()):
        with pytest.raises(ChangeRefused):
            name(office, "a", "c", 3, 4, *processes)
    assert steads(office, "b")[0][2] == {"reply"}
    assert steads(office, "c")[0][2] == {"delegation"}


def test_a_period_runs_forward_and_is_not_over(office: Database) -> None:
    with pytest.raises(ChangeRefused, match="早于起期"):
        name(office, "a", "b", 3, 2)
    with pytest.raises(ChangeRefused, match="已经过去"):
        name(office, "a", "b", -3, -1)


def test_an_administrator_for_some_days_is_no_deputy_on_them_and_a_deputy_no_administrator(office: Database) -> None:
    def appoint(login: str, start: int, end: int) -> None:
        with office.write() as session:
            at = store.office_by_code(session, "hs")
            assert at is not None
            holdings.appoint(session, WHO, id_of(office, login), holdings.make_post(session, WHO, SYSTEM, at), TODAY + start * DAY, TODAY + end * DAY)

    appoint("idle", 2, 4)
    for start, end in ((0, 2), (4, 5), (3, 3)):
        with pytest.raises(ChangeRefused, match="管理员岗位不能代理"):
            name(office, "a", "idle", start, end)
    name(office, "a", "idle", 5, 6)
    with pytest.raises(ChangeRefused, match="管理员不代人办案"):
        appoint("idle", 6, 9)
    appoint("idle", 7, 9)


def test_rows_and_their_people_are_two_queries_however_many(office: Database) -> None:
    for start in (0, 10, 20):
        name(office, "a", "b", start, start + 5)
    name(office, "c", "idle", 0, 5)

    with counted(office) as sent, office.read() as session:
        rows = deputies.latest(session, [row.id for row in store.offices(session)], TODAY)
        people_ = [(row.principal.name, row.deputy.name) for row in rows]

    assert sorted(people_) == [("A", "B")] * 3 + [("C", "IDLE")]
    assert [sum(f"FROM {table}" in sql.replace("\n", "") for sql in sent) for table in ("deputy", "person")] == [1, 2]  # whose rows, then their people
