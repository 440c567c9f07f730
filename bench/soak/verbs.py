"""Every verb by which people work on a case, in random order on SQLite and PostgreSQL at once, beside an independent reference.

One example of hypothesis is a walk through two cases; what differs is shrunk to the shortest walk that shows it and printed.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from bench.cluster import running
from bench.soak import walks
from tests.factories.kit import Kit
from tests.properties.engine.verbs.board import furnished
from tests.properties.engine.verbs.machine import VERBS, Verbs


@dataclass(frozen=True)
class Size:
    """How many verbs are played at the least, and how many a walk tries at the most; `walks` are begun with one seed."""

    steps: int
    walks: int
    verbs: int


WHOLE = Size(steps=200_000, walks=100, verbs=100)
QUICK = Size(steps=10_000, walks=50, verbs=60)
HANDS = 2  # processes, each with databases of its own
APART = 10**6  # between the seeds of one and the next


@dataclass(frozen=True)
class Played:
    """What one process has played."""

    different: list[str]
    accepted: Counter[str]
    refused: Counter[str]


@dataclass(frozen=True)
class Found:
    """What came of it. `different` are the shortest walks after which the databases or the reference disagreed; `accepted` and `refused` say how
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
        """Walks that came out differently (a process stops at its first), and verbs of which nothing is shown."""
        return len(self.different) + len(self.untried)


def on_own_cluster(size: Size, number: int) -> Found:
    """In as many processes as there are hands; whatever was different stands in the figures of all."""
    begun, share = time.perf_counter(), replace(size, steps=-(-size.steps // HANDS))
    with ProcessPoolExecutor(HANDS, mp_context=get_context("spawn")) as hands:
        played = list(hands.map(alone, [share] * HANDS, [number + APART * hand for hand in range(HANDS)]))
    return together(played, time.perf_counter() - begun)


def together(played: Sequence[Played], seconds: float) -> Found:
    """The figures of all processes."""
    accepted, refused = (sum((getattr(one, name) for one in played), Counter[str]()) for name in ("accepted", "refused"))
    steps, different = accepted.total() + refused.total(), [walk for one in played for walk in one.different]
    untried = [verb for verb in VERBS if not accepted[verb]]
    return Found(steps, round(seconds, 1), round(steps / seconds, 1), different, untried, dict(sorted(accepted.items())), dict(sorted(refused.items())))


def alone(size: Size, number: int) -> Played:
    """On SQLite in a folder and on a server of its own, as the walks are."""
    disk = walks.MEMORY_DISK if walks.MEMORY_DISK.is_dir() else None
    with tempfile.TemporaryDirectory(dir=disk) as folder, running() as cluster, walks.databases(cluster, Path(folder)) as kits:
        return play(kits, size, number)


def play(kits: dict[str, Kit], size: Size, number: int) -> Played:
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
        print(f"seed {number}: {machine.steps():,} steps, {time.perf_counter() - begun:.0f} s", flush=True)
        number += 1
    return Played(different, machine.accepted, machine.refused)
