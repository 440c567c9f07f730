"""Our engine beside its peers and its limits, in one run on a PostgreSQL of its own.

python -m bench.beside [--quick] [--ours-only] [--workloads W1,W3] [--rounds N]

Writes bench/results/peers.json, bench/results/peers_profile.txt and the table of docs/performance.md; a run of a part of it (any of these options) writes
peers_quick.json and peers_quick_profile.txt instead, which are nobody's figures and not kept in git.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bench import cluster, machine
from bench.beside import counting, figures, maven, page, profiles
from bench.beside.players import TITLES, Player, start
from bench.beside.rounds import QUICK, WITH_TABLES, Contest, Plan
from bench.workloads.bare import TABLES
from db.session import Database
from tests.rooms import create_all

# Claims and timers before the worklist: its million rows shall not burden them.
ORDER = ("W1", "W2", "W3", "W7", "W4", "W5")


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="some minutes instead of some forty; figures scatter more")
    parser.add_argument("--ours-only", action="store_true", help="without the Java peers")
    parser.add_argument("--workloads", default=",".join(ORDER), help="only these")
    parser.add_argument("--rounds", type=int, default=0, help="instead of 5, or 3 in quick mode")
    return parser.parse_args()


def tables(server: cluster.Cluster, names: list[str]) -> None:
    """A database for each player; the peers make their own tables."""
    for name in names:
        server.create(name)
    database = Database(server.url("ours").replace("postgresql:", "postgresql+psycopg:"))
    create_all(database)
    database.dispose()
    with server.connect("bare") as connection:
        connection.execute(TABLES)


def about() -> dict[str, Any]:
    """The machine before the run."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    java = ""
    if shutil.which("java"):
        java = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True).stderr.splitlines()[0]
    return {**machine.about(), "memory_gb": round(memory), "java": java, "load_before": round(os.getloadavg()[0], 2)}


def contest(chosen: argparse.Namespace, server: cluster.Cluster, folder: Path, names: list[str], kept_as: str) -> dict[str, Any]:
    """Plays everything; what came of it."""
    plan: Plan = QUICK if chosen.quick else Plan()
    plan = replace(plan, rounds=chosen.rounds or plan.rounds)
    players: dict[str, Player] = {}
    try:
        for name in names:
            players[name] = start(name, server, folder)
        played = Contest(plan, players, folder)
        workloads = [name for name in ORDER if name in chosen.workloads.split(",")]
        for workload in workloads:
            played.play(workload)
        played.say("profiles of our engine")
        profiles.write(players["ours"], folder, workloads, f"{kept_as}_profile.txt")
    finally:
        for player in players.values():
            player.close()
    trips: dict[str, dict[str, float]] = {}
    for name in (name for name in names if name in WITH_TABLES):
        played.say(f"{name}: counting round trips")
        trips[name] = counting.round_trips(players[name], folder, set(workloads))
    return {
        "plan": asdict(plan),
        "workloads": {
            workload: figures.workload(rounds, {name: own[workload] for name, own in trips.items()}, loops=workload == "W3")
            for workload, rounds in played.results.items()
        },
    }


def is_whole(chosen: argparse.Namespace) -> bool:
    """Whether everything is played in full: only that is the result, and the table of docs/performance.md."""
    workloads = set(chosen.workloads.split(",")) >= set(ORDER)
    return workloads and not chosen.quick and not chosen.ours_only and chosen.rounds in {0, *range(Plan().rounds, 100)}


def main() -> None:
    """Runs, writes, and says where. A run of a part leaves the figures of the last whole one alone."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server and its files go too
    chosen, before = options(), about()
    name = "peers" if is_whole(chosen) else "peers_quick"
    reason = "not wanted in this run" if chosen.ours_only else maven.build()
    names = ["ours", *([] if reason else maven.ADAPTERS), "bare", "library"]
    print(
        f"players: {', '.join(TITLES[name] for name in names)}" + (f"; without the Java peers: {reason}" if reason else ""),
        flush=True,
    )
    with cluster.running() as server, tempfile.TemporaryDirectory(prefix="jinshui-peers-") as folder:
        tables(server, names)
        played = contest(chosen, server, Path(folder), names, name)
        before["postgresql"] = server.version
    after = {"load_after": round(os.getloadavg()[0], 2), "calibration_after_ms": machine.calibration_ms()}
    result = {
        "mode": "quick" if chosen.quick else "full",
        "machine": {**before, **after},
        "players": {n: TITLES[n] for n in names},
        "without_peers": reason,
        **played,
    }
    machine.keep(name, result)
    written = [f"bench/results/{name}.json", f"bench/results/{name}_profile.txt"]
    if name == "peers":
        page.write(result)
        written.append("docs/performance.md")
    print(f"written: {', '.join(written)}")


if __name__ == "__main__":
    main()
