"""What is played, and the order: every player in turn, round after round, so that a slow minute of the machine meets all."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.beside.loading import load
from bench.beside.players import CORES, Player, Result

CLAIMING = 64
ROWS = 25
CAP = 1000
POSTS_OF_READER = "post:11,post:222,post:333"
EVERYONE = ("ours", "camunda", "flowable", "bare", "library")
WITH_TABLES = EVERYONE[:-1]


@dataclass(frozen=True)
class Plan:
    """How long, how many."""

    rounds: int = 5
    seconds: float = 8
    warm_s: float = 20
    loops: int = 1000
    timers: int = 100_000
    timer_s: float = 10
    tasks: int = 1_000_000
    claims: int = 1024  # per round


QUICK = Plan(rounds=3, seconds=2, warm_s=4, loops=200, timers=10_000, timer_s=3, tasks=50_000, claims=256)


@dataclass
class Contest:
    """Players that are alive, and what they have done: workload → player → rounds."""

    plan: Plan
    players: dict[str, Player]
    folder: Path
    results: dict[str, dict[str, list[Result]]] = field(default_factory=dict)
    begun: float = field(default_factory=time.monotonic)

    def say(self, text: str) -> None:
        """Progress, with the seconds since the beginning."""
        print(f"{time.monotonic() - self.begun:6.0f} s  {text}", flush=True)

    def present(self, names: Sequence[str]) -> list[Player]:
        return [self.players[name] for name in names if name in self.players]

    def play(self, workload: str) -> None:
        """Loads, warms up, and plays all rounds of one workload."""
        names = EVERYONE if workload in {"W1", "W2", "W3"} else WITH_TABLES
        chosen = self.present(names)
        if workload in {"W4", "W5", "W7"}:
            self.load(workload, chosen)
        for player in chosen:
            self.say(f"{workload} {player.name}: warm-up")
            self._one(player, workload, -1)
        kept = self.results.setdefault(workload, {player.name: [] for player in chosen})
        for number in range(self.plan.rounds):
            for player in chosen:
                result = self._one(player, workload, number)
                kept[player.name].append(result)
                self.say(f"{workload} round {number + 1} {player.name}: {result.done / result.wall_s:.0f}/s, {1000 * result.cpu_s / max(result.done, 1):.2f} ms CPU")

    def load(self, workload: str, chosen: Sequence[Player]) -> None:
        """Brings what the rounds use up."""
        plan = self.plan
        count = {"W4": plan.timers, "W5": plan.tasks, "W7": plan.claims * (plan.rounds + 1)}[workload]
        for player in chosen:
            self.say(f"{workload} {player.name}: loading {count}")
            tasks = load(player, workload, count)
            if tasks:
                self.claimable(player).write_text("\n".join(tasks), "utf-8")

    def claimable(self, player: Player) -> Path:
        """The file with the tasks that a player's clients claim."""
        return self.folder / f"{player.name}.tasks"

    def _one(self, player: Player, workload: str, number: int) -> Result:
        """A round; -1 is the warm-up."""
        plan, warm = self.plan, number < 0
        seconds = plan.warm_s if warm else plan.seconds
        if workload == "W3":
            return player.run("W3", CORES, self._loops(player, warm=warm))
        if workload == "W4":
            return player.run("W4", CORES, plan.timer_s, "act_ru_execution")
        if workload == "W5":
            return player.run("W5", CORES, plan.seconds / 2, POSTS_OF_READER, ROWS, CAP)
        if workload == "W7":
            low = (number + 1) * plan.claims
            return player.run("W7", CLAIMING, self.claimable(player), low, low + plan.claims)
        return player.run(workload, CORES, seconds)

    def _loops(self, player: Player, *, warm: bool) -> int:
        """The library's cost grows with every turn, and past 333 it finds the task no more; it is measured up to 100."""
        return min(self.plan.loops, 100) if player.name == "library" or warm else self.plan.loops
