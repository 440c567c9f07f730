"""A scenario as a designer wrote it: who does what on which day, and what must have come of it. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from commands.scenarios.files import blank_pdf

Entries = Mapping[str, Any]  # what is entered into a form: texts, and lists of texts or of rows
Several = tuple[str, ...]  # sorted; something that is there twice stands twice


@dataclass(frozen=True)
class Start:
    """Starts a process; `about` names the process of the open case on whose page it is offered."""

    place: str
    process: str
    by: str
    office: str
    form: Entries
    about: str = ""
    refused: str = ""


@dataclass(frozen=True)
class Bring:
    """Uploads a list and makes delegations of it; `kind` is csv or xlsx, as which the list is uploaded."""

    place: str
    file: Path
    source: str
    by: str
    office: str
    kind: str
    refused: str = ""


@dataclass(frozen=True)
class Do:
    """Claims and completes the task that this person has before him. `refused` is a text that the refusal must hold."""

    place: str
    task: str
    by: str
    form: Entries
    refused: str = ""


@dataclass(frozen=True)
class Work:
    """The station of a post (`card_issuance@yt`) works off all that waits for it, with a simulator in whose reader the named cards lie.

    `insert`: the serial of another card that lies there instead; `broken`: of one that can no longer be read or written; `fault`: what else befalls the
    counter, once (`hardware.simulator.FAULTS`).
    """

    place: str
    station: str
    insert: str = ""
    broken: str = ""
    fault: str = ""


@dataclass(frozen=True)
class Advance:
    """The clock moves on, day by day, to nine in the morning of that day; on the last day messages may wait for the next step.

    `chores`: on the last day is done what begins by itself when a month is over, as a worker does it once a day.
    """

    place: str
    on: date
    messages_wait: bool = False
    chores: bool = False


@dataclass(frozen=True)
class Attach:
    """Adds a file of this name to the youngest open case of the process that `about` names; its content is made up."""

    place: str
    name: str
    by: str
    about: str
    refused: str = ""

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        return blank_pdf(self.name)


Step = Start | Bring | Do | Attach | Work | Advance


@dataclass(frozen=True)
class Expected:
    """What must have come of it. `ends`, `open`, `papers` and `deadlines` are complete; of `records` and `cards` only what is named is compared."""

    ends: Mapping[str, Several]  # process → end events reached, once per case
    open: Mapping[str, Several]  # process → where cases still stand
    papers: Several  # templates issued
    deadlines: Mapping[str, Several]  # key → state, with the last day where one is expected
    records: Mapping[str, Several]  # table, table.column or table[column=value].column → values of all those rows
    cards: Mapping[str, Several] = field(default_factory=dict)  # serial of a simulated card → the volumes on it: 1100053140 00001013–00001025


@dataclass(frozen=True)
class Scenario:
    """One named walk; its first step begins the case."""

    file: Path
    procedure: str
    name: str
    name_en: str
    on: date
    steps: tuple[Step, ...]
    expected: Expected
    given: Entries = field(default_factory=dict)  # what the books hold before (`commands.scenarios.books`)

    @property
    def key(self) -> str:
        """The name of the file, which the command line takes."""
        return self.file.stem
