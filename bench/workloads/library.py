"""SpiffWorkflow alone, without a database: a case is read from JSON, one task completed, and written as JSON again.

python -m bench.workloads.library - NUMBER-OF-FIRST-CLIENT
"""

from __future__ import annotations

import io
import itertools
import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState

from bench.workloads.models import PROCESSES
from bench.workloads.player import serve


def _spec(workload: str) -> Any:
    """The same diagram; its service task is a script here, since the library has no services of its own."""
    text = PROCESSES[workload]("ours").decode()
    text = text.replace("<serviceTask", "<scriptTask").replace("</serviceTask>", "<script>checked = True</script></scriptTask>")
    parser = BpmnParser()
    parser.add_bpmn_io(io.BytesIO(text.encode()))
    return parser.get_spec(workload)


class Library:
    """Cases as texts in memory; a task is named by its case and its element."""

    def __init__(self) -> None:
        logging.getLogger("spiff").setLevel(logging.ERROR)
        self.serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())
        self.specs = {name: _spec(name) for name in ("W1", "W2", "W3")}
        self._numbers = itertools.count()
        self._texts: dict[str, str] = {}
        self._ready: dict[str, list[str]] = {}

    def start(self, workload: str, variables: Mapping[str, Any]) -> str:
        workflow, case = BpmnWorkflow(self.specs[workload]), str(next(self._numbers))
        workflow.data.update(variables)
        workflow.get_next_task(state=TaskState.READY).data.update(variables)
        workflow.do_engine_steps()
        self._keep(case, workflow)
        return case

    def _keep(self, case: str, workflow: BpmnWorkflow) -> list[str]:
        tasks = [f"{case}:{task.task_spec.bpmn_id}" for task in workflow.get_tasks(state=TaskState.READY, manual=True)]
        if tasks:
            self._texts[case], self._ready[case] = self.serializer.serialize_json(workflow), tasks
        else:
            del self._texts[case], self._ready[case]
        return tasks

    def open(self, case: str) -> Sequence[str]:
        return list(self._ready[case])

    def complete(self, task: str, values: Mapping[str, Any]) -> Sequence[str] | None:
        case, _, element = task.partition(":")
        workflow = self.serializer.deserialize_json(self._texts[case])
        found = next(t for t in workflow.get_tasks(state=TaskState.READY, manual=True) if t.task_spec.bpmn_id == element)
        found.data.update(values)
        found.run()
        workflow.do_engine_steps()
        return self._keep(case, workflow)

    def claim(self, task: str, client: int) -> bool:
        raise NotImplementedError("the library has no worklist")

    def page(self, posts: Sequence[str], rows: int, cap: int) -> int:
        raise NotImplementedError("the library has no worklist")

    def fire(self) -> int:
        raise NotImplementedError("the library has no clock")


if __name__ == "__main__":
    serve(Library(), int(sys.argv[2]))
