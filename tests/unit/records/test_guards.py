"""Rows that nobody may change: the database itself refuses, on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from db.clock import ManualClock
from db.guards import guards, statements
from db.session import Database
from records.audit import note
from records.coinvestigation import store
from records.coinvestigation.imports.grouping import make_delegations
from records.coinvestigation.model import FIXED_COLUMNS
from tests.unit.records.making import CHEN, HS, SZ, TODAY, drafted, imported, texts


def refused(database: Database, statement: str, guard: str) -> None:
    with pytest.raises(IntegrityError, match=guard), database.write() as session:
        session.execute(text(statement))


@pytest.mark.parametrize("column", [c for c in FIXED_COLUMNS if c != "id"])
def test_no_column_of_an_imported_face_can_be_changed(database: Database, clock: ManualClock, column: str) -> None:
    imported(database, clock, [texts()])

    refused(database, f"UPDATE invoice_face SET {column} = {column}", "imported_face_is_fixed")


def test_an_imported_face_can_be_neither_changed_nor_deleted(any_database: Database, clock: ManualClock) -> None:
    imported(any_database, clock, [texts()])

    refused(any_database, "UPDATE invoice_face SET amount = 1", "imported_face_is_fixed")
    refused(any_database, "UPDATE invoice_face SET source = 'manual'", "imported_face_is_fixed")
    refused(any_database, "DELETE FROM invoice_face", "imported_face_is_fixed")


def test_an_imported_face_can_be_delegated(any_database: Database, clock: ManualClock) -> None:
    batch_id = imported(any_database, clock, [texts()])

    with any_database.write() as session:
        (row,) = make_delegations(session, CHEN, batch_id, HS, lambda region: SZ if region == "320506" else HS, {}, TODAY)
        assert row.invoice_count == 1


def test_a_typed_in_face_can_be_corrected(any_database: Database) -> None:
    with any_database.write() as session:
        drafted(session, 1)
    with any_database.write() as session:
        session.execute(text("UPDATE invoice_face SET amount = 1"))

    with any_database.read() as session:
        assert session.execute(text("SELECT amount FROM invoice_face")).scalars().all() == [1]


def test_a_generated_name_is_changed_by_nobody(any_database: Database, clock: ManualClock) -> None:
    batch_id = imported(any_database, clock, [texts()])
    with any_database.write() as session:
        make_delegations(session, CHEN, batch_id, HS, lambda region: SZ if region == "320506" else HS, {}, TODAY)

    refused(any_database, "UPDATE delegation SET name = 'x'", "generated_name_is_fixed")
    refused(
        any_database,
        f"UPDATE delegation SET name_generated = {'0' if any_database.is_sqlite else 'false'}",
        "generated_name_is_fixed",
    )


def test_the_name_of_a_typed_in_case_can_be_changed(any_database: Database) -> None:
    with any_database.write() as session:
        row = drafted(session)
        store.revise_delegation(session, CHEN, row.id, name="另一个名称")
        assert store.delegation(session, row.id).name == "另一个名称"


def test_the_trail_is_append_only(any_database: Database) -> None:
    with any_database.write() as session:
        note(session, CHEN, "a:b:c", "office", "x")

    refused(any_database, "UPDATE trail_entry SET person_name = 'x'", "trail_is_append_only")
    refused(any_database, "DELETE FROM trail_entry", "trail_is_append_only")


def test_the_trail_cannot_be_truncated(postgres: Database) -> None:
    refused(postgres, "TRUNCATE trail_entry", "trail_is_append_only")


def test_a_signature_is_fixed(any_database: Database) -> None:
    with any_database.write() as session:
        store.sign(session, CHEN, "subject", "delegation", "clerk")

    refused(any_database, "UPDATE delegation_signature SET role = 'leader'", "signature_is_fixed")
    refused(any_database, "DELETE FROM delegation_signature", "signature_is_fixed")


def test_a_migration_can_make_and_drop_every_guard(any_database: Database) -> None:
    dialect = any_database.engine.dialect.name
    with any_database.write() as session:
        for made in guards():
            for statement in made.drop(dialect):
                session.execute(text(statement))
        note(session, CHEN, "a:b:c", "office", "x")
        session.flush()
        session.execute(text("UPDATE trail_entry SET event = 'd:e:f'"))
        for statement in statements(dialect):
            session.execute(text(statement))

    refused(any_database, "DELETE FROM trail_entry", "trail_is_append_only")
