"""A damaged device on its way through its case, for the tests of all parts of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from commands.scenarios.model import Work
from commands.scenarios.stations import EngineDoor, station
from deadlines.model import Notice
from engine.worklist import WorklistQuery
from hardware.simulator import MemoryShelf
from records.audit import Who
from records.devices import holders, store
from records.devices.model import Device
from records.devices.store import stops
from records.offices.model import Office
from tests.procedures.walking import Walk

FOLDER = Path("workflows/device_damage")
OWNER, TAX_CARD, IC_CARD, READER = "610113220000053", "JSK-200311", "ICK-200311", "DKQ-200311"
FOUND = {"cause": "not_man_made", "findings": "供电元件击穿", "technician": "杭欣"}
ISSUE = {"cards_next": "write", "partner_card": TAX_CARD, "period_reported": "unable", "machine_no": "0", "approval_collected": "on", "cards_lie_there": "on"}
SWAP = {"cards_next": "write", "partner_card": TAX_CARD, "machine_no": "0", "period_reported": "reported", "cards_lie_there": "on"}
STUB = {"invoice_code": "6100033140", "invoice_number": "00000101", "issued_on": "2026-02-20", "amount": "1000", "tax": "170"}


def today(walk: Walk) -> str:
    return walk.application.clock.today().isoformat()


def report(walk: Walk, kind: str, serial: str, **entered: str) -> str:
    given = {"taxpayer_number": OWNER, "device_kind": kind, "device_serial": serial, "damaged_on": today(walk), "damage_facts": "不能开机", **entered}
    return walk.start("bai.lu", "yt1", "device_damage", **given)


def work(walk: Walk, post: str, shelf: MemoryShelf, **how: str) -> None:
    station(walk.application, Work("", post, **how), shelf, EngineDoor(walk.application, post)).work_off()
    walk.settle()


def inspected(walk: Walk, kind: str, serial: str) -> str:
    case = report(walk, kind, serial)
    walk.do("hangxin", "inspect_device", inspected_on=today(walk), **FOUND)
    return case


def confirmed(walk: Walk) -> None:
    walk.do("hangxin", "fill_confirmation", confirmed_on=today(walk), service_unit_opinion="先行替换", **FOUND)


def sealed_by_enterprise(walk: Walk) -> None:
    walk.do("qujiang", "seal_enterprise", enterprise_decision="agree", enterprise_signer="曲江", enterprise_sealed="on")


def approved(walk: Walk) -> None:
    """From the confirmation to the decision of the city."""
    confirmed(walk)
    sealed_by_enterprise(walk)
    walk.do("qin.gang", "seal_tax_office", tax_office_opinion="属实", tax_office_sealed="on")
    walk.do("hangxin2", "seal_service_unit", service_unit_signer="洪新", service_unit_sealed="on")
    walk.do("tian.ye", "review_at_city", proposal="agree", review_opinion="齐全")
    walk.do("cheng.gong", "approve_at_city", decision="agree")


def lent(walk: Walk) -> str:
    """An IC card is replaced; the cards lie before the issuing clerk."""
    case = inspected(walk, "ic_card", IC_CARD)
    approved(walk)
    walk.do("hangxin", "lend_device", replacement_serial="ICK-900001", repaired_by="维修中心")
    return case


def stop(walk: Walk, kind: str, serial: str) -> None:
    """Somebody reports the device as lost."""
    clock = walk.application.clock
    with walk.application.database.write() as session:
        office = session.scalars(select(Office).where(Office.code == "yt1")).one()
        device, who = store.device(session, kind, serial), Who("someone", "某人", clock.now())
        stops.put_on(session, who, device, "lost", lost_on=clock.today(), reported_on=clock.today(), today=clock.today(), office=office)


def state(walk: Walk, serial: str) -> str:
    with walk.application.database.read() as session:
        return session.scalars(select(Device.state).where(Device.serial == serial)).one()


def standing(walk: Walk, case: str) -> set[str]:
    return set(walk.application.engine.diagram(case, walk.actor("tian.ye")).current)


def before(walk: Walk, days: int) -> str:
    return (walk.application.clock.today() - timedelta(days=days)).isoformat()


def declined_because(walk: Walk, login: str, element: str) -> str:
    engine, actor = walk.application.engine, walk.actor(login)
    task = next(t for t in engine.worklist(actor, WorklistQuery(walk.application.clock.today(), scope="claimable")).items if t.element == element)
    return str(engine.task(task.id, actor).values["declined_because"])


def back_from_repair(walk: Walk, shelf: MemoryShelf) -> str:
    """The original is repaired, its replacement has to come back."""
    case = lent(walk)
    walk.do("song.jia", "prepare_issue", **ISSUE)
    work(walk, "card_issuance@yt", shelf)
    walk.do("hangxin", "await_repair", repair_result="repaired", repaired_on=today(walk), repair_findings="更换元件")
    return case


def told(walk: Walk, login: str, kind: str) -> set[str]:
    """The notices of a kind for somebody's posts, or for the party for which he acts."""
    posts: Any = walk.actor(login).post_ids
    with walk.application.database.read() as session:
        rows = session.scalars(select(Notice).where(Notice.kind == kind)).all()
    return {row.text for row in rows if row.post_id in posts}


def back_at_the_counter(walk: Walk, shelf: MemoryShelf) -> str:
    """The original is repaired, its replacement taken back; the pair waits to be written."""
    case = back_from_repair(walk, shelf)
    walk.do("song.jia", "take_back", returned_as="sound")
    work(walk, "card_issuance@yt", shelf)
    return case


def bought(walk: Walk, kind: str, serial: str, *events: str) -> None:
    """The enterprise has bought another card in a case of its own, which went as far as `events`; in use where none are named."""
    clock = walk.application.clock
    with walk.application.database.write() as session:
        device, who = store.device(session, kind, serial), Who("someone", "某人", clock.now())
        for event in events or ("sell", "issue", "install"):
            store.move(session, who, device, event, clock.today(), to=holders.enterprise(OWNER, "西安曲江印务有限公司") if event == "sell" else None)


def sold_and_installed(walk: Walk, shelf: MemoryShelf) -> None:
    walk.do("hangxin", "sell_device", new_serial="ICK-300001", sale_receipt="售-1")
    walk.do("song.jia", "prepare_issue", **ISSUE)
    work(walk, "card_issuance@yt", shelf)
    walk.do("hangxin", "install_device", installed_on=today(walk), installer="杭欣")


def value(walk: Walk, login: str, element: str, name: str) -> str:
    engine, actor = walk.application.engine, walk.actor(login)
    task = next(t for t in engine.worklist(actor, WorklistQuery(walk.application.clock.today(), scope="claimable")).items if t.element == element)
    return str(engine.task(task.id, actor).values[name])
