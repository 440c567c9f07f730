"""Steps that did not succeed: written in a transaction of their own, shown on the case, resolved by trying again."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from db.ids import new_id
from db.types import dump_json
from engine.codec import decode, encode
from engine.errors import NotFound
from engine.link import Link
from engine.people import Actor

if TYPE_CHECKING:
    from engine.api import Engine


def record(
    link: Link, now: datetime, instance_id: str | None, element: str, action: dict[str, Any], reason: str, detail: str
) -> str:
    """Writes an incident; the same failed action of a case is one incident, not one per attempt."""
    kept = {**action, "payload": encode(action.get("payload")).decode()}
    text = dump_json(kept)
    row = link.one("SELECT id FROM incident WHERE action = ? AND resolved_at IS NULL", text)
    if row is not None:
        link.run(
            "UPDATE incident SET reason = ?, detail = ?, created_at = ? WHERE id = ?", reason, detail, link.moment(now), row[0]
        )
        return str(row[0])
    id_ = new_id()
    link.run(
        "INSERT INTO incident (id, instance_id, element, action, reason, detail, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        id_, instance_id, element, text, reason, detail, link.moment(now),
    )  # fmt: skip
    return id_


def action_of(engine: Engine, incident_id: str, actor: Actor) -> dict[str, Any]:
    """What failed, for a retry; only for an incident of a case that the actor sees."""
    with engine.kernel.database.read() as session:
        link = Link(session)
        row = link.one("SELECT action, instance_id FROM incident WHERE id = ? AND resolved_at IS NULL", incident_id)
        if row is None:
            raise NotFound(incident=incident_id)
        if row[1] and not engine.sees(link, row[1], actor):
            raise NotFound(incident=incident_id)
        action: dict[str, Any] = orjson.loads(row[0])
        action["payload"] = decode(action["payload"])
        return action


def resolve(link: Link, incident_id: str, now: datetime) -> None:
    """Marks an incident as done with."""
    link.run("UPDATE incident SET resolved_at = ? WHERE id = ? AND resolved_at IS NULL", link.moment(now), incident_id)
