"""What a form says about an entry that it does not take: Chinese and English side by side, each page picks its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

Sentence = dict[str, str]

SENTENCES: Mapping[str, tuple[str, str]] = {
    "missing": ("请填写“{label}”", "“{label_en}” must be filled in"),
    "missing_choice": ("请选择“{label}”", "“{label_en}” must be chosen"),
    "number": ("“{label}”应填写数字", "“{label_en}” must be a number"),
    "date": ("“{label}”应填写日期，如 2026-03-02", "“{label_en}” must be a date such as 2026-03-02"),
    "not_offered": ("“{label}”请从列表中选择", "choose “{label_en}” from the list"),
    "one_choice": ("“{label}”至少选一项", "choose at least one of “{label_en}”"),
    "one_row": ("“{label}”至少填写一行", "fill in at least one row of “{label_en}”"),
    "rows_or_none": ("“{label}”请逐行填写；一行也没有的，请勾选“{none}”", "fill in “{label_en}” row by row, or tick “{none_en}” where there is none"),
    "rows_and_none": ("“{label}”填写了内容，又勾选了“{none}”，两者只留一项", "“{label_en}” is filled in and “{none_en}” is ticked: leave one of the two"),
    "not_ticked": ("请勾选“{label}”", "“{label_en}” must be ticked"),
    "too_large": ("“{label}”的数字过大", "the number in “{label_en}” is too large"),
    "below": ("“{label}”不能小于 {limit}{unit}", "“{label_en}” must not be below {limit}"),
    "above": ("“{label}”不能大于 {limit}{unit}", "“{label_en}” must not be above {limit}"),
    "decimals": ("“{label}”最多 {limit} 位小数", "“{label_en}” takes at most {limit} decimals"),
    "whole": ("“{label}”应填写整数", "“{label_en}” must be a whole number"),
    "too_long": ("“{label}”最多 {limit} 个字", "“{label_en}” takes at most {limit} characters"),
    "too_short": ("“{label}”至少 {limit} 个字", "“{label_en}” needs at least {limit} characters"),
    "yes_or_no": ("“{label}”应填写是或否", "“{label_en}” must be yes or no"),
    "text": ("“{label}”应填写文字", "“{label_en}” must be text"),
    "too_many_rows": ("“{label}”最多 {limit} 行", "“{label_en}” takes at most {limit} rows"),
    "no_row": ("“{label}”的第 {row} 行不是一行数据", "row {row} of “{label_en}” is no row of data"),
    "unprintable": ("“{label}”含有不能使用的控制字符", "“{label_en}” contains a control character"),
    "shape": ("“{label}”的格式不正确", "“{label_en}” is not in the right format"),
}


class Labelled(Protocol):
    """A field, as far as sentences need it."""

    @property
    def label(self) -> str: ...

    @property
    def label_en(self) -> str: ...

    @property
    def pattern_message(self) -> str: ...

    @property
    def properties(self) -> Mapping[str, str]: ...


def say(item: Labelled, what: str, **figures: Any) -> Sentence:
    """The sentence of the table about a field."""
    zh, en = SENTENCES[what]
    names = {"label": item.label, "label_en": item.label_en or item.label, **figures}
    return {"zh": zh.format(**names), "en": en.format(**names)}


def wrong_shape(item: Labelled) -> Sentence:
    """What the designer says of an entry that does not fit the pattern (`patternErrorMessage`, `pattern_message_en`), else a plain one."""
    plain = say(item, "shape")
    return {"zh": item.pattern_message or plain["zh"], "en": item.properties.get("pattern_message_en") or plain["en"]}


def in_row(number: int, said: Sentence) -> Sentence:
    """A sentence about a field of a list, with the row in which it stands."""
    return {"zh": f"第 {number} 行：{said['zh']}", "en": f"row {number}: {said['en']}"}
