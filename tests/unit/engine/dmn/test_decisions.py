"""Decisions by the DMN 1.3 text: seven hit policies, aggregation, what no rule fits, required decisions, and the table of the law."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

import pytest

from engine.dmn import DmnError, decide, parse

MODEL = 'xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"'
Row = tuple[str, ...]


def cell(tag: str, text: str) -> str:
    return f"<{tag}><text>{escape(text)}</text></{tag}>"


def table(rows: list[Row], *, policy: str = "UNIQUE", inputs: tuple[str, ...] = ("n",), outputs: tuple[str, ...] = ("o",), more: str = "", listed: str = "", otherwise: str = "") -> str:  # fmt: skip
    """A decision table; the first cells of a row are tests, the rest results."""
    head = "".join(f"<input><inputExpression><text>{escape(i)}</text></inputExpression></input>" for i in inputs)
    inside = (cell("outputValues", listed) if listed else "") + (cell("defaultOutputEntry", otherwise) if otherwise else "")
    head += "".join(f'<output name="{o}">{inside}</output>' for o in outputs)
    body = "".join(
        f'<rule id="r{n}">' + "".join(cell("inputEntry" if i < len(inputs) else "outputEntry", t) for i, t in enumerate(row)) + "</rule>"
        for n, row in enumerate(rows, 1)
    )
    return f'<decisionTable hitPolicy="{policy}" {more}>{head}{body}</decisionTable>'


def file(*decisions: str) -> bytes:
    return f"<definitions {MODEL}>{''.join(decisions)}</definitions>".encode()


def decision(inside: str, id_: str = "d", *requires: str, variable: str = "") -> str:
    needs = "".join(f'<informationRequirement><requiredDecision href="#{r}"/></informationRequirement>' for r in requires)
    named = f'<variable name="{variable}"/>' if variable else ""
    return f'<decision id="{id_}" name="表 {id_}">{named}{needs}{inside}</decision>'


def answer(inside: str, **scope: Any) -> Any:
    parsed = parse(file(decision(inside)))
    assert parsed.findings == ()
    return decide(parsed, "d", scope)


STEPS: list[Row] = [("< 10", '"low"'), ("[10..20)", '"middle"'), (">= 20", '"high"')]
OVERLAP: list[Row] = [("> 1", "10"), ("> 2", "30"), ("> 3", "20")]


@pytest.mark.parametrize(("n", "expected"), [(9, "low"), (10, "middle"), (Decimal("19.99"), "middle"), (20, "high"), (None, None), ("x", None)])
def test_unique_gives_the_one_rule_that_fits(n: Any, expected: Any) -> None:
    assert answer(table(STEPS), n=n) == expected


def test_unique_tells_which_rules_collide() -> None:
    with pytest.raises(DmnError, match=r"“表 d”.*r1、r2"):
        answer(table(OVERLAP), n=3)


def test_first_takes_the_first() -> None:
    assert answer(table(OVERLAP, policy="FIRST"), n=9) == 10


def test_any_wants_agreement() -> None:
    agreed: list[Row] = [("> 1", '"a"'), ("> 2", '"a"'), ("> 3", '"b"')]
    assert answer(table(agreed, policy="ANY"), n=3) == "a"

    with pytest.raises(DmnError, match="不一致"):
        answer(table(agreed, policy="ANY"), n=4)


LEVELS: list[Row] = [("> 1", '"own"'), ("> 2", '"sat"'), ("> 3", '"city"')]


def test_priority_and_output_order_go_by_the_listed_values() -> None:
    listed = '"sat", "city", "own"'
    assert answer(table(LEVELS, policy="PRIORITY", listed=listed), n=9) == "sat"
    assert answer(table(LEVELS, policy="PRIORITY", listed=listed), n=2) == "own"
    assert answer(table(LEVELS, policy="OUTPUT ORDER", listed=listed), n=9) == ["sat", "city", "own"]


def test_numbers_have_priority_by_value_and_not_by_their_writing() -> None:
    assert answer(table([("-", "1.0"), ("-", "2")], policy="PRIORITY", listed="2.00, 1"), n=0) == 2


def test_a_result_that_is_not_listed_has_no_priority_and_is_told() -> None:
    with pytest.raises(DmnError, match="city"):
        answer(table(LEVELS, policy="PRIORITY", listed='"sat", "own"'), n=9)


def test_rule_order_and_collect_give_all() -> None:
    assert answer(table(OVERLAP, policy="RULE ORDER"), n=9) == [10, 30, 20]
    assert answer(table(OVERLAP, policy="COLLECT"), n=3) == [10, 30]
    assert answer(table(OVERLAP, policy="COLLECT"), n=0) == []


@pytest.mark.parametrize(("how", "expected", "of_none"), [("SUM", 60, None), ("MIN", 10, None), ("MAX", 30, None), ("COUNT", 3, 0)])
def test_collect_aggregates(how: str, expected: int, of_none: int | None) -> None:
    collected = table(OVERLAP, policy="COLLECT", more=f'aggregation="{how}"')

    assert answer(collected, n=9) == expected
    assert answer(collected, n=0) == of_none


def test_a_sum_is_exact_to_the_last_of_thirty_digits() -> None:
    big: list[Row] = [("-", "123456789012345678901234567890.01"), ("-", "0.01")]

    assert answer(table(big, policy="COLLECT", more='aggregation="SUM"'), n=0) == Decimal("123456789012345678901234567890.02")


def test_a_sum_of_words_is_told() -> None:
    with pytest.raises(DmnError, match="不都是数"):
        answer(table([("-", '"a"'), ("-", "1")], policy="COLLECT", more='aggregation="SUM"'), n=0)


def test_where_no_rule_fits_the_default_of_the_column_counts() -> None:
    assert answer(table(STEPS[:1], otherwise='"none of them"'), n=50) == "none of them"
    assert answer(table(STEPS[:1], otherwise='"none of them"'), n=5) == "low"
    assert answer(table(STEPS[:1]), n=50) is None


def test_several_outputs_are_a_context() -> None:
    assert answer(table([("-", "1", '"x"')], outputs=("a", "b")), n=0) == {"a": 1, "b": "x"}


@pytest.mark.parametrize(
    ("test", "n", "fits"),
    [
        ("4,5,6", 5, True), ('"a","b"', "b", True), ('not("b")', "b", False), ('not("b")', "a", True), ("not(1,2)", 3, True), ("[1..10]", 10, True),
        ("(1..10)", 10, False), ("true", True, True), ("true", False, False), ("null", None, True), ("not(null)", 1, True),
        ('date("2026-03-01")', date(2026, 3, 1), True), ('>= date("2026-03-01")', date(2026, 2, 28), False),
        ('[date("2026-01-01")..date("2026-12-31")]', date(2026, 6, 1), True), ("-", None, True), ("? > 3 and ? < 5", 4, True), ("> m", 4, True), ("", 1, True),
        ("0.30", Decimal("0.3"), True), ("< 10000000", Decimal("9999999.99"), True), ("< 10000000", Decimal("10000000.00"), False),
    ],
)  # fmt: skip
def test_a_cell(test: str, n: Any, fits: bool) -> None:
    assert (answer(table([(test, "true")]), n=n, m=3) is True) is fits


def test_a_decision_sees_what_it_requires() -> None:
    parsed = parse(
        file(
            decision(table([("> level", '"big"'), ("<= level", '"small"')]), "d", "limit", variable=""),
            decision(cell("literalExpression", "base * 2"), "limit", "base", variable="level"),
            decision(cell("literalExpression", "m + 1"), "base"),
        )
    )  # fmt: skip

    assert decide(parsed, "d", {"n": 9, "m": 3}) == "big"
    assert decide(parsed, "d", {"n": 8, "m": 3}) == "small"


def test_a_decision_that_many_require_is_taken_once() -> None:
    rows = [decision(cell("literalExpression", "1"), "d0")]
    rows += [decision(cell("literalExpression", f"d{i} + e{i}"), f"d{i + 1}", f"d{i}", f"e{i}") for i in range(60)]
    rows += [decision(cell("literalExpression", f"d{i}"), f"e{i}", f"d{i}") for i in range(60)]
    begun = time.monotonic()

    assert decide(parse(file(*rows)), "d60", {}) == 2**60
    assert time.monotonic() - begun < 2


def test_a_chain_of_a_thousand_decisions_is_no_recursion() -> None:
    rows = [decision(cell("literalExpression", "1"), "d0")] + [decision(cell("literalExpression", f"d{i}"), f"d{i + 1}", f"d{i}") for i in range(1000)]

    assert decide(parse(file(*rows)), "d1000", {}) == 1


def test_an_input_outside_its_allowed_values_is_told() -> None:
    listed = table(STEPS).replace("</input>", cell("inputValues", "[0..100]") + "</input>", 1)

    assert answer(listed, n=100) == "high"
    with pytest.raises(DmnError, match="101"):
        answer(listed, n=101)


REFUSED = [
    (decision(table(STEPS, policy="BEST")), "d", "BEST"),
    (decision(table(STEPS, more='aggregation="SUM"')), "d", "SUM"),
    (decision(table(OVERLAP, policy="COLLECT", more='aggregation="MEDIAN"')), "d", "MEDIAN"),
    (decision(table(OVERLAP, policy="COLLECT", more='aggregation="SUM"', outputs=("a", "b"))), "d", "汇总"),
    (decision(table(LEVELS, policy="PRIORITY")), "d", "优先顺序"),
    (decision(table([("> 1",)])), "r1", "列数"),
    (decision(table([("> 1", "1", "2")])), "r1", "列数"),
    (decision(table([("[1..", "1")])), "r1", "写法不对"),
    (decision(table([("-", "1 +")])), "r1", "写法不对"),
    (decision(table([("-", "1")], inputs=("",))), "input 1", "没有表达式"),
    (decision(table([("-",)], outputs=())), "d", "没有输出列"),
    (decision(table([("-", "1", "2")], outputs=("a", "a"))), "d", "同名"),
    (decision(""), "d", "既没有决策表也没有表达式"),
    (decision("<context/>"), "d", "既没有决策表也没有表达式"),
    (decision(table(STEPS), "d", "missing"), "d", "missing"),
    (decision(table(STEPS), "d", "d"), "d", "依赖自身"),
    (decision(table(STEPS), "d", "e") + decision(table(STEPS), "e", "d"), "e", "依赖自身"),
    (decision(table(STEPS)) + decision(table(STEPS)), "d", "重复"),
    (decision(table(STEPS).replace("<inputExpression>", '<inputExpression id="ie" expressionLanguage="javascript">')), "ie", "javascript"),
    (decision(table(STEPS)) + '<businessKnowledgeModel id="bkm"/>', "bkm", "bkm"),
    ("", "", "没有决策"),
]


@pytest.mark.parametrize(("drawn", "element", "says"), REFUSED, ids=[f"{e} {s}" for _d, e, s in REFUSED])
def test_a_table_that_would_answer_wrongly_is_refused(drawn: str, element: str, says: str) -> None:
    findings = parse(file(drawn)).findings

    assert any(where == element and says in zh for where, zh, _en in findings), findings


def organised_by(total: Decimal, requested: bool | None) -> dict[str, str]:
    """Ningbo 2001-19, annex 2, art. 10 and 5, read a second time: 10 million and more the city, 100 million and more the SAT, step by step."""
    if total >= Decimal(100_000_000):
        return {"organiser": "sat", "addressed_level": "city"}
    if total >= Decimal(10_000_000) or requested:
        return {"organiser": "city", "addressed_level": "city"}
    return {"organiser": "own", "addressed_level": "direct"}


@pytest.mark.parametrize("requested", [True, False, None])
def test_who_organises_an_investigation_is_as_the_law_says(requested: bool | None) -> None:
    parsed = parse(Path("workflows/coinvestigation/decisions/organiser.dmn").read_bytes())
    assert parsed.findings == ()

    edges = [Decimal(edge) + Decimal(step) / 100 for edge in (0, 1, 10_000_000, 100_000_000, 999_999_999_999) for step in range(-3, 4)]
    for total in [*edges, *(Decimal(n) * 1_234_567 for n in range(200))]:
        for asked in ({"city_requested": requested}, {"city_requested": False, "city_decided": requested}):
            assert decide(parsed, "organiser", {"total": total, **asked}) == organised_by(total, requested), total


def test_without_a_total_the_table_refuses_and_every_rule_names_its_article() -> None:
    parsed = parse(Path("workflows/coinvestigation/decisions/organiser.dmn").read_bytes())

    with pytest.raises(DmnError, match=r"价税合计.*空"):
        decide(parsed, "organiser", {"total": None})
    assert all("Ningbo 2001-19, annex 2, art. 10" in rule.annotations[0] for rule in parsed.decisions["organiser"].rules)


@pytest.mark.parametrize(
    ("inside", "where"),
    [
        (table([("isempty(n)", "1")]), "r1"), (table([("> 1", "isempty(n)")]), "r1"), (table([], inputs=("isempty(n)",)), "input 1"), (table([], otherwise="isempty(n)"), "d"),
        (table([], policy="PRIORITY", listed="isempty(1)"), "d"), ("<literalExpression><text>isempty(n)</text></literalExpression>", "d"),
        (table([("? > modulo(dividend: n, divsor: 2)", "1")]), "r1"), (table([("not(isempty(?))", "1")]), "r1"),
    ],
)  # fmt: skip
def test_a_function_that_is_not_there_is_told_with_its_element(inside: str, where: str) -> None:
    found = next(row for row in parse(file(decision(inside))).findings if row[0] == where)

    assert where in found[1]
    assert "isempty" in found[1] or "divsor" in found[1]
    assert "isempty" in found[2] or "divsor" in found[2]


def test_what_cases_may_call_a_decision_may_call() -> None:
    assert parse(file(decision(table([("> today()", 'deadline("reply")')])))).findings == ()


def test_output_values_that_cannot_be_told_without_a_case_do_not_stop_the_gate() -> None:
    found = parse(file(decision(table([], policy="PRIORITY", listed="count(for i in 1..1000000000 return i)")))).findings

    assert [where for where, _zh, _en in found] == ["d", "d"]  # and that the policy needs values
