"""What one click costs in the real procedure: each task of a co-investigation completed on a durable PostgreSQL, records, terms and papers included.

Round trips are counted at a door through which all connections go; the engine's own share of them is two (tests/contracts/test_round_trips.py).
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

from app import WORKFLOWS, Application, Config, compose
from bench import cluster, machine
from bench.beside.proxy import Proxy
from commands.scenarios.choosing import chosen
from commands.scenarios.in_process import InProcess
from commands.scenarios.model import Do
from commands.scenarios.play import play
from commands.scenarios.read import read_scenario
from commands.scenarios.stage import clock_of, furnish, unrendered
from db.clock import Clock
from db.ids import new_id
from engine.definitions import Definitions

SCENARIO = "coinvestigation/scenarios/certification_list.yaml"
ROUNDS = 5  # the first of them warms up and is not counted


class Counted(InProcess):
    """Hands that note what each completion took: round trips, milliseconds, milliseconds of our processor."""

    door: Proxy
    noted: dict[str, list[tuple[int, float, float]]]

    def do(self, act: Do) -> None:
        engine, actor = self.application.engine, self._actor(act.by)
        task = self._task(act, actor)
        engine.claim(task.id, actor, new_id())
        values, key = chosen(engine.task(task.id, actor).form, act.form), new_id()
        trips, wall, cpu = self.door.round_trips, time.perf_counter(), time.process_time()
        engine.complete(task.id, values, actor, key)
        took = (self.door.round_trips - trips, 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu))
        self.noted[act.task].append(took)


def walked(opened: Callable[[Clock], Application], door: Proxy, noted: dict[str, list[tuple[int, float, float]]]) -> None:
    """Plays the scenario once more on the same database."""
    scenario = read_scenario(WORKFLOWS / SCENARIO)
    clock = clock_of(scenario)
    hands = Counted(opened(clock))
    hands.door, hands.noted = door, noted
    try:
        played = play(scenario, hands, clock)
    finally:
        hands.application.database.dispose()
    if played.steps_done != len(scenario.steps):
        raise RuntimeError(f"expected the scenario to be played to its end, but: {played.faults}")


def main() -> None:
    """Measures, prints, writes."""
    noted: dict[str, list[tuple[int, float, float]]] = defaultdict(list)
    with cluster.running() as server, tempfile.TemporaryDirectory(prefix="jinshui-steps-") as folder:
        server.create("steps")
        door, definitions = Proxy(server.port, "127.0.0.1"), Definitions()

        def opened(database: str, clock: Clock | None = None) -> Application:
            url = server.sqlalchemy_url(database).replace(f":{server.port}/", f":{door.port}/")
            application = compose(Config(Path(folder), url), clock, render=unrendered)
            application.engine.kernel.definitions = definitions  # compiled once, as in a process that goes on
            return application

        try:
            application = opened("steps")
            furnish(application)
            application.database.dispose()
            for number in range(ROUNDS):
                database = f"steps_{number}"
                server.create(database, template="steps")
                walked(partial(opened, database), door, noted if number else defaultdict(list))
        finally:
            door.close()
    tasks = {name: _figures(rows) for name, rows in noted.items()}
    every = [row for rows in noted.values() for row in rows]
    machine.write("real_steps", {"scenario": SCENARIO, "walks": ROUNDS - 1, "all": _figures(every), "tasks": tasks})


def _figures(rows: list[tuple[int, float, float]]) -> dict[str, float]:
    trips, wall, cpu = zip(*rows, strict=True)
    return {"round_trips": statistics.median(trips), "most": max(trips), "ms": round(statistics.median(wall), 1), "cpu_ms": round(statistics.median(cpu), 1)}


if __name__ == "__main__":
    main()
