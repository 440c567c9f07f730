"""The seats of a task as rows: read, opened, answered, withdrawn. Every change names the state before, and nobody commits here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import orjson

from db.ids import new_id
from db.types import dump_json
from engine.lifecycle import PARTY, becomes
from engine.link import Link
from engine.parties.rules import AFTER, COPY, DELEGATE, SIGNS, UNDECIDED, Rule, Seat, Standing, decided, parse
from engine.people import Actor

COLUMNS = (
    "p.id, p.task_id, p.instance_id, p.round, p.kind, p.rule, p.number, p.weight, p.post_id, p.person_id, p.person_name, p.state, p.blocks,"
    " p.question, p.opinion, p.entered, p.because, p.asked_by, p.asked_name, p.asked_at, p.closed_at, p.for_id"
)
OF_TASK = f"SELECT {COLUMNS} FROM task_party p WHERE p.task_id = ? ORDER BY p.number, p.id"
OF_EARLIER = (  # of one process: another run of a parallel step stands beside this one, and none that was open when this was opened came before it
    f"SELECT {COLUMNS} FROM task here JOIN task_party p ON p.instance_id = here.instance_id AND p.task_id <> here.id AND p.kind <> 'copy'"
    " JOIN task t ON t.id = p.task_id WHERE here.id = ? AND t.element = here.element AND t.process_id = here.process_id AND t.state <> 'open'"
    " AND t.closed_at <= here.opened_at ORDER BY p.asked_at, p.number, p.id"
)
DOES_NOT_COUNT = frozenset(("removed", "forsaken", "over"))  # withdrawn, and as if never asked
_INSERT = (
    "INSERT INTO task_party (id, task_id, instance_id, round, kind, rule, number, weight, post_id, person_id, person_name, state, blocks,"
    " question, opinion, because, asked_by, asked_name, asked_at, due_on)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', ?, ?, ?, ?)"
)


@dataclass(frozen=True)
class Party:
    """One who was asked, or a post of which one is."""

    id: str
    task_id: str
    instance_id: str
    round: str
    kind: str
    rule: str
    number: int
    weight: int
    post_id: str | None
    person_id: str | None
    person_name: str
    state: str
    blocks: bool
    question: str
    opinion: str
    entered: dict[str, Any] | None
    because: str
    asked_by: str
    asked_name: str
    asked_at: datetime
    closed_at: datetime | None
    for_id: str = ""

    @property
    def is_undecided(self) -> bool:
        return self.state in UNDECIDED

    @property
    def is_of_model(self) -> bool:
        """Whether the model asks, and no person."""
        return self.asked_by == ""


def of_row(link: Link, r: Sequence[Any]) -> Party:
    """A row of COLUMNS."""
    asked = link.as_moment(r[19])
    assert asked is not None
    entered = orjson.loads(r[15]) if r[15] else None
    return Party(*(*r[:12], bool(r[12]), r[13], r[14], entered, *r[16:19], asked, link.as_moment(r[20]), r[21]))


def of_task(link: Link, task_id: str) -> list[Party]:
    """Everybody who was ever asked at a task, in their order."""
    return [of_row(link, row) for row in link.all(OF_TASK, task_id)]


def earlier(link: Link, task_id: str) -> list[Party]:
    """Everybody who was asked when the case stood at the same step before, the oldest first."""
    return [of_row(link, row) for row in link.all(OF_EARLIER, task_id)]


def standing(parties: Iterable[Party]) -> Standing:
    """How the task stands."""
    open_ = {party.kind for party in parties if party.state == "open"}
    handed_in = any(party.kind == AFTER and party.blocks and party.is_undecided for party in parties)
    return Standing(DELEGATE in open_, handed_in)


def blocking(parties: Iterable[Party]) -> list[Party]:
    """For whom the holder waits."""
    return [party for party in parties if party.blocks and party.is_undecided]


def signs(parties: Iterable[Party], person_id: str | None) -> bool:
    """Whether somebody is to sign a task, or has signed it: two signatures are two people's, so that he is not its holder too."""
    return any(party.kind in SIGNS and party.person_id == person_id and party.state != "withdrawn" for party in parties)


def new(
    task_id: str, instance_id: str, round_: str, kind: str, number: int, asked_at: datetime, *, person: tuple[str, str] | None = None,
    post_id: str | None = None, rule: str = "", weight: int = 1, state: str = "open", blocks: bool = False, question: str = "",
    asked_by: Actor | None = None,
) -> Party:  # fmt: skip
    """A seat that is not written yet; it begins as one of `lifecycle.PARTY` can: open, waiting for its turn, or unread."""
    assert state in {"open", "waiting"} or (kind == COPY and state == "unread")
    return Party(
        new_id(), task_id, instance_id, round_, kind, rule, number, weight, post_id, person[0] if person else None,
        person[1][:64] if person else "", state, blocks, question, "", None, "", asked_by.person_id if asked_by else "",
        asked_by.name if asked_by else "", asked_at, None,
    )  # fmt: skip


