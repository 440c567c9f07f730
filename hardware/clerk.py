"""Whoever stands at a counter puts in what a job names: cards and disks, said as they are called there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hardware.ports import DISK, IC_CARD, TAX_CARD

CARD_NAMES = {TAX_CARD: ("金税卡", "golden-tax card"), IC_CARD: ("税控IC卡", "IC card"), "reader": ("读卡器", "reader"), DISK: ("软盘", "disk")}


@dataclass(frozen=True)
class Wanted:
    """A card or disk that a job names, and what can be supposed of it: whose it is, nobody's for a blank one; the month that the job asks for."""

    kind: str
    serial: str
    taxpayer_number: str = ""
    enterprise_name: str = ""
    month: str = ""

    @property
    def name(self) -> str:
        """`金税卡 661200001`"""
        return f"{CARD_NAMES[self.kind][0]} {self.serial}"

    @property
    def name_en(self) -> str:
        """`golden-tax card 661200001`"""
        return f"{CARD_NAMES[self.kind][1]} {self.serial}"


class Clerk(Protocol):
    """Who puts cards and disks in."""

    def please_insert(self, wanted: Sequence[Wanted]) -> None:
        """Is told, once for each job, which cards belong in the reader and which disk in the drive."""
        ...
