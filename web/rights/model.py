"""What the table of rights is made of: who stands before a door, how he stands to a case, and what is answered.

A *row* is one address with its method; its *kind* says who is let in and, where the address names a case, a person or an office, what
whoever was let in is answered by his relation to it. What a kind does not name is not there (404): refused and not-there look alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.people import Actor

EVERYBODY, PERSON, OFFICE, READER, PARTY, STATION = "everybody", "person", "office", "reader", "party", "station"  # marks beside the roles that a person holds


class Answer(StrEnum):
    """What a caller is told."""

    OPEN = "open"
    UNKNOWN = "401"  # nobody without the credential of a station
    SIGN_IN = "sign-in"
    SHUT = "403"
    GONE = "404"
    LATE = "409"  # whoever may see it is told that it is no longer, or not now, to be done


class Relation(StrEnum):
    """How somebody stands to the case, person or office that an address names."""

    HOLDER = "holder"
    POSTED = "posted"
    OFFICE = "own-office"
    ENDER = "own-office-may-end"
    BENEATH = "beneath"
    DEPUTY = "deputy"
    SIGNER = "signer"
    ASKED = "asked"
    COPIED = "copied"
    DONE = "done-before"
    NAMED = "named-party"
    OTHER = "other"


class About(StrEnum):
    """What an address names."""

    NOTHING = ""
    CASE = "case"
    TASK = "task"
    PROCESS = "process"  # a process that those start who hold a post for it
    REALM = "realm"  # a person, an office, a party, a deputyship that an administrator of certain offices looks after
    OWN = "own"  # a notice or a deputyship of the person who asks: what is somebody else's is not there
    TREE = "tree"  # nothing, but it counts for every office: open only to an administrator of the whole tree
    LIST = "list"  # nothing, but it lists cases: `cells` says whose appear


Cells = Mapping[Relation, Answer]
NO_CELLS: Cells = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of address. `doors` are marks of which one lets in, `shut` is what all others are told.

    `cells`: by relation to a case that runs; `closed`: to one that is over, the same where it is None. `before_duties`: open to whoever
    still owes an own password or a second factor; `by_credential`: to stations, which show a credential and have no session.
    """

    key: str
    name: object
    doors: frozenset[str]
    shut: Answer = Answer.SHUT
    about: About = About.NOTHING
    cells: Cells = field(default_factory=lambda: NO_CELLS)
    closed: Cells | None = None
    before_duties: bool = False
    by_credential: bool = False

    @property
    def is_public(self) -> bool:
        """Whether nobody needs to sign in."""
        return EVERYBODY in self.doors

    def lets_in(self, marks: frozenset[str]) -> bool:
        """Whether somebody with these marks passes the door."""
        return not self.doors.isdisjoint(marks)

    def cell(self, relation: Relation, *, is_closed: bool = False) -> Answer:
        """What somebody who was let in is answered about a case to which he stands so."""
        cells = self.closed if is_closed and self.closed is not None else self.cells
        return cells.get(relation, Answer.GONE)


@dataclass(frozen=True, eq=False)
class Row:
    """One address: its endpoint and method. `only`: the row is for these values of a part of the address; `files`: a form with files may come;
    not `attended`: pages ask for it by themselves, which is no sign that somebody sits there and keeps no session alive. What changes something is
    done once for the key of its form (web/keys.py); `keyless` says why it need not be.
    """

    endpoint: str
    method: str
    kind: Kind
    only: tuple[str, frozenset[str]] | None = None
    files: bool = False
    attended: bool = True
    keyless: str = ""

    def fits(self, values: Mapping[str, object] | None) -> bool:
        """Whether it is the row for an address with these parts."""
        return self.only is None or str((values or {}).get(self.only[0])) in self.only[1]


def lent(role: str) -> str:
    """The mark of whoever stands in for somebody of a role."""
    return f"lent:{role}"


def marks_of(actor: Actor) -> frozenset[str]:
    """What opens doors to a person: every role, own or lent, a post that shows the cases of an office, a party for
    which he acts, cases that are seen at all.
    """
    found = {PERSON, EVERYBODY, *actor.roles, *(lent(role) for stead in actor.steads for role in stead.roles)}
    if actor.scopes:
        found.add(OFFICE)
    if actor.party:
        found.add(PARTY)
    if actor.sights or actor.party:
        found.add(READER)
    return frozenset(found)
