"""Cases worked out by hand from the law and the State Council's notices, each with its reason."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from db.clock import legal_date
from deadlines.calendar import built_in
from deadlines.rules import BadRule, TermRule, parse_rule
from deadlines.terms import reckon

MONTH, TWO = (1, "month"), (2, "month")
CASES = [
    # event, term, counting, end, reason
    ("2026-03-02", MONTH, "civil", "2026-04-02", "same number a month later, a Thursday"),
    ("2025-01-31", MONTH, "plain", "2025-02-28", "no 31 February: month end"),
    ("2024-01-31", MONTH, "plain", "2024-02-29", "leap year: month end is the 29th"),
    ("2024-01-30", MONTH, "plain", "2024-02-29", "no 30 February either"),
    ("2024-01-29", MONTH, "plain", "2024-02-29", "the 29th exists in a leap year"),
    ("2023-01-29", MONTH, "plain", "2023-02-28", "but not in another"),
    ("2024-02-29", (1, "year"), "plain", "2025-02-28", "a year after 29 February"),
    ("2025-12-31", TWO, "plain", "2026-02-28", "two months after New Year's Eve"),
    ("2023-12-31", TWO, "plain", "2024-02-29", "the same towards a leap year"),
    ("2026-03-31", MONTH, "plain", "2026-04-30", "April has 30 days"),
    ("2026-08-31", MONTH, "plain", "2026-09-30", "September too"),
    ("2026-04-01", MONTH, "civil", "2026-05-06", "1 May 2026: Labour Day until the 5th, so the 6th"),
    ("2026-01-16", MONTH, "civil", "2026-02-24", "16 February 2026 is inside Spring Festival (15-23): the 24th"),
    ("2026-01-14", MONTH, "civil", "2026-02-14", "Saturday 14 February 2026 is a make-up working day: not moved"),
    ("2025-12-28", MONTH, "civil", "2026-01-28", "a Wednesday"),
    ("2026-01-28", MONTH, "civil", "2026-02-28", "Saturday 28 February 2026 is a make-up working day"),
    ("2026-09-01", MONTH, "civil", "2026-10-08", "1 October: National Day until the 7th, so the 8th"),
    ("2025-09-01", MONTH, "civil", "2025-10-09", "2025: National Day and Mid-Autumn until the 8th, so the 9th"),
    ("2026-05-20", MONTH, "civil", "2026-06-22", "20 June 2026 is a Saturday of the Dragon Boat holiday (19-21): Monday the 22nd"),
    ("2026-02-07", MONTH, "civil", "2026-03-09", "7 March 2026 is a Saturday: Monday the 9th"),
    ("2026-02-08", MONTH, "civil", "2026-03-09", "8 March 2026 is a Sunday: Monday the 9th"),
    ("2026-02-07", MONTH, "plain", "2026-03-07", "plain counting does not move"),
    ("2026-01-20", MONTH, "tax", "2026-03-02", "20 February plus the nine holidays of 15-23 February is 1 March, a Sunday: the 2nd"),
    ("2025-09-15", MONTH, "tax", "2025-10-23", "15 October plus the eight days of 1-8 October"),
    ("2026-03-20", (10, "day"), "tax", "2026-03-30", "no holiday inside"),
    ("2026-03-30", (10, "day"), "tax", "2026-04-13", "9 April plus three days of Qingming (4-6) is Sunday the 12th: the 13th"),
    ("2026-03-02", (10, "day"), "civil", "2026-03-12", "the day itself is not counted"),
    ("2026-03-04", (10, "day"), "civil", "2026-03-16", "14 March is a Saturday: Monday the 16th"),
    ("2026-03-02", (5, "working_day"), "civil", "2026-03-09", "five working days over a weekend"),
    ("2026-02-13", (1, "working_day"), "civil", "2026-02-14", "Saturday the 14th is worked"),
    ("2026-02-14", (1, "working_day"), "civil", "2026-02-24", "then Spring Festival until the 23rd"),
    ("2026-04-30", (1, "working_day"), "civil", "2026-05-06", "Labour Day holiday between"),
    ("2026-03-02", (2, "day_of_month"), "civil", "2026-03-02", "today is day 2"),
    ("2026-03-03", (2, "day_of_month"), "civil", "2026-04-02", "day 2 has passed: next month"),
    ("2026-10-01", (2, "day_of_month"), "civil", "2026-10-08", "2 October is inside National Day"),
    ("2026-10-01", (4, "day_of_month"), "civil", "2026-10-08", "and so is the 4th"),
    ("2026-03-20", (19, "day_of_month"), "civil", "2026-04-20", "19 April 2026 is a Sunday: the 20th"),
    ("2026-02-05", (31, "day_of_month"), "plain", "2026-02-28", "no day 31: the month's last"),
    ("2026-05-15", (0, "end_of_month"), "civil", "2026-06-01", "31 May 2026 is a Sunday"),
    ("2026-05-15", (0, "same_day"), "civil", "2026-05-15", "the same day"),
    ("2023-03-01", (3, "year"), "civil", "2026-03-02", "1 March 2026 is a Sunday: the 2nd"),
    ("2002-09-30", MONTH, "civil", "2002-10-30", "2002 is in the calendar"),
    ("2002-01-12", MONTH, "civil", "2002-02-19", "12 February 2002: Spring Festival until the 18th"),
    ("2003-04-03", MONTH, "civil", "2003-05-08", "3 May 2003: Labour Day until the 7th"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("event", "term", "counting", "end", "reason"), CASES, ids=[f"{c[0]}+{c[1][0]}{c[1][1]} {c[2]}" for c in CASES]
)
def test_a_term_ends_as_the_law_says(event: str, term: tuple[int, str], counting: str, end: str, reason: str) -> None:
    rule = TermRule("k", "期限", "term", *term, counting)

    assert str(reckon(rule, date.fromisoformat(event), built_in()).due_on) == end, reason


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
