"""No task of a procedure offers a return that can never be made: between it and the step lies nothing that was booked."""

from __future__ import annotations

import pytest

from app import WORKFLOWS
from engine.bpmn import check_in_process
from engine.moves.policy import NONE, RETURN_TO
from engine.procedures import folders, read_folder
from engine.tokens.model import Element, ProcessModel

MODELS = {model.process_id: model for folder in folders(WORKFLOWS) for model in check_in_process(read_folder(folder).as_bytes()).models.values()}
TASKS = [(process, element.id) for process, model in MODELS.items() for element in model.elements.values() if element.kind == "userTask"]


def in_reach(model: ProcessModel, task: Element) -> set[str]:
    """Tasks of people from which a token may have come without passing work of a handler, or a letter, that is not done twice."""
    found, seen, todo = set[str](), set[str](), [*model.sources.get(task.id, ())]
    while todo:
        element = model.elements[todo.pop()]
        if element.id in seen or (element.acts and element.properties.get("repeatable") != "yes"):
            continue
        seen.add(element.id)
        found |= {element.id} if element.kind == "userTask" else set()
        todo += model.sources.get(element.id, ())
    return found - {task.id}


@pytest.mark.parametrize(("process", "task_id"), TASKS)
def test_what_is_offered_can_be_done(process: str, task_id: str) -> None:
    model = MODELS[process]
    task = model.elements[task_id]
    offered = set(task.properties.get(RETURN_TO, "any").split(",")) - {NONE}

    assert offered <= in_reach(model, task)
