"""What a case is stands in the database: stopped and started before every step, it comes to the same; on both databases too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles
from engine.registry import EffectContext, StepContext
from engine.testing import Entry, Outcome, Scenario, Workbench, play
from tests.conftest import POSTGRES_URL, missing
from tests.factories.bpmn import (
    boundary,
    catch,
    chain,
    end,
    flow,
    gateway,
    inputs,
    message,
    node,
    on_message,
    process,
    properties,
    receive,
    script,
    send,
    service,
    start,
    timer,
    user,
)  # fmt: skip
from tests.rooms import emptied, empty_file

LETTERS = message("letter") + message("reply")
NOTE = b'{"type": "default", "id": "note", "components": [{"type": "textfield", "key": "remark", "label": "x"}]}'
EACH = node("multiInstanceLoopCharacteristics", "each", camunda_collection="offices", camunda_elementVariable="office")
COLLECT = properties(output_collection="remarks", output_element="office + remark")
MODELS = {
    "loop": process(
        start(), user("work"), script("count", "n", "n + 1"), gateway("exclusive", "again", "again_to_done"), end(),
        chain("begun", "work", "count", "again"), flow("again", "work", "n < 3"), flow("again", "done"), id_="loop",
    ),
    "branches": process(
        start(), gateway("inclusive", "split", "split_to_c"), user("a"), user("b"), user("c"), gateway("inclusive", "join"), script("sum", "total", "x * 1.1"),
        end(), chain("begun", "split"), flow("split", "a", "x > 1"), flow("split", "b", "x > 2"), flow("split", "c"), chain("a", "join"), chain("b", "join"),
        chain("c", "join", "sum", "done"), id_="branches",
    ),
    "many": process(start(), user("ask", inside=COLLECT + EACH, camunda_formKey="note"), user("last"), end(), chain("begun", "ask", "last", "done"), id_="many"),
    "asking": process(
        start(), send("ask_them", "letter", payload='{ office_id: "sz", number: number }'), receive("answered", "reply", correlation="number"), user("read"),
        end(), chain("begun", "ask_them", "answered", "read", "done"), id_="asking", references=LETTERS,
    ),
    "answering": process(
        start(inside=on_message("letter")), user("answer", camunda_formKey="note"), send("post", "reply", correlation="number", payload="{ text: remark }"), end(),
        chain("begun", "answer", "post", "done"), id_="answering", references=LETTERS,
    ),
    "late": process(
        start(), user("wait_for_it"), boundary("reminder", "wait_for_it", timer("P1D"), interrupting=False), service("ring", "toys.ring"), end("rung"),
        catch("pause", timer("PT2H")), service("print", "toys.print", inputs(text="title")), user("read_it"), end(),
        chain("begun", "wait_for_it", "pause", "print", "read_it", "done"), chain("reminder", "ring", "rung"), id_="late",
    ),
}  # fmt: skip


def later(**by: float):  # type: ignore[no-untyped-def]
    """Lets time pass."""
    return lambda bench: bench.clock.advance(timedelta(**by))


WALKS = {
    "loop": Scenario("loop", (Entry("work"),) * 3, variables={"n": 0}),
    "branches": Scenario("branches", (Entry("b"), Entry("a")), variables={"x": Decimal("2.5")}),
    "many": Scenario("many", (*(Entry("ask", {"remark": r}) for r in "甲乙丙"), Entry("last")), variables={"offices": ["东", "西", "南"], "remark": None}),
    "letters": Scenario("asking", (Entry("answer", {"remark": "查无此票"}), Entry("read")), variables={"number": "NB-7"}),
    "late": Scenario("late", (Entry("wait_for_it", before=later(days=2)), Entry("read_it", before=later(hours=3))), variables={"title": "函"}),
}  # fmt: skip


def bench_on(database: Database) -> Workbench:
    """A workbench with every model and two handlers."""
    bench = Workbench(database, ManualClock(datetime(2026, 3, 2, 1, tzinfo=UTC)))

    @bench.registry.operation("toys.ring")
    def ring(ctx: StepContext) -> dict[str, object]:
        """Rings."""
        return {"rung": ctx.variables.get("rung", 0) + 1}

    @bench.registry.effect("toys.print")
    def print_(ctx: EffectContext) -> dict[str, object]:
        """Prints."""
        return {"printed": f"《{ctx.payload['text']}》"}

    files = {f"{name}.bpmn": model.decode() for name, model in MODELS.items()} | {"note.form": NOTE.decode()}
    bench.engine.deploy(ProcedureFiles("toys", files), SYSTEM)
    return bench


def walked(database: Database, name: str, *, restored: bool) -> Outcome:
    """A walk on an empty database."""
    try:
        return play(bench_on(database), WALKS[name], restored=restored)
    finally:
        database.dispose()


@pytest.mark.parametrize("name", list(WALKS))
def test_restored_before_every_step_a_walk_ends_as_it_does_straight(name: str, tmp_path: Path) -> None:
    straight = walked(empty_file(tmp_path / "a.db"), name, restored=False)
    restored = walked(empty_file(tmp_path / "b.db"), name, restored=True)

    assert straight == restored
    assert {status for _process, status, _variables in straight.cases} == {"completed"}
    assert straight.open == []


@pytest.mark.parametrize("restored", [False, True], ids=["straight", "restored"])
@pytest.mark.parametrize("name", list(WALKS))
def test_both_databases_come_to_the_same(name: str, restored: bool, tmp_path: Path) -> None:
    if not POSTGRES_URL:
        missing("PostgreSQL", "run ./test, which installs and starts it")

    assert walked(emptied(Database(POSTGRES_URL)), name, restored=restored) == walked(
        empty_file(tmp_path / "a.db"), name, restored=False
    )


def test_the_hundredth_case_runs_as_the_first(tmp_path: Path) -> None:
    database = empty_file(tmp_path / "a.db")
    bench = bench_on(database)
    for number in range(100):
        bench.engine.start("loop", office_id="nb", actor=SYSTEM, key=f"s{number}", variables={"n": 0})
        ((task,),) = _open(bench)
        for turn in range(3):
            bench.engine.complete(task, {}, SYSTEM_CLERK, f"c{number}-{turn}")
            found = _open(bench)
            task = found[0][0] if found else ""

    from engine.testing import outcome

    result = outcome(bench)
    assert all(case == result.cases[0] for case in result.cases)
    assert all(rows == result.history[0] for rows in result.history)
    database.dispose()


def _open(bench: Workbench) -> list[tuple[str]]:
    with bench.database.read() as session:
        from engine.link import Link

        return Link(session).all("SELECT id FROM task WHERE state = 'open' ORDER BY id")  # type: ignore[return-value]


def _clerk():  # type: ignore[no-untyped-def]
    from engine.testing import person

    return person("clerk", "clerk:nb")


SYSTEM_CLERK = _clerk()
