"""What the tests of losses share: reports and papers that are whole, days that pass, what the books say."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import Application
from db.clock import SHANGHAI, ManualClock
from handlers.tools import officer_posts
from records.audit import Who
from records.devices import holders
from records.devices.model import StopEntry
from records.devices.store import devices
from records.offices import store as offices
from tests.procedures.walking import Walk

QUJIANG, YUXIANG, NEW_NUMBER = "610113220000053", "610104220000061", "610113220000088"
FACTS: dict[str, Any] = {
    "lost_how": "stolen", "lost_on": "2026-03-02", "lost_at": "小寨东路财务室", "loss_facts": "夜间防盗门被撬", "police_reported_on": "2026-03-02",
    "police_station": "小寨路派出所",
}  # fmt: skip
LOSS: dict[str, Any] = {"taxpayer_number": QUJIANG, "contact": "曲经理", "lost_kind": "ic_card", "serial": "ICK-200311", **FACTS}
FOUND: dict[str, Any] = {"found_kind": "ic_card", "found_serial": "ICK-200311", "found_on": "2026-03-02", "found_at": "派出所", "found_facts": "追回"}
PAPERS: dict[str, Any] = {
    "police_number": "317号", "police_received_on": "2026-03-02", "notice_media": "西安晚报", "notice_published_on": "2026-03-18", "self_criticism": "愿接受处理",
    "self_criticism_on": "2026-03-18", "annex6_statement": "无人值班", "annex6_on": "2026-03-18",
}  # fmt: skip


def later(walk: Walk, clock: ManualClock, day: date) -> None:
    clock.set(datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI))
    walk.application.deadlines.tick(walk.application.database)
    walk.settle()


def state_of(application: Application, serial: str, kind: str = "ic_card") -> str:
    with application.database.read() as session:
        return devices.device(session, kind, serial).state


def entries(application: Application) -> list[tuple[str, str]]:
    with application.database.read() as session:
        return [(row.serial, row.state) for row in session.scalars(select(StopEntry).order_by(StopEntry.id))]


def who(application: Application) -> Who:
    return Who("tester", "测试", application.clock.now())


def moved(application: Application, serial: str, *events: str, kind: str = "ic_card") -> None:
    """The device goes through these events at the district and the province."""
    with application.database.write() as session:
        row = devices.device(session, kind, serial)
        office = offices.office_by_code(session, "sn")
        assert office is not None
        for event in events:
            devices.move(session, who(application), row, event, application.clock.today(), to=holders.office(office) if event in {"collect", "confirm"} else None)


def approved_by_the_city(straight: Walk, clock: ManualClock, *, enterprise: str = "qujiang", office: str = "bai.lu", leader: str = "guo.hong") -> None:
    """From the papers of the enterprise to the leader of the city, after the term in which the police search."""
    later(straight, clock, date(2026, 3, 18))
    straight.do(enterprise, "hand_in_papers", **PAPERS)
    straight.do(office, "review_papers", copies_compared="on", decision="agree", poorly_kept="no")
    straight.do("meng.fan", "district_opinion", district_view="属实")
    straight.do(leader, "sign_annex6", decision="agree")
    straight.do("tian.ye", "city_review", city_view="同意")
    straight.do("cheng.gong", "city_decide", decision="agree")


def given_up(straight: Walk, clock: ManualClock, **changes: Any) -> str:
    """A loss whose case is over without a replacement: the serial stays stopped."""
    case = straight.start("bai.lu", "yt1", "device_loss", **{**LOSS, **changes})
    later(straight, clock, date(2026, 3, 18))
    straight.do("qujiang", "hand_in_papers", given_up="on")
    return case


def certification_posts(session: Session) -> set[str]:
    there = [offices.office_by_code(session, code) for code in ("yt", "lh", "xa")]
    found = {post for one in there if one is not None for post in officer_posts(session, one.id, "certification")}
    assert len(found) == 3
    return found
