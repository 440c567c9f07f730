"""A line of the log says which case it is about, in JSON for machines and in words for people."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from db import trace
from db.clock import ManualClock
from db.session import Database
from engine.registry import StepContext
from monitoring import logs
from tests.factories.bpmn import chain, end, process, service, start, user
from tests.factories.kit import Kit

TOY = process(start(), user("fill"), service("book", "toys.book"), end(), chain("begun", "fill", "book", "done"), id_="toy")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """The log goes into a file of this test, as `--log-file` has it."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.set_up(file=str(tmp_path / "log" / "jinshui.log"))
    yield tmp_path / "log" / "jinshui.log"
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = before
    root.setLevel(level)
    logging.getLogger(logs.ROOT).setLevel(logging.NOTSET)


def lines(file: Path) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in file.read_text().splitlines()]


def test_every_step_is_a_line_with_case_operation_and_duration(file: Path, database: Database, clock: ManualClock) -> None:
    kit = Kit(database, clock)

    @kit.registry.operation("toys.book")
    def book(ctx: StepContext) -> None:
        """Says something of its own."""
        logging.getLogger("jinshui.toys").warning("账本将满")

    kit.deploy(toy_bpmn=TOY)
    case = kit.start()
    task = kit.open(case)["fill"]
    kit.complete(case, "fill")

    started, said, completed = (line for line in lines(file) if line.get("operation") in {"start", "complete"})
    assert (started["message"], started["case"], started["level"]) == ("start done", case, "info")
    assert (said["message"], said["case"], said["task"], said["operation"]) == ("账本将满", case, task, "complete")
    assert (completed["case"], completed["task"], completed["outcome"]) == (case, task, "done")
    assert isinstance(completed["duration_ms"], float)
    assert completed["duration_ms"] > 0
    assert {"time", "node", "logger"} <= completed.keys()


def test_a_turn_of_the_pump_that_finds_nothing_says_nothing(file: Path, database: Database, clock: ManualClock) -> None:
    Kit(database, clock).engine.tick()

    assert lines(file) == []


def test_an_error_carries_its_traceback_on_the_same_line(file: Path) -> None:
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        logging.getLogger("jinshui.toys").exception("failed")

    (line,) = lines(file)
    assert "ZeroDivisionError" in str(line["exception"])


def test_people_read_a_line_that_ends_with_what_it_is_about(file: Path) -> None:
    record = logging.LogRecord("jinshui.toys", logging.WARNING, __file__, 1, "账本将满", (), None)
    with trace.work(case="0197", task=""):
        logs.AboutWork().filter(record)

    assert logs.Readable().format(record).endswith("WARNING jinshui.toys: 账本将满 (case 0197)")


def test_what_was_learned_in_a_block_is_forgotten_after_it() -> None:
    with trace.work(operation="claim"):
        trace.learned(case="1")
        inside = trace.about()
    trace.learned(case="2")

    assert (inside, trace.about()) == ({"operation": "claim", "case": "1"}, {})


def test_what_is_only_played_is_no_line_but_its_warnings_are(file: Path) -> None:
    steps = logging.getLogger("jinshui.step")
    with logs.hushed():
        steps.info("played")
        steps.warning("odd")
    steps.info("done")

    assert [line["message"] for line in lines(file)] == ["odd", "done"]
