"""The filters of the worklist: what was chosen, what each choice would show, and the address of every choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from engine.reads import WorklistQuery
from flask import url_for
from flask_babel import gettext as _

SCOPES = ("mine", "claimable", "office")
TERMS = ("overdue", "today", "soon", "ample")
TEXT_LIMIT = 80


@dataclass(frozen=True)
class Choice:
    """What stands in the address: scope, term, procedure, words."""

    scope: str = "mine"
    term: str = ""
    procedure: str = ""
    text: str = ""
    after: str = ""

    @classmethod
    def of(cls, args: Mapping[str, str]) -> Choice:
        """Reads the address; what is not known counts as not chosen."""
        scope, term = args.get("scope", ""), args.get("term", "")
        return cls(
            scope=scope if scope in SCOPES else "mine",
            term=term if term in TERMS else "",
            procedure=args.get("procedure", "")[:64],
            text=args.get("q", "").strip()[:TEXT_LIMIT],
            after=args.get("after", "")[:200],
        )

    def pairs(self) -> dict[str, str]:
        """The parts that differ from the plain list, as they stand in an address."""
        parts = {"scope": self.scope if self.scope != "mine" else "", "term": self.term, "procedure": self.procedure}
        return {k: v for k, v in {**parts, "q": self.text, "after": self.after}.items() if v}

    def address(self, task_id: str = "") -> str:
        """The address of the list, or of one task with this list beside it."""
        base = url_for("worklist.show", task_id=task_id) if task_id else url_for("worklist.index")
        pairs = self.pairs()
        if task_id:
            pairs.pop("after", None)
        return f"{base}?{urlencode(pairs)}" if pairs else base

    def query(self, today: date, limit: int) -> WorklistQuery:
        """As the engine is asked."""
        return WorklistQuery(
            scope=self.scope, term=self.term or None, procedure=self.procedure or None, text=self.text,
            after=self.after or None, limit=limit, today=today,
        )  # fmt: skip


@dataclass(frozen=True)
class Facet:
    """One line of the filter column."""

    text: str
    count: int
    address: str
    is_chosen: bool
    dot: str = ""
    without: str = ""


@dataclass(frozen=True)
class Filters:
    """Everything that the filter column and the head of the list show."""

    choice: Choice
    groups: tuple[tuple[str, str, tuple[Facet, ...]], ...]
    total: int

    @property
    def title(self) -> str:
        return scope_names()[self.choice.scope]

    @property
    def address(self) -> str:
        return replace(self.choice, after="").address()

    @property
    def bare(self) -> str:
        return Choice(scope=self.choice.scope).address()

    @property
    def chosen(self) -> list[Facet]:
        return [facet for _title, _css, facets in self.groups[1:] for facet in facets if facet.is_chosen]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the search form carries along."""
        return [(k, v) for k, v in self.choice.pairs().items() if k not in {"q", "after"}]

    @property
    def text(self) -> str:
        return self.choice.text

    @property
    def may_batch(self) -> bool:
        return self.choice.scope == "claimable"

    @property
    def nothing(self) -> str:
        if self.chosen or self.text:
            return _("没有符合条件的任务")
        return {"mine": _("手头没有待办任务"), "claimable": _("没有可认领的任务"), "office": _("本局没有在办的任务")}[
            self.choice.scope
        ]


def scope_names() -> dict[str, str]:
    """The scopes in words."""
    return {"mine": _("我的待办"), "claimable": _("可认领"), "office": _("本局全部")}


def term_names() -> dict[str, str]:
    """The terms in words."""
    return {"overdue": _("已逾期"), "today": _("今日到期"), "soon": _("三个工作日内"), "ample": _("时限充裕")}


def build(choice: Choice, counts: Mapping[str, Mapping[str, int]], procedures: Mapping[str, str]) -> Filters:
    """The filters for the engine's counts. `procedures`: key → name in the language of the page."""
    first = replace(choice, after="")

    def facets(field: str, names: Mapping[str, str], dots: bool = False) -> tuple[Facet, ...]:
        found = []
        for value, text in names.items():
            is_chosen = getattr(choice, field) == value
            toggled = "" if is_chosen and field != "scope" else value
            found.append(
                Facet(
                    text,
                    counts.get(field, {}).get(value, 0),
                    replace(first, **{field: toggled}).address(),
                    is_chosen,
                    dot=value if dots else "",
                    without=replace(first, **{field: ""}).address() if is_chosen else "",
                )  # fmt: skip
            )
        return tuple(found)

    shown = {k: v for k, v in procedures.items() if counts.get("procedure", {}).get(k) or choice.procedure == k}
    groups = (
        (_("任务范围"), "scopes", facets("scope", scope_names())),
        (_("办理时限"), "terms", facets("term", term_names(), dots=True)),
        (_("业务类型"), "procedures", facets("procedure", shown)),
    )
    total = counts.get("total", {}).get("", 0)
    return Filters(choice, groups, total)
