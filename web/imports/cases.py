"""From a list that was read to its cases: a delegation for each competent authority, and one case for each delegation.

Knows no page: the import page, the demonstration office and the scenarios all come through here.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from engine.api import Engine
from engine.people import Actor
from records.audit import Who
from records.coinvestigation.imports import grouping
from records.coinvestigation.imports.grouping import OfficeFor
from records.coinvestigation.imports.model import ImportBatch
from records.coinvestigation.store import OfficeRef, revise_delegation
from records.offices import store as offices
from records.offices.levels import region_prefixes
from records.offices.model import Office

PROCESS = "delegation"


def ref(office: Office) -> OfficeRef:
    """An office as the records of co-investigation see it; its Chinese name stands in generated names."""
    return OfficeRef(office.id, office.scope, office.name)


def finder(session: Session) -> OfficeFor:
    """Finds the competent office of a region; reads the regions once."""
    known = {region: ref(_bureau(session, office)) for region, office in offices.regions(session).items()}

    def competent(region: str) -> OfficeRef | None:
        return next((known[prefix] for prefix in region_prefixes(region) if prefix in known), None)

    return competent


def _bureau(session: Session, office: Office) -> Office:
    """The office that investigates where this one is competent: a tax office has no inspection bureau, the district above has (annex 1, art. 2)."""
    above = offices.parent(session, office.id) if office.level == "tax_office" else None
    return above or office


def start_cases(
    session: Session, engine: Engine, actor: Actor, who: Who, batch: ImportBatch, chosen: Mapping[str, OfficeRef], key: str
) -> list[str]:
    """The cases that were started, in the transaction of the caller; shape of `chosen` as in grouping.make_delegations.

    Source: Ningbo 2001-19, annex 1, arts. 5 and 6.
    """
    own, today = ref(offices.office(session, batch.office_id)), engine.kernel.clock.today()
    made = []
    for row in grouping.make_delegations(session, who, batch.id, own, finder(session), chosen, today):
        case = engine.start(
            PROCESS, office_id=own.id, actor=actor, key=f"{key}:{row.id}", title=row.name, session=session,
            variables={"delegation_id": row.id, "case_name": row.name, "nature": row.nature},
        )  # fmt: skip
        if row.case_id != case.instance_id:
            revise_delegation(session, who, row.id, case_id=case.instance_id)
        made.append(case.instance_id)
    return made
