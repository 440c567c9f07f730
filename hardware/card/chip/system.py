"""Our card operating system: files, a PIN, keys and what opens which, as ISO/IEC 7816-4 has the commands.

Nothing is written before the PIN was shown; a try is taken off the counter before the PIN is compared, so that pulling the card gives no free tries.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from hardware.card import apdu
from hardware.card.apdu import Command
from hardware.card.chip.eeprom import Eeprom, Nested
from hardware.card.layout import APPLICATION, CAPACITY, FILES, IDENTITY, ISSUER_KEY, LENGTH_BYTES, PIN_REFERENCE, is_pin
from hardware.ports import PIN_TRIES

KEY_TRIES = 5
BLOCK = 8  # bytes of a challenge: one block of triple DES
PIN, ISSUER = "pin", "issuer"  # what has been shown to the card since it was put in


class Refused(Exception):
    """A command ends in a status word other than 9000."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status:04X}")
        self.status = status


def made(kind: str, serial: str, pin: str, issuer_key: bytes) -> Nested:
    """The values of a new card: whose kind it is, its serial, PIN and issuer key (24 bytes, triple DES)."""
    return {
        "kind": kind, "serial": serial, "pin": pin, "pin_left": PIN_TRIES, "issuer_key": issuer_key.hex(), "issuer_left": KEY_TRIES,
    }  # fmt: skip


def cryptogram(key: bytes, challenge: bytes) -> bytes:
    """What proves a key to the card: its challenge in triple DES, the cipher of such cards in those years."""
    encryptor = Cipher(TripleDES(key), modes.ECB()).encryptor()  # noqa: S305 -- one block
    return encryptor.update(challenge)


