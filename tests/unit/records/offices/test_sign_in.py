"""Signing in, and being locked out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.clock import ManualClock
from db.session import Database
from records.offices.organisation import load_organisation
from records.offices.sign_in import LOCK_OUT, SignIn, check_sign_in
from records.offices.store import person_by_login


@pytest.fixture
def staffed(any_database: Database) -> Database:
    with any_database.write() as session:
        load_organisation(session, {"people": [{"login": "chen", "name": "陈敏", "password": "right"}]})
    return any_database


def attempt(database: Database, clock: ManualClock, password: str, login: str = "chen") -> SignIn:
    with database.write() as session:
        return check_sign_in(session, login, password, clock.now())


def test_the_right_password_signs_in(staffed: Database, clock: ManualClock) -> None:
    with staffed.read() as session:
        chen = person_by_login(session, "chen")

    assert chen is not None
    assert attempt(staffed, clock, "right") == SignIn(chen.id)


def test_wrong_login_and_wrong_password_look_alike(staffed: Database, clock: ManualClock) -> None:
    assert attempt(staffed, clock, "wrong") == attempt(staffed, clock, "right", "nobody") == SignIn(None)


def test_five_failures_in_a_row_lock_for_a_quarter_of_an_hour(staffed: Database, clock: ManualClock) -> None:
    answers = [attempt(staffed, clock, "wrong") for _ in range(LOCK_OUT.failures)]

    assert [answer.locked_until for answer in answers] == [None] * 4 + [clock.now() + LOCK_OUT.period]
    assert attempt(staffed, clock, "right").person_id is None
    clock.advance(LOCK_OUT.period)
    assert attempt(staffed, clock, "right").person_id is not None


def test_attempts_while_locked_do_not_prolong_the_lock(staffed: Database, clock: ManualClock) -> None:
    until = [attempt(staffed, clock, "wrong") for _ in range(LOCK_OUT.failures)][-1].locked_until
    clock.advance(timedelta(minutes=10))

    assert attempt(staffed, clock, "wrong").locked_until == until


def test_a_success_forgives_earlier_failures(staffed: Database, clock: ManualClock) -> None:
    for _ in range(3):
        for _ in range(LOCK_OUT.failures - 1):
            attempt(staffed, clock, "wrong")
        assert attempt(staffed, clock, "right").person_id is not None


def test_who_left_is_refused_and_never_locked(staffed: Database, clock: ManualClock) -> None:
    with staffed.write() as session:
        chen = person_by_login(session, "chen")
        assert chen is not None
        chen.active = False

    assert [attempt(staffed, clock, "right") for _ in range(LOCK_OUT.failures + 1)] == [SignIn(None)] * (LOCK_OUT.failures + 1)
