"""Brings a list from certification or audit in, as the import page does: read whole or not at all, then one case for each authority."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from commands.demo_office.invoices import listed
from db.ids import new_id
from engine.people import Actor
from records.audit import Who
from records.coinvestigation.faces import COLUMNS
from records.coinvestigation.imports.batches import create_batch
from records.coinvestigation.imports.grouping import make_delegations
from records.coinvestigation.imports.run import run_waiting
from records.coinvestigation.kinds import Source
from records.coinvestigation.store import OfficeRef, revise_delegation
from records.offices import store as offices
from records.offices.levels import region_prefixes

if TYPE_CHECKING:
    from app import Application


def bring_list(
    application: Application, actor: Actor, row: Mapping[str, Any], faces: Sequence[dict[str, str]], parties: Mapping[str, str]
) -> list[str]:
    """The cases that came of the list; `parties` are columns that all rows share (names, problem, mismatch)."""
    clock, database = application.clock, application.database
    who, batch_id = Who(actor.person_id, actor.name, clock.now()), new_id()
    with database.write() as session:
        found = offices.office_by_code(session, row["from"])
        assert found is not None, row["from"]
        own = OfficeRef(found.id, found.scope, found.name)
        content = _csv(listed(faces, **parties))
        create_batch(
            session, who, own, batch_id=batch_id, source=Source(row["source"]), file_name=str(row["file"]), content=content,
            today=clock.today(),
        )  # fmt: skip
    run_waiting(database, clock)
    with database.write() as session:
        return _delegate(application, session, actor, who, own, batch_id)


def _delegate(application: Application, session: Session, actor: Actor, who: Who, own: OfficeRef, batch_id: str) -> list[str]:
    known = {region: OfficeRef(o.id, o.scope, o.name) for region, o in offices.regions(session).items()}

    def competent(region: str) -> OfficeRef | None:
        return next((known[prefix] for prefix in region_prefixes(region) if prefix in known), None)

    made = []
    for row in make_delegations(session, who, batch_id, own, competent, {}, application.clock.today()):
        given = {"delegation_id": row.id, "case_name": row.name, "nature": row.nature}
        case = application.engine.start(
            "delegation", office_id=own.id, actor=actor, key=new_id(), title=row.name, variables=given, session=session
        )
        if row.case_id != case.instance_id:
            revise_delegation(session, who, row.id, case_id=case.instance_id)
        made.append(case.instance_id)
    return made


def _csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([zh for zh, _en in COLUMNS.values()])
    writer.writerows([[row.get(key, "") for key in COLUMNS] for row in rows])
    return target.getvalue().encode("gb18030")
