"""After a seat has changed: is its round decided, whose turn is it next, and who is there no longer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from engine.kernel import Kernel
from engine.link import Link
from engine.parties import rows
from engine.parties.rows import Party
from engine.parties.rules import AFTER, Seat, decided, following


def settle(link: Link, parties: list[Party], round_: str, now: datetime) -> tuple[str, list[Party]]:
    """What a round has come to (empty while it is open), and the seats as they are then.

    Those whose word is not needed any more are withdrawn; in a round in order the next one is asked. Nothing is settled of those who sign
    after a task that is not handed in.
    """
    seats = [party for party in parties if party.round == round_]
    if not seats or not seats[0].rule or (seats[0].kind == AFTER and not any(party.blocks for party in seats)):
        return "", parties
    rule, plain = rows.rule_of(seats[0]), [Seat(party.state, party.weight) for party in seats]
    if result := decided(rule, plain):
        rest = [party for party in seats if party.is_undecided]
        rows.withdraw(link, rest, "decided", now)
        ids = {party.id for party in rest}
        return result, [rows.withdrawn(party, "decided") if party.id in ids else party for party in parties]
    if (at := following(rule, plain)) is not None:
        rows.open_now(link, [seats[at]])
        return "", [rows.opened(party) if party.id == seats[at].id else party for party in parties]
    return "", parties


def gone(kernel: Kernel, session: Session, parties: Sequence[Party]) -> list[Party]:
    """Those of undecided seats whose person is in no post any more: none is waited for for ever."""
    people = {party.person_id for party in parties if party.is_undecided and party.person_id}
    if not people:
        return []
    there = {found.person_id for found in kernel.directory.named(session, sorted(people), kernel.clock.today())}
    return [party for party in parties if party.is_undecided and party.person_id and party.person_id not in there]
