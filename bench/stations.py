"""Stations at counters: how soon one notices a job, twenty of them on one server, a command of a card, the hardware part of one upgrade; each beside its limit.

`--quick` plays it in its least size and keeps nothing. It fails where a limit is missed.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import machine
from bench.cluster import NoPostgres, running
from bench.counters import counter, page, waiting
from tests.factories.pcscd import NoPcsc
from tests.factories.printing import NoPrinter
from tests.factories.tokens import NoToken

NOTICE_MS, APDU_MS, HARDWARE_MS = 200.0, 0.3, 1000.0
BY_ITSELF = {"one_station": "1 station", "step_in_another_process": "1 station, step in another process", "all_stations": "{} stations"}


@dataclass(frozen=True)
class Limit:
    """A figure beside what it may be at most."""

    figure: str
    by: str
    limit: float
    measured: float

    @property
    def ok(self) -> bool:
        """Whether it is kept."""
        return self.measured <= self.limit


def limits(found: dict[str, Any]) -> Iterator[Limit]:
    """Every figure that has one. A notice and an enterprise are judged by their p95, a command by its median."""
    for database, at in found["databases"].items():
        for key, name in BY_ITSELF.items():
            if key in at:
                yield Limit(f"notice of a job, {database}, {name.format(found['stations'])}, ms", "p95", NOTICE_MS, at[key]["p95"])
        crowd = at["crowd"]
        said = f"{database}, {found['stations']} stations"
        yield Limit(f"notice of a job, {said}, {crowd['stream']['jobs_per_s']:g} jobs a second, ms", "p95", NOTICE_MS, crowd["stream"]["notice_ms"]["p95"])
        yield Limit(f"jobs not worked exactly once, of {crowd['jobs']}, {said}", "count", 0, crowd["not_once"])
    yield Limit("command of a virtual card through pcscd, mix, ms", "median", APDU_MS, found["apdu_ms"]["all"]["median"])
    yield Limit("command of a virtual card through pcscd, in an upgrade, ms", "median", APDU_MS, found["upgrade"]["apdu_ms"]["median"])
    yield Limit("hardware part of one enterprise, ms", "p95", HARDWARE_MS, found["upgrade"]["total_ms"]["p95"])


def others(seconds: float) -> float:
    """How many cores are busy while we stand still: what else runs on this machine."""
    before = _busy()
    time.sleep(seconds)
    return round((_busy() - before) / os.sysconf("SC_CLK_TCK") / seconds, 2)


def _busy() -> int:
    user, nice, system, _idle, _waits, *interrupts = map(int, Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()[1:9])
    return user + nice + system + sum(interrupts)


def measured(*, is_quick: bool) -> dict[str, Any]:
    """Everything, on both databases. Raises NoPostgres, NoPcsc, NoToken, NoPrinter."""
    beside, still_s = list[float](), 0.1 if is_quick else 2.0
    size, databases = waiting.QUICK if is_quick else waiting.WHOLE, dict[str, Any]()
    with tempfile.TemporaryDirectory(prefix="jinshui-stations-") as name:
        places = {one: Path(name) / one for one in ("counter", "sqlite", "postgres")}
        for place in places.values():
            place.mkdir()
        beside.append(others(still_s))
        at_counter = counter.measured(places["counter"], counter.QUICK if is_quick else counter.WHOLE)  # first, while nothing else has been started
        beside.append(others(still_s))
        databases["sqlite"] = waiting.measured(places["sqlite"], f"sqlite:///{places['sqlite']}/data/jinshui.db", size)
        beside.append(others(still_s))
        with running() as cluster:
            cluster.create("stations")
            databases["postgres"] = waiting.measured(places["postgres"], cluster.sqlalchemy_url("stations"), size, has_other=True)
    beside.append(others(still_s))
    return {"stations": size.stations, "others_cores": beside, "databases": databases, **at_counter}


def main() -> None:
    """Prints and keeps the figures; raises SystemExit for a limit that is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.stations")
    parser.add_argument("--quick", action="store_true", help="the least size; its figures are printed and not kept")
    is_quick = parser.parse_args().quick
    try:
        found = measured(is_quick=is_quick)
    except (NoPostgres, NoPcsc, NoToken, NoPrinter) as reason:
        raise SystemExit(f"stations: not to be measured here: {reason}") from reason
    held = list(limits(found))
    figures = {"limits": [{"figure": one.figure, "by": one.by, "limit": one.limit, "measured": one.measured, "ok": one.ok} for one in held], **found}
    if is_quick:
        print(figures)
    else:
        machine.write("stations", figures)
        page.write()
    if missed := [f"{one.figure}: {one.measured:g} > {one.limit:g}" for one in held if not one.ok]:
        raise SystemExit("; ".join(missed))


if __name__ == "__main__":
    main()
