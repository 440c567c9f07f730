"""Every procedure folder passes `app.py check`, and every fault that the check is there for is named when it is planted."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from app import WORKFLOWS, Application, apart, compose
from commands import check
from commands.checking.articles import Regulations
from commands.checking.glossary import glossary_faults
from commands.checking.models import form_faults, handler_faults, topic_faults
from commands.checking.papers import paper_faults
from commands.checking.readme import readme_faults
from commands.checking.walks import Walks, coverage_faults, walk_all
from commands.scenarios.stage import Stage, unrendered
from db.clock import Clock
from engine.bpmn import GateResult, check_in_process
from engine.procedures import folders, read_folder
from papers.render import PapersUnavailable
from tests.conftest import missing

REGULATIONS = Regulations.read()


def composer(data: Path) -> Callable[..., Application]:
    """Composes on throw-away data, as the command line does on the office's."""

    def composed(clock: Clock | None = None, data: Path = data, **how: Any) -> Application:
        return compose(apart(data), clock, **how)

    return composed


# --- the folders as they are -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Where the scenarios of every folder are played, as `app.py check` has it."""
    data = tmp_path_factory.mktemp("check")
    return check.stage_of(composer(data), data / "stage", WORKFLOWS)


@pytest.mark.slow
@pytest.mark.parametrize("folder", folders(WORKFLOWS), ids=lambda folder: folder.name)
def test_a_procedure_folder_is_whole(folder: Path, tmp_path: Path, house: Stage) -> None:
    assert list(check.check_folder(composer(tmp_path), folder, house, papers=False)) == []


@pytest.mark.parametrize("folder", folders(WORKFLOWS), ids=lambda folder: folder.name)
def test_every_paper_renders_its_sample(folder: Path, tmp_path: Path) -> None:
    about = yaml.safe_load((folder / "procedure.yaml").read_text("utf-8"))

    try:
        assert list(paper_faults(composer(tmp_path)().papers, folder, about)) == []
    except PapersUnavailable as unavailable:
        missing("pango", str(unavailable))


def test_every_operation_is_the_topic_of_some_task(tmp_path: Path) -> None:
    registry = composer(tmp_path)().engine.kernel.registry

    assert list(handler_faults(registry, [read(folder) for folder in folders(WORKFLOWS)])) == []


# --- planted faults --------------------------------------------------------------------------------------------------------


def read(folder: Path) -> GateResult:
    return check_in_process(read_folder(folder).as_bytes())


def change(file: Path, before: str, after: str) -> None:
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after), "utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a procedure folder, to break."""
    return Path(shutil.copytree(WORKFLOWS / "coinvestigation", tmp_path / "workflows" / "coinvestigation"))


def faults(folder: Path, tmp_path: Path) -> list[str]:
    """Of the folder, with none of its scenarios played."""
    shutil.rmtree(folder / "scenarios")
    compose = composer(tmp_path / "data")
    return list(check.check_folder(compose, folder, check.stage_of(compose, tmp_path / "stage", folder.parent), papers=False))


def test_a_model_that_the_gate_refuses(folder: Path, tmp_path: Path) -> None:
    change(folder / "extension.bpmn", 'decision = "approve"', 'decision = = "approve"')

    assert any("extension.bpmn" in fault and "is_granted_to_tell_delegating_party" in fault for fault in faults(folder, tmp_path))


def test_a_task_without_a_form_and_a_form_without_a_task(folder: Path) -> None:
    (folder / "forms" / "answer_urging.form").rename(folder / "forms" / "reply_to_urging.form")

    assert list(form_faults(read(folder))) == ["任务 answer_urging 没有表单 answer_urging", "表单 reply_to_urging 没有任务使用"]


def test_a_field_that_is_called_like_one_of_the_page(folder: Path) -> None:
    change(folder / "forms" / "answer_urging.form", '"key": "urging_answer"', '"key": "key"')

    assert "表单 answer_urging 的字段 key 与页面自用的名称相同" in list(form_faults(read(folder)))


def test_a_decision_table_with_a_gap_and_a_rule_that_no_case_hits(folder: Path, tmp_path: Path) -> None:
    change(folder / "decisions" / "organiser.dmn", "[10000000..100000000)", "(10000000..100000000)")
    change(folder / "decisions" / "cases.yaml", "{given: {source: audit}, gives: null}", "{given: {source: certification}, gives: 100000}")

    found = faults(folder, tmp_path)

    assert any("organiser" in fault and "有空缺" in fault and "total = 10000000" in fault for fault in found)
    assert "decisions/cases.yaml immediate_report：没有一例命中规则 rule_others / no case hits rule rule_others" in found


def test_a_topic_without_a_handler_and_a_handler_without_a_topic(folder: Path, tmp_path: Path) -> None:
    change(folder / "extension.bpmn", "coinvestigation.book_extension", "coinvestigation.book_prolongation")
    registry, result = composer(tmp_path)().engine.kernel.registry, read(folder)

    assert list(topic_faults(registry, result)) == [
        "服务任务 book_extension 的处理程序 coinvestigation.book_prolongation 没有登记"
    ]
    assert list(handler_faults(registry, [result])) == ["处理程序 coinvestigation.book_extension 没有任何流程使用"]


def test_handlers_of_a_procedure_that_was_deleted_are_no_fault(tmp_path: Path) -> None:
    assert list(handler_faults(composer(tmp_path)().engine.kernel.registry, [])) == []


def test_a_term_that_cannot_be_counted(folder: Path, tmp_path: Path) -> None:
    change(folder / "procedure.yaml", "term: {count: 2, unit: month}", "term: {count: 2, unit: moon}")

    assert any("reply_confirmed" in fault and "moon" in fault for fault in faults(folder, tmp_path))


