"""What a list would become: for each future case its invoices and who will organise it, by the decision that the case itself will take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from engine.dmn import DmnError
from engine.feel import FeelError
from records.coinvestigation import rules
from records.coinvestigation.imports.grouping import Group
from records.coinvestigation.store import OfficeRef
from web.imports.cases import PROCESS
from web.services import services

DECISION = "organiser"


@dataclass(frozen=True)
class Future:
    """A case that is not made yet; `ways` are what is said of it, each in words and a colour."""

    group: Group
    ways: list[tuple[str, str]]


def futures(groups: Sequence[Group], source: str, own: OfficeRef, *, is_city: bool) -> tuple[list[Future], str]:
    """The future cases of a list, and why it cannot be said who organises them; that is empty where it can.

    Source: Ningbo 2001-19, annex 1, art. 10 (1); annex 2, art. 10.
    """
    known = [_weighed(group, source, own, is_city) for group in groups]
    answers: Sequence[Any]
    try:
        answers, reason = services().engine.foretell(PROCESS, DECISION, known), ""
    except (DmnError, FeelError) as error:
        answers, reason = [None] * len(known), str(error)
    return [Future(group, _ways(group, facts, answer)) for group, facts, answer in zip(groups, known, answers, strict=True)], reason


def _weighed(group: Group, source: str, own: OfficeRef, is_city: bool) -> dict[str, Any]:
    other = group.office.scope if group.office else ""
    return rules.weighed(source, group.count, group.amount, group.tax, own_scope=own.scope, other_scope=other, is_city=is_city)


def _ways(group: Group, facts: Mapping[str, Any], answer: Any) -> list[tuple[str, str]]:
    """As the gateways of the process go on from the decision: what is inside the own district is verified whatever it amounts to."""
    if group.is_inside:
        return [(_("本局核查（辖区内）"), "green")]
    organiser = answer.get("organiser") if isinstance(answer, Mapping) else answer
    if organiser == "city":
        found = (_("本局组织"), "blue") if facts["at_city"] else (_("报市局组织"), "amber")
    else:
        found = {"own": (_("本局发函"), "blue"), "sat": (_("报总局组织"), "amber")}.get(str(organiser), (_("审批时判定"), ""))
    if group.office is not None:
        return [found]
    return [(_("待选受托机关"), ""), *([found] if organiser in {"city", "sat"} else [])]
