"""The other devices of a simulated counter: a drive, a key machine, printers that put their sheets into a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hardware.card.chip.system import cryptogram
from hardware.disk.floppy import MtoolsDrive
from hardware.disk.manifest import MANIFEST, entries, manifest, require_names, require_whole
from hardware.disk.ports import DiskAbsent, DiskCorrupt, DiskFull, DiskProtected, FloppyDrive, NotFormatted
from hardware.printer.ports import Alive, Printed, always
from hardware.simulator.memory import ISSUER_KEY
from hardware.simulator.printers import FolderPrinter, PrintFault

FAULTS = ("disk_full", "disk_protected", "paper_out", "print_unknown", "wrong_key", "stock_differs", "stock_twice", "falls_silent")  # the last: a card, for good, at its first write


@dataclass
class Planted:
    """A fault that is met once, by the first that it can strike."""

    fault: str = ""

    def strikes(self, fault: str) -> bool:
        """Whether it is this one, which is used up then."""
        if self.fault != fault:
            return False
        self.fault = ""
        return True


class SimulatedDrive:
    """A drive and the disk that the clerk has put in: an image that any computer reads (`are_images`), else a folder with the files."""

    def __init__(self, folder: Path, planted: Planted, *, are_images: bool) -> None:
        self._folder, self._planted, self._are_images = folder, planted, are_images
        self._in: FloppyDrive | None = None

    def put_in(self, label: str) -> None:
        """Puts the disk in that is called so; a blank one where there is none yet."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if not self._are_images:
            self._in = FolderDisk(self._folder / label)
            return
        image = self._folder / f"{label}.img"
        if not image.exists():
            image.write_bytes(bytes(1_474_560))
        self._in = MtoolsDrive(image)

    def label(self) -> str:
        return self._disk().label()

    def is_blank(self) -> bool:
        return self._disk().is_blank()

    def format(self, label: str) -> None:
        self._disk().format(label)

    def write(self, files: Mapping[str, bytes]) -> None:
        if self._planted.strikes("disk_full"):
            raise DiskFull
        if self._planted.strikes("disk_protected"):
            raise DiskProtected
        self._disk().write(files)

    def read(self) -> Mapping[str, bytes]:
        return self._disk().read()

    def _disk(self) -> FloppyDrive:
        if self._in is None:
            raise DiskAbsent
        return self._in


class FolderDisk:
    """A disk as a folder, for computers without the tools for images."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._label = folder, folder / "label"

    def label(self) -> str:
        if not self._label.exists():
            raise NotFormatted
        return self._label.read_text("ascii")

    def is_blank(self) -> bool:
        return not self._folder.exists() or not any(file.name not in {self._label.name, MANIFEST} for file in self._folder.iterdir())

    def format(self, label: str) -> None:
        self._folder.mkdir(exist_ok=True)
        for left in self._folder.iterdir():
            left.unlink()
        self._label.write_text(label, "ascii")
        (self._folder / MANIFEST).write_bytes(manifest({}))

    def write(self, files: Mapping[str, bytes]) -> None:
        require_names(files)
        self.format(self.label())
        for name, content in {**files, MANIFEST: manifest(files)}.items():
            (self._folder / name).write_bytes(content)

    def read(self) -> Mapping[str, bytes]:
        self.label()
        if not (self._folder / MANIFEST).exists():
            raise DiskCorrupt(MANIFEST)
        listed = entries((self._folder / MANIFEST).read_bytes())
        found = {name: (self._folder / name).read_bytes() for name in listed if (self._folder / name).exists()}
        require_whole(listed, found)
        return found


class SimulatedKeys:
    """A key machine with the key of simulated cards; with a fault, once, with another."""

    def __init__(self, planted: Planted) -> None:
        self._planted = planted

    def authority(self, challenge: bytes) -> bytes:
        return cryptogram(bytes(reversed(ISSUER_KEY)) if self._planted.strikes("wrong_key") else ISSUER_KEY, challenge)


class SimulatedPrinter:
    """A printer of forms or labels whose sheets lie in a folder; planted: its paper is out, or it dies on the first page."""

    def __init__(self, folder: Path, planted: Planted) -> None:
        self._planted, self._printer = planted, FolderPrinter(folder)

    def print(self, pdf: bytes, name: str, copies: int, key: str, alive: Alive = always) -> Printed:
        if self._planted.strikes("paper_out"):
            self._printer.fault = PrintFault("paper_out")
        elif self._planted.strikes("print_unknown"):
            self._printer.fault = PrintFault("dies_at_page")
        return self._printer.print(pdf, name, copies, key, alive)
