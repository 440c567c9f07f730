"""A server as `app.py run` starts it, that notes when a step which asks for a job is committed: `python -m bench.counters.house DATA WORKFLOWS URL STATIONS`.

It is steered by lines of JSON on its standard input. The moment is taken before the COMMIT is sent, so that the disk is in what is measured.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

from app import Application, Config, compose
from commands import demo_office
from commands.scenarios.stage import furnish, unrendered
from commands.serving.pump import start_pump
from commands.serving.server import Server, listen
from commands.serving.streams import Streams
from commands.tables import load_tables
from db.ids import new_id
from db.session import Work
from engine.people import Actor
from records.audit import Who
from records.offices import stations, store
from tests.factories.counter import NUMBER
from web.staff import staff_of

CLERK, OFFICE, POST = "song.jia", "yt", "card_issuance@yt"
LOOK_S = 0.002
_store, _here = Work.store, threading.local()


def _noted(session: Work) -> None:
    _here.committed = time.time()
    _store(session)


def main(data: str, workflows: str, url: str, count: str) -> None:
    """Serves until its input ends; the first that opens the database furnishes it and makes the stations."""
    Work.store = _noted  # type: ignore[method-assign,assignment]
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # that requests queue is what is measured
    load_tables()
    application = compose(Config(Path(data), url), workflows=Path(workflows), render=unrendered)
    tokens = _furnished(application, int(count)) if int(count) else []
    listening = listen("127.0.0.1", 0)
    assert listening is not None
    scheduler, streams = start_pump(application), Streams(application.database, application.clock)
    server = Server(application.served(), listening, streams=streams)
    told = {"port": listening.getsockname()[1], "tokens": tokens, "password": demo_office.password(application)}
    threading.Thread(target=_steered, args=(application, streams, server, told), daemon=True).start()
    server.run()
    scheduler.shutdown(wait=True)


def _furnished(application: Application, count: int) -> list[str]:
    furnish(application)
    who, found = Who("", "bench", application.clock.now()), list[str]()
    with application.database.write() as session:
        office = store.office_by_code(session, OFFICE)
        assert office is not None
        for number in range(count):
            found.append(stations.make(session, who, f"窗口 {number + 1} 号", office, [POST], is_simulated=True)[1])
    return found


def _steered(application: Application, streams: Streams, server: Server, told: dict[str, Any]) -> None:
    _say(told)
    clerk = _clerk(application)
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "begin":
            _say({"committed": _begun(application, clerk, streams, order)})
        else:
            _say({"waiting": streams.parking.count, **_cost()})
    server.stop()


def _begun(application: Application, clerk: Actor, streams: Streams, order: dict[str, Any]) -> dict[str, float]:
    """Begins cases, each of which asks for a job at once; when each was committed, by its title. `after`: how many must wait first, `every`: seconds between two."""
    chance, found = Random(7), dict[str, float]()

    def begin(title: str) -> None:
        given = {"taxpayer_number": NUMBER, "enterprise_name": title, "tax_card": f"66{title[-7:]}", "ic_card": f"50{title[-7:]}"}
        application.engine.start("toy", office_id=clerk.office_id, actor=clerk, key=new_id(), variables=given, title=title)
        found[title] = _here.committed

    if not order["every"]:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(begin, order["titles"]))
        return found
    for title in order["titles"]:
        while streams.parking.count < order["after"]:
            time.sleep(LOOK_S)
        time.sleep(order["every"] * chance.uniform(0.5, 1.5))  # so that nothing that ticks is met at one beat
        begin(title)
    return found


def _clerk(application: Application) -> Actor:
    with application.database.read() as session:
        found = store.person_by_login(session, CLERK)
        assert found is not None
        staff = staff_of(session, found.id, application.clock.today())
    assert staff is not None
    return staff.actor


def _cost() -> dict[str, float]:
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("ascii").splitlines())
    return {"threads": int(lines["Threads"]), "memory_mb": round(int(lines["VmRSS"].split()[0]) / 1024, 1), "cpu_s": round(time.process_time(), 3)}


def _say(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


class House:
    """The handle on such a process."""

    def __init__(self, data: Path, workflows: Path, url: str, stations: int = 0) -> None:
        program = [sys.executable, "-m", "bench.counters.house", str(data), str(workflows), url, str(stations)]
        self._process = subprocess.Popen(program, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
        told = self._heard()
        self.port, self.tokens, self.password = int(told["port"]), list[str](told["tokens"]), str(told["password"])

    def begin(self, titles: Sequence[str], *, after: int = 0, every: float = 0.0) -> dict[str, float]:
        """When the step of each case was committed."""
        found: dict[str, float] = self._ask(do="begin", titles=list(titles), after=after, every=every)["committed"]
        return found

    def state(self) -> dict[str, float]:
        """How many stations wait, and what the process is made of."""
        found: dict[str, float] = self._ask(do="state")
        return found

    def close(self) -> None:
        """Ends it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _ask(self, **order: object) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self._heard()

    def _heard(self) -> dict[str, Any]:
        """The next line that is meant for us; others are the product's own."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                found: dict[str, Any] = json.loads(line)
                return found
        raise RuntimeError(f"the server ended with {self._process.wait()}")


if __name__ == "__main__":
    main(*sys.argv[1:5])
