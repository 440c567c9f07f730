"""Commands and answers of ISO 7816-4 in their short form: one header, at most 255 bytes of data, at most 256 bytes expected.

Source of names and status words: ISO/IEC 7816-4; class 80 is proprietary to our cards.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_DATA, MOST_EXPECTED = 255, 256
OK = 0x9000

# --- instructions ---
SELECT, READ, READ_FAR, UPDATE, UPDATE_FAR = 0xA4, 0xB0, 0xB1, 0xD6, 0xD7
VERIFY, CHALLENGE, EXTERNAL_AUTHENTICATE, RESET_RETRIES, GET_RESPONSE = 0x20, 0x84, 0x82, 0x2C, 0xC0

# --- instructions of the golden-tax card, class 80 ---
STATE, STOCK, PREPARE, FINISH, QUERY, UNLOCK, LOAD, AUTHORISE, REISSUE = 0x12, 0x14, 0x30, 0x32, 0x34, 0x20, 0x22, 0x24, 0x26

# --- status words ---
WRONG_LENGTH, NOT_ALLOWED, BLOCKED, CONDITIONS, NO_CURRENT_FILE = 0x6700, 0x6982, 0x6983, 0x6985, 0x6986
WRONG_DATA, NOT_FOUND, NO_RECORD, FULL, NOT_THERE = 0x6A80, 0x6A82, 0x6A83, 0x6A84, 0x6A88
WRONG_OFFSET, WRONG_INSTRUCTION, WRONG_CLASS, MEMORY = 0x6B00, 0x6D00, 0x6E00, 0x6581
CHALLENGE_SPENT = 0x6984
THERE_ALREADY = 0x6A89
TRIES_LEFT = 0x63C0  # the last digit says how many


@dataclass(frozen=True)
class Command:
    """One command; `expected` bytes of answer at most, None where none is."""

    cla: int
    ins: int
    p1: int = 0
    p2: int = 0
    data: bytes = b""
    expected: int | None = None

    def packed(self) -> bytes:
        """The bytes on the wire; raises ValueError where the short form does not hold it."""
        if len(self.data) > MOST_DATA or (self.expected or 0) > MOST_EXPECTED:
            raise ValueError(f"expected at most {MOST_DATA} bytes of data and {MOST_EXPECTED} of answer, but got {len(self.data)} and {self.expected}")
        given = bytes([len(self.data)]) + self.data if self.data else b""
        wanted = b"" if self.expected is None else bytes([self.expected % 256])
        return bytes([self.cla, self.ins, self.p1, self.p2]) + given + wanted


def unpacked(wire: bytes) -> Command:
    """The command in these bytes; raises ValueError for what is none."""
    if len(wire) < 4:
        raise ValueError(f"expected at least 4 bytes, but got {len(wire)}")
    cla, ins, p1, p2 = wire[:4]
    body = wire[4:]
    if not body:
        return Command(cla, ins, p1, p2)
    if len(body) == 1:
        return Command(cla, ins, p1, p2, expected=body[0] or MOST_EXPECTED)
    given, rest = body[1 : 1 + body[0]], body[1 + body[0] :]
    if len(given) != body[0] or len(rest) > 1:
        raise ValueError(f"expected {body[0]} bytes of data, but got {len(body) - 1}")
    return Command(cla, ins, p1, p2, given, (rest[0] or MOST_EXPECTED) if rest else None)


def far(offset: int, data: bytes = b"") -> bytes:
    """The data field of READ BINARY and UPDATE BINARY beyond the 32 KiB that P1 and P2 can name: an offset, and what is written there."""
    return b"\x54\x03" + offset.to_bytes(3, "big") + (b"\x53" + bytes([len(data)]) + data if data else b"")


def near(field: bytes) -> tuple[int, bytes]:
    """Offset and data of such a field; raises ValueError."""
    if field[:2] != b"\x54\x03" or (len(field) > 5 and (field[5] != 0x53 or len(field) < 7 or field[6] != len(field) - 7)):
        raise ValueError("expected an offset of three bytes and perhaps data")
    return int.from_bytes(field[2:5], "big"), field[7:]
