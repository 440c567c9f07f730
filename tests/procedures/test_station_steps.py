"""The step of a scenario in which a station works: the right cards, another card, a broken one; in process and through the door."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.checking.models import topic_faults
from commands.scenarios.read import read_scenario
from commands.scenarios.stage import Stage, unrendered, visit, walk
from db.clock import SystemClock
from deadlines.api import DeadlineService
from engine.bpmn import check_in_process
from engine.procedures import read_folder
from handlers.wiring import build_registry
from papers.api import Papers
from tests.factories.counter import DONE, counter_folder, scenario
from tests.procedures.conftest import composed

WORK = "  - {station: card_issuance@yt}"
AGAIN = '  - {task: lay_out, by: song.jia, form: {tax_card: "661200002", ic_card: "500100001"}}'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return counter_folder(tmp_path_factory.mktemp("workflows"))


@pytest.fixture(scope="module")
def toy_stage(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(composed, tmp_path_factory.mktemp("stage"), {"render": unrendered, "workflows": folder.parent})


WALKS = {
    "the named cards": (WORK, DONE),
    "another card": ('  - {station: card_issuance@yt, insert: "777"}', AGAIN, WORK, DONE),
    "a broken card": ('  - {station: card_issuance@yt, broken: "661200001"}', AGAIN, WORK, DONE),
}


@pytest.mark.parametrize("name", WALKS)
@pytest.mark.parametrize("way", ["straight", "restored", "http"])
def test_a_walk_with_a_station_goes_as_it_says(name: str, way: str, folder: Path, toy_stage: Stage, tmp_path: Path) -> None:
    found = read_scenario(scenario(folder, *WALKS[name]))

    played = visit(toy_stage.at(tmp_path), found) if way == "http" else walk(toy_stage.at(tmp_path), found, restored=way == "restored")

    assert played.faults == []


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ((WORK, WORK), "没有等待工作站 card_issuance@yt 的作业"),
        (("  - {station: card_issuance@lh}",), "没有等待工作站 card_issuance@lh 的作业"),
        (('  - {station: card_issuance@yt, insert: "777"}', DONE), "没有任务 check"),
    ],
)
def test_a_walk_that_goes_otherwise_is_told(steps: tuple[str, ...], told: str, folder: Path, toy_stage: Stage, tmp_path: Path) -> None:
    played = walk(toy_stage.at(tmp_path), read_scenario(scenario(folder, *steps)))

    assert len(played.faults) == 1
    assert told in played.faults[0]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("", "", None),
        ("station.issue_cards", "station.issue_card", "服务任务 issue 的处理程序 station.issue_card 没有登记"),
        ('name="machine_no"', 'name="machine"', "没有给出输入 machine_no"),
        ('name="machine_no"', 'name="machine"', "不认识输入 machine"),
        ('<camunda:property name="post"', '<camunda:property name="name_en"', "没有用属性 post 写明由哪个岗位的工作站办理"),
        ('errorCode="CARD_BROKEN"', 'errorCode="CARD_LOST"', "没有用边界事件接住错误 CARD_BROKEN"),
    ],
)
def test_what_a_station_needs_of_a_model_is_checked(before: str, after: str, told: str | None, folder: Path) -> None:
    files = {name: content.replace(before.encode(), after.encode()) if before else content for name, content in read_folder(folder).as_bytes().items()}
    clock = SystemClock()

    faults = list(topic_faults(build_registry(DeadlineService(clock), Papers(folder.parent, clock)), check_in_process(files)))

    assert faults == [] if told is None else any(told in fault for fault in faults)
