"""Every verb by which people work on a case, in random order on SQLite and PostgreSQL at once, beside an independent reference.

One example of hypothesis is a walk through two cases; what differs is shrunk to the shortest walk that shows it and printed.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from bench.cluster import running
from bench.soak import walks
from tests.factories.kit import Kit
from tests.properties.engine.verbs.board import furnished
from tests.properties.engine.verbs.machine import Verbs


@dataclass(frozen=True)
class Size:
    """How many verbs are played at the least, and how many a walk tries at the most; `walks` are begun with one seed."""

    steps: int
    walks: int
    verbs: int


WHOLE = Size(steps=200_000, walks=200, verbs=100)
QUICK = Size(steps=10_000, walks=100, verbs=60)


@dataclass(frozen=True)
class Found:
    """What came of it. `different` is the shortest walk after which the databases or the reference disagreed; `accepted` and `refused` say how
    often each verb was, `untried` which were never accepted.
    """

    steps: int
    seconds: float
    steps_per_second: float
    different: list[str]
    untried: list[str]
    accepted: dict[str, int]
    refused: dict[str, int]

    @property
    def faults(self) -> int:
        """Walks that came out differently (hypothesis stops at the first), and verbs of which nothing is shown."""
        return len(self.different) + len(self.untried)


def on_own_cluster(size: Size, number: int) -> Found:
    """On SQLite in a folder and on a server of its own, as the walks are."""
    disk = walks.MEMORY_DISK if walks.MEMORY_DISK.is_dir() else None
    with tempfile.TemporaryDirectory(dir=disk) as folder, running() as cluster, walks.databases(cluster, Path(folder)) as kits:
        return run(kits, size, number)


def run(kits: dict[str, Kit], size: Size, number: int) -> Found:
    """Walks on all of the nodes at once, from one seed after the other, until there are steps enough."""
    machine = Verbs.on([furnished(kit) for kit in kits.values()])
    chosen = settings(
        max_examples=size.walks, stateful_step_count=size.verbs, deadline=None, database=None, print_blob=False,
        phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    begun, different = time.perf_counter(), list[str]()
    while not different and machine.steps() < size.steps:
        try:
            run_state_machine_as_test(seed(number)(machine), settings=chosen)
        except AssertionError as found:
            different.append("\n".join([str(found), *getattr(found, "__notes__", ())]))
            print(different[-1], flush=True)
        number += 1
        print(f"{machine.steps():,} steps, {time.perf_counter() - begun:.0f} s", flush=True)
    seconds = time.perf_counter() - begun
    counted = ({verb: count[verb] for verb in sorted(count)} for count in (machine.accepted, machine.refused))
    return Found(machine.steps(), round(seconds, 1), round(machine.steps() / seconds, 1), different, machine.untried(), *counted)
