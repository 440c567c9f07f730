"""Batches: taking a file in, finding it again, stopping it, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import CursorResult, delete, false, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.blobs import put_blob
from records import audit
from records.audit import Who
from records.coinvestigation.errors import RecordUnknown
from records.coinvestigation.faces import COLUMNS
from records.coinvestigation.imports.limits import ImportLimits
from records.coinvestigation.imports.lists import refuse_kind, refuse_size
from records.coinvestigation.imports.model import ImportBatch, ImportFault, ImportRow
from records.coinvestigation.kinds import Source
from records.coinvestigation.states import IMPORT
from records.coinvestigation.store import OfficeRef
from records.sentences import Refusal

_TRIES = 5  # two lists of one office at one moment may want the same serial number


@dataclass(frozen=True)
class Progress:
    """How far an import has come; `share` from 0 to 100, never 100 before it has ended."""

    batch: ImportBatch

    @property
    def has_ended(self) -> bool:
        return self.batch.state not in {"waiting", "reading"}

    @property
    def share(self) -> int:
        if self.has_ended:
            return 100
        expected = max(self.batch.rows_expected, self.batch.rows_read)
        return min(99, self.batch.rows_read * 100 // expected) if expected else 0


@dataclass(frozen=True)
class FaultLine:
    """One line of the report: where, what was there, and the sentence."""

    line: int
    column: str
    value: str
    sentence: str


def create_batch(
    session: Session,
    who: Who,
    office: OfficeRef,
    *,
    batch_id: str,
    source: Source,
    file_name: str,
    content: bytes,
    today: date,
    limits: ImportLimits | None = None,
) -> ImportBatch:
    """Keeps the file and puts it in the queue; the same `batch_id` a second time gives the first batch.

    Raises: FileRefused for a file that is empty, too large, or no list at all: none of these is kept.
    """
    known = session.get(ImportBatch, batch_id)
    if known is not None and known.office_id == office.id:
        return known
    refuse_size(len(content), limits or ImportLimits())
    refuse_kind(content, file_name)
    sha256 = put_blob(session, content, "application/octet-stream", who.at)
    batch = ImportBatch(
        id=batch_id, serial=0, office_id=office.id, scope=office.scope, source=source, file_name=file_name[-200:], file_sha256=sha256,
        file_size=len(content), uploaded_by=who.person_id, uploaded_by_name=who.name, uploaded_on=today, uploaded_at=who.at, state="waiting",
    )  # fmt: skip
    _number(session, batch, lambda: min(_serial(session, batch, func.min), 0) - 1)
    audit.note(
        session, who, "coinvestigation:import:uploaded", "import_batch", batch.id, new={"file": file_name, "sha256": sha256}
    )
    return batch


def give_number(session: Session, batch: ImportBatch) -> None:
    """The next number of its office, for a list that was imported: it stands in the names of the cases, and what was refused takes none.

    Source: Ningbo 2001-19, annex 1, art. 6.
    """
    _number(session, batch, lambda: max(_serial(session, batch, func.max), 0) + 1)


def _serial(session: Session, batch: ImportBatch, extreme: Callable[..., Any]) -> int:
    return session.scalar(select(extreme(ImportBatch.serial)).where(ImportBatch.office_id == batch.office_id)) or 0


def _number(session: Session, batch: ImportBatch, free: Callable[[], int]) -> None:
    for attempt in range(_TRIES):
        serial = free()
        try:
            with session.begin_nested():
                batch.serial = serial
                session.add(batch)
        except IntegrityError:
            if attempt == _TRIES - 1:
                raise
        else:
            return


def find_batch(session: Session, batch_id: str, scopes: Sequence[str]) -> ImportBatch:
    """A batch of an office within these scopes; raises RecordUnknown for any other, as for one that is not there."""
    batch = session.get(ImportBatch, batch_id)
    if batch is None or not any(batch.scope.startswith(scope) for scope in scopes):
        raise RecordUnknown("import", batch_id)
    return batch


def batches(session: Session, scopes: Sequence[str], *, limit: int = 25, offset: int = 0) -> Sequence[ImportBatch]:
    """The latest batches of the offices within these scopes."""
    within = or_(false(), *(ImportBatch.scope.startswith(scope, autoescape=True) for scope in scopes))
    return session.scalars(
        select(ImportBatch)
        .where(within)
        .order_by(ImportBatch.uploaded_at.desc(), ImportBatch.id.desc())
        .offset(offset)
        .limit(limit)
    ).all()


def cancel(session: Session, who: Who, batch_id: str) -> bool:
    """Stops an import that has not ended; whatever was read is thrown away. False when it had ended before."""
    states = [state for state, event in IMPORT if event == "cancel"]
    done = session.execute(
        update(ImportBatch)
        .where(ImportBatch.id == batch_id, ImportBatch.state.in_(states))
        .values(state="cancelled", ended_at=who.at),
        execution_options={"synchronize_session": False},
    )
    if cast("CursorResult[Any]", done).rowcount != 1:
        return False
    discard(session, batch_id, faults=True)
    audit.note(session, who, "coinvestigation:import:cancelled", "import_batch", batch_id)
    return True


def discard(session: Session, batch_id: str, *, faults: bool = False) -> None:
    """Throws away the rows that were waiting for the flip, and the faults if asked."""
    session.execute(delete(ImportRow).where(ImportRow.batch_id == batch_id))
    if faults:
        session.execute(delete(ImportFault).where(ImportFault.batch_id == batch_id))


def fault_lines(
    session: Session, batch_id: str, language: str = "zh", *, offset: int = 0, limit: int | None = None
) -> list[FaultLine]:
    """The report in the order of the lines, with sentences in a language."""
    rows = session.scalars(
        select(ImportFault)
        .where(ImportFault.batch_id == batch_id)
        .order_by(ImportFault.line, ImportFault.ordinal)
        .offset(offset)
        .limit(limit)
    )
    english = language == "en"
    return [
        FaultLine(
            row.line,
            COLUMNS[row.column][english] if row.column else "",
            row.value,
            Refusal(row.code, row.details or {}).say(language),
        )
        for row in rows
    ]


def failure(batch: ImportBatch, language: str = "zh") -> str:
    """Why the file as a whole could not be read; empty when it could."""
    return Refusal(batch.failure_code, batch.failure_details or {}).say(language) if batch.failure_code else ""
