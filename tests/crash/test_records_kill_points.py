"""Lists and papers, killed anywhere and asked again: a list is there whole or not at all, a number is given once and none is left out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from db.clock import ManualClock
from db.session import Database
from papers.api import Papers
from papers.model import Paper
from records.audit import Who
from records.audit.tables import TrailEntry
from records.coinvestigation.imports import batches
from records.coinvestigation.imports.limits import ImportLimits
from records.coinvestigation.imports.model import ImportBatch, ImportFault, ImportRow
from records.coinvestigation.imports.run import run_import
from records.coinvestigation.model import InvoiceFace
from tests.crash.reaper import every_death
from tests.unit.records.making import csv_bytes, queue, texts

LIMITS = ImportLimits(chunk=2, attempts=100)
ROWS = 5


def list_of(k: int, **changed: str) -> bytes:
    """Five rows that no other list has; the last one changed."""
    rows = [texts(1000 * k + number) for number in range(ROWS)]
    return csv_bytes([*rows[:-1], {**rows[-1], **changed}])


def stands(database: Database, batch_id: str) -> dict[str, Any]:
    """All that there is of a list."""
    with database.read() as session:

        def count(table: Any) -> int:
            return session.scalar(select(func.count()).select_from(table).where(table.batch_id == batch_id)) or 0

        batch = session.get_one(ImportBatch, batch_id)
        told = session.scalars(select(TrailEntry.event).where(TrailEntry.subject_id == batch_id).order_by(TrailEntry.event)).all()
        return {
            "state": batch.state, "rows": batch.rows_read, "errors": batch.errors_found, "faces": count(InvoiceFace),
            "left": count(ImportRow), "faults": count(ImportFault), "told": [event.rpartition(":")[2] for event in told],
        }  # fmt: skip


def numbers(database: Database) -> list[int]:
    """What the lists of the office are numbered by: from 1 where they were imported, below 0 where they were not."""
    with database.read() as session:
        return list(session.scalars(select(ImportBatch.serial).order_by(ImportBatch.serial)))


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("changed", "expected"), [({}, "completed"), ({"amount": "一百元"}, "refused")], ids=["good", "faulty"])
def test_a_list_is_read_once_and_whole(changed: dict[str, str], expected: str, any_database: Database, clock: ManualClock) -> None:
    for k in every_death(
        any_database, lambda k: run_import(any_database, f"{k}", clock, LIMITS), at_least=20,
        before=lambda k: queue(any_database, clock, list_of(k, **changed), batch_id=f"{k}"),
    ):  # fmt: skip
        seen = stands(any_database, f"{k}")
        assert seen["faces"] in {0, ROWS} and (seen["faces"] == ROWS) == (seen["state"] == "completed"), f"half of a list at event {k}"
        clock.advance(LIMITS.stale_after + timedelta(seconds=1))  # whoever read it is known to be dead
        run_import(any_database, f"{k}", clock, LIMITS)

        good = expected == "completed"
        assert stands(any_database, f"{k}") == {
            "state": expected, "rows": ROWS, "errors": 0 if good else 1, "faces": ROWS if good else 0, "left": 0,
            "faults": 0 if good else 1, "told": [expected, "uploaded"] if good else ["refused", "uploaded"],
        }, f"killed at event {k}"  # fmt: skip
    serials = numbers(any_database)
    assert serials == list(range(1, len(serials) + 1) if expected == "completed" else range(-len(serials), 0))


@pytest.mark.timeout(300)
def test_a_list_is_taken_in_once(any_database: Database, clock: ManualClock) -> None:
    def take_in(k: int) -> None:
        queue(any_database, clock, list_of(k), batch_id=f"{k}")

    for k in every_death(any_database, take_in):
        take_in(k)
        assert stands(any_database, f"{k}")["told"] == ["uploaded"], f"killed at event {k}"
    serials = numbers(any_database)
    assert serials == list(range(-len(serials), 0))


@pytest.mark.timeout(300)
def test_a_list_is_cancelled_whole(any_database: Database, clock: ManualClock) -> None:
    def cancel(k: int) -> None:
        with any_database.write() as session:
            batches.cancel(session, Who("chen", "陈敏", clock.now()), f"{k}")

    for k in every_death(any_database, cancel, before=lambda k: queue(any_database, clock, list_of(k), batch_id=f"{k}")):
        cancel(k)
        seen = stands(any_database, f"{k}")
        assert (seen["state"], seen["told"], seen["left"]) == ("cancelled", ["cancelled", "uploaded"], 0), f"killed at event {k}"


@pytest.fixture
def papers(tmp_path: Path, clock: ManualClock) -> Papers:
    folder = tmp_path / "workflows" / "toy"
    (folder / "papers").mkdir(parents=True)
    (folder / "procedure.yaml").write_text("papers: {slip: {title: 单据, copies: [第一联, 第二联]}}", "utf-8")
    (folder / "papers" / "slip.html").write_text("<p>{{ number }} {{ text }}</p>", "utf-8")
    (folder / "papers" / "slip.sample.json").write_text('{"text": "样张"}', "utf-8")

    def as_text(wanted: Sequence[Sequence[str]]) -> list[bytes]:
        """Stands for the child that makes PDFs: what is asked here is what is kept of them."""
        return ["\f".join(paper).encode() for paper in wanted]

    return Papers(folder.parent, clock, as_text)


@pytest.mark.timeout(300)
def test_a_paper_is_numbered_and_made_once(papers: Papers, any_database: Database) -> None:
    def issue(k: int) -> str:
        with any_database.write() as session:
            row = papers.issue(
                session, "toy", "slip", {"text": f"正文{k}"}, subject_id=f"case {k}", prefix="甬", issued_by="陈敏", once=f"slip {k}"
            )
            return row.id

    def issue_and_make(k: int) -> None:
        papers.render(any_database, issue(k))

    made = 0
    for k in every_death(any_database, issue_and_make, at_least=10):
        issue_and_make(k)
        made += 1
        with any_database.read() as session:
            (row,) = papers.for_subject(session, f"case {k}")
            content = papers.bytes(session, row.id)
        assert row.state == "issued", f"killed at event {k}"
        assert content is not None and f"{row.number} 正文{k}".encode() in content, f"killed at event {k}"
    with any_database.read() as session:
        numbers = session.scalars(select(Paper.number)).all()
    assert len(set(numbers)) == len(numbers) == made
    assert {int(number.rpartition("〕")[2].removesuffix("号")) for number in numbers} == set(range(1, made + 1)), "a series has no gap"
