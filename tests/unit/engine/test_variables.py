"""Variables: written where they live, typed after a reload, never lost at a join, and told when two wrote the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.clock import ManualClock
from db.session import Database
from engine.codec import decode, encode
from engine.feel import Months
from engine.registry import StepContext
from engine.scopes import Store
from tests.factories.bpmn import chain, end, gateway, node, process, properties, service, start, user
from tests.factories.kit import BOB, Kit

LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.dates() | st.decimals(allow_nan=False, allow_infinity=False)
    | st.timedeltas() | st.uuids() | st.times() | st.datetimes(timezones=st.just(UTC)) | st.builds(Months, st.integers(-99, 99))
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3) | st.just("\x01"), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_every_value_comes_back_as_it_was(value: Any) -> None:
    back = decode(encode(value))

    assert back == value
    assert type(back) is type(value)


def test_a_value_that_cannot_be_stored_is_refused_by_its_type() -> None:
    with pytest.raises(TypeError, match="object"):
        encode({"x": object()})


def test_a_stored_value_is_what_a_reload_would_give_and_belongs_to_nobody_else() -> None:
    store, mine = Store({1: {}}), [1, (2, 3)]
    store.put(1, "rows", mine)
    mine.append(4)

    assert store.contents[1]["rows"] == [1, [2, 3]]


FORM = b'{"type": "default", "id": "note", "components": [{"type": "textfield", "key": "remark", "label": "x"}]}'


def test_the_second_of_two_parallel_writers_wins_and_the_history_says_so(any_database: Database, clock: ManualClock) -> None:
    kit = Kit(any_database, clock)
    kit.deploy(
        note_form=FORM,
        toy_bpmn=process(
            start(), gateway("parallel", "split"), user("a", camunda_formKey="note"), user("b", camunda_formKey="note"), gateway("parallel", "join"),
            end(), chain("begun", "split", "a", "join", "done"), chain("split", "b", "join"),
        ),
    )  # fmt: skip
    case = kit.start(remark="")
    kit.complete(case, "a", remark="甲")
    kit.complete(case, "b", BOB, remark="乙")

    assert kit.variables(case)["remark"] == "乙"
    (told,) = [h for h in kit.engine.case(case, BOB).history if h.kind == "overwritten"]
    assert told.details == {"variable": "remark", "before": "甲", "after": "乙", "written_by": "a"}


def multi(inside: str = "", **attributes: str) -> str:
    return node("multiInstanceLoopCharacteristics", "many", inside, **attributes)


def test_each_run_has_its_own_values_and_results_are_collected(any_database: Database, clock: ManualClock) -> None:
    kit = Kit(any_database, clock)
    each = multi(camunda_collection="offices", camunda_elementVariable="office")
    kit.deploy(
        note_form=FORM,
        toy_bpmn=process(
            start(), user("ask", inside=properties(output_collection="answers", output_element="{ office: office, remark: remark }") + each, camunda_formKey="note"),
            end(), chain("begun", "ask", "done"),
        ),
    )  # fmt: skip
    case = kit.start(offices=["东", "西"], remark=None)
    for (task,) in kit.rows("SELECT id FROM task WHERE state = 'open' ORDER BY id DESC"):
        kit.engine.complete(task, {"remark": task}, BOB, kit.key())

    variables = kit.variables(case)
    assert [row["office"] for row in variables["answers"]] == ["西", "东"]
    assert "office" not in variables
    assert kit.rows("SELECT count(*) FROM variable WHERE name = 'loopCounter'") == [(0,)]


def test_what_an_operation_does_to_its_inputs_stays_with_it(any_database: Database, clock: ManualClock) -> None:
    kit = Kit(any_database, clock)

    @kit.registry.operation("toys.spoil")
    def spoil(ctx: StepContext) -> Mapping[str, Any]:
        """Changes what it was given."""
        ctx.inputs["rows"].append("spoilt")
        ctx.variables["rows"].append("spoilt")
        return {"seen": len(ctx.variables["rows"])}

    kit.deploy(
        toy_bpmn=process(start(), service("spoil", "toys.spoil"), user("look"), end(), chain("begun", "spoil", "look", "done"))
    )
    case = kit.start(rows=["good"])

    kit.complete(case, "look")

    assert (kit.variables(case)["rows"], kit.variables(case)["seen"]) == (["good"], 1)


def test_a_big_value_is_written_once_and_not_with_every_step(any_database: Database, clock: ManualClock) -> None:
    kit = Kit(any_database, clock)
    kit.deploy(toy_bpmn=process(start(), user("a"), user("b"), end(), chain("begun", "a", "b", "done")))
    case = kit.start(big="x" * 1_000_000)

    kit.complete(case, "a")

    assert kit.rows("SELECT version FROM variable WHERE name = 'big'") == [(1,)]
    assert kit.rows("SELECT version FROM variable WHERE name = 'done_by'") == [(2,)]


SAMPLES = [
    Decimal("1.10"),
    date(2026, 2, 28),
    datetime(2026, 1, 1, 8, tzinfo=UTC),
    time(9, 30),
    timedelta(days=3),
    Months(2),
    UUID(int=7),
    "x",
    5,
    None,
    True,
]


def test_types_survive_a_restart(any_database: Database, clock: ManualClock) -> None:
    kit = Kit(any_database, clock)
    kit.deploy(toy_bpmn=process(start(), user("a"), end(), chain("begun", "a", "done")))
    case = kit.start(samples=SAMPLES, **{f"v{n}": value for n, value in enumerate(SAMPLES)})
    kit.forget()

    variables = kit.variables(case)

    assert variables["samples"] == SAMPLES
    assert [type(variables[f"v{n}"]) for n in range(len(SAMPLES))] == [type(value) for value in SAMPLES]
