"""Delegations, receipts, findings and what hangs on them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Select, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.clock import ManualClock
from db.session import Database
from records.audit import trail_of
from records.coinvestigation import store
from records.coinvestigation.errors import (
    ChangedMeanwhile,
    ExtensionRefused,
    FacesNotFree,
    ImportedFaceIsFixed,
    MaySignNot,
    PlaceTaken,
    RecordUnknown,
    TransitionRefused,
)
from records.coinvestigation.imports.batches import batches
from records.coinvestigation.kinds import Nature, Source
from records.coinvestigation.model import InvoiceFace
from records.coinvestigation.store import FindingData
from records.coinvestigation.store.delegations import faces_of
from tests.unit.records.making import CHEN, HS, JD, LIN, NB, SZ, TODAY, ZHOU, drafted, face, imported, received, sent, texts

CLEAN = FindingData("yes", "genuine", "yes", "yes", "yes", "consistent")
FALSE = replace(CLEAN, trade="no", conclusion="false", tax_recovered=Decimal("17000.00"), fine=Decimal("500.50"))


def test_a_delegation_totals_its_invoices(any_database: Database) -> None:
    with any_database.write() as session:
        row = drafted(session, 1, 2, 3)

    assert (row.invoice_count, row.amount, row.tax, row.total) == (
        3,
        Decimal("300000.00"),
        Decimal("51000.00"),
        Decimal("351000.00"),
    )


def test_an_invoice_stands_in_one_delegation_only(any_database: Database) -> None:
    with any_database.write() as session:
        first, second = drafted(session, 1), drafted(session)
        (one,) = faces_of(session, first.id)

        with pytest.raises(FacesNotFree):
            store.assign_faces(session, CHEN, second.id, [one.id])


def test_a_failed_assignment_assigns_nothing(database: Database) -> None:
    with database.write() as session:
        row = drafted(session)
        free = store.add_face(session, CHEN, HS, face(9))
    with pytest.raises(FacesNotFree), database.write() as session:
        store.assign_faces(session, CHEN, row.id, [free.id, "nowhere"])

    with database.read() as session:
        assert store.face(session, free.id).delegation_id is None


def test_invoices_of_another_office_are_not_taken(database: Database) -> None:
    with database.write() as session:
        row = drafted(session, own=JD)
        foreign = store.add_face(session, CHEN, HS, face(9))

        with pytest.raises(FacesNotFree):
            store.assign_faces(session, CHEN, row.id, [foreign.id])


def test_released_invoices_are_free_again(any_database: Database) -> None:
    with any_database.write() as session:
        row = drafted(session, 1, 2)
        one, two = faces_of(session, row.id)
        store.release_faces(session, CHEN, row.id, [one.id])
        assert row.invoice_count == 1
        store.assign_faces(session, CHEN, drafted(session).id, [one.id])
        assert [f.id for f in faces_of(session, row.id)] == [two.id]


def test_nothing_leaves_a_delegation_that_was_sent(database: Database) -> None:
    with database.write() as session:
        row = sent(session, 1)

        with pytest.raises(TransitionRefused):
            store.release_faces(session, CHEN, row.id)


def test_each_move_is_in_the_trail_with_both_states(any_database: Database) -> None:
    with any_database.write() as session:
        row = sent(session, 1)

    with any_database.read() as session:
        moves = [
            (e.event.rsplit(":", 1)[1], e.old["state"], e.new["state"]) for e in trail_of(session, "delegation", row.id) if e.old
        ]
    assert moves == [("submit", "draft", "in_review"), ("send", "in_review", "sent")]


def test_a_step_that_the_table_does_not_have_is_refused(database: Database) -> None:
    with database.write() as session:
        row = drafted(session)

        with pytest.raises(TransitionRefused, match="'draft'"):
            store.move_delegation(session, CHEN, row.id, "send")


def test_of_two_who_move_one_delegation_one_is_refused(any_database: Database) -> None:
    with any_database.write() as session:
        row = drafted(session)
    with any_database.read() as early:
        store.delegation(early, row.id)  # what the slower one saw
        stale = early.get_one(type(row), row.id)
        early.expunge(stale)
    with any_database.write() as session:
        store.move_delegation(session, CHEN, row.id, "submit")

    with pytest.raises(ChangedMeanwhile), any_database.write() as session:
        session.add(stale)
        store.move_delegation(session, LIN, row.id, "submit")


def test_an_unknown_record_is_named(database: Database) -> None:
    with database.read() as session, pytest.raises(RecordUnknown, match="delegation"):
        store.delegation(session, "nowhere")


def test_a_typed_in_face_can_be_removed(any_database: Database) -> None:
    with any_database.write() as session:
        row = store.add_face(session, CHEN, HS, face(1))
        store.remove_face(session, CHEN, row.id)

        with pytest.raises(RecordUnknown):
            store.face(session, row.id)


def test_a_face_is_typed_in_once(any_database: Database) -> None:
    with any_database.write() as session:
        store.add_face(session, CHEN, HS, face(1))

    with pytest.raises(IntegrityError), any_database.write() as session:
        store.add_face(session, CHEN, HS, face(1))


def test_an_imported_face_is_not_even_tried(database: Database, clock: ManualClock) -> None:
    imported(database, clock, [texts()])
    with database.write() as session:
        (batch,) = batches(session, ["sat/"])
        one = session.scalars(select_faces(batch.id)).one()

        with pytest.raises(ImportedFaceIsFixed):
            store.remove_face(session, CHEN, one.id)


def select_faces(batch_id: str) -> Select[tuple[InvoiceFace]]:
    return select(InvoiceFace).where(InvoiceFace.batch_id == batch_id)


def test_a_receipt_covers_the_whole_delegation(any_database: Database) -> None:
    with any_database.write() as session:
        row = received(session, 1, 2)

        assert (row.invoice_count, row.amount, row.nature) == (2, Decimal("200000.00"), "doubtful")
        assert len(store.faces_received(session, row.id)) == 2


def test_a_part_can_be_passed_down(any_database: Database) -> None:
    with any_database.write() as session:
        upper = received(session, 1, 2, office=NB)
        first, _ = store.faces_received(session, upper.id)
        lower = store.open_receipt(
            session, LIN, delegation_id=upper.delegation_id, office=HS, received_on=TODAY, parent_id=upper.id, face_ids=[first.id]
        )

        assert (lower.invoice_count, lower.from_office_id) == (1, NB.id)
        assert lower.parent_id == upper.id
        assert len(store.receipts_of(session, upper.delegation_id)) == 2


def test_nothing_foreign_can_be_passed_down(database: Database) -> None:
    with database.write() as session:
        upper = received(session, 1, office=NB)

        with pytest.raises(FacesNotFree):
            store.open_receipt(
                session,
                LIN,
                delegation_id=upper.delegation_id,
                office=HS,
                received_on=TODAY,
                parent_id=upper.id,
                face_ids=["foreign"],
            )


def test_findings_close_the_points_one_invoice_after_the_other(any_database: Database) -> None:
    with any_database.write() as session:
        row = received(session, 1, 2)
        _, two = store.faces_received(session, row.id)
        store.record_findings(session, LIN, row.id, CLEAN, {two.id: replace(CLEAN, trade=None)})

        assert [(f.id, points) for f, points in store.unanswered_faces(session, row.id, Nature.DOUBTFUL)] == [(two.id, ["trade"])]


def test_a_finding_about_a_foreign_invoice_is_refused(database: Database) -> None:
    with database.write() as session:
        row, other = received(session, 1), drafted(session, 2)
        (foreign,) = faces_of(session, other.id)

        with pytest.raises(RecordUnknown):
            store.record_findings(session, LIN, row.id, CLEAN, {foreign.id: FALSE})


def test_a_finding_that_is_rewritten_stays_in_the_trail(any_database: Database) -> None:
    with any_database.write() as session:
        row = received(session, 1, 2, 3)
        _, _, third = store.faces_received(session, row.id)
        store.record_findings(session, LIN, row.id, CLEAN, {third.id: replace(CLEAN, conclusion="unresolved")})
        store.record_findings(session, LIN, row.id, FALSE, {})

        last, own = trail_of(session, "receipt", row.id)[-1], trail_of(session, "invoice_face", third.id)[-1]
        assert (last.old["conclusion"], last.new["conclusion"], last.new["count"]) == ("consistent", "false", 3)
        assert (own.old["conclusion"], own.new["conclusion"]) == ("unresolved", "false")
        assert store.outcome(session, row.id).counts == {"consistent": 0, "violation": 0, "false": 3, "unresolved": 0}


def test_the_outcome_adds_up_what_was_found_below(any_database: Database) -> None:
    with any_database.write() as session:
        upper = received(session, 1, 2, office=NB)
        one, two = store.faces_received(session, upper.id)
        for office, face_id, found in ((HS, one.id, CLEAN), (JD, two.id, FALSE)):
            lower = store.open_receipt(
                session, LIN, delegation_id=upper.delegation_id, office=office, received_on=TODAY, parent_id=upper.id, face_ids=[face_id]
            )
            store.record_findings(session, LIN, lower.id, found, {})

        for subject in (upper.id, upper.delegation_id):
            outcome = store.outcome(session, subject)
            assert (outcome.counts["consistent"], outcome.counts["false"], outcome.fine) == (1, 1, Decimal("500.50"))
            assert outcome.has_violation
            assert len(store.findings_of(session, subject)) == 2
        assert store.unanswered_faces(session, upper.id, Nature.DOUBTFUL) == []


def test_only_violating_invoices_move_into_inspection(any_database: Database) -> None:
    with any_database.write() as session:
        row = received(session, 1, 2)
        _, two = store.faces_received(session, row.id)
        store.record_findings(session, LIN, row.id, CLEAN, {two.id: FALSE})
        moved = store.transfer_to_inspection(session, ZHOU, row.id, reason="虚开", today=TODAY)

    assert (moved.invoice_count, moved.amount, moved.tax) == (1, Decimal("100000.00"), Decimal("17000.00"))


def test_the_leader_is_not_whoever_prepared(any_database: Database) -> None:
    with any_database.write() as session:
        store.sign(session, CHEN, "subject", "delegation", "clerk")
        store.sign(session, LIN, "subject", "delegation", "handler")

        with pytest.raises(MaySignNot, match="主管领导") as refused:
            store.sign(session, CHEN, "subject", "delegation", "leader")
        assert "cannot sign it as leader too" in refused.value.en
        store.sign(session, ZHOU, "subject", "delegation", "leader", opinion="同意")
        assert [row.role for row in store.signatures_of(session, "subject", "delegation")] == ["clerk", "handler", "leader"]


def test_an_extension_moves_the_term_once_it_is_approved(any_database: Database) -> None:
    with any_database.write() as session:
        row = received(session, 1, due_on=date(2026, 4, 2))
        applied = store.apply_for_extension(
            session, CHEN, row.id, due_on=date(2026, 4, 2), wanted=date(2026, 5, 2), today=TODAY, reason="账册在外"
        )
        store.decide_extension(session, ZHOU, applied.id, "approve", today=TODAY, granted=date(2026, 4, 20), opinion="同意")
        store.tell_extension(session, applied.id, TODAY)

        assert store.receipt(session, row.id).extended_to == date(2026, 4, 20)
        assert [(e.state, e.told_on) for e in store.extensions_of(session, row.id)] == [("approved", TODAY)]
        with pytest.raises(TransitionRefused):
            store.decide_extension(session, ZHOU, applied.id, "refuse", today=TODAY, granted=None, opinion="")


def test_nobody_grants_himself_an_extension(database: Database) -> None:
    with database.write() as session:
        row = received(session, 1)
        applied = store.apply_for_extension(
            session, CHEN, row.id, due_on=date(2026, 4, 2), wanted=date(2026, 5, 2), today=TODAY, reason="账册在外"
        )

        with pytest.raises(ExtensionRefused, match="申请人"):
            store.decide_extension(session, CHEN, applied.id, "approve", today=TODAY, granted=date(2026, 5, 2), opinion="")
        with pytest.raises(ExtensionRefused, match="晚于原期限"):
            store.decide_extension(session, ZHOU, applied.id, "approve", today=TODAY, granted=date(2026, 4, 2), opinion="")


def test_a_late_application_is_refused_with_a_sentence(database: Database) -> None:
    with database.write() as session:
        row = received(session, 1)

        with pytest.raises(ExtensionRefused, match="已过"):
            store.apply_for_extension(
                session, CHEN, row.id, due_on=date(2026, 3, 1), wanted=date(2026, 5, 2), today=TODAY, reason="账册在外"
            )


def test_large_certified_mismatches_are_reported_once(any_database: Database, clock: ManualClock) -> None:
    batch_id = imported(any_database, clock, [texts(1), texts(2, amount="99999.99"), texts(3, amount="250000")])
    with any_database.write() as session:
        row = store.open_delegation(
            session, CHEN, office=HS, to=SZ, source=Source.CERTIFICATION, nature=Nature.DOUBTFUL, name="认证清单", today=TODAY
        )
        store.assign_faces(session, CHEN, row.id, [face.id for face in session.scalars(select_faces(batch_id))])
        summary = replace(ZHOU, case_id="march")
        first = store.report_at_once(session, CHEN, HS, NB.id, row.id, Decimal(100_000))
        again = store.report_at_once(session, CHEN, HS, NB.id, row.id, Decimal(100_000))
        assert (first, again) == (2, 0)
        assert store.sum_up_reports(session, summary, NB.id, TODAY) == []

        assert [store.acknowledge_reports(session, ZHOU, row.id) for _ in range(2)] == [2, 0]
        assert store.sum_up_reports(session, summary, NB.id, date(2026, 2, 28)) == []
        received = store.sum_up_reports(session, summary, NB.id, TODAY)
        assert [face.invoice_number for _, face in received] == ["00000001", "00000003"]
        assert {report.acknowledged_by for report, _ in received} == {ZHOU.person_id}
        assert {report.summed_up_in for report, _ in received} == {"march"}


def test_what_was_acknowledged_after_the_summary_stands_in_the_next_and_nothing_in_two(any_database: Database, clock: ManualClock) -> None:
    march, again, april = (replace(ZHOU, case_id=case) for case in ("march", "again", "april"))
    batch_id = imported(any_database, clock, [texts(1), texts(2)])
    with any_database.write() as session:
        rows = []
        for one in session.scalars(select_faces(batch_id)).all():
            rows.append(store.open_delegation(session, CHEN, office=HS, to=SZ, source=Source.CERTIFICATION, nature=Nature.DOUBTFUL, name="认证清单", today=TODAY))
            store.assign_faces(session, CHEN, rows[-1].id, [one.id])
            store.report_at_once(session, CHEN, HS, NB.id, rows[-1].id, Decimal(100_000))
        store.acknowledge_reports(session, ZHOU, rows[0].id)
        assert len(store.sum_up_reports(session, march, NB.id, TODAY)) == 1
        store.acknowledge_reports(session, ZHOU, rows[1].id)

        (late,) = store.sum_up_reports(session, april, NB.id, date(2026, 4, 1))
        assert late[1].delegation_id == rows[1].id
        assert store.sum_up_reports(session, again, NB.id, TODAY) == []


def file(session: Session, subject: str) -> None:
    store.archive(
        session, CHEN, subject, HS, class_code="3100", location="1柜1层", page_count=12, electronic_sha256="0" * 64, today=TODAY
    )  # fmt: skip


def test_a_place_in_the_archive_is_taken_once_and_it_is_told_what_lies_there(any_database: Database) -> None:
    with any_database.write() as session:
        row = drafted(session, 1)
        store.revise_delegation(session, CHEN, row.id, number="甬海国税稽协〔2026〕1号")
        file(session, row.id)

    with any_database.write() as session:
        with pytest.raises(PlaceTaken, match="存放位置“1柜1层”已存放案件 甬海国税稽协〔2026〕1号 的案卷"):
            file(session, "second")
        session.execute(text("SELECT 1"))  # the transaction goes on


def test_of_two_who_file_at_one_place_at_the_same_moment_the_second_is_told(postgres: Database) -> None:
    with ThreadPoolExecutor(1) as pool:
        with postgres.write() as session:
            row = drafted(session, 1)
            store.revise_delegation(session, CHEN, row.id, number="甬海国税稽协〔2026〕1号")
            file(session, row.id)
            late = pool.submit(_filed, postgres)
            wait([late], 0.3)  # it waits for the row that is not stored yet
            assert not late.done()

        with pytest.raises(PlaceTaken, match="〔2026〕1号"):
            late.result(10)


def _filed(database: Database) -> None:
    with database.write() as session:
        file(session, "second")


def test_own_district_verification_never_leaves_the_house(any_database: Database) -> None:
    with any_database.write() as session:
        row = drafted(session, 1, to=HS)
        store.move_delegation(session, CHEN, row.id, "verify")
        store.record_findings(session, LIN, row.id, CLEAN, {})
        store.move_delegation(session, CHEN, row.id, "answer", replied_on=TODAY)

        assert (row.state, row.source, row.sent_on) == ("replied", Source.MANUAL, None)
        assert store.unanswered_faces(session, row.id, Nature.DOUBTFUL) == []


def test_a_receipt_walks_from_arrival_to_archive(any_database: Database) -> None:
    with any_database.write() as session:
        row = received(session, 1, office=SZ)
        for event in ("sign", "hand_over", "recall", "hand_over", "find", "draft", "redo", "draft"):
            store.move_receipt(session, LIN, row.id, event)
        store.move_receipt(session, LIN, row.id, "answer", replied_on=TODAY, reply_number="苏协复〔2026〕1号")
        store.move_receipt(session, LIN, row.id, "archive", archived_on=TODAY)

        assert (row.state, row.reply_number) == ("archived", "苏协复〔2026〕1号")
