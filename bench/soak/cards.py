"""Power cuts on a real service of readers: every command of 退票, 回购 and 读入, on either card, before, after and in its middle; each volume in one place.

The same cuts are made on chips at hand in `./test` (tests/unit/hardware/test_volumes.py); here pcscd and its client library stand between.

Source: Xicheng, 三(二)4, 三(三), 三(七), 三(八)1.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hardware import volumes
from hardware.card.chip.host import CardProcess, FaultKind
from hardware.card.golden import GoldenTaxCard
from hardware.card.iso import IsoCard
from hardware.card.pcsc import PcscReader
from hardware.ports import IC_CARD, TAX_CARD, CardRemoved, Volume
from tests.factories import pcscd
from tests.factories.chips import PIN, authority

VOLUME = Volume("4403034140", "00012001", 17)
CUTS: tuple[FaultKind, ...] = ("before", "after", "torn")
SERIALS = {TAX_CARD: "JSK-1", IC_CARD: "ICK-1"}
SEEN_S = 5.0
Act = Callable[[GoldenTaxCard, IsoCard, str], None]
ACTS: tuple[tuple[str, str, Act], ...] = (  # on a volume that goes round: name, where it is before
    ("put_on", "", lambda _tax, ic, key: volumes.put_on(ic, key, VOLUME)),
    ("read_in", IC_CARD, lambda tax, ic, key: volumes.read_in(tax, ic, key, VOLUME)),
    ("give_back", TAX_CARD, lambda tax, ic, key: volumes.give_back(tax, ic, key, VOLUME)),
)


@dataclass(frozen=True)
class Size:
    """Every how many commands one is cut."""

    stride: int


WHOLE, QUICK = Size(stride=1), Size(stride=25)


@dataclass
class Found:
    """What was cut, and each cut after which a volume was lost, doubled or not moved by the repetition."""

    cuts: int = 0
    taken_back: int = 0
    finished: int = 0
    seconds: float = 0.0
    different: list[str] = field(default_factory=list)

    @property
    def faults(self) -> int:
        """Cuts after which a volume was in no place or in two."""
        return len(self.different)


class Desk:
    """Two cards in a virtual reader, each a process of its own."""

    def __init__(self, folder: Path, ports: list[int]) -> None:
        self.ports = dict(zip(SERIALS, ports, strict=False))
        self.reader = PcscReader()
        self.cards = {kind: CardProcess(kind, serial, folder, PIN) for kind, serial in SERIALS.items()}
        for kind, card in self.cards.items():
            card.insert(self.ports[kind])

    def inserted(self) -> tuple[GoldenTaxCard, IsoCard]:
        """Both cards with their PINs shown, waited for as long as the service takes to see them."""
        until = time.monotonic() + SEEN_S
        while len(there := {card.kind: card for card in self.reader.cards()}) < len(SERIALS):
            if time.monotonic() > until:
                raise TimeoutError("the service shows no cards")
            time.sleep(0.02)
        for card in there.values():
            card.verify(PIN)
        tax, ic = there[TAX_CARD], there[IC_CARD]
        assert isinstance(tax, GoldenTaxCard)
        assert isinstance(ic, IsoCard)
        return tax, ic

    def again(self, kind: str) -> None:
        """Draws a card, dead or not, and puts it in again, no quicker than the service looks."""
        self.cards[kind].draw()
        while any(card.kind == kind for card in self.reader.cards()):
            time.sleep(0.02)
        time.sleep(0.45)
        self.cards[kind].insert(self.ports[kind])

    def close(self) -> None:
        """Takes everything away."""
        for card in self.cards.values():
            card.close()
        self.reader.close()


def run(size: Size) -> Found:
    """Cuts and asks; raises NoPcsc where no service can be started."""
    found, begun = Found(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, pcscd.running(["Jinshui Counter"]) as slots:
        desk = Desk(Path(folder), list(slots.values()))
        try:
            tax, _ic = desk.inserted()
            tax.unlock(authority)
            for at, cut in enumerate(_cuts(desk, size)):
                _struck(desk, found, f"job-{at}", *cut)
        finally:
            desk.close()
    found.seconds = round(time.perf_counter() - begun, 1)
    return found


def _cuts(desk: Desk, size: Size) -> Iterator[tuple[str, str, Act, str, int, FaultKind]]:
    """Every act with the number of its commands, counted on a whole run; the volume is set back in between."""
    for name, begins, act in ACTS:
        _set(desk, begins)
        cards = desk.inserted()
        before = {kind: card.count() for kind, card in desk.cards.items()}
        act(*cards, f"count-{name}")
        for kind, card in desk.cards.items():
            yield from ((name, begins, act, kind, at, how) for at in range(1, card.count() - before[kind] + 1, size.stride) for how in CUTS)


def _struck(desk: Desk, found: Found, key: str, name: str, begins: str, act: Act, kind: str, at: int, how: FaultKind) -> None:
    _set(desk, begins)
    cards = desk.inserted()
    desk.cards[kind].fault(how, at, after_bytes=3)
    try:
        act(*cards, key)
    except CardRemoved:
        found.cuts += 1
    desk.again(kind)
    settled = volumes.settle(*desk.inserted())
    found.finished, found.taken_back = found.finished + (settled is True), found.taken_back + (settled is False)
    places = _where(desk)
    act(*desk.inserted(), key)
    ends = TAX_CARD if name == "read_in" else IC_CARD
    if places not in ([begins] if begins else [], [ends]) or _where(desk) != [ends]:
        found.different.append(f"{name}, {kind}, command {at}, {how}: {places}, then {_where(desk)}")


def _where(desk: Desk) -> list[str]:
    tax, ic = desk.inserted()
    return [TAX_CARD] * list(tax.stock()).count(VOLUME) + [IC_CARD] * volumes.on_card(ic).count(VOLUME)


def _set(desk: Desk, begins: str) -> None:
    """Brings the volume to where the next act begins, by acts that are not cut."""
    tax, ic = desk.inserted()
    unique = f"set-{time.perf_counter_ns()}"
    if begins == "":
        if _where(desk) == [TAX_CARD]:
            volumes.give_back(tax, ic, f"{unique}-out", VOLUME)
        volumes.take_off(ic, unique, VOLUME)
    elif begins == IC_CARD and _where(desk) != [IC_CARD]:
        volumes.give_back(tax, ic, unique, VOLUME) if _where(desk) else volumes.put_on(ic, unique, VOLUME)
    elif begins == TAX_CARD and _where(desk) != [TAX_CARD]:
        if not _where(desk):
            volumes.put_on(ic, f"{unique}-on", VOLUME)
        volumes.read_in(tax, ic, unique, VOLUME)
