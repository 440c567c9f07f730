"""Authorisations of the service unit: in force from the first day to the last, for what they name, unchanged once they are signed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from db.session import Database
from records.audit import trail_of
from records.faults.errors import MoveRefused, NotAuthorised, RecordUnknown, TermRefused
from records.faults.model import Authorisation
from records.faults.store import authorisations
from tests.unit.records.xian import LU, TIAN, TODAY

CITY, ONE_DAY = "sn/xa/", timedelta(days=1)
FIRST, LAST = date(2026, 3, 2), date(2026, 12, 31)


def drafted(session: Session, **changed: Any) -> Authorisation:
    given = {
        "service_unit": "XAHX", "service_unit_name": "西安航信技术服务有限公司", "subsystems": ["certification"], "tasks": "一般维护", "valid_from": FIRST,
        "valid_until": LAST, "office_name": "西安市国家税务局", "scope": CITY,
    }  # fmt: skip
    return authorisations.draft(session, TIAN, **{**given, **changed})


def issued(session: Session, number: str = "市国税金授〔2026〕1号", **changed: Any) -> Authorisation:
    return authorisations.issue(session, LU, drafted(session, **changed).id, number, TODAY)


@pytest.mark.parametrize(
    ("on", "is_in_force"),
    [(FIRST - ONE_DAY, False), (FIRST, True), (LAST, True), (LAST + ONE_DAY, False)],
)
def test_the_first_and_the_last_day_belong_to_the_term(database: Database, on: date, is_in_force: bool) -> None:
    with database.write() as session:
        row = issued(session)

        assert [one.id for one in authorisations.in_force(session, CITY, on)] == ([row.id] if is_in_force else [])


def test_an_authorisation_does_not_reach_back_before_its_signature(database: Database) -> None:
    with database.write() as session:
        row = issued(session, valid_from=TODAY - 60 * ONE_DAY)

        assert authorisations.in_force(session, CITY, TODAY - ONE_DAY) == []
        with pytest.raises(NotAuthorised, match="没有有效的"):
            authorisations.require_authorised(session, CITY, row.number or "", TODAY - ONE_DAY, "certification")
        assert authorisations.in_force(session, CITY, TODAY) == [row]


def test_what_is_over_still_covers_the_work_of_its_days(database: Database) -> None:
    with database.write() as session:
        row = issued(session)
        authorisations.end(session, TIAN, row.id)

        assert authorisations.signed(session, CITY, LAST + 30 * ONE_DAY) == [row]
        assert authorisations.signed(session, CITY, TODAY - ONE_DAY) == []
        assert authorisations.require_authorised(session, CITY, row.number or "", LAST, "certification").id == row.id


def test_a_draft_and_a_refused_one_authorise_nobody_and_another_city_is_not_concerned(database: Database) -> None:
    with database.write() as session:
        drafted(session)
        authorisations.refuse(session, LU, drafted(session).id)
        assert authorisations.in_force(session, CITY, TODAY) == []
        row = issued(session)

        assert authorisations.in_force(session, "sn/by/", TODAY) == []
        assert authorisations.in_force(session, CITY, TODAY, "OTHER") == []
        assert [one.id for one in authorisations.in_force(session, CITY, TODAY, "XAHX")] == [row.id]


def test_on_the_day_of_revocation_it_is_in_force_no_longer_and_before_it_was(database: Database) -> None:
    with database.write() as session:
        row = issued(session)
        day = TODAY + timedelta(days=10)
        authorisations.revoke(session, TIAN, row.id, day, "转包他人")

        assert authorisations.in_force(session, CITY, day) == []
        assert [one.number for one in authorisations.in_force(session, CITY, day - ONE_DAY)] == [row.number]
        assert [entry.event for entry in trail_of(session, "authorisation", row.id)] == [f"faults:authorisation:{what}" for what in ("drafted", "issue", "revoke")]
        with pytest.raises(MoveRefused, match="“已收回”"):
            authorisations.end(session, TIAN, row.id)


def test_whoever_is_not_authorised_is_told_with_the_article(database: Database) -> None:
    with database.write() as session:
        row = issued(session)
        number = row.number or ""
        assert authorisations.require_authorised(session, CITY, number, LAST, "certification").id == row.id
        with pytest.raises(NotAuthorised, match=r"2027-01-01 没有有效的.*三\(二\)1") as late:
            authorisations.require_authorised(session, CITY, number, LAST + ONE_DAY, "certification")
        with pytest.raises(NotAuthorised, match=r"只授权维护认证子系统，不包括报税子系统.*三\(二\)1"):
            authorisations.require_authorised(session, CITY, number, TODAY, "reporting")

        assert "was in force on 2027-01-01" in late.value.en


@pytest.mark.parametrize(
    ("changed", "is_free"),
    [
        ({"valid_from": LAST, "valid_until": LAST + 30 * ONE_DAY}, False),
        ({"valid_from": LAST + ONE_DAY, "valid_until": LAST + 30 * ONE_DAY}, True),
        ({"valid_from": FIRST - 9 * ONE_DAY, "valid_until": FIRST}, False),
        ({"valid_from": FIRST - 9 * ONE_DAY, "valid_until": FIRST - ONE_DAY}, True),
        ({"subsystems": ["reporting"]}, True),
        ({"subsystems": ["reporting", "certification"]}, False),
        ({"service_unit": "OTHER"}, True),
    ],
)
def test_one_subsystem_is_authorised_once_for_each_day(database: Database, changed: dict[str, Any], is_free: bool) -> None:
    with database.write() as session:
        issued(session)
        second = drafted(session, **changed)
        if is_free:
            authorisations.require_free(session, second)
            return
        with pytest.raises(TermRefused, match="认证子系统在 2026-03-02 至 2026-12-31 已由市国税金授〔2026〕1号授权"):
            authorisations.require_free(session, second)


def test_terms_that_make_no_sense_are_refused(database: Database) -> None:
    with database.write() as session:
        with pytest.raises(TermRefused, match="不能早于起日"):
            drafted(session, valid_until=FIRST - ONE_DAY)
        with pytest.raises(TermRefused, match="已过，不能再签发"):
            issued(session, valid_from=TODAY - 9 * ONE_DAY, valid_until=TODAY - ONE_DAY)
        with pytest.raises(RecordUnknown, match="没有这件授权委托"):
            authorisations.authorisation(session, "nothing")


def test_a_draft_is_worded_anew_and_a_signed_one_never(any_database: Database) -> None:
    with any_database.write() as session:
        row = drafted(session)
        authorisations.redraft(session, TIAN, row.id, valid_from=FIRST, valid_until=LAST, tasks="另一种写法")
        authorisations.issue(session, LU, row.id, "市国税金授〔2026〕1号", TODAY)
        assert (row.tasks, row.signed_by_name, row.signed_on) == ("另一种写法", "路遥", TODAY)
        with pytest.raises(MoveRefused, match="已经签发，不能再改"):
            authorisations.redraft(session, TIAN, row.id, valid_from=FIRST, valid_until=LAST, tasks="再改")
        id_ = row.id
    for change in ("UPDATE authorisation SET valid_until = '2030-01-01'", "DELETE FROM authorisation"):
        with pytest.raises(DatabaseError, match="authorisation_is_fixed"), any_database.write() as session:
            session.execute(text(change))
    with any_database.read() as session:
        assert authorisations.authorisation(session, id_).valid_until == LAST


def test_of_two_that_overlap_and_are_signed_at_once_one_is_refused(any_database: Database) -> None:
    with any_database.write() as session:
        ids = [drafted(session).id, drafted(session).id]

    def sign(at: int) -> str:
        try:
            with any_database.write() as session:
                authorisations.issue(session, LU, ids[at], f"市国税金授〔2026〕{at}号", TODAY)
        except TermRefused as refusal:
            return str(refusal)
        return "signed"

    with ThreadPoolExecutor(2) as both:
        said = sorted(both.map(sign, (0, 1)))

    assert said[0] == "signed"
    assert "已由" in said[1]
