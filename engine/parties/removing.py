"""减签 and 收回: the holder takes back what nobody has answered yet; whoever has left is taken off by the house itself.

What has been answered stays. Whom the model has sign cannot be taken off by a person, unless he has left.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.errors import NoLongerAsked, NotEligible, NotPossibleNow
from engine.kernel import Kernel
from engine.link import Link
from engine.parties import rows
from engine.parties.answering import follow
from engine.parties.asking import LENGTH, tell
from engine.parties.looking import AtSeat, Attended
from engine.parties.rows import Party
from engine.parties.rules import COPY, SIGNS
from engine.parties.settling import gone, settle
from engine.people import SYSTEM, Actor
from engine.tasks import OpenTask


def remove(kernel: Kernel, session: Session, link: Link, look: AtSeat, reason: str) -> dict[str, Any]:
    """Takes one seat off; the answer is as that of `answering.answer`, for a round may be decided by it."""
    party, task = look.seat(), look.as_holder()
    where, now, reason = {"task": task.id, "instance": task.instance_id}, kernel.clock.now(), reason.strip()[:LENGTH]
    if party.kind == COPY or not party.is_undecided:
        raise NoLongerAsked("已经有了结果的，以及抄送，不能收回", "What was answered, or copied, cannot be taken back.", **where)
    if party.is_of_model and not gone(kernel, session, [party]):
        raise NotPossibleNow("流程规定的会签人不能减去，除非已离岗", "A signer whom the procedure names cannot be taken off unless he has left.", **where)
    if party.kind in SIGNS and not reason:
        raise NotEligible("请写明减签的理由", "Say why.", **where)
    return _off(kernel, session, link, task, [party], look.parties, "removed", look.actor, now, reason)


def give_up(kernel: Kernel, session: Session, link: Link, look: Attended) -> dict[str, Any]:
    """Takes off whoever has left since he was asked, so that nobody waits for him for ever."""
    task, now = look.task(), kernel.clock.now()
    lost = gone(kernel, session, [party for party in look.parties if party.kind != COPY])
    if not lost:
        return {"instance_id": task.instance_id, "task_id": task.id, "result": "", "tasks": []}
    return _off(kernel, session, link, task, lost, look.parties, "forsaken", SYSTEM, now, "")


def _off(
    kernel: Kernel, session: Session, link: Link, task: OpenTask, off: Sequence[Party], parties: list[Party], because: str, actor: Actor,
    now: datetime, reason: str,
) -> dict[str, Any]:  # fmt: skip
    rows.withdraw(link, off, because, now, reason)
    tell(link, now, task, f"party_{because}", actor, off, {"kind": off[0].kind, "reason": reason})
    ids = {party.id for party in off}
    left = [rows.withdrawn(party, because) if party.id in ids else party for party in parties]
    outcomes: list[tuple[Party, str]] = []
    for one in {party.round: party for party in off}.values():
        outcome, left = settle(link, left, one.round, now)
        if outcome:
            outcomes.append((one, outcome))
    opened = follow(kernel, session, link, task, outcomes, left, actor)
    return {"instance_id": task.instance_id, "task_id": task.id, "result": outcomes[-1][1] if outcomes else "", "tasks": opened}
