"""How soon a counter that waits has a new job in hand, and what twenty of them ask of one server and of a person's page beside them."""

from __future__ import annotations

import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from math import ceil
from pathlib import Path
from typing import Any

from bench.counters.agent import ANSWERED, IN_HAND, Agents
from bench.counters.house import CLERK, House
from tests.factories.counter import counter_folder
from tests.factories.processes import Browser, wait_until

PAGE = "/tasks"
PAUSE_S = 0.05  # of a person between two pages; quicker than anybody is
_numbers = count(1)


@dataclass(frozen=True)
class Size:
    """Stations, jobs that come one by one, jobs of a working day and how many of them a second, jobs at once, pages of a person."""

    stations: int
    singly: int
    jobs: int
    per_second: float
    at_once: int
    pages: int


WHOLE, QUICK = Size(20, 60, 200, 10.0, 200, 200), Size(2, 3, 4, 20.0, 4, 3)


def titles(number: int) -> list[str]:
    """Of so many cases; the last seven digits become the serials of their cards."""
    return [f"案件 {next(_numbers):07}" for _ in range(number)]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, p95 and worst, in milliseconds where seconds were given."""
    ordered = sorted(1000 * value for value in values)
    p95 = ordered[ceil(0.95 * len(ordered)) - 1]
    return {"median": round(statistics.median(ordered), 2), "p95": round(p95, 2), "worst": round(ordered[-1], 2), "of": len(ordered)}


def noticed(agents: Agents, committed: dict[str, float]) -> dict[str, float]:
    """From each commit to the station that has the job, once all have been answered."""
    wait_until(lambda: {one.title for one in agents.notes() if one.what == ANSWERED} >= set(committed))
    in_hand = {one.title: one.at for one in reversed(agents.notes()) if one.what == IN_HAND}
    return spread([in_hand[title] - at for title, at in committed.items()])


def one_by_one(house: House, agents: Agents, stations: int, jobs: int) -> dict[str, float]:
    """Jobs each of which comes when all stations wait; what one of them costs the server, from its step to its answer."""
    before = house.state()["cpu_s"]
    found = noticed(agents, house.begin(titles(jobs), after=stations, every=0.05))
    return {**found, "server_cpu_ms": round(1000 * (house.state()["cpu_s"] - before) / jobs, 1)}


@dataclass
class Page:
    """Somebody looks at the worklist again and again while something else goes on."""

    browser: Browser
    took: list[float] = field(default_factory=list)

    def look(self, times: int) -> dict[str, float]:
        """So often."""
        self.took = []
        for _ in range(times):
            self._once()
        return spread(self.took)

    @contextmanager
    def beside(self) -> Iterator[None]:
        """As long as this lasts."""
        self.took, ended = [], threading.Event()

        def look() -> None:
            while not ended.is_set():
                self._once()

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _once(self) -> None:
        begun = time.perf_counter()
        answer = self.browser.get(PAGE)
        self.took.append(time.perf_counter() - begun)
        if answer.status != 200 or answer.path != PAGE:
            raise ValueError(f"expected the worklist, but {answer.path} answered {answer.status}")
        time.sleep(PAUSE_S)


def crowd(house: House, agents: Agents, page: Page, size: Size) -> dict[str, Any]:
    """All stations wait, work a steady stream of jobs, and then many at once; the page meanwhile."""
    wait_until(lambda: house.state()["waiting"] == size.stations)
    waiting = house.state()
    pages = {"stations wait": page.look(size.pages)}
    with page.beside():
        committed = house.begin(titles(size.jobs), every=1 / size.per_second)
        stream = noticed(agents, committed)
    pages["a stream of jobs"] = spread(page.took)
    wait_until(lambda: house.state()["waiting"] == size.stations)
    with page.beside():
        at_once = house.begin(titles(size.at_once))
        noticed(agents, at_once)
    pages["all at once"] = spread(page.took)
    last = max(one.at for one in agents.notes() if one.what == ANSWERED and one.title in at_once)
    return {
        "waiting": {"threads": waiting["threads"], "memory_mb": waiting["memory_mb"]}, "stream": {"jobs_per_s": size.per_second, "notice_ms": stream},
        "at_once": {"jobs": size.at_once, "jobs_per_s": round(size.at_once / (last - min(at_once.values())), 1)}, "page_ms": pages,
        "jobs": len(committed) + len(at_once), "not_once": not_once(agents, [*committed, *at_once]),
    }  # fmt: skip


def not_once(agents: Agents, begun: Sequence[str]) -> int:
    """Jobs that were in hand, or answered, more or less often than once."""
    told = Counter((one.what, one.title) for one in agents.notes())
    return sum(told[what, title] != 1 for title in begun for what in (IN_HAND, ANSWERED))


def measured(folder: Path, url: str, size: Size, *, has_other: bool = False) -> dict[str, Any]:
    """On one database: one station, then all of them; `has_other`: the step in another process than the one at which the station waits."""
    found = dict[str, Any]()
    workflows = counter_folder(folder / "workflows").parent
    with ExitStack() as stack:
        house = opened(stack, lambda: House(folder / "data", workflows, url, size.stations))
        page = Page(Browser(house.port))
        if page.browser.sign_in(CLERK, house.password).status != 200:
            raise ValueError("nobody could sign in")
        with agents_of(folder / "one", house, 1) as one:
            found["one_station"] = one_by_one(house, one, 1, size.singly)
        if has_other:
            other = opened(stack, lambda: House(folder / "data", workflows, url))
            with agents_of(folder / "far", house, 1) as one:
                wait_until(lambda: house.state()["waiting"] == 1)
                found["step_in_another_process"] = noticed(one, other.begin(titles(size.singly), every=0.2))
        page.look(3)
        alone, without = page.look(size.pages), house.state()
        with agents_of(folder / "all", house, size.stations) as agents:
            found["all_stations"] = one_by_one(house, agents, size.stations, size.singly)
            found["crowd"] = crowd(house, agents, page, size)
        found["crowd"]["no_station"] = {"threads": without["threads"], "memory_mb": without["memory_mb"]}
        found["crowd"]["page_ms"] = {"no station": alone, **found["crowd"]["page_ms"], "no station, at the end": page.look(size.pages)}
    return found


def opened(stack: ExitStack, make: Callable[[], House]) -> House:
    """A house that is closed with the stack."""
    house = make()
    stack.callback(house.close)
    return house


@contextmanager
def agents_of(folder: Path, house: House, number: int) -> Iterator[Agents]:
    """So many stations, waiting."""
    agents = Agents(folder, house.port, house.tokens[:number])
    try:
        wait_until(lambda: house.state()["waiting"] == number)
        yield agents
    finally:
        agents.close()
