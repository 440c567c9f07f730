"""Scenario files: entries stay the texts that a person types, and whatever is wrong is told with its file and place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from commands.scenarios.model import Advance, Attach, Bring, Do, Start, Work
from commands.scenarios.read import ScenarioFault, read_scenario

WHOLE = """\
name: 情景
name_en: A walk
on: 2026-03-02
begin: {process: toy, by: li.na, office: hs, form: {number: 00010023, amount: 10.00, agreed: on}}
steps:
  - {task: review, by: wang.fang, refused: 本人}
  - {on: 2026-03-05, messages: wait, chores: done}
  - {start: extension, about: toy, by: li.na}
  - {import: lists/one.csv, source: audit, by: li.na, office: nb, as: xlsx}
  - {attach: 证明.pdf, by: li.na, about: toy, refused: 附件}
  - {station: card_issuance@yt, insert: "9900", broken: "0011", fault: paper_out}
expect:
  ends: {toy: [done x2, returned]}
  papers: [letter, list x2]
  deadlines: {reply: met 2026-04-02}
"""


def scenario_file(folder: Path, text: str = WHOLE) -> Path:
    file = folder / "toy" / "scenarios" / "walk.yaml"
    (file.parent / "lists").mkdir(parents=True)
    (file.parent / "lists" / "one.csv").write_text("发票代码\n", "utf-8")
    file.write_text(text, "utf-8")
    return file


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    file = scenario_file(tmp_path)

    found = read_scenario(file)

    assert (found.procedure, found.key, found.on) == ("toy", "walk", date(2026, 3, 2))
    assert found.steps == (
        Start("begin", "toy", "li.na", "hs", {"number": "00010023", "amount": "10.00", "agreed": "on"}),
        Do("第 1 步", "review", "wang.fang", {}, "本人"),
        Advance("第 2 步", date(2026, 3, 5), messages_wait=True, chores=True),
        Start("第 3 步", "extension", "li.na", "", {}, about="toy"),
        Bring("第 4 步", file.parent / "lists" / "one.csv", "audit", "li.na", "nb", "xlsx"),
        Attach("第 5 步", "证明.pdf", "li.na", "toy", "附件"),
        Work("第 6 步", "card_issuance@yt", "9900", "0011", "paper_out"),
    )
    assert found.expected.ends == {"toy": ("done", "done", "returned")}
    assert found.expected.papers == ("letter", "list", "list")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("steps:", "steps: [", "不是合法的 YAML"),
        ("name_en: A walk\n", "", "：缺少 name_en"),
        ("expect:", "expects:", "：缺少 expect"),
        ("by: wang.fang,", "by: wang.fang, who: li.na,", "第 1 步：不认识 who"),
        ("{task: review, by: wang.fang, refused: 本人}", "{tasks: review}", "第 1 步：应有 task、start、import、attach、station、on 之一"),
        ("card_issuance@yt", "card_issuance", "第 6 步：station 应写作 岗位@机关编码，而不是 card_issuance"),
        ("fault: paper_out", "fault: coffee", "第 6 步：没有故障 coffee，可以用 disk_full、disk_protected、paper_out"),
        ("{task: review, by: wang.fang, refused: 本人}", "review", "第 1 步：应有 task、start、import、attach、station、on 之一"),
        ("by: wang.fang", "by: ''", "第 1 步：应是一段文字"),
        ("{on: 2026-03-05,", "{on: 5 March,", "第 2 步：日期应写作 2026-03-02，而不是 5 March"),
        ("messages: wait", "messages: lost", "第 2 步：messages 只能是 wait"),
        ("chores: done", "chores: later", "第 2 步：chores 只能是 done"),
        ("about: toy,", "", "第 3 步：应写明 office"),
        ("about: toy,", "about: toy, office: hs,", "第 3 步：应写明 office"),
        ("lists/one.csv", "lists/two.csv", "第 4 步：没有清单文件 lists/two.csv"),
        ("as: xlsx", "as: ods", "第 4 步：as 应为 csv 或 xlsx，而不是 ods"),
        ("attach: 证明.pdf", "attach: 证明.exe", "第 5 步：附件应是 .pdf 文件，而不是 证明.exe"),
        ("by: li.na, about: toy, refused: 附件", "by: li.na, refused: 附件", "第 5 步：缺少 about"),
        ("form: {number: 00010023, amount: 10.00, agreed: on}", "form: [one]", "begin：form 应是“键: 值”的形式"),
        ("ends: {toy: [done x2, returned]}", "ends: done", "expect.ends：应是“名称: 值”的列表"),
        ("  deadlines: {reply: met 2026-04-02}\n", "  terms: {}\n", "expect：不认识 terms"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, before: str, after: str, told: str) -> None:
    assert before in WHOLE
    file = scenario_file(tmp_path, WHOLE.replace(before, after))

    with pytest.raises(ScenarioFault, match=r"^scenarios/walk\.yaml") as fault:
        read_scenario(file)

    assert told in str(fault.value)
