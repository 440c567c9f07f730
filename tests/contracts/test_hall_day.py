"""A small day of the upgrade hall on real devices (`bench/soak/day.py` plays a whole one): nothing is different, and what is planted afterwards is seen.

Source: Xicheng, 三.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sqlalchemy import update

from bench.soak import day
from bench.soak.day_faults import Fault
from bench.soak.day_judge import judged
from bench.soak.day_office import Hall
from bench.soak.day_people import People
from hardware.card.chip.golden import GoldenSystem
from hardware.disk.floppy import tools_missing
from records.offices.model import Person
from tests.conftest import missing
from tests.factories.pcscd import NoPcsc
from tests.factories.printing import NoPrinter
from tests.factories.tokens import NoToken

# WeasyPrint leaves the file of its colour profile to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:.*sRGB2014:pytest.PytestUnraisableExceptionWarning", "ignore:.*sRGB2014:ResourceWarning")


@pytest.mark.timeout(300)
def test_a_day_with_a_torn_card_a_killed_station_no_paper_and_a_broken_card_ends_as_it_has_to() -> None:
    seen = dict[str, list[str]]()

    def look(hall: Hall, people: People, faults: Mapping[int, Fault]) -> None:
        """Whoever judges the day sees a volume that is lost, a sheet that came out twice, a signature without its post."""
        (left, *_others) = (one for one in people.enterprises if not isinstance(faults.get(one.n), day.Breaks))
        chip = GoldenSystem(left.tax.folder / f"{left.tax.serial}.chip")
        chip.memory.keep(stock=chip.memory.values["stock"][1:])
        seen["volume"] = list(judged(hall, people, faults))
        again = next((hall.folder / "ipp" / "printer").glob("printed-*"))
        again.with_name("printed-again.pdf").write_bytes(again.read_bytes())
        seen["sheet"] = list(judged(hall, people, faults))
        with hall.application.database.write() as session:
            session.execute(update(Person).where(Person.login == "song.jia").values(name="宋二佳"))
        seen["post"] = list(judged(hall, people, faults))

    if tools_missing():
        missing("mtools, dosfstools", "a disk")
    try:
        found = day.run(day.QUICK, look)
    except (NoPcsc, NoToken, NoPrinter) as reason:
        missing("pcscd, SoftHSM2, ippeveprinter", str(reason))

    assert found.different == []
    assert (found.left, found.broken_off, found.sheets_printed) == (3, 1, 8)
    assert [len(seen["volume"]), "invoices are not in one place" in seen["volume"][0]] == [1, True]
    assert [len(seen["sheet"]), "sheets at the printer: 9 of 8" in seen["sheet"][1]] == [2, True]
    assert [one.partition(": ")[2] for one in seen["post"] if "was signed" in one] == ["station 11 was signed by 宋佳 as 企业发行岗"] * 3
