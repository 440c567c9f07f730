"""What is said of stations is measured from the commit to the hand, counts every job, and stands beside its limit; a limit that is missed fails the measurement."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from app import WORKFLOWS
from bench import machine, stations
from bench.counters import agent, counter, page, waiting
from bench.counters.agent import ANSWERED, IN_HAND, Agents, Note
from hardware.card.pcsc import PcscWire
from hardware.door import Job
from hardware.http_door import HttpDoor
from tests.unit.hardware.counters import ISSUE, UPGRADE


class Counters:
    """Stands for the processes of stations: what each job was noted as."""

    def __init__(self, *notes: tuple[str, str, float]) -> None:
        self._notes = [Note(0, what, title, at) for what, title, at in notes]

    def notes(self) -> list[Note]:
        return self._notes


WAYS_BACK = {"read_both", "read_ic_alone", "read_tax_alone", "put_back_on", "read_in_again", "take_kept"}  # of upgrade_handover.bpmn: an enterprise whose papers agree does not come there
SPREAD = {"median": 1.0, "p95": 2.0, "worst": 3.0, "of": 60}


def found(*, p95: float = 2.0, not_once: int = 0, median: float = 0.1, total: float = 300.0) -> dict[str, Any]:
    """A measurement with these figures."""
    pages = dict.fromkeys(("no station", "stations wait"), SPREAD)
    at = {"threads": 20, "memory_mb": 200.0}
    crowd = {
        "stream": {"jobs_per_s": 10.0, "notice_ms": SPREAD}, "at_once": {"jobs": 200, "jobs_per_s": 20.0}, "waiting": at, "no_station": at, "page_ms": pages, "jobs": 400,
        "not_once": not_once,
    }  # fmt: skip
    upgrade = {
        "enterprises": 12, "invoices": 25, "commands": 1232, "total_ms": {**SPREAD, "p95": total}, "jobs_ms": {"read_state": 8.0}, "apdu_ms": SPREAD | {"median": 0.1},
        "printing_ms": {"print_label": 60.0},
    }  # fmt: skip
    one = {"one_station": {**SPREAD, "p95": p95}, "all_stations": {**SPREAD, "server_cpu_ms": 20.0}, "crowd": crowd}
    return {"stations": 20, "others_cores": [0.1], "databases": {"sqlite": one}, "apdu_ms": {"all": {**SPREAD, "median": median}}, "upgrade": upgrade}


@pytest.mark.parametrize(
    ("figures", "told"),
    [
        ({"p95": 200.0, "median": 0.3, "total": 1000.0}, ""), ({"p95": 200.1}, "notice of a job, sqlite, 1 station, ms: 200.1 > 200"),
        ({"not_once": 1}, "jobs not worked exactly once, of 400, sqlite, 20 stations: 1 > 0"), ({"median": 0.31}, "command of a virtual card through pcscd, mix, ms: 0.31 > 0.3"),
        ({"total": 1000.5}, "hardware part of one enterprise, ms: 1000.5 > 1000"),
    ],
)  # fmt: skip
def test_a_limit_that_is_missed_fails_the_measurement_which_is_kept_all_the_same(figures: dict[str, Any], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "page.md"
    kept.write_text(f"before\n{page.BEGIN}\n{page.END}\nafter\n", "utf-8")
    monkeypatch.setattr(stations, "measured", lambda *, is_quick: found(**figures))
    monkeypatch.setattr(machine, "RESULTS", tmp_path)
    monkeypatch.setattr(machine, "about", lambda: {"commit": "abc", "dirty": False, "cores": 2, "processor": "x", "calibration_ms": 40.0, "on": "2026-11-29"})
    monkeypatch.setattr(stations.page, "write", lambda write=page.write: write(kept, tmp_path / "stations.json"))
    monkeypatch.setattr(sys, "argv", ["stations"])

    with pytest.raises(SystemExit) if told else nullcontext() as ended:
        stations.main()

    assert not told or str(ended.value) == told  # type: ignore[union-attr]
    rows = [one["ok"] for one in json.loads((tmp_path / "stations.json").read_text("utf-8"))["limits"]]
    text = kept.read_text("utf-8")
    assert (rows.count(False), text.count("**missed**"), text.count("| ok |")) == (bool(told), bool(told), len(rows) - bool(told))
    assert text.startswith("before\n") and text.endswith("after\n")


def test_a_page_of_documents_has_room_for_the_figures() -> None:
    text = page.PAGE.read_text("utf-8")

    assert 0 < text.index(page.BEGIN) < text.index(page.END)


def test_a_notice_lasts_from_the_commit_to_the_first_hand_that_has_the_job() -> None:
    counters: Any = Counters((IN_HAND, "甲", 10.2), (IN_HAND, "乙", 20.1), (IN_HAND, "甲", 99.0), (ANSWERED, "甲", 99.1), (ANSWERED, "乙", 20.3))

    told = waiting.noticed(counters, {"甲": 10.0, "乙": 20.0})

    assert (told["median"], told["worst"], told["of"]) == (pytest.approx(150, abs=0.1), pytest.approx(200, abs=0.1), 2)
    assert waiting.not_once(counters, ["甲", "乙", "丙"]) == 3  # in hand twice, and one that nobody ever had, nor answered


def test_what_runs_beside_a_measurement_is_told_in_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(("cpu  100 0 50 9000 7 0 3 0 0 0\ncpu0 1\n", "cpu  250 0 80 9900 9 5 3 15 0 0\ncpu0 1\n"))
    monkeypatch.setattr(stations.Path, "read_text", lambda *_given: next(ticks))
    monkeypatch.setattr(stations.time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(stations.os, "sysconf", lambda _name: 100)

    assert stations.others(2.0) == 1.0


def test_of_twenty_values_the_p95_is_the_nineteenth() -> None:
    assert waiting.spread([n / 1000 for n in range(20, 0, -1)]) == {"median": 10.5, "p95": 19.0, "worst": 20.0, "of": 20}


def test_a_station_notes_a_job_when_it_has_it_and_when_the_answer_was_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, job = list[str](), Job("1", "k", "station.read_state", {}, "案件 0000001", 1)
    monkeypatch.setattr(HttpDoor, "fetch", lambda _door, _topics, _wait: asked.append("fetch") or [job])
    monkeypatch.setattr(HttpDoor, "complete", lambda _door, _job, _results: asked.append("complete"))
    agent.noting(lambda what, one: asked.append(f"{what} {one.title}"))
    door = HttpDoor("http://127.0.0.1:1", "x", driver="pcsc")

    door.fetch((), 0)
    door.complete(job, {})

    assert asked == ["fetch", f"{IN_HAND} 案件 0000001", "complete", f"{ANSWERED} 案件 0000001"]


def test_what_stations_note_is_read_line_by_line_as_far_as_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent.subprocess, "Popen", lambda *_given, **_how: None)
    agents = Agents(tmp_path, 1, ["token"])
    line = json.dumps({"what": IN_HAND, "title": "案件", "at": 1.5}).encode() + b"\n"
    notes: Callable[[], list[Note]] = lambda: list(agents.notes())  # noqa: E731
    (tmp_path / "0.notes").write_bytes(line + line[:9])

    assert notes() == [Note(0, IN_HAND, "案件", 1.5)]
    (tmp_path / "0.notes").write_bytes(line + line)
    assert notes() == [Note(0, IN_HAND, "案件", 1.5)] * 2


def test_commands_are_timed_by_their_kind_as_long_as_they_are_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PcscWire, "send", lambda _wire, command: command)
    wire, timed = PcscWire.__new__(PcscWire), counter.Timed()
    with timed.watching():
        for ins in (0xB0, 0xB0, 0xD6, 0x20, 0xA4, 0x30):
            assert wire.send(bytes([0, ins])) == bytes([0, ins])
    wire.send(b"\0\xb0")

    assert {kind: row["of"] for kind, row in timed.figures().items()} == {"all": 6, "read": 2, "write": 1, "verify": 1, "select": 1, "of our own": 1}


def test_an_enterprise_is_measured_with_every_job_of_an_upgrade_and_a_month_that_is_full() -> None:
    asked = re.findall(r'<bpmn:serviceTask id="([a-z_]+)" [^>]*camunda:topic="station\.([a-z_]+)"', (WORKFLOWS / "upgrade" / "upgrade_handover.bpmn").read_text("utf-8"))

    assert {task: topic for task, topic in asked if not topic.startswith("print_") and task not in WAYS_BACK} == counter.COUNTED
    assert set(counter.COUNTED.values()) <= set(UPGRADE)
    assert len(counter.month()) == ISSUE["monthly_quantity"]
    assert len({row["number"] for row in counter.month()}) == len(counter.month())
