"""What befalls disks, carrier and printers on the day, until somebody at the counter looks.

Source: Xicheng, 三(一)1, 三(二)2, 三(二)3.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.soak.day_faults import Fault
from bench.soak.day_hall import Counter
from bench.soak.day_office import Enterprise, Hall
from engine.external import Waiting
from hardware.disk.floppy import SIZE

ROOM = "8k"  # less than the tables of a floppy take


@dataclass
class DiskIsFull(Fault):
    """The first disk of the enterprise takes nothing; it brings its second."""

    def before(self, hall: Hall, one: Enterprise, element: str) -> None:
        if element != "check_month":
            return
        place = hall.folder / "full"
        if not one.times.get(element):
            place.mkdir()
            hall.ends.callback(mounted(place))
            (place / "disk.img").touch()
            (place / "disk.img").open("r+b").truncate(SIZE)
            self.second, one.disk = one.disk, place / "disk.img"
            return
        self.struck, one.disk = True, self.second
        hall.unit.clear_disk()  # the full one is taken out before the job is given again


@dataclass
class Protected(Fault):
    """The tab of the disk is open until somebody looks."""

    def before(self, hall: Hall, one: Enterprise, element: str) -> None:
        if element == "check_month":
            one.disk.write_bytes(bytes(SIZE))
            one.disk.chmod(0o444)

    def working(self, hall: Hall, one: Enterprise, counter: Counter, job: Waiting) -> None:
        if _says(job, "写保护"):
            self.struck = True
            one.disk.chmod(0o644)


@dataclass
class CarrierIsAway(Fault):
    """The fixed carrier is not connected until somebody looks."""

    def before(self, hall: Hall, one: Enterprise, element: str) -> None:
        if element == "prepare_backup":
            (hall.folder / "carrier").rename(hall.folder / "away")

    def working(self, hall: Hall, one: Enterprise, counter: Counter, job: Waiting) -> None:
        if _says(job, "没有接上") and not self.struck:
            self.struck = True
            (hall.folder / "away").rename(hall.folder / "carrier")


@dataclass
class OutOfPaper(Fault):
    """The printer of papers has none when the hand-over sheet is to come."""

    def before(self, hall: Hall, one: Enterprise, element: str) -> None:
        if element == "sign_in":
            hall.tray.fault("no-paper-1")

    def working(self, hall: Hall, one: Enterprise, counter: Counter, job: Waiting) -> None:
        if not self.struck and any("打印机缺纸" in line for line in hall.said):
            self.struck = True
            hall.tray.fill()


@dataclass
class LabelsAreOff(Fault):
    """The printer of labels is switched off until somebody looks."""

    def before(self, hall: Hall, one: Enterprise, element: str) -> None:
        if element == "sign_in":
            hall.labels.switch_off()

    def working(self, hall: Hall, one: Enterprise, counter: Counter, job: Waiting) -> None:
        if not self.struck and _says(job, "打印机没有响应"):
            self.struck = True
            hall.labels.switch_on()


def mounted(place: Path) -> Callable[[], object]:
    """A small file system in memory; gives what ends it."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "none", str(place)], check=True)
    return lambda: subprocess.run(["umount", str(place)], check=True)


def _says(job: Waiting, words: str) -> bool:
    return any(words in line.zh for line in job.progress.said)
