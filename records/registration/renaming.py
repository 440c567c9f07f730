"""A taxpayer gets another name (名称变更): its account, its enrolment and what it holds show it; what was printed or posted keeps the name of its day."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from records import audit
from records.audit import Who
from records.devices.model import Device
from records.offices.model import Party
from records.taxpayers.errors import RenumberRefused
from records.taxpayers.model import Enrolment, Taxpayer
from records.taxpayers.store import taxpayer


def rename_enrolled(session: Session, who: Who, number: str, name: str, today: date) -> Taxpayer:
    """The taxpayer and all that shows its name bear the new one. Raises RenumberRefused, TaxpayerUnknown.

    Source: Xi'an 2002-119, 二(二).
    """
    row = session.scalars(select(Taxpayer).where(Taxpayer.id == taxpayer(session, number).id).with_for_update()).one()
    name = name.strip()
    if not name or name == row.name:
        raise RenumberRefused(f"变更后的名称与原名称“{row.name}”相同（二(二)）", f"the new name is the old one, {row.name}")
    old, row.name = row.name, name
    session.flush()
    followed = [
        update(Party).where(Party.kind == "enterprise", Party.number == number).values(name=name),
        update(Enrolment).where(Enrolment.taxpayer_id == row.id, Enrolment.state != "ended").values(taxpayer_name=name),
        update(Device).where(Device.holder_kind == "enterprise", Device.holder_number == number).values(holder_name=name),
    ]
    for statement in followed:
        session.execute(statement, execution_options={"synchronize_session": False})
    session.expire_all()
    audit.note(session, who, "taxpayers:taxpayer:renamed", "taxpayer", row.id, old={"name": old}, new={"name": name, "on": str(today)})
    return row
