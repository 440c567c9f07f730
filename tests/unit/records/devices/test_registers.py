"""What the registers find: counted, paged and read in one go, the same on both databases."""

from __future__ import annotations

from db.session import Database
from records.devices import registers
from records.devices.registers import DeviceQuery
from records.devices.store import stops
from records.registration.enterprises import enterprises
from records.taxpayers import enrolments
from tests.unit.records.xian import DAYAN, HAN, HANCHENG, QINLING, TODAY, furnish, in_use, stocked


def test_what_is_found_is_counted_paged_and_read_in_one_go(any_database: Database) -> None:
    with any_database.write() as session:
        xian = furnish(session)
        lost = in_use(session, xian, "J1")
        in_use(session, xian, "J2", number=HANCHENG)
        for n in range(3):
            stocked(session, f"S{n}")
        stops.put_on(session, HAN, lost, "lost", lost_on=TODAY, reported_on=TODAY, today=TODAY, office=xian.offices["yt1"])
    with any_database.read() as session:
        found = registers.devices(["sn/xa/"], DeviceQuery(), "-serial")
        several = [[row.serial for row in rows] for rows in found.every(session, 2)]
        page = found.page(session, 1, 2)
        by_former_holder = registers.devices(["sn/xa/yt/"], DeviceQuery(text="秦岭")).page(session, 0, 5)
        stopped = [row.serial for rows in registers.stops(["sn/xa/yt/"], DeviceQuery()).every(session, 5) for row in rows]

    assert several == [["S2", "S1"], ["S0", "J2"], ["J1"]]
    assert ([row.serial for row in page.lines], page.total) == (["S1", "S0"], 5)
    assert [(row.serial, row.holder_name) for row in by_former_holder.lines] == [("J1", "")]
    assert stopped == ["J1"]


def test_enterprises_stand_by_what_became_of_their_application(any_database: Database) -> None:
    with any_database.write() as session:
        furnish(session)
        for number in (QINLING, DAYAN):
            enrolments.apply(session, HAN, number, TODAY)
            enrolments.end_enrolment(session, HAN, number, TODAY, "不予批准")
        enrolments.enrol(session, HAN, DAYAN, TODAY)
        enrolments.enrol(session, HAN, HANCHENG, TODAY)
        enrolments.end_enrolment(session, HAN, HANCHENG, TODAY, "停业")
    with any_database.read() as session:
        every = [(row.number, row.state) for rows in enterprises(["sn/"], DeviceQuery(), "-state").every(session, 1) for row in rows]
        refused = enterprises(["sn/"], DeviceQuery(state="not_granted")).page(session, 0, 5)

    assert every == [(QINLING, "not_granted"), (DAYAN, "enrolled"), (HANCHENG, "ended")]
    assert ([row.number for row in refused.lines], refused.total) == ([QINLING], 1)
