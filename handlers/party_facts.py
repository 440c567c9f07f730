"""What the books say of a party, for the property `offered_to` of a process: a portal offers nothing that can only be refused."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from records.devices.model import Device
from records.taxpayers.model import Enrolment, Taxpayer, TaxpayerLimit


def facts_of(session: Session, party: str) -> dict[str, Any]:
    """Of an enterprise: `registered` (a taxpayer in the books, not deregistered), `enrolment` (applied, enrolled, in_use, ended; null for none),
    `version` and `monthly_quantity` of the limit in force (null for none), `devices` (how many it holds). Of any other party only `devices`.
    """
    kind, _, number = party.partition(":")
    held = select(func.count()).select_from(Device).where(Device.holder_kind == kind, Device.holder_number == number)
    found: dict[str, Any] = {"devices": session.scalars(held).one()}
    if kind != "enterprise":
        return found
    taxpayer = session.scalars(select(Taxpayer).where(Taxpayer.number == number)).one_or_none()
    if taxpayer is None:
        return {**found, "registered": False, "enrolment": None, "version": None, "monthly_quantity": None}
    limit = session.scalars(select(TaxpayerLimit).where(TaxpayerLimit.taxpayer_id == taxpayer.id).order_by(TaxpayerLimit.id.desc()).limit(1)).first()
    running = select(Enrolment.state).where(Enrolment.taxpayer_id == taxpayer.id).order_by(Enrolment.id.desc()).limit(1)
    return {
        **found, "registered": taxpayer.deregistered_on is None, "enrolment": session.scalars(running).first(),
        "version": limit.version if limit else None, "monthly_quantity": limit.monthly_quantity if limit else None,
    }  # fmt: skip
