"""Round trips to the database per operation, counted for every engine in the same way: by a proxy, in a pass that is not timed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.beside.loading import load
from bench.beside.players import Player, Result, start
from bench.beside.proxy import Proxy
from bench.beside.rounds import CAP, POSTS_OF_READER, ROWS
from bench.workloads.turns import BLOCK

WARM_CASES = 30
CASES = 40
CLAIMS = 40
TIMERS = 2000
TIMER_S = 5


def round_trips(player: Player, folder: Path, workloads: set[str]) -> dict[str, float]:
    """Per operation and workload, of one client."""
    proxy = Proxy(player.cluster.port)
    counted = start(player.name, player.cluster, folder, port=proxy.port, processes=1)
    found = {}
    try:
        for name, act in _acts(counted, folder).items():
            if name in workloads:
                found[name] = act(proxy)
    finally:
        counted.close()
        proxy.close()
    return found


def _acts(player: Player, folder: Path) -> dict[str, Callable[[Proxy], float]]:
    def completions(workload: str) -> Callable[[Proxy], float]:
        def act(proxy: Proxy) -> float:
            for _ in range(2):  # statements are prepared on the server after a few uses
                player.ask("prepare", workload, WARM_CASES)
                player.ask("finish")
            player.ask("prepare", workload, CASES)
            return _per_operation(proxy, lambda: player.single("finish"))

        return act

    def timers(proxy: Proxy) -> float:
        load(player, "W4", TIMERS)
        player.single("run", "W4", 1, TIMER_S)
        return _per_operation(proxy, lambda: player.single("run", "W4", 1, TIMER_S))

    def pages(proxy: Proxy) -> float:
        player.single("run", "W5", 1, 1, POSTS_OF_READER, ROWS, CAP)
        return _per_operation(proxy, lambda: player.single("run", "W5", 1, 1, POSTS_OF_READER, ROWS, CAP))

    def claims(proxy: Proxy) -> float:
        file = folder / f"{player.name}.counted"
        file.write_text("\n".join(load(player, "W7", 2 * CLAIMS * BLOCK)), "utf-8")
        player.single("run", "W7", 1, file, 0, CLAIMS * BLOCK)
        return _per_operation(proxy, lambda: player.single("run", "W7", 1, file, CLAIMS * BLOCK, 2 * CLAIMS * BLOCK))

    return {**{w: completions(w) for w in ("W1", "W2", "W3")}, "W4": timers, "W5": pages, "W7": claims}


def _per_operation(proxy: Proxy, act: Callable[[], Result]) -> float:
    before = proxy.round_trips
    result = act()
    return round((proxy.round_trips - before) / max(result.done, 1), 2)
