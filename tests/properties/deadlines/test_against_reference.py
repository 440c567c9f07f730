"""Every day from 2002 to 2030 under every rule: our terms and the second implementation agree; how many is printed (pytest -rP)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import yaml

from deadlines.calendar import BUILT_IN, FOLDER, built_in, extended, read_calendar
from deadlines.rules import COUNTINGS, UNITS, TermRule, parse_rule
from deadlines.terms import reckon
from tests.properties.deadlines.reference import Reference

TERMS = [
    (1, "month"), (2, "month"), (6, "month"), (3, "year"), (5, "day"), (7, "day"), (8, "day"), (10, "day"), (15, "day"), (30, "day"),
    (1, "working_day"), (2, "working_day"), (3, "working_day"), (5, "working_day"), (10, "working_day"), (2, "day_of_month"), (4, "day_of_month"), (8, "day_of_month"), (10, "day_of_month"), (19, "day_of_month"),
    (31, "day_of_month"), (0, "end_of_month"), (0, "same_day"),
]  # fmt: skip
DAYS = [date(2002, 1, 1) + timedelta(n) for n in range((date(2030, 12, 31) - date(2002, 1, 1)).days + 1)]


TAX_MONTHS = [("civil", True), ("plain", True), ("tax", True), ("tax", False)]


def rules_in_use() -> set[tuple[int, str]]:
    """Count and unit of every deadline that a procedure folder declares."""
    files = sorted((FOLDER.parents[1] / "workflows").glob("*/procedure.yaml"))
    declared = [(yaml.safe_load(file.read_text("utf-8")) or {}).get("deadlines") or {} for file in files]
    return {(rule.count, rule.unit) for rows in declared for rule in (parse_rule(key, row) for key, row in rows.items())}


def test_every_unit_and_every_rule_in_use_is_compared() -> None:
    assert {unit for _count, unit in TERMS} == set(UNITS)
    assert {counting for counting, _months in TAX_MONTHS} == set(COUNTINGS)
    assert rules_in_use() <= set(TERMS)
    assert (DAYS[0], DAYS[-1], len(DAYS)) == (date(2002, 1, 1), date(2030, 12, 31), 10_592)


@pytest.mark.parametrize(("counting", "tax_months"), TAX_MONTHS)
@pytest.mark.parametrize(("count", "unit"), TERMS)
def test_no_day_differs(count: int, unit: str, counting: str, tax_months: bool) -> None:
    reference, calendar = Reference(FOLDER / f"{BUILT_IN}.json"), built_in()
    rule = TermRule("k", "期限", "term", count, unit, counting, tax_months=tax_months)

    different = [day for day in DAYS if reckon(rule, day, calendar).due_on != reference.end(day, count, unit, counting, tax_months)]

    print(f"{len(DAYS)} days × {count} {unit} × {counting}{'' if tax_months else ' without months'}: {len(different)} differences")
    assert different == []


def test_no_day_differs_under_an_invented_notice() -> None:
    """The years after the last notice have weekends only; here one of them has a long run and worked weekends."""
    notice = {"off": {f"2028-10-{day:02d}": "国庆节" for day in range(1, 10)}, "worked": ["2028-09-23", "2028-10-14"]}
    calendar = extended(built_in(), read_calendar({"version": "test", "years": {"2028": notice}}))
    reference = Reference(FOLDER / f"{BUILT_IN}.json")
    reference.off |= {date.fromisoformat(day) for day in notice["off"]}
    reference.made_up |= {date.fromisoformat(day) for day in notice["worked"]}
    days = [day for day in DAYS if day.year in {2027, 2028}]

    for count, unit in TERMS:
        for counting in COUNTINGS:
            rule = TermRule("k", "期限", "term", count, unit, counting)
            different = [day for day in days if reckon(rule, day, calendar).due_on != reference.end(day, count, unit, counting)]
            assert different == [], (count, unit, counting)
