"""How a term ends, step by step, each step with its reason. Pure functions on legal dates in Asia/Shanghai.

Civil rule, 民法典: 第二百零一条 the day of the event is not counted; 第二百零二条 a term of months or years ends on the day of the same
number, or on the month's last day if it has no such day; 第二百零三条 if the last day is a statutory holiday the term ends the day after the
holiday. "Statutory holiday" is read as "not a working day" **[chosen]**: weekends move the end, make-up Saturdays do not.
Tax rule, 税收征收管理法实施细则 第一百零九条: the last day moves likewise, and a run of three or more statutory holiday days inside the term
lengthens it by their number. A run is what the State Council's notice lists as days off in a row, weekends of the notice included **[chosen]**;
days that lengthen are looked at again, until no further run lies inside.
"""

from __future__ import annotations

import calendar as months_of
import re
from dataclasses import dataclass, field
from datetime import date, timedelta

from deadlines.calendar import Calendar
from deadlines.rules import TermRule

DAY = timedelta(days=1)
RUN = 3
_CALENDAR = re.compile(r"（日历 [^）]*）")
_DAY = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)")
UNPUBLISHED = ("放假安排尚未公布，先按周末推算，公布后重算", "the holiday notice is not published yet; this date is provisional")


@dataclass
class Reckoning:
    """The last day of a term, whether a calendar is missing on the way, and the steps in words. `left`: what is left while its clock stands, in its own
    unit; below nothing, the days by which it had passed.
    """

    due_on: date
    provisional: bool = False
    zh: list[str] = field(default_factory=list)
    en: list[str] = field(default_factory=list)
    left: int | None = None

    def say(self, zh: str, en: str) -> None:
        self.zh.append(zh)
        self.en.append(en)


def in_english(count: int, unit: str) -> str:
    """`1 month`, `15 days`, `5 working days`."""
    return f"{count} {unit.replace('_', ' ')}{'' if count == 1 else 's'}"


