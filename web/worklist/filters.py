"""The filters of the worklist: what was chosen, what each choice would show, and the address of every choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from engine.worklist import COUNT_CAP, WorklistPage, WorklistQuery

SCOPES = ("mine", "claimable", "office")
TERMS = ("overdue", "today", "soon", "ample", "stopped", "none")
STATES = ("unclaimed", "claimed", "draft", "returned")
TEXT_LIMIT = 80


@dataclass(frozen=True)
class Choice:
    """What stands in the address: scope, term, state, process, words, and the cursor of a further page."""

    scope: str = "mine"
    term: str = ""
    state: str = ""
    process: str = ""
    text: str = ""
    after: str = ""

    @classmethod
    def of(cls, args: Mapping[str, str]) -> Choice:
        """Reads the address; what is not known counts as not chosen."""
        scope, term, state = (args.get(name, "") for name in ("scope", "term", "state"))
        return cls(
            scope=scope if scope in SCOPES else "mine",
            term=term if term in TERMS else "",
            state=state if state in STATES else "",
            process=args.get("process", "")[:128],
            text=args.get("q", "").strip()[:TEXT_LIMIT],
            after=_cursor(args.get("after", "")),
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the scope was chosen."""
        return bool(self.term or self.state or self.process or self.text)

    def pairs(self) -> dict[str, str]:
        """The parts that differ from the plain list, as they stand in an address."""
        scope = self.scope if self.scope != "mine" else ""
        parts = {"scope": scope, "term": self.term, "state": self.state, "process": self.process, "q": self.text, "after": self.after}
        return {name: value for name, value in parts.items() if value}

    def address(self, task_id: str = "") -> str:
        """The address of the list, or of one task with this list beside it."""
        if task_id:
            base, pairs = url_for("worklist.show", task_id=task_id), replace(self, after="").pairs()
        else:
            base, pairs = url_for("worklist.index"), self.pairs()
        return f"{base}?{urlencode(pairs)}" if pairs else base

    def query(self, today: date, soon_until: date, limit: int, returns: frozenset[tuple[str, str]] = frozenset()) -> WorklistQuery:
        """As the engine is asked; `returns` as of WorklistQuery."""
        return WorklistQuery(
            today, scope=self.scope, term=self.term, process_id=self.process, text=self.text, after=self.after,
            limit=limit, soon_until=soon_until, state=self.state, returns=returns,
        )  # fmt: skip


def _cursor(text: str) -> str:
    """A cursor of ours (`date_id`), or nothing: the first page is better than an error."""
    day, _sep, task_id = text.partition("_")
    try:
        date.fromisoformat(day)
    except ValueError:
        return ""
    return text if task_id.isalnum() else ""


@dataclass(frozen=True)
class Facet:
    """One line of the filter column; `address` chooses it, or takes the choice back."""

    text: str
    count: str
    address: str
    is_chosen: bool
    dot: str = ""
    is_page: bool = False  # leads to a page of its own


@dataclass(frozen=True)
class Group:
    """A block of the filter column."""

    title: str
    name: str
    facets: tuple[Facet, ...]


@dataclass(frozen=True)
class Filters:
    """Everything that the filter column and the head of the list show."""

    choice: Choice
    groups: tuple[Group, ...]
    total: str

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
        return [facet for group in self.groups[1:] for facet in group.facets if facet.is_chosen]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the search form carries along."""
        return [(name, value) for name, value in self.choice.pairs().items() if name not in {"q", "after"}]

    @property
    def may_batch(self) -> bool:
        return self.choice.scope in {"claimable", "mine"}

    @property
    def elsewhere(self) -> Facet | None:
        """Where there is something to do when nothing is at hand: the tasks that may be claimed."""
        claimable = self.groups[0].facets[1]
        return claimable if self.choice.scope == "mine" and claimable.count not in {"", "0"} else None

    @property
    def hint(self) -> str:
        """What will appear in an empty list, and when."""
        return str(_HINTS[self.choice.scope])

    @property
    def nothing(self) -> str:
        if self.choice.is_narrowed:
            return str(_("没有符合条件的任务"))
        plain: dict[str, str] = {
            "mine": _("手头没有待办任务"),
            "claimable": _("没有可认领的任务"),
            "office": _("本局没有在办的任务"),
        }
        return plain[self.choice.scope]


_HINTS = {
    "mine": _l("认领的任务会出现在这里；有新的任务可以认领时，左侧“可认领”会有数字。"),
    "claimable": _l("流程走到您的岗位时，任务会出现在这里。"),
    "office": _l("本机关及下级机关在办案件的任务会出现在这里。"),
}


def scope_names() -> dict[str, str]:
    """The scopes in words."""
    return {"mine": _("我的待办"), "claimable": _("可认领"), "office": _("本局全部")}


def term_names() -> dict[str, str]:
    """The terms in words."""
    return {"overdue": _("已逾期"), "today": _("今日到期"), "soon": _("三个工作日内"), "ample": _("时限充裕"), "stopped": _("计时中止"), "none": _("无期限")}


def state_names() -> dict[str, str]:
    """The states of a task in words."""
    return {"unclaimed": _("待认领"), "claimed": _("办理中"), "draft": _("有草稿"), "returned": _("退回的")}


def number(count: int | None) -> str:
    """A count as it is shown; the engine stops counting at its cap, and does not count at all what too many tasks hold."""
    if count is None:
        return ""
    return f"{COUNT_CAP}+" if count > COUNT_CAP else str(count)


def build(choice: Choice, page: WorklistPage, processes: Mapping[str, str], unread: int = 0) -> Filters:
    """The filters for the engine's counts. `processes`: id → name in the language of the page; `unread`: copies that wait to be read."""
    first = replace(choice, after="")

    def facets(field: str, names: Mapping[str, str], counts: Mapping[str, int], dots: bool = False) -> tuple[Facet, ...]:
        found, is_counted = [], bool(counts) if field == "state" else bool(page.scopes)
        for value, text in names.items():
            is_chosen = getattr(choice, field) == value
            target = "" if is_chosen and field != "scope" else value
            address = replace(first, **{field: target}).address()
            found.append(Facet(text, number(counts.get(value, 0) if is_counted else None), address, is_chosen, value if dots else ""))
        return tuple(found)

    shown = {id_: name for id_, name in processes.items() if page.procedures.get(id_) or choice.process == id_}
    copies = Facet(str(_("抄送我的")), str(unread) if unread else "0", url_for("copies.index"), is_chosen=False, is_page=True)
    dated = {term: name for term, name in term_names().items() if term != "stopped" or page.terms.get(term) or choice.term == term}
    groups = (
        Group(_("任务范围"), "scopes", (*facets("scope", scope_names(), page.scopes), copies)),
        Group(_("办理时限"), "terms", facets("term", dated, page.terms, dots=True)),
        Group(_("任务状态"), "states", facets("state", state_names(), page.states)),
        Group(_("业务类型"), "processes", facets("process", shown, page.procedures)),
    )
    return Filters(choice, groups, _total(choice, page))


def _total(choice: Choice, page: WorklistPage) -> str:
    """How many the list holds, as far as it is known without counting again."""
    kinds = ((choice.term, page.terms), (choice.process, page.procedures), (choice.state, page.states))
    used = [(value, counts) for value, counts in kinds if value]
    if page.scopes and len(used) <= 1 and (not choice.state or page.states):
        value, counts = used[0] if used else (choice.scope, page.scopes)
        return number(counts.get(value, 0))
    return f"{len(page.items)}+" if page.next_cursor or choice.after else str(len(page.items))
