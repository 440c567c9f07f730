"""What is printed at sign-in comes out once, whatever is printed again. Source: Xicheng, 三(一)1."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from commands.scenarios.model import Work
from commands.scenarios.stations import EngineDoor, station
from db.clock import ManualClock
from hardware.simulator import MemoryShelf
from records.audit import Who
from records.taxpayers.store import taxpayer
from records.upgrade import store
from tests.procedures.walking import Walk, refused

QUJIANG, RECEPTION = "610113220000053", "reception@yt"
PREPARED = {"service_unit": "XAHX", "service_unit_name": "西安航天信息", "tax_card": "JSK-200311", "ic_card": "ICK-200311"}


@pytest.fixture
def signed_in(straight: Walk) -> Walk:
    """Qujiang stands at reception; nothing is printed yet."""
    application = straight.application
    with application.database.write() as session:
        store.make_ready(session, Who("tester", "测试", application.clock.now()), taxpayer(session, QUJIANG), "yt1", PREPARED, application.clock.today())
    straight.start("he.xi", "yt", "upgrade_handover", taxpayer_number=QUJIANG, person_name="曲江")
    return straight


def printed(walk: Walk, fault: str = "") -> list[str]:
    """The station of reception works off what waits; what it printed, or tried to."""
    with walk.application.database.read() as session:
        before = session.execute(text("SELECT count(*) FROM outbox WHERE external = 1 AND state <> 'pending'")).scalar_one()
    station(walk.application, Work("", RECEPTION, fault=fault), MemoryShelf(), EngineDoor(walk.application, RECEPTION)).work_off()
    walk.settle()
    with walk.application.database.read() as session:
        rows = session.execute(text("SELECT element FROM outbox WHERE external = 1 AND state <> 'pending' ORDER BY id")).scalars().all()
    return list(rows[before:])


def test_whatever_is_printed_again_nothing_else_is(signed_in: Walk) -> None:
    first = printed(signed_in)
    with refused("再打须写明原因"):
        signed_in.do("he.xi", "receive_machine", print_next="label")
    signed_in.do("he.xi", "receive_machine", print_next="label", reprint_because="标签污损")
    label = printed(signed_in)
    signed_in.do("he.xi", "receive_machine", print_next="sheets", reprint_because="第二份不清")
    sheets = printed(signed_in)

    assert (first, label, sheets) == (["print_label", "print_sheets", "print_problem_sheet"], ["print_label"], ["print_sheets"])


def test_of_what_nobody_knows_whether_it_came_out_is_printed_again_for_a_reason(signed_in: Walk) -> None:
    assert printed(signed_in, "print_unknown") == ["print_label"]
    with refused("可能已经打印出来"):
        signed_in.do("he.xi", "receive_machine", print_next="label")
    signed_in.do("he.xi", "receive_machine", print_next="label", reprint_because="看过，没有出来")

    assert printed(signed_in) == ["print_label", "print_sheets", "print_problem_sheet"]


def test_where_no_station_prints_reception_has_its_task_within_minutes(signed_in: Walk, clock: ManualClock) -> None:
    clock.advance(timedelta(minutes=4))
    signed_in.settle()
    assert printed(signed_in) == []  # nobody prints it any more
    signed_in.do("he.xi", "receive_machine", print_next="sheets")

    assert printed(signed_in) == ["print_sheets", "print_problem_sheet"]
