"""Gaps, overlaps, contradictions, masked and dead rules of a table, each planted once; and what cannot be analysed is said."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine.dmn import DmnError, decide, parse, table_faults
from engine.dmn.coverage import Fault
from engine.feel.values import Months
from tests.unit.engine.dmn.test_decisions import Row, cell, decision, file, table


def faults(rows: list[Row], *columns: tuple[str, str], allowed: tuple[str, ...] = (), **how: Any) -> list[Fault]:
    """Of a table with these columns, (expression, type) each; `allowed` are their allowed values."""
    text = table(rows, inputs=tuple(name for name, _ in columns), **how)
    for place, (name, kind) in enumerate(columns):
        values = cell("inputValues", allowed[place]) if place < len(allowed) and allowed[place] else ""
        asked = cell("inputExpression", name)
        typed = asked.replace("<inputExpression>", f'<inputExpression typeRef="{kind}">')
        text = text.replace(f"<input>{asked}</input>", f"<input>{typed}{values}</input>", 1)
    parsed = parse(file(decision(text)))
    assert parsed.findings == ()
    return list(table_faults(parsed.decisions["d"]))


def kinds(found: list[Fault]) -> list[str]:
    return [fault.kind for fault in found]


NUMBER, TEXT, TRUTH, DAY = ("n", "number"), ("s", "string"), ("b", "boolean"), ("d", "date")


def test_a_whole_table_has_no_fault() -> None:
    assert faults([("< 10", "1"), ("[10..20)", "2"), (">= 20", "3"), ("null", "4")], NUMBER) == []
    assert faults([('"a","b"', "1"), ('not("a","b")', "2")], TEXT) == []
    assert faults([("true", "1"), ("not(true)", "2")], TRUTH) == []
    assert faults([("-", "-", "1", "2")], NUMBER, ("anything", ""), outputs=("a", "b")) == []
    assert faults([('< date("2002-05-01")', "1"), ('>= date("2002-05-01")', "2"), ("null", "3")], DAY) == []


@pytest.mark.parametrize(
    ("rows", "column", "example"),
    [
        ([("< 10", "1"), ("> 10", "2"), ("null", "3")], NUMBER, Decimal(10)),
        ([("<= 9.99", "1"), (">= 10", "2"), ("null", "3")], NUMBER, Decimal("9.995")),
        ([("[0..10]", "1"), ("> 10", "2"), ("null", "3")], NUMBER, Decimal(-1)),
        ([("< 0", "1"), ("[0..10]", "2"), ("null", "3")], NUMBER, Decimal(11)),
        ([("< 10", "1"), (">= 10", "2")], NUMBER, None),
        ([('"a"', "1"), ('"b"', "2"), ("null", "3")], TEXT, "其他"),
        ([('"其他"', "1"), ("null", "3")], TEXT, "其他1"),
        ([('< "b"', "1"), ('> "b"', "2"), ("null", "3")], TEXT, "b"),
        ([("true", "1"), ("null", "3")], TRUTH, False),
        ([("true", "1"), ("false", "3")], TRUTH, None),
        ([('< date("2002-05-01")', "1"), ('> date("2002-05-01")', "2"), ("null", "3")], DAY, date(2002, 5, 1)),
        ([('<= date("2002-05-01")', "1"), ('>= date("2002-05-03")', "2"), ("null", "3")], DAY, date(2002, 5, 2)),
        ([('< duration("P30D")', "1"), ('> duration("P30D")', "2"), ("null", "3")], ("t", "days and time duration"), timedelta(days=30)),
        ([("< @\"P1Y\"", "1"), ("> @\"P1Y\"", "2"), ("null", "3")], ("t", "years and months duration"), Months(12)),
        ([('< @"2002-05-01T09:00:00"', "1"), ('> @"2002-05-01T09:00:00"', "2"), ("null", "3")], ("t", "dateTime"), datetime(2002, 5, 1, 9)),  # noqa: DTZ001
        ([("not(? between 3 and 4)", "1")], NUMBER, Decimal(3)),
        ([("? < 3 or ? in (3, [5..6])", "1"), ("> 6", "2"), ("null", "0")], NUMBER, Decimal(4)),
    ],
)  # fmt: skip
def test_a_gap_is_found_and_told_by_an_example(rows: list[Row], column: tuple[str, str], example: Any) -> None:
    found = faults(rows, column)

    assert kinds(found) == ["gap"]
    assert found[0].example == {column[0]: example}


def test_neighbouring_days_leave_no_gap_and_neighbouring_whole_numbers_neither() -> None:
    assert faults([('<= date("2002-05-01")', "1"), ('>= date("2002-05-02")', "2"), ("null", "3")], DAY) == []
    assert faults([("<= 25", "1"), (">= 26", "2"), ("null", "3")], ("n", "integer")) == []
    assert kinds(faults([("<= 25", "1"), (">= 26", "2"), ("null", "3")], NUMBER)) == ["gap"]


def test_a_gap_between_two_columns_says_both_in_two_languages() -> None:
    (gap,) = faults([("< 10", "true", "1"), (">= 10", "-", "2"), ("null", "-", "3"), ("< 10", "null", "4")], NUMBER, TRUTH)

    assert gap.example == {"n": Decimal(9), "b": False}
    assert gap.zh == "决策表“表 d”（d）有空缺：“n”为 < 10；“b”为 false 时没有规则命中，例如 n = 9, b = false"
    assert gap.en == "table d: has a gap, no rule is hit for n: < 10; b: false, e.g. n = 9, b = false"


def test_a_default_answer_fills_every_gap_and_allowed_values_bound_the_space() -> None:
    assert faults([("< 10", "1")], NUMBER, otherwise="0") == []
    assert faults([("< 10", "1"), ("[10..20]", "2")], NUMBER, allowed=("[0..20]",)) == []
    assert kinds(faults([("< 10", "1"), ("[10..20]", "2")], NUMBER, allowed=("[0..21]",))) == ["gap"]
    assert faults([('"a"', "1"), ('"b"', "2")], TEXT, allowed=('"a","b"',)) == []
    assert [f.example for f in faults([('"a"', "1")], TEXT, allowed=('"a","b"',))] == [{"s": "b"}]


def test_null_is_kept_out_by_the_allowed_values_and_then_refused() -> None:
    assert faults([("< 10", "1"), (">= 10", "2")], NUMBER, allowed=("not(null)",)) == []
    parsed = parse(file(decision(table([("-", "1")]).replace("</input>", cell("inputValues", "not(null)") + "</input>", 1))))

    with pytest.raises(DmnError, match="空 不在允许的范围内"):
        decide(parsed, "d", {})


def test_an_expression_that_always_has_a_value_is_never_null() -> None:
    asked = ("a != null", "boolean")
    assert faults([("true", "1"), ("false", "2")], asked) == []
    assert kinds(faults([("true", "1"), ("false", "2")], ("a = true or b = true", ""))) == ["gap"]
    assert faults([("true", "1"), ("not(true)", "2")], ("a = true or b = true", "")) == []


def test_two_columns_with_one_expression_are_one() -> None:
    assert faults([(">= 3", "< 5", "1"), ("< 3", "-", "2"), ("-", ">= 5", "3"), ("null", "null", "4")], NUMBER, NUMBER) == []


def test_an_overlap_names_both_rules() -> None:
    found = faults([("<= 10", "1"), (">= 10", "2"), ("null", "3")], NUMBER)

    assert [(f.kind, f.rules, f.example) for f in found] == [("overlap", ("r1", "r2"), {"n": Decimal(10)})]
    assert "规则 r1 与 r2 重叠，例如 n = 10" in found[0].zh
    assert "rules r1 and r2 overlap, e.g. n = 10" in found[0].en


def test_rules_that_overlap_may_agree_where_any_is_taken() -> None:
    assert faults([("<= 10", "1.0"), (">= 10", "1"), ("null", "3")], NUMBER, policy="ANY") == []
    found = faults([("<= 10", "1"), (">= 10", "2"), ("null", "3")], NUMBER, policy="ANY")

    assert [(f.kind, f.rules) for f in found] == [("contradiction", ("r1", "r2"))]
    assert faults([("<= 10", "x"), (">= 10", " x"), ("null", "3")], NUMBER, policy="ANY") == []
    assert kinds(faults([("<= 10", "x"), (">= 10", "y"), ("null", "3")], NUMBER, policy="ANY")) == ["opaque"]


def test_a_rule_that_others_precede_has_no_effect() -> None:
    found = faults([("< 10", "1"), ("< 5", "2"), ("-", "3")], NUMBER, policy="FIRST")
    assert [(f.kind, f.rules) for f in found] == [("masked", ("r2",))]

    two = faults([("<= 5", "1"), ("> 5", "2"), ("[3..8]", "3"), ("-", "4")], NUMBER, policy="FIRST")
    assert [(f.kind, f.rules) for f in two] == [("masked", ("r3",))]  # by both together

    ranked = faults([("-", '"low"'), ("< 5", '"high"'), ("< 3", '"low"')], NUMBER, policy="PRIORITY", listed='"high","low"')
    assert [(f.kind, f.rules) for f in ranked] == [("masked", ("r3",))]
    assert kinds(faults([("-", '"low"'), ("< 5", "x")], NUMBER, policy="PRIORITY", listed='"high","low"')) == ["opaque"]
    assert kinds(faults([("-", '"low"'), ("< 5", '"mid"')], NUMBER, policy="PRIORITY", listed='"high","low"')) == ["opaque"]


@pytest.mark.parametrize("policy", ["COLLECT", "RULE ORDER"])
def test_tables_that_collect_may_overlap_and_want_an_answer(policy: str) -> None:
    assert faults([("<= 10", "1"), (">= 10", "2"), ("null", "3")], NUMBER, policy=policy) == []
    assert kinds(faults([("<= 10", "1"), (">= 10", "2")], NUMBER, policy=policy)) == ["gap"]


def test_a_rule_that_nothing_hits_is_named() -> None:
    found = faults([("-", "1"), ("(5..5)", "2")], NUMBER, policy="COLLECT")
    assert [(f.kind, f.rules) for f in found] == [("never", ("r2",))]

    outside = faults([("<= 20", "1"), ("> 20", "2")], NUMBER, allowed=("[0..20]",))
    assert [(f.kind, f.rules) for f in outside] == [("never", ("r2",))]


@pytest.mark.parametrize(
    ("rows", "column", "word"),
    [
        ([("< limit", "1"), (">= limit", "2")], NUMBER, "limit"),
        ([("< today()", "1"), ("-", "2")], DAY, "today()"),
        ([('starts with(?, "a")', "1"), ("-", "2")], TEXT, "逐个取值"),
        ([("? + 1 > 3", "1"), ("-", "2")], NUMBER, "逐个取值"),
        ([("? > 3 and open", "1"), ("-", "2")], NUMBER, "open"),
        ([("{a: 1}", "1"), ("-", "2")], ("n", ""), "结构"),
        ([('"ten"', "1"), ("-", "2")], NUMBER, "永远不会命中"),
        ([('@"09:00:00+08:00"', "1"), ("-", "2")], ("t", "time"), "时区"),
    ],
)
def test_what_cannot_be_analysed_is_said(rows: list[Row], column: tuple[str, str], word: str) -> None:
    (found,) = faults(rows, column)

    assert found.kind == "opaque"
    assert word in found.zh
    assert found.en.isascii()


def test_many_gaps_are_cut_and_counted() -> None:
    rows: list[Row] = [(f"({n}..{n + 1})", "1") for n in range(15)]

    found = faults(rows, NUMBER, policy="COLLECT")
    assert kinds(found) == ["gap"]  # what is missing stands together in one sentence

    checkered: list[Row] = [(f'"{n}"', f'not("{n}")', "1") for n in range(14)]
    assert kinds(faults(checkered, TEXT, ("t", "string"), policy="COLLECT")) == ["gap"] * 11


def test_six_columns_of_ten_cells_are_no_matter() -> None:
    steps = ["< 1", "[1..2)", "[2..3)", "[3..4)", ">= 4"]
    rows: list[Row] = [tuple([test if place == column else "-" for place in range(6)] + ["1"]) for column in range(6) for test in steps]
    columns = tuple((f"n{place}", "number") for place in range(6))
    begun = time.monotonic()

    found = faults(rows, *columns, policy="COLLECT")

    assert kinds(found) == ["gap"]  # all null
    assert set(found[0].example.values()) == {None}
    assert time.monotonic() - begun < 5
