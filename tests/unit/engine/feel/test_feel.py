"""FEEL: values by the DMN 1.3 text, three-valued logic, and what is refused before or while it runs."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.bpmn import check_in_process
from engine.case import Case
from engine.feel import (
    NOTHING_MORE,
    OF_A_CASE,
    EvalContext,
    FeelLimitError,
    FeelSyntaxError,
    call_faults,
    compile_expression,
    compile_unary_tests,
    unwrap,
)
from engine.feel.functions import BUILTINS
from engine.feel.parameters import PARAMETERS
from engine.link import Link
from tests.factories.bpmn import chain, end, flow, gateway, process, script, start, user
from tests.factories.kit import Kit

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
    (r'"C:\\new"', "C:\\new"),
    (r'"a\\\"b\n\t\d"', 'a\\"b\n\t\\d'),
    ("sort([3, 1, 2])[1]", Decimal(1)),
    ("sort([{a: 2}, {a: 1}])", None),
    ("sort([[1, null], [1, 2]])", None),
    ("sort(list: [2, 1])[1]", Decimal(1)),
    ("number(from: \"1,5\", decimal: \",\")", Decimal("1.5")),
    ("decimal(scale: 2)", None),
    ('substring("start position": 2, string: "abc")', "bc"),
    ('string join(["a", "b"], "-")', "a-b"),
    ('matches("a", "(")', None),
    ('replace("a", "(a)", "$7")', None),
    ("exp(13999) * exp(13999)", None),
    ("product([10 ** 6000, 10 ** 6000])", None),
    ('duration("P999999999W")', None),
    ('@"P999999999W"', None),
    ("some x in xs satisfies x > n", None),
    ('duration("P900000D") * 10000', None),
    ('duration("P1D") / (1 / 10 ** 400)', None),
    ("-1234567890123456789012345678901234", Decimal("-1234567890123456789012345678901234")),
    ("abs(-1234567890123456789012345678901234)", Decimal("1234567890123456789012345678901234")),
    ("modulo(1234567890123456789012345678901234, 10)", Decimal(4)),
    ("modulo(-5, 3)", Decimal(1)),
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
        ("-", None, True), ("", 1, True), ("? > 3", 4, True), (r'not("C:\\")', "C:\\", False), (r'not("C:\\", ")")', "x", True), ('"x"', None, False), ("null", None, True), ("> 3", None, False),
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


@pytest.mark.parametrize(
    ("text", "feel"),
    [
        ('${kind == "a==b" && x}', 'kind = "a==b"  and  x'),
        ('${a || kind == "x||y\\"==&&"}', 'a  or  kind = "x||y\\"==&&"'),
    ],
)
def test_signs_of_another_language_are_changed_outside_of_texts_only(text: str, feel: str) -> None:
    assert unwrap(text) == feel


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


def test_nested_quantifiers_ask_each_condition_once() -> None:
    """Twice per level was 2^12 times at the innermost one."""
    text = "".join(f"some x{n} in [1] satisfies (" for n in range(12)) + "ask() = 1" + ")" * 12
    asked: list[int] = []

    assert compile_expression(text).evaluate({}, context=EvalContext({"ask": lambda: asked.append(1) or 1})) is True
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("isempty(x)", "没有名为 isempty 的函数", "there is no function isempty"),
        ("cuont(xs)", "没有名为 cuont 的函数，是否应为 count", "there is no function cuont; did you mean count?"),
        ("stringlength(x)", "没有名为 stringlength 的函数，是否应为 string length", "there is no function stringlength; did you mean string length?"),
        ("met by(x, y)", "没有名为 met by 的函数", "there is no function met by"),
        ("a.b.c(1)", "没有名为 a.b.c 的函数", "there is no function a.b.c"),
        ("(for x in xs return nobody(x))[1]", "没有名为 nobody 的函数", "there is no function nobody"),
        ("if false then nobody() else {a: [nobody2(1)]}.a", "没有名为 nobody 的函数", "there is no function nobody"),
        ("xs[nobody(item)]", "没有名为 nobody 的函数", "there is no function nobody"),
        ("1 in (nobody(2), > 3)", "没有名为 nobody 的函数", "there is no function nobody"),
        ("deadline()", "函数 deadline 的参数应为 (key)", "the function deadline takes (key)"),
        ("deadline(name: 1)", "函数 deadline 的参数应为 (key)", "the function deadline takes (key)"),
        ("modulo(dividend: 5, divsor: 2)", "函数 modulo 没有名为 divsor 的参数：按名可用 dividend, divisor", "the function modulo has no parameter divsor: it has dividend, divisor"),
        ("concatenate(a: xs)", "函数 concatenate 没有名为 a 的参数：参数只能按顺序填写", "the function concatenate has no parameter a: it takes its arguments by place only"),
    ],
)  # fmt: skip
def test_a_call_that_cannot_be_answered_is_told_before_it_runs(text: str, zh: str, en: str) -> None:
    assert next(call_faults(compile_expression(text).calls, OF_A_CASE)) == (zh, en)
    assert next(call_faults(compile_unary_tests(text).calls, OF_A_CASE)) == (zh, en)


@pytest.mark.parametrize("text", ["now() > today()", 'deadline(key: "reply")', "case_id()", 'decimal(n: 1.5, scale: 0)', "not(is defined(x))"])
def test_what_is_there_may_be_called(text: str) -> None:
    assert list(call_faults(compile_expression(text).calls, OF_A_CASE)) == []


def test_what_only_a_case_can_answer_is_unknown_elsewhere() -> None:
    assert [zh for zh, _en in call_faults(compile_expression("today() > d and case_id() = x").calls, NOTHING_MORE)] == ["没有名为 today 的函数", "没有名为 case_id 的函数"]


def test_a_case_answers_the_calls_that_the_gate_lets_pass(database: Database, clock: ManualClock) -> None:
    kit = Kit(database, clock)
    kit.deploy(toy_bpmn=process(start(), script("look", "seen", '[now() = null, today() = null, deadline("reply"), case_id()]'), end(), chain("begun", "look", "done")))

    case = kit.start()

    assert kit.variables(case)["seen"] == [False, False, None, case]
    with database.write() as session:
        loaded = Case.load(kit.kernel, session, Link(session), case)
        assert {"now", "today", *loaded.context().functions} == OF_A_CASE.keys()
        loaded.leave()


@pytest.mark.parametrize("name", sorted(BUILTINS.keys() - {"and", "or"}))
def test_every_built_in_function_can_be_called(name: str) -> None:
    assert [call.name for call in compile_expression(f"{name}(1)").calls] == [name]


def test_every_named_parameter_belongs_to_a_function() -> None:
    assert PARAMETERS.keys() <= BUILTINS.keys()
