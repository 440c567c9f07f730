"""Who may be asked what, and when what several were asked is decided: pure functions, no database."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

DELEGATE, BEFORE, AFTER, SIGN, ASK, COPY = "delegate", "before", "after", "sign", "ask", "copy"
KINDS = (DELEGATE, BEFORE, AFTER, SIGN, ASK, COPY)
SIGNS = frozenset((BEFORE, AFTER, SIGN))  # answered by agreeing or refusing, and decided by the rule of their round
ACTS = SIGNS | {DELEGATE}  # what counts as having done the step: separation of duties binds them
UNDECIDED = frozenset(("waiting", "open"))
ALL, SEQUENCE, ANY, MAJORITY, SHARE = "all", "sequence", "any", "majority", "share"
_SHARE = re.compile(r"share:(0?\.\d{1,4}|0|1|1\.0{1,4}|\d{1,3}%|\d{1,2}/[1-9]\d?)")
MOST_SEATS = 50  # at one task; what wants more is a matter for the model


@dataclass(frozen=True)
class Rule:
    """How the seats of one round decide together. `share`: the part of all weights that must agree."""

    name: str
    share: Fraction = Fraction(1)

    @property
    def in_order(self) -> bool:
        """Whether one is asked after the other."""
        return self.name == SEQUENCE

    def needed(self, whole: int) -> int:
        """How much of the whole must agree."""
        if self.name == ANY:
            return 1
        return whole // 2 + 1 if self.name == MAJORITY else ceil(whole * self.share)


@dataclass(frozen=True)
class Seat:
    """What the rules must know of one who was asked."""

    state: str
    weight: int = 1


@dataclass(frozen=True)
class Standing:
    """How a task stands, as the rules see it: whether it is with a delegate, and whether its holder has handed it in to after-signers."""

    is_delegated: bool = False
    is_handed_in: bool = False


def parse(text: str) -> Rule | None:
    """The rule that a model or a page names: all, sequence, any, majority (more than half), share:2/3, share:0.6 or share:60%; None for
    anything else.
    """
    text = text.strip()
    if text in {ALL, SEQUENCE, ANY, MAJORITY}:
        return Rule(text)
    if not _SHARE.fullmatch(text):
        return None
    number = text.partition(":")[2]
    share = Fraction(number.rstrip("%")) / (100 if number.endswith("%") else 1)
    return Rule(SHARE, share) if 0 < share <= 1 else None


def decided(rule: Rule, seats: Sequence[Seat]) -> str:
    """Agreed or refused as soon as nothing that is still open can change it; lapsed where nobody is left; empty before.

    Seats that were withdrawn do not count, neither for nor against, nor in the whole of which a share is taken.
    """
    live = [seat for seat in seats if seat.state != "withdrawn"]
    if not live:
        return "lapsed"
    agreed, refused = _weight(live, "agreed"), _weight(live, "refused")
    whole = sum(seat.weight for seat in live)
    if rule.name == ANY:
        return "agreed" if agreed else "refused" if refused else ""
    needed = rule.needed(whole)
    if agreed >= needed:
        return "agreed"
    return "refused" if whole - refused < needed else ""


def following(rule: Rule, seats: Sequence[Seat]) -> int | None:
    """The place of the seat that is asked next in a round in order; None while somebody is asked, and where nobody waits."""
    if not rule.in_order or any(seat.state == "open" for seat in seats):
        return None
    return next((at for at, seat in enumerate(seats) if seat.state == "waiting"), None)


def may_put(kind: str, standing: Standing) -> bool:
    """Whether the holder may ask this of others now: what is with a delegate or handed in stands still but for questions and copies."""
    return kind in {ASK, COPY} or not (standing.is_delegated or standing.is_handed_in)


def may_give_away(standing: Standing) -> bool:
    """Whether the task may be released or transferred: not while it is with a delegate, nor after it was handed in."""
    return not (standing.is_delegated or standing.is_handed_in)


def blocks(kind: str, *, wanted: bool) -> bool:
    """Whether the holder waits for an answer: always for a delegate and for those who sign before or with him, for a question if he wants to."""
    return kind in {DELEGATE, BEFORE, SIGN} or (kind == ASK and wanted)


def result_of(kind: str, *, agreed: bool | None) -> str:
    """The state of a seat that has acted; empty where the answer does not fit the question."""
    if kind in SIGNS:
        return {True: "agreed", False: "refused", None: ""}[agreed]
    return "answered" if kind in {DELEGATE, ASK} and agreed is None else ""


def _weight(seats: Sequence[Seat], state: str) -> int:
    return sum(seat.weight for seat in seats if seat.state == state)
