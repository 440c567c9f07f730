"""For which station a case waits, since when, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

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

CARDS = frozenset(("tax_card", "ic_card"))
PRINTS = "station.print_"  # how the topics of jobs begin that print and want no card
SHOWN = 6  # lines that stand open; the earlier ones are folded


@dataclass(frozen=True)
class Put:
    """What has to be put in: `what` it is and its number; `in_reader`: it is a card."""

    what: str
    number: str
    in_reader: bool


@dataclass(frozen=True)
class StationLine:
    """One job of a counter: a sentence, what to do, whether somebody has to; how it stands (hand, awake, asleep, over), what has to be put in, and what
    was said of it, (when, text).
    """

    text: str
    advice: str
    is_trouble: bool
    id: str = ""
    how: str = "asleep"
    puts: list[Put] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)

    @property
    def earlier(self) -> list[tuple[str, str]]:
        """What was said before the lines that stand open."""
        return self.said[:-SHOWN]

    @property
    def latest(self) -> list[tuple[str, str]]:
        """What was said last."""
        return self.said[-SHOWN:]


def has_counter() -> bool:
    """Whether the reader may stand at one: anybody inside; of those outside, a service unit."""
    party = identity.staff().party
    return party is None or party.kind == stations.OF_PARTIES


def own_post() -> str:
    """The post whose counters alone a reader outside sees; empty for the authority, which sees all of a case."""
    return identity.staff().actor.party.replace(":", "@")


def shown(case: CaseHeader) -> dict[str, Any]:
    """What `cases/_stations.html` needs on a page of a party; of one that has no counter, nothing, so that its page asks for none."""
    return {"case": case, "instance_id": case.instance_id, "stations": waits_for(case, Words.of(case))} if has_counter() else {}


def waits_for(case: CaseHeader, words: Words, known: Sequence[str] = ()) -> list[StationLine]:
    """A line for each job that is not done yet, and for those of the `known` ones that are: to a party, of its own counters alone."""
    if not has_counter() or (case.status != "active" and not known):
        return []
    own = own_post()
    found = [one for one in services().engine.workers.of_case(case.instance_id, known) if one.post and own in {"", one.post}]
    if not found:
        return []
    with services().database.read() as session:
        return [_line(session, one, words) for one in found]


def _line(session: Session, job: Waiting, words: Words) -> StationLine:
    element = words.element(job.element)
    what = words.step(job.element, element.name if element else "")
    english = is_english()
    lines = [(_at(one.at), one.en if english and one.en else one.zh) for one in job.progress.said]
    if job.is_over:
        text = _("工作站没有办成“%(what)s”：%(reason)s", what=what, reason=job.reason) if job.reason else _("工作站已办好“%(what)s”", what=what)
        return StationLine(text, _("案件已经继续。"), bool(job.reason), job.id, "over", [], lines)
    role, zh, en = stations.name_of_post(session, job.post)
    there = stations.for_post(session, job.post)
    said = {"where": en if english else zh, "post": role_name(role), "what": what, "since": _at(job.since)}
    if job.worker:
        said["name"] = next((one.name for one in there if one.id == job.worker), "")
        puts = [_put(one) for one in job.progress.waits]
        return StationLine(_("%(where)s%(post)s工作站（%(name)s）正在办理“%(what)s”", **said), _what_to_do(job.topic), False, job.id, "hand", puts, lines)
    state, advice, is_trouble = _state(there, job.topic)
    last = _("上次没有办成：%(reason)s。", reason=job.reason) if job.reason else ""
    text = _("等待 %(where)s%(post)s工作站办理“%(what)s”，自 %(since)s 起；%(state)s", **said, state=state)
    return StationLine(text, f"{last}{advice}", is_trouble or bool(last), job.id, "asleep" if is_trouble else "awake", [], lines)


def _put(one: Mapping[str, str]) -> Put:
    name, serial = (is_english() and one["name_en"]) or one["name"], one["serial"]
    return Put(name.removesuffix(serial).strip(), serial if name.endswith(serial) else "", one["kind"] in CARDS)


def _what_to_do(topic: str) -> str:
    """What somebody at the counter does: of a job that prints there is nothing to put in."""
    return str(_("请在柜台取打印件；打印好以后案件自动继续。") if topic.startswith(PRINTS) else _("请按工作站的提示插卡；办好以后案件自动继续。"))


def _state(there: list[Station], topic: str) -> tuple[str, str, bool]:
    """(how it is, what to do, whether that is trouble)."""
    now, is_outside = services().clock.now(), bool(own_post())
    if not there and is_outside:
        return _("您单位还没有工作站"), _("请主管税务机关为您单位建立工作站，并在柜台电脑上启动。"), True
    if not there:
        return _("这个岗位还没有工作站"), _("请系统管理员在“机构与岗位 → 工作站”中新建一台，并在柜台电脑上启动。"), True
    if not any(stations.is_online(one, now) for one in there):
        if is_outside:
            return _("工作站未联机"), _("请在柜台电脑上启动工作站程序；仍连不上时请与主管税务机关联系。案件不会丢失，联机后自动办理。"), True
        return _("工作站未联机"), _("请在柜台电脑上启动工作站程序；仍连不上时请系统管理员查看。案件不会丢失，联机后自动办理。"), True
    return _("工作站已联机"), _what_to_do(topic), False


def _at(moment: datetime) -> str:
    """`10:32`, with its day where that is not today."""
    text = formats.moment(moment)
    return text[11:] if text[:10] == services().clock.today().isoformat() else text
