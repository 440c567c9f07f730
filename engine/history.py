"""What happened in a case: append-only rows of who, when, which element, and what was entered. Written with the step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from engine.link import Link
from engine.people import Actor

Note = tuple[str, str, str, str | None]  # kind, element, name, details as JSON
# Everything that the engine itself tells; the audit page has a word for each. A handler tells of its own by `Context.trail`.
KINDS = frozenset((
    "added_after", "added_before", "asked", "back_to_holder", "cancelled", "claimed", "clock_resumed", "clock_stopped", "completed",
    "completed_task", "copied", "copy_read", "countersign", "delegated", "done", "error", "fell_back", "handed_in", "opened", "operator_retry",
    "overwritten", "party_agreed", "party_answered", "party_forsaken", "party_refused", "party_removed", "passed", "reassigned", "received",
    "refused", "released", "resubmitted", "retried", "returned", "round_decided", "sent", "skipped", "started", "taken_back", "timer", "transferred",
    "unwanted", "withdrawn", "withdrawn_case",
))  # fmt: skip
_INSERT = (
    "INSERT INTO history (instance_id, at, kind, element, name, person_id, person_name, for_id, for_name, details, path, causes)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def write(
    link: Link, instance_id: str, moment: Any, actor: Actor, notes: Sequence[Note], passed: list[str], taken: list[str],
    causes: str | None = None,
) -> None:  # fmt: skip
    """The rows of one step; the way that the tokens went, and which came of which, stands on the last of them."""
    way = orjson.dumps({"elements": passed, "flows": taken}).decode() if passed or taken else None
    given = notes or ([("passed", "", "", None)] if way or causes else [])
    who = _who(actor)
    rows: list[tuple[Any, ...]] = [(instance_id, moment, *note[:3], *who, note[3], None, None) for note in given]
    if rows:
        rows[-1] = (*rows[-1][:-2], way, causes)
    link.many(_INSERT, rows)


def add(
    link: Link,
    now: datetime,
    instance_id: str,
    kind: str,
    actor: Actor,
    *,
    element: str = "",
    name: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """One row outside a step: a claim, a refusal."""
    assert kind in KINDS, f"{kind} is no kind of the history"
    text = orjson.dumps(readable(details)).decode() if details else None
    link.put(
        _INSERT, instance_id, link.moment(now), kind, element, name[:255], *_who(actor), text, None, None
    )  # fmt: skip


def _who(actor: Actor) -> tuple[str, str, str, str]:
    """The person, and the one in whose stead."""
    stead = actor.acts_for
    return (actor.person_id, actor.name, stead.person_id if stead else "", stead.name[:64] if stead else "")


def readable(value: Any) -> Any:
    """History is for people: what JSON does not know becomes text."""
    if isinstance(value, Mapping):
        return {str(k): readable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [readable(v) for v in value]
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return str(value)
