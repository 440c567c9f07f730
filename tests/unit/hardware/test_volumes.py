"""Wherever the current goes, a volume is in one place: every command of 退票, 回购 and 读入, on either card, cut before, after and in its middle.

Source: Xicheng, 三(二)4, 三(三), 三(七), 三(八)1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hardware import volumes
from hardware.card.chip.direct import DirectWire
from hardware.card.chip.host import ISSUER_KEY_OF_TESTS
from hardware.card.chip.system import CardSystem, made
from hardware.card.golden import GoldenTaxCard
from hardware.card.iso import IsoCard
from hardware.ports import IC_CARD, TAX_CARD, CardRemoved, NotInStock, StockFull, Volume, VolumeTwice, WrongState
from tests.factories.chips import PIN, UNLOCKED, Cut, Pair

VOLUME, OTHER = Volume("4403034140", "00012001", 17), Volume("4403034140", "00013001", 25)
CUTS: tuple[Cut, ...] = ("before", "after", "torn")
Act = Callable[[GoldenTaxCard, IsoCard], None]


def give_back(tax: GoldenTaxCard, ic: IsoCard) -> None:
    volumes.give_back(tax, ic, "job-1", VOLUME)


def read_in(tax: GoldenTaxCard, ic: IsoCard) -> None:
    volumes.read_in(tax, ic, "job-2", VOLUME)


def put_on(_tax: GoldenTaxCard, ic: IsoCard) -> None:
    volumes.put_on(ic, "job-3", VOLUME)


def take_off(_tax: GoldenTaxCard, ic: IsoCard) -> None:
    volumes.take_off(ic, "job-4", VOLUME)


def where(tax: GoldenTaxCard, ic: IsoCard) -> list[str]:
    """Every place where the volume stands."""
    return [TAX_CARD] * list(tax.stock()).count(VOLUME) + [IC_CARD] * volumes.on_card(ic).count(VOLUME)


def pair(folder: Path, begins: str) -> Pair:
    """The volume where the act expects it."""
    folder.mkdir()
    found = Pair(folder, (OTHER, VOLUME) if begins == TAX_CARD else (OTHER,))
    if begins == IC_CARD:
        volumes.put_on(found.inserted()[1], "job-0", VOLUME)
    return found


ACTS: dict[str, tuple[Act, str, str]] = {
    "give_back": (give_back, TAX_CARD, IC_CARD),
    "read_in": (read_in, IC_CARD, TAX_CARD),
    "put_on": (put_on, "", IC_CARD),
    "take_off": (take_off, IC_CARD, ""),
}


def cuts(folder: Path, act: Act, begins: str) -> Iterator[tuple[str, int, Cut]]:
    """Every command that the act sends, by card, with every way of cutting it."""
    whole = pair(folder / "whole", begins)
    act(*whole.inserted())
    for kind, wire in whole.wires.items():
        yield from ((kind, at, how) for at in range(1, wire.count + 1) for how in CUTS)


@pytest.mark.parametrize("name", ACTS)
def test_a_volume_is_in_one_place_wherever_the_current_goes(name: str, tmp_path: Path) -> None:
    act, begins, ends = ACTS[name]
    struck = 0

    for kind, at, how in cuts(tmp_path, act, begins):
        desk = pair(tmp_path / f"{kind}-{at}-{how}", begins)
        cards = desk.inserted()
        desk.cut(kind, at, how)
        with pytest.raises(CardRemoved):
            act(*cards)
        struck += 1

        tax, ic = desk.inserted()
        volumes.settle(tax, ic)
        assert where(tax, ic) in ([begins] if begins else [], [ends] if ends else []), (kind, at, how)
        assert OTHER in tax.stock()

        act(*desk.inserted())  # the job comes again, with its key
        act(*desk.inserted())
        assert where(*desk.inserted()) == ([ends] if ends else []), (kind, at, how)
    assert struck > 40


def test_a_move_that_was_cut_off_is_ended_with_its_own_card_only(tmp_path: Path) -> None:
    whole = pair(tmp_path / "whole", TAX_CARD)
    give_back(*whole.inserted())
    desk = pair(tmp_path / "desk", TAX_CARD)
    cards = desk.inserted()
    desk.cut(TAX_CARD, whole.wires[TAX_CARD].count, "before")
    with pytest.raises(CardRemoved):
        give_back(*cards)
    tax, ic = desk.inserted()
    other = IsoCard(DirectWire(CardSystem(tmp_path / "other.chip", made(IC_CARD, "ICK-2", PIN, ISSUER_KEY_OF_TESTS))))

    with pytest.raises(WrongState) as refused:
        volumes.settle(tax, other)

    assert "ICK-1" in str(refused.value)
    assert volumes.settle(tax, ic) is True
    assert where(tax, ic) == [IC_CARD]


def test_the_token_of_a_move_that_was_taken_back_is_used_up(tmp_path: Path) -> None:
    tax, _ic = pair(tmp_path / "desk", TAX_CARD).inserted()
    tax.prepare(1, VOLUME, goes_in=False, partner="ICK-1")
    tax.finish(1, commit=False)
    tax.finish(1, commit=False)

    with pytest.raises(WrongState):
        tax.finish(1, commit=True)
    with pytest.raises(WrongState):
        tax.prepare(1, VOLUME, goes_in=False, partner="ICK-1")
    assert (tax.position().last_token, VOLUME in tax.stock()) == (1, True)


def test_what_the_card_has_not_is_not_given_back(tmp_path: Path) -> None:
    tax, ic = pair(tmp_path / "desk", "").inserted()

    with pytest.raises(NotInStock) as refused:
        give_back(tax, ic)

    assert refused.value.happened == "no"
    assert where(tax, ic) == []


def test_no_invoice_stands_twice_on_a_card(tmp_path: Path) -> None:
    within = Volume(VOLUME.code, "00012017", 3)
    tax, ic = pair(tmp_path / "desk", TAX_CARD).inserted()
    put_on(tax, ic)

    with pytest.raises(VolumeTwice):
        volumes.put_on(ic, "job-9", within)
    with pytest.raises(VolumeTwice):
        give_back(tax, ic)
    with pytest.raises(VolumeTwice):
        read_in(tax, ic)
    assert where(tax, ic) == [TAX_CARD, IC_CARD]  # as it was put there, by mistake of the office


@pytest.mark.parametrize("given", [("44030341401234567", "00012001", 1), ("4403034140", "12001", 1), ("4403034140", "00012001", 0), ("4403034140", "99999999", 2)])
def test_a_volume_that_no_card_could_hold_is_none(given: tuple[str, str, int]) -> None:
    with pytest.raises(ValueError, match="expected a code"):
        Volume(*given)


def test_what_the_ic_card_has_not_is_not_read_in(tmp_path: Path) -> None:
    tax, ic = pair(tmp_path / "desk", TAX_CARD).inserted()

    with pytest.raises(WrongState):
        read_in(tax, ic)

    assert where(tax, ic) == [TAX_CARD]


def test_a_locked_card_moves_nothing(tmp_path: Path) -> None:
    locked = Pair(tmp_path, (VOLUME,), state=replace(UNLOCKED, is_locked=True))

    with pytest.raises(WrongState):
        give_back(*locked.inserted())

    assert where(*locked.inserted()) == [TAX_CARD]


def test_a_card_keeps_five_volumes_and_the_sixth_stays_where_it_is(tmp_path: Path) -> None:
    full = tuple(Volume("4403034140", f"0002{n}001", 25) for n in range(5))
    desk = Pair(tmp_path, full)
    tax, ic = desk.inserted()
    put_on(tax, ic)

    with pytest.raises(StockFull):
        read_in(tax, ic)

    assert where(*desk.inserted()) == [IC_CARD]
    assert len(tax.stock()) == len(full)
