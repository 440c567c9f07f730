"""Runs an import: short transactions while the file is read and checked, then one that makes every row visible at once.

Whoever runs it is unimportant and may vanish: the file is kept, reading it again gives the same rows, and what was stored before is
skipped. Two runners never work on one batch: each transaction begins by proving that the batch is still its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, cast

from sqlalchemy import CursorResult, insert, literal, select, update
from sqlalchemy.orm import Session

from db.blobs import get_blob
from db.clock import Clock
from db.ids import new_id
from db.session import Database
from records import audit
from records.audit import Who
from records.coinvestigation.faces import Fault
from records.coinvestigation.imports.batches import discard
from records.coinvestigation.imports.limits import FileRefused, ImportLimits
from records.coinvestigation.imports.lists import ListRow, open_list
from records.coinvestigation.imports.model import ImportBatch, ImportFault, ImportRow
from records.coinvestigation.kinds import Source, name
from records.coinvestigation.model import InvoiceFace
from records.coinvestigation.store.faces import columns_of
from records.sentences import Refusal

_STAGED = [c.name for c in ImportRow.__table__.columns if c.name not in {"batch_id", "line", "id"}]
_KNOWN_AT_ONCE = 500


class _Lost(Exception):
    """The batch was cancelled, or another runner has taken it over."""


@dataclass
class _Run:
    """One runner's hold on one batch, with what it has to remember from row to row."""

    batch_id: str
    runner: str
    office_id: str
    source: Source
    file_name: str
    uploaded_on: date
    stored: int  # rows that an earlier runner stored
    faults: int  # and the faults that it counted
    seen: dict[str, int] = field(default_factory=dict)


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
        except _Lost:
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


