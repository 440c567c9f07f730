"""One table from an error to a status and a sentence."""

from __future__ import annotations

import inspect

import pytest

from engine import errors as engine
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
