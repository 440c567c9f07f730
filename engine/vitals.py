"""How much waits, and how much has failed: what an operator watches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.link import Link


@dataclass(frozen=True)
class Vitals:
    """Counts of this moment; jobs by topic, external ones included."""

    jobs_pending: Mapping[str, int]
    jobs_failed: Mapping[str, int]
    jobs_held: Mapping[str, int]
    incidents_open: int
    timers_due: int
    timers_stuck: int
    messages_pending: int
    messages_parked: int


def vitals(link: Link, now: datetime) -> Vitals:
    """Reads partial indexes only: what is done with is not counted and costs nothing."""
    jobs: dict[str, dict[str, int]] = {"pending": {}, "failed": {}, "held": {}}
    for state, topic, count in link.all(
        "SELECT state, topic, count(*) FROM outbox WHERE state IN ('pending', 'failed', 'held') GROUP BY state, topic"
    ):
        jobs[state][topic] = count
    return Vitals(
        jobs["pending"], jobs["failed"], jobs["held"],
        _count(link, "incident WHERE resolved_at IS NULL"),
        _count(link, "timer WHERE done_at IS NULL AND stuck = 0 AND due_at <= ?", link.moment(now)),
        _count(link, "timer WHERE done_at IS NULL AND stuck = 1"),
        _count(link, "message WHERE state = 'pending'"),
        _count(link, "message WHERE state = 'parked'"),
    )  # fmt: skip


def _count(link: Link, rows: str, *values: object) -> int:
    found = link.one(f"SELECT count(*) FROM {rows}", *values)
    return int(found[0]) if found else 0
