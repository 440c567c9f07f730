"""What happened in a case, in words: one line per event, the latest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from db.clock import legal_date
from engine.reads import HistoryRow
from web.cases.words import Words
from web.languages import is_english, named
from web.names import both_names, person_name
from web.parties.told import told_of_parties

HIDDEN = {"opened", "passed", "unwanted"}  # unwanted: a message that was dropped by design, for nobody needed to hear it
ENTERED = {"completed_task", "handed_in"}  # rows that hold what was filled in
STATES = {
    "completed_task": "is-done",
    "completed": "is-done",
    "started": "is-done",
    "refused": "is-bad",
    "cancelled": "is-bad",
    "returned": "is-bad",
    "taken_back": "is-bad",
    "withdrawn_case": "is-bad",
    "clock_stopped": "is-bad",
    "error": "is-bad",
    "skipped": "is-bad",
    "party_agreed": "is-done",
    "party_answered": "is-done",
    "party_refused": "is-bad",
    "back_to_holder": "is-bad",
}


def _returned(row: HistoryRow, step: str) -> str:
    to = named(str(row.details.get("to_name") or row.details.get("to")), row.details.get("to_name_en"))
    return str(_("从“%(step)s”退回到“%(to)s”", step=step, to=to))


Sentence = Callable[[HistoryRow, str], str]  # of a row and the name of its step
# A page has a hundred lines and each of them one kind: the sentence of that kind alone is made.
SENTENCES: Mapping[str, Sentence] = {
    "started": lambda _row, _step: str(_("发起案件")),
    "completed": lambda _row, _step: str(_("案件办结")),
    "cancelled": lambda _row, _step: str(_("案件终止")),
    "returned": _returned,
    "resubmitted": lambda row, step: str(_("改正后直达：%(step)s", step=step) if row.details.get("way") == "direct" else _("改正后重走")),
    "clock_stopped": lambda row, _step: str(_("计时中止，预计至 %(until)s", until=row.details["until"]) if row.details.get("until") else _("计时中止")),
    "clock_resumed": lambda _row, _step: str(_("计时恢复")),
    "taken_back": lambda _row, step: str(_("拿回：%(step)s", step=step)),
    "withdrawn_case": lambda _row, _step: str(_("发起人撤回案件")),
    "completed_task": lambda _row, step: str(_("办结：%(step)s", step=step)),
    "claimed": lambda _row, step: str(_("认领：%(step)s", step=step)),
    "released": lambda _row, step: str(_("退领：%(step)s", step=step)),
    "withdrawn": lambda _row, step: str(_("任务撤销：%(step)s", step=step)),
    "done": lambda _row, step: str(_("自动办理：%(step)s", step=step)),
    "sent": lambda _row, step: str(_("发出：%(step)s", step=step)),
    "received": lambda _row, step: str(_("收到：%(step)s", step=step)),
    "fell_back": lambda _row, step: str(_("退回岗位：%(step)s", step=step)),
    "reassigned": lambda _row, step: str(_("改派：%(step)s", step=step)),
    "skipped": lambda _row, step: str(_("系统管理员跳过：%(step)s", step=step)),
    "operator_retry": lambda _row, _step: str(_("系统管理员安排重试")),
    "retried": lambda _row, _step: str(_("安排重试")),
    "timer": lambda _row, step: str(_("到时：%(step)s", step=step)),
    "refused": lambda _row, _step: str(_("操作被拒绝")),
    "error": lambda _row, step: str(_("办理未成：%(step)s", step=step)),
    "overwritten": lambda _row, step: str(_("两处同时填写，以后填的为准：%(step)s", step=step)),
}


@dataclass(frozen=True)
class Event:
    """A line of the timeline; `entered` is what a person filled in at that step."""

    at: datetime
    what: str
    who: str
    state: str
    entered: tuple[tuple[str, str], ...] = ()
    said: str = ""


def timeline(history: Iterable[HistoryRow], words: Words) -> list[Event]:
    """The events that people want to see."""
    return [_event(row, words) for row in reversed(_told(history)) if row.kind not in HIDDEN]


def _told(history: Iterable[HistoryRow]) -> list[HistoryRow]:
    """The rows without the sending of what was dropped afterwards: it reached nobody."""
    rows: list[HistoryRow] = []
    for row in history:
        if row.kind == "unwanted":
            sent = (at for at in reversed(range(len(rows))) if rows[at].kind == "sent" and rows[at].details == row.details)
            if (found := next(sent, None)) is not None:
                del rows[found]
        rows.append(row)
    return rows


def _event(row: HistoryRow, words: Words) -> Event:
    values = row.details.get("values")
    entered = words.entered(row.element, values, legal_date(row.at)) if row.kind in ENTERED and isinstance(values, dict) else []
    return Event(row.at, _what(row, words), signed(row), STATES.get(row.kind, ""), tuple(entered), _said(row))


def _what(row: HistoryRow, words: Words) -> str:
    step = words.step(row.element, row.name) if row.element and row.name else row.name
    if row.kind in {"sent", "received"}:
        step = words.message(str(row.details.get("message"))) or str(_("与其他案件往来的信息"))
    say = SENTENCES.get(row.kind)
    said = say(row, step) if say is not None else told_of_parties(row, step)
    return said or str(row.details.get("text") or step or row.kind)


def signed(row: HistoryRow) -> str:
    """Who did it; “乙 代 甲” where it was done in somebody's stead."""
    return both_names(person_name(row.person_id, row.person_name), person_name(row.for_id, row.for_name))


def _said(row: HistoryRow) -> str:
    if row.kind == "refused":
        return row.name
    reason = (is_english() and row.details.get("message_en")) or row.details.get("message" if row.kind == "error" else "reason")
    return reason if isinstance(reason, str) else ""
