"""The upgrade hall with real devices: one service of readers with slots for every counter, cards as processes, disks of mtools, a key machine, an IPP printer and a
printer of labels; at each counter the agent as `app.py station` opens it, in a thread.

Source: Xicheng, 三(一), 三(二), 三(三), 三(四), 三(五), 三(七), 三(八).
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from bench.soak.day_dying import STARTED, OwnSlots
from commands import station as agent
from commands import station_desk
from db.clock import SystemClock
from hardware.card.chip.host import CardProcess
from hardware.disk.floppy import SIZE
from hardware.door import DoorShut, Job
from hardware.http_door import HttpDoor
from hardware.station import Station
from tests.factories.chips import PIN
from tests.factories.plain_printers import Labels
from tests.factories.printing import IppTray
from tests.factories.tokens import KEY, TOKEN, TOKEN_PIN, Token

ROOT = Path(__file__).parents[2]
RECEPTION, UNIT, ISSUANCE, CARDS = "reception@yt", "service_unit@XAHX", "invoice_issuance@yt", "card_issuance@yt"
COUNTERS = {RECEPTION: "Reception", UNIT: "Service Unit", ISSUANCE: "Issuance", CARDS: "Cards"}
LONGEST_ASK_S = 2.0
UNSEEN_S = 0.5  # the service of the readers looks every 0.4 s: a card that is put in earlier is taken for the one before
WRONG_PIN = "11111111"
PATIENCE_S = 60.0


class Door(HttpDoor):
    """Asks in short turns, so that an agent can be ended; `shut` counts the answers that found nobody."""

    shut = 0

    def fetch(self, topics: Sequence[str], wait_s: float) -> Sequence[Job]:
        return super().fetch(topics, min(wait_s, LONGEST_ASK_S))

    def complete(self, job: Job, results: object) -> None:
        try:
            super().complete(job, results)  # type: ignore[arg-type]
        except DoorShut:
            self.shut += 1
            raise


class Card:
    """A card of an enterprise; out of the reader it is a file."""

    def __init__(self, kind: str, serial: str, folder: Path) -> None:
        self.kind, self.serial, self.folder = kind, serial, folder
        self.process: CardProcess | None = None
        self.slot = ""
        self.since = 0.0  # when it was put in
        self.tries = 0  # how often it was put in anew at this counter

    def insert(self, slot: str, port: int) -> CardProcess:
        """Puts it in; its process begins with the first time."""
        self.process = self.process or CardProcess(self.kind, self.serial, self.folder, PIN)
        self.process.insert(port)
        self.slot, self.since = slot, time.monotonic()
        return self.process

    def close(self) -> None:
        """The enterprise takes it home."""
        if self.process is not None:
            self.process.close()
            self.process = None


@dataclass
class Counter:
    """One counter: its slots with their ports, its devices as options of `app.py station`, and the agent that works there."""

    post: str
    slots: dict[str, int]
    folder: Path
    devices: dict[str, str]
    credential: Path
    server: str
    clock: SystemClock
    cards: list[Card] = field(default_factory=list)
    freed: dict[str, float] = field(default_factory=dict)
    station: Station | None = None
    door: Door | None = None
    thread: Thread | None = None
    process: subprocess.Popen[str] | None = None

    def start(self, pin: str = PIN) -> None:
        """The agent begins, with the PIN that was typed."""
        self._type(pin)
        desk = station_desk.desk_of(argparse.Namespace(simulator=None, pin=self.folder / "pin", **self._options()), self.clock)
        desk = dataclasses.replace(desk, reader=OwnSlots(list(self.slots)))
        self.door = Door(self.server, self.credential.read_text("ascii"), driver=agent.PCSC, devices=desk.devices)
        self.station = Station(self.door, desk, self.clock.now)
        self.thread = Thread(target=agent.run, args=(self.station, self.door), name=self.post)
        self.thread.start()

    def tell_to_stop(self) -> None:
        """The agent ends when its job is done, or nothing has come for a while."""
        if self.station is not None:
            self.station.ending.set()

    def stop(self) -> None:
        """It has ended, and its reader is free again."""
        if self.station is None or self.thread is None:
            return
        self.tell_to_stop()
        self.thread.join()
        reader = self.station.desk.reader
        assert isinstance(reader, OwnSlots)
        reader.close()
        self.station = self.thread = None

    def start_process(self, ins: int = 0, at: int = 0) -> None:
        """`app.py station` in a process of its own instead; killed behind the `at`-th command of an instruction to a card."""
        self.stop()
        self._type(PIN)
        options = [text for name, value in self._options().items() if value for text in (f"--{name}", str(value))]
        command = ["-m", "bench.soak.day_dying", f"{ins}:{at}", ",".join(self.slots), "station", "--server", self.server, "--credential", str(self.credential)]
        self.process = subprocess.Popen([sys.executable, *command, "--pin", str(self.folder / "pin"), *options], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if STARTED in line:
                return
        raise RuntimeError(f"the station at {self.post} did not begin: {self.process.wait()}")

    def end_process(self) -> int:
        """Its exit code after SIGTERM, or after its death."""
        assert self.process is not None and self.process.stdout is not None
        self.process.terminate()
        self.process.communicate(timeout=PATIENCE_S)
        code, self.process = self.process.returncode, None
        return code

    # --- what a person does here -------------------------------------------------------------------------------------------

    def put_in(self, card: Card) -> bool:
        """Puts a card in, once a slot is free and seen to be; whether it went in just now."""
        if card in self.cards:
            return False
        taken = {one.slot for one in self.cards}
        free = [slot for slot in self.slots if slot not in taken and time.monotonic() - self.freed.get(slot, 0.0) > UNSEEN_S]
        if not free:
            return False
        self.cards.append(card)
        card.insert(free[0], self.slots[free[0]])
        return True

    def draw(self, card: Card) -> None:
        """Draws it, dead or not."""
        assert card.process is not None
        card.process.draw()
        self.cards.remove(card)
        self.freed[card.slot] = time.monotonic()

    def put_disk(self, image: Path) -> None:
        """Lays a disk in the drive; a blank one where the enterprise has none of this label yet."""
        drive = Path(self.devices["drive"])
        if drive.is_symlink() and drive.readlink() == image:
            return
        if not image.exists():
            image.write_bytes(bytes(SIZE))
        drive.unlink(missing_ok=True)
        drive.symlink_to(image)

    def clear(self) -> None:
        """Nothing lies here any more."""
        for card in list(self.cards):
            self.draw(card)
            card.tries = 0
        self.clear_disk()

    def clear_disk(self) -> None:
        """The disk is taken out of the drive, if there is one."""
        if "drive" in self.devices:
            Path(self.devices["drive"]).unlink(missing_ok=True)

    def _type(self, pin: str) -> None:
        (self.folder / "pin").write_text(pin, "ascii")

    def _options(self) -> dict[str, Path | str | None]:
        paths = {name: Path(self.devices[name]) if name in self.devices else None for name in ("drive", "carrier", "keys")}
        return {**paths, **{name: self.devices.get(name, "") for name in ("printer", "labels")}}


def counters(folder: Path, slots: dict[str, int], token: Token, printer: IppTray, labels: Labels, server: str, credentials: dict[str, str], clock: SystemClock) -> dict[str, Counter]:
    """The four counters of the hall, each with what stands there."""
    os.environ["XDG_STATE_HOME"] = str(folder / "state")  # where a counter remembers what it handed to its printers
    keys = folder / "keys.ini"
    (folder / "keys.pin").write_text(TOKEN_PIN, "ascii")
    keys.write_text(f"[keys]\nmodule = {token.module}\ntoken = {TOKEN}\nkey = {KEY}\npin_file = keys.pin\n", "utf-8")
    (folder / "carrier").mkdir()
    devices = {
        RECEPTION: {"printer": printer.uri, "labels": f"zpl://127.0.0.1:{labels.port}"}, ISSUANCE: {}, CARDS: {"keys": str(keys)},
        UNIT: {"drive": str(folder / "drive"), "carrier": str(folder / "carrier"), "keys": str(keys)},
    }  # fmt: skip
    found = {}
    for post, name in COUNTERS.items():
        (own := folder / name.replace(" ", "-")).mkdir()
        (own / "credential").write_text(credentials[post], "ascii")
        mine = {slot: port for slot, port in slots.items() if slot.startswith(name)}
        found[post] = Counter(post, mine, own, devices[post], own / "credential", server, clock)
    return found

