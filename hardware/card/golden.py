"""The golden-tax card's own commands, as the port has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from hardware.card import apdu, records
from hardware.card.apdu import Command
from hardware.card.iso import IsoCard, refusal
from hardware.card.wire import Wire
from hardware.ports import (
    SPECIAL,
    TAX_CARD,
    Authority,
    CardDamaged,
    CardState,
    NotInStock,
    Position,
    StockFull,
    Volume,
    VolumeTwice,
    WrongState,
)

T = TypeVar("T")


def card_at(wire: Wire) -> IsoCard:
    """The card at the end of a wire, with the commands of its kind; raises CardError for a card of somebody else's."""
    found = IsoCard(wire)
    return GoldenTaxCard(wire) if found.kind == TAX_CARD else found


def _understood(parse: Callable[[bytes], T], content: bytes) -> T:
    """What the card has answered; raises CardDamaged for what no golden-tax card says."""
    try:
        return parse(content)
    except ValueError as error:
        raise CardDamaged("卡的应答无法识别", "the answer of the card cannot be understood") from error


class GoldenTaxCard(IsoCard):
    """A golden-tax card as long as it lies in the reader."""

    def state(self) -> CardState:
        return _understood(records.state_of, self.send(Command(0x80, apdu.STATE, expected=apdu.MOST_EXPECTED)))

    def stock(self) -> Sequence[Volume]:
        found = list[Volume]()
        while (content := self.asked(Command(0x80, apdu.STOCK, len(found) + 1, expected=apdu.MOST_EXPECTED))) is not None:
            found.append(_understood(records.volume_of, content))
        return found

    def position(self) -> Position:
        return _understood(records.position_of, self.send(Command(0x80, apdu.QUERY, expected=apdu.MOST_EXPECTED)))

    def prepare(self, token: int, volume: Volume, *, goes_in: bool, partner: str) -> None:
        way = records.IN if goes_in else records.OUT
        self._moved(Command(0x80, apdu.PREPARE, way, data=records.move_bytes(token, volume, partner)))

    def finish(self, token: int, *, commit: bool) -> None:
        self._moved(Command(0x80, apdu.FINISH, records.COMMIT if commit else records.ABORT, data=records.token_bytes(token)))

    # --- authority ---------------------------------------------------------------------------------------------------------

    def unlock(self, authority: Authority) -> None:
        """解锁. Raises WrongKey, KeyBlocked."""
        self.prove(authority)
        self.send(Command(0x80, apdu.UNLOCK))

    def reissue(self, authority: Authority, version: str) -> None:
        """升级发行: another version; raises WrongState for a card that is locked, holds invoices or has a move open."""
        self.prove(authority)
        self._moved(Command(0x80, apdu.REISSUE, data=version.encode("ascii")))

    def authorise(self, authority: Authority, per_invoice: int, monthly_quantity: int, *, invoices: str = SPECIAL) -> None:
        """授权 for special or ordinary invoices: limit of one in yuan (开票限额), how many a month (购票限量)."""
        self.prove(authority)
        self.send(Command(0x80, apdu.AUTHORISE, records.INVOICES[invoices], data=records.limit_bytes(per_invoice, monthly_quantity)))

    def load(self, authority: Authority, outside_period: int) -> None:
        """加载: how often it may bill outside the tax period (非征期次数)."""
        self.prove(authority)
        self.send(Command(0x80, apdu.LOAD, outside_period))

    def _moved(self, command: Command) -> None:
        _out, status = self.exchanged(command)
        if status == apdu.CONDITIONS:
            raise WrongState("金税卡现在的状态不能这样办（已锁死、尚有库存，或上一次退票、读入没有做完）", "the golden-tax card does not do this as it is now")
        if status == apdu.NOT_THERE:
            raise NotInStock("金税卡的库存里没有这一卷发票，与纸质发票不符", "this volume is not in the stock of the card")
        if status == apdu.THERE_ALREADY:
            raise VolumeTwice("金税卡的库存里已有这一卷中的发票，不能再读入", "invoices of this volume are in the stock of the card already")
        if status == apdu.FULL:
            raise StockFull(f"金税卡的库存已有 {records.MOST_VOLUMES} 卷，不能再读入", f"the card holds {records.MOST_VOLUMES} volumes already")
        if status != apdu.OK:
            raise refusal(status)
