"""Those who were asked together to sign: by which rule they decide, how far they are, and who stands against it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.parties import rows
from engine.parties.rows import DOES_NOT_COUNT, Party
from engine.parties.rules import SIGNS, Rule


@dataclass(frozen=True)
class Round:
    """`of`, `needed`, `agreed` and `refused` are people, or shares where `is_weighted`; `result` is empty while it is open."""

    id: str
    kind: str
    rule: Rule
    of: int
    needed: int
    agreed: int
    refused: int
    is_weighted: bool
    result: str
    against: tuple[Party, ...] = ()


def rounds(parties: Iterable[Party]) -> list[Round]:
    """The rounds of a task in their order, without those of which nobody counts any more."""
    found: dict[str, list[Party]] = {}
    for party in parties:
        if party.kind in SIGNS and party.because not in DOES_NOT_COUNT:
            found.setdefault(party.round, []).append(party)
    return [_round(seats) for seats in found.values()]


def refused(parties: Iterable[Party]) -> list[Round]:
    """The rounds that ended against it."""
    return [one for one in rounds(parties) if one.result == "refused"]


def _round(seats: list[Party]) -> Round:
    rule, whole = rows.rule_of(seats[0]), sum(seat.weight for seat in seats)
    agreed, against = [seat for seat in seats if seat.state == "agreed"], [seat for seat in seats if seat.state == "refused"]
    return Round(
        seats[0].round, seats[0].kind, rule, whole, rule.needed(whole), sum(seat.weight for seat in agreed), sum(seat.weight for seat in against),
        any(seat.weight != 1 for seat in seats), rows.result(seats), tuple(against),
    )  # fmt: skip
