"""What stands at one counter: its devices, each of which may be missing, and the PIN that opens the cards. A station asks only for work that it has the devices for."""

from __future__ import annotations

from dataclasses import dataclass, field

from hardware.carrier import Carrier
from hardware.clerk import Clerk
from hardware.disk.ports import FloppyDrive
from hardware.jobs import CARRIER, DEVICES, DRIVE, KEYS, LABELS, PRINTER, READER
from hardware.keys.ports import KeyMachine
from hardware.ports import Reader
from hardware.printer.ports import FormPrinter, LabelPrinter


@dataclass
class Desk:
    """The devices; `refused` remembers what a card has refused, ("pin" or "key", serial): neither is shown to it again as long as this desk stands, for each costs a try.
    `pin_fits`: some card has taken the PIN; `unanswered`: cards that fell silent while it was shown to them.
    """

    reader: Reader | None = None
    clerk: Clerk | None = None
    pin: str = ""
    drive: FloppyDrive | None = None
    carrier: Carrier | None = None
    keys: KeyMachine | None = None
    printer: FormPrinter | None = None
    labels: LabelPrinter | None = None
    refused: set[tuple[str, str]] = field(default_factory=set)
    pin_fits: bool = False
    unanswered: set[str] = field(default_factory=set)

    @property
    def devices(self) -> tuple[str, ...]:
        """Those that are there, by their names in `hardware.jobs`."""
        there = {READER: self.reader, KEYS: self.keys, DRIVE: self.drive, CARRIER: self.carrier, PRINTER: self.printer, LABELS: self.labels}
        return tuple(name for name in DEVICES if there[name] is not None)
