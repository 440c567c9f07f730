"""The history of what several people did at one task, in words: both names, the rule, the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from engine.reads import HistoryRow
from web.languages import is_english
from web.names import person_name
from web.parties.rounds import rule_name
from web.parties.words import kind_name

Sentence = Callable[["Round"], str]


@dataclass(frozen=True)
class Round:
    """What a sentence may name: the step, the people it was put to, the kind of signing and its rule, and the row itself."""

    row: HistoryRow
    step: str
    kind: str

    @property
    def whom(self) -> str:
        """Both names of everybody it was put to."""
        return _whom(self.row)

    @property
    def sign(self) -> str:
        """The kind of signing in words."""
        return kind_name(self.kind) if self.kind else ""

    @property
    def rule(self) -> str:
        """The rule by which a round is decided, in brackets."""
        rule = self.row.details.get("rule")
        return str(_("（%(rule)s）", rule=rule_name(str(rule)))) if rule else ""


def _decided(told: Round) -> str:
    yes, no = (told.row.details.get(key, 0) for key in ("agreed", "refused"))
    return str(_("%(sign)s结果：%(result)s，同意 %(yes)s 人、不同意 %(no)s 人", sign=told.sign, result=_result(told.row), yes=yes, no=no))


SENTENCES: Mapping[str, Sentence] = {
    "transferred": lambda r: str(_("转办给 %(whom)s：%(step)s", whom=r.whom, step=r.step)),
    "delegated": lambda r: str(_("委派 %(whom)s 代办：%(step)s", whom=r.whom, step=r.step)),
    "added_before": lambda r: str(_("前加签 %(whom)s%(rule)s：%(step)s", whom=r.whom, rule=r.rule, step=r.step)),
    "added_after": lambda r: str(_("后加签 %(whom)s%(rule)s：%(step)s", whom=r.whom, rule=r.rule, step=r.step)),
    "countersign": lambda r: str(_("请 %(whom)s 会签%(rule)s：%(step)s", whom=r.whom, rule=r.rule, step=r.step)),
    "asked": lambda r: str(_("向 %(whom)s 沟通：%(step)s", whom=r.whom, step=r.step)),
    "copied": lambda r: str(_("抄送 %(whom)s", whom=r.whom)),
    "copy_read": lambda _r: str(_("已阅抄送")),
    "handed_in": lambda r: str(_("提交后等 %(whom)s 签署：%(step)s", whom=r.whom, step=r.step)),
    "party_agreed": lambda r: str(_("%(sign)s同意：%(step)s", sign=r.sign, step=r.step)),
    "party_refused": lambda r: str(_("%(sign)s不同意：%(step)s", sign=r.sign, step=r.step)),
    "party_answered": lambda r: str(_("代办交回：%(step)s", step=r.step) if r.kind == "delegate" else _("答复：%(step)s", step=r.step)),
    "party_removed": lambda r: str(_("收回对 %(whom)s 的%(sign)s：%(step)s", whom=r.whom, sign=r.sign, step=r.step)),
    "party_forsaken": lambda r: str(_("%(whom)s 已离岗，不再等：%(step)s", whom=r.whom, step=r.step)),
    "round_decided": _decided,
    "back_to_holder": lambda r: str(_("退回办理人：%(step)s", step=r.step)),
}


def told_of_parties(row: HistoryRow, step: str) -> str:
    """The sentence of a row; empty for one that is about no other people."""
    say = SENTENCES.get(row.kind)
    if say is None or ("to" not in row.details and row.kind != "copy_read"):
        return ""
    return say(Round(row, step, str(row.details.get("kind", ""))))


def _result(row: HistoryRow) -> str:
    return {"agreed": str(_("通过")), "refused": str(_("不通过"))}.get(str(row.details.get("result")), str(_("无人签署")))


def _whom(row: HistoryRow) -> str:
    names, ids = row.details.get("to") or [], row.details.get("ids") or []
    pairs = zip(ids, names, strict=True) if len(ids) == len(names) else ((None, name) for name in names)
    return (", " if is_english() else "、").join(person_name(id_, str(name)) for id_, name in pairs)
