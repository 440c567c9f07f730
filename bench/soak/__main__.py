"""python -m bench.soak [kills] [workers] [storm] [points] [walks] [verbs] [edits] [figures] [devices] [cards] [day] [--quick] [--seed N]"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from bench import machine
from bench.soak import cards, day, devices, edits, figures, kills, page, points, storm, verbs, walks, workers

SOAKS: dict[str, Callable[[bool, int], Any]] = {
    "kills": lambda quick, seed: kills.on_own_cluster(kills.QUICK if quick else kills.WHOLE, seed),
    "workers": lambda quick, seed: workers.on_own_cluster(workers.QUICK if quick else workers.WHOLE, seed),
    "storm": lambda quick, seed: storm.on_own_cluster(storm.QUICK if quick else storm.WHOLE, seed),
    "points": lambda _quick, _seed: points.on_own_cluster(),
    "walks": lambda quick, seed: walks.on_own_cluster(walks.QUICK if quick else walks.WHOLE, seed),
    "verbs": lambda quick, seed: verbs.on_own_cluster(verbs.QUICK if quick else verbs.WHOLE, seed),
    "edits": lambda quick, seed: edits.on_own_cluster(edits.QUICK if quick else edits.WHOLE, seed),
    "figures": lambda quick, seed: figures.on_own_cluster(figures.QUICK if quick else figures.WHOLE, seed),
    "cards": lambda quick, _seed: cards.run(cards.QUICK if quick else cards.WHOLE),
    "day": lambda quick, _seed: day.run(day.QUICK if quick else day.WHOLE),
    "devices": lambda quick, seed: devices.on_own_cluster(devices.QUICK if quick else devices.WHOLE, seed),
}


def main() -> int:
    """Runs what is named, or all; 1 when anything was lost, doubled or different."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description="long runs that must not lose or double anything")
    parser.add_argument("names", nargs="*", choices=[*SOAKS, []], help="only these (default: all)")
    parser.add_argument("--quick", action="store_true", help="the size that ./test runs; its figures are printed and not kept")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    faults = 0
    for name in options.names or SOAKS:
        print(f"soak {name}, seed {options.seed}", flush=True)
        found = SOAKS[name](options.quick, options.seed)
        figures = {"seed": options.seed, "faults": found.faults, **asdict(found)}
        if options.quick:
            print(figures)
        else:
            machine.write(f"soak_{name}", figures)
            page.write()
        faults += found.faults
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
