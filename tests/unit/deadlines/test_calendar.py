"""The calendar that comes with the product: it gives each year the rest that the law gives, no more and no less."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from deadlines.calendar import BUILT_IN, FOLDER, built_in, read_calendar
from deadlines.calendars import generate
from deadlines.calendars.generate import correct

# 全国年节及纪念日放假办法: ten days, eleven from 2008 on, thirteen from 2025 on.
# 2015 had the Victory Day besides; in 2020 the festival was lengthened by a Friday and a Saturday that was to be worked.
STATUTORY = {y: 10 if y < 2008 else 11 if y < 2025 else 13 for y in range(2003, 2027)} | {2015: 12, 2020: 13}


@pytest.mark.parametrize("year", STATUTORY)
def test_a_year_rests_as_many_days_as_the_law_gives(year: int) -> None:
    calendar = built_in()
    span = [date(year - 1, 12, 15) + timedelta(n) for n in range((date(year, 12, 15) - date(year - 1, 12, 15)).days)]

    free = sum(day.weekday() < 5 and not calendar.is_working_day(day) for day in span)
    made_up = sum(day.weekday() >= 5 and calendar.is_working_day(day) for day in span)

    assert free - made_up == STATUTORY[year]


def test_2002_rests_ten_days_of_which_two_were_made_up_in_the_year_before() -> None:
    calendar, days = built_in(), [date(2002, 1, 1) + timedelta(n) for n in range(365)]

    free = sum(day.weekday() < 5 and not calendar.is_working_day(day) for day in days)
    made_up = sum(day.weekday() >= 5 and calendar.is_working_day(day) for day in days)

    assert free - made_up - 2 == 10  # 29 and 30 December 2001 were worked for 2 and 3 January


def test_the_file_is_what_the_maintained_packages_say_put_right_by_the_corrections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "TARGET", tmp_path / f"{BUILT_IN}.json")
    generate.main()

    written = generate.TARGET.read_text("utf-8")
    assert written == (FOLDER / f"{BUILT_IN}.json").read_text("utf-8")
    assert list(json.loads(written)["years"]) == [str(year) for year in range(2002, 2027)]


def test_every_correction_is_in_the_file() -> None:
    content = json.loads((FOLDER / f"{BUILT_IN}.json").read_text("utf-8"))
    corrections = json.loads((FOLDER / "corrections.json").read_text("utf-8"))
    calendar = read_calendar(content)

    assert content["corrections"] == corrections
    for correction in corrections:
        assert all(calendar.is_working_day(date.fromisoformat(day)) for day in correction.get("works", []))
        assert not any(calendar.is_working_day(date.fromisoformat(day)) for day in correction.get("rests", []))
        assert all(calendar.holiday(date.fromisoformat(day)) == name for day, name in correction.get("off", {}).items())


def test_a_correction_changes_only_what_it_names() -> None:
    years = {"2005": {"off": {"2005-05-06": "劳动节", "2005-05-07": "劳动节"}, "worked": ["2005-04-30"]}}

    correct(years, [{"works": ["2005-05-06", "2005-12-31"], "rests": ["2005-04-30"], "off": {"2005-05-08": "劳动节"}}])

    assert years == {"2005": {"off": {"2005-05-07": "劳动节", "2005-05-08": "劳动节"}, "worked": ["2005-12-31"]}}