class CardSystem:
    """A chip that answers commands. `is_t0`: an answer to a command with data is fetched by GET RESPONSE, as T=0 wants it."""

    is_t0 = True

    def __init__(self, path: Path, values: Nested | None = None) -> None:
        self.memory = Eeprom(path, values)
        if values is not None and IDENTITY not in self.memory.files:
            self.memory.write(IDENTITY, 0, f"{values['kind']}:{values['serial']}".encode())
        self.power(on=True)

    @classmethod
    def over(cls, memory: Eeprom) -> Self:
        """The chip of a memory that is kept elsewhere."""
        found = cls.__new__(cls)
        found.memory = memory
        found.power(on=True)
        return found

    def power(self, *, on: bool) -> None:
        """Everything that was shown and selected is forgotten, whether the current comes or goes."""
        if on:
            self.memory.cut_after = None
        self.shown: set[str] = set()
        self.selected = False
        self.file: int | None = None
        self.challenge = b""
        self.waiting = b""

    def answer(self, wire: bytes) -> bytes:
        """Carries out a command; raises PowerCut where the current goes in its middle."""
        try:
            command = apdu.unpacked(wire)
        except ValueError:
            return apdu.WRONG_LENGTH.to_bytes(2)
        if command.ins == apdu.GET_RESPONSE and self.is_t0:
            out, self.waiting = self.waiting, b""
            return out[: command.expected or 0] + apdu.OK.to_bytes(2)
        try:
            out = self._carried_out(command)
        except Refused as refused:
            return refused.status.to_bytes(2)
        if self.is_t0 and command.data and out:
            self.waiting = out
            return bytes([0x61, len(out) % 256])
        return out + apdu.OK.to_bytes(2)

    def _carried_out(self, command: Command) -> bytes:
        table = self.tables().get(command.cla)
        if table is None:
            raise Refused(apdu.WRONG_CLASS)
        work = table.get(command.ins)
        if work is None:
            raise Refused(apdu.WRONG_INSTRUCTION)
        if command.ins != apdu.SELECT and not self.selected:
            raise Refused(apdu.CONDITIONS)
        return work(command)

    def tables(self) -> Mapping[int, Mapping[int, Callable[[Command], bytes]]]:
        """Class → instruction → work."""
        return {
            0x00: {
                apdu.SELECT: self._select, apdu.READ: self._read, apdu.READ_FAR: self._read, apdu.UPDATE: self._update, apdu.UPDATE_FAR: self._update,
                apdu.VERIFY: self._verify, apdu.CHALLENGE: self._challenge, apdu.EXTERNAL_AUTHENTICATE: self._authenticate,
                apdu.RESET_RETRIES: self._reset_retries,
            }
        }  # fmt: skip

    def require(self, what: str) -> None:
        """Raises Refused where it was not shown since the card was put in."""
        if what not in self.shown:
            raise Refused(apdu.NOT_ALLOWED)

    # --- files -------------------------------------------------------------------------------------------------------------

    def _select(self, command: Command) -> bytes:
        if command.p1 == 0x04:
            if command.data != APPLICATION:
                raise Refused(apdu.NOT_FOUND)
            self.selected, self.file = True, None
            return b""
        file = int.from_bytes(command.data, "big")
        if not self.selected or file not in {IDENTITY, *FILES.values()}:
            raise Refused(apdu.NOT_FOUND)
        self.file = file
        return b""

    def _at(self, command: Command) -> tuple[int, int, bytes]:
        """File, offset and data of a command that reads or writes."""
        if self.file is None:
            raise Refused(apdu.NO_CURRENT_FILE)
        if command.ins in {apdu.READ, apdu.UPDATE}:
            return self.file, command.p1 << 8 | command.p2, command.data
        try:
            return self.file, *apdu.near(command.data)
        except ValueError as error:
            raise Refused(apdu.WRONG_DATA) from error

    def _read(self, command: Command) -> bytes:
        file, offset, _data = self._at(command)
        content = self.memory.files.get(file, b"")
        if offset > len(content):
            raise Refused(apdu.WRONG_OFFSET)
        return bytes(content[offset : offset + (command.expected or 0)])

    def _update(self, command: Command) -> bytes:
        file, offset, data = self._at(command)
        self.require(PIN)
        if file == IDENTITY:
            raise Refused(apdu.NOT_ALLOWED)
        if offset + len(data) > CAPACITY + LENGTH_BYTES:
            raise Refused(apdu.FULL)
        self.memory.write(file, offset, data)
        return b""

    # --- PIN and keys ------------------------------------------------------------------------------------------------------

    def _verify(self, command: Command) -> bytes:
        values = self.memory.values
        if command.p2 != PIN_REFERENCE:
            raise Refused(apdu.NOT_THERE)
        if not values["pin_left"]:
            raise Refused(apdu.BLOCKED)
        if not command.data:
            raise Refused(apdu.TRIES_LEFT | values["pin_left"])
        self.memory.keep(pin_left=values["pin_left"] - 1)
        if not secrets.compare_digest(values["pin"].encode(), command.data):
            self.shown.discard(PIN)
            raise Refused(apdu.TRIES_LEFT | values["pin_left"] if values["pin_left"] else apdu.BLOCKED)
        self.memory.keep(pin_left=PIN_TRIES)
        self.shown.add(PIN)
        return b""

    def _challenge(self, command: Command) -> bytes:
        self.challenge = secrets.token_bytes(command.expected or BLOCK)
        return self.challenge

    def _authenticate(self, command: Command) -> bytes:
        values = self.memory.values
        if command.p2 != ISSUER_KEY:
            raise Refused(apdu.NOT_THERE)
        if not values["issuer_left"]:
            raise Refused(apdu.BLOCKED)
        challenge, self.challenge = self.challenge, b""  # good for one try
        if len(challenge) != BLOCK:
            raise Refused(apdu.CHALLENGE_SPENT)
        self.memory.keep(issuer_left=values["issuer_left"] - 1)
        if not secrets.compare_digest(cryptogram(bytes.fromhex(values["issuer_key"]), challenge), command.data):
            raise Refused(apdu.TRIES_LEFT | values["issuer_left"] if values["issuer_left"] else apdu.BLOCKED)
        self.memory.keep(issuer_left=KEY_TRIES)
        self.shown.add(ISSUER)
        return b""

    def _reset_retries(self, command: Command) -> bytes:
        """A blocked PIN is replaced by whoever proves the issuer key (税控IC卡解锁). Neither the old nor the new one counts as shown after that."""
        self.require(ISSUER)
        if command.p2 != PIN_REFERENCE:
            raise Refused(apdu.NOT_THERE)
        if not is_pin(command.data):
            raise Refused(apdu.WRONG_DATA)
        self.shown.discard(PIN)
        self.memory.keep(pin=command.data.decode("ascii"), pin_left=PIN_TRIES)
        return b""
