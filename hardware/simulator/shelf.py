"""Where simulated cards lie when no reader holds them: what was written on them stays."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from hardware.ports import PIN_TRIES

TRIES, KEY_TRIES = PIN_TRIES, 5
_SAFE = re.compile(r"[\w-]{1,64}")


@dataclass
class Plastic:
    """A card as a thing: its chip's files, its PIN, what is broken about it (`mute`). A golden-tax card has a stock (code, first number, how many), a state
    and a move, empty as long as they are those of a card that was sold.
    """

    kind: str
    serial: str
    files: dict[str, str] = field(default_factory=dict)
    pin: str = ""
    tries: int = TRIES
    broken: str = ""
    key_tries: int = KEY_TRIES
    stock: list[list[Any]] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)
    position: dict[str, Any] = field(default_factory=dict)


class Shelf(Protocol):
    """Cards by their serial, and a folder beside them for whatever else is used at the counter: disks, backups, printed sheets."""

    @property
    def room(self) -> Path:
        """That folder."""
        ...

    def take(self, serial: str) -> Plastic | None:
        """The card with this number, None if there is none."""
        ...

    def put(self, card: Plastic) -> None:
        """Lays it back as it is now."""
        ...


class MemoryShelf:
    """Cards of one walk."""

    def __init__(self) -> None:
        self._cards: dict[str, str] = {}

    @cached_property
    def room(self) -> Path:
        """Gone with the shelf."""
        folder = tempfile.mkdtemp(prefix="simulator-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)

    def take(self, serial: str) -> Plastic | None:
        found = self._cards.get(serial)
        return Plastic(**json.loads(found)) if found else None

    def put(self, card: Plastic) -> None:
        self._cards[card.serial] = json.dumps(asdict(card))


class FolderShelf:
    """Cards as files of a folder, to be looked at and changed with an editor; the file `inserted` there says what lies in the reader."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def room(self) -> Path:
        return self.folder

    def take(self, serial: str) -> Plastic | None:
        file = self._file(serial)
        return Plastic(**json.loads(file.read_text("utf-8"))) if file.exists() else None

    def put(self, card: Plastic) -> None:
        file = self._file(card.serial)
        draft = file.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(asdict(card), ensure_ascii=False, indent=2), "utf-8")
        draft.replace(file)

    def inserted(self) -> Sequence[str] | None:
        """The serials that somebody has written into `inserted`; None where the simulated clerk puts in what is asked for."""
        file = self.folder / "inserted"
        return file.read_text("utf-8").split() if file.exists() else None

    def _file(self, serial: str) -> Path:
        if not _SAFE.fullmatch(serial):
            raise ValueError(f"not a serial: {serial[:80]}")
        return self.folder / f"{serial}.json"
