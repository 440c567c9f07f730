"""Delegations as long as the law lets them be: what is done to all invoices of one costs as many statements as what is done to few."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import String, cast, func, select, text
from sqlalchemy.orm import Session

from db.clock import ManualClock
from db.session import Database
from records.audit import trail_of
from records.coinvestigation import store
from records.coinvestigation.imports.grouping import make_delegations
from records.coinvestigation.model import InvoiceFace
from records.coinvestigation.store import FindingData
from records.coinvestigation.store.delegations import retotal
from tests.factories.statements import counted
from tests.unit.records.making import CHEN, HS, LIN, NB, SZ, TODAY, ZHOU, drafted, filled, imported, texts

FEW, MANY = 30, 3_000
MORE_THAN_PARAMETERS = 66_000  # of one statement: PostgreSQL takes 65,535
CLEAN = FindingData("yes", "genuine", "yes", "yes", "yes", "consistent")
FALSE = replace(CLEAN, trade="no", conclusion="false", tax_recovered=Decimal("17000.00"))


def received(session: Session, count: int) -> tuple[str, str, list[str]]:
    """A receipt of `count` invoices: the delegation, the receipt, the invoices."""
    row = drafted(session)
    faces = filled(session, row.id, count)
    retotal(session, row)
    return row.id, store.open_receipt(session, LIN, delegation_id=row.id, office=SZ, received_on=TODAY).id, faces


def statements(database: Database, count: int, act: Callable[[Session, str, str, list[str]], object]) -> int:
    with database.write() as session:
        delegation_id, receipt_id, faces = received(session, count)
    with counted(database) as sent, database.write() as session:
        act(session, delegation_id, receipt_id, faces)
    return len(sent)


def found(session: Session, _delegation_id: str, receipt_id: str, faces: list[str]) -> None:
    own = {faces[0]: FALSE, faces[-1]: replace(CLEAN, remark="有出库单")}
    assert store.record_findings(session, LIN, receipt_id, CLEAN, own) == len(faces)


def found_anew(session: Session, delegation_id: str, receipt_id: str, faces: list[str]) -> None:
    found(session, delegation_id, receipt_id, faces)
    assert store.record_findings(session, LIN, receipt_id, FALSE, {}) == len(faces)


def verified_inside(session: Session, delegation_id: str, _receipt_id: str, faces: list[str]) -> None:
    found(session, delegation_id, delegation_id, faces)


def reported(session: Session, delegation_id: str, _receipt_id: str, faces: list[str]) -> None:
    assert store.report_at_once(session, CHEN, HS, NB.id, delegation_id, Decimal(100_000)) == len(faces)
    assert store.acknowledge_reports(session, ZHOU, delegation_id) == len(faces)


@pytest.mark.parametrize("act", [found, found_anew, verified_inside, reported])
def test_what_is_done_to_all_invoices_does_not_cost_more_the_more_there_are(any_database: Database, act: Any) -> None:
    assert statements(any_database, MANY, act) == statements(any_database, FEW, act)


def test_the_trail_has_one_entry_for_all_and_one_for_each_that_differs(any_database: Database) -> None:
    with any_database.write() as session:
        _, receipt_id, faces = received(session, FEW)
        found(session, "", receipt_id, faces)

        entry = trail_of(session, "receipt", receipt_id)[-1]
        assert (entry.event, entry.old, entry.new["count"], entry.new["own"]) == ("coinvestigation:findings:recorded", None, FEW, 2)
        assert [bool(trail_of(session, "invoice_face", face_id)) for face_id in faces[:2] + faces[-1:]] == [True, False, True]
        counts = store.outcome(session, receipt_id).counts
        assert (counts["consistent"], counts["false"]) == (FEW - 1, 1)


def looked_at_meanwhile(database: Database) -> None:
    """As when the server takes its statistics while much is written that is not committed yet: it finds nothing, and takes the tables for empty."""
    if not database.is_sqlite:
        with database.write() as session:
            session.execute(text("ANALYZE invoice_face, receipt_invoice"))


def test_a_delegation_may_have_more_invoices_than_a_statement_has_parameters(any_database: Database) -> None:
    with any_database.write() as session:
        row = drafted(session)
        faces = filled(session, row.id, MORE_THAN_PARAMETERS)
        row.invoice_count = len(faces)
        looked_at_meanwhile(any_database)
        upper = store.open_receipt(session, LIN, delegation_id=row.id, office=NB, received_on=TODAY)
        assert any_database.is_sqlite or session.scalar(text("SHOW statement_timeout")) == "15min"  # and no longer after it
    with any_database.write() as session:
        assert any_database.is_sqlite or session.scalar(text("SHOW statement_timeout")) == "8s"
        lower = store.open_receipt(
            session, LIN, delegation_id=row.id, office=HS, received_on=TODAY, parent_id=upper.id, face_ids=faces[1:]
        )
        assert (upper.invoice_count, lower.invoice_count) == (MORE_THAN_PARAMETERS, MORE_THAN_PARAMETERS - 1)

        taken = store.report_at_once(session, CHEN, HS, NB.id, row.id, Decimal(100_000))
        assert taken == MORE_THAN_PARAMETERS

        left = store.release_faces(session, CHEN, row.id, faces[1:])
        assert left.invoice_count == 1


def test_invoices_of_any_number_of_regions_become_one_delegation(any_database: Database, clock: ManualClock) -> None:
    batch_id = imported(any_database, clock, [texts(1)])
    with any_database.write() as session:
        filled(
            session, None, MANY, batch_id=batch_id, source="certification", line=lambda at: at + 1, seller_region="320506",
            buyer_region=lambda at: cast(at + 110_000, String),
        )  # fmt: skip
    with any_database.write() as session:
        made = make_delegations(session, CHEN, batch_id, HS, lambda region: SZ if region == "320506" else None, {}, TODAY)

        assert [row.invoice_count for row in made] == [MANY + 1]
        assert session.scalar(select(func.count()).where(InvoiceFace.delegation_id.is_(None))) == 0