def test_an_article_that_is_not_there(folder: Path, tmp_path: Path) -> None:
    change(
        folder / "urging.bpmn",
        "<bpmn:documentation>Ningbo 2001-19, annex 2, art. 14</",
        "<bpmn:documentation>Ningbo 2001-19, annex 2, art. 41</",
    )
    change(folder / "procedure.yaml", "附件2第十条", "附件3第十条")
    change(
        folder / "decisions" / "organiser.dmn",
        "<text>Ningbo 2001-19, annex 2, art. 10: 1 亿元以上",
        "<text>Ningbo 2001-20, annex 2, art. 10: 1 亿元以上",
    )

    found = faults(folder, tmp_path)

    assert any(fault.startswith("open_urging：Ningbo 2001-19 附件 2 没有第 41 条") for fault in found)
    assert "procedure.yaml papers.case_report：Ningbo 2001-19 没有附件 3" in found
    assert "决策 organiser 的 rule_sat：法规目录没有 Ningbo 2001-20" in found


def test_a_paper_whose_template_or_sample_is_broken(folder: Path, tmp_path: Path) -> None:
    change(folder / "papers" / "urging.html", "{%", "{% nonsense %}{%")
    (folder / "papers" / "order.sample.json").unlink()
    (folder / "papers" / "stray.html").write_text("<p>", "utf-8")
    about = yaml.safe_load((folder / "procedure.yaml").read_text("utf-8"))
    papers = composer(tmp_path / "data")(workflows=folder.parent, render=unrendered).papers

    found = list(paper_faults(papers, folder, about))

    assert [re.split("[：的]", fault)[0] for fault in found] == [
        "文书模板 stray.html 没有列入 procedure.yaml",
        "文书 order ",
        "文书 urging ",
    ]


def test_a_readme_without_a_process_and_a_picture_that_is_out_of_date(folder: Path) -> None:
    change(folder / "README.md", "pictures/reply.svg", "pictures/other.svg")
    change(folder / "pictures" / "urging.svg", 'data-element-id="answer_urging"', 'data-element-id="old_task"')

    assert list(readme_faults(folder, read(folder))) == [
        "README.md 没有流程 reply 的图",
        "图 urging.svg 没有 answer_urging，请用 app.py pictures 重画",
        "图 urging.svg 还有 old_task，请用 app.py pictures 重画",
    ]
    (folder / "README.md").unlink()
    assert list(readme_faults(folder, read(folder))) == ["没有说明 README.md"]


def test_a_word_that_the_glossary_lacks_or_that_nothing_uses(folder: Path) -> None:
    change(folder / "glossary.yaml", "id: case_name,", "id: name_of_case,")
    change(folder / "glossary.yaml", "id: tax_recovered, meaning:", "id: tax_recovered, note:")
    form = json.loads((folder / "forms" / "answer_urging.form").read_text("utf-8"))
    form["components"].append({"type": "textfield", "key": "new_field", "label": "新字段"})
    (folder / "forms" / "answer_urging.form").write_text(json.dumps(form), "utf-8")

    found = list(glossary_faults(folder, read(folder), {"delegation": ["new_variable"], "loss_totals": ["others_variable", "tax_recovered"]}, REGULATIONS, "Ningbo 2001-19"))

    assert "词汇表没有 case_name（表单 delegation_begun）" in found
    assert "词汇表没有 new_field（表单 answer_urging）" in found
    assert "词汇表没有 new_variable（变量）" in found
    assert not any("others_variable" in fault for fault in found)  # of a process of another folder, which began meanwhile
    assert "词汇表的 name_of_case 没有用到" in found
    assert "词汇表的 tax_recovered 应有 term、id、meaning、article 四项" in found


def walked(folder: Path, tmp_path: Path, *kept: str) -> Walks:
    """The kept scenarios of the folder, played."""
    for file in (folder / "scenarios").glob("*.yaml"):
        if file.stem not in kept:
            file.unlink()
    stage = Stage(composer(tmp_path / "data"), tmp_path / "stage", {"workflows": folder.parent, "render": unrendered})
    return walk_all(stage, folder, read(folder))


def test_an_end_and_a_flow_that_no_scenario_reaches(folder: Path, tmp_path: Path) -> None:
    walks = walked(folder, tmp_path, "withdrawn")

    found = list(coverage_faults(walks, read(folder)))

    assert walks.faults == []
    assert "没有情景走到 delegation 的结束 delegation_archived（已归档）" in found
    assert "没有情景经过 delegation 的连线 is_inside_to_start_verification" in found
    assert not any("delegation_withdrawn" in fault for fault in found)


def test_a_scenario_that_goes_otherwise_or_names_what_is_not_there(folder: Path, tmp_path: Path) -> None:
    scenarios = folder / "scenarios"
    change(scenarios / "withdrawn.yaml", "delegation_withdrawn", "delegation_archived")
    change(scenarios / "inside_district.yaml", "by: sun.qiang", "by: zhou.hua")
    change(scenarios / "duties_apart.yaml", "check_entry", "check_entries")
    change(scenarios / "audit_list.yaml", "on: 2026-03-02", "on: 2026-02-30")

    found = walked(folder, tmp_path, "withdrawn", "inside_district", "duties_apart", "audit_list").faults

    assert "scenarios/withdrawn.yaml expect.ends.delegation：应为 delegation_archived，实为 delegation_withdrawn" in found
    assert any(fault.startswith("scenarios/inside_district.yaml 第 2 步：zhou.hua 办理 verify_inside 被拒绝") for fault in found)
    assert "scenarios/duties_apart.yaml 第 3 步：没有任务 check_entries" in found
    assert "scenarios/audit_list.yaml on：日期应写作 2026-03-02，而不是 2026-02-30" in found
