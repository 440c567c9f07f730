"""What a return does, in words for its page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from engine.moves.passed import Fate, Passed, Preview
from engine.moves.planner import Deed
from engine.tokens import Element
from web.languages import is_english, named
from web.names import person_name


@dataclass(frozen=True)
class Choice:
    """A passed step as the list offers it; `bar` says why it cannot be chosen."""

    node: int
    step: str
    who: str
    at: datetime
    hint: str
    bar: str
    is_chosen: bool


@dataclass(frozen=True)
class Line:
    """One thing that is cancelled, kept, or to be done again."""

    what: str
    more: str


def choices(steps: Iterable[Passed], chosen: int) -> list[Choice]:
    """The steps in the order passed."""
    return [
        Choice(
            step.done.node, name_of(step.target, step.done.name), person_name(step.done.person_id, step.done.person_name), step.done.at,
            _hint(step), (step.bar.en if is_english() else step.bar.zh) if step.bar else "", step.done.node == chosen,
        )
        for step in steps
    ]  # fmt: skip


def name_of(element: Element, otherwise: str = "") -> str:
    """The name of a step in the language of the page."""
    return named(element.name or otherwise or element.id, element.properties.get("name_en"))


def _hint(step: Passed) -> str:
    if step.whole:
        return str(_("这一部分已经结束，退回后从头重新办理"))
    return "" if step.is_before else str(_("不在您这一环节之前：您的任务保留"))


def fates(rows: Iterable[Fate]) -> list[Line]:
    """What the case waits for, line by line; equal ones once."""
    words = {"timer": _("定时"), "message": _("等待来信"), "work": _("自动办理"), "join": _("已到汇合处，所办内容保留")}
    lines = (Line(name_of(row.element), person_name(row.who_id, row.who) or str(words.get(row.what, _("待认领")))) for row in rows)
    return list(dict.fromkeys(lines))


def undone(preview: Preview) -> list[Line]:
    """The steps that have to be done again, in the order in which they were done."""
    return [Line(named(done.name or done.element, done.name_en), person_name(done.person_id, done.person_name)) for done in preview.undone]


def valid(preview: Preview) -> list[Line]:
    """The steps that were done and stay so, equal ones once."""
    return list(dict.fromkeys(Line(named(done.name or done.element, done.name_en), str(_("已办，仍然有效"))) for done in preview.valid))


def beyond_recall(deeds: Iterable[Deed]) -> list[Line]:
    """What was sent or carried out and stays so."""
    return [Line(name_of(deed.element), str(_("已发出，收不回")) if deed.is_message else str(_("已办理，重走时会再办一次"))) for deed in deeds]
