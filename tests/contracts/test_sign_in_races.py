"""What may happen once, tried by two nodes at once: a code, a recovery code, the first administrators, an attempt at a provider."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from db.clock import ManualClock
from db.session import Database
from records.audit import Who
from records.offices import second_factor
from records.offices.first_administrators import SECURITY, SYSTEM, Founder, NotTheFirst, Seat, make_first
from records.offices.lock_out import LOCK_OUT
from records.offices.model import Office, Person
from records.offices.organisation import load_organisation
from records.offices.sealing import Seal
from records.offices.store import person_by_login
from tests.factories.devices import HALF_A_MINUTE, Device
from tests.factories.races import Died, Held, race
from web.entry.outside import attempts
from web.sessions import halfway
from web.sessions.store import Entry

SEAL = Seal(b"key of the tests")
FOUNDERS = (Founder(SYSTEM, "gao.bo", "高博"), Founder(SECURITY, "wei.lan", "韦岚"))
SEAT = Seat("nb", "宁波市国家税务局", "city")


@pytest.fixture
def nodes(any_database: Database) -> Iterator[tuple[Database, Database]]:
    beside = Database(any_database.url.render_as_string(hide_password=False))
    yield any_database, beside
    beside.dispose()


@pytest.fixture
def enrolled(any_database: Database, clock: ManualClock) -> tuple[str, Device, list[str]]:
    with any_database.write() as session:
        load_organisation(session, {"people": [{"login": "chen", "name": "陈敏", "password": "right"}]})
        person = person_by_login(session, "chen")
        assert person is not None
        second_factor.begin(session, person.id, SEAL, clock.now())
    with any_database.read() as session:
        device = Device(second_factor.pending_secret(session, person.id, SEAL), clock)
    with any_database.write() as session:
        codes = second_factor.confirm(session, Who(person.id, "陈敏", clock.now()), device.code(), SEAL)
    assert codes is not None
    clock.advance(4 * HALF_A_MINUTE)
    return person.id, device, codes


def prove(database: Database, person_id: str, code: str, clock: ManualClock) -> Callable[[], object]:
    def act() -> object:
        with database.write() as session:
            return second_factor.prove_code(session, person_id, code, SEAL, "", clock.now(), LOCK_OUT).way

    return act


@pytest.mark.parametrize("dies", [False, True])
@pytest.mark.parametrize("kind", ["code", "recovery_code"])
def test_of_two_nodes_with_the_same_code_one_takes_it(
    nodes: tuple[Database, Database], enrolled: tuple[str, Device, list[str]], clock: ManualClock, monkeypatch: pytest.MonkeyPatch, kind: str, dies: bool
) -> None:
    here, there = nodes
    person_id, device, codes = enrolled
    code = device.code() if kind == "code" else codes[0]

    answers = race(Held(monkeypatch, here, dies=dies), prove(here, person_id, code, clock), prove(there, person_id, code, clock))

    assert answers == ((Died, kind) if dies else (kind, ""))


def found(database: Database, clock: ManualClock, suffix: str = "") -> Callable[[], object]:
    founders = [replace(founder, login=founder.login + suffix) for founder in FOUNDERS]

    def act() -> object:
        try:
            return sorted(make_first(database, founders, SEAT, Who("", "test", clock.now()), clock.today()))
        except NotTheFirst:
            return NotTheFirst

    return act


@pytest.mark.parametrize("dies", [False, True])
def test_of_two_first_administrators_at_once_exactly_one_wins(
    nodes: tuple[Database, Database], clock: ManualClock, monkeypatch: pytest.MonkeyPatch, dies: bool
) -> None:
    here, there = nodes

    first, second = race(Held(monkeypatch, here, dies=dies), found(here, clock), found(there, clock, ".2"))

    assert (first, second) == ((Died, ["gao.bo.2", "wei.lan.2"]) if dies else (["gao.bo", "wei.lan"], NotTheFirst))
    with here.read() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 2
        assert session.scalar(select(func.count()).select_from(Office)) == 1


def test_of_two_that_bring_the_same_attempt_back_one_is_believed(
    nodes: tuple[Database, Database], clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = nodes
    with here.write() as session:
        attempt = attempts.begin(session, "browser", "/tasks", clock.now())

    def bring(database: Database) -> Callable[[], object]:
        def act() -> object:
            with database.write() as session:
                return attempts.bring_back(session, attempt.state, "browser", clock.now())

        return act

    assert race(Held(monkeypatch, here), bring(here), bring(there)) == (attempt, None)


def test_of_two_that_finish_the_same_sign_in_one_comes_in(nodes: tuple[Database, Database], clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = nodes
    entry = Entry("1" * 32)
    with here.write() as session:
        token = halfway.begin(session, entry, clock.now())

    def finish(database: Database) -> Callable[[], object]:
        def act() -> object:
            with database.write() as session:
                found = halfway.find(session, token, clock.now(), to_finish=True)
                halfway.end(session, token)
                return found

        return act

    assert race(Held(monkeypatch, here), finish(here), finish(there)) == (entry, None)
