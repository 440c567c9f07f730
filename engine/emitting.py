"""Asking for an effect that no token waits for: a row of the outbox, in the transaction of whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from db.ids import new_id
from engine.codec import encode
from engine.link import Link


def emit(link: Link, now: datetime, topic: str, payload: Mapping[str, Any], key: str, instance_id: str | None = None, element: str = "") -> str:
    """Writes an effect that no token waits for, once per `key`; its id, for which a worker is to be called."""
    id_, moment = new_id(), link.moment(now)
    link.put(
        "INSERT INTO outbox (id, key, topic, payload, instance_id, element, external, worker, state, attempts, due_at, created_at,"
        " last_error) VALUES (?, ?, ?, ?, ?, ?, 0, '', 'pending', 0, ?, ?, '') ON CONFLICT (key) DO NOTHING",
        id_, key, topic, encode(dict(payload)), instance_id, element, moment, moment,
    )  # fmt: skip
    return id_
