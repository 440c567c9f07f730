"""The figures of stations in docs/performance.md, written between its two markers from what the last whole run left in bench/results."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.machine import RESULTS

PAGE, RESULT = Path(__file__).parents[2] / "docs" / "performance.md", RESULTS / "stations.json"
BEGIN, END = "<!-- stations: written by python -m bench.stations -->", "<!-- stations: end -->"


def write(page: Path = PAGE, result: Path = RESULT) -> None:
    """Replaces what stands between the markers."""
    found = json.loads(result.read_text("utf-8"))
    text = page.read_text("utf-8")
    page.write_text(re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: "\n".join((BEGIN, "", *lines(found), "", END)), text, flags=re.DOTALL), "utf-8")


def lines(found: dict[str, Any]) -> Iterator[str]:
    """What it was measured on, and the tables."""
    about = found["machine"]
    code = f"commit `{about['commit']}`{', changed' if about['dirty'] else ''}" if about["commit"] else "commit not kept"
    yield f"Measured on {about['on']}: {about['cores']} cores ({about['processor']}), {code}; a fixed loop took {about['calibration_ms']} ms."
    beside = ", ".join(f"{cores:g}" for cores in found["others_cores"])
    yield f"Others used {beside} cores when it stood still: at its begin, before each database, at its end."
    yield from ("", "| figure | judged by | limit | measured | |", "|---|---|---:|---:|---|")
    yield from (f"| {one['figure']} | {one['by']} | {one['limit']:g} | {one['measured']:g} | {'ok' if one['ok'] else '**missed**'} |" for one in found["limits"])
    yield from ("", "| notice of a job, ms | median | p95 | worst | of |", "|---|---:|---:|---:|---:|")
    for database, at in found["databases"].items():
        kinds = {"one_station": "1 station", "step_in_another_process": "1 station, step in another process", "all_stations": f"{found['stations']} stations"}
        for key, name in kinds.items():
            if key in at:
                yield _row(f"{database}, {name}", at[key])
        yield _row(f"{database}, {found['stations']} stations, {at['crowd']['stream']['jobs_per_s']:g} jobs a second", at["crowd"]["stream"]["notice_ms"])
    yield from ("", "| a person's worklist meanwhile, ms | median | p95 | worst | of | median, beside none |", "|---|---:|---:|---:|---:|---:|")
    for database, at in found["databases"].items():
        pages = at["crowd"]["page_ms"]
        for name, one in pages.items():
            yield f"{_row(f'{database}, {name}', one)} {one['median'] / pages['no station']['median']:.2f}× |"
    for database, at in found["databases"].items():
        crowd = at["crowd"]
        was, now = crowd["no_station"], crowd["waiting"]
        at_once = f"{crowd['at_once']['jobs']} jobs begun at once were all answered at {crowd['at_once']['jobs_per_s']:g} a second"
        without = f"without any {was['threads']} and {was['memory_mb']:g} MB"
        kept = f"with {found['stations']} stations waiting the server had {now['threads']} threads and {now['memory_mb']:g} MB, {without}"
        cost = f"a job that comes alone costs the server {at['all_stations']['server_cpu_ms']:g} ms of its processor from the step to the answer"
        yield from ("", f"{database}: {at_once}; {kept}; {cost}.")
    yield from ("", "| command of a card, ms | median | p95 | worst | of |", "|---|---:|---:|---:|---:|")
    yield from (_row(name, one) for name, one in found["apdu_ms"].items())
    upgrade = found["upgrade"]
    yield _row("all of an upgrade", upgrade["apdu_ms"])
    yield from ("", "| hardware part of an enterprise, ms | median |", "|---|---:|", *(f"| {name} | {took:g} |" for name, took in upgrade["jobs_ms"].items()))
    total = upgrade["total_ms"]
    spread = f"p95 {total['p95']:g}, worst {total['worst']:g}, {total['of']} enterprises, {upgrade['commands']} commands each"
    yield f"| **all, without printing** ({spread}) | **{total['median']:g}** |"
    yield from (f"| {name}, beside | {took:g} |" for name, took in upgrade["printing_ms"].items())


def _row(name: str, one: dict[str, float]) -> str:
    return f"| {name} | {one['median']:g} | {one['p95']:g} | {one['worst']:g} | {one['of']:g} |"
