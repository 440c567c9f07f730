"""The ports of a counter, one suite for every driver: a card with files and a PIN, drawn at any moment; a reader; the door that jobs come through.

The simulator is the first implementation, with its cards in memory and in a folder. A driver for real readers joins by one more maker.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from hardware.layout import packed, read_file, unpacked
from hardware.ports import (
    IC_CARD,
    TAX_CARD,
    Card,
    CardDamaged,
    CardError,
    CardMute,
    CardRemoved,
    MemoryFull,
    NotAuthorised,
    PinBlocked,
    Wanted,
    WrongPin,
)
from hardware.simulator import PIN, Counter, Fault, FolderShelf, MemoryShelf, Shelf

SERIAL = "661200001"
SHELVES: dict[str, Callable[[Path], Shelf]] = {"memory": lambda _folder: MemoryShelf(), "folder": lambda folder: FolderShelf(folder / "cards")}


@pytest.fixture(params=SHELVES)
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    return SHELVES[request.param](tmp_path)


def counter(shelf: Shelf, fault: Fault | None = None) -> Counter:
    """A reader with one blank card in it."""
    found = Counter(shelf, lambda: date(2003, 3, 3), faults={SERIAL: fault} if fault else {})
    found.please_insert([Wanted(TAX_CARD, SERIAL)])
    return found


def card(shelf: Shelf, fault: Fault | None = None) -> Card:
    (found,) = counter(shelf, fault).cards()
    return found


def open_card(shelf: Shelf, fault: Fault | None = None) -> Card:
    found = card(shelf, fault)
    found.verify(PIN)
    return found


def test_a_card_says_what_it_is_and_holds_nothing_that_was_not_written(shelf: Shelf) -> None:
    found = card(shelf)

    assert (found.kind, found.serial, found.read("holder")) == (TAX_CARD, SERIAL, b"")


def test_what_is_written_stays_when_the_card_is_drawn_and_put_in_again(shelf: Shelf) -> None:
    open_card(shelf).write("holder", "西安秦岭".encode())
    open_card(shelf).write("sales", b"2")

    again = card(shelf)
    assert (again.read("holder").decode(), again.read("sales")) == ("西安秦岭", b"2")


def test_a_write_puts_the_new_in_the_place_of_the_old(shelf: Shelf) -> None:
    found = open_card(shelf)
    found.write("holder", b"a long content")
    found.write("holder", b"short")

    assert found.read("holder") == b"short"


def test_nothing_is_written_before_the_pin(shelf: Shelf) -> None:
    with pytest.raises(NotAuthorised) as refused:
        card(shelf).write("holder", b"x")

    assert refused.value.happened == "no"
    assert card(shelf).read("holder") == b""


def test_a_pin_has_three_tries_and_the_right_one_gives_them_back(shelf: Shelf) -> None:
    found, left = card(shelf), []
    for _ in range(2):
        with pytest.raises(WrongPin) as wrong:
            found.verify("00000000")
        left.append(wrong.value.left)
    found.verify(PIN)
    with pytest.raises(WrongPin) as wrong:
        card(shelf).verify("00000000")  # drawn and put in again in between

    assert (left, wrong.value.left) == ([2, 1], 2)


def test_a_pin_is_blocked_after_the_third_and_the_right_one_opens_nothing(shelf: Shelf) -> None:
    for _ in range(2):
        with pytest.raises(WrongPin):
            card(shelf).verify("00000000")
    with pytest.raises(PinBlocked):
        card(shelf).verify("00000000")

    with pytest.raises(PinBlocked):
        card(shelf).verify(PIN)


@pytest.mark.parametrize(("when", "left"), [("before", "old"), ("after", "new"), ("torn", "damaged")])
def test_a_card_drawn_at_a_write_holds_the_old_the_new_or_what_is_seen_to_be_neither(shelf: Shelf, when: str, left: str) -> None:
    open_card(shelf).write("holder", packed("old"))
    found = open_card(shelf, Fault(when))  # type: ignore[arg-type]

    with pytest.raises(CardRemoved) as drawn:
        found.write("holder", packed("new"))
    with pytest.raises(CardRemoved):
        found.read("holder")  # nothing more until it is put in again

    assert drawn.value.happened == "unknown"
    if left == "damaged":
        with pytest.raises(CardDamaged):
            read_file(card(shelf), "holder")
    else:
        assert read_file(card(shelf), "holder") == left


def test_a_card_that_is_mute_says_so_to_every_command(shelf: Shelf) -> None:
    broken = Counter(shelf, lambda: date(2003, 3, 3), broken=SERIAL)
    broken.please_insert([Wanted(TAX_CARD, SERIAL)])
    (found,) = broken.cards()

    for command in (lambda: found.verify(PIN), lambda: found.read("holder"), lambda: found.write("holder", b"x")):
        with pytest.raises(CardMute) as mute:
            command()
        assert mute.value.happened == "unknown"


def test_a_file_takes_so_much_and_no_more(shelf: Shelf) -> None:
    found = open_card(shelf)
    found.write("invoices", b"1")

    with pytest.raises(MemoryFull):
        found.write("invoices", b"x" * 1_000_000)
    assert found.read("invoices") == b"1"


def test_a_reader_shows_the_cards_that_lie_in_it(shelf: Shelf) -> None:
    reader = Counter(shelf, lambda: date(2003, 3, 3))
    assert reader.cards() == []
    reader.please_insert([Wanted(TAX_CARD, SERIAL), Wanted(IC_CARD, "500100001")])

    assert sorted((one.kind, one.serial) for one in reader.cards()) == [(IC_CARD, "500100001"), (TAX_CARD, SERIAL)]


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
