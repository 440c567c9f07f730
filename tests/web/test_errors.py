"""One table from an error to a status and a sentence."""

from __future__ import annotations

import inspect

import pytest

from engine import errors as engine
from tests.web.browsing import Person
from tests.web.office import Office
from web.errors import BY_STATUS, TABLE, answer_of

KINDS = [k for _n, k in inspect.getmembers(engine, inspect.isclass) if issubclass(k, engine.EngineError)]
SHOWN_IN_THE_FORM = {engine.FormInvalid}


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_every_error_of_the_engine_has_a_sentence(kind: type[Exception]) -> None:
    answer = answer_of(kind.__new__(kind))

    assert answer is not BY_STATUS[500]
    assert answer.status in {403, 404, 409, 422, 500}


def test_refused_and_missing_are_told_alike() -> None:
    assert answer_of(engine.NotYours()) is not answer_of(engine.PreparedByYou())
    assert (answer_of(engine.NotYours()).status, answer_of(engine.NotYours()).title) == (
        answer_of(engine.NotFound()).status,
        answer_of(engine.NotFound()).title,
    )


def test_the_more_particular_error_stands_first() -> None:
    kinds = [kind for kind, _answer in TABLE]

    for index, kind in enumerate(kinds):
        assert not any(issubclass(kind, earlier) for earlier in kinds[:index]), kind.__name__


def test_the_reason_of_a_refusal_stands_on_whatever_page_it_is_met(office: Office, clerk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def declined(*_given: object, **_named: object) -> None:
        raise engine.Declined("本月的台账已经封存", "the register of this month is closed")

    monkeypatch.setattr(type(office.engine), "claim", declined)
    task_id = office.task_of(office.start())
    page = clerk.open(f"/tasks/{task_id}")

    told = page.submit(f"/tasks/{task_id}/claim")
    clerk.client.set_cookie("lang", "en")
    english = page.submit(f"/tasks/{task_id}/claim")

    assert (told.status, english.status) == (422, 422)
    assert "本月的台账已经封存" in told.text
    assert "the register of this month is closed" in english.text


def test_a_post_that_does_not_exist_is_not_called_vacant() -> None:
    assert "没有设置" in str(answer_of(engine.NoSuchPost()).advice)
