"""Monthly totals of lost devices, made of the stop list and reported upwards level by level.

Source of all: Xi'an 2002-119, 四3.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.devices.errors import TotalRefused
from records.devices.model import LossTotal, StopEntry
from records.devices.store import stops
from records.offices.model import Office
from records.rows_made import inserted

COLUMNS = {"tax_card": "tax_cards", "ic_card": "ic_cards", "reader": "readers"}


def total_of(session: Session, office_code: str, month: str) -> LossTotal | None:
    """What an office has made of a month; None where it has not yet."""
    return session.scalars(select(LossTotal).where(LossTotal.office_code == office_code, LossTotal.month == month)).one_or_none()


def make(session: Session, who: Who, office: Office, month: str, today: date, *, case_id: str = "") -> LossTotal:
    """The total of everything reported lost beneath an office in a month that is over; an office makes one a month. Raises TotalRefused."""
    if month >= f"{today:%Y-%m}":
        raise TotalRefused(f"{month} 尚未结束，不能汇总（四3）", f"{month} is not over yet: no total is made (四3)")
    entries = stops.month(session, office.scope, month)
    counts = {column: sum(1 for one in entries if one.kind == kind) for kind, column in COLUMNS.items()}
    total_id = new_id()
    made = inserted(session, LossTotal, {
        "id": total_id, "office_code": office.code, "office_name": office.name, "scope": office.scope, "month": month, **counts,
        "rows": [_row(one) for one in entries], "case_id": case_id or who.case_id, "made_on": today, "made_by": who.person_id, "made_by_name": who.name,
    })  # fmt: skip
    if not made:
        raise TotalRefused(f"{office.name} {month} 的汇总表已经做过", f"the total of {office.name} for {month} has been made already")
    audit.note(session, who, "devices:loss_total:made", "loss_total", total_id, new={"office": office.code, "month": month, **counts})
    row = session.get(LossTotal, total_id)
    assert row is not None
    return row


def _row(entry: StopEntry) -> dict[str, str]:
    return {
        "kind": entry.kind, "serial": entry.serial, "because": entry.because, "lost_on": str(entry.lost_on), "reported_on": str(entry.reported_on),
        "taxpayer_number": entry.taxpayer_number, "taxpayer_name": entry.taxpayer_name, "office_name": entry.office_name, "state": entry.state,
    }  # fmt: skip


def report(session: Session, who: Who, row: LossTotal, to_office: Office | None, today: date) -> LossTotal:
    """The total goes to the office above, once; the province keeps it for the SAT (`to_office` None). Raises TotalRefused."""
    if row.reported_on is not None:
        raise TotalRefused(f"{row.office_name} {row.month} 的汇总表已于 {row.reported_on} 上报", f"the total for {row.month} was reported on {row.reported_on}")
    row.reported_on, row.to_office_code = today, to_office.code if to_office else ""
    session.flush()
    audit.note(session, who, "devices:loss_total:reported", "loss_total", row.id, new={"to": row.to_office_code, "on": str(today)})
    return row


def reported_to(session: Session, office_code: str, month: str) -> Sequence[LossTotal]:
    """What the offices beneath have reported to an office for a month, by office."""
    wanted = select(LossTotal).where(LossTotal.to_office_code == office_code, LossTotal.month == month, LossTotal.reported_on.is_not(None))
    return session.scalars(wanted.order_by(LossTotal.office_code)).all()
