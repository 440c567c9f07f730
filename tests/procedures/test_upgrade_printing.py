"""What is printed at sign-in comes out once, whatever is printed again; the cancellation form is there before it is sealed. Source: Xicheng, 三(一)1, 三(一)3."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from commands.scenarios.model import Work
from commands.scenarios.stations import EngineDoor, station
from db.clock import ManualClock
from hardware.simulator import MemoryShelf
from papers.model import Paper
from records.audit import Who
from records.invoices.model import OldInvoiceReturn
from records.taxpayers.store import taxpayer
from records.upgrade import store
from tests.procedures.walking import Walk, refused

QUJIANG, RECEPTION = "610113220000053", "reception@yt"
PREPARED = {"service_unit": "XAHX", "service_unit_name": "西安航天信息", "tax_card": "JSK-200311", "ic_card": "ICK-200311"}
BLANK = {"invoice_type": "commercial", "code": "1610103141", "number_from": "00450076", "number_to": "00450100"}
WRITTEN = {f"{of}_{what}": value for of in ("summary", "detail", "issued") for what, value in (("count", "3"), ("amount", "6000.00"), ("tax", "1020.00"))}


@pytest.fixture
def signed_in(straight: Walk) -> Walk:
    """Qujiang stands at reception; nothing is printed yet."""
    application = straight.application
    with application.database.write() as session:
        store.make_ready(session, Who("tester", "测试", application.clock.now()), taxpayer(session, QUJIANG), "yt1", {**PREPARED, "ordinary_stock": [{**BLANK, "count": 25}]}, application.clock.today())
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


def test_the_cancellation_form_is_the_one_that_was_sealed_and_nothing_is_cancelled_before(signed_in: Walk) -> None:
    printed(signed_in)
    signed_in.do("he.xi", "receive_machine", print_next="done", machine_described="联想开天", label_stuck="on", sheets_given="on", problem_sheet_given="on", bag_given="on")
    signed_in.do("bai.lu", "check_special", **WRITTEN, unused_report_count="38", unused_count="38", period_state="reported", summary_confirmed="on")
    signed_in.do("bai.lu", "check_ordinary", ordinary_brought=[BLANK])
    before = cancelled(signed_in)
    signed_in.do("bai.lu", "seal_cancellation", cancellation_filled="on", company_sealed="on")

    assert (before, cancelled(signed_in)) == ((1, 0), (1, 1))


def cancelled(walk: Walk) -> tuple[int, int]:
    """How many cancellation forms there are, and how many ranges the books show as cancelled."""
    with walk.application.database.read() as session:
        forms = session.scalar(select(func.count()).select_from(Paper).where(Paper.template == "cancellation_form"))
        return forms or 0, session.scalar(select(func.count()).select_from(OldInvoiceReturn)) or 0
