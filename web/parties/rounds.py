"""The rules by which several decide together, and how far they are, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _

from engine.parties.rounds import Round, refused, rounds
from engine.parties.rows import Party
from engine.parties.rules import ANY, MAJORITY
from web.parties.words import Line, kind_name, lines

RESULT_TAGS = {"agreed": "green", "refused": "red"}


@dataclass(frozen=True)
class Told:
    """A round as a page tells of it: what it decides by, how it stands, how many said what."""

    kind: str
    rule: str
    result: str
    tag: str
    counts: str


@dataclass(frozen=True)
class Against:
    """A round that ended against the task, and who refused with which words."""

    kind: str
    lines: list[Line]


def rule_names() -> dict[str, str]:
    """The rules by which several decide."""
    found: dict[str, str] = {
        "all": _("同时签，全部同意才算通过"), "sequence": _("依次签，前一人同意后轮到下一人"), "any": _("同时签，任一人的意见即为结果"),
        "share": _("同时签，同意的达到比例即通过"),
    }  # fmt: skip
    return found


def shares() -> dict[str, str]:
    """The parts of all that may be asked for, as a rule names them: in fractions, for no percentage is two thirds."""
    found: dict[str, str] = {
        MAJORITY: _("过半数（50% 以上，不含 50%）"), "share:2/3": _("三分之二（约 66.7%）"), "share:3/4": _("四分之三（75%）"), "share:50%": _("半数（50%）"),
        "share:60%": "60%", "share:80%": "80%",
    }  # fmt: skip
    return found


def rule_name(rule: str) -> str:
    """A rule in two or three words."""
    short: dict[str, str] = {"all": _("全部同意"), "sequence": _("依次"), "any": _("任一人"), MAJORITY: _("过半数")}
    return short.get(rule) or str(_("达到 %(share)s", share=rule.partition(":")[2]))


def told(parties: Iterable[Party]) -> list[Told]:
    """The rounds of a task."""
    return [Told(kind_name(one.kind), rule_of(one), _result(one), RESULT_TAGS.get(one.result, "" if one.result else "blue"), _counts(one)) for one in rounds(parties)]


def rules_by_round(parties: Iterable[Party]) -> dict[str, str]:
    """By which rule each round decides."""
    return {one.id: rule_of(one) for one in rounds(parties)}


def against(parties: Iterable[Party]) -> list[Against]:
    """The rounds that ended against the task."""
    return [Against(kind_name(one.kind), lines(one.against)) for one in refused(parties)]


def rule_of(one: Round) -> str:
    """How many of how many must agree; empty for a single signer, of whom that goes without saying."""
    n, m = one.of, one.needed
    if one.is_weighted:
        return str(_("共 %(n)s 份，%(m)s 份同意即通过", n=n, m=m))
    if n == 1:
        return ""
    if one.rule.name == ANY:
        return str(_("%(n)s 人中任一人的意见即为结果", n=n))
    if one.rule.in_order:
        return str(_("%(n)s 人依次签，全部同意才算通过", n=n))
    return str(_("%(n)s 人中 %(m)s 人同意即通过", n=n, m=m) if m < n else _("%(n)s 人全部同意才算通过", n=n))


def _result(one: Round) -> str:
    found: dict[str, str] = {"agreed": _("通过"), "refused": _("不通过"), "lapsed": _("无人签署"), "": _("未签完")}
    return found[one.result]


def _counts(one: Round) -> str:
    if one.is_weighted:
        return str(_("同意 %(yes)s 份、不同意 %(no)s 份", yes=one.agreed, no=one.refused))
    return str(_("同意 %(yes)s 人、不同意 %(no)s 人", yes=one.agreed, no=one.refused))