def shift_months(day: date, count: int) -> date:
    """The day of the same number `count` months later, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, months_of.monthrange(year, month + 1)[1]))


def reckon(rule: TermRule, event_on: date, calendar: Calendar) -> Reckoning:
    """The end of a term that begins with an event on a day."""
    result = Reckoning(event_on)
    result.say(f"{zh_day(event_on)}为起算事由发生之日", f"the event was on {event_on}")
    _count(rule, event_on, calendar, result)
    if is_lengthened(rule):
        _lengthen(event_on, calendar, result)
    if rule.counting in {"civil", "tax"} and rule.unit not in {"working_day", "same_day"}:
        _move(calendar, result)
    result.provisional = is_provisional(rule, event_on, result.due_on, calendar)
    if result.provisional:
        result.say(*UNPUBLISHED)
    result.say(
        f"期限届满日为{zh_day(result.due_on)}（日历 {calendar.version}）",
        f"the term ends on {result.due_on} (calendar {calendar.version})",
    )
    return result


def on_paper(explanation: str) -> str:
    """The Chinese sentences of `reckon` as an official paper prints them: days written out, figures close, an end.

    The version of our calendar is for pages alone.
    """
    text = _DAY.sub(lambda found: "{}年{}月{}日".format(*map(int, found.groups())), _CALENDAR.sub("", explanation))
    return re.sub(r"(?<=\d) (?=[^\x00-\x7f])|(?<=[^\x00-\x7f]) (?=\d)", "", text) + ("。" if text and not text.endswith("。") else "")


def is_lengthened(rule: TermRule) -> bool:
    """Whether runs of holiday days inside lengthen a term (第一百零九条); working days know the holidays already."""
    return rule.counting == "tax" and (rule.tax_months or rule.unit not in {"month", "year"}) and rule.unit != "working_day"


def left_over(rule: TermRule, begun_on: date, stopped_on: date, due_on: date, calendar: Calendar) -> int:
    """What is left of a term when its clock stops, in its own unit: working days, or days without those that holidays have added. Of one that
    has passed, below nothing, the days since.
    """
    if stopped_on > due_on:
        return (due_on - stopped_on).days
    if rule.unit == "working_day":
        return calendar.working_days_between(stopped_on, due_on)
    runs = _runs(begun_on + DAY, due_on, calendar) if is_lengthened(rule) else []
    added = {day for run in runs for day in run}
    return sum(stopped_on + DAY * n not in added for n in range(1, (due_on - stopped_on).days + 1))


def goes_on(rule: TermRule, on: date, left: int, calendar: Calendar) -> Reckoning:
    """The end of a term that goes on with what was left of it; what lengthens it now is said. One that had passed stays as late as it was."""
    if left < 0:
        return Reckoning(on + DAY * left)
    result = Reckoning(calendar.add_working_days(on, left) if rule.unit == "working_day" else on + DAY * left)
    if is_lengthened(rule):
        _lengthen(on, calendar, result)
    result.due_on = rests_on(rule, result.due_on, calendar)
    return result


def rests_on(rule: TermRule, day: date, calendar: Calendar) -> date:
    """The last day of a term that was extended or stopped: the first working day from this day on; by plain counting the day itself."""
    return day if rule.counting == "plain" else calendar.next_working_day(day)


def is_provisional(rule: TermRule, first: date, last: date, calendar: Calendar) -> bool:
    """Whether a year between two days has no notice yet; plain counting asks for none, but for working days."""
    asks = rule.counting != "plain" or rule.unit == "working_day"
    return asks and any(not calendar.is_published(date(year, 1, 1)) for year in range(first.year, last.year + 1))


def _count(rule: TermRule, event_on: date, calendar: Calendar, result: Reckoning) -> None:
    n = rule.count
    if rule.unit in {"month", "year"}:
        months = n * (12 if rule.unit == "year" else 1)
        result.due_on = shift_months(event_on, months)
        word = f"{n} 年" if rule.unit == "year" else f"{n} 个月"
        result.say(
            f"当日不计入，{word}后的对应日为{zh_day(result.due_on)}",
            f"that day is not counted; {in_english(n, rule.unit)} later is {result.due_on}",
        )
        if result.due_on.day != event_on.day:
            result.say(
                f"{result.due_on.month} 月没有 {event_on.day} 日，以月末为准",
                f"there is no day {event_on.day} in that month: its last day",
            )
    elif rule.unit == "day":
        result.due_on = event_on + DAY * n
        result.say(f"次日起计 {n} 日，至{zh_day(result.due_on)}", f"{in_english(n, rule.unit)} from the next day on: {result.due_on}")
    elif rule.unit == "working_day":
        result.due_on = calendar.add_working_days(event_on, n)
        result.say(f"次日起计 {n} 个工作日，至{zh_day(result.due_on)}", f"{in_english(n, rule.unit)} from the next day on: {result.due_on}")
    elif rule.unit == "day_of_month":
        result.due_on = _day_of_month(event_on, n)
        result.say(f"每月 {n} 日前，最近一次为{zh_day(result.due_on)}", f"by day {n} of the month, next {result.due_on}")
    elif rule.unit == "end_of_month":
        result.due_on = date(event_on.year, event_on.month, months_of.monthrange(event_on.year, event_on.month)[1])
        result.say(f"当月月末为{zh_day(result.due_on)}", f"the end of the month is {result.due_on}")
    else:
        result.say("当日办结", "the same day")


def _day_of_month(event_on: date, n: int) -> date:
    """Day `n` of this month if it has not passed, else of the next; clamped to the month's end."""
    here = date(event_on.year, event_on.month, min(n, months_of.monthrange(event_on.year, event_on.month)[1]))
    if event_on <= here:
        return here
    following = shift_months(event_on.replace(day=1), 1)
    return following.replace(day=min(n, months_of.monthrange(following.year, following.month)[1]))


def _lengthen(event_on: date, calendar: Calendar, result: Reckoning) -> None:
    """第一百零九条: runs of three or more holiday days inside lengthen the term, those in the added days too."""
    counted: set[date] = set()
    while True:
        runs = _runs(event_on + DAY, result.due_on, calendar)
        fresh = [days for run in runs if (days := [day for day in run if day not in counted])]
        if not fresh:
            return
        for run in fresh:
            counted |= set(run)
            result.due_on += DAY * len(run)
            name = calendar.holiday(run[0])
            result.say(
                f"期限内有{name}连续 {len(run)} 日法定休假日（{zh_day(run[0])}起），顺延 {len(run)} 日至{zh_day(result.due_on)}",
                f"{len(run)} holiday days in a row from {run[0]} lengthen the term to {result.due_on}",
            )


def _runs(first: date, last: date, calendar: Calendar) -> list[list[date]]:
    """Runs of days off of the notice, three or more in a row, that lie wholly or partly inside; only the part inside counts."""
    inside = ([day for day in run if first <= day <= last] for run in calendar.runs if first <= run[-1] and run[0] <= last)
    return [run for run in inside if len(run) >= RUN]


def _move(calendar: Calendar, result: Reckoning) -> None:
    moved = calendar.next_working_day(result.due_on)
    if moved != result.due_on:
        name = calendar.holiday(result.due_on) or ("星期六" if result.due_on.weekday() == 5 else "星期日")
        result.say(
            f"{zh_day(result.due_on)}为{name}，顺延至其后第一个工作日{zh_day(moved)}",
            f"{result.due_on} is not a working day; the term ends on the next one, {moved}",
        )
        result.due_on = moved


def zh_day(day: date) -> str:
    """`2026-03-02` → 2026年3月2日, as Chinese sentences about terms write days."""
    return f"{day.year}年{day.month}月{day.day}日"
