"""Brings a list from certification or audit in, as the import page does: read whole or not at all, then one case for each authority."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from commands.demo_office.invoices import listed
from db.ids import new_id
from engine.people import Actor
from records.audit import Who
from records.coinvestigation.faces import COLUMNS
from records.coinvestigation.imports.batches import create_batch
from records.coinvestigation.imports.run import run_waiting
from records.coinvestigation.kinds import Source
from records.offices import store as offices
from web.imports.cases import ref, start_cases

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
        content = _csv(listed(faces, **parties))
        batch = create_batch(
            session, who, ref(found), batch_id=batch_id, source=Source(row["source"]), file_name=str(row["file"]), content=content,
            today=clock.today(),
        )  # fmt: skip
    run_waiting(database, clock)
    with database.write() as session:
        return start_cases(session, application.engine, actor, who, batch, {}, batch_id)


def _csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([zh for zh, _en in COLUMNS.values()])
    writer.writerows([[row.get(key, "") for key in COLUMNS] for row in rows])
    return target.getvalue().encode("gb18030")
