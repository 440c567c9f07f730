"""What a service unit sees of its own counter on its own pages: what is to be put in, how far it is, that it is not online; of other counters nothing."""

from __future__ import annotations

import pytest

from engine.people import SYSTEM
from engine.procedures import ProcedureFiles
from tests.factories.bpmn import chain, end, process, properties, service, start, user
from tests.factories.counter import APPLIED_FORM, extensions
from tests.web.asking import FIRM, UNIT, with_parties
from tests.web.conftest import signed_in
from tests.web.counters import GIVEN, Program, begin, made
from tests.web.office import Office
from web.notices import streaming

KEY = "a" * 32
POST = f"service_unit@{UNIT}"
WAITS = [{"kind": "tax_card", "serial": "661200001", "name": "金税卡 661200001", "name_en": "golden-tax card 661200001"}]
INPUTS = {name: name for name in GIVEN} | {"machine_no": "1", "version": '"ten_thousand"', "per_invoice": "10000", "monthly_quantity": "25"}
HALL = process(
    properties(parties=f'["enterprise:{FIRM}", "service_unit:{UNIT}"]'),
    start("applied", camunda_formKey="applied"),
    service("own_work", "station.issue_cards", extensions(f'"{POST}"', **INPUTS)),
    user("fit", "service_unit@party", name="安装"),
    service("inside_work", "station.issue_cards", extensions('"clerk@hs"', **INPUTS)),
    end(),
    chain("applied", "own_work", "fit", "inside_work", "done"),
    id_="hall", camunda_candidateStarterGroups="clerk@own",
)  # fmt: skip


@pytest.fixture
def house(office: Office) -> Office:
    with_parties(office)
    files = {"hall.bpmn": HALL.decode(), "procedure.yaml": "name: 大厅\nrecords: []\n", "forms/applied.form": APPLIED_FORM.decode()}
    office.engine.deploy(ProcedureFiles("hall", files), SYSTEM)
    return office


def unit_station(house: Office) -> Program:
    return Program(house, made(house, "验机 1 号", "nb", (POST,))[1])


def test_a_service_unit_sees_what_its_own_counter_needs_and_does(house: Office) -> None:
    case, unit = begin(house, process_id="hall"), signed_in(house, "unit.one")

    assert "您单位还没有工作站。 请主管税务机关为您单位建立工作站" in " ".join(unit.open(f"/cases/{case}").text.split())
    assert "等待您单位工作站办理" in unit.open("/portal").text
    program = unit_station(house)
    assert "仍连不上时请与主管税务机关联系" in unit.open(f"/cases/{case}").text
    (job,) = program.fetch()
    program.call(f"{job['id']}/progress", said="请放入金税卡", said_en="put the card in", waits=WAITS)

    page = unit.open(f"/cases/{case}")
    assert "宁波服务公司技术服务单位工作站（验机 1 号）正在办理“own_work”" in page.text
    assert [one.text_content() for one in page.tree.xpath("//ul[@class='puts']//b")] == ["金税卡 661200001"]
    assert page.tree.xpath("//*[@data-counters]/@data-case") == [case]
    assert "接下来不需要您办理" not in page.text
    program.call(f"{job['id']}/complete", key=KEY, results={"card_written_at": {"$type": "date and time", "value": "2026-03-02T02:00:00+00:00"}, "card_check": "00AA11BB"})
    assert "工作站已办好“own_work”" in unit.open(f"/cases/{case}/stations?known={job['id']}").text
    task = house.task_of(case)
    assert unit.open(f"/tasks/{task}").tree.xpath("//*[@data-counters]/@data-case") == [case]  # what comes next is shown there as well


def test_of_the_counters_of_others_a_party_sees_nothing(house: Office) -> None:
    case, firm, unit = begin(house, process_id="hall"), signed_in(house, "ent.firm"), signed_in(house, "unit.one")
    (own,) = unit_station(house).fetch()
    assert [who.open(f"/cases/{case}/stations?known={own['id']}").text.count("own_work") for who in (unit, firm)] == [1, 0]
    assert firm.open(f"/cases/{case}").tree.xpath("//*[@data-counters]") == []
    assert "等待您单位" not in firm.open("/portal").text
    house.engine.workers.complete(own["id"], station_of(house, own["id"]), {"card_check": "00"}, "done")
    task = house.task_of(case)
    unit.open(f"/tasks/{task}").submit(f"/tasks/{task}/claim")
    unit.open(f"/tasks/{task}").submit(f"/tasks/{task}")
    inside = Program(house, made(house)[1])
    (job,) = inside.fetch()
    inside.call(f"{job['id']}/progress", said="请放入金税卡", waits=WAITS)

    for address in (f"/cases/{case}", f"/cases/{case}/stations?known={job['id']}", "/portal"):
        shown = unit.open(address).text
        assert [word for word in ("inside_work", "窗口 1 号", "661200001", "工作站") if word in shown] == [], address
    assert "inside_work" in signed_in(house, "li.na").open(f"/cases/{case}").text
    assert signed_in(house, "ent.other").open(f"/cases/{case}/stations").status == 404


def station_of(house: Office, job: str) -> str:
    with house.database.read() as session:
        return str(session.connection().exec_driver_sql("SELECT worker FROM outbox WHERE id = ?" if house.database.is_sqlite else "SELECT worker FROM outbox WHERE id = %s", (job,)).scalar())


@pytest.mark.parametrize(("login", "watches"), [("li.na", True), ("unit.one", True), ("ent.firm", False)])
def test_the_stream_watches_a_case_for_whoever_may_stand_at_a_counter_of_it(house: Office, login: str, watches: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    case, person = begin(house, process_id="hall"), signed_in(house, login)
    taken: list[streaming.Ticket] = []

    class Held:
        def accept(self, ticket: streaming.Ticket) -> bool:
            taken.append(ticket)
            return True

    person.client.get(f"/notices/stream?after=0&case={case}", environ_overrides={streaming.OFFER: Held()})

    assert [one.case for one in taken] == [case if watches else ""]
