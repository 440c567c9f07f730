"""The door for stations and the page on which they are made: who sees which jobs, what is refused and noted, what is shown once."""

from __future__ import annotations

import re
import threading
import time
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from db.ids import new_id
from engine.link import Link
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles
from hardware.jobs import DEVICES, JOBS
from records.audit import Who
from records.audit.store import trail_of
from records.audit.tables import TrailEntry
from records.offices import stations
from records.offices.addresses import ADDRESS_LIMIT
from tests.factories.counter import APPLIED_FORM
from tests.web.browsing import Page
from tests.web.conftest import signed_in
from tests.web.counters import CARDS, POST, Program, begin, deploy, made, station_row
from tests.web.office import OPENED, Office
from tests.web.test_tasks import errors
from web.administration import stations as page_of_stations
from web.api import waiting
from web.api.results import fault

KEY = "a" * 32
RESULTS = {"card_written_at": {"$type": "date and time", "value": "2026-03-02T02:00:00+00:00"}, "card_check": "00AA11BB"}


READS_WHY = """{"type": "default", "components": [{"type": "textarea", "key": "declined_because", "label": "原因", "readonly": true}]}"""


@pytest.fixture
def house(office: Office) -> Office:
    deploy(office)
    return office


@pytest.fixture
def program(house: Office) -> Program:
    return Program(house, made(house)[1])


def noted(office: Office, event: str) -> list[TrailEntry]:
    with office.database.read() as session:
        return [row for row in session.query(TrailEntry).order_by(TrailEntry.sequence) if row.event == event]


def variables(office: Office, case: str) -> dict[str, Any]:
    return dict(office.engine.case(case, office.person("li.na")).variables)


# --- jobs ------------------------------------------------------------------------------------------------------------------


def test_a_job_is_fetched_with_its_inputs_and_its_results_go_into_the_case(house: Office, program: Program) -> None:
    case = begin(house)
    (job,) = program.fetch()

    assert job["topic"] == "station.issue_cards"
    assert job["title"] == "秦岭机械发卡"
    assert job["inputs"]["tax_card"] == "661200001"
    assert job["inputs"]["monthly_quantity"] == {"$type": "number", "value": "25"}
    assert program.fetch() == []  # it is locked
    assert program.call(f"{job['id']}/complete", key=KEY, results=RESULTS).get_json() == {"done": True}
    assert [task.element for task in house.engine.case(case, house.person("li.na")).open_tasks] == ["check"]
    assert variables(house, case)["card_check"] == "00AA11BB"
    assert variables(house, case)["card_written_at"].year == 2026


def test_the_same_answer_sent_twice_is_taken_once_and_another_one_not_at_all(house: Office, program: Program) -> None:
    begin(house)
    (job,) = program.fetch()
    answers = [program.call(f"{job['id']}/complete", key=key, results=RESULTS).status_code for key in (KEY, KEY, "b" * 32)]

    assert answers == [200, 200, 409]


def test_an_error_of_the_procedure_takes_its_way_with_its_sentence(house: Office, program: Program) -> None:
    case = begin(house)
    (job,) = program.fetch()

    assert program.call(f"{job['id']}/error", key=KEY, code="CARD_WRONG", message="读卡器里是另一张卡\x00").status_code == 200
    assert [task.element for task in house.engine.case(case, house.person("li.na")).open_tasks] == ["lay_out"]
    assert variables(house, case)["declined_because"] == "读卡器里是另一张卡"


