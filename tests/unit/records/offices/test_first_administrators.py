"""The first administrators: once, into an empty installation, with everything that lets them in and nothing that lets in others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from db.clock import ManualClock
from db.session import Database
from records.audit import Who
from records.audit.tables import TrailEntry
from records.offices.first_administrators import AUDIT, ROLES, SECURITY, SYSTEM, Founder, NotTheFirst, Seat, is_empty, make_first
from records.offices.model import Office, Person, PostHolding
from records.offices.organisation import load_organisation
from records.offices.sign_in import SignIn, is_right, presented, settle
from records.offices.sign_in_rules import rules_of
from records.offices.store import held_posts, person_by_login
from records.offices.tables import PasswordState

FOUNDERS = (Founder(SYSTEM, "gao.bo", "高博", "Gao Bo"), Founder(SECURITY, "wei.lan", "韦岚"))
SEAT = Seat("nb", "宁波市国家税务局", "city")


def make(database: Database, clock: ManualClock, founders: tuple[Founder, ...] = FOUNDERS) -> dict[str, str]:
    return dict(make_first(database, founders, SEAT, Who("", "test", clock.now()), clock.today()))


def sign_in(database: Database, clock: ManualClock, login: str, password: str) -> SignIn:
    with database.read() as session:
        asked = presented(session, login, "", clock.now())
    right = is_right(asked, password)
    with database.write() as session:
        return settle(session, asked, right, "", clock.now())


def test_each_holds_one_of_the_three_roles_at_the_root(any_database: Database, clock: ManualClock) -> None:
    make(any_database, clock, (*FOUNDERS, Founder(AUDIT, "jin.wen", "金文")))
    with any_database.read() as session:
        held = {login: [(post.role, post.scope) for post in held_posts(session, person.id, clock.today())] for login in ("gao.bo", "wei.lan", "jin.wen") if (person := person_by_login(session, login))}

    assert held == {"gao.bo": [(SYSTEM, "nb/")], "wei.lan": [(SECURITY, "nb/")], "jin.wen": [(AUDIT, "nb/")]}


def test_their_passwords_must_be_changed_and_a_second_factor_is_demanded(any_database: Database, clock: ManualClock) -> None:
    passwords = make(any_database, clock)

    assert sign_in(any_database, clock, "wei.lan", passwords["wei.lan"]).must_change
    assert sign_in(any_database, clock, "wei.lan", passwords["gao.bo"]).person_id is None
    with any_database.read() as session:
        assert all(rules_of(session).demands_second_factor([role]) for role in ROLES)
    clock.advance(timedelta(days=7))
    assert sign_in(any_database, clock, "gao.bo", passwords["gao.bo"]).has_expired


def test_nobody_is_made_where_people_are(any_database: Database, clock: ManualClock) -> None:
    with any_database.write() as session:
        load_organisation(session, {"people": [{"login": "chen", "name": "陈敏", "password": "right"}]})

    with pytest.raises(NotTheFirst):
        make(any_database, clock)
    with any_database.read() as session:
        assert session.scalars(select(Person.login)).all() == ["chen"]
        assert session.scalars(select(Office)).all() == []


def test_nobody_is_made_a_second_time_even_where_everybody_is_gone(any_database: Database, clock: ManualClock) -> None:
    make(any_database, clock)
    with any_database.write() as session:
        for table in (PostHolding, PasswordState, Person):
            session.execute(delete(table))
        assert is_empty(session)

    with pytest.raises(NotTheFirst):
        make(any_database, clock)


def test_the_office_that_is_there_is_taken(any_database: Database, clock: ManualClock) -> None:
    with any_database.write() as session:
        load_organisation(session, {"offices": [{"code": "zj", "name": "浙江", "level": "province"}]})
    make(any_database, clock)
    with any_database.read() as session:
        assert session.scalars(select(Office.code)).all() == ["zj"]


def test_the_trail_says_whom_the_command_made_and_no_password(any_database: Database, clock: ManualClock) -> None:
    passwords = make(any_database, clock)
    with any_database.read() as session:
        rows = session.scalars(select(TrailEntry).order_by(TrailEntry.sequence)).all()

    assert [(row.event, row.person_name, row.new["login"]) for row in rows] == [("person:first_administrator:made", "test", login) for login in ("gao.bo", "wei.lan")]
    assert not any(password in str(row.new) for row in rows for password in passwords.values())
