"""Those who play: each a process or two that stay alive, asked by lines of text. Two processes answer as one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.beside import maven
from bench.cluster import Cluster
from bench.workloads.models import write_models

CORES = 2
LEAVE_S = 10
ROOT = Path(__file__).parents[2]
TITLES = {
    "ours": "ours",
    "camunda": "Camunda 7.24.0",
    "flowable": "Flowable 8.0.0",
    "library": "SpiffWorkflow 3.2, no database",
    "bare": "bare SQL",
}
PYTHON = ("ours", "library", "bare")


class PlayerDied(Exception):
    """A player ended before it answered; its own words stand above."""


@dataclass
class Result:
    """What a run came to, all processes together."""

    done: int
    refused: int
    wall_s: float
    cpu_s: float
    rss_kb: int
    us: list[list[int]] = field(default_factory=list)
    database_cpu_s: float = 0.0

    @property
    def latencies(self) -> list[int]:
        return sorted(value for series in self.us for value in series)


def _together(answers: Sequence[dict[str, Any]]) -> Result:
    total = {name: sum(a[name] for a in answers) for name in ("done", "refused", "cpu_s", "rss_kb")}
    return Result(wall_s=max(a["wall_s"] for a in answers), us=[series for a in answers for series in a["us"]], **total)


class Player:
    """A named player with a database of its own."""

    def __init__(self, name: str, cluster: Cluster, commands: Sequence[Sequence[str]]) -> None:
        self.name, self.cluster = name, cluster
        self._processes: list[subprocess.Popen[str]] = []
        for command in commands:  # one after the other: the first deploys
            process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
            self._processes.append(process)
            self._answer(process)

    def _answer(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise PlayerDied(self.name)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _ask(self, processes: Sequence[subprocess.Popen[str]], *words: object) -> list[dict[str, Any]]:
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(" ".join(str(word) for word in words) + "\n")
            process.stdin.flush()
        return [self._answer(process) for process in processes]

    def ask(self, *words: object) -> dict[str, Any]:
        """The first process alone."""
        return self._ask(self._processes[:1], *words)[0]

    def run(self, workload: str, clients: int, *given: object) -> Result:
        """A measured run of so many clients, shared out among the processes."""
        before = self.cluster.cpu_s(self.name)
        result = _together(self._ask(self._processes, "run", workload, clients // len(self._processes), *given))
        result.database_cpu_s = self.cluster.cpu_s(self.name) - before
        return result

    def single(self, *words: object) -> Result:
        """The first process alone, with what it answers as a result."""
        return _together([self.ask(*words)])

    def close(self) -> None:
        """Ends them, all at once."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.close()
        for process in self._processes:
            try:
                process.wait(timeout=LEAVE_S)
            except subprocess.TimeoutExpired:  # in the middle of a round that nobody waits for any more
                process.kill()


def start(name: str, cluster: Cluster, folder: Path, *, port: int = 0, processes: int = CORES) -> Player:
    """Starts a player on the database of its name, directly or through a proxy on `port`."""
    if name in PYTHON:
        scheme = (
            cluster.url(name, port).replace("postgresql:", "postgresql+psycopg:") if name == "ours" else cluster.url(name, port)
        )
        commands = [[sys.executable, "-m", f"bench.workloads.{name}", scheme, str(n * 32)] for n in range(processes)]
        return Player(name, cluster, commands)
    write_models(name, folder / name)
    jdbc = f"jdbc:postgresql://127.0.0.1:{port or cluster.port}/{name}?user=bench&sslmode=disable&gssEncMode=disable"
    return Player(name, cluster, [maven.command(name, jdbc, folder / name)])
