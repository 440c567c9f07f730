"""A rule of time as data: how long, how counted, when to remind. Read from procedure.yaml, changed by designers, kept with the deadline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

UNITS = ("month", "day", "working_day", "day_of_month", "end_of_month", "same_day", "year")
# civil: the general rule (民法典 第二百零一条至第二百零四条). tax: 税收征收管理法实施细则 第一百零九条. plain: calendar days, never moved.
COUNTINGS = ("civil", "tax", "plain")


class BadRule(Exception):
    """A deadline rule cannot be used; the message names key and value."""


@dataclass(frozen=True)
class TermRule:
    """`reminders` are working days before the end; `repeat` working days between repetitions after it (0: none).

    `tax_months`: whether the lengthening of the tax rule applies to terms in months and years too. The published readings
    differ; the default says yes, since article 109 speaks of "期限" without a distinction.
    """

    key: str
    label: str
    label_en: str
    count: int
    unit: str
    counting: str = "civil"
    reminders: tuple[int, ...] = ()
    repeat: int = 0
    article: str = ""
    tax_months: bool = True
    article_en: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data, kept with each deadline."""
        return {**asdict(self), "reminders": list(self.reminders)}


def parse_rule(key: str, data: Mapping[str, Any]) -> TermRule:
    """One entry of `deadlines:`; raises BadRule.

    {label, label_en, term: {count, unit}, counting, reminders: [10, 5, 1], repeat: 5, article, article_en}
    """
    term = data.get("term")
    if not isinstance(term, Mapping):
        raise BadRule(f"时限 {key}：没有写明期限（term）")
    count, unit = term.get("count", 0), term.get("unit", "")
    if unit not in UNITS:
        raise BadRule(f"时限 {key}：期限单位“{unit}”应为 {'、'.join(UNITS)} 之一")
    if not isinstance(count, int) or isinstance(count, bool) or count < 0 or count > 3660:
        raise BadRule(f"时限 {key}：期限“{count}”应为 0 至 3660 的整数")
    if unit == "day_of_month" and not 1 <= count <= 31:
        raise BadRule(f"时限 {key}：每月第 {count} 日不存在")
    counting = data.get("counting", "civil")
    if counting not in COUNTINGS:
        raise BadRule(f"时限 {key}：计算方法“{counting}”应为 {'、'.join(COUNTINGS)} 之一")
    reminders = data.get("reminders", [])
    if not isinstance(reminders, list) or not all(isinstance(r, int) and 0 <= r <= 250 for r in reminders):
        raise BadRule(f"时限 {key}：提醒“{reminders}”应为工作日数的列表")
    repeat = data.get("repeat", 0)
    if not isinstance(repeat, int) or not 0 <= repeat <= 250:
        raise BadRule(f"时限 {key}：重复催办的间隔“{repeat}”应为工作日数")
    return TermRule(
        key, str(data.get("label", key)), str(data.get("label_en", data.get("label", key))), count, unit, counting,
        tuple(sorted(reminders, reverse=True)), repeat, str(data.get("article", "")), bool(data.get("tax_months", True)),
        str(data.get("article_en", "")),
    )  # fmt: skip


def rule_from(data: Mapping[str, Any]) -> TermRule:
    """The rule as a deadline keeps it."""
    return TermRule(**{**data, "reminders": tuple(data["reminders"])})
