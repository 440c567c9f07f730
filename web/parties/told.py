"""The history of what several people did at one task, in words: both names, the rule, the result."""

from __future__ import annotations

from flask_babel import gettext as _

from engine.reads import HistoryRow
from web.languages import is_english
from web.names import person_name
from web.parties.rounds import rule_name
from web.parties.words import kind_name


def told_of_parties(row: HistoryRow, step: str) -> dict[str, str]:
    """Kind of a row → its sentence."""
    if "to" not in row.details and row.kind != "copy_read":
        return {}
    whom = _whom(row)
    kind = str(row.details.get("kind", ""))
    sign = kind_name(kind) if kind else ""
    rule = str(_("（%(rule)s）", rule=rule_name(str(row.details["rule"])))) if row.details.get("rule") else ""
    return {
        "transferred": str(_("转办给 %(whom)s：%(step)s", whom=whom, step=step)),
        "delegated": str(_("委派 %(whom)s 代办：%(step)s", whom=whom, step=step)),
        "added_before": str(_("前加签 %(whom)s%(rule)s：%(step)s", whom=whom, rule=rule, step=step)),
        "added_after": str(_("后加签 %(whom)s%(rule)s：%(step)s", whom=whom, rule=rule, step=step)),
        "countersign": str(_("请 %(whom)s 会签%(rule)s：%(step)s", whom=whom, rule=rule, step=step)),
        "asked": str(_("向 %(whom)s 沟通：%(step)s", whom=whom, step=step)),
        "copied": str(_("抄送 %(whom)s", whom=whom)),
        "copy_read": str(_("已阅抄送")),
        "handed_in": str(_("提交后等 %(whom)s 签署：%(step)s", whom=whom, step=step)),
        "party_agreed": str(_("%(sign)s同意：%(step)s", sign=sign, step=step)),
        "party_refused": str(_("%(sign)s不同意：%(step)s", sign=sign, step=step)),
        "party_answered": str(_("代办交回：%(step)s", step=step) if kind == "delegate" else _("答复：%(step)s", step=step)),
        "party_removed": str(_("收回对 %(whom)s 的%(sign)s：%(step)s", whom=whom, sign=sign, step=step)),
        "party_forsaken": str(_("%(whom)s 已离岗，不再等：%(step)s", whom=whom, step=step)),
        "round_decided": str(_("%(sign)s结果：%(result)s，同意 %(yes)s 人、不同意 %(no)s 人", sign=sign, result=_result(row), yes=row.details.get("agreed", 0), no=row.details.get("refused", 0))),
        "back_to_holder": str(_("退回办理人：%(step)s", step=step)),
    }  # fmt: skip


def _result(row: HistoryRow) -> str:
    return {"agreed": str(_("通过")), "refused": str(_("不通过"))}.get(str(row.details.get("result")), str(_("无人签署")))


def _whom(row: HistoryRow) -> str:
    names, ids = row.details.get("to") or [], row.details.get("ids") or []
    pairs = zip(ids, names, strict=True) if len(ids) == len(names) else ((None, name) for name in names)
    return (", " if is_english() else "、").join(person_name(id_, str(name)) for id_, name in pairs)
