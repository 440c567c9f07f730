"""The sentence of an error goes into the variable that the event which catches it names, whoever threw it."""

from __future__ import annotations

import pytest

from tests.factories.bpmn import boundary, chain, end, error, event_sub, process, service, start, user
from tests.factories.kit import Kit

CATCHES = '<errorEventDefinition errorRef="wrong" camunda:errorMessageVariable="declined_because"/>'


@pytest.mark.parametrize(
    "catcher",
    [
        boundary("came", "read", CATCHES) + user("again") + chain("came", "again", "done"),
        event_sub("came", CATCHES, user("again"), end("mended"), chain("came_begun", "again", "mended")),
    ],
    ids=["boundary", "event sub-process"],
)
def test_the_sentence_of_an_error_is_kept_where_the_model_says(kit: Kit, catcher: str) -> None:
    kit.deploy(toy_bpmn=process(start(), service("read", "cards.read"), end(), chain("begun", "read", "done"), catcher, references=error("wrong")))
    case, workers = kit.start(), kit.engine.workers
    (job,) = workers.fetch("w", ["cards.read"])

    workers.raise_error(job.id, "w", "wrong", "读卡器里是另一张卡", "k")

    assert kit.ready(case) == ["again"]
    assert kit.variables(case)["declined_because"] == "读卡器里是另一张卡"
