"""The ports of a counter, one suite for every driver: a card with files and a PIN, drawn at any moment; a reader; the door that jobs come through.

The simulator with its cards in memory and in a folder, and PC/SC with our chip in a virtual reader. A further driver joins by one more maker.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from hardware.card.chip.golden import GoldenSystem, golden
from hardware.card.chip.host import ISSUER_KEY_OF_TESTS
from hardware.card.chip.system import made
from hardware.card.golden import GoldenTaxCard
from hardware.carrier import FolderCarrier
from hardware.desk import Desk as Devices
from hardware.disk.floppy import MtoolsDrive, tools_missing
from hardware.layout import HOLDER, INVOICES, SALES, packed, read_file, unpacked
from hardware.ports import (
    IC_CARD,
    PIN_TRIES,
    TAX_CARD,
    CardDamaged,
    CardError,
    CardMute,
    CardRemoved,
    CardState,
    MemoryFull,
    NotAuthorised,
    PinBlocked,
    WrongPin,
)
from hardware.simulator import PIN, FolderShelf, MemoryShelf
from hardware.simulator.supposed import supposed_month, supposed_stock
from hardware.station import Station
from hardware.volumes import on_card
from hardware.work import Bench, Order, perform, wanted
from tests.conftest import missing
from tests.contracts.desks import SERIAL, Desk, PcscDesk, SimulatedDesk, When
from tests.factories import pcscd
from tests.factories.tokens import NoToken, inserted
from tests.unit.hardware.counters import DISK, IC, ISSUE, MONTH, STOCK, UPGRADE, ListDoor, job

NOW = datetime(2003, 3, 3, 1, tzinfo=UTC)
DESKS: dict[str, Callable[[Path, dict[str, int]], Desk]] = {
    "memory": lambda _folder, _slots: SimulatedDesk(MemoryShelf()),
    "folder": lambda folder, _slots: SimulatedDesk(FolderShelf(folder / "cards")),
    "pcsc": lambda folder, slots: PcscDesk(folder, list(slots.values())),
}


@pytest.fixture(scope="module")
def slots() -> Iterator[dict[str, int]]:
    """A real service of readers, once for all tests here: its client library knows one for ever."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(pcscd.running(["Jinshui Counter"]))
        except pcscd.NoPcsc as reason:
            missing("pcscd", str(reason))
        yield found


