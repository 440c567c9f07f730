"""A station with a door made of lists, and jobs for it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pypdf import PdfWriter

from hardware.clerk import Wanted
from hardware.door import Job
from hardware.layout import HOLDER, read_file
from hardware.simulator import Counter, Fault, MemoryShelf, Shelf, SimulatedCard
from hardware.station import Station

TAX, IC, NUMBER, OTHER = "661200001", "500100001", "610113220000010", "610113220000029"
NOW, TODAY = datetime(2003, 3, 3, 2, tzinfo=UTC), date(2003, 3, 3)
OWNER = {"taxpayer_number": NUMBER, "enterprise_name": "西安秦岭机械制造有限公司"}
ISSUE = {**OWNER, "tax_card": TAX, "ic_card": IC, "machine_no": 1, "version": "ten_thousand", "per_invoice": Decimal(100000), "monthly_quantity": 25}
SALE = {"ic_card": IC, "taxpayer_number": NUMBER, "invoice_code": "6100033140", "number_from": "00000001", "number_to": "00000025", "count": 25, "sold_on": TODAY}




def _sheet() -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(595, 842)
    writer.write(out)
    return out.getvalue()


PAPER = _sheet()


def job(topic: str, given: Mapping[str, Any], key: str = "case:1", attempt: int = 1) -> Job:
    return Job(f"id-{key}", key, f"station.{topic}", given, "纳入防伪税控", attempt)


@dataclass
class ListDoor:
    """Hands out jobs; keeps what was answered. `shut` is raised instead, so often."""

    jobs: list[Job]
    told: list[tuple[Any, ...]] = field(default_factory=list)
    shut: list[Exception] = field(default_factory=list)
    lines: list[tuple[str, str, list[str]]] = field(default_factory=list)
    shut_paper: Exception | None = None

    def fetch(self, topics: Sequence[str], wait_s: float) -> Sequence[Job]:
        return [self.jobs.pop(0)] if self.jobs else []

    def complete(self, job: Job, results: Mapping[str, Any]) -> None:
        self._tell("complete", job.key, dict(results))

    def error(self, job: Job, code: str, message: str, en: str = "") -> None:
        self._tell("error", job.key, code, message)

    def fail(self, job: Job, reason: str, retry_in_s: int, en: str = "") -> None:
        self._tell("fail", job.key, reason)

    def prolong(self, job: Job) -> None:
        self._tell("prolong", job.key)

    def paper(self, job: Job) -> bytes:
        if self.shut_paper is not None:
            raise self.shut_paper
        return PAPER

    def progress(self, job: Job, zh: str, en: str, waits: Sequence[Wanted] = ()) -> None:
        self.lines.append((zh, en, [one.serial for one in waits]))

    def _tell(self, *what: Any) -> None:
        if self.shut:
            raise self.shut.pop(0)
        self.told.append(what)


def at_counter(*jobs: Job, shelf: Shelf | None = None, now: Callable[[], datetime] = lambda: NOW, **how: Any) -> tuple[Station, ListDoor]:
    """A station whose clerk waits for nobody."""
    door, counter = ListDoor(list(jobs)), Counter(shelf or MemoryShelf(), lambda: TODAY, **how)
    return Station(door, counter.desk(), now, patience_s=0), door


def work(*jobs: Job, shelf: Shelf | None = None, **how: Any) -> list[tuple[Any, ...]]:
    """What the house is told of these jobs."""
    station, door = at_counter(*jobs, shelf=shelf, **how)
    station.work_off()
    return door.told


def on_card(shelf: Shelf, serial: str, file: str = HOLDER) -> Any:
    """What a card holds."""
    plastic = shelf.take(serial)
    assert plastic is not None
    return read_file(SimulatedCard(shelf, plastic), file)


@dataclass
class Counting:
    """A shelf that counts how often a card was changed, by file."""

    inner: MemoryShelf = field(default_factory=MemoryShelf)
    changes: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def room(self) -> Path:
        return self.inner.room

    def take(self, serial: str) -> Any:
        return self.inner.take(serial)

    def put(self, card: Any) -> None:
        before = self.inner.take(card.serial)
        for name, content in card.files.items():
            if before is None or before.files.get(name, "") != content:
                self.changes[card.serial, name] = self.changes.get((card.serial, name), 0) + 1
        self.inner.put(card)


FAULTS = [Fault(when, at) for at in (1, 2, 3, 4) for when in ("before", "torn", "after")]

# --- an upgrade ------------------------------------------------------------------------------------------------------------
MONTH, DISK = "2003-03", "SJ200303"
STOCK = [  # of the card TAX, as hardware.simulator.supposed has it: base 1000
    {"code": "1100053140", "number_from": "00001013", "number_to": "00001025", "count": 13},
    {"code": "1100053140", "number_from": "00001026", "number_to": "00001050", "count": 25},
]
BOTH = {"taxpayer_number": NUMBER, "tax_card": TAX, "ic_card": IC}
UPGRADE: dict[str, dict[str, Any]] = {  # in their order at the counters
    "read_state": {"tax_card": TAX, "month": MONTH, "taxpayer_number": NUMBER},
    "export_month": {"tax_card": TAX, "taxpayer_number": NUMBER, "month": MONTH, "disk_label": DISK},
    "back_up_data": {"tax_card": TAX, "taxpayer_number": NUMBER, "backup_name": f"BF-{NUMBER}"},
    "give_back": {**BOTH, "volumes": STOCK},
    "read_refund": {"ic_card": IC, "taxpayer_number": NUMBER},
    "take_refund": {"ic_card": IC, "taxpayer_number": NUMBER, "volumes": STOCK},
    "load_card": {"tax_card": TAX, "taxpayer_number": NUMBER, "outside_period": 7},
    "upgrade_cards": {**BOTH, "card_version": "V6.10", "ordinary_per_invoice": Decimal(10000), "ordinary_quantity": 50},
    "put_on": {"ic_card": IC, "taxpayer_number": NUMBER, "volumes": STOCK},
    "read_in": {**BOTH, "volumes": STOCK},
    "print_label": {"paper": "paper-1"},
    "print_paper": {"paper": "paper-2", "copies": 2},
}


def until(topic: str, shelf: Shelf) -> Shelf:
    """The counters as they are when this job of an upgrade comes."""
    for before in list(UPGRADE)[: list(UPGRADE).index(topic)]:
        ((what, *_rest),) = work(job(before, UPGRADE[before], f"case:{before}"), shelf=shelf)
        assert what == "complete", before
    return shelf
