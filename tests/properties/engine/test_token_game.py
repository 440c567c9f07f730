"""Our token game against two judges: SpiffWorkflow on tasks, exclusive and parallel blocks, and an oracle that knows no tokens on all blocks.

All complete the same ready task at every step; what is ready next, and whether the case is over, must be equal. Ours is written down
and read again between all steps. SpiffWorkflow is no judge of inclusive joins: after an exclusive block inside a branch it fires them while a
token can still come (seed 9 of the mixed diagrams, found here on 2026-11-24).
"""

from __future__ import annotations

import io
import logging
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.read import read_processes
from engine.codec import decode, encode
from engine.tokens import Element, Machine, ProcessModel, Scope, Token
from engine.xml import read_xml
from tests.properties.engine.random_diagrams import MIXED, Oracle, draw

DIAGRAMS = 300
BATCH = 60
MEANT, MEANT_BATCH = 2000, 250


class Ours:
    """A machine whose conditions are the words true and false."""

    def __init__(self, model: ProcessModel) -> None:
        self.only = model
        self.machine = Machine.start(model.process_id, self)
        self.machine.run()

    def model(self, process_id: str) -> ProcessModel:
        return self.only

    def evaluate(self, expression: str, scope: Scope) -> Any:
        return expression == "true"

    def perform(self, element: Element, token: Token, scope: Scope) -> bool:
        return True

    def ignore(self, *_: object, **__: Mapping[str, Any]) -> None:
        """Nothing is kept of what happens."""

    waits = ceases = entered = left = took = opened = caught = closed = thrown = ignore

    def ready(self) -> list[str]:
        return sorted(live.element for live in self.machine.live())

    def complete(self, element: str) -> None:
        self.machine = Machine.load(decode(encode(self.machine.dump())), self)
        self.machine.complete(next(live.token for live in self.machine.live() if live.element == element))
        self.machine.run()


class Theirs:
    """SpiffWorkflow as it comes; its conditions are Python."""

    def __init__(self, content: bytes) -> None:
        parser = BpmnParser()
        text = content.decode().replace(">true</conditionExpression>", ">True</conditionExpression>")
        parser.add_bpmn_io(io.BytesIO(text.replace(">false</conditionExpression>", ">False</conditionExpression>").encode()))
        self.workflow = BpmnWorkflow(parser.get_spec("toy"))
        self.workflow.do_engine_steps()

    def ready(self) -> list[str]:
        return sorted(t.task_spec.bpmn_id for t in self.workflow.get_tasks(state=TaskState.READY, manual=True))

    def complete(self, element: str) -> None:
        task = next(t for t in self.workflow.get_tasks(state=TaskState.READY, manual=True) if t.task_spec.bpmn_id == element)
        task.run()
        self.workflow.do_engine_steps()


@contextmanager
def quiet() -> Iterator[None]:
    logging.getLogger("spiff").setLevel(logging.ERROR)
    yield


def ours_of(content: bytes) -> Ours:
    return Ours(read_processes(read_xml(content))[0].model)


@pytest.mark.parametrize("batch", range(DIAGRAMS // BATCH))
def test_random_diagrams_come_out_as_in_spiffworkflow(batch: int) -> None:
    with quiet():
        for seed in range(batch * BATCH, (batch + 1) * BATCH):
            content, _meaning = draw(seed)
            ours, theirs, rng = ours_of(content), Theirs(content), random.Random(seed)
            while ready := ours.ready():
                assert ready == theirs.ready(), f"seed {seed}"
                chosen = rng.choice(ready)
                ours.complete(chosen)
                theirs.complete(chosen)
            assert theirs.ready() == [], f"seed {seed}"
            assert ours.machine.is_finished, f"seed {seed}"
            assert theirs.workflow.is_completed(), f"seed {seed}"


@pytest.mark.parametrize("batch", range(MEANT // MEANT_BATCH))
def test_random_diagrams_mean_what_their_blocks_mean(batch: int) -> None:
    for seed in range(batch * MEANT_BATCH, (batch + 1) * MEANT_BATCH):
        content, meaning = draw(seed, kinds=MIXED)
        ours, oracle, rng = ours_of(content), Oracle(meaning), random.Random(seed)
        while ready := oracle.ready():
            assert ours.ready() == ready, f"seed {seed}"
            chosen = rng.choice(ready)
            ours.complete(chosen)
            oracle.complete(chosen)
        assert ours.machine.is_finished, f"seed {seed}"
