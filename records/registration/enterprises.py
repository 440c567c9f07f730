"""The register of enterprises in the anti-forgery system: the limit in force, the enrolment, how many devices each has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from records.devices.model import Device
from records.devices.registers import DeviceQuery, Found, found, mentions, period, same, within
from records.offices.model import Office
from records.taxpayers.enrolments import standing_of
from records.taxpayers.model import Enrolment, Taxpayer, TaxpayerLimit


@dataclass(frozen=True)
class EnterpriseLine:
    """An enterprise with what is in force; of one whose application runs there is no limit yet. `state` as `enrolments.standing`."""

    id: str
    number: str
    name: str
    office_name: str
    office_name_en: str
    state: str | None
    version: str | None
    per_invoice: Decimal | None
    monthly_quantity: int | None
    decided_on: date | None
    in_use_on: date | None
    devices: int
    ended_because: str | None


_limit, _enrolment = aliased(TaxpayerLimit), aliased(Enrolment)
_LAST_LIMIT = select(func.max(TaxpayerLimit.id)).where(TaxpayerLimit.taxpayer_id == Taxpayer.id).correlate(Taxpayer).scalar_subquery()
_LAST_ENROLMENT = select(func.max(Enrolment.id)).where(Enrolment.taxpayer_id == Taxpayer.id).correlate(Taxpayer).scalar_subquery()
_HELD = (
    select(func.count()).select_from(Device).where(Device.holder_kind == "enterprise", Device.holder_number == Taxpayer.number).correlate(Taxpayer).scalar_subquery()
)
_STANDING = standing_of(_enrolment)
ENTERPRISE_ORDERS: Mapping[str, Any] = {
    "number": Taxpayer.number, "name": Taxpayer.name, "state": _STANDING, "version": _limit.per_invoice, "quantity": _limit.monthly_quantity,
    "decided": _limit.decided_on, "in_use": _enrolment.in_use_on,
}  # fmt: skip


def enterprises(scopes: Sequence[str], query: DeviceQuery, order: str = "") -> Found[EnterpriseLine]:
    """Every enterprise beneath these paths that has applied, or has a limit; `query.kind` is the version, the period that of the decision."""
    columns = (
        Taxpayer.id, Taxpayer.number, Taxpayer.name, Office.name, Office.name_en, _STANDING, _limit.version, _limit.per_invoice, _limit.monthly_quantity,
        _limit.decided_on, _enrolment.in_use_on, _HELD.label("devices"), _enrolment.ended_because,
    )  # fmt: skip
    wanted = (
        select(*columns).join(Office, Office.id == Taxpayer.office_id).outerjoin(_limit, _limit.id == _LAST_LIMIT).outerjoin(_enrolment, _enrolment.id == _LAST_ENROLMENT)
        .where(
            or_(_limit.id.is_not(None), _enrolment.id.is_not(None)), within(Office.scope, scopes),
            *([Office.scope.startswith(query.office, autoescape=True)] if query.office else []), *same(_limit.version, query.kind),
            *same(_STANDING, query.state), *period(_limit.decided_on, query), *mentions(query.text, Taxpayer.number, Taxpayer.name),
        )
    )  # fmt: skip
    return found(wanted, lambda row: EnterpriseLine(*row), ENTERPRISE_ORDERS, order, (Taxpayer.number,))
