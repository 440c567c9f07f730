"""10,000 histories of devices on each kind of database, beside a second reckoning: one holder and one state at every moment, and a register that adds up."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from bench.cluster import running
from db.session import Database
from tests.properties.records.device_history import Tally, histories, play
from tests.rooms import emptied, empty_file
from tests.unit.records.xian import Xian, furnish

AT_ONCE = 50  # examples of one run of hypothesis


@dataclass(frozen=True)
class Size:
    """How many devices live on each database."""

    devices: int


WHOLE = Size(devices=10_000)
QUICK = Size(devices=100)


@dataclass
class Found:
    """What was played on both together; `different` tells each history at which the books and the second reckoning differ."""

    devices: int = 0
    acts: int = 0
    refusals: int = 0
    destroyed: int = 0
    lost: int = 0
    seconds: float = 0.0
    events: dict[str, int] = field(default_factory=dict)
    different: list[str] = field(default_factory=list)

    @property
    def faults(self) -> int:
        """Histories that differ."""
        return len(self.different)


def on_own_cluster(size: Size, number: int) -> Found:
    """On SQLite in a folder and on a server of its own, the same histories on both."""
    found, begun = Found(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, running() as cluster:
        cluster.create("devices")
        for database in (empty_file(Path(folder) / "devices.db"), emptied(Database(cluster.sqlalchemy_url("devices")))):
            live(database, size, number, found)
            database.dispose()
    found.seconds = round(time.perf_counter() - begun, 1)
    return found


def live(database: Database, size: Size, number: int, found: Found) -> None:
    """So many devices on one database; what came of it is added."""
    with database.write() as session:
        xian = furnish(session)
    tally = Tally()
    for more in count():
        if tally.devices >= size.devices:
            break
        try:
            _some(database, xian, tally, number + more)
        except AssertionError as differs:
            found.different.append(f"seed {number + more}: {differs}")
            break
    found.devices, found.acts, found.refusals = found.devices + tally.devices, found.acts + tally.done, found.refusals + tally.refused
    found.destroyed, found.lost = found.destroyed + tally.ends["destroyed"], found.lost + tally.events["report_loss"] + tally.events["put_on"]
    found.events = {name: found.events.get(name, 0) + tally.events[name] for name in sorted({*found.events, *tally.events})}


def _some(database: Database, xian: Xian, tally: Tally, number: int) -> None:
    @seed(number)
    @settings(max_examples=AT_ONCE, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(history=histories)
    def lives(history: list[int]) -> None:
        play(database, xian, history, tally)

    lives()
