"""Registering, finding and deregistering taxpayers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.sentences import ValueRefused
from records.taxpayers.errors import TaxpayerUnknown
from records.taxpayers.model import Taxpayer
from records.values import TaxpayerId

_AT_ONCE = 500


def register(session: Session, who: Who, number: str, name: str, *, today: date, office_id: str | None = None) -> Taxpayer:
    """A taxpayer registers. Unlike a number on a face, which is kept as printed, this one must bear its own check.

    Raises: ValueRefused for a wrong shape or check; IntegrityError when the number is registered already.
    """
    checked = TaxpayerId(number)
    if checked.check_fits is False:
        raise ValueRefused("taxpayer_check", value=number)
    row = Taxpayer(
        id=new_id(),
        number=str(checked),
        name=name,
        region=checked.region,
        office_id=office_id,
        registered_on=today,
        deregistered_on=None,
    )
    session.add(row)
    session.flush()
    audit.note(session, who, "taxpayers:taxpayer:registered", "taxpayer", row.id, new={"number": number, "name": name})
    return row


def taxpayer(session: Session, number: str) -> Taxpayer:
    """The taxpayer with this number; raises TaxpayerUnknown."""
    found = session.scalars(select(Taxpayer).where(Taxpayer.number == number)).one_or_none()
    if found is None:
        raise TaxpayerUnknown(number)
    return found


def names(session: Session, numbers: Iterable[str]) -> dict[str, str]:
    """The names of those that are known; shape: number → name."""
    wanted = list(dict.fromkeys(numbers))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        rows = session.execute(
            select(Taxpayer.number, Taxpayer.name).where(Taxpayer.number.in_(wanted[start : start + _AT_ONCE]))
        )
        found |= dict(rows.all())
    return found


def rename(session: Session, who: Who, number: str, name: str) -> Taxpayer:
    """A taxpayer's name changes; raises TaxpayerUnknown."""
    row = taxpayer(session, number)
    audit.note(session, who, "taxpayers:taxpayer:renamed", "taxpayer", row.id, old={"name": row.name}, new={"name": name})
    row.name = name
    session.flush()
    return row


def deregister(session: Session, who: Who, number: str, today: date) -> Taxpayer:
    """A taxpayer's registration ends; the row stays. Raises TaxpayerUnknown."""
    row = taxpayer(session, number)
    row.deregistered_on = today
    session.flush()
    audit.note(session, who, "taxpayers:taxpayer:deregistered", "taxpayer", row.id, new={"on": str(today)})
    return row


def place(session: Session, who: Who, number: str, office_id: str) -> Taxpayer:
    """A taxpayer's competent authority is named or changes; raises TaxpayerUnknown."""
    row = taxpayer(session, number)
    audit.note(session, who, "taxpayers:taxpayer:placed", "taxpayer", row.id, old={"office": row.office_id}, new={"office": office_id})
    row.office_id = office_id
    session.flush()
    return row
