"""Every day from 2002 to 2030 under every rule: our terms and the second implementation agree."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from deadlines.calendar import BUILT_IN, FOLDER, built_in
from deadlines.rules import COUNTINGS, TermRule
from deadlines.terms import reckon
from tests.properties.deadlines.reference import Reference

TERMS = [
    (1, "month"), (2, "month"), (6, "month"), (3, "year"), (7, "day"), (10, "day"), (15, "day"), (1, "working_day"), (5, "working_day"),
    (10, "working_day"), (2, "day_of_month"), (4, "day_of_month"), (8, "day_of_month"), (10, "day_of_month"), (19, "day_of_month"),
    (31, "day_of_month"), (0, "end_of_month"), (0, "same_day"),
]  # fmt: skip
DAYS = [date(2002, 1, 1) + timedelta(n) for n in range((date(2030, 12, 31) - date(2002, 1, 1)).days + 1)]


@pytest.mark.parametrize("counting", COUNTINGS)
@pytest.mark.parametrize(("count", "unit"), TERMS)
def test_no_day_differs(count: int, unit: str, counting: str) -> None:
    reference, calendar = Reference(FOLDER / f"{BUILT_IN}.json"), built_in()
    rule = TermRule("k", "期限", "term", count, unit, counting)

    different = [day for day in DAYS if reckon(rule, day, calendar).due_on != reference.end(day, count, unit, counting)]

    assert different == []
