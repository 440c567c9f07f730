"""A record of this family moves by the table of its kind, with its row locked, and leaves the move in the trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from records import audit
from records.audit import Who
from records.faults.errors import MoveRefused, RecordUnknown
from records.faults.model import Authorisation, FaultReport, KeyChange, MajorMatter
from records.faults.states import following, name

Row = TypeVar("Row", FaultReport, MajorMatter, KeyChange, Authorisation)
WORDS = {
    "fault_report": ("故障登记", "fault report"), "major_matter": ("重大事项", "major matter"), "key_change": ("密钥更换", "change of keys"),
    "authorisation": ("授权委托", "authorisation"),
}  # fmt: skip


def find(session: Session, table: type[Row], row_id: str, *, lock: bool = False) -> Row:
    """The row with this identifier; raises RecordUnknown."""
    row = session.get(table, row_id, with_for_update=lock, populate_existing=lock)
    if row is None:
        zh, en = WORDS[table.__tablename__]
        raise RecordUnknown(f"没有这件{zh}", f"there is no such {en}")
    return row


def move(session: Session, who: Who, table: type[Row], row_id: str, event: str, **values: Any) -> Row:
    """The row after the event, with these values set; raises RecordUnknown, MoveRefused."""
    row, kind = find(session, table, row_id, lock=True), table.__tablename__
    target = following(kind, row.state, event)
    if target is None:
        zh, en = WORDS[kind]
        raise MoveRefused(f"这件{zh}现在是“{name(kind, row.state)}”，不能再这样办理", f"this {en} is {name(kind, row.state, 'en')}; that cannot be done any more")
    revise(session, who, row, f"faults:{kind}:{event}", {"state": target, **values})
    return row


def revise(session: Session, who: Who, row: Row, event: str, values: Mapping[str, Any]) -> None:
    """Sets values, and notes in the trail what they were before."""
    old = {key: getattr(row, key) for key in values}
    for key, value in values.items():
        setattr(row, key, value)
    session.flush()
    audit.note(session, who, event, row.__tablename__, row.id, old=_plain(old), new=_plain(values))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in values.items()}
