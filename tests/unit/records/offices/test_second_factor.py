"""The second factor: codes that are taken once, recovery codes that are kept by nobody, failures that count with those of passwords."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from db.clock import ManualClock
from db.session import Database
from records.audit import Who, trail_of
from records.offices import second_factor
from records.offices.lock_out import LOCK_OUT
from records.offices.organisation import load_organisation
from records.offices.sealing import Seal, SealBroken
from records.offices.second_factor import CodeProof
from records.offices.sign_in import SignIn, is_right, presented, settle
from records.offices.store import person_by_login
from records.offices.tables import RecoveryCode, SecondFactor
from tests.factories.devices import Device

SEAL = Seal(b"key of the tests")


@pytest.fixture
def chen(any_database: Database) -> str:
    with any_database.write() as session:
        load_organisation(session, {"people": [{"login": "chen", "name": "陈敏", "password": "right"}]})
    with any_database.read() as session:
        found = person_by_login(session, "chen")
    assert found is not None
    return found.id


def begin(database: Database, person_id: str, clock: ManualClock) -> Device:
    with database.write() as session:
        second_factor.begin(session, person_id, SEAL, clock.now())
    with database.read() as session:
        return Device(second_factor.pending_secret(session, person_id, SEAL), clock)


def confirm(database: Database, person_id: str, code: str, clock: ManualClock) -> list[str] | None:
    with database.write() as session:
        return second_factor.confirm(session, Who(person_id, "陈敏", clock.now()), code, SEAL)


def prove(database: Database, person_id: str, code: str, clock: ManualClock, address: str = "") -> CodeProof:
    with database.write() as session:
        return second_factor.prove_code(session, person_id, code, SEAL, address, clock.now(), LOCK_OUT)


def password(database: Database, clock: ManualClock, given: str) -> SignIn:
    with database.read() as session:
        asked = presented(session, "chen", "", clock.now())
    with database.write() as session:
        return settle(session, asked, is_right(asked, given), "", clock.now())


@pytest.fixture
def enrolled(any_database: Database, chen: str, clock: ManualClock) -> tuple[Device, list[str]]:
    device = begin(any_database, chen, clock)
    codes = confirm(any_database, chen, device.code(), clock)
    assert codes is not None
    clock.advance(timedelta(minutes=2))
    return device, codes


def test_a_factor_counts_only_when_a_code_of_it_was_shown(any_database: Database, chen: str, clock: ManualClock) -> None:
    device = begin(any_database, chen, clock)

    assert not password(any_database, clock, "right").wants_code
    assert confirm(any_database, chen, device.wrong(), clock) is None
    assert not password(any_database, clock, "right").wants_code
    assert confirm(any_database, chen, device.code(), clock) is not None
    assert password(any_database, clock, "right").wants_code


def test_the_code_that_set_it_up_opens_nothing(any_database: Database, chen: str, clock: ManualClock) -> None:
    device = begin(any_database, chen, clock)
    code = device.code()
    confirm(any_database, chen, code, clock)

    assert prove(any_database, chen, code, clock).way == ""


def test_a_code_is_taken_once_within_its_window(any_database: Database, chen: str, clock: ManualClock, enrolled: tuple[Device, list[str]]) -> None:
    code = enrolled[0].code()

    assert prove(any_database, chen, code, clock).way == "code"
    assert prove(any_database, chen, code, clock).way == ""


def test_an_earlier_code_is_not_taken_after_a_later_one(any_database: Database, chen: str, clock: ManualClock, enrolled: tuple[Device, list[str]]) -> None:
    device = enrolled[0]
    earlier, now = device.code(-1), device.code()

    assert prove(any_database, chen, now, clock).way == "code"
    assert prove(any_database, chen, earlier, clock).way == ""


@pytest.mark.parametrize(("later", "way"), [(-2, ""), (-1, "code"), (0, "code"), (1, "code"), (2, "")])
def test_a_clock_may_be_off_by_half_a_minute(any_database: Database, chen: str, clock: ManualClock, enrolled: tuple[Device, list[str]], later: int, way: str) -> None:
    assert prove(any_database, chen, enrolled[0].code(later), clock).way == way


def test_a_code_may_be_typed_with_a_gap(any_database: Database, chen: str, clock: ManualClock, enrolled: tuple[Device, list[str]]) -> None:
    code = enrolled[0].code()

    assert prove(any_database, chen, f" {code[:3]} {code[3:]} ", clock).way == "code"


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "\uff11\uff12\uff13\uff14\uff15\uff16", "²²²²²²", "x" * 40])
def test_what_is_no_code_is_refused(any_database: Database, chen: str, clock: ManualClock, enrolled: tuple[Device, list[str]], code: str) -> None:
    assert prove(any_database, chen, code, clock).way == ""


def test_a_recovery_code_is_taken_once_however_it_is_typed(any_database: Database, chen: str, clock: ManualClock, enrolled: tuple[Device, list[str]]) -> None:
    code = enrolled[1][3]

    assert prove(any_database, chen, code.upper().replace("-", " "), clock).way == "recovery_code"
    assert prove(any_database, chen, code, clock).way == ""
    with any_database.read() as session:
        factor = second_factor.factor_of(session, chen)
    assert factor is not None
    assert factor.recovery_left == second_factor.RECOVERY_CODES - 1


def test_new_recovery_codes_make_the_old_ones_void(any_database: Database, chen: str, clock: ManualClock, enrolled: tuple[Device, list[str]]) -> None:
    with any_database.write() as session:
        fresh = second_factor.make_recovery_codes(session, Who(chen, "陈敏", clock.now()), SEAL)

    assert prove(any_database, chen, enrolled[1][0], clock).way == ""
    assert prove(any_database, chen, fresh[0], clock).way == "recovery_code"


def test_the_database_gives_neither_secret_nor_codes_away(any_database: Database, chen: str, clock: ManualClock, enrolled: tuple[Device, list[str]]) -> None:
    device, codes = enrolled
    with any_database.read() as session:
        row = session.get(SecondFactor, chen)
        digests = session.scalars(select(RecoveryCode.digest)).all()
        shown = second_factor.pending_secret(session, chen, SEAL)
    assert row is not None
    plain = [code.replace("-", "") for code in codes]

    assert device.maker.secret.encode() not in bytes(row.sealed_secret)
    assert not any(code in digest or digest == Seal(b"").digest("recovery code", f"{chen}:{code}") for code in plain for digest in digests)
    assert shown == ""
    with pytest.raises(SealBroken):
        Seal(b"another key").open(second_factor.PURPOSE, row.sealed_secret)


def test_a_recovery_code_of_somebody_else_is_worth_nothing(any_database: Database, chen: str, clock: ManualClock, enrolled: tuple[Device, list[str]]) -> None:
    with any_database.write() as session:
        load_organisation(session, {"people": [{"login": "wang", "name": "王芳", "password": "right"}]})
    with any_database.read() as session:
        wang = person_by_login(session, "wang")
    assert wang is not None
    confirm(any_database, wang.id, begin(any_database, wang.id, clock).code(), clock)

    assert prove(any_database, wang.id, enrolled[1][0], clock).way == ""


def test_wrong_codes_lock_the_login_as_wrong_passwords_do(any_database: Database, chen: str, clock: ManualClock, enrolled: tuple[Device, list[str]]) -> None:
    device = enrolled[0]
    answers = [prove(any_database, chen, device.wrong(), clock) for _ in range(LOCK_OUT.failures)]

    assert [answer.locked_until for answer in answers] == [None] * 4 + [clock.now() + LOCK_OUT.period]
    assert prove(any_database, chen, device.code(), clock).way == ""
    assert password(any_database, clock, "right").person_id is None
    clock.advance(LOCK_OUT.period)
    assert prove(any_database, chen, device.code(), clock).way == "code"


def test_the_right_password_forgives_nothing_while_the_code_is_to_come(any_database: Database, chen: str, clock: ManualClock, enrolled: tuple[Device, list[str]]) -> None:
    """Else whoever has the password guesses codes for ever, four at a time."""
    device = enrolled[0]
    for _ in range(LOCK_OUT.failures - 1):
        assert prove(any_database, chen, device.wrong(), clock).locked_until is None
        assert password(any_database, clock, "right").wants_code

    assert prove(any_database, chen, device.wrong(), clock).locked_until is not None


def test_the_right_code_forgives_earlier_failures(any_database: Database, chen: str, clock: ManualClock, enrolled: tuple[Device, list[str]]) -> None:
    device = enrolled[0]
    for _ in range(3):
        for _ in range(LOCK_OUT.failures - 1):
            prove(any_database, chen, device.wrong(), clock)
        assert prove(any_database, chen, device.next(), clock).way == "code"


def test_each_code_that_was_tried_is_in_the_trail(any_database: Database, chen: str, clock: ManualClock, enrolled: tuple[Device, list[str]]) -> None:
    device, codes = enrolled
    prove(any_database, chen, device.wrong(), clock, "10.0.0.7")
    prove(any_database, chen, device.code(), clock, "10.0.0.7")
    prove(any_database, chen, codes[0], clock, "10.0.0.7")
    with any_database.read() as session:
        tried = [row.event for row in trail_of(session, "login", "chen")]
        came = [(row.event, row.new["login"]) for row in trail_of(session, "address", "10.0.0.7")]
        made = [row.event for row in trail_of(session, "person", chen)]

    assert tried == [f"session:second_factor:{outcome}" for outcome in ("refused", "code", "recovery_code")]
    assert came == [("session:second_factor:refused", "chen")]
    assert made == ["person:second_factor:enrolled", "person:recovery_codes:made"]


def test_beginning_again_changes_nothing_once_it_is_confirmed(any_database: Database, chen: str, clock: ManualClock, enrolled: tuple[Device, list[str]]) -> None:
    with any_database.write() as session:
        second_factor.begin(session, chen, SEAL, clock.now())

    assert prove(any_database, chen, enrolled[0].code(), clock).way == "code"


def test_who_has_none_or_left_proves_nothing(any_database: Database, chen: str, clock: ManualClock) -> None:
    assert prove(any_database, chen, "123456", clock).is_void
    device = begin(any_database, chen, clock)
    assert prove(any_database, chen, device.code(), clock).is_void
    confirm(any_database, chen, device.code(), clock)
    with any_database.write() as session:
        found = person_by_login(session, "chen")
        assert found is not None
        found.active = False
    assert prove(any_database, chen, device.next(), clock).is_void


def test_what_was_removed_asks_for_no_code(any_database: Database, chen: str, clock: ManualClock, enrolled: tuple[Device, list[str]]) -> None:
    who = Who("1", "韦岚", clock.now())
    with any_database.write() as session:
        assert second_factor.remove(session, chen, who)
    with any_database.write() as session:
        assert not second_factor.remove(session, chen, who)

    assert password(any_database, clock, "right") == SignIn(chen)
    assert prove(any_database, chen, enrolled[1][0], clock).is_void
