"""Runs an import: short transactions while the file is read and checked, then one that makes every row visible at once.

Whoever runs it is unimportant and may vanish: the file is kept, reading it again gives the same rows, and what was stored before is
skipped. Two runners never work on one batch: each transaction begins by proving that the batch is still its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, cast

from sqlalchemy import CursorResult, insert, literal, select, update
from sqlalchemy.orm import Session

from db.blobs import get_blob
from db.clock import Clock
from db.ids import new_id
from db.session import Database
from db.timeouts import LONG
from records import audit
from records.audit import Who
from records.coinvestigation.imports.batches import discard, give_number
from records.coinvestigation.imports.limits import FileRefused, ImportLimits
from records.coinvestigation.imports.lists import ListRow, open_list
from records.coinvestigation.imports.model import ImportBatch, ImportRow
from records.coinvestigation.imports.staging import Lost, Run, against_file, hold, report_lately_known, store_rows
from records.coinvestigation.kinds import Source
from records.coinvestigation.model import InvoiceFace
from records.sentences import Refusal

_STAGED = [c.name for c in ImportRow.__table__.columns if c.name not in {"batch_id", "line", "id"}]


def run_import(database: Database, batch_id: str, clock: Clock, limits: ImportLimits | None = None) -> str:
    """Carries an import to its end, or takes up an interrupted one; returns the state of the batch afterwards.

    A batch that has ended, or that another runner is working on, is left alone.
    """
    limits = limits or ImportLimits()
    run, content = _begin(database, batch_id, clock, limits)
    if run is not None:
        try:
            _read(database, run, content, clock, limits)
            _finish(database, run, clock, limits)
        except FileRefused as refused:
            _fail(database, run, refused.refusal, clock)
        except Lost:
            pass  # cancelled: its end is recorded already
    with database.read() as session:
        return session.scalars(select(ImportBatch.state).where(ImportBatch.id == batch_id)).one()


def run_waiting(database: Database, clock: Clock, limits: ImportLimits | None = None) -> int:
    """Runs every import that waits or was left behind; returns how many. For a tick or a worker."""
    limits = limits or ImportLimits()
    with database.read() as session:
        waiting = session.scalars(
            select(ImportBatch.id)
            .where(
                (ImportBatch.state == "waiting")
                | (ImportBatch.state == "reading") & (ImportBatch.beat_at < clock.now() - limits.stale_after)
            )
            .order_by(ImportBatch.uploaded_at)
        ).all()
    for batch_id in waiting:
        run_import(database, batch_id, clock, limits)
    return len(waiting)


def _begin(database: Database, batch_id: str, clock: Clock, limits: ImportLimits) -> tuple[Run | None, bytes]:
    now, runner = clock.now(), new_id()
    with database.write() as session:
        free = (ImportBatch.state == "waiting") | (ImportBatch.state == "reading") & (
            ImportBatch.beat_at < now - limits.stale_after
        )
        done = session.execute(
            update(ImportBatch)
            .where(ImportBatch.id == batch_id, free)
            .values(state="reading", runner=runner, beat_at=now, attempts=ImportBatch.attempts + 1)
        )
        batch = session.get(ImportBatch, batch_id)
        if cast("CursorResult[Any]", done).rowcount != 1 or batch is None:
            return None, b""
        run = Run(
            batch.id,
            runner,
            batch.office_id,
            Source(batch.source),
            batch.file_name,
            batch.uploaded_on,
            batch.rows_read,
            batch.errors_found,
        )
        exhausted = batch.attempts > limits.attempts
        content = b"" if exhausted else get_blob(session, batch.file_sha256) or b""
    if exhausted:
        _fail(database, run, Refusal("import_gave_up", {"attempts": limits.attempts}), clock)
        return None, b""
    return run, content


def _read(database: Database, run: Run, content: bytes, clock: Clock, limits: ImportLimits) -> None:
    opened = open_list(content, run.file_name, run.source, run.uploaded_on, limits)
    with database.write() as session:
        hold(session, run, clock, rows_expected=opened.expected, read_as=opened.read_as)
    count = 0
    for rows in _chunks(opened.rows, limits.chunk):
        count += len(rows)
        checked = [against_file(row, run) for row in rows]
        if count > run.stored:
            with database.write() as session:
                store_rows(session, run, checked[max(0, run.stored - count + len(rows)) :], count, clock, limits)


def _chunks(rows: Iterator[ListRow], size: int) -> Iterator[list[ListRow]]:
    while chunk := list(islice(rows, size)):
        yield chunk


def _finish(database: Database, run: Run, clock: Clock, limits: ImportLimits) -> None:
    """The flip: all rows become visible in one transaction, or none does."""
    with database.write(LONG) as session:
        hold(session, run, clock)
        report_lately_known(session, run, limits)
        batch = session.get_one(ImportBatch, run.batch_id, populate_existing=True)
        if batch.errors_found:
            _end(session, run, clock, "refused", batch)
        else:
            _flip(session, batch)
            _end(session, run, clock, "completed", batch)
            give_number(session, batch)  # last: another list of the office may have to wait for it until this one is committed


def _flip(session: Session, batch: ImportBatch) -> None:
    fixed: Mapping[str, Any] = {
        "office_id": batch.office_id, "scope": batch.scope, "source": batch.source, "batch_id": batch.id,
        "entered_by": batch.uploaded_by, "entered_at": batch.uploaded_at,
    }  # fmt: skip
    target = InvoiceFace.__table__.columns
    waiting = select(
        ImportRow.id,
        ImportRow.line,
        *(ImportRow.__table__.columns[column] for column in _STAGED),
        *(literal(value, target[column].type) for column, value in fixed.items()),
    ).where(ImportRow.batch_id == batch.id)
    session.execute(insert(InvoiceFace).from_select(["id", "line", *_STAGED, *fixed], waiting, include_defaults=False))


def _end(session: Session, run: Run, clock: Clock, state: str, batch: ImportBatch) -> None:
    now = clock.now()
    discard(session, run.batch_id)
    session.execute(update(ImportBatch).where(ImportBatch.id == run.batch_id).values(state=state, ended_at=now))
    who = Who(batch.uploaded_by, batch.uploaded_by_name, now)
    audit.note(
        session, who, f"coinvestigation:import:{state}", "import_batch", batch.id,
        new={"rows": batch.rows_read, "bad": batch.rows_bad, "errors": batch.errors_found},
    )  # fmt: skip


def _fail(database: Database, run: Run, refusal: Refusal, clock: Clock) -> None:
    try:
        with database.write(LONG) as session:
            hold(session, run, clock, failure_code=refusal.code, failure_details=dict(refusal.details))
            _end(session, run, clock, "failed", session.get_one(ImportBatch, run.batch_id, populate_existing=True))
    except Lost:
        return  # cancelled meanwhile: that end stands
