"""The law of co-investigation as pure functions. Every figure is a parameter: designers keep them as data.

Source of all: Ningbo 2001-19 (甬国税发〔2001〕19号), annex 1 (management of the system) and annex 2 (management of co-investigation).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from records.coinvestigation.kinds import Answer, Authenticity, Conclusion, Nature, Problem, Source

PROBLEMS_OF: Mapping[Source, frozenset[Problem]] = {
    Source.MANUAL: frozenset(Problem),
    Source.CERTIFICATION: frozenset({Problem.CERTIFICATION_MISMATCH, Problem.CIPHER_ERROR}),
    Source.AUDIT: frozenset(Problem) - {Problem.CERTIFICATION_MISMATCH, Problem.CIPHER_ERROR},
}
_GENERATED = re.compile(r"(?P<what>.*?[0-9]+年[0-9]+月.+?协查)（(?P<way>.+)，第(?P<serial>[0-9]+-[0-9]+)号）\Z")
_BUREAU = re.compile(r"(?:国家)?税务局(?=至|辖区内\Z|\Z)")
SIGNERS = ("clerk", "handler", "leader")
SIGNER_NAMES = {"clerk": ("录入员", "data-entry clerk"), "handler": ("经办人", "handler"), "leader": ("主管领导", "leader")}


def problems_of(source: Source) -> frozenset[Problem]:
    """The problems that a list of this source may hold.

    Source: Ningbo 2001-19, annex 1, art. 5.
    """
    return PROBLEMS_OF[source]


def may_import(source: Source, level: str) -> bool:
    """Whether an office of this level takes lists of this source: the audit system is asked by the city's inspection bureau.

    Source: Ningbo 2001-19, annex 1, art. 5 (2) and (3).
    """
    return source is Source.CERTIFICATION or (source is Source.AUDIT and level == "city")


def needs_mismatch(problem: Problem | None) -> bool:
    """Whether the kind of mismatch must be said: for invoices that do not match, and only for them.

    Source: Ningbo 2001-19, annex 1, art. 7, second paragraph.
    """
    return problem in {Problem.CERTIFICATION_MISMATCH, Problem.AUDIT_MISMATCH}


def is_extracted_late(on: date, before_day: int) -> bool:
    """Whether a list from the audit system was taken on or after the day of the month before which it is due.

    Source: Ningbo 2001-19, annex 1, art. 5 (3).
    """
    return on.day >= before_day


def is_reported_at_once(problem: Problem | None, amount: Decimal, threshold: Decimal) -> bool:
    """Whether a district reports this invoice to the city at once; units: yuan, the threshold itself included.

    Source: Ningbo 2001-19, annex 1, art. 10 (1), second paragraph.
    """
    return problem in PROBLEMS_OF[Source.CERTIFICATION] and abs(amount) >= threshold


def weighed(source: str, count: int, amount: Decimal, tax: Decimal, *, own_scope: str, other_scope: str, is_city: bool) -> dict[str, Any]:
    """What decides on the way of a delegation, as the case begins to know it; names as in the models and decision tables.

    What a list will become is foretold from the same, so that the decisions say the same. Nobody has asked the city yet.
    Source: Ningbo 2001-19, annex 1, art. 10 (1); annex 2, art. 10.
    """
    return {
        "source": source, "invoice_count": count, "amount": amount, "tax": tax, "total": amount + tax, "at_city": is_city,
        "inside": is_inside(own_scope, other_scope), "city_requested": False, "city_decided": False,
    }  # fmt: skip


def letter_of(nature: Nature) -> str:
    """The paper that accompanies a delegation: the key of 协查函 or of 已证实虚开通知单.

    Source: Ningbo 2001-19, annex 1, art. 8 (4); annex 2, arts. 6 and 7.
    """
    return "delegation_letter" if nature is Nature.DOUBTFUL else "falsification_notice"


def is_inside(own_scope: str, other_scope: str) -> bool:
    """Whether the other party's office is the own one, so that the matter is verified here and not delegated.

    A bureau beneath has a system and inspectors of its own, and is asked: a superior writes to it step by step.
    Source: Ningbo 2001-19, annex 1, arts. 2 and 10 (1); annex 2, arts. 5 and 11.
    """
    return other_scope == own_scope


def lies_within(own_scope: str, other_scope: str) -> bool:
    """Whether an office is the own one or beneath it."""
    return other_scope.startswith(own_scope)


def other_party(own_scope: str, seller_scope: str | None, buyer_scope: str | None) -> str:
    """Which party's authority is asked: `seller` or `buyer`; scopes are None where nobody knows the competent office.

    The party elsewhere is asked, outside the own office and all beneath it. Where both are here, or neither is, the seller's authority
    is: it sold the invoice and holds the stub. The document does not say; this rule is our choice.
    """
    seller_here = seller_scope is not None and lies_within(own_scope, seller_scope)
    buyer_here = buyer_scope is not None and lies_within(own_scope, buyer_scope)
    return "buyer" if seller_here and not buyer_here else "seller"


def generated_name(source: Source, day: date, from_name: str, to_name: str, serial: str) -> str:
    """The name of a case whose invoices come from certification or audit; nobody may change it afterwards. `to_name`: empty inside the own district.

    That it is generated is the law's, how it reads is our choice.
    Source: Ningbo 2001-19, annex 1, arts. 6 and 10 (1).
    """
    origin = {Source.CERTIFICATION: "认证", Source.AUDIT: "稽核", Source.MANUAL: "稽查"}[source]
    way = f"{from_name}至{to_name}" if to_name else f"{from_name}辖区内"
    return f"{day.year}年{day.month}月{origin}系统增值税专用发票协查（{way}，第{serial}号）"


def serial_of(name: str) -> str:
    """The serial in a generated name, the last that stands in it; empty in any other.

    Source: Ningbo 2001-19, annex 1, art. 6.
    """
    found = _GENERATED.match(name)
    return found["serial"] if found else ""


def told_apart(name: str) -> tuple[str, str]:
    """(what tells a case from the next on a list, what it shares with it): a generated name says the first at its very end.

    Offices are named without what all of them are called; any other name stands as it is, with nothing beside it.
    Source: Ningbo 2001-19, annex 1, art. 6.
    """
    found = _GENERATED.match(name)
    return (f"第{found['serial']}号 {_BUREAU.sub('', found['way'])}", found["what"]) if found else (name, "")


def missing_signers(signed: Iterable[str]) -> list[str]:
    """Whose signature is still wanting before anything is passed on, in the order in which they sign.

    Source: Ningbo 2001-19, annex 2, art. 15.
    """
    there = set(signed)
    return [role for role in SIGNERS if role not in there]


def may_sign(role: str, person_id: str, signed: Mapping[str, str]) -> bool:
    """Whether the person may sign in this role; shape: `signed` maps roles to persons who have signed.

    Whoever prepared a paper as clerk or handler does not approve it as leader, and the other way round.
    Source: Ningbo 2001-19, annex 2, art. 15, with the separation of duties that holds for every procedure.
    """
    if role == "leader":
        return person_id not in {signed.get("clerk"), signed.get("handler")}
    return signed.get("leader") != person_id


def open_points(nature: Nature, answers: Mapping[str, str | None]) -> list[str]:
    """Which of the five points are still without an answer; a confirmed case wants the conclusion only.

    Shape: `answers` by column of a finding (existence, authenticity, contents, trade, payments, conclusion).
    Source: Ningbo 2001-19, annex 2, arts. 8 and 13.
    """
    points = ("existence", "authenticity", "contents", "trade", "payments") if nature is Nature.DOUBTFUL else ()
    return [point for point in (*points, "conclusion") if not answers.get(point)]


def is_violation(conclusion: str | None) -> bool:
    """Whether the matter moves into inspection proceedings.

    Source: Ningbo 2001-19, annex 1, art. 9.
    """
    return conclusion in {Conclusion.VIOLATION, Conclusion.FALSE}


def contradiction(answers: Mapping[str, str | None]) -> str | None:
    """A Chinese sentence when the conclusion `consistent` contradicts an answer; None when it does not.

    Source: Ningbo 2001-19, annex 2, art. 17 (no false statements in a reply).
    """
    if answers.get("conclusion") != Conclusion.CONSISTENT:
        return None
    if answers.get("authenticity") not in {None, "", Authenticity.GENUINE}:
        return "结论为“属实”，但发票真伪不是“真票”"
    for point, title in (("existence", "企业及发票"), ("contents", "票面内容"), ("trade", "交易"), ("payments", "票款结算")):
        if answers.get(point) == Answer.NO:
            return f"结论为“属实”，但{title}一项为“否”"
    return None


def standing(due_on: date | None, replied_on: date | None, today: date) -> str:
    """How a received delegation counts in the assessment: on_time, late, overdue or open.

    Source: Ningbo 2001-19, annex 1, art. 15; annex 2, arts. 13, 14 and 18.
    """
    if replied_on is not None:
        return "late" if due_on is not None and replied_on > due_on else "on_time"
    return "overdue" if due_on is not None and today > due_on else "open"


def extension_refusal(due_on: date, wanted: date, applied_on: date, reason: str) -> tuple[str, str] | None:
    """Why an extension cannot be applied for, Chinese and English, or None.

    Source: Ningbo 2001-19, annex 2, art. 13: special circumstances, before the term has passed.
    """
    if applied_on > due_on:
        return f"延期应在期限届满前申请，但期限 {due_on} 已过", f"an extension is asked for before the term ends, but {due_on} is over"
    if wanted <= due_on:
        return f"延期后的日期应晚于原期限 {due_on}，但填写的是 {wanted}", f"the new day must be later than {due_on}, but {wanted} was entered"
    return None if reason.strip() else ("请写明不能按时完成的特殊情况", "say what special circumstances prevent a reply in time")
