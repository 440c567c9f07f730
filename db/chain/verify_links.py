"""The chain itself: every link follows the one before it, has the head that its values give, and the mark of the installation's key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from db.chain import links
from db.chain.findings import EPOCH, GAP, SEAL, Finding, Result, Seam
from db.chain.links import Header
from db.chain.members import Group, Unreadable, unpacked

MOST_EPOCHS = 1_000  # in one step; more were never restored


@dataclass
class Walk:
    """Goes from link to link and remembers what the next must follow.

    `starts`: epoch → the first link of it; what was anchored from there on, before the restore, is forgotten on purpose.
    `drained_at`: by then everything older had been sealed.
    """

    key: bytes
    epochs: Mapping[int, tuple[str, str, str]]
    result: Result
    last: Header | None = None
    drained_at: str = ""
    heads: dict[int, str] = field(default_factory=dict)
    starts: dict[int, int] = field(default_factory=dict)
    is_sound: bool = True  # the link that was followed last

    def follow(self, header: Header, content: bytes) -> list[Group]:
        """Checks one link; its groups, as far as they can be read."""
        faults = self._faults(header, content)
        groups: list[Group] = []
        try:
            groups = list(unpacked(content))
        except Unreadable:
            faults.append("members")
        if sum(len(group.rows) for group in groups) != header.rows:
            faults.append("rows")
        if faults:
            self.result.add(Finding(SEAL, "seal", str(header.number), header.number, header.at, ", ".join(dict.fromkeys(faults))))
        self.is_sound = not faults
        self._see_epoch(header)
        self.heads[header.number] = header.head
        self.last = header
        self.result.seals += 1
        return groups

    def done_with(self, header: Header) -> None:
        """After the rows of a link were looked at, in the order of links."""
        if header.drained and self.is_sound:
            self.drained_at = header.at

    def _faults(self, header: Header, content: bytes) -> list[str]:
        number, head = (self.last.number, self.last.head) if self.last else (0, links.BEGINNING)
        if header.number != number + 1:
            missing = f"{number + 1}–{header.number - 1}"
            self.result.add(Finding(GAP, "seal", missing, number, self.last.at if self.last else "", ""))
        found = []
        if header.number == number + 1 and header.previous != head:
            found.append("previous")
        if self.last is not None and (header.at < self.last.at or header.epoch < self.last.epoch):
            found.append("order")
        if links.root_of(content) != header.root:
            found.append("root")
        if header.hashed() != header.head:
            found.append("head")
        if not links.is_marked(header.mac, links.mark(self.key, header.head)):
            found.append("mac")
        return found

    def _see_epoch(self, header: Header) -> None:
        """Before the first link of all there may have been restores that are older than the chain: they excuse nothing and are no fault."""
        before = self.last.epoch if self.last else 0
        for number in range(before + 1, min(header.epoch, before + MOST_EPOCHS) + 1):
            self.begin(number, header.number, must=self.last is not None)

    def begin(self, number: int, first: int, *, must: bool = True) -> None:
        """A new beginning, whose first link is `first`; it counts only where an owner of the key has signed it."""
        began_at, reason, found = self.epochs.get(number, ("", "", ""))
        if links.is_marked(found, links.epoch_mark(self.key, began_at, reason)):
            self.starts[number] = first
            self.result.seams.append(Seam(first, number, began_at, reason))
        elif must:
            self.result.add(Finding(EPOCH, "epoch", str(number), first, began_at, reason))

    def forgets(self, number: int, epoch: int) -> bool:
        """Whether a restore has done away with this link of an earlier epoch."""
        return any(later > epoch and first <= number for later, first in self.starts.items())
