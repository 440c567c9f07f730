"""FEEL: values by the DMN 1.3 text, three-valued logic, and what is refused before or while it runs."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from engine.bpmn import check_in_process
from engine.feel import FeelLimitError, FeelSyntaxError, compile_expression, compile_unary_tests, unwrap
from tests.factories.bpmn import chain, end, flow, gateway, process, start, user

SCOPE: dict[str, Any] = {
    "amount": 150000, "kind": "doubtful", "xs": [1, 2, 3], "rows": [{"a": 1, "b": "x"}, {"a": 5, "b": "y"}], "d": date(2026, 1, 31), "金额": 3,
}  # fmt: skip

VALUES: list[tuple[str, Any]] = [
    ("1 + 2 * 3", Decimal(7)),
    ("0.1 + 0.2 = 0.3", True),
    ("2 ** 3", Decimal(8)),
    ("1 / 0", None),
    ("金额 * 2", Decimal(6)),
    ('amount > 100000 and kind = "doubtful"', True),
    ("amount between 1 and 2", False),
    ("amount in [150000..200000)", True),
    ("amount in (150000..200000)", False),
    ("amount in (1, 2, > 5)", True),
    ("xs[1]", 1),
    ("xs[-1]", 3),
    ("xs[9]", None),
    ("count(xs[item > 1])", Decimal(2)),
    ("rows[a > 2].b", ["y"]),
    ("sum(for r in rows return r.a)", Decimal(6)),
    ("some x in xs satisfies x > 2", True),
    ("every x in xs satisfies x > 2", False),
    ('d + duration("P1M")', date(2026, 2, 28)),
    ('date("2026-02-30")', None),
    ("{a: 1, b: a + 1}.b", Decimal(2)),
    ('substring("foobar", 3)', "obar"),
    ("round half up(1.005, 2)", Decimal("1.01")),
    ("true and null", None),
    ("false and null", False),
    ("true or null", True),
    ("false or null", None),
    ("null = null", True),
    ("null > 1", None),
    ('1 = "1"', None),
    ("nobody.knows.this", None),
    ('if kind = "x" then 1 else 2', Decimal(2)),
]


@pytest.mark.parametrize(("text", "value"), VALUES, ids=[text for text, _ in VALUES])
def test_an_expression_has_the_value_of_the_text(text: str, value: Any) -> None:
    found = compile_expression(text).evaluate(SCOPE)

    assert found == value
    assert (found is None) == (value is None)


@pytest.mark.parametrize(
    ("cell", "value", "passes"),
    [
        ("< 5", 3, True), ("[1..3]", 3, True), ("[1..3)", 3, False), ('"a","b"', "b", True), ('not("a")', "b", True), ('not("a")', "a", False),
        ("-", None, True), ("", 1, True), ("? > 3", 4, True), ('"x"', None, False), ("null", None, True), ("> 3", None, False),
    ],
)  # fmt: skip
def test_a_cell_lets_the_right_values_pass(cell: str, value: Any, passes: bool) -> None:
    assert compile_unary_tests(cell).matches(value, SCOPE) is passes


@pytest.mark.parametrize(
    "text", ["1 +", "foo(", '"x', "a b", "if a then", "[1..", "", "(", "for x in", "__import__('os')", "1 = = 2"]
)
def test_a_wrong_text_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(FeelSyntaxError) as refusal:
        compile_expression(text)

    assert "个字符" in refusal.value.sentence_zh
    assert 0 <= refusal.value.position <= len(text)


@pytest.mark.parametrize(
    "text",
    ["count(for i in 1..1000000000 return i)", 'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a+)+$")', "unknown_function(1)"],
)
def test_what_asks_for_too_much_is_stopped_soon(text: str) -> None:
    begun = time.monotonic()

    with pytest.raises(FeelLimitError):
        compile_expression(text).evaluate(SCOPE)

    assert time.monotonic() - begun < 3


def test_a_huge_power_is_null_or_bounded() -> None:
    assert compile_expression("10 ** 10000000").evaluate({}) is None


@pytest.mark.parametrize("text", ["${amount > 1}", "=amount > 1", "amount > 1", "#{amount > 1}"])
def test_foreign_wrappings_are_taken_off(text: str) -> None:
    assert unwrap(text) == "amount > 1"


@pytest.mark.parametrize("condition", ["amount >", "(", '"open', "a b c"])
def test_the_gate_names_the_flow_of_a_wrong_condition(condition: str) -> None:
    drawn = process(
        start(), gateway("exclusive", "g", "g_to_b"), user("a"), user("b"), end(), flow("begun", "g"), flow("g", "a", condition, "bad_flow"),
        flow("g", "b"), chain("a", "done"), chain("b", "done"),
    )  # fmt: skip

    found = [f for f in check_in_process({"toy.bpmn": drawn}).findings if f.severity == "error"]

    assert [(f.code, f.element) for f in found] == [("bad-expression", "bad_flow")]
    assert "bad_flow" in found[0].zh
