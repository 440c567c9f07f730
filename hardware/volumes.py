"""A volume of invoices goes from one card to the other and is in one place whatever is cut off when: 退票 out of the golden-tax card, 读入 into it.

The golden-tax card keeps the move open (PREPARE) until the IC card has its record with the move's token, then it is finished (COMMIT).
What was cut off is settled by whoever has both cards next: finished if the IC card has the record, taken back if not.

Source: Xicheng, 三(二)4, 三(三), 三(七).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hardware.layout import MOVES, VOLUMES, read_file
from hardware.once import answered, finish, seen, write_once
from hardware.ports import Card, TaxCard, Volume, VolumeTwice, WrongState


def give_back(tax_card: TaxCard, ic_card: Card, key: str, volume: Volume) -> None:
    """退票: the volume leaves the golden-tax card and stands on the IC card. Once for a `key`, however often it is begun."""
    _move(tax_card, ic_card, key, volume, goes_in=False)


def read_in(tax_card: TaxCard, ic_card: Card, key: str, volume: Volume) -> None:
    """读入: the volume leaves the IC card and stands in the stock of the golden-tax card. Once for a `key`. Raises WrongState for one that the IC card has not."""
    _move(tax_card, ic_card, key, volume, goes_in=True)


def put_on(ic_card: Card, key: str, volume: Volume) -> None:
    """回购: the office puts a volume on the IC card. Once for a `key`. Raises VolumeTwice."""
    if answered(ic_card, key) is None:
        _require_not_there(ic_card, volume)
        write_once(ic_card, key, {VOLUMES: [*map(_row, on_card(ic_card)), _row(volume)]}, {})


def take_off(ic_card: Card, key: str, volume: Volume) -> None:
    """发票退回: the office takes a volume that was given back off the IC card. Once for a `key`; for one that is not there nothing changes."""
    if answered(ic_card, key) is None:
        write_once(ic_card, key, {VOLUMES: [_row(one) for one in on_card(ic_card) if one != volume]}, {})


def settle(tax_card: TaxCard, ic_card: Card) -> bool | None:
    """Ends a move that was cut off; whether it took place, None where none was open. Raises WrongState where another IC card has the other part of it."""
    position = tax_card.position()
    if position.open_token and position.partner != ic_card.serial:
        raise WrongState(
            f"金税卡上有一笔没有做完的退票、读入，另一半在税控IC卡 {position.partner} 上，请放入该卡办完", f"a move with IC card {position.partner} was cut off: put that card in to finish it",
        )  # fmt: skip
    finish(ic_card)
    if not position.open_token:
        return None
    has_its_part = position.open_token in _moves(ic_card).get(tax_card.serial, ())
    tax_card.finish(position.open_token, commit=has_its_part)
    return has_its_part


def settle_without(tax_card: TaxCard, serial: str) -> bool | None:
    """Ends a move whose other part is on an IC card that nobody can read and that the office keeps: the volume is in the golden-tax card then, and whatever
    the other says counts no more. Whether a move took place, None where none was open with that card.
    """
    position = tax_card.position()
    if not position.open_token or position.partner != serial:
        return None
    tax_card.finish(position.open_token, commit=position.goes_in)
    return position.goes_in


def on_card(ic_card: Card) -> list[Volume]:
    """The volumes that stand on an IC card."""
    return [Volume(row["code"], row["first"], row["count"]) for row in seen(ic_card, VOLUMES) or []]


def _move(tax_card: TaxCard, ic_card: Card, key: str, volume: Volume, *, goes_in: bool) -> None:
    settle(tax_card, ic_card)
    if answered(ic_card, key) is not None:
        return
    there = on_card(ic_card)
    if goes_in and volume not in there:
        raise WrongState("税控IC卡里没有这一卷发票", "this volume does not stand on the IC card")
    if not goes_in:
        _require_not_there(ic_card, volume)
    token = tax_card.position().last_token + 1
    tax_card.prepare(token, volume, goes_in=goes_in, partner=ic_card.serial)
    after = [one for one in there if one != volume] if goes_in else [*there, volume]
    moves = {**_moves(ic_card), tax_card.serial: [*_moves(ic_card).get(tax_card.serial, ())[-4:], token]}
    write_once(ic_card, key, {VOLUMES: [_row(one) for one in after], MOVES: moves}, {})
    tax_card.finish(token, commit=True)


def _require_not_there(ic_card: Card, volume: Volume) -> None:
    if any(volume.overlaps(one) for one in on_card(ic_card)):
        raise VolumeTwice("税控IC卡里已有这一卷中的发票，不能再写入", "invoices of this volume stand on the IC card already")


def _moves(ic_card: Card) -> dict[str, list[int]]:
    return dict(read_file(ic_card, MOVES) or {})


def _row(volume: Volume) -> Mapping[str, Any]:
    return {"code": volume.code, "first": volume.first, "count": volume.count}
