"""How the chain stands, in words: what an audit administrator must know at once, and what lies behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from db.chain import findings as kinds
from db.chain.api import SEAL_SECONDS, State
from db.types import moment_from_text
from web.formats import moment as shown

FINDINGS: dict[str, object] = {
    kinds.CHANGED: _l("内容与封存时不同"),
    kinds.MISSING: _l("封存后被删除"),
    kinds.UNREADABLE: _l("封存时已不在或读不出"),
    kinds.ADDED: _l("没有封存，也不在待封存之列"),
    kinds.TWICE: _l("封存了不止一次"),
    kinds.LATE: _l("所记时间远早于封存，系事后补入"),
    kinds.CONTENT: _l("文件内容与其校验码不符"),
    kinds.SEAL: _l("封条本身被改动"),
    kinds.GAP: _l("封条缺失"),
    kinds.EPOCH: _l("恢复没有签名"),
    kinds.GUARD: _l("防改动的触发器被停用或删除"),
    kinds.ANCHOR: _l("与外部锚点不符，链被重写"),
    kinds.SHORTER: _l("链尾被截去，外部锚点比链更长"),
    kinds.ANCHOR_AWAY: _l("外部锚点读不出"),
    kinds.ANCHOR_CUT: _l("外部锚点缺少已经送达的封条"),
    kinds.ANCHOR_LINE: _l("外部锚点中有读不懂的行"),
}
OVERDUE = timedelta(days=2)  # a verification is done once a day


@dataclass(frozen=True)
class Alarm:
    """A sentence with its colour."""

    text: str
    colour: str


@dataclass(frozen=True)
class Found:
    """A deviation in words."""

    what: str
    table: str
    key: str
    seal: int
    since: datetime | None
    detail: str


def alarms(state: State, held: Sequence[str], now: datetime) -> list[Alarm]:
    """Everything that is not as it should be, the worst first; empty when all is well."""
    found, last = list[Alarm](), state.verified
    if last is not None and last.deviations:
        found.append(Alarm(_("上次核对发现 %(n)s 处不一致，请立即查明。", n=last.deviations), "bad"))
    for row in state.anchors:
        if row.since is not None:
            found.append(Alarm(_("外部锚点 %(place)s 自 %(since)s 起未接收：%(why)s", place=row.address, since=shown(row.since), why=row.error), "bad"))
    if last is None:
        found.append(Alarm(_("还没有核对过；每天自动核对一次，也可以按“立即核对”。"), "warn"))
    elif now - last.at > OVERDUE:
        found.append(Alarm(_("已两天以上没有核对，请检查后台进程。"), "warn"))
    if state.waiting and state.last is not None and now - moment_from_text(state.last.at) > timedelta(seconds=20 * SEAL_SECONDS):
        found.append(Alarm(_("有 %(n)s 行待封存而没有进程在封存，请检查后台进程。", n=state.waiting), "warn"))
    if held:
        found.append(Alarm(_("应用所用的数据库角色可以改动凭据。请由系统管理员运行 app.py harden，改用受限的角色。"), "warn"))
    return found


def deviations(state: State) -> list[Found]:
    """What the last verification found."""
    told = state.verified.told if state.verified else {}
    return [
        Found(
            str(FINDINGS.get(one["kind"], one["kind"])), one["table"], one["key"], one["seal"],
            moment_from_text(one["since"]) if len(one["since"]) == 26 else None, one["detail"],
        )
        for one in told.get("findings", ())
    ]  # fmt: skip


def seams(state: State) -> list[tuple[int, datetime, str]]:
    """(first seal, moment, reason) of each restore that the chain went on after."""
    told = state.verified.told if state.verified else {}
    return [(one["number"], moment_from_text(one["at"]), one["reason"]) for one in told.get("seams", ())]


def sealed_at(state: State) -> datetime | None:
    """The moment of the last seal."""
    return moment_from_text(state.last.at) if state.last else None
