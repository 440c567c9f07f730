"""Signing in, and being locked out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.clock import ManualClock
from db.session import Database
from records.audit import trail_of
from records.offices.organisation import load_organisation
from records.offices.sign_in import ADDRESS_LIMIT, LOCK_OUT, Presented, SignIn, is_right, network_of, presented, settle
from records.offices.store import person_by_login


@pytest.fixture
def staffed(any_database: Database) -> Database:
    with any_database.write() as session:
        load_organisation(session, {"people": [{"login": "chen", "name": "陈敏", "password": "right"}]})
    return any_database


def ask(database: Database, clock: ManualClock, login: str = "chen", address: str = "") -> Presented:
    with database.read() as session:
        return presented(session, login, address, clock.now())


def attempt(database: Database, clock: ManualClock, password: str, login: str = "chen", address: str = "") -> SignIn:
    asked = ask(database, clock, login, address)
    right = is_right(asked, password)
    with database.write() as session:
        return settle(session, asked, right, address, clock.now())


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


def test_a_guess_that_turns_out_right_while_others_lock_the_login_is_refused(staffed: Database, clock: ManualClock) -> None:
    early = ask(staffed, clock)
    for _ in range(LOCK_OUT.failures):
        attempt(staffed, clock, "wrong")
    with staffed.write() as session:
        late = settle(session, early, True, "", clock.now())

    assert (late.person_id, late.locked_until) == (None, clock.now() + LOCK_OUT.period)


def test_a_password_that_was_changed_meanwhile_opens_nothing(staffed: Database, clock: ManualClock) -> None:
    early = ask(staffed, clock)
    with staffed.write() as session:
        chen = person_by_login(session, "chen")
        assert chen is not None
        chen.password_hash = "another"
    with staffed.write() as session:
        assert settle(session, early, True, "", clock.now()) == SignIn(None, is_stale=True)

    assert attempt(staffed, clock, "right") == SignIn(None)


def test_an_address_that_was_refused_too_often_waits_and_others_do_not(staffed: Database, clock: ManualClock) -> None:
    for number in range(ADDRESS_LIMIT.failures):
        assert ask(staffed, clock, "nobody", "10.0.0.7").address_until is None
        with staffed.write() as session:
            settle(session, Presented(f"guess {number}"), False, "10.0.0.7", clock.now())

    assert ask(staffed, clock, "chen", "10.0.0.7").address_until == clock.now() + ADDRESS_LIMIT.period
    assert ask(staffed, clock, "chen", "10.0.0.8").address_until is None
    clock.advance(ADDRESS_LIMIT.period)
    assert ask(staffed, clock, "chen", "10.0.0.7").address_until is None


def test_the_trail_says_from_where_a_refused_attempt_came(staffed: Database, clock: ManualClock) -> None:
    attempt(staffed, clock, "wrong", address="10.0.0.7")
    attempt(staffed, clock, "right", address="10.0.0.7")
    with staffed.read() as session:
        rows = trail_of(session, "address", "10.0.0.7")

    assert [(row.event, row.new["login"]) for row in rows] == [("session:sign_in:refused", "chen")]


def test_one_subscriber_of_ipv6_is_one_address() -> None:
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert network_of("::ffff:10.0.0.7") == network_of("10.0.0.7") == "10.0.0.7"
    assert len(network_of("somebody who speaks of a very long address")) == 32
