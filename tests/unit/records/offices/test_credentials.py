"""Passwords set by oneself and by an administrator, hashes that follow the parameters, identities of a provider, the reach of administrators."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from db.clock import ManualClock
from db.session import Database
from records.audit import Who, trail_of
from records.offices import credentials, outside, passwords
from records.offices.lock_out import LOCK_OUT
from records.offices.model import Person
from records.offices.organisation import load_organisation
from records.offices.passwords import hash_password, matches
from records.offices.reach import Reach, people_within, person_within
from records.offices.sign_in import SignIn, fresh_hash, is_right, presented, settle, settle_outside
from records.offices.sign_in_rules import RANGES, RuleUnfit, SignInRules, change_rules, rules_of
from records.offices.store import person_by_login

ROOT = Path(__file__).parents[4]
RULES = SignInRules()
TODAY = date(2026, 3, 2)


@pytest.fixture
def staffed(any_database: Database) -> Database:
    offices = [
        {"code": "nb", "name": "宁波", "level": "city"}, {"code": "hs", "name": "海曙", "level": "district", "parent": "nb"},
        {"code": "yz", "name": "鄞州", "level": "district", "parent": "nb"},
    ]  # fmt: skip
    people = [
        {"login": "chen", "name": "陈敏", "posts": [{"role": "clerk", "office": "hs"}]},
        {"login": "wang", "name": "王芳", "posts": [{"role": "clerk", "office": "hs"}, {"role": "leader", "office": "nb"}]},
        {"login": "past", "name": "郭静", "posts": [{"role": "clerk", "office": "hs", "to": "2025-12-31"}]},
        {"login": "moved", "name": "何涛", "posts": [{"role": "clerk", "office": "hs", "to": "2025-12-31"}, {"role": "clerk", "office": "yz"}]},
        {"login": "none", "name": "马林"},
    ]
    with any_database.write() as session:
        load_organisation(session, {"offices": offices, "people": [{**one, "password": "right"} for one in people]})
    return any_database


def found(database: Database, login: str = "chen") -> Person:
    with database.read() as session:
        person = person_by_login(session, login)
    assert person is not None
    return person


def attempt(database: Database, clock: ManualClock, password: str, max_age: timedelta = timedelta()) -> SignIn:
    with database.read() as session:
        asked = presented(session, "chen", "", clock.now())
    right = is_right(asked, password)
    new_hash = fresh_hash(asked, password) if right else ""
    with database.write() as session:
        return settle(session, asked, right, "", clock.now(), new_hash=new_hash, max_age=max_age)


def by(clock: ManualClock, person_id: str = "1") -> Who:
    return Who(person_id, "韦岚", clock.now())


def reset(database: Database, clock: ManualClock, password: str) -> None:
    with database.write() as session:
        credentials.reset_password(session, found(database).id, hash_password(password), by(clock), RULES)


def test_a_one_time_password_must_be_changed_and_works_only_so_long(staffed: Database, clock: ManualClock) -> None:
    reset(staffed, clock, "handed over")
    first = attempt(staffed, clock, "handed over")

    assert (first.person_id, first.must_change) == (found(staffed).id, True)
    assert attempt(staffed, clock, "right").person_id is None
    clock.advance(RULES.initial)
    assert attempt(staffed, clock, "handed over") == SignIn(None, has_expired=True)


def test_an_own_password_ends_the_duty_and_is_in_the_trail_without_itself(staffed: Database, clock: ManualClock) -> None:
    reset(staffed, clock, "handed over")
    me = found(staffed)
    with staffed.write() as session:
        assert credentials.change_password(session, by(clock, me.id), hash_password("my own"), before=me.password_hash)

    assert attempt(staffed, clock, "my own") == SignIn(me.id)
    with staffed.read() as session:
        rows = trail_of(session, "person", me.id)
    assert [row.event for row in rows] == ["person:password:reset", "person:password:changed"]
    assert "handed" not in str([row.new for row in rows])


def test_a_password_that_was_changed_meanwhile_is_not_changed_again(staffed: Database, clock: ManualClock) -> None:
    me = found(staffed)
    reset(staffed, clock, "handed over")
    with staffed.write() as session:
        assert not credentials.change_password(session, by(clock, me.id), hash_password("my own"), before=me.password_hash)

    assert attempt(staffed, clock, "handed over").must_change


def test_a_reset_ends_a_lock(staffed: Database, clock: ManualClock) -> None:
    for _ in range(LOCK_OUT.failures):
        attempt(staffed, clock, "wrong")
    reset(staffed, clock, "handed over")

    assert attempt(staffed, clock, "handed over").person_id is not None


def test_a_lock_is_lifted_at_once_and_only_where_there_is_one(staffed: Database, clock: ManualClock) -> None:
    for _ in range(LOCK_OUT.failures):
        attempt(staffed, clock, "wrong")
    with staffed.write() as session:
        assert credentials.lift_lock(session, found(staffed).id, by(clock))
    with staffed.write() as session:
        assert not credentials.lift_lock(session, found(staffed).id, by(clock))

    assert attempt(staffed, clock, "right").person_id is not None


def test_a_wrong_present_password_counts_with_those_at_the_door(staffed: Database, clock: ManualClock) -> None:
    me = found(staffed)
    for _ in range(LOCK_OUT.failures - 1):
        with staffed.write() as session:
            assert credentials.refuse_present(session, me.id, LOCK_OUT, clock.now()) is None

    assert attempt(staffed, clock, "wrong").locked_until == clock.now() + LOCK_OUT.period
    with staffed.write() as session:
        assert credentials.refuse_present(session, me.id, LOCK_OUT, clock.now()) == clock.now() + LOCK_OUT.period


def test_a_password_ages_where_the_rules_say_so(staffed: Database, clock: ManualClock) -> None:
    reset(staffed, clock, "handed over")
    me = found(staffed)
    with staffed.write() as session:
        credentials.change_password(session, by(clock, me.id), hash_password("my own"), before=me.password_hash)
    clock.advance(timedelta(days=90))

    assert not attempt(staffed, clock, "my own").must_change
    assert not attempt(staffed, clock, "my own", timedelta(days=91)).must_change
    assert attempt(staffed, clock, "my own", timedelta(days=90)).must_change


def test_the_product_hashes_with_argon2id_in_two_passes_over_19_mebibytes() -> None:
    """In a process of its own: in this one passwords are quick to check."""
    code = "from records.offices.passwords import hash_password, matches; found = hash_password('right'); print(found, matches(found, 'right'), matches(found, 'wrong'))"
    found, *matched = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()

    assert found.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert matched == ["True", "False"]


def test_a_hash_of_other_parameters_is_made_anew_while_the_password_is_at_hand(staffed: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    before = found(staffed).password_hash
    attempt(staffed, clock, "right")
    assert found(staffed).password_hash == before
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))

    assert attempt(staffed, clock, "wrong").person_id is None
    assert found(staffed).password_hash == before
    assert attempt(staffed, clock, "right").person_id is not None

    after = found(staffed).password_hash
    assert "m=16,t=2" in after
    assert matches(after, "right")
    assert attempt(staffed, clock, "right").person_id is not None


def test_a_hash_that_was_made_anew_meanwhile_counts_nothing_and_is_asked_again(staffed: Database, clock: ManualClock) -> None:
    with staffed.read() as session:
        early = presented(session, "chen", "", clock.now())
    with staffed.write() as session:
        person = person_by_login(session, "chen")
        assert person is not None
        person.password_hash = hash_password("right")
    for _ in range(LOCK_OUT.failures):
        with staffed.write() as session:
            assert settle(session, early, True, "", clock.now()) == SignIn(None, is_stale=True)

    assert attempt(staffed, clock, "right").person_id is not None


def test_whom_a_provider_vouches_for_comes_in_unless_locked_or_gone(staffed: Database, clock: ManualClock) -> None:
    me = found(staffed)
    with staffed.write() as session:
        assert settle_outside(session, me.id, "", clock.now()) == SignIn(me.id)
    for _ in range(LOCK_OUT.failures):
        attempt(staffed, clock, "wrong")
    with staffed.write() as session:
        assert settle_outside(session, me.id, "", clock.now()) == SignIn(None, clock.now() + LOCK_OUT.period)
    with staffed.write() as session:
        person = person_by_login(session, "chen")
        assert person is not None
        person.active = False
    with staffed.write() as session:
        assert settle_outside(session, me.id, "", clock.now()) == SignIn(None)


def test_a_value_of_a_provider_means_one_person_to_the_letter(staffed: Database, clock: ManualClock) -> None:
    chen, wang = found(staffed), found(staffed, "wang")
    with staffed.write() as session:
        assert outside.link(session, chen.id, "https://sso", "007", by(clock))
        assert not outside.link(session, chen.id, "https://sso", "007", by(clock))
        with pytest.raises(outside.IdentityTaken):
            outside.link(session, wang.id, "https://sso", "007", by(clock))
        assert outside.link(session, wang.id, "https://sso", "008", by(clock))
    with staffed.read() as session:
        assert outside.person_known_as(session, "https://sso", "007") == chen.id
        assert outside.person_known_as(session, "https://SSO", "007") is None
        assert outside.person_known_as(session, "https://sso", "7") is None
    with staffed.write() as session:
        assert outside.link(session, chen.id, "https://sso", "", by(clock))
        assert outside.person_known_as(session, "https://sso", "007") is None
        events = [row.event for row in trail_of(session, "person", chen.id)]
    assert events == ["person:outside_identity:linked", "person:outside_identity:unlinked"]


def test_rules_are_kept_as_far_as_they_differ_and_the_difference_is_in_the_trail(staffed: Database, clock: ManualClock) -> None:
    wanted = SignInRules(idle_minutes=15, second_factor_roles=("clerk",))
    with staffed.write() as session:
        assert change_rules(session, wanted, by(clock))
        assert not change_rules(session, wanted, by(clock))
    with staffed.read() as session:
        assert rules_of(session) == wanted
        (row,) = trail_of(session, "sign_in_rules", "sign_in_rules")
    assert (row.old, row.new) == ({"idle_minutes": 120, "second_factor_roles": []}, {"idle_minutes": 15, "second_factor_roles": ["clerk"]})
    assert wanted.demands_second_factor(["clerk", "head"])
    assert not wanted.demands_second_factor(["head"])


@pytest.mark.parametrize("name", RANGES)
def test_a_number_outside_its_range_is_refused(staffed: Database, clock: ManualClock, name: str) -> None:
    for value in (RANGES[name][0] - 1, RANGES[name][1] + 1):
        with staffed.write() as session, pytest.raises(RuleUnfit):
            change_rules(session, SignInRules(**{name: value}), by(clock))


def within(database: Database, *scopes: str, words: str = "") -> list[str]:
    with database.read() as session:
        return [person.login for person in people_within(session, Reach(scopes, TODAY), words, limit=50)]


def test_an_administrator_acts_for_people_who_serve_beneath_and_nowhere_else(staffed: Database) -> None:
    assert within(staffed, "nb/") == ["chen", "moved", "none", "past", "wang"]
    assert within(staffed, "nb/hs/") == ["chen", "past"]
    assert within(staffed, "nb/yz/") == ["moved"]
    assert within(staffed, "nb/hs/", "nb/yz/") == ["chen", "moved", "past"]
    assert within(staffed) == []


def test_a_search_asks_for_every_word(staffed: Database) -> None:
    assert within(staffed, "nb/", words="陈") == ["chen"]
    assert within(staffed, "nb/", words="CHEN 陈") == ["chen"]
    assert within(staffed, "nb/", words="chen 王") == []
    assert within(staffed, "nb/", words="%") == []


def test_one_person_is_reached_as_in_the_list(staffed: Database) -> None:
    with staffed.read() as session:
        assert person_within(session, Reach(("nb/hs/",), TODAY), found(staffed, "wang").id) is None
        assert person_within(session, Reach(("nb/",), TODAY), found(staffed, "wang").id) is not None
