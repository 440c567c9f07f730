"""What the person at this desk may import, for which office, and which authorities may be asked."""

from __future__ import annotations

from sqlalchemy.orm import Session

from records.audit import Who
from records.coinvestigation.imports.grouping import OfficeFor
from records.coinvestigation.kinds import Source
from records.coinvestigation.rules import may_import
from records.coinvestigation.store import OfficeRef
from records.offices import store as offices
from records.offices.levels import region_prefixes
from records.offices.model import Office
from web import identity
from web.languages import named
from web.services import services

OFFICER = "coinvestigation_officer"


def who() -> Who:
    """The person who acts, now."""
    actor = identity.staff().actor
    return Who(actor.person_id, actor.name, services().clock.now())


def ref(office: Office) -> OfficeRef:
    """An office as the records of co-investigation see it; its Chinese name stands in generated names."""
    return OfficeRef(office.id, office.scope, office.name)


def places(session: Session) -> list[tuple[str, str, str]]:
    """What may be imported here: (source and office as one choice, source, name of the office)."""
    held = [post.office_id for post in identity.staff().posts if post.role == OFFICER]
    at = [offices.office(session, office_id) for office_id in dict.fromkeys(held)]
    return [
        (f"{source}.{office.id}", source, named(office.name, office.name_en))
        for office in at
        for source in (Source.CERTIFICATION, Source.AUDIT)
        if may_import(source, office.level)
    ]


def finder(session: Session) -> OfficeFor:
    """Finds the competent office of a region; reads the regions once."""
    known = {region: ref(office) for region, office in offices.regions(session).items()}

    def competent(region: str) -> OfficeRef | None:
        return next((known[prefix] for prefix in region_prefixes(region) if prefix in known), None)

    return competent


def authorities(session: Session) -> list[Office]:
    """The offices to which a delegation can go: cities and districts."""
    return [office for office in offices.offices(session) if office.level in {"city", "district"}]