def _begin(database: Database, batch_id: str, clock: Clock, limits: ImportLimits) -> tuple[_Run | None, bytes]:
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
        run = _Run(
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


def _read(database: Database, run: _Run, content: bytes, clock: Clock, limits: ImportLimits) -> None:
    opened = open_list(content, run.file_name, run.source, run.uploaded_on, limits)
    with database.write() as session:
        _hold(session, run, clock, rows_expected=opened.expected, read_as=opened.read_as)
    count = 0
    for rows in _chunks(opened.rows, limits.chunk):
        count += len(rows)
        checked = [_against_file(row, run) for row in rows]
        if count > run.stored:
            _store(database, run, checked[max(0, run.stored - count + len(rows)) :], count, clock, limits)


def _chunks(rows: Iterator[ListRow], size: int) -> Iterator[list[ListRow]]:
    while chunk := list(islice(rows, size)):
        yield chunk


def _against_file(row: ListRow, run: _Run) -> ListRow:
    """Refuses a row whose invoice stands further up in the same file."""
    if row.face is None:
        return row
    first = run.seen.setdefault(row.face.identity, row.line)
    if first == row.line:
        return row
    fault = Fault("invoice_number", row.face.invoice_number, Refusal("twice_in_file", {"line": first, "value": row.face.label}))
    return ListRow(row.line, None, [fault])


def _store(database: Database, run: _Run, rows: list[ListRow], count: int, clock: Clock, limits: ImportLimits) -> None:
    with database.write() as session:
        known = _known_already(session, run, rows)
        checked = [known.get(row.line, row) for row in rows]
        faults = [(row.line, fault) for row in checked for fault in row.faults]
        bad = sum(1 for row in checked if row.face is None)
        _hold(
            session,
            run,
            clock,
            rows_read=count,
            rows_bad=ImportBatch.rows_bad + bad,
            errors_found=ImportBatch.errors_found + len(faults),
        )
        good = [
            {"batch_id": run.batch_id, "line": row.line, "id": new_id(), **columns_of(row.face)}
            for row in checked
            if row.face is not None
        ]
        if good:
            session.execute(insert(ImportRow), good)
        _note_faults(session, run, faults, limits)


def _known_already(session: Session, run: _Run, rows: Iterable[ListRow]) -> dict[int, ListRow]:
    """The rows whose invoice an earlier batch of this office and source has brought, refused, by line."""
    faces = {row.face.identity: row for row in rows if row.face is not None}
    identities, refused = list(faces), {}
    for start in range(0, len(identities), _KNOWN_AT_ONCE):
        found = session.execute(
            select(InvoiceFace.identity, InvoiceFace.line, ImportBatch.file_name, ImportBatch.uploaded_on)
            .join(ImportBatch, ImportBatch.id == InvoiceFace.batch_id)
            .where(
                InvoiceFace.office_id == run.office_id,
                InvoiceFace.source == run.source,
                InvoiceFace.identity.in_(identities[start : start + _KNOWN_AT_ONCE]),
            )
        )
        for identity, line, file_name, day in found:
            row = faces[identity]
            refused[row.line] = ListRow(row.line, None, [_known_fault(row, line, file_name, day)])
    return refused


def _known_fault(row: ListRow, line: int | None, file_name: str, day: date) -> Fault:
    assert row.face is not None
    details = {"value": row.face.label, "file": file_name, "day": str(day), "line": line}
    return Fault("invoice_number", row.face.invoice_number, Refusal("known_already", details))


def _note_faults(session: Session, run: _Run, faults: list[tuple[int, Fault]], limits: ImportLimits) -> None:
    rows = [
        {
            "batch_id": run.batch_id, "ordinal": run.faults + at, "line": line, "column": fault.column, "value": fault.value[:200],
            "code": fault.refusal.code, "details": dict(fault.refusal.details),
        }
        for at, (line, fault) in enumerate(faults)
        if run.faults + at < limits.listed
    ]  # fmt: skip
    if rows:
        session.execute(insert(ImportFault), rows)
    run.faults += len(faults)


def _hold(session: Session, run: _Run, clock: Clock, **values: Any) -> None:
    """Proves that the batch is still this runner's, and writes its progress. Raises _Lost."""
    done = session.execute(
        update(ImportBatch)
        .where(ImportBatch.id == run.batch_id, ImportBatch.state == "reading", ImportBatch.runner == run.runner)
        .values(beat_at=clock.now(), **values),
        execution_options={"synchronize_session": False},
    )
    if cast("CursorResult[Any]", done).rowcount != 1:
        raise _Lost


def _finish(database: Database, run: _Run, clock: Clock, limits: ImportLimits) -> None:
    """The flip: all rows become visible in one transaction, or none does."""
    with database.write() as session:
        _hold(session, run, clock)
        _lately_known(session, run, limits)
        batch = session.get_one(ImportBatch, run.batch_id, populate_existing=True)
        if batch.errors_found:
            _end(session, run, clock, "refused", batch)
        else:
            _flip(session, batch)
            _end(session, run, clock, "completed", batch)


def _lately_known(session: Session, run: _Run, limits: ImportLimits) -> None:
    """Two lists read at the same time may hold the same invoice: whoever ends second is told here."""
    found = session.execute(
        select(
            ImportRow.line,
            ImportRow.invoice_code,
            ImportRow.invoice_number,
            ImportRow.copy,
            InvoiceFace.line,
            ImportBatch.file_name,
            ImportBatch.uploaded_on,
        )
        .join(
            InvoiceFace,
            (InvoiceFace.office_id == run.office_id)
            & (InvoiceFace.source == run.source)
            & (InvoiceFace.identity == ImportRow.identity),
        )
        .join(ImportBatch, ImportBatch.id == InvoiceFace.batch_id)
        .where(ImportRow.batch_id == run.batch_id)
        .order_by(ImportRow.line)
    ).all()
    faults = []
    for line, code, number, copy, other_line, file_name, day in found:
        details = {"value": f"{code} {number} {name('copy', copy)}", "file": file_name, "day": str(day), "line": other_line}
        faults.append((line, Fault("invoice_number", number, Refusal("known_already", details))))
    _note_faults(session, run, faults, limits)
    session.execute(
        update(ImportBatch)
        .where(ImportBatch.id == run.batch_id)
        .values(errors_found=ImportBatch.errors_found + len(faults), rows_bad=ImportBatch.rows_bad + len(faults))
    )


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


def _end(session: Session, run: _Run, clock: Clock, state: str, batch: ImportBatch) -> None:
    now = clock.now()
    discard(session, run.batch_id)
    session.execute(update(ImportBatch).where(ImportBatch.id == run.batch_id).values(state=state, ended_at=now))
    who = Who(batch.uploaded_by, batch.uploaded_by_name, now)
    audit.note(
        session, who, f"coinvestigation:import:{state}", "import_batch", batch.id,
        new={"rows": batch.rows_read, "bad": batch.rows_bad, "errors": batch.errors_found},
    )  # fmt: skip


def _fail(database: Database, run: _Run, refusal: Refusal, clock: Clock) -> None:
    try:
        with database.write() as session:
            _hold(session, run, clock, failure_code=refusal.code, failure_details=dict(refusal.details))
            _end(session, run, clock, "failed", session.get_one(ImportBatch, run.batch_id, populate_existing=True))
    except _Lost:
        return  # cancelled meanwhile: that end stands
