"""抄送 and 已阅: somebody is to know of a case. He may see it and nothing more; when he has read it, he says so once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from db.ids import new_id
from engine import history
from engine.errors import NotFound
from engine.kernel import Kernel
from engine.lifecycle import PARTY, becomes
from engine.link import Link
from engine.parties import rows, rules
from engine.parties.asking import LENGTH, Request, eligible, tell
from engine.parties.looking import AtSeat, Attended, element_of


def copy(kernel: Kernel, session: Session, link: Link, look: Attended, people: Sequence[str], text: str) -> list[str]:
    """Names of those to whom the case is copied now; who has had it before has it once only."""
    task, now = look.as_holder(), kernel.clock.now()
    request = Request(rules.COPY, tuple(people), text)
    chosen = eligible(kernel, session, link, task, element_of(kernel, link, task), look, request)
    had = {row[0] for row in link.all("SELECT person_id FROM task_party WHERE instance_id = ? AND kind = 'copy'", task.instance_id)}
    made = [
        rows.new(
            task.id, task.instance_id, new_id(), rules.COPY, 0, now, person=(found.person_id, found.name), state="unread",
            question=text[:LENGTH], asked_by=look.actor,
        )
        for found in chosen
        if found.person_id not in had
    ]  # fmt: skip
    if made:
        rows.add(link, made, task.due_on)
        tell(link, now, task, "copied", look.actor, made, {"reason": text[:LENGTH]})
    return rows.names(made)


def read(kernel: Kernel, link: Link, look: AtSeat) -> None:
    """The receipt, with its moment; a second one says nothing new. The task may be over by then: the copy is of the case."""
    party = look.seat()
    if party.kind != rules.COPY or party.person_id != look.actor.person_id:
        raise NotFound(party=party.id, instance=party.instance_id)
    if party.state == "read":
        return
    now = kernel.clock.now()
    link.put("UPDATE task_party SET state = ?, closed_at = ? WHERE id = ? AND state = 'unread'", becomes(PARTY, "unread", "read"), link.moment(now), party.id)
    history.add(link, now, party.instance_id, "copy_read", look.actor, details={"by": party.asked_name})
