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
LIBRARY_LOOPS = 60
POSTS_OF_READER = "post:11,post:222,post:333"
EVERYONE = ("ours", "camunda", "flowable", "bare", "library")
WITH_TABLES = EVERYONE[:-1]


@dataclass(frozen=True)
class Plan:
    """How long, how many."""

    rounds: int = 5
    seconds: float = 8
    warm_done: int = 3000  # operations after which a virtual machine has compiled what it will
    warm_s: float = 60  # at most
    loops: int = 1000
    timers: int = 100_000
    timer_s: float = 10
    tasks: int = 1_000_000
    claims: int = 1024  # per round


QUICK = Plan(rounds=3, seconds=2, warm_done=1500, warm_s=15, loops=200, timers=10_000, timer_s=3, tasks=50_000, claims=256)


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
            self._warm(player, workload)
        kept = self.results.setdefault(workload, {player.name: [] for player in chosen})
        for number in range(self.plan.rounds):
            for player in chosen:
                result = self._one(player, workload, number)
                kept[player.name].append(result)
                rate, cpu = result.done / result.wall_s, 1000 * result.cpu_s / max(result.done, 1)
                self.say(f"{workload} round {number + 1} {player.name}: {rate:.0f}/s, {cpu:.2f} ms CPU")

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

    def _warm(self, player: Player, workload: str) -> None:
        """Until enough was done, or for long enough; a third is enough where the first workload has warmed up most already."""
        wanted = {"W1": self.plan.warm_done, "W2": self.plan.warm_done // 3, "W4": self.plan.warm_done // 3}.get(workload, 1)
        done, end = 0, time.monotonic() + self.plan.warm_s
        while done < wanted and time.monotonic() < end:
            done += self._one(player, workload, -1).done

    def _one(self, player: Player, workload: str, number: int) -> Result:
        """A round; -1 is the warm-up."""
        plan, low = self.plan, (number + 1) * self.plan.claims
        given: dict[str, tuple[object, ...]] = {
            "W3": (self._loops(player),),
            "W4": (plan.timer_s,),
            "W5": (plan.seconds / 2, POSTS_OF_READER, ROWS, CAP),
            "W7": (self.claimable(player), low, low + plan.claims),
        }
        return player.run(workload, CLAIMING if workload == "W7" else CORES, *given.get(workload, (plan.seconds,)))

    def _loops(self, player: Player) -> int:
        """The library's cost grows with every turn, and past 333 it finds the task no more; it is measured over the first ones."""
        return min(self.plan.loops, LIBRARY_LOOPS) if player.name == "library" else self.plan.loops