def add(link: Link, parties: Sequence[Party], due_on: date | str) -> None:
    """Writes new seats; `due_on` as the database has it at the task."""
    link.many(
        _INSERT,
        [
            (p.id, p.task_id, p.instance_id, p.round, p.kind, p.rule, p.number, p.weight, p.post_id, p.person_id, p.person_name, p.state,
             int(p.blocks), p.question, p.asked_by, p.asked_name, link.moment(p.asked_at), due_on)
            for p in parties
        ],
    )  # fmt: skip


def acted(
    link: Link, party: Party, result: str, actor: Actor, opinion: str, now: datetime, entered: dict[str, Any] | None = None
) -> Party:
    """Somebody has answered; a seat of a post, or of somebody absent, is his from then on, signed with both names."""
    name, stead = actor.signature[:64], actor.acts_for.person_id if actor.acts_for else ""
    link.put(
        "UPDATE task_party SET state = ?, person_id = ?, person_name = ?, for_id = ?, opinion = ?, entered = ?, closed_at = ?"
        " WHERE id = ? AND state = 'open'",
        becomes(PARTY, "open", result), actor.person_id, name, stead, opinion, dump_json(entered) if entered is not None else None,
        link.moment(now), party.id,
    )  # fmt: skip
    return replace(party, state=result, person_id=actor.person_id, person_name=name, for_id=stead, opinion=opinion, closed_at=now)


def holds_up(link: Link, parties: Sequence[Party]) -> None:
    """The holder waits for these from now on."""
    link.many("UPDATE task_party SET blocks = 1 WHERE id = ? AND state IN ('waiting', 'open')", [(p.id,) for p in parties])


def withdraw(link: Link, parties: Iterable[Party], because: str, now: datetime, opinion: str = "") -> None:
    """They are asked no longer: decided, removed, forsaken, returned, over."""
    link.many(
        "UPDATE task_party SET state = 'withdrawn', because = ?, opinion = ?, closed_at = ? WHERE id = ? AND state IN ('waiting', 'open')",
        [(because, opinion, link.moment(now), p.id) for p in parties],
    )


def over(link: Link, task_ids: Sequence[str], moment: Any) -> None:
    """The tasks are done or withdrawn: nobody is asked any more; copies stay."""
    link.many(
        "UPDATE task_party SET state = 'withdrawn', because = 'over', closed_at = ? WHERE task_id = ? AND state IN ('waiting', 'open')",
        [(moment, task_id) for task_id in task_ids],
    )


def carry_due(link: Link, tasks: Sequence[tuple[str, Any]]) -> None:
    """The terms of tasks (id, new date) have moved, and with them the places in the lists of those who are asked."""
    link.many("UPDATE task_party SET due_on = ? WHERE task_id = ? AND state IN ('waiting', 'open')", [(due_on, task) for task, due_on in tasks])


def open_now(link: Link, parties: Sequence[Party]) -> None:
    """It is their turn."""
    link.many("UPDATE task_party SET state = 'open' WHERE id = ? AND state = 'waiting'", [(p.id,) for p in parties])


def asked_for(link: Link, parties: Sequence[Party], holder: Actor, now: datetime) -> None:
    """They sign for whoever has handed the task in, who need not be he that named them, and from that moment on."""
    given = (holder.person_id, holder.name[:64], link.moment(now))
    link.many("UPDATE task_party SET asked_by = ?, asked_name = ?, asked_at = ? WHERE id = ?", [(*given, p.id) for p in parties])


def attend(link: Link, task_id: str) -> None:
    """The task has seats beside that of its holder: whoever completes it must look at them."""
    link.put("UPDATE task SET attended = 1 WHERE id = ?", task_id)


# --- as values -------------------------------------------------------------------------------------------------------------


def withdrawn(party: Party, because: str) -> Party:
    """As it is after `withdraw`."""
    return replace(party, state="withdrawn", because=because)


def opened(party: Party) -> Party:
    """As it is after `open_now`."""
    return replace(party, state="open")


def rule_of(party: Party) -> Rule:
    """The rule of its round."""
    found = parse(party.rule)
    assert found is not None, party.rule
    return found


def result(seats: Sequence[Party]) -> str:
    """What the seats of one round have come to; empty while it is open."""
    return decided(rule_of(seats[0]), [Seat(party.state, party.weight) for party in seats])


def names(parties: Iterable[Party]) -> list[str]:
    """Who they are, as a sentence lists them; a post at which nobody sits is called by its id."""
    return list(dict.fromkeys(party.person_name or str(party.post_id) for party in parties))
