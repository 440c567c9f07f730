"""Several clients at once, what each of their operations took, and what it cost the process."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Client:
    """One client: microseconds of its operations in the order in which they were done."""

    number: int
    took: list[int] = field(default_factory=list)
    refused: int = 0

    def time(self, act: Callable[[], Any]) -> Any:
        begun = time.perf_counter_ns()
        answer = act()
        self.took.append((time.perf_counter_ns() - begun) // 1000)
        return answer


def resident_kb(pid: int | str = "self") -> int:
    """What a process holds in memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)


def measured(clients: int, work: Callable[[Client], None], *, first: int = 0) -> dict[str, Any]:
    """Runs the work of all clients and gives what a Java peer answers too; `first` is the number of the first client."""
    everyone = [Client(first + n) for n in range(clients)]
    cpu, wall = time.process_time(), time.perf_counter()
    if clients == 1:
        work(everyone[0])
    else:
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(work, everyone))
    return answer(everyone, time.perf_counter() - wall, time.process_time() - cpu)


def answer(everyone: list[Client], wall: float, cpu: float, done: int | None = None) -> dict[str, Any]:
    """A result in the form in which all players give it."""
    return {
        "done": sum(len(c.took) for c in everyone) if done is None else done, "refused": sum(c.refused for c in everyone),
        "wall_s": wall, "cpu_s": cpu, "rss_kb": resident_kb(), "us": [c.took for c in everyone if c.took],
    }  # fmt: skip


def until(seconds: float, turn: Callable[[Client], None]) -> Callable[[Client], None]:
    """The same turn again and again; the last one is finished."""

    def work(client: Client) -> None:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            turn(client)

    return work
