"""A whole day of the upgrade hall on real devices: enterprises go through all stations, faults are planted, and at the end every volume is in one place.

Source: Xicheng, 二, 三.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import hardware.station
from app import ROOT, Application, apart, compose
from bench.soak import day_judge, day_office
from bench.soak.day_devices import CarrierIsAway, DiskIsFull, LabelsAreOff, OutOfPaper, Protected
from bench.soak.day_faults import Breaks, Cut, Differs, Fault, Killed, Leaves, Meanwhile, SheetLost, TypedWrong
from bench.soak.day_hall import COUNTERS, RECEPTION, UNIT, counters
from bench.soak.day_office import Enterprise, Hall, House
from bench.soak.day_people import People
from commands import station, station_desk
from commands.scenarios.files import blank_pdf
from commands.scenarios.stage import furnish
from db.clock import SHANGHAI, SystemClock
from hardware.card import apdu
from hardware.ports import IC_CARD, TAX_CARD
from hardware.work import Bench, perform
from papers.render import laid_out
from tests.factories import pcscd, printing, tokens
from tests.factories.plain_printers import Labels

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
EVENING = datetime(2026, 3, 2, 17, 1, tzinfo=SHANGHAI)  # the day is over at the hour of procedure.yaml
PRINTED = re.compile(r"<title>[^<]*(主机标签|工作交接单|问题记录单)[^<]*[0-9]号</title>")  # the number of a last sheet ends with 号（办结）
FOLDERS = ("xian_offices", "upgrade")
Look = Callable[[Hall, People, Mapping[int, Fault]], None]


@dataclass(frozen=True)
class Size:
    """How many enterprises come, and which of the faults befall them; the others come without one. `papers`: whether those are laid out too that no station prints."""

    enterprises: int
    faults: tuple[str, ...]
    papers: bool = True


def planted() -> dict[str, Fault]:
    """Every fault of the day, by its name."""
    return {
        "differs_2": Differs("check_special", "correct_special", {"summary_count": "4"}),
        "torn_give_back": Meanwhile("check_unused", "station.give_back", TAX_CARD, "torn", apdu.FINISH),
        "killed_read_in": Killed("prepare_read_in", RECEPTION, apdu.PREPARE),
        "out_of_paper": OutOfPaper(),
        "broken_card": Breaks(),
        "differs_6": Differs("check_special", "reprint_month", {"summary_count": "4", "detail_count": "4", "issued_count": "4"}),
        "differs_8": Differs("check_unused", "reprint_unused", {"unused_rows": "one less"}),
        "torn_put_on": Meanwhile("check_blanks", "station.put_on", IC_CARD, "torn", apdu.UPDATE, 5),
        "pulled_read_in": Meanwhile("prepare_read_in", "station.read_in", IC_CARD, "before", apdu.UPDATE, 4),
        "pulled_upgrade": Meanwhile("prepare_upgrade", "station.upgrade_cards", TAX_CARD, "after", apdu.REISSUE),
        "wrong_pin": TypedWrong(),
        "disk_full": DiskIsFull(),
        "disk_protected": Protected(),
        "carrier_away": CarrierIsAway(),
        "labels_off": LabelsAreOff(),
        "killed_give_back": Killed("check_unused", UNIT, apdu.PREPARE),
        "line_cut": Cut("station.read_refund"),
        "house_restarts": Cut("station.put_on", is_house=True),
        "leaves": Leaves(),
        "sheet_lost": SheetLost(),
    }


WHOLE = Size(30, tuple(planted()))
QUICK = Size(4, ("torn_give_back", "killed_read_in", "out_of_paper", "broken_card"), papers=False)


@dataclass
class Found:
    """How the day went: `hardware_s` of the enterprises that nothing befell, of one that was alone in the hall and of those among the others; `different` says what
    is not as it has to be.
    """

    enterprises: int = 0
    planted: list[str] = field(default_factory=list)
    left: int = 0
    broken_off: int = 0
    signatures: int = 0
    invoices: int = 0
    sheets_printed: int = 0
    hardware_s_alone: float = 0.0
    hardware_s_median: float = 0.0
    hardware_s_max: float = 0.0
    seconds: float = 0.0
    different: list[str] = field(default_factory=list)

    @property
    def faults(self) -> int:
        """What is not as it has to be."""
        return len(self.different)


def run(size: Size, look: Look = lambda _hall, _people, _faults: None) -> Found:
    """One day; `look` is called when it was judged. Raises NoPcsc, NoToken, NoPrinter where a device is not there."""
    all_of_them = planted()
    faults = {n: all_of_them[name] for n, name in enumerate(size.faults, 1)}
    found, begun = Found(enterprises=size.enterprises, planted=list(size.faults)), time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="jinshui-day-") as folder, hall(Path(folder), size) as (here, enterprises):
        with worked(enterprises):
            people = People(here, enterprises, faults)
            people.prepare()
            alone = [one for one in enterprises if one.n not in faults][-1:]
            people.play(alone)
            found.hardware_s_alone = round(sum(one.hardware_s for one in alone), 3)
            people.play(enterprises)
        for counter in here.counters.values():
            counter.tell_to_stop()
        for counter in here.counters.values():
            counter.stop()
        here.clock.offset += max(timedelta(), EVENING - here.clock.now())
        day_judge.end(here, people, faults)
        found.different = list(day_judge.judged(here, people, faults))
        found.left, found.broken_off, found.signatures, found.sheets_printed = day_judge.counts(here)
        found.invoices = sum(volume.count for one in enterprises for volume in one.stock)
        look(here, people, faults)
        found.seconds = round(time.perf_counter() - begun, 1)
    times = [one.hardware_s for one in enterprises if one.n not in faults] or [one.hardware_s for one in enterprises]
    found.hardware_s_median, found.hardware_s_max = round(median(times), 3), round(max(times), 3)
    return found


@contextmanager
def hall(folder: Path, size: Size) -> Iterator[tuple[Hall, list[Enterprise]]]:
    """Office and devices, and the enterprises that will come."""
    with ExitStack() as stack:
        said = list[str]()
        for place in (station, station_desk):
            stack.enter_context(patch.object(place, "say", said.append))
        (workflows := folder / "workflows").mkdir()
        for name in FOLDERS:
            (workflows / name).symlink_to(ROOT / "workflows" / name)
        clock = SystemClock(MORNING.astimezone(UTC) - datetime.now(UTC))

        def opened() -> Application:
            application = compose(apart(folder / "data"), clock, workflows=workflows)
            application.engine.kernel.definitions = office.engine.kernel.definitions
            return application

        office = compose(apart(folder / "data"), clock, workflows=workflows, render=partial(made, whole=size.papers))
        stack.callback(office.database.dispose)
        furnish(office)
        for name in ("chips", "labels", "ipp", "token"):
            (folder / name).mkdir()
        enterprises = [day_office.enterprise(n, folder / "chips") for n in range(1, size.enterprises + 1)]
        credentials = day_office.enter(office, enterprises)
        slots = stack.enter_context(pcscd.running([f"{name} {letter}" for name in COUNTERS.values() for letter in "AB"]))
        token = stack.enter_context(tokens.inserted(folder / "token"))
        tray = stack.enter_context(printing.alone(folder / "ipp"))
        labels = Labels(folder / "labels")
        stack.callback(labels.switch_off)
        house = House(opened)
        stack.callback(house.close)
        all_counters = counters(folder, slots, token, tray, labels, house.server, credentials, clock)
        for counter in all_counters.values():
            stack.callback(counter.stop)
            counter.start()
        stack.callback(lambda: [card.close() for one in enterprises for card in one.cards().values()])
        yield Hall(office, clock, house, all_counters, tray, labels, folder, said, stack), enterprises


def made(papers: Sequence[Sequence[str]], *, whole: bool) -> list[bytes]:
    """The PDF of each paper, made in this process; blank for those that are only archived, unless all are wanted."""
    wanted = {at for at, copies in enumerate(papers) if whole or PRINTED.search(copies[0])}
    found = dict(zip(sorted(wanted), laid_out([papers[at] for at in sorted(wanted)]), strict=True)) if wanted else {}
    return [found[at] if at in found else blank_pdf(str(at)) for at in range(len(papers))]


@contextmanager
def worked(enterprises: list[Enterprise]) -> Iterator[None]:
    """Adds up how long cards, disks and keys are worked for each enterprise; what is waited for a person or for a printer is none of that."""
    by_number = {one.number: one for one in enterprises}

    def timed(bench: Bench) -> Any:
        begun = time.perf_counter()
        try:
            return perform(bench)
        finally:
            one = by_number.get(str(bench.given.get("taxpayer_number")))
            if one is not None:
                one.hardware_s += time.perf_counter() - begun

    with patch.object(hardware.station, "perform", timed):
        yield
