"""What a step costs does not grow with what has happened, and is a known number of statements."""

from __future__ import annotations

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.link import Link
from engine.tokens import Machine
from tests.factories.bpmn import chain, end, flow, gateway, many, process, script, start, sub, user
from tests.factories.kit import ANN, Kit

LOOP = process(
    start(), user("work"), script("count", "n", "n + 1"), gateway("exclusive", "again", "again_to_done"), end(), chain("begun", "work", "count", "again"),
    flow("again", "work", "n < 100000"), flow("again", "done"),
)  # fmt: skip
THOUSAND_TASKS = process(start(), user("work", inside=many(collection="items")), end(), chain("begun", "work", "done"))
THOUSAND_SUBS = process(
    start(), sub("run", start("in"), user("work"), end("out"), chain("in", "work", "out"), inside=many(collection="items")), end(),
    chain("begun", "run", "done"),
)  # fmt: skip


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that the engine executes, in order."""
    seen: list[str] = []
    execute, many = Link._execute, Link._execute_many

    def counting(link: Link, sql: str, values: tuple[object, ...]) -> None:
        seen.append(sql)
        execute(link, sql, values)

    def counting_many(link: Link, sql: str, rows: list[tuple[object, ...]]) -> None:
        seen.append(sql)
        many(link, sql, rows)

    monkeypatch.setattr(Link, "_execute", counting)
    monkeypatch.setattr(Link, "_execute_many", counting_many)
    return seen


def test_a_completion_is_eleven_statements_whatever_the_length_of_the_case(database: Database, clock: ManualClock, counted: list[str]) -> None:
    kit = Kit(database, clock)
    kit.deploy(toy_bpmn=LOOP)
    case = kit.start(n=0)
    needed = []
    for _ in range(120):
        task = kit.open(case)["work"]
        counted.clear()
        kit.engine.complete(task, {}, ANN, kit.key())
        needed.append(len(counted))

    assert max(needed[1:]) == min(needed[1:]) == 11, "\n".join(counted)


def test_the_state_of_a_case_does_not_grow(database: Database, clock: ManualClock) -> None:
    kit = Kit(database, clock)
    kit.deploy(toy_bpmn=LOOP)
    case = kit.start(n=0)
    sizes = []
    for _ in range(120):
        kit.complete(case, "work")
        sizes.append(kit.rows("SELECT length(state) FROM instance WHERE id = ?", case)[0][0])

    assert sizes[-1] <= sizes[1] + 8  # numbers get longer, nothing else


def test_the_second_completion_reads_no_state_and_a_restart_reads_it_again(database: Database, clock: ManualClock, counted: list[str]) -> None:
    kit = Kit(database, clock)
    kit.deploy(toy_bpmn=LOOP)
    case = kit.start(n=0)
    kit.complete(case, "work")
    assert not any("FROM variable" in sql for sql in counted)

    kit.forget()
    kit.complete(case, "work")

    assert any("FROM variable" in sql for sql in counted)
    assert kit.variables(case)["n"] == 2


def test_a_warm_copy_that_another_node_overtook_is_not_used(database: Database, clock: ManualClock) -> None:
    kit, other = Kit(database, clock), Kit(database, clock)
    kit.deploy(toy_bpmn=LOOP)
    case = kit.start(n=0)
    kit.complete(case, "work")
    other.engine.complete(kit.open(case)["work"], {}, ANN, "on the other node")

    kit.complete(case, "work")

    assert kit.variables(case)["n"] == 3


@pytest.mark.parametrize("model", [THOUSAND_TASKS, THOUSAND_SUBS], ids=["tasks", "sub-processes"])
def test_one_of_a_thousand_parallel_runs_is_completed_by_as_few_statements_as_one_of_two(
    database: Database, clock: ManualClock, counted: list[str], model: bytes
) -> None:
    kit = Kit(database, clock)
    kit.deploy(toy_bpmn=model)
    needed = {}
    for runs in (2, 1000):
        case = kit.start(items=list(range(runs)))
        counted.clear()
        kit.complete(case, "work")
        needed[runs] = len(counted)
        size = kit.rows("SELECT length(state) FROM instance WHERE id = ?", case)[0][0]

    assert needed[1000] == needed[2]
    assert size < 1000 * 160, "bytes of state per run"
    assert len(kit.open(case)) == 1 and kit.ready(case) == ["work"] * 999


def test_a_thousand_parallel_tasks_are_worked_to_the_end_of_the_case(database: Database, clock: ManualClock) -> None:
    kit = Kit(database, clock)
    kit.deploy(toy_bpmn=THOUSAND_TASKS)
    case = kit.start(items=list(range(1000)))

    for (task,) in kit.rows("SELECT id FROM task WHERE instance_id = ? AND state = 'open' ORDER BY id", case):
        kit.engine.complete(task, {}, ANN, kit.key())

    assert kit.status(case) == "completed"
    assert kit.rows("SELECT count(*) FROM task WHERE instance_id = ? AND state = 'completed'", case) == [(1000,)]
    assert kit.rows("SELECT count(*) FROM variable WHERE instance_id = ? AND name = 'item'", case) == [(0,)]


def test_conditions_are_looked_at_only_where_a_model_has_some(database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    kit = Kit(database, clock)
    kit.deploy(toy_bpmn=THOUSAND_TASKS)
    case = kit.start(items=list(range(200)))
    looked_at = []
    element = Machine.element
    monkeypatch.setattr(Machine, "element", lambda machine, token: looked_at.append(token.id) or element(machine, token))

    kit.complete(case, "work")

    assert len(looked_at) < 20, "a completion must not look at every other run"


def test_a_megabyte_of_variables_is_written_once(database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    kit = Kit(database, clock)
    kit.deploy(toy_bpmn=LOOP)
    case = kit.start(n=0, payload="x" * 1_000_000)
    sent: list[int] = []
    execute = Link._execute

    def weighing(link: Link, sql: str, values: tuple[object, ...]) -> None:
        sent.append(sum(len(value) for value in values if isinstance(value, (str, bytes))))
        execute(link, sql, values)

    task = kit.open(case)["work"]
    monkeypatch.setattr(Link, "_execute", weighing)
    kit.engine.complete(task, {}, ANN, kit.key())

    assert sent and sum(sent) < 10_000
