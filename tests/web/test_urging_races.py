"""Between the page and the act something else happens to the case: the urging, and its answer, look at it again in their own transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import pytest

from engine import standstill
from engine.link import Link
from tests.web.conftest import signed_in
from tests.web.office import Office
from tests.web.supervising import case_of, urged
from web.board import urging
from web.cases import urgings
from web.services import services


@dataclass
class Faster:
    """The database of a room, before whose first transaction that writes somebody else has done something."""

    database: Any
    act: list[Callable[[], object]]

    def write(self) -> Any:
        if self.act:
            self.act.pop()()
        return self.database.write()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.database, name)


def first(act: Callable[[], object], room: ModuleType, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    database: Any = Faster(office.database, [act])
    monkeypatch.setattr(room, "services", lambda: replace(services(), database=database))


def test_a_case_whose_clock_was_stopped_meanwhile_is_not_urged(board: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    case, page = case_of(board, "甲案逾期"), signed_in(board, "he.jie").open("/board/cases?term=overdue")

    def stops() -> None:
        with board.database.write() as session:
            board.engine.set_due(session, case, standstill.IN_TIME, "期限")

    first(stops, urging, board, monkeypatch)
    urged(page, "何时办结？", case)

    with board.database.read() as session:
        assert Link(session).all("SELECT count(*) FROM urging") == [(0,)]


def test_whoever_took_the_task_meanwhile_is_urged(board: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    case, page = case_of(board, "甲案逾期"), signed_in(board, "he.jie").open("/board/cases?term=overdue")
    first(lambda: board.engine.claim(board.task_of(case), board.person("li.na"), "claim"), urging, board, monkeypatch)

    urged(page, "何时办结？", case)

    with board.database.read() as session:
        assert board.person("li.na").person_id in Link(session).all("SELECT posts FROM urging")[0][0]


def test_whoever_lost_the_task_meanwhile_answers_nothing(board: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    case = case_of(board, "甲案逾期")
    task, li, wang = board.task_of(case), board.person("li.na"), board.person("wang.fang")
    board.engine.claim(task, li, "li")
    urged(signed_in(board, "he.jie").open("/board/cases?term=overdue"), "何时办结？", case)
    board.engine.release(task, li, "free")
    board.engine.claim(task, wang, "wang")
    person = signed_in(board, "wang.fang")
    page = person.open(f"/cases/{case}")
    (action,) = [form.action for form in page.tree.forms if "/urgings/" in (form.action or "")]

    def goes_back() -> None:
        board.engine.release(task, wang, "free again")
        board.engine.claim(task, li, "li again")

    first(goes_back, urgings, board, monkeypatch)

    assert person.post(action, page.fields(action, text="明天")).status == 404
