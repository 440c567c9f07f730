"""Several people at one task: every verb in random order on SQLite and PostgreSQL at once, beside an independent reference.

One example of hypothesis is one case; what differs is shrunk to the shortest walk that shows it and printed.
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
from tests.properties.engine.party_machine import Verbs, furnished


@dataclass(frozen=True)
class Size:
    """How many cases are walked, and how many verbs each tries at the most."""

    cases: int
    verbs: int


WHOLE = Size(cases=5_000, verbs=60)
QUICK = Size(cases=60, verbs=40)


@dataclass(frozen=True)
class Found:
    """What came of it; `different` is the shortest walk after which the databases or the reference disagreed."""

    cases: int
    steps: int
    seconds: float
    different: list[str]

    @property
    def faults(self) -> int:
        """Walks that came out differently: hypothesis stops at the first."""
        return len(self.different)


def on_own_cluster(size: Size, number: int) -> Found:
    """On SQLite in a folder and on a server of its own, as the walks are."""
    disk = walks.MEMORY_DISK if walks.MEMORY_DISK.is_dir() else None
    with tempfile.TemporaryDirectory(dir=disk) as folder, running() as cluster, walks.databases(cluster, Path(folder)) as kits:
        return run(kits, size, number)


def run(kits: dict[str, Kit], size: Size, number: int) -> Found:
    """Walks on all of the nodes at once."""
    machine = type("Soaked", (Verbs,), {"kits": [furnished(kit) for kit in kits.values()], "steps": 0})
    chosen = settings(
        max_examples=size.cases, stateful_step_count=size.verbs, deadline=None, database=None, print_blob=False,
        phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    begun, different = time.perf_counter(), list[str]()
    try:
        run_state_machine_as_test(seed(number)(machine), settings=chosen)
    except AssertionError as found:
        different.append("\n".join([str(found), *getattr(found, "__notes__", ())]))
        print(different[-1], flush=True)
    return Found(size.cases, machine.steps, round(time.perf_counter() - begun, 1), different)
