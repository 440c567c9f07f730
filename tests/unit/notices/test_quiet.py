"""Quiet hours by the clock and the calendar, and letters that nobody takes for anything else."""

from __future__ import annotations

from datetime import datetime, time

import pytest

from db.clock import SHANGHAI
from deadlines.calendar import built_in
from notices import letters
from notices.letters import Line
from notices.occasions import TABLE
from notices.quiet import Quiet
from notices.smtp import MailUnfit, read_settings

NIGHT = Quiet(time(20), time(7, 30))


@pytest.mark.parametrize(
    ("at", "goes"),
    [
        ("2026-03-02 09:00", "2026-03-02 09:00"),  # Monday, at work
        ("2026-03-02 19:59", "2026-03-02 19:59"),
        ("2026-03-02 20:00", "2026-03-03 07:30"),  # the first quiet minute
        ("2026-03-03 00:10", "2026-03-03 07:30"),  # behind midnight it is the same morning
        ("2026-03-03 07:29", "2026-03-03 07:30"),
        ("2026-03-03 07:30", "2026-03-03 07:30"),
        ("2026-03-06 21:00", "2026-03-09 07:30"),  # Friday evening: Monday
        ("2026-03-07 11:00", "2026-03-09 07:30"),
        ("2026-02-14 10:00", "2026-02-14 10:00"),  # a Saturday that is worked before the Spring Festival
        ("2026-02-14 21:00", "2026-02-24 07:30"),  # and then nine days off
    ],
)
def test_mail_waits_for_the_end_of_the_night_and_of_days_off(at: str, goes: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=SHANGHAI)

    assert NIGHT.end_after(moment, built_in().is_working_day) == datetime.fromisoformat(goes).replace(tzinfo=SHANGHAI)


def test_hours_within_a_day_equal_hours_and_days_that_count() -> None:
    noon = datetime(2026, 3, 7, 12, 0, tzinfo=SHANGHAI)  # Saturday
    working = built_in().is_working_day

    assert Quiet(time(12), time(14), days_off=False).end_after(noon, working) == noon.replace(hour=14)
    assert Quiet(time(12), time(12), days_off=False).end_after(noon, working) == noon
    assert Quiet(time(12), time(12)).end_after(noon, working) == datetime(2026, 3, 9, tzinfo=SHANGHAI)
    assert (Quiet(time(0), time(23, 59)).end_after(noon, lambda _day: False) - noon).days == 60  # a calendar without a working day


def test_a_letter_keeps_its_identifier_and_says_that_nobody_wrote_it() -> None:
    at = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
    subject, text = letters.of_notices([Line("期限已过", "合同\r\nBcc: all@tax.example\u202e", "https://bpm.example/tasks/1")], "李娜", "")
    first, second = (letters.write("key", "bpm@tax.example", "li.na@tax.example", subject, text, at) for _ in range(2))

    assert first["Message-ID"] == second["Message-ID"] != letters.write("other", "bpm@tax.example", "x@y.z", subject, text, at)["Message-ID"]
    assert first["Bcc"] is None
    assert first["Subject"] == "〔金税流程〕期限已过：合同 Bcc: all@tax.example"
    assert (first["Auto-Submitted"], first["List-Id"]) == ("auto-generated", "Jinshui notices <notices.jinshui.tax.example>")
    assert first.get_content_type() == "text/plain"
    assert "https://bpm.example/tasks/1" in first.get_content()
    assert first.as_bytes().isascii()


def test_many_notices_are_one_letter_with_a_number() -> None:
    subject, text = letters.of_notices([Line("催办", "甲", ""), Line("岗位有新的待认领任务", "", "", 4)], "李娜", "")

    assert subject == "〔金税流程〕您有 2 条新提醒"
    assert "催办：甲" in text
    assert "岗位有新的待认领任务（4 项）" in text


@pytest.mark.parametrize(
    "given", [{"SECURITY": "ssl"}, {"PORT": "no"}, {"FROM": "nobody"}, {"FROM": "a@b\nc"}, {"USER": "me"}, {"PASSWORD_FILE": "f"}]
)
def test_settings_that_cannot_be_meant_so_are_refused_by_their_name(given: dict[str, str]) -> None:
    environment = {"JINSHUI_SMTP_HOST": "mail", "JINSHUI_SMTP_FROM": "bpm@tax.example", **{f"JINSHUI_SMTP_{name}": value for name, value in given.items()}}
    with pytest.raises(MailUnfit, match=next(iter(given))):
        read_settings(environment)


def test_without_a_host_there_is_no_mail() -> None:
    assert read_settings({"JINSHUI_SMTP_FROM": "nobody"}) is None
    found = read_settings({"JINSHUI_SMTP_HOST": "mail", "JINSHUI_SMTP_FROM": "bpm@tax.example"})
    assert found is not None
    assert (found.port, found.security) == (587, "starttls")


def test_the_table_names_every_occasion_once_in_both_languages() -> None:
    assert len({row.key for row in TABLE}) == len(TABLE)
    assert all(row.name and row.name_en and row.who and row.who_en and bool(row.text) == bool(row.text_en) for row in TABLE)
