"""Cases worked out by hand from the law and the State Council's notices, each with its reason."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from db.clock import legal_date
from deadlines.calendar import built_in
from deadlines.rules import COUNTINGS, UNITS, BadRule, TermRule, parse_rule
from deadlines.terms import in_english, on_paper, reckon
from tests.unit.deadlines.cases import CASES, PROVISIONAL, Row


def name(row: Row) -> str:
    return f"{row[0]}+{row[1][0]}{row[1][1]} {row[2]}"


@pytest.mark.parametrize("row", CASES, ids=name)
def test_a_term_ends_as_the_law_says(row: Row) -> None:
    event, term, counting, end, reason = row

    reached = reckon(TermRule("k", "期限", "term", *term, counting), date.fromisoformat(event), built_in())

    assert str(reached.due_on) == end, reason


@pytest.mark.parametrize("row", PROVISIONAL, ids=name)
def test_a_term_into_an_unpublished_year_is_provisional(row: Row) -> None:
    event, term, counting, end, reason = row

    reached = reckon(TermRule("k", "期限", "term", *term, counting), date.fromisoformat(event), built_in())

    assert (str(reached.due_on), reached.provisional) == (end, True), reason


def test_the_table_is_long_and_repeats_nothing() -> None:
    rows = CASES + PROVISIONAL

    assert len(rows) >= 150
    assert len({row[:3] for row in rows}) == len(rows)
    assert {row[1][1] for row in rows} == set(UNITS)
    assert {row[2] for row in rows} == set(COUNTINGS)
    assert all(row[4] for row in rows)


def test_a_receipt_late_at_night_counts_in_beijing() -> None:
    assert legal_date(datetime(2026, 2, 28, 15, 59, tzinfo=UTC)) == date(2026, 2, 28)
    assert legal_date(datetime(2026, 2, 28, 16, 0, tzinfo=UTC)) == date(2026, 3, 1)
    assert legal_date(datetime(2026, 2, 28, 23, 0, tzinfo=UTC)) == date(2026, 3, 1)


def test_both_readings_of_article_109_are_there() -> None:
    lengthened = TermRule("k", "期限", "term", 1, "month", "tax")
    unlengthened = TermRule("k", "期限", "term", 1, "month", "tax", tax_months=False)
    event = date(2025, 9, 15)

    assert reckon(lengthened, event, built_in()).due_on == date(2025, 10, 23)
    assert reckon(unlengthened, event, built_in()).due_on == date(2025, 10, 15)


def test_a_year_without_notice_gives_a_provisional_date() -> None:
    rule = TermRule("k", "期限", "term", 1, "month", "civil")

    assert reckon(rule, date(2026, 12, 10), built_in()).provisional
    assert not reckon(rule, date(2026, 10, 10), built_in()).provisional


def test_the_explanation_tells_why() -> None:
    told = reckon(TermRule("k", "回复期限", "reply", 1, "month", "civil"), date(2026, 4, 1), built_in())

    assert "；".join(told.zh) == (
        "2026年4月1日为起算事由发生之日；当日不计入，1 个月后的对应日为2026年5月1日；"
        "2026年5月1日为劳动节，顺延至其后第一个工作日2026年5月6日；期限届满日为2026年5月6日（日历 cn-2026.2）"
    )
    assert "1 month later is 2026-05-01" in "; ".join(told.en)


@pytest.mark.parametrize(("count", "unit", "said"), [(1, "month", "1 month"), (2, "month", "2 months"), (1, "working_day", "1 working day"), (5, "working_day", "5 working days")])  # fmt: skip
def test_english_counts_as_english_does(count: int, unit: str, said: str) -> None:
    assert in_english(count, unit) == said


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "没有写明期限"),
        ({"term": {"count": 1, "unit": "fortnight"}}, "fortnight"),
        ({"term": {"count": -1, "unit": "month"}}, "-1"),
        ({"term": {"count": 32, "unit": "day_of_month"}}, "第 32 日"),
        ({"term": {"count": 1, "unit": "month"}, "counting": "lunar"}, "lunar"),
        ({"term": {"count": 1, "unit": "month"}, "reminders": ["soon"]}, "soon"),
    ],
)
def test_a_wrong_rule_is_told_by_name(data: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadRule, match=sentence) as error:
        parse_rule("reply", data)

    assert "reply" in str(error.value)


def test_a_paper_writes_days_out_and_figures_close_and_knows_no_version_of_the_calendar() -> None:
    told = "当日不计入，1 个月后的对应日为2026年4月2日（日历 2026-1）；不晚于上级的期限 2026-04-02；凭证号 12026-04-021"

    assert on_paper(told) == "当日不计入，1个月后的对应日为2026年4月2日；不晚于上级的期限2026年4月2日；凭证号12026-04-021。"
    assert on_paper("") == ""
