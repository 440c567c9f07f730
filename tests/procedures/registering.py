"""One enterprise in the system and the way of its change or deregistration up to the cards, for the tests of both."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from commands.scenarios.in_process import InProcess
from commands.scenarios.model import Work
from db.clock import ManualClock
from engine.tables import Instance
from records.audit import Who
from records.devices.store import devices, stops
from records.offices import store as offices
from tests.procedures.walking import Walk

NUMBER, NEW, OTHER = "610113220000010", "610113720000017", "610113220000029"
CARDS = ["tax_card:JSK0001", "ic_card:ICK0001"]
TODAY = date(2026, 3, 2)
ENTERPRISE: dict[str, Any] = {
    "number": NUMBER, "name": "西安秦岭机械制造有限公司", "office": "yt1", "tax_card": ["JSK0001"], "ic_card": ["ICK0001"],
    "sold": [{"code": "6100022140", "number_from": "00010001", "number_to": "00010025"}],
}  # fmt: skip
CHANGE = {"taxpayer_number": NUMBER, "change_kind": "number", "new_number": NEW, "changed_on": "2026-02-27"}
PAPERS = ["licence", "tax_registration", "taxpayer_certificate", "number_notice"]
WRITE = {
    "next_step": "write", "form_collected": "on", "period_reported": "reported", "tax_card_key": CARDS[0], "ic_card_key": CARDS[1], "machine_no": "0",
}  # fmt: skip
END = {"taxpayer_number": NUMBER, "ground": "status_withdrawn", "ground_document": "取消资格决定〔2026〕3号", "ground_on": "2026-02-27"}


def who(walk: Walk) -> Who:
    return Who("test", "测试", walk.application.clock.now())


def approved(walk: Walk, **changes: Any) -> str:
    """A change of number, or of what is said, up to the clerk who has the cards written."""
    case = walk.start("bai.lu", "yt1", "device_change", **{**CHANGE, **changes})
    papers = [*PAPERS[:-1], "name_notice"] if changes.get("change_kind") == "name" else PAPERS
    walk.do("han.xue", "review_change", decision="agree", originals_seen=papers, copies_kept=papers)
    walk.do("qin.gang", "head_approves_change", decision="agree")
    walk.do("meng.fan", "district_reviews_change", decision="agree")
    walk.do("guo.hong", "leader_decides_change", decision="agree")
    return case


def to_collection(walk: Walk, *, reported_on: str = "2026-03-02", **changes: Any) -> str:
    """A deregistration, up to the clerk who collects the cards."""
    case = walk.start("bai.lu", "yt1", "deregistration", **{**END, **changes})
    machine = {"machine_cards": CARDS} if changes.get("ground") == "fewer_machines" else {}
    walk.do("han.xue", "review_deregistration", decision="agree", ground_seen="on", **machine)
    walk.do("qin.gang", "approve_deregistration", decision="agree")
    walk.do("jia.ming", "confirm_reported", report_done="on", reported_on=reported_on)
    walk.do("pan.yue", "hand_in_invoices", unused_left="no", none_left_because="已全部开具")
    return case


def work(walk: Walk) -> None:
    """The station of Yanta's card issuance does what waits for it."""
    InProcess(walk.application).work(Work("", "card_issuance@yt"))
    walk.settle()


def tomorrow(walk: Walk, days: int = 1) -> None:
    clock = walk.application.clock
    assert isinstance(clock, ManualClock)
    clock.advance(timedelta(days=days))


def lose(walk: Walk, kind: str, serial: str) -> None:
    """The card is reported lost: on the stop list, and held by nobody."""
    with walk.application.database.write() as session:
        one, yanta = devices.device(session, kind, serial), offices.office_by_code(session, "yt1")
        assert yanta is not None
        stops.put_on(session, who(walk), one, "lost", lost_on=TODAY, reported_on=TODAY, today=TODAY, office=yanta)


def state_of(walk: Walk, kind: str, serial: str) -> tuple[str, str]:
    with walk.application.database.read() as session:
        one = devices.device(session, kind, serial)
        return one.state, one.holder_number


def running(walk: Walk, process: str) -> list[str]:
    """The cases of a process that run."""
    with walk.application.database.read() as session:
        return list(session.scalars(select(Instance.id).where(Instance.process_id == process, Instance.status == "active")))


def status(walk: Walk, case: str) -> str:
    with walk.application.database.read() as session:
        return session.get_one(Instance, case).status