def test_a_reason_of_a_station_is_read_in_the_language_of_the_page(house: Office, program: Program) -> None:
    files = {"cards.bpmn": CARDS.decode(), "procedure.yaml": "name: 发卡\nrecords: []\n", "forms/applied.form": APPLIED_FORM.decode(), "forms/lay_out.form": READS_WHY}
    house.engine.deploy(ProcedureFiles("cards", files), SYSTEM)
    case, page = begin(house), signed_in(house, "li.na").open("/")
    (job,) = program.fetch()
    program.call(f"{job['id']}/failure", key=KEY, reason="读卡器里没有卡", reason_en="no card in the reader", retry_in=5)
    page.submit("/language", language="en")
    counters, list_ = signed_in(house, "li.na").open(f"/cases/{case}").text, signed_in(house, "gao.bo")
    list_.open("/").submit("/language", language="en")
    assert "no card in the reader" in counters
    assert "读卡器里没有卡" not in counters
    assert "Last failure: no card in the reader" in list_.open("/administration/stations").text

    house.clock.advance(timedelta(seconds=6))
    (job,) = program.fetch()
    program.call(f"{job['id']}/error", key="b" * 32, code="CARD_WRONG", message="另一张卡", message_en="another card lies there")
    (task,) = house.engine.case(case, house.person("li.na")).open_tasks
    house.engine.claim(task.id, house.person("li.na"), "claims")
    read = signed_in(house, "li.na").open(f"/tasks/{task.id}").text
    assert "another card lies there" in read
    assert "另一张卡" not in read
    assert variables(house, case)["declined_because"] == "另一张卡"


def test_a_failure_is_offered_again_and_after_the_last_one_a_person_is_asked(house: Office, program: Program) -> None:
    case = begin(house)
    for attempt in range(8):
        (job,) = program.fetch()
        assert program.call(f"{job['id']}/failure", key=f"{attempt:032x}", reason="读卡器里没有卡", retry_in=5).status_code == 200
        assert program.fetch() == []
        house.clock.advance(timedelta(seconds=6))

    assert program.fetch() == []
    (incident,) = house.engine.case(case, house.person("li.na")).incidents
    assert incident.reason == "读卡器里没有卡"
    page = signed_in(house, "li.na").open(f"/cases/{case}")
    assert "读卡器里没有卡" in page.text
    house.engine.retry_incident(incident.id, house.person("li.na"), "again")
    assert len(program.fetch()) == 1


def test_a_lock_lasts_as_long_as_it_is_prolonged(house: Office, program: Program) -> None:
    begin(house)
    (job,) = program.fetch(lease=60)
    house.clock.advance(timedelta(seconds=50))
    until = program.call(f"{job['id']}/prolong", lease=60).get_json()["until"]
    house.clock.advance(timedelta(seconds=50))

    assert until > job["until"]
    assert program.fetch() == []
    house.clock.advance(timedelta(seconds=20))
    (again,) = program.fetch()
    assert (again["id"], again["key"], again["attempt"]) == (job["id"], job["key"], 2)


