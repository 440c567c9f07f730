"""Issued papers: frozen, made once, reprinted as they were; one that cannot be made waits and holds up no other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from db.clock import ManualClock
from db.session import Database
from papers.api import TOGETHER, Papers
from papers.model import Paper
from papers.render import RenderFailed
from papers.templates import UnknownTemplate

Rendered = list[list[Sequence[str]]]


@pytest.fixture
def workflows(tmp_path: Path) -> Path:
    folder = tmp_path / "workflows" / "toy"
    (folder / "papers").mkdir(parents=True)
    (folder / "procedure.yaml").write_text(
        "papers: {slip: {title: 单据, copies: [第一联, 第二联]}, broken: {title: 坏版式}}", "utf-8"
    )
    (folder / "papers" / "slip.html").write_text("<h1>{{ title }}{{ copy_name }}</h1><p>{{ number }} {{ text }}</p>", "utf-8")
    (folder / "papers" / "slip.sample.json").write_text('{"text": "样张内容"}', "utf-8")
    (folder / "papers" / "broken.html").write_text("{{ text.missing.more }}", "utf-8")
    return folder.parent


@pytest.fixture
def papers(workflows: Path, clock: ManualClock) -> Papers:
    return Papers(workflows, clock)


@pytest.fixture
def rendered(papers: Papers) -> Rendered:
    """Stands for the child: every call with its papers."""
    calls: Rendered = []

    def stand_in(wanted: Sequence[Sequence[str]]) -> list[bytes]:
        calls.append([list(paper) for paper in wanted])
        if any("坏" in copy for paper in wanted for copy in paper):
            raise RenderFailed("排不出来")
        return ["\f".join(paper).encode() for paper in wanted]

    papers.make = stand_in
    return calls


def issue(papers: Papers, database: Database, once: str, key: str = "slip", text: str = "正文") -> str:
    with database.write() as session:
        row = papers.issue(session, "toy", key, {"text": text}, subject_id="case", prefix="甬", issued_by="陈敏", once=once)
        return row.id


def paper(database: Database, paper_id: str) -> Paper:
    with database.read() as session:
        return session.scalars(select(Paper).where(Paper.id == paper_id)).one()


def test_a_reprint_is_the_first_issue_byte_for_byte(workflows: Path, database: Database, clock: ManualClock) -> None:
    first = Papers(workflows, clock)
    paper_id = issue(first, database, "a")
    first.render(database, paper_id)
    with database.read() as session:
        content = first.bytes(session, paper_id)

    (workflows / "toy/papers/slip.html").write_text("<p>新版式</p>", "utf-8")
    later = Papers(workflows, clock)
    later.render(database, paper_id)

    assert content is not None
    assert content.startswith(b"%PDF")
    with database.read() as session:
        assert later.bytes(session, paper_id) == content


def test_an_act_done_twice_issues_one_paper_with_one_number(papers: Papers, any_database: Database) -> None:
    assert issue(papers, any_database, "a") == issue(papers, any_database, "a", text="另一份")
    assert paper(any_database, issue(papers, any_database, "b")).number == "甬〔2026〕2号"


def test_papers_of_one_step_are_made_in_one_child(papers: Papers, database: Database, rendered: Rendered) -> None:
    ids = [issue(papers, database, once) for once in "abc"]

    for paper_id in ids:
        papers.render(database, paper_id)

    assert [len(call) for call in rendered] == [3]
    assert all("第一联" in first and "第二联" in second for first, second in rendered[0])
    assert [paper(database, i).state for i in ids] == ["issued"] * 3
    assert len({paper(database, i).sha256 for i in ids}) == 3


def test_one_child_makes_no_more_than_it_can(papers: Papers, database: Database, rendered: Rendered) -> None:
    long = "长" * (TOGETHER // 4)  # two copies of one are half of what one child makes
    ids = [issue(papers, database, once, text=long) for once in "abcd"]

    for paper_id in ids:
        papers.render(database, paper_id)

    assert [len(call) for call in rendered] == [1, 1, 1, 1]
    assert [paper(database, i).state for i in ids] == ["issued"] * 4


def test_data_may_bring_a_title_of_their_own(papers: Papers, database: Database, rendered: Rendered) -> None:
    with database.write() as session:
        row = papers.issue(
            session, "toy", "slip", {"title": "单据（第 2 册）"}, subject_id="case", prefix="甬", issued_by="陈敏", once="a"
        )
    papers.render(database, row.id)

    assert paper(database, row.id).title == "单据（第 2 册）"
    assert "<h1>单据（第 2 册）第一联</h1>" in rendered[0][0][0]


def test_a_paper_that_cannot_be_made_holds_up_no_other(papers: Papers, database: Database, rendered: Rendered) -> None:
    good, bad = issue(papers, database, "a"), issue(papers, database, "b", text="坏")

    papers.render(database, good)
    with pytest.raises(RenderFailed):
        papers.render(database, bad)

    assert paper(database, good).state == "issued"
    assert (paper(database, bad).state, paper(database, bad).error) == ("rendering", "排不出来")


def test_a_paper_is_tried_once_beside_others_and_once_alone(papers: Papers, database: Database, rendered: Rendered) -> None:
    """What both may take adds up to less than the lease of the effect; a third attempt would outlive it."""
    bad = issue(papers, database, "a", text="坏")
    issue(papers, database, "b")

    with pytest.raises(RenderFailed):
        papers.render(database, bad)

    assert [len(call) for call in rendered] == [2, 1]


def test_a_paper_too_long_to_be_made_beside_others_is_tried_once(papers: Papers, database: Database, rendered: Rendered) -> None:
    bad = issue(papers, database, "a", text="坏" + "长" * TOGETHER)
    issue(papers, database, "b")

    with pytest.raises(RenderFailed):
        papers.render(database, bad)

    assert [len(call) for call in rendered] == [1]


def test_a_failed_paper_is_made_when_it_is_tried_again(papers: Papers, database: Database) -> None:
    paper_id = issue(papers, database, "a")
    answers = iter([RenderFailed("缺字体"), [b"%PDF"]])

    def once_bad(_wanted: object) -> list[bytes]:
        answer = next(answers)
        if isinstance(answer, RenderFailed):
            raise answer
        return answer

    papers.make = once_bad
    with pytest.raises(RenderFailed, match="缺字体"):
        papers.render(database, paper_id)
    papers.render(database, paper_id)

    row = paper(database, paper_id)
    assert (row.state, row.error, row.number) == ("issued", "", "甬〔2026〕1号")


def test_a_template_that_fails_is_named(papers: Papers, database: Database, rendered: Rendered) -> None:
    with pytest.raises(RenderFailed, match="文书“坏版式”的版式有误"):
        papers.render(database, issue(papers, database, "a", key="broken"))

    assert rendered == []


def test_what_was_never_issued_is_not_made(papers: Papers, database: Database) -> None:
    with pytest.raises(UnknownTemplate):
        papers.render(database, "nowhere")
    with pytest.raises(UnknownTemplate, match="没有名为 gone 的文书"):
        papers.template("toy", "gone")


def test_a_print_and_a_specimen_store_nothing(papers: Papers, database: Database, rendered: Rendered) -> None:
    assert "样张 样张内容" in papers.preview("toy", "slip").decode()
    assert "正文" in papers.print_out("toy", "slip", {"text": "正文"}).decode()

    with database.read() as session:
        assert session.scalars(select(Paper)).all() == []
