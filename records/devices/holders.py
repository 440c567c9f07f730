"""Who holds a device, and in which area it is looked after then."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.devices.errors import MoveRefused
from records.offices.model import Office, Party
from records.taxpayers.model import Taxpayer


@dataclass(frozen=True)
class Holder:
    """`kind` of records.devices.kinds.HolderKind; `number`: of a party, a taxpayer, or the code of an office; the name of that day."""

    kind: str
    number: str
    name: str = ""


NOBODY = Holder("nobody", "", "")


def enterprise(number: str, name: str) -> Holder:
    """An enterprise as a holder."""
    return Holder("enterprise", number, name)


def service_unit(number: str, name: str) -> Holder:
    """A service unit as a holder."""
    return Holder("service_unit", number, name)


def office(found: Office) -> Holder:
    """An office as a holder."""
    return Holder("office", found.code, found.name)


def area_of(session: Session, holder: Holder) -> str | None:
    """The path of the office that looks after what this holder has; None for nobody. Raises MoveRefused where no office is known."""
    if holder.kind == "nobody":
        return None
    if holder.kind == "office":
        wanted = select(Office.scope).where(Office.code == holder.number)
    elif holder.kind == "enterprise":
        wanted = select(Office.scope).join(Taxpayer, Taxpayer.office_id == Office.id).where(Taxpayer.number == holder.number)
    else:
        wanted = select(Office.scope).join(Party, Party.office_id == Office.id).where(Party.kind == holder.kind, Party.number == holder.number)
    found = session.scalars(wanted).one_or_none()
    if found is None:
        name = holder.name or holder.number
        raise MoveRefused(f"“{name}”（{holder.number}）未在本系统登记主管税务机关，不能持有专用设备", f"no competent office is known of {name} ({holder.number})")
    return found
