"""Major matters and changes of keys. Source: Xi'an 2002-119, 三(三)5(3), 四5."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.faults.model import KeyChange, MajorMatter
from records.faults.store.moving import find, move, revise

BETWEEN = "、"  # between the serials of a change of keys


def open_matter(session: Session, who: Who, **values: Any) -> MajorMatter:
    """A major matter was found; the sheet is being filled in."""
    row = MajorMatter(id=new_id(), state="draft", **values)
    session.add(row)
    session.flush()
    audit.note(session, who, "faults:major_matter:opened", "major_matter", row.id, new={"title": row.title, "side": row.side})
    return row


def fill_matter(session: Session, who: Who, matter_id: str, **values: Any) -> MajorMatter:
    """What the sheet says; raises RecordUnknown."""
    row = find(session, MajorMatter, matter_id, lock=True)
    revise(session, who, row, "faults:major_matter:filled", values)
    return row


def move_matter(session: Session, who: Who, matter_id: str, event: str, **values: Any) -> MajorMatter:
    """Reported, decided, settled; raises RecordUnknown, MoveRefused."""
    return move(session, who, MajorMatter, matter_id, event, **values)


def report_key_change(session: Session, who: Who, **values: Any) -> KeyChange:
    """Reported to the authority that decides."""
    row = KeyChange(id=new_id(), state="reported", **values)
    session.add(row)
    session.flush()
    audit.note(session, who, "faults:key_change:reported", "key_change", row.id, new={"number": row.number, "key": row.key, "serials": row.serials})
    return row


def key_changes_of(session: Session, serial: str) -> Sequence[KeyChange]:
    """The changes of keys that a lost card has brought about, the first first."""
    found = session.scalars(select(KeyChange).where(KeyChange.serials.contains(serial, autoescape=True)).order_by(KeyChange.id))
    return [row for row in found if serial in row.serials.split(BETWEEN)]


def key_change(session: Session, change_id: str) -> KeyChange:
    """The change of keys with this identifier; raises RecordUnknown."""
    return find(session, KeyChange, change_id)


def move_key_change(session: Session, who: Who, change_id: str, event: str, **values: Any) -> KeyChange:
    """Decided, carried out; raises RecordUnknown, MoveRefused."""
    return move(session, who, KeyChange, change_id, event, **values)
