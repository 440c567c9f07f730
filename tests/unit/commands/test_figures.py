"""`app.py figures`: names what differs from a count from the beginning, and writes it anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import apart, compose, main
from commands.serving.start import prepare
from engine.link import Link
from tests.unit.records import xian as city

PLANTED = {  # a device, and what somebody writes into the register beside the books
    "J2": "state = 'collected'", "J3": "holder_kind = 'office', holder_number = 'yt'", "J4": "last_on = '2026-03-01'", "J5": "steps = 3",
}  # fmt: skip
BARE = (
    "INSERT INTO device (id, kind, serial, version, is_replacement, state, holder_kind, holder_number, holder_name, scope, state_before, held_before_kind,"
    " held_before_number, held_before_name, taken_in_on, last_on, steps) VALUES ('bare', 'tax_card', 'J6', '', 0, 'in_stock', 'office', 'yt', '', ?, '', '', '',"
    " '', '2026-03-02', '2026-03-02', 1)"
)
ASTRAY = (  # a posting that does not begin where the one before ended
    "INSERT INTO device_posting (id, device_id, step, event, day, from_state, to_state, from_kind, from_number, from_name, to_kind, to_number, to_name, case_id,"
    f" note, by_id, by_name, at) SELECT 'astray', ?, 6, 'reissue', '2026-03-02', 'in_use', 'in_use', 'enterprise', '{city.QINLING}', '', 'enterprise',"
    f" '{city.QINLING}', '', '', '', '', '', '2026-03-02T01:00:00.000000'"
)


def test_a_wrong_figure_is_named_and_set_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("JINSHUI_DATABASE", raising=False)
    application = compose(apart(tmp_path / "var"), workflows=tmp_path)
    prepare(application)
    with application.database.write() as session:
        row = "INSERT INTO case_tally (scope, beneath, month, process_id, done, dated, in_time, seconds) VALUES ('nb/', 1, '2026-03', 'reply', 2, 1, 1, 60)"
        Link(session).run(row)
    application.database.dispose()
    words = ["--data", str(tmp_path / "var"), "figures"]

    assert main(words) == 1
    assert "case_tally nb/ 1 2026-03 reply: [2, 1, 1, 60] ≠ None" in capsys.readouterr().out
    assert main([*words, "--anew"]) == 0
    assert main(words) == 0
    assert "不一致 0 处" in capsys.readouterr().out


def test_a_device_that_differs_from_its_postings_is_named_and_never_set_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("JINSHUI_DATABASE", raising=False)
    application = compose(apart(tmp_path / "var"), workflows=tmp_path)
    prepare(application)
    with application.database.write() as session:
        xian = city.furnish(session)
        city.in_use(session, xian, "J1")
        for serial, change in PLANTED.items():
            row = city.in_use(session, xian, serial)
            Link(session).run(f"UPDATE device SET {change} WHERE serial = '{serial}'")
        session.expire_all()
        Link(session).run(BARE, row.scope)
        Link(session).run(ASTRAY, row.id)
    application.database.dispose()
    words = ["--data", str(tmp_path / "var"), "figures"]

    for more in ([], ["--anew"]):
        assert main([*words, *more]) == 1
        lines = [line[line.index("✗") :] for line in capsys.readouterr().out.splitlines() if "tax card" in line]
        assert lines == [
            "✗ 金税卡 J2 / tax card J2: 状态 / state collected ≠ in_use",
            f"✗ 金税卡 J3 / tax card J3: 持有人 / holder office:yt ≠ enterprise:{city.QINLING}",
            "✗ 金税卡 J4 / tax card J4: 最后日期 / last day 2026-03-01 ≠ 2026-03-02",
            "✗ 金税卡 J5 / tax card J5: 前后不接 / broken chain #6",
            "✗ 金税卡 J5 / tax card J5: 笔数 / postings 3 ≠ 5",
            "✗ 金税卡 J6 / tax card J6: 没有记录 / no posting",
        ]
    assert main(words) == 1
    assert "专用设备台账与流水不一致 6 处" in capsys.readouterr().out
