"""What the operators' page shows: the filters of the address, and each standing thing in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from engine.errors import Declined
from engine.troubles import EFFECT, HELD, MESSAGE, OTHER, RETRYING, STOPPED, TASK, TIMER, Query, Trouble
from web.languages import named
from web.reasons import against_rules
from web.services import services

STATES: dict[str, object] = {STOPPED: _l("已停止"), RETRYING: _l("自动重试中"), HELD: _l("恢复后待确认")}
COLOURS = {STOPPED: "red", RETRYING: "amber", HELD: "blue"}
KINDS: dict[str, object] = {EFFECT: _l("对外作业"), TIMER: _l("定时"), MESSAGE: _l("案件间消息"), TASK: _l("人员办理"), OTHER: _l("其他")}
WHY_NOT: dict[str, object] = {
    "reason": _l("请写明理由"),
    "kind": _l("案件之间的消息和人员办理的环节不能跳过，只能重试"),
    "must": _l("这项作业必须办成，不能跳过"),
    "gone": _l("这项作业已经办成或已撤销"),
    "hand": _l("这项作业正在办理，请稍后再看"),
    "way": _l("案件停在这个定时上，跳过以后无法继续；请重试，或更正流程"),
}
AGES: dict[str, tuple[object, timedelta]] = {
    "hour": (_l("一小时以上"), timedelta(hours=1)),
    "day": (_l("一天以上"), timedelta(days=1)),
    "week": (_l("一周以上"), timedelta(weeks=1)),
}


@dataclass(frozen=True)
class Choice:
    """The filters as they stand in the address; what is not known is left out."""

    state: str = ""
    kind: str = ""
    procedure: str = ""
    age: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Choice:
        """From the query of a request."""
        known: dict[str, Collection[str]] = {"state": STATES, "kind": KINDS, "procedure": procedure_names(), "age": AGES}
        return cls(**{name: given[name] for name, values in known.items() if given.get(name) in values})

    @property
    def query(self) -> Query:
        return Query(self.state, self.kind, self.procedure, AGES[self.age][1] if self.age else None)

    @property
    def address(self) -> str:
        return url_for("operations.index", **{name: value for name, value in vars(self).items() if value})


@dataclass(frozen=True)
class Row:
    """One standing thing with its words."""

    trouble: Trouble
    procedure: str
    step: str

    @property
    def state(self) -> str:
        return str(STATES[self.trouble.state])

    @property
    def colour(self) -> str:
        return COLOURS[self.trouble.state]

    @property
    def kind(self) -> str:
        return str(KINDS[self.trouble.kind])

    @property
    def may_be_skipped(self) -> bool:
        """What is held may always be said to be done already, what belongs to no case be closed; the rest of the answer is the engine's."""
        found = self.trouble
        if found.kind == OTHER:
            return True
        unskippable = found.kind == EFFECT and found.state != HELD and services().engine.kernel.registry.must_be_done(found.what)
        return found.kind in {EFFECT, TIMER} and not unskippable

    @property
    def why_not(self) -> str:
        """What to do where an operator can do nothing."""
        return "" if self.trouble.may_be_retried else str(_("请由原办理人在案件页上重试"))


def why_not(refused: Declined) -> str:
    """Why an operator may not: in words of our own where the engine says which of its rules it is, else (a handler of the way that the case
    would go on) in those of the refusal.
    """
    known = WHY_NOT.get(str(refused.values.get("why", "")))
    return str(known) if known is not None else against_rules(refused)


def procedure_names() -> dict[str, str]:
    """Every procedure by key, in the language of the page."""
    return {
        found.key: named(str(found.about.get("name") or found.key), found.about.get("name_en"))
        for found in services().engine.procedures()
    }


def rows(found: list[Trouble]) -> list[Row]:
    """The things that stand still, in words."""
    names = procedure_names()
    steps = {
        (procedure.key, element.id): named(element.name, element.properties.get("name_en"))
        for procedure in services().engine.procedures()
        for model in procedure.models.values()
        for element in model.elements.values()
        if element.name
    }
    return [
        Row(trouble, names.get(trouble.procedure, trouble.procedure), steps.get((trouble.procedure, trouble.element), trouble.element))
        for trouble in found
    ]
