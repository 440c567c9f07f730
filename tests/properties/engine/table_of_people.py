"""A second opinion on the verbs by which several work on one task: plain Python over lists, written from ADR 13, without the engine's code.

A round is decided here by trying every way in which those who are still open could answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product

CLERKS = ("ann", "bob", "cao", "dou")
EVERYBODY = (*CLERKS, "chief", "eva")
SHARES = {"all": Fraction(1), "sequence": Fraction(1), "share:0.5": Fraction(1, 2), "share:0.67": Fraction(67, 100)}
SIGNING = ("before", "after", "sign")


class No(Exception):
    """A refusal; its text is the name of the class that the engine must raise."""


@dataclass
class Seat:
    """One who was asked at a step."""

    step: str
    kind: str
    rule: str
    round: int
    person: str
    state: str
    blocks: bool
    handed_in_by: str = ""

    @property
    def is_open(self) -> bool:
        return self.state in {"open", "waiting"}


@dataclass
class Table:
    """One case: two steps, of which whoever did the first may not do the second."""

    step: str = "fill"
    holder: str = ""
    draft: bool = False
    seats: list[Seat] = field(default_factory=list)
    copies: dict[str, str] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    done: dict[str, str] = field(default_factory=dict)
    rounds: int = 0

    # --- who may what --------------------------------------------------------------------------------------------------------

    def here(self) -> list[Seat]:
        return [seat for seat in self.seats if seat.step == self.step]

    def holds_post(self, who: str) -> bool:
        return who in CLERKS or (who == "chief" and self.step == "review")

    def prepared(self, who: str) -> bool:
        signed = any(s.step == "fill" and s.person == who and s.kind != "ask" and s.state in {"agreed", "refused", "answered"} for s in self.seats)
        return self.step == "review" and (self.done.get("fill") == who or signed)

    def stands_still(self) -> bool:
        return any((s.kind == "delegate" and s.state == "open") or (s.kind == "after" and s.blocks and s.is_open) for s in self.here())

    def sees(self, who: str) -> bool:
        """Of Eva, who is of another office: by a seat whose turn has come and which was not taken back, or by a copy."""
        return who in self.copies or any(s.person == who and s.state not in {"withdrawn", "waiting"} for s in self.seats)

    def mine(self, who: str) -> bool:
        return self.step != "end" and (self.holder == who or any(s.person == who and s.state == "open" for s in self.here()))

    # --- verbs ---------------------------------------------------------------------------------------------------------------

    def must_be_open(self, error: str = "TaskNotOpen") -> None:
        if self.step == "end":
            raise No(error)

    def claim(self, who: str) -> None:
        self.must_be_open()
        if not self.holds_post(who):
            raise No("NotYours")
        if self.holder and self.holder != who and self.holder not in self.left:
            raise No("TaskAlreadyClaimed")
        if self.holder != who and self.prepared(who):
            raise No("PreparedByYou")
        self.holder = who

    def release(self, who: str) -> None:
        self.must_be_open()
        if self.holder != who:
            raise No("NotYours")
        if self.stands_still():
            raise No("NotPossibleNow")
        self.holder = ""

    def complete(self, who: str, good: bool) -> None:
        self.must_be_open()
        if self.holder and self.holder != who:
            raise No("TaskAlreadyClaimed" if self.holds_post(who) else "NotYours")
        if not self.holds_post(who):
            raise No("NotYours")
        if self.prepared(who):
            raise No("PreparedByYou")
        if any(s.blocks and s.is_open for s in self.here()):
            raise No("WaitsForOthers")
        if self.step == "fill" and not good:
            raise No("FormInvalid")
        later = [s for s in self.here() if s.kind == "after" and s.is_open]
        if not later:
            self.goes_on(who)
            return
        self.holder, self.draft = who, True
        for seat in later:
            seat.blocks, seat.handed_in_by = True, who
        for number in {s.round for s in later}:
            seats = [s for s in later if s.round == number]
            for seat in seats if seats[0].rule != "sequence" else seats[:1]:
                seat.state = "open"

    def goes_on(self, who: str) -> None:
        for seat in self.here():
            if seat.is_open:
                seat.state = "withdrawn"
        self.done[self.step] = who
        self.step, self.holder, self.draft = ("review" if self.step == "fill" else "end"), "", False

    def transfer(self, who: str, to: str, reason: str) -> None:
        self.must_be_open()
        if self.holder != who and who != "chief":
            raise No("NotYours")
        if self.stands_still():
            raise No("NotPossibleNow")
        if not reason or to in self.left or not self.holds_post(to) or to == self.holder or self.prepared(to):
            raise No("NotEligible")
        self.holder = to

    def ask(self, who: str, kind: str, people: list[str], rule: str, waits: bool) -> None:
        self.must_be_open()
        if self.holder != who:
            raise No("NotYours")
        if kind != "ask" and self.stands_still():
            raise No("NotPossibleNow")
        people = list(dict.fromkeys(people))
        busy = {s.person for s in self.here() if s.is_open}
        wrong = not people or who in people or (kind == "delegate" and len(people) > 1) or bool(set(people) & (busy | self.left))
        if wrong or (kind != "ask" and any(self.prepared(p) for p in people)):
            raise No("NotEligible")
        self.rounds += 1
        for number, person in enumerate(people):
            state = "waiting" if kind == "after" or (kind in SIGNING and rule == "sequence" and number) else "open"
            blocks = kind in {"delegate", "before", "sign"} or (kind == "ask" and waits)
            self.seats.append(Seat(self.step, kind, rule if kind in SIGNING else "", self.rounds, person, state, blocks))

    def copy(self, who: str, people: list[str]) -> None:
        self.must_be_open()
        if self.holder != who:
            raise No("NotYours")
        if not people or who in people or set(people) & (self.left | {s.person for s in self.here() if s.is_open}):
            raise No("NotEligible")
        for person in people:
            self.copies.setdefault(person, "unread")

    def read(self, who: str) -> None:
        self.copies[who] = "read"

    def answer(self, who: str, number: int, agrees: bool) -> None:
        seat = self.seats[number]
        if seat.person != who:
            raise No("NotYours")
        if seat.step != self.step or seat.state != "open":
            raise No("NoLongerAsked")
        if seat.kind != "ask" and self.prepared(who):
            raise No("PreparedByYou")
        seat.state = ("agreed" if agrees else "refused") if seat.kind in SIGNING else "answered"
        self.draft = self.draft or seat.kind == "delegate"
        self.look_at([seat.round])

    def remove(self, who: str, number: int) -> None:
        seat = self.seats[number]
        if seat.step != self.step:
            raise No("TaskNotOpen")
        if self.holder != who:
            raise No("NotYours")
        if not seat.is_open:
            raise No("NoLongerAsked")
        seat.state = "withdrawn"
        self.look_at([seat.round])

    def give_up(self) -> None:
        lost = [s for s in self.here() if s.is_open and s.person in self.left]
        for seat in lost:
            seat.state = "withdrawn"
        self.look_at(list(dict.fromkeys(s.round for s in lost)))

    # --- rounds --------------------------------------------------------------------------------------------------------------

    def look_at(self, numbers: list[int]) -> None:
        """Rounds in which something has changed: decided, or the next one's turn."""
        outcomes = []
        for number in numbers:
            seats = [s for s in self.seats if s.round == number]
            if not seats[0].rule or (seats[0].kind == "after" and not seats[0].blocks):
                continue
            if outcome := decided_by_trying(seats):
                for seat in seats:
                    if seat.is_open:
                        seat.state = "withdrawn"
                if seats[0].kind == "after":
                    outcomes.append((outcome, seats[0].handed_in_by))
            elif seats[0].rule == "sequence" and not any(s.state == "open" for s in seats):
                next(s for s in seats if s.state == "waiting").state = "open"
        later = [s for s in self.here() if s.kind == "after" and s.is_open]
        if any(outcome != "agreed" for outcome, _by in outcomes):
            for seat in later:
                seat.state = "withdrawn"
        elif outcomes and not later:
            self.goes_on(outcomes[-1][1])


def decided_by_trying(seats: list[Seat]) -> str:
    """What a round comes to however the rest may answer; empty where that still matters."""
    live = [s for s in seats if s.state != "withdrawn"]
    if not live:
        return "lapsed"
    said = [s.state == "agreed" for s in live if not s.is_open]
    if seats[0].rule == "any":
        return ("agreed" if said[0] else "refused") if said else ""
    silent, share = sum(s.is_open for s in live), SHARES[seats[0].rule]
    ends = {sum((*said, *rest)) >= share * len(live) for rest in product((True, False), repeat=silent)}
    return ("agreed" if True in ends else "refused") if len(ends) == 1 else ""
