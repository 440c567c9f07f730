"""Moves a record along its transition table: only from the state that was read, and never without a trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from records import audit
from records.audit import Who
from records.coinvestigation.errors import ChangedMeanwhile, RecordUnknown, TransitionRefused
from records.coinvestigation.model import Delegation, Extension, InvoiceFace, Receipt
from records.coinvestigation.states import Table, following

Row = TypeVar("Row", Delegation, Receipt, Extension, InvoiceFace)


def find(session: Session, model: type[Row], kind: str, record_id: str) -> Row:
    """The row with this identifier; raises RecordUnknown."""
    found = session.get(model, record_id)
    if found is None:
        raise RecordUnknown(kind, record_id)
    return found


def move(
    session: Session,
    who: Who,
    row: Delegation | Receipt | Extension,
    kind: str,
    table: Table,
    event: str,
    values: Mapping[str, Any],
) -> None:
    """One event on one row, with the columns that change with it.

    Raises: TransitionRefused when the table has no such step; ChangedMeanwhile when the row has left its state since it was read.
    """
    before = row.state
    after = following(table, before, event)
    if after is None:
        raise TransitionRefused(kind, before, event)
    model = type(row)
    session.flush()
    done = session.execute(
        update(model).where(model.id == row.id, model.state == before).values(state=after, **values),
        execution_options={"synchronize_session": False},
    )
    if cast("CursorResult[Any]", done).rowcount != 1:
        raise ChangedMeanwhile(kind, row.id)
    session.refresh(row)
    audit.note(
        session,
        who,
        f"coinvestigation:{kind}:{event}",
        kind,
        row.id,
        old={"state": before},
        new={"state": after, **_plain(values)},
    )


def revise(session: Session, who: Who, row: Delegation | Receipt, kind: str, values: Mapping[str, Any]) -> None:
    """Changes columns without moving the row; the trail keeps what stood there before."""
    old = {key: getattr(row, key) for key in values}
    changed = {key: value for key, value in values.items() if old[key] != value}
    for key, value in changed.items():
        setattr(row, key, value)
    session.flush()
    if changed:
        audit.note(
            session,
            who,
            f"coinvestigation:{kind}:revised",
            kind,
            row.id,
            old=_plain({k: old[k] for k in changed}),
            new=_plain(changed),
        )


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value if value is None or isinstance(value, (int, bool)) else str(value) for key, value in values.items()}
