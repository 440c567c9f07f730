"""What people call the verbs, the seats and their states, in the language of the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from engine.parties.rows import Party, blocking
from web.languages import is_english
from web.names import person_name

STATE_TAGS = {"agreed": "green", "answered": "green", "read": "green", "refused": "red", "open": "blue", "unread": "blue"}


@dataclass(frozen=True)
class Line:
    """One who was asked, as a list shows him."""

    id: str
    who: str
    what: str
    state: str
    state_name: str
    tag: str
    question: str
    opinion: str
    by: str
    asked_at: datetime
    closed_at: datetime | None
    is_gone: bool
    is_removable: bool
    wants_reason: bool
    is_copy: bool
    step: str = ""


def verb_name(verb: str) -> str:
    """A verb as a button says it."""
    found: dict[str, str] = {
        "transfer": _("转办"), "delegate": _("委派"), "before": _("前加签"), "sign": _("会签"), "after": _("后加签"), "ask": _("沟通"), "copy": _("抄送"),
    }  # fmt: skip
    return found[verb]


def verb_hint(verb: str) -> str:
    """What the verb does, in one sentence."""
    found: dict[str, str] = {
        "transfer": _("任务交给同岗位的另一人，由他办结；草稿一并转交。"),
        "delegate": _("请一人代为填写，填好后交回给您，由您提交。"),
        "before": _("请他们先签署意见，签完后由您办理。"),
        "sign": _("请他们会签，按所选规则得出结果后由您提交；结果供后续环节判断。"),
        "after": _("您提交后由他们签署；全部同意才流转，不同意则退回给您。"),
        "ask": _("问一件事，任务仍在您手上，答复会显示在这里。"),
        "copy": _("请他们知悉，只能查阅；打开后点“已阅”留下回执。"),
    }  # fmt: skip
    return found[verb]


def kind_name(kind: str) -> str:
    """What somebody is asked for, as a tag beside his name says it."""
    found: dict[str, str] = {"delegate": _("代办"), "before": _("前加签"), "after": _("后加签"), "sign": _("会签"), "ask": _("沟通"), "copy": _("抄送")}
    return found[kind]


def state_name(party: Party) -> str:
    """How it stands with a seat."""
    if party.state == "withdrawn":
        because: dict[str, str] = {"decided": _("已有结果"), "removed": _("已收回"), "forsaken": _("已离岗"), "returned": _("已退回"), "over": _("任务已结束")}
        return because.get(party.because, str(_("已收回")))
    if party.state == "open" and party.kind == "delegate":
        return str(_("办理中"))
    found: dict[str, str] = {
        "open": _("待签") if party.kind in {"before", "after", "sign"} else _("待答复"), "waiting": _("未到"), "agreed": _("同意"), "refused": _("不同意"),
        "answered": _("已交回") if party.kind == "delegate" else _("已答复"), "unread": _("未阅"), "read": _("已阅"),
    }  # fmt: skip
    return found[party.state]


def lines(parties: Iterable[Party], gone: frozenset[str] = frozenset(), removable: frozenset[str] = frozenset(), step: str = "") -> list[Line]:
    """Seats ready for the template."""
    return [
        Line(
            party.id, person_name(party.person_id, party.person_name) if party.person_id else str(_("岗位人员")), kind_name(party.kind), party.state,
            state_name(party), STATE_TAGS.get(party.state, ""), party.question, party.opinion,
            person_name(party.asked_by, party.asked_name) if party.asked_by else str(_("流程规定")), party.asked_at, party.closed_at,
            party.id in gone, party.id in removable, party.kind in {"before", "after", "sign"}, party.kind == "copy", step,
        )
        for party in parties
    ]  # fmt: skip


def waits_for(parties: Iterable[Party]) -> str:
    """For whom the holder of a task waits, as a sentence lists them; empty where he does not."""
    waiting = [line.who for line in lines(blocking(parties))]
    return (", " if is_english() else "、").join(dict.fromkeys(waiting))
