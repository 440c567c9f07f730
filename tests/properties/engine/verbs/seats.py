"""Those who were asked at one task beside its holder, written from ADR 13.

A round is decided here by trying every way in which those who are still open could answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

from tests.properties.engine.verbs.people import CHIEF, No

SHARES = {"all": Fraction(1), "sequence": Fraction(1), "share:0.5": Fraction(1, 2), "share:0.67": Fraction(67, 100)}
RULES = (*SHARES, "any")
SIGNING = ("before", "after", "sign")
ACTED = frozenset(("agreed", "refused", "answered"))


@dataclass
class Seat:
    """One who was asked; the model may ask the post of the chief, at which nobody sits (`person` empty) before he acts."""

    kind: str
    rule: str
    round: int
    person: str
    state: str
    blocks: bool
    of_model: bool = False
    handed_in_by: str = ""
    counts: bool = True  # not, once he was taken off

    @property
    def is_open(self) -> bool:
        return self.state in {"open", "waiting"}

    def is_of(self, who: str) -> bool:
        """Whether somebody sits here, or may sit down."""
        return (self.person or CHIEF) == who


class Seats(list[Seat]):
    """All seats of a task, in the order in which they were asked."""

    def busy(self) -> set[str]:
        """Who is asked by name and has not answered."""
        return {seat.person for seat in self if seat.is_open and seat.person}

    def are_signed_by(self, who: str) -> bool:
        """Whether he is to sign, or has."""
        return any(seat.kind in SIGNING and seat.person == who and (seat.is_open or seat.state in ACTED) for seat in self)

    def stand_still(self) -> bool:
        """Whether the task is with a delegate, or handed in."""
        return any((s.kind == "delegate" and s.state == "open") or (s.kind == "after" and s.blocks and s.is_open) for s in self)

    def hold_up(self) -> bool:
        """Whether the holder has to wait."""
        return any(seat.blocks and seat.is_open for seat in self)

    def answered(self) -> bool:
        """Whether anybody has said anything."""
        return any(seat.state in ACTED for seat in self)

    def add(self, kind: str, people: Iterable[str], rule: str, *, waits: bool, of_model: bool = False) -> None:
        """They are asked together; those who sign after the holder are asked when he hands in."""
        number = 1 + max((seat.round for seat in self), default=0)
        for at, person in enumerate(people):
            later = kind == "after" or (kind in SIGNING and rule == "sequence" and at > 0)
            blocks = kind in {"delegate", "before", "sign"} or (kind == "ask" and waits)
            self.append(Seat(kind, rule if kind in SIGNING else "", number, person, "waiting" if later else "open", blocks, of_model))

    def to_sign_later(self) -> list[Seat]:
        return [seat for seat in self if seat.kind == "after" and seat.is_open and not seat.blocks]

    def hand_in(self, who: str) -> None:
        """Those who sign after him are asked: of those in order the first."""
        later = self.to_sign_later()
        for seat in later:
            seat.blocks, seat.handed_in_by = True, who
        for number in {seat.round for seat in later}:
            together = [seat for seat in later if seat.round == number]
            for seat in together if together[0].rule != "sequence" else together[:1]:
                seat.state = "open"

    def acted(self, seat: Seat, who: str, *, agrees: bool) -> str:
        """Somebody answers; what `settle` says."""
        if seat.state != "open":
            raise No("NoLongerAsked")
        seat.person, seat.state = who, ("agreed" if agrees else "refused") if seat.kind in SIGNING else "answered"
        return self.settle([seat.round])

    def take_off(self, off: list[Seat]) -> str:
        """They are asked no longer; what `settle` says."""
        for seat in off:
            seat.state, seat.counts = "withdrawn", False
        return self.settle(list(dict.fromkeys(seat.round for seat in off)))

    def signed(self) -> dict[str, Any] | None:
        """What stays with the case when the task is done: what those who signed with its holder came to, and every signature."""
        rounds = [[seat for seat in self if seat.kind == "sign" and seat.round == number] for number in sorted({s.round for s in self if s.kind == "sign"})]
        signatures = [(seat.person, seat.kind, seat.state == "agreed") for seat in self if seat.kind in SIGNING and seat.state in ACTED]
        if not rounds and not signatures:
            return None
        came, asked = {decided_by_trying(seats) for seats in rounds}, [seat for seats in rounds for seat in seats]
        return {
            "result": next((result for result in ("refused", "agreed") if result in came), "lapsed"), "of": sum(seat.counts for seat in asked),
            **{state: sum(seat.state == state for seat in asked) for state in ("agreed", "refused")}, "signatures": signatures,
        }  # fmt: skip

    def close(self) -> None:
        """The task is over."""
        for seat in self:
            if seat.is_open:
                seat.state = "withdrawn"

    def settle(self, rounds: list[int]) -> str:
        """Rounds in which something has changed: decided, or the next one's turn. The name of him in whose name the task goes on, if it does."""
        after: list[tuple[str, str]] = []
        for number in rounds:
            seats = [seat for seat in self if seat.round == number]
            if not seats[0].rule or (seats[0].kind == "after" and not any(seat.blocks for seat in seats)):
                continue
            if outcome := decided_by_trying(seats):
                for seat in seats:
                    if seat.is_open:
                        seat.state = "withdrawn"
                if seats[0].kind == "after":
                    after.append((outcome, next(seat.handed_in_by for seat in seats if seat.handed_in_by)))
            elif seats[0].rule == "sequence" and not any(seat.state == "open" for seat in seats):
                next(seat for seat in seats if seat.state == "waiting").state = "open"
        if any(outcome != "agreed" for outcome, _by in after):
            self.back_to_holder()
            return ""
        still = any(seat.kind == "after" and seat.is_open for seat in self)
        return after[-1][1] if after and not still else ""

    def back_to_holder(self) -> None:
        """Nobody signs after him any more."""
        for seat in self:
            if seat.kind == "after" and seat.is_open:
                seat.state = "withdrawn"


def decided_by_trying(seats: list[Seat]) -> str:
    """What a round comes to however the rest may answer; empty where that still matters."""
    live = [seat for seat in seats if seat.state != "withdrawn"]
    if not live:
        return "lapsed"
    said = [seat.state == "agreed" for seat in live if not seat.is_open]
    if seats[0].rule == "any":
        return ("agreed" if said[0] else "refused") if said else ""
    silent, share = sum(seat.is_open for seat in live), SHARES[seats[0].rule]
    ends = {sum((*said, *rest)) >= share * len(live) for rest in product((True, False), repeat=silent)}
    return ("agreed" if True in ends else "refused") if len(ends) == 1 else ""
