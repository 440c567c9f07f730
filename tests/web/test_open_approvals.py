"""The register of open approvals: by the level at which they wait, and which tasks the procedures name."""

from __future__ import annotations

from datetime import timedelta

import pytest
import yaml

from app import WORKFLOWS
from engine.bpmn import check_in_process
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles, folders, read_folder
from records.devices.model import Device
from tests.factories.bpmn import chain, end, process, start, user
from tests.web.browsing import Person
from tests.web.conftest import signed_in
from tests.web.device_books import furnish, rows, sheet
from tests.web.office import Office


@pytest.fixture
def books(office: Office) -> dict[str, Device]:
    with office.database.write() as session:
        return furnish(session)


APPROVAL = process(
    start(), user("apply", "clerk@own"), user("review", "golden_tax_office@city"), end(), chain("begun", "apply", "review", "done"),
    id_="approval", camunda_candidateStarterGroups="clerk@own",
)  # fmt: skip


@pytest.fixture
def waiting(office: Office, books: dict[str, Device], gate_in_process: None) -> Office:
    """Two approvals, one of which has come up to the city; a procedure that is none stands beside them."""
    about = "name: 审批\nrecords: []\nregisters: {approvals: [approval]}\n"
    office.engine.deploy(ProcedureFiles("approvals", {"approval.bpmn": APPROVAL.decode(), "procedure.yaml": about}), SYSTEM)
    li = office.person("li.na")
    for number, title in enumerate(("甲企业限额审批", "乙企业限额审批")):
        case = office.engine.start("approval", office_id=li.office_id, actor=li, key=f"start:{number}", variables={}, title=title).instance_id
        if number:
            task = office.task_of(case)
            office.engine.claim(task, li, f"claim:{number}")
            office.engine.complete(task, {}, li, f"complete:{number}")
    office.start("用印，不是审批")
    return office


def test_open_approvals_stand_by_the_level_at_which_they_wait(waiting: Office, clerk: Person, outsider: Person) -> None:
    keeper = signed_in(waiting, "jin.wei")
    page = keeper.open("/devices/approvals?sort=level")

    assert [(title in line, level in line) for line, title, level in zip(rows(page), ("甲企业", "乙企业"), ("分（县）局", "市局"), strict=True)] == [(True, True)] * 2
    assert "分（县）局 1 件" in page.text
    assert "市局 1 件" in keeper.open("/devices/approvals?kind=district").text  # whichever level the page is narrowed to
    (line,) = rows(keeper.open("/devices/approvals?kind=city"))
    assert all(word in line for word in ("乙企业限额审批", "宁波市税务局", "待认领"))
    assert len(rows(clerk.open("/devices/approvals"))) == 2
    assert rows(outsider.open("/devices/approvals")) == []
    assert [row[0] for row in sheet(clerk, "/devices/approvals.xlsx?q=甲")[1:]] == ["甲企业限额审批"]
    today = waiting.clock.today()
    for asked, found in ((f"since={today}&until={today}", 2), (f"since={today + timedelta(days=1)}", 0), (f"until={today - timedelta(days=1)}", 0)):
        assert len(rows(keeper.open(f"/devices/approvals?{asked}"))) == found  # by the day on which they came


def test_a_procedure_names_the_tasks_that_are_approvals(waiting: Office, clerk: Person) -> None:
    about = "name: 审批\nrecords: []\nregisters: {approvals: {approval: [review]}}\n"
    waiting.engine.deploy(ProcedureFiles("approvals", {"approval.bpmn": APPROVAL.decode(), "procedure.yaml": about}), SYSTEM)

    (line,) = rows(clerk.open("/devices/approvals"))
    assert "乙企业限额审批" in line


def test_every_task_that_a_folder_names_as_an_approval_is_one_of_its_tasks() -> None:
    found = 0
    for folder in folders(WORKFLOWS):
        listed = (yaml.safe_load((folder / "procedure.yaml").read_text("utf-8")).get("registers") or {}).get("approvals") or {}
        models = check_in_process(read_folder(folder).as_bytes()).models if listed else {}
        for process_id, tasks in listed.items():
            known = {e.id for e in models[process_id].elements.values() if e.kind == "userTask"}
            assert set(tasks) <= known, f"{folder.name}: {process_id}"
            found += len(tasks)
    assert found > 30
