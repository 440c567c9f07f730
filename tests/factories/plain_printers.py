"""Printers on a plain line, on a port of loopback: what they understand of ESC/P and of ZPL they draw, each sheet a PNG in a folder; what they do not is an error.

Written from the printers' manuals and not from our drivers. A printer without paper goes on answering what a real one answers, and prints when it gets some.
"""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Condition, Thread

from tests.factories.sheets import png

PLENTY = 10**6


class Gone(Exception):
    """The other side has hung up, or the printer has died."""


class PlainPrinter:
    """A tray of `sheets`; it dies with the sheet `dies_at`, which does not come out. `is_on`: whether it can be reached; `lasting`: how much it has read at most."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.sheets, self.dies_at, self.read = folder, PLENTY, 0, 0
        self.faults: list[str] = []
        self._changed = Condition()
        self._server: socket.socket | None = None
        self.port = 0
        self.switch_on()

    def papers(self) -> list[Path]:
        """What lies in the tray."""
        return sorted(self.folder.glob("*.png"))

    def switch_on(self) -> None:
        """It listens, on the port that it had before."""
        self._server = socket.create_server(("127.0.0.1", self.port), reuse_port=True)
        self.port = self._server.getsockname()[1]
        Thread(target=self._serve, args=(self._server,), daemon=True).start()

    def switch_off(self) -> None:
        """It listens no more."""
        if self._server is not None:
            with suppress(OSError):
                self._server.shutdown(socket.SHUT_RDWR)
            self._server.close()
            self._server = None

    def fill(self, sheets: int) -> None:
        """So many sheets are in it now."""
        with self._changed:
            self.sheets = sheets
            self._changed.notify_all()

    def work(self, take: Callable[[int], bytes], answer: Callable[[bytes], object]) -> None:
        """Understands one command; `take` gives so many bytes. Raises Gone."""
        raise NotImplementedError

    def come(self, width: int, rows: list[bytearray]) -> None:
        """A sheet comes out."""
        if len(self.papers()) + 1 == self.dies_at:
            self.dies_at = 0
            raise Gone("died")
        self.sheets -= 1
        (self.folder / f"{len(self.papers()) + 1:03}.png").write_bytes(png(width, rows))

    def _serve(self, server: socket.socket) -> None:
        while True:
            try:
                line, _address = server.accept()
            except OSError:
                return
            Thread(target=self._over, args=(line,), daemon=True).start()

    def _over(self, line: socket.socket) -> None:
        with line:
            if self.works_off(lambda: line.recv(65536), line.sendall) == "died":  # with a reset, as a device that lost its power
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def on_device(self, pipe: Path) -> Thread:
        """It hangs on a device of this computer, which a pipe stands for, until that is closed."""
        def serve() -> None:
            with pipe.open("rb", buffering=0) as device:
                self.works_off(lambda: device.read(65536), lambda _content: None)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        return thread

    def works_off(self, more: Callable[[], bytes], answer: Callable[[bytes], object]) -> str:
        """Does what comes over a line, and says how that ended."""
        held = b""

        def take(count: int) -> bytes:
            nonlocal held
            while len(held) < count:
                found = more()
                if not found:
                    raise Gone("hung up")
                held += found
                self.read += len(found)
            found, held = held[:count], held[count:]
            return found

        try:
            while True:
                self.work(take, answer)
        except (Gone, OSError) as gone:
            return str(gone)
        except Exception as error:
            self.faults.append(f"{type(error).__name__}: {error}")
            raise


class Needles(PlainPrinter):
    """24 needles, ESC/P: graphics of 180 dots an inch. Without paper it stops reading."""

    WIDTH = 1488

    def __init__(self, folder: Path) -> None:
        self._reset()
        self._length = 11 * 180
        super().__init__(folder)

    def _reset(self) -> None:
        self._rows: list[bytearray] = []
        self._x = self._y = 0
        self._spacing = 30

    def work(self, take: Callable[[int], bytes], answer: Callable[[bytes], object]) -> None:
        code = take(1)
        if code == b"\r":
            self._x = 0
        elif code == b"\f":
            with self._changed:
                self._changed.wait_for(lambda: self.sheets > 0)
                self.come(self.WIDTH, [*self._rows, *(bytearray(self.WIDTH) for _ in range(self._length - len(self._rows)))])
            self._reset()
        elif code == b"\x1b":
            self._escape(take)
        else:
            raise ValueError(f"no command of ESC/P: {code!r}")

    def _escape(self, take: Callable[[int], bytes]) -> None:
        code = take(1)
        if code == b"@":
            self._reset()
        elif code == b"2":
            self._spacing = 30
        elif code == b"C":
            self._length = take(1)[0] * self._spacing
        elif code == b"J":
            self._y += take(1)[0]
        elif code == b"*":
            mode, low, high = take(3)
            if mode != 39:
                raise ValueError(f"mode {mode}")
            for _ in range(low + 256 * high):
                self._strike(int.from_bytes(take(3), "big"))
        else:
            raise ValueError(f"ESC {code!r}")

    def _strike(self, needles: int) -> None:
        """One column of the head, the uppermost needle the highest bit."""
        while len(self._rows) < min(self._y + 24, self._length):
            self._rows.append(bytearray(self.WIDTH))
        for needle in range(24):
            if needles >> (23 - needle) & 1:
                self._rows[self._y + needle][self._x] = 1
        self._x += 1


class Labels(PlainPrinter):
    """ZPL II. `is_mute_without_paper` as newer ones are; `is_open`, `is_paused`, `others`: formats of somebody else that wait before ours."""

    def __init__(self, folder: Path) -> None:
        self.is_mute_without_paper = self.is_open = self.is_paused = False
        self.others, self.taken_back = 0, 0
        self._queue: list[tuple[int, list[bytearray]]] = []  # width and rows of each label that is to come
        super().__init__(folder)

    def work(self, take: Callable[[int], bytes], answer: Callable[[bytes], object]) -> None:
        code = take(1)
        if code == b"~":
            self._at_once(take(2), answer)
        elif code == b"^" and take(2) == b"XA":
            said = b""
            while not said.endswith(b"^XZ"):
                said += take(1)
            self._queue += _labels(said.decode("ascii"))
            self._print()
        elif code not in b"\r\n":
            raise ValueError(f"no command of ZPL: {code!r}")

    def _print(self) -> None:
        while self._queue and self.sheets > 0 and not self.others and not self.is_open and not self.is_paused:
            self.come(*self._queue.pop(0))

    def _at_once(self, code: bytes, answer: Callable[[bytes], object]) -> None:
        if code == b"JA":
            self.taken_back += len(self._queue)
            self._queue.clear()
        elif code == b"HS":
            self._print()
            out = not self.sheets
            if self.is_mute_without_paper and (out or self.is_open):
                return
            first = f"030,{out:d},{self.is_paused:d},0320,{self.others:03},0,0,0,000,0,0,0"
            second = f"000,0,{self.is_open:d},0,0,2,4,0,{len(self._queue):08},1,000"
            answer("".join(f"\x02{line}\x03\r\n" for line in (first, second, "1234,0")).encode())
        else:
            raise ValueError(f"~{code!r}")


def _labels(said: str) -> list[tuple[int, list[bytearray]]]:
    """The labels of a format."""
    width, height, copies, at = 0, 0, 1, (0, 0)
    dots: list[bytearray] = []
    for code, given in re.findall(r"\^(PW|LL|LH|FO|GF|FS|PQ|XZ)([^^]*)", said):
        if code == "PW":
            width = int(given)
        elif code == "LL":
            height = int(given)
            dots = [bytearray(width) for _ in range(height)]
        elif code == "FO":
            at = tuple(map(int, given.split(",")))
        elif code == "PQ":
            copies = int(given)
        elif code == "GF":
            how, size, total, row_bytes, content = given.split(",")
            raw = bytes.fromhex(content)
            if how != "A" or not int(size) == int(total) == len(raw):
                raise ValueError(f"^GF{given[:40]}")
            _draw(dots, at, raw, int(row_bytes))
    if "".join(f"^{code}{given}" for code, given in re.findall(r"\^(PW|LL|LH|FO|GF|FS|PQ|XZ)([^^]*)", said)) != said:
        raise ValueError(f"a command that is not known: {said[:200]}")
    return [(width, dots)] * copies


def _draw(dots: list[bytearray], at: tuple[int, ...], raw: bytes, row_bytes: int) -> None:
    for y in range(len(raw) // row_bytes):
        row = f"{int.from_bytes(raw[y * row_bytes : (y + 1) * row_bytes], 'big'):0{8 * row_bytes}b}"
        for x, dot in enumerate(row[: len(dots[0]) - at[0]]):
            if dot == "1" and y + at[1] < len(dots):
                dots[y + at[1]][x + at[0]] = 1

