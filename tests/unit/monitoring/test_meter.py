"""The figures that Prometheus reads: of this process, of the database, and of several processes added up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError, InvalidRequestError

from db.session import Database
from engine.link import Link
from engine.vitals import Vitals
from monitoring.meter import FOLDER, Meter

ROOT = Path(__file__).parents[3]
VITALS = Vitals({"papers.render": 2}, {}, {"papers.render": 6}, incidents_open=3, timers_due=4, timers_stuck=0, messages_pending=1, messages_parked=5)


def value(meter: Meter, name: str, **labels: str) -> float | None:
    for family in text_string_to_metric_families(meter.text().decode()):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return float(sample.value)
    return None


def test_a_step_is_counted_by_operation_and_outcome() -> None:
    meter = Meter("")
    meter.stepped("complete", "done", 0.003)
    meter.stepped("complete", "refused", 0.002)

    assert value(meter, "jinshui_step_seconds_count", operation="complete", outcome="done") == 1
    assert value(meter, "jinshui_step_seconds_bucket", operation="complete", outcome="done", le="0.0025") == 0
    assert value(meter, "jinshui_step_seconds_bucket", operation="complete", outcome="done", le="0.005") == 1


def test_a_timer_is_counted_by_its_lateness() -> None:
    meter = Meter("")
    meter.fired(1.5)

    assert [value(meter, "jinshui_timer_late_seconds_bucket", le=le) for le in ("1.0", "2.0")] == [0, 1]


def test_what_waits_in_the_database_is_counted_when_it_is_asked_for() -> None:
    meter = Meter("")
    meter.vitals = lambda: VITALS

    assert [value(meter, f"jinshui_jobs_{state}", topic="papers.render") for state in ("pending", "held")] == [2, 6]
    assert [value(meter, f"jinshui_{name}") for name in ("incidents_open", "timers_due", "messages_parked")] == [3, 4, 5]


def test_a_database_that_is_away_leaves_the_other_figures(postgres: Database) -> None:
    meter, away = Meter(""), Database("postgresql+psycopg://nobody@127.0.0.1:1/nowhere")
    meter.stepped("start", "done", 0.001)

    def vitals() -> Vitals:
        with away.read() as session:
            Link(session).all("SELECT 1")
        return VITALS

    meter.vitals = vitals

    assert value(meter, "jinshui_step_seconds_count", operation="start", outcome="done") == 1
    assert value(meter, "jinshui_incidents_open") is None


def test_connections_are_counted_while_they_are_handed_out(any_database: Database) -> None:
    meter = Meter("")
    meter.watch(any_database)

    with any_database.read() as session:
        Link(session).all("SELECT 1")
        held = value(meter, "jinshui_pool_in_use")
    with pytest.raises(ZeroDivisionError), any_database.write():
        raise ZeroDivisionError

    assert (held, value(meter, "jinshui_pool_in_use"), value(meter, "jinshui_pool_size")) == (1, 0, 26)


def test_connections_that_are_dead_when_they_are_handed_out_are_not_in_use(any_database: Database) -> None:
    def refuse(*_: object) -> None:
        raise DisconnectionError

    meter = Meter("")
    event.listen(any_database.engine, "checkout", refuse)
    meter.watch(any_database)
    for _ in range(2):
        with pytest.raises(InvalidRequestError), any_database.read():
            pass

    assert value(meter, "jinshui_pool_in_use") == 0


def test_several_processes_are_added_up_by_whichever_is_asked(tmp_path: Path) -> None:
    program = "from monitoring.meter import Meter; m = Meter(); m.stepped('claim', 'done', 0.004); print(m.text().decode())"
    environment = {**os.environ, FOLDER: str(tmp_path)}

    said = [
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout for _ in range(2)
    ]

    line = 'jinshui_step_seconds_count{operation="claim",outcome="done"}'
    assert [f"{line} {n}.0" in text for n, text in enumerate(said, 1)] == [True, True]


def test_what_other_rooms_count_is_said_when_it_is_asked_for() -> None:
    meter = Meter("")
    meter.told.append(lambda: [("jinshui_audit_waiting", "Rows", "", 7), ("jinshui_audit_anchor_failing_seconds", "Since", "address", {"/mnt/heads": 30})])

    assert value(meter, "jinshui_audit_waiting") == 7
    assert value(meter, "jinshui_audit_anchor_failing_seconds", address="/mnt/heads") == 30
