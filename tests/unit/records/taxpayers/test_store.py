"""Taxpayers."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from db.session import Database
from records.audit import trail_of
from records.sentences import ValueRefused
from records.taxpayers import store
from records.taxpayers.errors import TaxpayerUnknown
from tests.unit.records.making import CHEN, TODAY

NUMBER = "330203D2143569X"


def test_a_taxpayer_is_found_under_its_number(any_database: Database) -> None:
    with any_database.write() as session:
        store.register(session, CHEN, NUMBER, "宁波甲公司", today=TODAY)

    with any_database.read() as session:
        found = store.taxpayer(session, NUMBER)
        assert (found.name, found.region, found.registered_on) == ("宁波甲公司", "330203", TODAY)
        assert store.names(session, [NUMBER, NUMBER, "330203123456789"]) == {NUMBER: "宁波甲公司"}


def test_a_number_with_a_wrong_check_is_not_registered(database: Database) -> None:
    with database.write() as session, pytest.raises(ValueRefused, match="校验位不对"):
        store.register(session, CHEN, "330203D21435690", "宁波甲公司", today=TODAY)


def test_a_number_is_registered_once(any_database: Database) -> None:
    with any_database.write() as session:
        store.register(session, CHEN, NUMBER, "宁波甲公司", today=TODAY)

    with pytest.raises(IntegrityError), any_database.write() as session:
        store.register(session, CHEN, NUMBER, "宁波乙公司", today=TODAY)


def test_every_change_is_in_the_trail(database: Database) -> None:
    with database.write() as session:
        row = store.register(session, CHEN, NUMBER, "宁波甲公司", today=TODAY)
        store.rename(session, CHEN, NUMBER, "宁波乙公司")
        store.deregister(session, CHEN, NUMBER, TODAY)

        assert [entry.event.rsplit(":", 1)[1] for entry in trail_of(session, "taxpayer", row.id)] == [
            "registered",
            "renamed",
            "deregistered",
        ]
        assert store.taxpayer(session, NUMBER).deregistered_on == TODAY


def test_an_unknown_number_is_named(database: Database) -> None:
    with database.read() as session, pytest.raises(TaxpayerUnknown, match="330203"):
        store.taxpayer(session, "330203123456789")
