"""Places outside the database that take the head of the chain, a line each, and give all lines back.

    12 0 5c0e…64 hexadecimal digits… 2026-03-02 01:00:02.000000        number, epoch, head, moment

A file, on another disk, is only ever appended to. A target over HTTP takes a line by POST (text/plain; the header Idempotency-Key names the
head, so that a repetition is one line) and gives all lines by GET.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Protocol
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from db.chain.links import Header

TIMEOUT_S = 5.0
MOST_BYTES = 512 * 1024 * 1024
_LINE = re.compile(r"([0-9]{1,18}) ([0-9]{1,9}) ([0-9a-f]{64}) ([0-9-]{10}[T ][0-9:.]{15})")


class PlaceAway(Exception):
    """A place that does not take a head, or does not give its lines, with the reason."""


@dataclass(frozen=True)
class Anchored:
    """A line that can be read."""

    number: int
    epoch: int
    head: str
    at: str


class Place(Protocol):
    """Somewhere outside; both raise PlaceAway."""

    @property
    def address(self) -> str:
        """Where it is, as the configuration says."""
        ...

    def put(self, line: str) -> None:
        """Takes a line, and returns when it is safe there."""
        ...

    def text(self) -> str | None:
        """Everything that it has taken; None where there is nothing yet."""
        ...


@dataclass(frozen=True)
class FilePlace:
    """A file on another disk. Its folder is never made here: a disk that is not mounted must not be written beside."""

    address: str

    def put(self, line: str) -> None:
        """Appends and waits for the disk. A line that a full disk cut short is ended first, so that the next begins anew."""
        try:
            handle = os.open(self.address, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
            try:
                content = f"{_break(handle)}{line}\n".encode()
                if os.write(handle, content) != len(content):
                    raise PlaceAway("磁盘已满 / the disk is full")
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise PlaceAway(error.strerror or str(error)) from error

    def text(self) -> str | None:
        """The whole file."""
        try:
            return Path(self.address).read_text("ascii", "replace")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise PlaceAway(error.strerror or str(error)) from error


@dataclass(frozen=True)
class WebPlace:
    """A target over HTTP."""

    address: str

    def put(self, line: str) -> None:
        """Posts; anything but a success is a failure that is tried again."""
        key = "-".join(line.split(" ")[:3])
        self._ask(Request(self.address, line.encode(), {"Content-Type": "text/plain", "Idempotency-Key": key}))  # noqa: S310 -- http(s) only, see `places`

    def text(self) -> str | None:
        """What GET answers; 404 is an empty place."""
        try:
            return self._ask(Request(self.address)).decode("ascii", "replace")  # noqa: S310
        except PlaceAway as away:
            if isinstance(away.__cause__, HTTPError) and away.__cause__.code == 404:
                return None
            raise

    def _ask(self, request: Request) -> bytes:
        try:
            with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                return bytes(answer.read(MOST_BYTES))
        except HTTPError as error:
            error.close()
            raise PlaceAway(f"HTTP {error.code}") from error
        except (OSError, HTTPException, ValueError) as error:
            raise PlaceAway(str(getattr(error, "reason", error)) or type(error).__name__) from error


def places(text: str) -> list[Place]:
    """The places of a configuration: files and http(s) addresses, separated by commas."""
    named = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    return [WebPlace(one) if one.startswith(("http://", "https://")) else FilePlace(one) for one in named]


def line_of(header: Header) -> str:
    """The line of a link."""
    return f"{header.number} {header.epoch} {header.head} {header.at}"


def read_lines(content: str) -> tuple[list[Anchored], list[str]]:
    """(lines in their order, lines that are none of ours). What a full disk cut short, and was written again, is no line at all."""
    found, strange = list[Anchored](), list[str]()
    lines = content.splitlines()
    for at, line in enumerate(lines):
        match = _LINE.fullmatch(line)
        if match:
            found.append(Anchored(int(match[1]), int(match[2]), match[3], match[4]))
        elif line and not (at + 1 == len(lines) or _is_cut_short(line, lines[at + 1 :])):
            strange.append(line[:100])
    return found, strange


def _is_cut_short(line: str, further: Sequence[str]) -> bool:
    """Whether a later line, whole, says the same again or goes on from there: a torn line is followed by a newer head."""
    number = line.split(" ", 1)[0]
    return len(line) < 110 and number.isdecimal() and any(one.split(" ", 1)[0].isdecimal() and int(one.split(" ", 1)[0]) >= int(number) for one in further[:1])


def _break(handle: int) -> str:
    size = os.fstat(handle).st_size
    return "\n" if size and os.pread(handle, 1, size - 1) != b"\n" else ""
