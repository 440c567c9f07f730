"""The cases of a folder's tables: each is decided, and what no case tries is named, rule by rule and boundary by boundary."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app import WORKFLOWS
from commands.checking.decisions import decision_faults
from engine.bpmn import check_in_process
from engine.procedures import read_folder
from tests.unit.engine.dmn.test_decisions import Row, cell, decision, file, table

Faults = Callable[..., list[str]]


@pytest.fixture
def faults(tmp_path: Path) -> Faults:
    def found(rows: list[Row], cases: str, *, kind: str = "number", allowed: str = "") -> list[str]:
        folder = tmp_path / "toy"
        (folder / "decisions").mkdir(parents=True, exist_ok=True)
        inside = (cell("inputValues", allowed) if allowed else "") + "</input>"
        text = table(rows).replace("<inputExpression>", f'<inputExpression typeRef="{kind}">').replace("</input>", inside)
        (folder / "decisions" / "d.dmn").write_bytes(file(decision(text)))
        if cases:
            (folder / "decisions" / "cases.yaml").write_text(cases, "utf-8")
        return list(decision_faults(folder, check_in_process(read_folder(folder).as_bytes())))

    return found


STEPS: list[Row] = [("< 10", '"low"'), (">= 10", '"high"'), ("null", '"none"')]
NULL = "- {given: {}, gives: none}"


def test_cases_that_try_everything(faults: Faults) -> None:
    cases = f"d:\n- {{given: {{n: 9.99}}, gives: low}}\n- {{given: {{n: 10}}, gives: high}}\n- {{given: {{n: 11}}, gives: high}}\n{NULL}\n"

    assert faults(STEPS, cases) == []


def test_without_cases_every_rule_and_every_boundary_is_named(faults: Faults) -> None:
    assert faults(STEPS, "") == [
        "decisions/cases.yaml d：没有一例命中规则 r1 / no case hits rule r1",
        "decisions/cases.yaml d：没有一例命中规则 r2 / no case hits rule r2",
        "decisions/cases.yaml d：没有一例命中规则 r3 / no case hits rule r3",
        "decisions/cases.yaml d：“n”没有一例取 10 / no case has n 10",
        "decisions/cases.yaml d：“n”没有一例取 比 10 略小的值 / no case has n just beneath 10",
        "decisions/cases.yaml d：“n”没有一例取 比 10 略大的值 / no case has n just above 10",
    ]


def test_a_neighbour_lies_within_one_and_before_the_next_boundary(faults: Faults) -> None:
    rows: list[Row] = [("< 10", "1"), ("[10..10.5)", "2"), (">= 10.5", "3"), ("null", "4")]
    cases = (
        "d:\n- {given: {n: 8}, gives: 1}\n- {given: {n: 10}, gives: 2}\n- {given: {n: 10.5}, gives: 3}\n"
        "- {given: {n: 10.6}, gives: 3}\n- {given: {}, gives: 4}\n"
    )

    found = faults(rows, cases)

    assert [fault.partition(" / ")[2] for fault in found] == [
        "no case has n just beneath 10",
        "no case has n just above 10",
        "no case has n just beneath 10.5",
    ]


def test_what_the_allowed_values_keep_out_need_not_be_tried(faults: Faults) -> None:
    cases = "d:\n- {given: {n: 0}, gives: low}\n- {given: {n: 1}, gives: low}\n"

    assert faults([("-", '"low"')], cases, allowed=">= 0") == []
    assert faults([("-", '"low"')], cases) == []


def test_days_are_tried_with_the_day_before_and_the_day_after(faults: Faults) -> None:
    rows: list[Row] = [('< date("2002-05-01")', "1"), ('>= date("2002-05-01")', "2"), ("null", "3")]
    cases = "d:\n- {given: {n: 2002-04-30}, gives: 1}\n- {given: {n: 2002-05-01}, gives: 2}\n- {given: {}, gives: 3}\n"

    assert faults(rows, cases, kind="date") == ["decisions/cases.yaml d：“n”没有一例取 比 2002-05-01 略大的值 / no case has n just above 2002-05-01"]


def test_a_case_that_comes_out_otherwise(faults: Faults) -> None:
    cases = f"d:\n- {{given: {{n: 9.99}}, gives: high}}\n- {{given: {{n: 10}}, gives: high}}\n- {{given: {{n: 11}}, gives: high}}\n{NULL}\n"

    assert faults(STEPS, cases) == ['decisions/cases.yaml d 第 1 例应得 "high"，实得 "low" / should give "high" and gives "low"']


@pytest.mark.parametrize(
    ("cases", "word"),
    [
        ("d: {", "不是 YAML"),
        ("- d", "列表"),
        ("d: {given: 1}", "列表"),
        ("e: []", "没有名为 e 的决策"),
        ("d:\n- {given: {n: 1}}", "第 1 例应有 given"),
        ("d:\n- {given: {n: 1}, gives: 1, wants: 2}", "第 1 例应有 given"),
        ("d:\n- {given: {m: 1}, gives: 1}", "决策不用 m"),
    ],
)
def test_a_file_that_cannot_be_read_is_said(faults: Faults, cases: str, word: str) -> None:
    assert any(word in fault for fault in faults(STEPS, cases))


def test_a_gap_and_a_refused_case_are_faults_of_the_folder(faults: Faults) -> None:
    found = faults([("< 10", '"low"'), (">= 10", '"high"')], "d:\n- {given: {}, gives: null}\n", allowed="not(null)")
    assert any("不在允许的范围内 / cannot be decided" in fault for fault in found)

    assert any("有空缺" in fault and "has a gap" in fault for fault in faults([("< 10", '"low"'), (">= 10", '"high"')], ""))


def test_cases_are_no_part_of_a_deployed_version() -> None:
    assert not [name for name in read_folder(WORKFLOWS / "coinvestigation").files if name.endswith("cases.yaml")]
