"""What all handlers of faults need: which offices stand around a case, who works there, and who acts for a party."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from engine.registry import Declined, StepContext
from handlers.devices_acting import has_account
from handlers.tools import officer_posts
from records.offices import parties
from records.offices import store as offices
from records.offices.model import Office, Party
from records.taxpayers import store as taxpayers
from records.taxpayers.errors import TaxpayerUnknown

IT, OFFICE_OF_GOLDEN_TAX = "it_support", "golden_tax_office"
LEVELS = ("own", "city", "province")


@dataclass(frozen=True)
class Ladder:
    """The offices through which a matter goes up: the own bureau, the city, the province; `own` of a city is the city, all three of a province the province."""

    own: Office
    city: Office
    province: Office

    @property
    def first(self) -> str:
        """The level at which a matter of the own office begins."""
        return "province" if self.own.id == self.province.id else "city" if self.own.id == self.city.id else "own"

    def at(self, level: str) -> Office:
        """The office of a level."""
        return {"own": self.own, "city": self.city, "province": self.province}[level]

    @staticmethod
    def above(level: str) -> str:
        """The next level; the province has none."""
        return LEVELS[LEVELS.index(level) + 1]


def ladder(session: Session, office_id: str) -> Ladder:
    """The offices above an office, itself included, a province by itself; raises Declined for one that no city and province stand above.

    Source: Xi'an 2002-119, 三(三)5(1), 四5.
    """
    found = {level: offices.office_at_level(session, office_id, level) for level in ("district", "city", "province")}
    city, province = found["city"], found["province"]
    if province is None or (city is None and province.id != office_id):
        raise Declined(
            "本机关之上没有市局和省局，不能逐级上报（市国税发〔2002〕119号三(三)5(1)）", "no city and province stand above this office; nothing can be passed up from here (Xi'an 2002-119, 三(三)5(1))",
        )  # fmt: skip
    city = city or province
    return Ladder(found["district"] or city, city, province)


def common(steps: Ladder) -> dict[str, Any]:
    """The names of the offices, as all procedures of devices call them: a matter of a city or a province is of no district."""
    district = steps.own if steps.first == "own" else None
    return {
        "office_name": steps.own.name, "district_code": district.code if district else "", "district_name": district.name if district else "",
        "city_code": steps.city.code, "city_name": steps.city.name, "own_office_id": steps.own.id, "city_office_id": steps.city.id,
        "province_office_id": steps.province.id, "province_name": steps.province.name,
    }  # fmt: skip


def posts(session: Session, offices_: Iterable[Office], *roles: str) -> list[str]:
    """The posts of these roles at these offices, each once."""
    return list(dict.fromkeys(post for office in offices_ for role in roles for post in officer_posts(session, office.id, role)))


def clerk_for(ctx: StepContext, unit: Party | None, office: Office) -> dict[str, Any]:
    """The office that does the tasks of a service unit from what it has signed on paper; none where it has an account and does them itself."""
    return {"unit_clerk_office_id": office.id if unit is not None and not has_account(ctx, unit.key) else None}


def enterprise(session: Session, value: str) -> tuple[str, str | None] | None:
    """(name, its office) of an enterprise that is registered, as a party or as a taxpayer; None for an unknown one."""
    party = parties.known(session, "enterprise", value)
    if party is not None:
        return party.name, party.office_id
    try:
        row = taxpayers.taxpayer(session, value)
    except TaxpayerUnknown:
        return None
    return row.name, row.office_id