@pytest.fixture(params=DESKS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    found = DESKS[request.param](tmp_path, request.getfixturevalue("slots") if request.param == "pcsc" else {})
    yield found
    found.close()


def test_a_card_says_what_it_is_and_holds_nothing_that_was_not_written(desk: Desk) -> None:
    found = desk.card()

    assert (found.kind, found.serial, found.read("holder")) == (TAX_CARD, SERIAL, b"")


def test_what_is_written_stays_when_the_card_is_drawn_and_put_in_again(desk: Desk) -> None:
    desk.open_card().write("holder", "西安秦岭".encode())
    desk.open_card().write("sales", b"2")

    again = desk.card()
    assert (again.read("holder").decode(), again.read("sales")) == ("西安秦岭", b"2")


def test_a_write_puts_the_new_in_the_place_of_the_old(desk: Desk) -> None:
    found = desk.open_card()
    found.write("holder", b"a long content")
    found.write("holder", b"short")

    assert found.read("holder") == b"short"


def test_nothing_is_written_before_the_pin(desk: Desk) -> None:
    with pytest.raises(NotAuthorised) as refused:
        desk.card().write("holder", b"x")

    assert refused.value.happened == "no"
    assert desk.card().read("holder") == b""


def test_a_pin_has_three_tries_and_the_right_one_gives_them_back(desk: Desk) -> None:
    found, left = desk.card(), []
    assert found.tries_left() == found.tries_left() == PIN_TRIES  # asking costs none
    for _ in range(2):
        with pytest.raises(WrongPin) as wrong:
            found.verify("00000000")
        left.append(wrong.value.left)
        assert found.tries_left() == wrong.value.left
    found.verify(PIN)
    assert found.tries_left() == PIN_TRIES
    with pytest.raises(WrongPin) as wrong:
        desk.card().verify("00000000")  # drawn and put in again in between

    assert (left, wrong.value.left) == ([2, 1], 2)


def test_a_pin_is_blocked_after_the_third_and_the_right_one_opens_nothing(desk: Desk) -> None:
    for _ in range(2):
        with pytest.raises(WrongPin):
            desk.card().verify("00000000")
    with pytest.raises(PinBlocked):
        desk.card().verify("00000000")

    assert desk.card().tries_left() == 0
    with pytest.raises(PinBlocked):
        desk.card().verify(PIN)


@pytest.mark.parametrize(("when", "left"), [("before", "old"), ("after", "new"), ("torn", "damaged")])
def test_a_card_drawn_at_a_write_holds_the_old_the_new_or_what_is_seen_to_be_neither(desk: Desk, when: When, left: str) -> None:
    desk.open_card().write("holder", packed("old"))
    found = desk.open_card(when)

    with pytest.raises(CardRemoved) as drawn:
        found.write("holder", packed("new"))
    with pytest.raises(CardRemoved):
        found.read("holder")  # nothing more until it is put in again

    assert drawn.value.happened == "unknown"
    if left == "damaged":
        with pytest.raises(CardDamaged):
            read_file(desk.card(), "holder")
    else:
        assert read_file(desk.card(), "holder") == left


def test_a_card_that_is_mute_says_so_to_every_command(desk: Desk) -> None:
    found = desk.mute_card()

    for command in (lambda: found.verify(PIN), lambda: found.read("holder"), lambda: found.write("holder", b"x")):
        with pytest.raises(CardMute) as mute:
            command()
        assert mute.value.happened == "unknown"
    assert (TAX_CARD, "661200002") not in desk.shown()  # asking goes on beside it, without waiting for an answer that never comes


def test_a_card_in_a_reader_is_spoken_to_by_one_thread_that_goes_with_it(slots: dict[str, int], tmp_path: Path) -> None:
    desk, before = PcscDesk(tmp_path, list(slots.values())), set(threading.enumerate())
    try:
        card = desk.open_card()
        (speaker,) = set(threading.enumerate()) - before
        for _ in range(20):
            card.read("holder")
        assert set(threading.enumerate()) - before == {speaker}
    finally:
        desk.close()

    assert not speaker.is_alive()


def test_a_file_takes_so_much_and_no_more(desk: Desk) -> None:
    found = desk.open_card()
    found.write("invoices", b"1")

    with pytest.raises(MemoryFull):
        found.write("invoices", b"x" * 1_000_000)
    assert found.read("invoices") == b"1"


def test_a_reader_shows_the_cards_that_lie_in_it(desk: Desk) -> None:
    assert desk.shown() == []
    desk.put_in((TAX_CARD, SERIAL), (IC_CARD, "500100001"))

    assert desk.shown() == [(IC_CARD, "500100001"), (TAX_CARD, SERIAL)]


def test_a_job_is_worked_once_with_whatever_drives_the_cards(desk: Desk) -> None:
    desk.put_in((TAX_CARD, SERIAL), (IC_CARD, "500100001"))
    whose = {"taxpayer_number": "610113220000010", "enterprise_name": "西安秦岭", "machine_no": 0, "version": "ten_thousand", "per_invoice": 99999, "monthly_quantity": 25}
    issue = Order("job-1", "station.issue_cards", {**whose, TAX_CARD: SERIAL, IC_CARD: "500100001"})
    sale = {"invoice_code": "6100022140", "number_from": "00010001", "number_to": "00010025", "count": 25, "sold_on": date(2003, 3, 3)}
    sell = Order("job-2", "station.write_sale", {**whose, IC_CARD: "500100001", **sale})

    for order in (issue, issue, sell, sell):
        cards = desk.cards()
        perform(Bench(order, Devices(pin=PIN), {one.kind: cards[one.kind] for one in wanted(order)}, NOW))

    cards = desk.cards()
    assert read_file(cards[TAX_CARD], HOLDER)["enterprise_name"] == "西安秦岭"
    assert read_file(cards[IC_CARD], SALES) == [sale]


def test_every_error_of_a_card_is_said_in_two_languages_and_says_what_happened() -> None:
    for error in (CardRemoved("被拔出", "drawn"), CardMute("没有响应", "mute"), WrongPin(2), PinBlocked(), NotAuthorised("要口令", "PIN first")):
        assert isinstance(error, CardError)
        assert str(error)
        assert error.en.isascii()
        assert error.happened in {"no", "unknown"}


@pytest.mark.parametrize("content", [b"xxxxxxxx{}", b"00000000{}", b"1", "卡".encode()])
def test_what_no_driver_of_ours_wrote_is_seen_to_be_damaged(content: bytes) -> None:
    with pytest.raises(CardDamaged):
        unpacked(content)


def test_an_upgrade_on_real_stacks_ends_with_every_volume_in_its_place_though_the_card_is_drawn_and_the_disk_is_new(slots: dict[str, int], tmp_path: Path) -> None:
    """PC/SC, a key machine of PKCS#11 and a disk of FAT12 under one station. Source: Xicheng, 三(二)2, 三(二)4, 三(四), 三(五), 三(七), 三(八)1."""
    if tools_missing():
        missing("mtools, dosfstools", "a disk")
    old = CardState("V6.00", is_locked=True, outside_period=0, per_invoice=100_000, monthly_quantity=25)
    stock = tuple(supposed_stock(SERIAL))
    GoldenSystem(tmp_path / f"{SERIAL}.chip", golden(made(TAX_CARD, SERIAL, PIN, ISSUER_KEY_OF_TESTS), stock=stock, state=replace(old, is_locked=False)))
    with ExitStack() as stack:
        try:
            token = stack.enter_context(inserted(tmp_path))
        except NoToken as reason:
            missing("SoftHSM2", str(reason))
        desk = PcscDesk(tmp_path, list(slots.values()))
        stack.callback(desk.close)
        desk.put_in((TAX_CARD, SERIAL), (IC_CARD, IC))
        door = ListDoor([job("issue_cards", ISSUE, "issue")])
        devices = Devices(desk.reader, pin=PIN, drive=MtoolsDrive(tmp_path / "floppy.img"), carrier=FolderCarrier(tmp_path), keys=token.machine())
        (tmp_path / "floppy.img").write_bytes(bytes(1_474_560))
        station = Station(door, devices, lambda: NOW, patience_s=0)
        station.work_off()
        (tax,) = [one for one in desk.reader.cards() if one.kind == TAX_CARD]
        tax.write(INVOICES, packed(supposed_month(SERIAL, MONTH)))

        desk.processes[0].fault("after", 20)
        door.jobs = [job("give_back", UPGRADE["give_back"], "back")]
        station.work_off()
        assert door.told[-1][0] == "fail"
        desk.processes[0].draw()
        desk.wait(1)
        desk.processes[0].insert(desk.ports[0])
        desk.wait(2)
        door.jobs = [job("give_back", UPGRADE["give_back"], "back", attempt=2), *(job(topic, UPGRADE[topic], topic) for topic in UPGRADE if topic not in {"give_back", "print_label", "print_paper"})]
        station.work_off()

        told = {one[1]: one for one in door.told}
        assert [one[0] for one in told.values()] == ["complete"] * len(told)
        assert (told["export_month"][2]["exported_amount"], devices.drive.label() if devices.drive else "") == (Decimal("6000.00"), DISK)
        assert told["read_refund"][2]["refund_on_card"] == told["put_on"][2]["bought_back_on_card"] == told["read_in"][2]["card_stock"] == STOCK
        cards = desk.cards()
        golden_card = cards[TAX_CARD]
        assert isinstance(golden_card, GoldenTaxCard)
        assert (sorted(golden_card.stock()), on_card(cards[IC_CARD])) == (sorted(stock), [])
        assert golden_card.state() == CardState("V6.10", is_locked=False, outside_period=7, per_invoice=100_000, monthly_quantity=25, ordinary_per_invoice=10000, ordinary_quantity=50)
