"""What the chain costs a step: completions of cases with triggers and a sealer beside, and without either, in turns: python -m bench.audit_step

One client on SQLite, four on PostgreSQL. Rounds take turns, so that a slow minute of the machine meets both; the ratio is of the medians.
Processor time is that of this process: with SQLite the database and the sealer are in it, with PostgreSQL the server's is not.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import text

from bench import machine
from bench.cluster import running
from bench.workloads.models import entered
from bench.workloads.ours import Ours
from db.chain.api import SEAL_SECONDS
from db.chain.sealer import Sealer
from db.clock import SystemClock
from db.evidence import declared
from db.session import Database
from tests.rooms import create_all

ROUNDS, SECONDS = 7, 6.0
KEY = b"k" * 32


def switch(database: Database, on: bool) -> None:
    """The triggers that write evidence down, made or dropped."""
    dialect = database.engine.dialect.name
    with database.write() as session:
        for kind in declared().values():
            table = "" if database.is_sqlite else f' ON "{kind.table}"'
            for statement in kind.create(dialect) if on else [f'DROP TRIGGER IF EXISTS "{kind.trigger}"{table}']:
                session.connection().exec_driver_sql(statement)


def play(ours: Ours, until: float, salt: int) -> int:
    """Cases one after the other, each to its end; how many tasks were completed."""
    done = 0
    while time.perf_counter() < until:
        case = ours.start("W1", {"amount": 2_000})
        tasks = list(ours.open(case))
        for form in ("A", "B"):
            tasks = list(ours.complete(tasks[0], entered(form, salt + done)) or [])
            done += 1
    return done


def one_round(database: Database, ours: Ours, clients: int, on: bool) -> tuple[float, float]:
    """(completions per second, milliseconds of processor time of this process for one); on SQLite the database is in it."""
    switch(database, on)
    stop, sealer = threading.Event(), Sealer(database, SystemClock(), lambda: KEY)

    def seal() -> None:
        while not stop.wait(SEAL_SECONDS):
            sealer.seal()

    thread = threading.Thread(target=seal)
    if on:
        thread.start()
    begun, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(clients) as pool:
        done = sum(pool.map(lambda client: play(ours, begun + SECONDS, client * 10_000_000), range(clients)))
    if on:  # what was written down is sealed on the account of those who wrote it
        stop.set()
        thread.join()
        sealer.seal()
    return done / (time.perf_counter() - begun), (time.process_time() - cpu) * 1000 / done


def measured(database: Database, clients: int) -> dict[str, Any]:
    create_all(database)
    ours = Ours(database)
    rates: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    one_round(database, ours, clients, on=True)
    for number in range(ROUNDS):
        for on in (True, False) if number % 2 else (False, True):
            rates[on].append(one_round(database, ours, clients, on=on))
    with database.read() as session:
        sealed = session.execute(text("SELECT sum(rows) FROM seal")).scalar()
    chained, plain = (statistics.median(rate for rate, _cpu in rates[on]) for on in (True, False))
    cpu_chained, cpu_plain = (statistics.median(cpu for _rate, cpu in rates[on]) for on in (True, False))
    ratios = sorted(a[0] / b[0] for a, b in zip(rates[True], rates[False], strict=True))
    return {"clients": clients, "with_per_s": round(chained, 1), "without_per_s": round(plain, 1), "ratio": round(chained / plain, 3), "ratio_of_rounds": [round(ratios[0], 3), round(ratios[-1], 3)], "cpu_ms_with": round(cpu_chained, 3), "cpu_ms_without": round(cpu_plain, 3), "cpu_ratio": round(cpu_chained / cpu_plain, 3), "sealed_rows": int(sealed or 0)}


def main() -> None:
    """Prints and keeps the figures."""
    with tempfile.TemporaryDirectory() as folder, running() as server:
        server.create("step")
        found = {"sqlite": measured(Database(f"sqlite:///{folder}/step.db"), 1), "postgres": measured(Database(server.sqlalchemy_url("step"), pool_size=16), 4)}
    machine.write("audit_step", found)


if __name__ == "__main__":
    main()
