"""A holiday notice that comes late: the whole product moves a reply term that fell into its year."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app import Application, main
from commands.serving.start import prepare
from db.clock import SHANGHAI, ManualClock
from deadlines.model import CalendarVersion, Notice
from engine.link import Link
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles
from engine.worklist import WorklistQuery
from records.audit import trail_of
from records.coinvestigation.model import Delegation, Receipt
from tests.factories.bpmn import catch, chain, end, process, start, timer
from tests.procedures.test_coinvestigation import send
from tests.procedures.walking import Walk
from tests.unit.deadlines.test_published import INVENTED, REPLY


@pytest.fixture
def clock() -> ManualClock:
    """The first of December: a month from here is New Year's Day of a year without notice."""
    return ManualClock(datetime(2026, 12, 1, 2, tzinfo=UTC))


def test_case_task_receipt_and_delegation_move_together(walk: Walk) -> None:
    send(walk)
    application = walk.application
    with application.database.write() as session:
        receipt = session.scalars(select(Receipt)).one()
        assert receipt.due_on == date(2027, 1, 1)
        application.deadlines.load_calendar(session, INVENTED, by="admin")

    assert len(application.deadlines.recount(application.database)) == 1

    (task,) = application.engine.worklist(walk.actor("shen.yi"), WorklistQuery(application.clock.today(), scope="claimable")).items
    assert (task.due_on, walk.case(receipt.case_id, "shen.yi").header.due_on) == (date(2027, 1, 4), date(2027, 1, 4))
    with application.database.read() as session:
        assert session.scalars(select(Receipt.due_on)).one() == date(2027, 1, 4)
        assert session.scalars(select(Delegation.due_on)).one() == date(2027, 1, 4)
        kinds = set(session.scalars(select(Notice.kind).where(Notice.subject_id == receipt.case_id)))
        assert {"provisional", "recomputed"} <= kinds
        (entry,) = [e for e in trail_of(session, "receipt", receipt.id) if (e.new or {}).get("due_on") == "2027-01-04"]
    assert entry.person_name == "节假日安排 test-2027.1"


def test_a_case_that_lives_by_another_date_keeps_it(walk: Walk) -> None:
    send(walk)
    application = walk.application
    with application.database.write() as session:
        case_id = session.scalars(select(Receipt.case_id)).one()
        application.engine.set_due(session, case_id, date(2026, 12, 10), "另定的日期")
        application.deadlines.load_calendar(session, INVENTED, by="admin")

    application.deadlines.recount(application.database)

    assert walk.case(case_id, "shen.yi").header.due_on == date(2026, 12, 10)


def test_a_timer_that_names_the_term_moves_with_it(walk: Walk) -> None:
    application = walk.application
    waiting = process(start(), catch("wait", timer('deadline("reply")', "timeDate")), end(), chain("begun", "wait", "done"))
    application.engine.deploy(ProcedureFiles("toys", {"toy.bpmn": waiting.decode()}), SYSTEM)
    case = application.engine.start("toy", office_id=walk.office("hs"), actor=SYSTEM, key="toy").instance_id
    with application.database.write() as session:
        application.deadlines.start(session, case, REPLY, date(2026, 12, 1))
        application.engine.refresh_timers(session, case)
        application.deadlines.load_calendar(session, INVENTED, by="admin")
    assert moment(application) == datetime(2027, 1, 2, tzinfo=SHANGHAI)

    application.deadlines.recount(application.database)

    assert moment(application) == datetime(2027, 1, 5, tzinfo=SHANGHAI)


def moment(application: Application) -> datetime | None:
    """When the only timer is due."""
    with application.database.read() as session:
        link = Link(session)
        ((due,),) = link.all("SELECT due_at FROM timer WHERE done_at IS NULL AND expression LIKE '%deadline%'")
        return link.as_moment(due)


# --- the command -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def office(application: Application, monkeypatch: pytest.MonkeyPatch) -> Application:
    """A data folder as ./run leaves it, with one case whose term falls into the unpublished year."""
    monkeypatch.delenv("JINSHUI_DATABASE", raising=False)
    prepare(application)
    send(Walk(application, restored=False))
    return application


def load(application: Application, content: str | bytes) -> int:
    file = application.config.data / "notice.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return main(["--data", str(application.config.data), "calendar", str(file)])


def test_the_command_loads_a_year_and_says_what_moved(office: Application, capsys: pytest.CaptureFixture[str]) -> None:
    assert load(office, json.dumps(INVENTED)) == 0

    said = capsys.readouterr().out
    assert "已载入日历 test-2027.1：2027 年，放假 11 日，调休上班 1 日" in said
    assert "到期日变动 1 件" in said
    assert re.search(r"2027-01-01 +2027-01-04", said)
    with office.database.read() as session:
        assert session.scalars(select(Receipt.due_on)).one() == date(2027, 1, 4)
    office.deadlines.tick(office.database)
    assert office.deadlines.calendar.version == "test-2027.1"  # the server that runs beside it


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"version": "x",\n "years": }', "第 2 行第 11 列不是正确的 JSON"),
        ('{"version": "x", "years": {"2027": {"off": {"2027-02-30": "春节"}, "worked": []}}}', "2027 年：“2027-02-30”不是日期"),
        ("日历".encode("gb18030"), "不是 UTF-8 编码"),
        (b" " * 1_000_001, "不会超过 1 MB"),
        ("[" * 100_000, "不是 UTF-8 编码的 JSON 文件"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_told_and_changes_nothing(
    office: Application, capsys: pytest.CaptureFixture[str], content: str | bytes, sentence: str
) -> None:
    assert load(office, content) == 1

    said = capsys.readouterr().out
    assert sentence in said
    assert "没有载入" in said
    with office.database.read() as session:
        assert session.scalars(select(CalendarVersion)).all() == []


def test_a_file_that_is_not_there_is_told(office: Application, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(office.config.data), "calendar", "nowhere.json"]) == 1
    assert "不能读取 nowhere.json" in capsys.readouterr().out
