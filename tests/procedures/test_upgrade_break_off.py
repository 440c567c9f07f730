"""An enterprise that leaves while a station is at its cards: whatever the station had done by then, each volume ends in one place.

Source: Xicheng, 三(七), 三(八)2.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app import WORKFLOWS
from commands.scenarios import stations
from commands.scenarios.in_process import InProcess
from commands.scenarios.play import work_off
from commands.scenarios.read import read_scenario
from commands.scenarios.stage import Stage, walk
from engine.tables import Instance
from hardware.door import Job, NotOurs
from tests.procedures.test_scenarios import went_well

BOTH = '["1100053140 00311013–00311025", "1100053140 00311026–00311050"]'
AFTER = """\
  - {task: choose_way, by: he.xi, form: {volumes_next: WAY, kept_because: 企业有急事}}
  - {station: reception@yt}
MORE  - {task: return_machine, by: he.xi, form: {machine_returned: on, papers_back: on, enterprise_signer: 曲江, sheets_collected: 2}}
expect:
  ends: {upgrade_preparation: ready_for_upgrade, upgrade_handover: broken_off, upgrade_break_off: told}
  papers: [host_label, handover_sheet, problem_sheet, cancellation_form, handover_sheet]
  records: {upgrade_visit.state: broken_off, upgrade_volume.direction: BOOK}
  cards: {JSK-200311: TAX, ICK-200311: []}
"""
STRUCK = {  # while which job: with how many stations of its post the walk has come there, and what the book says where all is read in again
    "station.give_back": ("service_unit@XAHX", 3, "[]"),
    "station.take_refund": ("invoice_issuance@yt", 2, "[]"),
    "station.put_on": ("invoice_issuance@yt", 3, "[buy_back x2, refund x2]"),
    "station.read_in": ("reception@yt", 2, "[buy_back x2, refund x2]"),
}


def scenario(folder: Path, topic: str, way: str) -> Path:
    """A straight day up to the step of that job, in which the case is broken off; then the rest of a break-off."""
    post, times, book = STRUCK[topic]
    lines = (WORKFLOWS / "upgrade" / "scenarios" / "straight_day.yaml").read_text("utf-8").splitlines()
    at = [number for number, line in enumerate(lines) if f"station: {post}" in line][times - 1]
    office = "  - {station: invoice_issuance@yt}\n"
    more = {("station.take_refund", "read_in"): office + "  - {station: reception@yt}\n", ("station.give_back", "kept"): office, ("station.put_on", "kept"): office}
    after = AFTER.replace("WAY", way).replace("MORE", more.get((topic, way), ""))
    after = after.replace("TAX", BOTH if way == "read_in" or topic == "station.read_in" else "[]")
    kept = book if topic == "station.read_in" else "[kept, refund x2]"
    file = folder / "upgrade" / "scenarios" / "struck.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("\n".join(lines[: at + 1]) + "\n" + after.replace("BOOK", book if way == "read_in" else kept), "utf-8")
    return file


@pytest.mark.parametrize("way", ["read_in", "kept"])
@pytest.mark.parametrize("topic", STRUCK)
def test_a_case_that_is_broken_off_while_a_station_is_at_its_cards_ends_with_each_volume_in_one_place(
    topic: str, way: str, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = list[InProcess]()
    complete = stations.EngineDoor.complete

    def broken_off(door: stations.EngineDoor, job: Job, results: Mapping[str, Any]) -> None:
        if job.topic == topic and not told:
            told.append(job.id)
            _leaves(hands[0])
            with pytest.raises(NotOurs):
                complete(door, job, results)
            raise NotOurs("企业不升级了")
        complete(door, job, results)

    class Seen(InProcess):
        def __init__(self, *given: Any, **how: Any) -> None:
            super().__init__(*given, **how)
            hands.append(self)

    told = list[str]()
    monkeypatch.setattr(stations.EngineDoor, "complete", broken_off)

    went_well(walk(stage.at(tmp_path / "stage"), read_scenario(scenario(tmp_path, topic, way)), by=Seen))

    assert told


def _leaves(hands: InProcess) -> None:
    application = hands.application
    with application.database.read() as session:
        case = session.scalars(select(Instance.id).where(Instance.process_id == "upgrade_handover")).one()
    application.engine.start("upgrade_break_off", office_id="", actor=hands._actor("he.xi"), key="leaves", form={"break_off_because": "急事"}, about=case)
    work_off(application)
