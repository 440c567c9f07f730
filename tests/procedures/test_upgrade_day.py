"""The end of a day of upgrades: it begins by itself, reception hands over, the golden-tax office counts; nothing is handed over twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import Application
from db.clock import SHANGHAI, ManualClock
from db.ids import new_id
from deadlines.model import Deadline
from engine.errors import Refusal
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles, read_folder
from engine.tables import Instance, Task
from handlers.day_ends import end_day
from papers.model import Paper
from records.audit import Who
from records.offices import store as offices
from records.offices.model import Post, PostHolding
from records.taxpayers.store import taxpayer
from records.upgrade import store
from records.upgrade.model import UpgradeHandOver, UpgradeVisit
from tests.procedures.damaging import told
from tests.procedures.test_english import signed_in
from tests.procedures.walking import Walk, refused

FIRST, SECOND, THIRD = "610113220000096", "610113220000053", "61011322000007X"  # Zhangba, Qujiang, Duling
LOST = "一份被雨水浸坏"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 9, tzinfo=SHANGHAI))


@pytest.fixture
def hall(application: Application, clock: ManualClock) -> dict[str, str]:
    """Reception at Yanta has somebody, and three enterprises signed in; two have left, one with a sheet missing. Shape: number → visit."""
    who = Who("tester", "测试", clock.now())
    with application.database.write() as session:
        yanta = offices.office_by_code(session, "yt")
        reception = offices.person_by_login(session, "qin.gang")
        assert yanta is not None and reception is not None
        if not (posts := offices.posts(session, "reception", yanta.id)):
            posts = [Post(id=new_id(), role="reception", office_id=yanta.id)]
            session.add_all(posts)
            session.flush()
        session.add(PostHolding(id=new_id(), person_id=reception.id, post_id=posts[0].id, valid_from=clock.today() - timedelta(days=9), valid_to=None))
        visits = {}
        for number in (FIRST, SECOND, THIRD):
            row = visits[number] = store.make_ready(session, who, taxpayer(session, number), "yt1", {}, clock.today())
            store.sign_in(session, who, row, "张三", clock.now())
        store.leave(session, who, visits[FIRST], clock.now(), 2)
        store.leave(session, who, visits[SECOND], clock.now(), 1, LOST)
        return {number: row.id for number, row in visits.items()}


def evening(walk: Walk, clock: ManualClock, *, days: int = 0) -> int:
    clock.set(datetime(2026, 3, 2, 17, 1, tzinfo=SHANGHAI) + timedelta(days=days))
    posted = end_day(walk.application.engine, walk.application.database, clock)
    walk.settle()
    return posted


def left(walk: Walk, visit: str) -> None:
    with walk.application.database.write() as session:
        store.leave(session, Who("tester", "测试", walk.application.clock.now()), store.visit(session, visit), walk.application.clock.now(), 2)


def booked(walk: Walk) -> list[tuple[str, int, int, int, str, str]]:
    with walk.application.database.read() as session:
        rows = session.scalars(select(UpgradeHandOver).order_by(UpgradeHandOver.day)).all()
        return [(str(row.day), row.enterprises, row.sheets, len(row.missing), row.handed_by_name, row.received_by_name) for row in rows]


def test_a_day_begins_at_its_hour_and_once(straight: Walk, hall: dict[str, str], clock: ManualClock) -> None:
    clock.set(datetime(2026, 3, 2, 16, 59, tzinfo=SHANGHAI))
    assert end_day(straight.application.engine, straight.application.database, clock) == 0
    assert (evening(straight, clock), evening(straight, clock)) == (1, 0)
    with straight.application.database.read() as session:
        case = session.scalars(select(Instance).where(Instance.process_id == "upgrade_day")).one()
        task = session.scalars(select(Task).where(Task.instance_id == case.id)).one()
        assert (case.title, task.element) == ("升级当日移交：西安市雁塔区国家税务局 2026-03-02", "hand_over_day")


def test_reception_is_reminded_at_the_hour_and_the_department_of_what_was_not_handed_over(straight: Walk, hall: dict[str, str], clock: ManualClock) -> None:
    deadlines, database = straight.application.deadlines, straight.application.database
    evening(straight, clock)
    deadlines.tick(database)
    assert (told(straight, "qin.gang", "due_today"), told(straight, "meng.fan", "escalated")) == ({"“签到簿、交接单当日移交”今日（2026-03-02）届满"}, set())

    clock.advance(timedelta(days=1))
    deadlines.tick(database)
    assert len(told(straight, "meng.fan", "escalated")) == 1
    straight.do("qin.gang", "hand_over_day", sheets_whole=[hall[FIRST]], book_there="on")
    straight.do("meng.fan", "receive_day", counts_confirmed=[hall[FIRST], hall[SECOND]], book_received="on", decision="confirm")
    with database.read() as session:
        assert session.scalars(select(Deadline.state)).one() == "met"


@pytest.mark.parametrize("written", ["", "upgrade_day: {ends_at: 17:00}", "upgrade_day: {ends_at: evening}"])  # unquoted, YAML makes it a number
def test_where_a_designer_writes_no_hour_the_day_is_over_with_itself(straight: Walk, hall: dict[str, str], clock: ManualClock, written: str) -> None:
    engine, database = straight.application.engine, straight.application.database
    files = dict(read_folder(straight.application.workflows / "upgrade").files)
    files["procedure.yaml"] = files["procedure.yaml"].replace('upgrade_day: {ends_at: "17:00"}', written)
    engine.deploy(ProcedureFiles("upgrade", files), SYSTEM, trusted=True)

    clock.set(datetime(2026, 3, 2, 23, 59, tzinfo=SHANGHAI))
    assert end_day(engine, database, clock) == 0
    clock.advance(timedelta(minutes=1))
    assert end_day(engine, database, clock) == 1


def test_a_day_without_visits_makes_no_task(straight: Walk, hall: dict[str, str], clock: ManualClock) -> None:
    evening(straight, clock)
    assert evening(straight, clock, days=1) == 0


def test_what_was_recorded_as_missing_stays_missing_and_what_is_counted_is_booked(straight: Walk, hall: dict[str, str], clock: ManualClock) -> None:
    evening(straight, clock)
    found = known(straight)
    assert (found["sheets_whole"], [one["value"] for one in found["day_whole"]]) == ([hall[FIRST]], [hall[FIRST]])
    assert found["recorded_missing_told"] == "2号 西安曲江印务有限公司：收回 1 份，一份被雨水浸坏"
    with refused("西安丈八仪表有限公司 没有勾选收齐，也没有写明缺少的原因；签到簿没有勾选一并移交"):
        straight.do("qin.gang", "hand_over_day", sheets_whole=[])
    with refused("填写了两次"):
        straight.do("qin.gang", "hand_over_day", sheets_whole=[hall[FIRST]], book_there="on", sheets_missing=[{"visit": hall[FIRST], "sheets": "1", "because": "企业带走"}])
    straight.do("qin.gang", "hand_over_day", sheets_whole=[hall[FIRST]], book_there="on")
    with refused("西安曲江印务有限公司 的交接单还没有清点，签到簿还没有收到"):
        straight.do("meng.fan", "receive_day", counts_confirmed=[hall[FIRST]], decision="confirm")
    straight.do("meng.fan", "receive_day", counts_confirmed=[hall[FIRST]], decision="return", return_reason="丈八的只见一份")
    lacks = [{"visit": hall[FIRST], "sheets": "1", "because": "另一份找不到"}]
    straight.do("qin.gang", "hand_over_day", sheets_whole=[], book_there="on", sheets_missing=lacks)
    seen = known(straight)
    assert (seen["last_return_reason"], [one["label"][-3:] for one in seen["day_counts"]]) == ("丈八的只见一份", ["1 份", "1 份"])
    straight.do("meng.fan", "receive_day", counts_confirmed=[hall[FIRST], hall[SECOND]], book_received="on", decision="confirm")

    page = case_page(straight)
    assert "1号 西安丈八仪表有限公司，已完成" in page and not [one for one in hall.values() if one in page]
    assert booked(straight) == [("2026-03-02", 2, 2, 2, "秦刚", "孟凡")]
    with straight.application.database.read() as session:
        paper = session.scalars(select(Paper)).one()
        assert [(line["sheets"], line["because"]) for line in paper.data["lines"]] == [(1, "另一份找不到"), (1, LOST), (None, "")]
        assert "3号 西安杜陵建材有限公司（设备办理中）" in paper.data["still"]
        assert session.scalars(select(UpgradeVisit.hand_over_id).where(UpgradeVisit.id == hall[THIRD])).one() is None


def test_nobody_calls_whole_what_was_recorded_as_missing_but_who_has_found_it_says_so(straight: Walk, hall: dict[str, str], clock: ManualClock) -> None:
    evening(straight, clock)
    with pytest.raises(Refusal):
        straight.do("qin.gang", "hand_over_day", sheets_whole=[hall[FIRST], hall[SECOND]], book_there="on")
    straight.do("qin.gang", "hand_over_day", sheets_whole=[hall[FIRST]], book_there="on", sheets_missing=[{"visit": hall[SECOND], "sheets": "2", "because": "另一份已找回"}])
    straight.do("meng.fan", "receive_day", counts_confirmed=[hall[FIRST], hall[SECOND]], book_received="on", decision="confirm")
    assert booked(straight) == [("2026-03-02", 2, 4, 0, "秦刚", "孟凡")]


def test_who_left_meanwhile_is_counted_too(straight: Walk, hall: dict[str, str], clock: ManualClock) -> None:
    evening(straight, clock)
    left(straight, hall[THIRD])
    straight.do("qin.gang", "hand_over_day", sheets_whole=[hall[FIRST]], book_there="on")
    straight.do("qin.gang", "hand_over_day", sheets_whole=[hall[FIRST], hall[THIRD]], book_there="on")  # again, with the third on the list
    assert told(straight, "qin.gang", "returned") == {"“升级当日移交：西安市雁塔区国家税务局 2026-03-02”的“移交签到簿、交接单”须重新办理：西安杜陵建材有限公司 已离场，请把它的交接单一并核对（三(九)）"}
    straight.do("meng.fan", "receive_day", counts_confirmed=[*hall.values()], book_received="on", decision="confirm")

    assert booked(straight) == [("2026-03-02", 3, 5, 1, "秦刚", "孟凡")]


def test_who_left_after_the_list_was_made_is_not_booked_as_counted(straight: Walk, hall: dict[str, str], clock: ManualClock) -> None:
    evening(straight, clock)
    straight.do("qin.gang", "hand_over_day", sheets_whole=[hall[FIRST]], book_there="on")
    with straight.application.database.write() as session:  # one sheet alone: a reason is asked of reception when it lists it, not of the officer
        store.leave(session, Who("tester", "测试", clock.now()), store.visit(session, hall[THIRD]), clock.now(), 1)
    straight.do("meng.fan", "receive_day", counts_confirmed=[hall[FIRST], hall[SECOND]], book_received="on", decision="confirm")
    assert booked(straight) == [("2026-03-02", 2, 3, 1, "秦刚", "孟凡")]

    assert evening(straight, clock, days=1) == 1
    straight.do("qin.gang", "hand_over_day", book_there="on", sheets_missing=[{"visit": hall[THIRD], "sheets": "1", "because": "企业带走一份"}])
    straight.do("meng.fan", "receive_day", counts_confirmed=[hall[THIRD]], book_received="on", decision="confirm")
    assert booked(straight)[1:] == [("2026-03-03", 1, 1, 1, "秦刚", "孟凡")]


def test_who_is_still_there_is_handed_over_on_a_later_day(walk: Walk, hall: dict[str, str], clock: ManualClock) -> None:
    evening(walk, clock)
    walk.do("qin.gang", "hand_over_day", sheets_whole=[hall[FIRST]], book_there="on", sheets_missing=[{"visit": hall[SECOND], "sheets": "0", "because": "企业带走"}])
    walk.do("meng.fan", "receive_day", counts_confirmed=[hall[FIRST], hall[SECOND]], book_received="on", decision="confirm")
    clock.set(datetime(2026, 3, 3, 10, tzinfo=SHANGHAI))
    left(walk, hall[THIRD])

    assert evening(walk, clock, days=1) == 1
    walk.do("qin.gang", "hand_over_day", sheets_whole=[hall[THIRD]], book_there="on")
    walk.do("meng.fan", "receive_day", counts_confirmed=[hall[THIRD]], book_received="on", decision="confirm")
    assert booked(walk) == [("2026-03-02", 2, 2, 1, "秦刚", "孟凡"), ("2026-03-03", 1, 2, 0, "秦刚", "孟凡")]
    with walk.application.database.read() as session:
        (paper,) = (one for one in session.scalars(select(Paper)) if one.data["day"] == "2026-03-03")
        assert (paper.data["lines"], [(one["name"], one["day"]) for one in paper.data["others"]]) == ([], [("西安杜陵建材有限公司", "2026-03-02")])


def known(walk: Walk) -> Mapping[str, Any]:
    with walk.application.database.read() as session:
        case = session.scalars(select(Instance.id).where(Instance.process_id == "upgrade_day")).one()
    return walk.case(case, "qin.gang").variables


def case_page(walk: Walk) -> str:
    with walk.application.database.read() as session:
        case = session.scalars(select(Instance.id).where(Instance.process_id == "upgrade_day")).one()
    return signed_in(walk.application, "qin.gang", "zh").open(f"/cases/{case}").text


def days_open(walk: Walk) -> list[str]:
    with walk.application.database.read() as session:
        return [title[-10:] for title in session.scalars(select(Instance.title).where(Instance.process_id == "upgrade_day").order_by(Instance.id))]


def book_lines(walk: Walk, day: str) -> list[tuple[str, int | None]]:
    with walk.application.database.read() as session:
        paper = next(one for one in session.scalars(select(Paper)) if one.data["day"] == day)
        return [(line["number"], line["sheets"]) for line in paper.data["lines"]]


def test_every_day_that_was_missed_has_its_book(straight: Walk, hall: dict[str, str], clock: ManualClock) -> None:
    clock.set(datetime(2026, 3, 3, 10, tzinfo=SHANGHAI))
    with straight.application.database.write() as session:
        who = Who("tester", "测试", clock.now())
        next_day = store.make_ready(session, who, taxpayer(session, FIRST), "yt1", {}, clock.today())
        store.sign_in(session, who, next_day, "李四", clock.now())
        store.leave(session, who, next_day, clock.now(), 2)
        tuesday = next_day.id

    assert evening(straight, clock, days=3) == 2  # nothing ran on Monday evening, on Tuesday, on Wednesday
    assert days_open(straight) == ["2026-03-02", "2026-03-03"]
    straight.do("qin.gang", "hand_over_day", sheets_whole=[hall[FIRST]], book_there="on")
    straight.do("meng.fan", "receive_day", counts_confirmed=[hall[FIRST], hall[SECOND]], book_received="on", decision="confirm")
    straight.do("qin.gang", "hand_over_day", sheets_whole=[tuesday], book_there="on")
    straight.do("meng.fan", "receive_day", counts_confirmed=[tuesday], book_received="on", decision="confirm")
    assert [row[:3] for row in booked(straight)] == [("2026-03-02", 2, 3), ("2026-03-03", 1, 2)]
    assert book_lines(straight, "2026-03-02") == [(FIRST, 2), (SECOND, 1), (THIRD, None)]
    assert book_lines(straight, "2026-03-03") == [(FIRST, 2)]


def test_who_came_when_the_book_had_gone_stands_in_the_next(straight: Walk, hall: dict[str, str], clock: ManualClock) -> None:
    left(straight, hall[THIRD])
    evening(straight, clock)
    straight.do("qin.gang", "hand_over_day", sheets_whole=[hall[FIRST], hall[THIRD]], book_there="on")
    straight.do("meng.fan", "receive_day", counts_confirmed=[*hall.values()], book_received="on", decision="confirm")
    clock.advance(timedelta(minutes=30))
    with straight.application.database.write() as session:
        who = Who("tester", "测试", clock.now())
        late = store.make_ready(session, who, taxpayer(session, SECOND), "yt1", {}, clock.today())
        store.sign_in(session, who, late, "王五", clock.now())
        store.leave(session, who, late, clock.now(), 2)
        late_one = late.id

    assert evening(straight, clock, days=1) == 1
    straight.do("qin.gang", "hand_over_day", sheets_whole=[late_one], book_there="on")
    straight.do("meng.fan", "receive_day", counts_confirmed=[late_one], book_received="on", decision="confirm")
    assert book_lines(straight, "2026-03-03") == [(SECOND, 2)]


def test_whoever_hands_over_does_not_receive(straight: Walk, hall: dict[str, str], clock: ManualClock) -> None:
    with straight.application.database.write() as session:
        yanta, qin = offices.office_by_code(session, "yt"), offices.person_by_login(session, "qin.gang")
        assert yanta is not None and qin is not None
        session.add(PostHolding(id=new_id(), person_id=qin.id, post_id=offices.posts(session, "golden_tax_office", yanta.id)[0].id, valid_from=clock.today(), valid_to=None))
    evening(straight, clock)
    straight.do("qin.gang", "hand_over_day", sheets_whole=[hall[FIRST]], book_there="on")

    with refused("您经办过“移交签到簿、交接单”"):
        straight.do("qin.gang", "receive_day", counts_confirmed=[hall[FIRST], hall[SECOND]], book_received="on", decision="confirm")