def test_whoever_waits_is_answered_when_a_job_comes(house: Office, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LOOK_S", 0.02)
    comes = threading.Timer(0.3, begin, [house])
    comes.start()
    before = time.monotonic()
    found = program.fetch(wait=10)
    comes.join()

    assert len(found) == 1
    assert time.monotonic() - before < 8


def test_only_so_many_wait_at_once_and_the_others_are_told_when_to_ask_again(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "ROOM", threading.BoundedSemaphore(1))
    waiting.ROOM.acquire()

    answer = program.call("fetch", wait=10).get_json()

    assert answer == {"jobs": [], "ask_again_in": waiting.BUSY_S}


def test_simulated_devices_do_no_work_of_a_post_at_which_real_ones_stand(house: Office) -> None:
    begin(house)
    trial, (real, token) = Program(house, made(house, "演示工作站", is_simulated=True)[1]), made(house)

    assert trial.fetch() == []
    (job,) = Program(house, token).fetch()
    assert Program(house, token).call(f"{job['id']}/failure", key=KEY, reason="没有卡", retry_in=5).status_code == 200
    house.clock.advance(timedelta(seconds=6))
    with house.database.write() as session:
        stations.revoke(session, Who("", "甲", house.clock.now()), real)
    assert [one["id"] for one in trial.fetch()] == [job["id"]]


# --- what is another's -----------------------------------------------------------------------------------------------------


def test_a_station_gets_the_jobs_of_its_posts_and_no_others(house: Office) -> None:
    begin(house)
    there = Program(house, made(house, "鄞州窗口", "yz", ("clerk@yz",))[1])

    assert there.fetch() == []
    refused = there.call("fetch", posts=[POST])
    assert (refused.status_code, refused.get_json()["error"]) == (403, "not-your-post")
    assert len(noted(house, "access:station:refused")) == 1


def test_a_job_that_is_addressed_to_nobody_is_no_stations(house: Office, program: Program) -> None:
    begin(house)
    with house.database.write() as session:
        Link(session).run("UPDATE outbox SET post = ''")

    assert program.fetch() == []


@pytest.mark.parametrize("act", ["complete", "error", "failure", "prolong"])
def test_a_job_that_another_station_has_is_not_there_to_be_answered(house: Office, program: Program, act: str) -> None:
    case = begin(house)
    (job,) = program.fetch()
    other = Program(house, made(house, "窗口 2 号")[1])

    answer = other.call(f"{job['id']}/{act}", key=KEY, results=RESULTS, code="CARD_WRONG", reason="x")

    assert (answer.status_code, answer.get_json()["error"]) == (409, "job-not-yours")
    assert list(house.engine.case(case, house.person("li.na")).open_tasks) == []
    assert noted(house, "access:station:refused")[-1].new["why"] == "JobNotYours"


def test_a_station_writes_no_other_variables_than_its_job_has(house: Office, program: Program) -> None:
    case = begin(house)
    (job,) = program.fetch()

    refused = program.call(f"{job['id']}/complete", key=KEY, results={**RESULTS, "decision": "agree"})
    wrong = program.call(f"{job['id']}/error", key=KEY, code="AGREED")

    assert (refused.status_code, wrong.status_code) == (422, 422)
    assert "decision" in refused.get_json()["message"]
    assert "decision" not in variables(house, case)


@pytest.mark.parametrize(("results", "told"), [({}, "缺少结果 card_written_at、card_check"), ({**RESULTS, "card_check": None}, "缺少结果 card_check")])
def test_a_job_is_not_done_without_its_results(house: Office, program: Program, results: dict[str, Any], told: str) -> None:
    case = begin(house)
    (job,) = program.fetch()

    refused = program.call(f"{job['id']}/complete", key=KEY, results=results)

    assert (refused.status_code, refused.get_json()["message"]) == (422, told)
    assert list(house.engine.case(case, house.person("li.na")).open_tasks) == []
    assert program.call(f"{job['id']}/complete", key=KEY, results=RESULTS).status_code == 200


INVOICE = {"code": "6100033140", "number": "00000001", "date": date(2026, 3, 1), "amount": Decimal("10.50"), "tax": 2, "declared": True}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], ""), ([INVOICE], ""), (None, "缺少结果 saved_rows"), ("none", "应为清单"), ([INVOICE, 1], "第 2 行应为一条记录"), ([{**INVOICE, "declared": 1}], "第 1 行缺少 declared"),
        ([{**INVOICE, "amount": "10.50"}], "缺少 amount"), ([{**INVOICE, "number": None}], "缺少 number"), ([{**INVOICE, "date": OPENED}], "缺少 date"), ([{**INVOICE, "buyer": "x"}], "没有 buyer 这一栏"),
    ],
)  # fmt: skip
def test_saved_invoices_are_whole(rows: Any, told: str) -> None:
    said = fault(JOBS["station.save_card"], {"saved_rows": rows, "saved_count": 1, "saved_sha256": "x"})

    assert told in said
    assert bool(said) == bool(told)


