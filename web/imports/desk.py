"""What the person at this desk may import, for which office, and which authorities may be asked."""

from __future__ import annotations

from sqlalchemy.orm import Session

from records.audit import Who
from records.coinvestigation.kinds import Source
from records.coinvestigation.rules import may_import
from records.offices import store as offices
from records.offices.model import Office
from web import identity
from web.languages import named
from web.rights.kinds import OFFICER
from web.services import services


def who() -> Who:
    """The person who acts, now."""
    actor = identity.staff().actor
    return Who(actor.person_id, actor.name, services().clock.now())


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


def authorities(session: Session) -> list[Office]:
    """The offices to which a delegation can go: cities and districts."""
    return [office for office in offices.offices(session) if office.level in {"city", "district"}]
