"""What whoever has work elsewhere in hand says of it: lines with their times, and what it waits for. Kept with the job, and bounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from engine.errors import JobNotYours
from engine.link import Link

MOST_LINES = 40  # the last ones; a job that is tried for days says the same again and again


@dataclass(frozen=True)
class Said:
    """One line, in Chinese and English."""

    at: datetime
    zh: str
    en: str


@dataclass(frozen=True)
class Progress:
    """What was said, the oldest first, and what is waited for, as the worker named it."""

    said: tuple[Said, ...] = ()
    waits: tuple[Mapping[str, str], ...] = ()

    def in_english(self, zh: str) -> str:
        """A sentence that was said, in English; itself where it was not said in English."""
        return next((one.en for one in reversed(self.said) if one.zh == zh and one.en), zh)


def read(text: str, worker: str = "") -> Progress:
    """The progress as it is kept with a job that this worker has in hand: what another has waited for, nobody waits for any more."""
    if not text:
        return Progress()
    kept = orjson.loads(text)
    return Progress(tuple(Said(datetime.fromisoformat(at), zh, en) for at, zh, en in kept["said"]), tuple(kept["waits"]) if worker and worker == kept["by"] else ())


def say(link: Link, now: datetime, job_id: str, worker: str, zh: str, en: str, waits: Sequence[Mapping[str, str]]) -> str | None:
    """Adds a line to the job that the worker has in hand, and sets what is waited for; whose case it is. The same line again changes its time alone.

    Raises JobNotYours.
    """
    row = link.one(
        "SELECT progress, instance_id FROM outbox WHERE id = ? AND worker = ? AND worker <> '' AND state = 'pending' AND external = 1", job_id, worker
    )
    if row is None:
        raise JobNotYours(job=job_id)
    kept: dict[str, Any] = orjson.loads(row[0]) if row[0] else {"said": []}
    lines = kept["said"][:-1] if kept["said"] and kept["said"][-1][1:] == [zh, en] else kept["said"]
    text = orjson.dumps({"said": [*lines, [now.isoformat(), zh, en]][-MOST_LINES:], "waits": [dict(one) for one in waits], "by": worker}).decode()
    done = link.run("UPDATE outbox SET progress = ? WHERE id = ? AND worker = ? AND state = 'pending'", text, job_id, worker)
    if done != 1:
        raise JobNotYours(job=job_id)
    return str(row[1]) if row[1] else None
