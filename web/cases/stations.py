"""For which station a case waits, since when, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from engine.external import Waiting
from engine.reads import CaseHeader
from records.offices import stations
from records.offices.model import Station
from web import formats, identity
from web.cases.words import Words
from web.languages import is_english
from web.services import services
from web.staff import role_name


@dataclass(frozen=True)
class StationLine:
    """One sentence, what to do, and whether somebody has to."""

    text: str
    advice: str
    is_trouble: bool


def waits_for(case: CaseHeader, words: Words) -> list[StationLine]:
    """A line for each job that is not done yet."""
    if case.status != "active":
        return []
    party = identity.staff().actor.party.replace(":", "@")  # whoever is outside sees of the counters none but his own
    found = [one for one in services().engine.workers.of_case(case.instance_id) if one.post and party in {"", one.post}]
    if not found:
        return []
    with services().database.read() as session:
        return [_line(session, one, words) for one in found]


def _line(session: Session, job: Waiting, words: Words) -> StationLine:
    role, zh, en = stations.name_of_post(session, job.post)
    element, there = words.element(job.element), stations.for_post(session, job.post)
    said = {
        "where": en if is_english() else zh, "post": role_name(role), "what": words.step(job.element, element.name if element else ""), "since": _since(job),
    }  # fmt: skip
    if job.worker:
        said["name"] = next((one.name for one in there if one.id == job.worker), "")
        return StationLine(_("%(where)s%(post)s工作站（%(name)s）正在办理“%(what)s”", **said), _("请按工作站的提示插卡；办好以后案件自动继续。"), is_trouble=False)
    state, advice, is_trouble = _state(there)
    last = _("上次没有办成：%(reason)s。", reason=job.reason) if job.reason else ""
    return StationLine(_("等待 %(where)s%(post)s工作站办理“%(what)s”，自 %(since)s 起；%(state)s", **said, state=state), f"{last}{advice}", is_trouble or bool(last))


def _state(there: list[Station]) -> tuple[str, str, bool]:
    """(how it is, what to do, whether that is trouble)."""
    now = services().clock.now()
    if not there:
        return _("这个岗位还没有工作站"), _("请系统管理员在“机构与岗位 → 工作站”中新建一台，并在柜台电脑上启动。"), True
    if not any(stations.is_online(one, now) for one in there):
        return _("工作站未联机"), _("请在柜台电脑上启动工作站程序；仍连不上时请系统管理员查看。案件不会丢失，联机后自动办理。"), True
    return _("工作站已联机"), _("请按工作站的提示插卡；办好以后案件自动继续。"), False


def _since(job: Waiting) -> str:
    """`10:32`, with its day where that is not today."""
    text = formats.moment(job.since)
    return text[11:] if text[:10] == services().clock.today().isoformat() else text
