"""The chip of a golden-tax card: stock and authority change by commands of its own, each of them whole or not at all.

A change of stock has two steps and a rising token: PREPARE keeps the volume, which way it goes and with which card, FINISH ends it, and either
end uses the token up. The same end of the last move once more is answered as the first was; another end, or an old token, is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from hardware.card import apdu, records
from hardware.card.apdu import Command
from hardware.card.chip.eeprom import Nested
from hardware.card.chip.system import ISSUER, CardSystem, Refused
from hardware.ports import ORDINARY, SPECIAL, CardState, Position, Volume

FACTORY = CardState("BLANK", is_locked=True, outside_period=0, per_invoice=0, monthly_quantity=0)


def golden(values: Nested, *, stock: tuple[Volume, ...] = (), state: CardState = FACTORY) -> Nested:
    """The values of a new golden-tax card."""
    return {
        **values, "stock": [records.volume_bytes(one).hex() for one in stock], "state": records.state_bytes(state).hex(),
        "position": records.position_bytes(Position(0)).hex(),
    }  # fmt: skip


class GoldenSystem(CardSystem):
    """Files, PIN and keys as every card of ours, and the commands of class 80."""

    is_t0 = False

    def tables(self) -> Mapping[int, Mapping[int, Callable[[Command], bytes]]]:
        return {
            **super().tables(),
            0x80: {
                apdu.STATE: self._state, apdu.STOCK: self._stock, apdu.PREPARE: self._prepare, apdu.FINISH: self._finish, apdu.QUERY: self._query,
                apdu.UNLOCK: self._unlock, apdu.LOAD: self._load, apdu.AUTHORISE: self._authorise, apdu.REISSUE: self._reissue,
            },
        }  # fmt: skip

    # --- what it keeps -----------------------------------------------------------------------------------------------------

    @property
    def stock(self) -> list[Volume]:
        """What is in it."""
        return [records.volume_of(bytes.fromhex(one)) for one in self.memory.values["stock"]]

    @property
    def state(self) -> CardState:
        """Version, lock and authority."""
        return records.state_of(bytes.fromhex(self.memory.values["state"]))

    @property
    def position(self) -> Position:
        """Where its moves stand."""
        return records.position_of(bytes.fromhex(self.memory.values["position"]))

    def _keep_state(self, **changes: object) -> bytes:
        self.memory.keep(state=records.state_bytes(replace(self.state, **changes)).hex())  # type: ignore[arg-type]
        return b""

    # --- reading -----------------------------------------------------------------------------------------------------------

    def _state(self, _command: Command) -> bytes:
        return records.state_bytes(self.state)

    def _stock(self, command: Command) -> bytes:
        found = self.stock
        if not 1 <= command.p1 <= len(found):
            raise Refused(apdu.NO_RECORD)
        return records.volume_bytes(found[command.p1 - 1])

    def _query(self, _command: Command) -> bytes:
        return records.position_bytes(self.position)

    # --- moves -------------------------------------------------------------------------------------------------------------

    def _prepare(self, command: Command) -> bytes:
        position, stock = self.position, self.stock
        try:
            token, volume, partner = records.move_of(command.data)
        except ValueError as error:
            raise Refused(apdu.WRONG_DATA) from error
        if command.p1 not in {records.IN, records.OUT}:
            raise Refused(apdu.WRONG_DATA)
        wanted = replace(position, open_token=token, goes_in=command.p1 == records.IN, volume=volume, partner=partner)
        if position == wanted:
            return b""
        if self.state.is_locked or position.open_token or token <= position.last_token:
            raise Refused(apdu.CONDITIONS)
        if command.p1 == records.OUT and volume not in stock:
            raise Refused(apdu.NOT_THERE)
        if command.p1 == records.IN and any(volume.overlaps(one) for one in stock):
            raise Refused(apdu.THERE_ALREADY)
        if command.p1 == records.IN and len(stock) >= records.MOST_VOLUMES:
            raise Refused(apdu.FULL)
        self.memory.keep(position=records.position_bytes(wanted).hex())
        return b""

    def _finish(self, command: Command) -> bytes:
        position, stock = self.position, self.memory.values["stock"]
        try:
            token = records.token_of(command.data)
        except ValueError as error:
            raise Refused(apdu.WRONG_DATA) from error
        takes_place = command.p1 == records.COMMIT
        if position.open_token != token or position.volume is None:
            if token == position.last_token and takes_place == position.last_took_place:
                return b""
            raise Refused(apdu.CONDITIONS)
        if not takes_place:
            self.memory.keep(position=records.position_bytes(Position(token, last_took_place=False)).hex())
            return b""
        moved = records.volume_bytes(position.volume).hex()
        after = [*stock, moved] if position.goes_in else [one for one in stock if one != moved]
        self.memory.keep(stock=after, position=records.position_bytes(Position(token)).hex())
        return b""

    # --- authority: whoever proves the issuer key --------------------------------------------------------------------------

    def _unlock(self, _command: Command) -> bytes:
        self.require(ISSUER)
        return self._keep_state(is_locked=False)

    def _load(self, command: Command) -> bytes:
        self.require(ISSUER)
        if not command.p1:  # which counts there are is said by the procedure, not by the card
            raise Refused(apdu.WRONG_DATA)
        return self._keep_state(outside_period=command.p1)

    def _authorise(self, command: Command) -> bytes:
        self.require(ISSUER)
        if len(command.data) != records.LIMIT_SIZE:
            raise Refused(apdu.WRONG_LENGTH)
        per_invoice, quantity = records.limit_of(command.data)
        if command.p1 == records.INVOICES[SPECIAL]:
            return self._keep_state(per_invoice=per_invoice, monthly_quantity=quantity)
        if command.p1 == records.INVOICES[ORDINARY]:
            return self._keep_state(ordinary_per_invoice=per_invoice, ordinary_quantity=quantity)
        raise Refused(apdu.WRONG_DATA)

    def _reissue(self, command: Command) -> bytes:
        """Only unlocked, with nothing in stock and no move open."""
        self.require(ISSUER)
        if self.state.is_locked or self.stock or self.position.open_token:
            raise Refused(apdu.CONDITIONS)
        try:
            return self._keep_state(version=command.data.decode("ascii"))
        except ValueError as error:
            raise Refused(apdu.WRONG_DATA) from error
