"""Fault reports, major matters and changes of keys move by their tables alone, and each step of a fault stands as it was made."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from db.session import Database
from records.audit import trail_of
from records.faults import states
from records.faults.errors import DuplicateRefused, MoveRefused, RecordUnknown
from records.faults.model import FaultReport
from records.faults.store import matters, reports
from tests.unit.records.xian import HAN, LU, TIAN, TODAY

YT = {"office_name": "西安市雁塔区国家税务局", "scope": "sn/xa/yt/"}
EVENTS = sorted({event for table in states.TABLES.values() for _state, event in table})


def noted(session: Session, **changed: Any) -> FaultReport:
    return reports.note_fault(session, HAN, **{**YT, "side": "tax", "summary": "不能认证", "noticed_on": TODAY, **changed})


def reported(session: Session, number: str = "雁国税金障〔2026〕1号") -> FaultReport:
    row = noted(session)
    reports.fill(session, HAN, row.id, grade="ordinary", level="own", level_since=TODAY)
    return reports.act(session, HAN, row.id, "report", words="不能识别", office_name=YT["office_name"], today=TODAY, number=number, reported_on=TODAY)


@pytest.mark.parametrize("kind", states.TABLES)
def test_every_state_has_a_name_and_is_reached(kind: str) -> None:
    table = states.TABLES[kind]
    starts = {"fault_report": "noted", "major_matter": "draft", "key_change": "reported", "authorisation": "draft"}

    assert {state for state, _event in table} | set(table.values()) == set(states.NAMES[kind])
    assert set(table.values()) | {starts[kind]} == set(states.NAMES[kind])
    assert len({zh for zh, _en in states.NAMES[kind].values()}) == len({en for _zh, en in states.NAMES[kind].values()}) == len(states.NAMES[kind])


def test_a_step_names_the_level_at_which_it_was_done(database: Database) -> None:
    with database.write() as session:
        row = reported(session)
        reports.act(session, HAN, row.id, "pass_up", words="解决不了", office_name=YT["office_name"], today=TODAY, level="city", level_since=TODAY)
        reports.act(session, LU, row.id, "solve", words="已修复", office_name="西安市国家税务局", today=TODAY)
        found = reports.steps(session, row.id)

        assert [(one.place, one.act, one.level, one.by_name) for one in found] == [(1, "reported", "own", "韩雪"), (2, "passed_up", "own", "韩雪"), (3, "solved", "city", "路遥")]
        assert (row.state, row.level) == ("solved", "city")
        assert [entry.event.rsplit(":", 1)[1] for entry in trail_of(session, "fault_report", row.id)] == ["noted", "filled", "report", "pass_up", "solve"]


@pytest.mark.parametrize("event", [event for event in EVENTS if states.following("fault_report", "solved", event) is None])
def test_what_the_table_does_not_name_is_refused_and_leaves_no_step(database: Database, event: str) -> None:
    with database.write() as session:
        row = reported(session)
        reports.act(session, HAN, row.id, "solve", words="", office_name="", today=TODAY)
        before = len(reports.steps(session, row.id))
        with pytest.raises(MoveRefused, match="这件故障登记现在是“待确认”") as refusal:
            reports.act(session, HAN, row.id, event, words="", office_name="", today=TODAY)

        assert "this fault report is to be confirmed" in refusal.value.en
        assert (row.state, len(reports.steps(session, row.id))) == ("solved", before)


def test_nobody_changes_what_was_done(any_database: Database) -> None:
    with any_database.write() as session:
        reported(session)
    for change in ("UPDATE fault_step SET words = '没有的事'", "DELETE FROM fault_step"):
        with pytest.raises(DatabaseError, match="fault_step_is_fixed"), any_database.write() as session:
            session.execute(text(change))


def test_a_report_goes_into_another_one_that_is_there(database: Database) -> None:
    with database.write() as session:
        first, second, third = (reported(session, f"雁国税金障〔2026〕{n}号") for n in (1, 2, 3))
        assert reports.require_other(session, second.id, " 雁国税金障〔2026〕1号 ").id == first.id
        with pytest.raises(DuplicateRefused, match="没有编号为“雁国税金障〔2026〕9号”"):
            reports.require_other(session, second.id, "雁国税金障〔2026〕9号")
        with pytest.raises(DuplicateRefused, match="这就是本件的编号"):
            reports.require_other(session, second.id, "雁国税金障〔2026〕2号")
        reports.act(session, HAN, second.id, "duplicate", words="", office_name="", today=TODAY, duplicate_of=first.number)

        with pytest.raises(DuplicateRefused, match="自己已并入“雁国税金障〔2026〕1号”"):
            reports.require_other(session, third.id, "雁国税金障〔2026〕2号")


def test_a_matter_and_a_change_of_keys_keep_to_their_tables(database: Database) -> None:
    with database.write() as session:
        matter = matters.open_matter(session, HAN, title="数据丢失", side="tax", found_on=TODAY, **YT)
        with pytest.raises(MoveRefused, match="这件重大事项现在是“填制中”"):
            matters.move_matter(session, TIAN, matter.id, "settle")
        change = matters.report_key_change(
            session, HAN, number="雁国税金钥〔2026〕1号", key="both", serials="1", lost_on=TODAY, reported_on=TODAY, reason="被盗", superior_name="市局", **YT
        )
        matters.move_key_change(session, TIAN, change.id, "refuse", decision="已寻回")
        with pytest.raises(MoveRefused, match="这件密钥更换现在是“不予更换”"):
            matters.move_key_change(session, TIAN, change.id, "change")
        with pytest.raises(RecordUnknown, match="没有这件重大事项"):
            matters.fill_matter(session, HAN, "nothing", facts="")
