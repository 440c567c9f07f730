"""Rows of an import while they wait for the flip: checked against their file and against earlier lists, then stored or reported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from sqlalchemy import CursorResult, insert, select, update
from sqlalchemy.orm import Session

from db.clock import Clock
from db.ids import new_id
from records.coinvestigation.faces import Fault
from records.coinvestigation.imports.limits import ImportLimits
from records.coinvestigation.imports.lists import ListRow
from records.coinvestigation.imports.model import ImportBatch, ImportFault, ImportRow
from records.coinvestigation.kinds import Source, name
from records.coinvestigation.model import InvoiceFace
from records.coinvestigation.store.faces import columns_of
from records.sentences import Refusal

_KNOWN_AT_ONCE = 500


class Lost(Exception):
    """The batch was cancelled, or another runner has taken it over."""


@dataclass
class Run:
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


def hold(session: Session, run: Run, clock: Clock, **values: Any) -> None:
    """Proves that the batch is still this runner's, and writes its progress. Raises Lost."""
    done = session.execute(
        update(ImportBatch)
        .where(ImportBatch.id == run.batch_id, ImportBatch.state == "reading", ImportBatch.runner == run.runner)
        .values(beat_at=clock.now(), **values),
        execution_options={"synchronize_session": False},
    )
    if cast("CursorResult[Any]", done).rowcount != 1:
        raise Lost


def against_file(row: ListRow, run: Run) -> ListRow:
    """Refuses a row whose invoice stands further up in the same file."""
    if row.face is None:
        return row
    first = run.seen.setdefault(row.face.identity, row.line)
    if first == row.line:
        return row
    fault = Fault("invoice_number", row.face.invoice_number, Refusal("twice_in_file", {"line": first, "value": row.face.label}))
    return ListRow(row.line, None, [fault])


def store_rows(session: Session, run: Run, rows: list[ListRow], count: int, clock: Clock, limits: ImportLimits) -> None:
    """Stores what is right of a chunk and reports what is wrong; `count`: rows of the file read so far, this chunk included."""
    known = _known_already(session, run, rows)
    checked = [known.get(row.line, row) for row in rows]
    faults = [(row.line, fault) for row in checked for fault in row.faults]
    bad = sum(1 for row in checked if row.face is None)
    hold(
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


def _known_already(session: Session, run: Run, rows: Iterable[ListRow]) -> dict[int, ListRow]:
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


def _note_faults(session: Session, run: Run, faults: list[tuple[int, Fault]], limits: ImportLimits) -> None:
    """Keeps as many faults as the report lists; the run counts all of them."""
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


def report_lately_known(session: Session, run: Run, limits: ImportLimits) -> None:
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