@pytest.mark.parametrize(
    ("what", "given"),
    [
        ("fetch", {"limit": 0}), ("fetch", {"lease": 10**9}), ("fetch", {"posts": ["x"] * 51}), ("fetch", {"wait": "soon"}), ("x/complete", {}),
        ("x/complete", {"key": "short", "results": {}}), ("x/complete", {"key": KEY, "results": {"a": 1.5}}), ("x/error", {"key": KEY}), ("x/failure", {"key": KEY, "reason": ""}),
    ],
)  # fmt: skip
def test_what_is_incomplete_is_refused_with_a_sentence(program: Program, what: str, given: dict[str, Any]) -> None:
    answer = program.call(what, **given)

    assert answer.status_code == 422
    assert answer.get_json()["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"null", b"1"])
def test_what_is_no_object_is_refused(house: Office, program: Program, body: bytes) -> None:
    answer = house.web.test_client().post("/api/stations/jobs/fetch", data=body, headers={"Authorization": f"Bearer {program.token}"})

    assert answer.status_code in {400, 422}
    assert answer.is_json


# --- who asks --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("token", "rows"), [("", 0), ("wrong", 1), ("x" * 5000, 1)])
def test_without_its_credential_nobody_is_a_station(house: Office, token: str, rows: int) -> None:
    answer = Program(house, token).call("fetch")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert len(noted(house, "access:station:refused")) == rows


def test_a_person_who_is_signed_in_is_no_station_and_that_stands_under_his_name(house: Office) -> None:
    person = signed_in(house, "li.na")

    assert person.client.post("/api/stations/jobs/fetch", json={}).status_code == 401
    assert noted(house, "access:address:refused")[-1].person_name == "李娜"


def test_an_address_that_guesses_is_asked_to_wait_as_at_the_sign_in(house: Office, program: Program) -> None:
    answers = [program.call("fetch", f"guess {n}").status_code for n in range(ADDRESS_LIMIT.failures)]
    closed = [program.call("fetch", "one more") for _ in range(3)]

    assert set(answers) == {401}
    assert [one.status_code for one in closed] == [429] * 3
    assert int(closed[0].headers["Retry-After"]) > 0
    assert len(noted(house, "access:station:refused")) == ADDRESS_LIMIT.failures  # further ones cost a look and no row
    house.clock.advance(ADDRESS_LIMIT.period + timedelta(seconds=1))
    assert program.call("fetch", "one more").status_code == 401


def test_guesses_shut_out_neither_a_right_credential_nor_people(house: Office, program: Program) -> None:
    for n in range(ADDRESS_LIMIT.failures):
        program.call("fetch", f"guess {n}")

    assert program.fetch() == []
    assert signed_in(house, "li.na").open("/").status == 200


def test_asking_without_a_credential_is_no_guess(house: Office, program: Program) -> None:
    for _ in range(ADDRESS_LIMIT.failures + 1):
        program.call("fetch", "")

    assert program.fetch() == []


def test_of_a_credential_only_the_hash_is_kept(house: Office) -> None:
    id_, token = made(house)

    assert len(token) >= 43  # 256 bits
    assert re.fullmatch(r"[0-9a-f]{64}", station_row(house, id_).token_sha256)
    with house.database.read() as session:
        kept = " ".join(str(row) for table in ("station", "trail_entry") for row in Link(session).all(f"SELECT * FROM {table}"))
    assert token not in kept


# --- the page --------------------------------------------------------------------------------------------------------------


def token_on(text: str) -> str:
    (found,) = re.findall(r"[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])", text)
    return str(found)


def test_the_administrator_makes_a_station_and_its_credential_is_shown_once(house: Office) -> None:
    begin(house)
    admin = signed_in(house, "gao.bo")
    page = admin.open("/administration/stations")
    hs = next(option.get("value") for option in page.tree.xpath("//select[@name='office']/option") if "海曙" in option.text_content())
    form = page.fields("/administration/stations/new", name="海曙发行窗口", office=hs, post=[POST])

    shown = admin.post("/administration/stations/new", form)
    again = admin.post("/administration/stations/new", form)

    token = token_on(shown.text)
    assert shown.status == 201
    assert not re.search(r"[A-Za-z0-9_-]{43}", again.text)
    assert again.text.count("海曙发行窗口") == 1
    assert "从未联机" in again.text
    assert ".venv/bin/python app.py station --server" in shown.text
    assert "--simulator" not in shown.text
    assert len(Program(house, token).fetch()) == 1
    assert "联机" in admin.open("/administration/stations").text
    house.clock.advance(timedelta(minutes=5))
    assert "未联机" in admin.open("/administration/stations").text


def test_the_list_says_what_stands_at_a_counter_what_it_works_and_what_it_answered_last(house: Office) -> None:
    begin(house)
    begin(house)
    admin, token = signed_in(house, "gao.bo"), made(house)[1]
    (job,) = Program(house, token).fetch(devices=["reader", "labels", "a device of tomorrow"], driver="pcsc", limit=1)

    working = admin.open("/administration/stations").text
    Program(house, token).call(f"{job['id']}/failure", key="0" * 32, reason="读卡器没有响应", retry_in=60)
    failed = admin.open("/administration/stations").text

    assert all(said in working for said in ("读卡器", "标签机", "a device of tomorrow", "等待的作业 1 件", "正在办理：初始发行金税卡和税控IC卡", "还没有答复过"))
    assert "pcsc" not in working
    assert "正在办理" not in failed
    assert re.search("没有办成.*初始发行金税卡和税控IC卡.*读卡器没有响应", failed, re.DOTALL)


def test_every_device_of_a_counter_has_a_name_on_the_list() -> None:
    assert set(page_of_stations.DEVICES) == set(DEVICES)


def test_the_names_of_all_posts_are_looked_up_at_once(house: Office) -> None:
    asked = list[str]()
    posts = ["clerk@hs", "head@hs", "clerk@yz", "service_unit@NONE", *(f"clerk@{n:04}" for n in range(50))]
    event.listen(house.database.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_rest: asked.append(statement))

    with house.database.read() as session:
        names = stations.names_of_posts(session, posts)
        assert stations.names_of_posts(session, []) == {}

    assert (names["clerk@hs"], names["service_unit@NONE"]) == (("clerk", "海曙区税务局", "Haishu District"), ("service_unit", "NONE", "NONE"))
    assert list(names) == posts
    assert len([one for one in asked if one.startswith("SELECT")]) == 2


def test_of_the_stations_only_those_of_the_post_are_read(house: Office) -> None:
    made(house, "窗口 1 号")
    made(house, "窗口 2 号", posts=("head@hs",))
    made(house, "窗口 3 号", posts=("head@hs", POST))

    loaded = list[str]()
    with house.database.read() as session:
        event.listen(session, "loaded_as_persistent", lambda _session, row: loaded.append(row.name))
        found = [row.name for row in stations.for_post(session, POST)]
        assert stations.for_post(session, "clerk@") == []

    assert found == loaded == ["窗口 1 号", "窗口 3 号"]


def test_a_new_credential_shuts_out_the_old_one_and_a_revoked_station_is_out_for_good(house: Office) -> None:
    id_, old = made(house)
    admin = signed_in(house, "gao.bo")

    new = token_on(admin.open("/administration/stations").submit(f"/administration/stations/{id_}/renew").text)

    assert Program(house, old).call("fetch").status_code == 401
    assert Program(house, new).fetch() == []
    said = admin.open("/administration/stations").submit(f"/administration/stations/{id_}/revoke").text
    assert "工作站已停用" in said
    assert Program(house, new).call("fetch").status_code == 401
    assert not [form for form in admin.open("/administration/stations").tree.forms if id_ in (form.action or "")]
    with house.database.read() as session:
        assert [row.event for row in trail_of(session, "station", id_)] == ["offices:station:made", "offices:station:renewed", "offices:station:revoked"]
    assert "停用工作站" in admin.open("/administration/history").text


def test_a_revoked_station_loses_its_job_to_the_next(house: Office, program: Program) -> None:
    begin(house)
    (job,) = program.fetch()
    with house.database.write() as session:
        Link(session).run("UPDATE station SET revoked_at = made_at")
    assert program.call(f"{job['id']}/complete", key=KEY, results=RESULTS).status_code == 401
    house.clock.advance(timedelta(minutes=3))

    (again,) = Program(house, made(house, "窗口 2 号")[1]).fetch()

    assert again["id"] == job["id"]


def groups(page: Page) -> dict[str, list[str]]:
    """The posts that are offered, by office."""
    return {str(one.get("aria-label")): [str(box.get("value")) for box in one.xpath(".//input[@name='post']")] for one in page.tree.xpath("//fieldset//div[@role='group']")}


def test_posts_are_offered_by_office_those_with_card_jobs_first_of_all(house: Office) -> None:
    admin = signed_in(house, "gao.bo")
    offered = admin.open("/administration/stations")
    every = admin.open("/administration/stations?every=1")

    assert groups(offered) == {"海曙区税务局": ["clerk@hs"]}  # whose role the procedure names at the station's step
    assert groups(every) == {"海曙区税务局": ["clerk@hs", "head@hs"]}
    assert groups(admin.open("/administration/stations?q=海曙")) == groups(offered)
    assert groups(admin.open("/administration/stations?q=haishu&every=1")) == groups(every)
    assert admin.open("/administration/stations?q=").tree.xpath("//details[contains(@class, 'fold')][.//fieldset[@id='f-post']]/@open")  # the form stays where it was
    nothing = admin.open("/administration/stations?q=不存在")
    assert (groups(nothing), "没有这样的岗位" in nothing.text) == ({}, True)


def test_many_offices_are_offered_in_part_and_the_others_are_looked_for(house: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_of_stations, "OFFERED_AT_ONCE", 0)
    page = signed_in(house, "gao.bo").open("/administration/stations")

    assert groups(page) == {}
    assert "另有 1 个机关，请按名称查找" in page.text


def test_a_station_says_what_lies_there_and_what_failed_last(house: Office) -> None:
    token = made(house)[1]
    begin(house, "甲")
    begin(house, "乙")
    admin = signed_in(house, "gao.bo")
    assert "等待的作业 2 件，最早 2026-03-02 09:00" in admin.open("/administration/stations").text
    assert "上次没有办成" not in admin.open("/administration/stations").text

    program = Program(house, token)
    for _attempt in range(20):
        for job in program.fetch(limit=10):
            program.call(f"{job['id']}/failure", key=new_id(), reason="读卡器没有接好", retry_in=0)
        house.clock.advance(timedelta(hours=1))
    page = signed_in(house, "gao.bo").open("/administration/stations").text

    assert "等待的作业" not in page  # both were given up
    assert "上次没有办成：读卡器没有接好" in page


def test_a_new_credential_and_revoking_stand_apart(house: Office) -> None:
    made(house)
    page = signed_in(house, "gao.bo").open("/administration/stations")

    assert [str(one.text_content()) for one in page.tree.xpath("//tr[@data-row]/td[.//form]//summary")] == ["换凭据", "停用这台工作站"]
    assert len(page.tree.xpath("//tr[@data-row]/td[.//form]")) == 2
    page.submit("/language", language="en")
    assert "Revoke this station" in signed_in(house, "gao.bo").open("/administration/stations").text


@pytest.mark.parametrize(
    ("given", "told", "field"),
    [
        ({"name": ""}, "“名称”不能为空", "name"), ({"post": []}, "请至少选择一个岗位", "post"), ({"post": ["clerk@nowhere"]}, "没有“clerk@nowhere”这个岗位", "post"),
        ({"post": ["clerk@yz"]}, "“鄞州区税务局 · clerk”不属于这个机构及其下级，也不是它们主管的技术服务单位：请改选管理机构，或去掉这个岗位", "office"),
        ({"post": ["system_administrator@hs"]}, "没有“system_administrator@hs”这个岗位", "post"), ({"name": "窗口 1 号"}, "已有名称为“窗口 1 号”的工作站", "name"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_station_is_refused_at_its_field_and_noted(house: Office, given: dict[str, Any], told: str, field: str) -> None:
    made(house)
    admin = signed_in(house, "gao.bo")
    page = admin.open("/administration/stations")
    hs = next(option.get("value") for option in page.tree.xpath("//select[@name='office']/option") if "海曙" in option.text_content())

    answer = page.submit("/administration/stations/new", **{"name": "窗口 3 号", "office": hs, "post": [POST], **given})

    assert answer.status == 422
    assert errors(answer) == {field: told}
    assert noted(house, "offices:station.make:refused")


# --- the description -------------------------------------------------------------------------------------------------------


def test_the_description_names_every_address_and_is_the_same_as_the_door(house: Office) -> None:
    document = house.web.test_client().get("/api/openapi.json").get_json()

    rules = {re.sub(r"<(\w+)>", r"{\1}", rule.rule) for rule in house.web.url_map.iter_rules() if rule.endpoint.startswith("api.") and rule.endpoint != "api.openapi"}
    assert set(document["paths"]) == rules
    assert document["openapi"].startswith("3.0")
    assert "station.issue_cards" in document["info"]["description"]
    complete = document["paths"]["/api/stations/jobs/{job_id}/complete"]["post"]
    schema = complete["requestBody"]["content"]["application/json"]["schema"]
    assert document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]["required"] == ["key"]
    assert set(complete["responses"]) == {"200", "401", "403", "409", "422", "429", "503"}
    assert document["components"]["securitySchemes"]["credential"]["scheme"] == "bearer"
