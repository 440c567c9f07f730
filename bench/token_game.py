"""One user-task completion of a ten-node process, state read and written: our token game beside SpiffWorkflow's, in one run."""

from __future__ import annotations

import logging
import statistics
import time
from collections.abc import Callable

from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer

from bench import machine
from engine.bpmn.read import read_processes
from engine.codec import decode, encode
from engine.tokens import Machine
from engine.xml import read_xml
from tests.factories.bpmn import chain, end, flow, gateway, process, start, user
from tests.properties.engine.test_token_game import Ours, Theirs

TEN_NODES = process(
    start(), user("a"), gateway("exclusive", "g", "g_to_b"), user("b"), user("c"), gateway("exclusive", "m"), user("d"), user("e"), user("f"),
    end(), chain("begun", "a", "g"), flow("g", "b"), flow("g", "c", "false"), chain("b", "m"), chain("c", "m"), chain("m", "d", "e", "f", "done"),
)  # fmt: skip
STEPS = ("a", "b", "d", "e", "f")
ROUNDS = 300


def cpu_ms(act: Callable[[], object]) -> float:
    """CPU time of one call."""
    begun = time.process_time()
    act()
    return (time.process_time() - begun) * 1000


def ours() -> list[float]:
    """Read, complete, run, write."""
    model, found = read_processes(read_xml(TEN_NODES))[0].model, []
    for _ in range(ROUNDS):
        host = Ours(model)
        state = encode(host.machine.dump())
        for element in STEPS:

            def step(element: str = element) -> None:
                nonlocal state
                host.machine = Machine.load(decode(state), host)
                host.machine.complete(next(live.token for live in host.machine.live() if live.element == element))
                host.machine.run()
                state = encode(host.machine.dump())

            found.append(cpu_ms(step))
    return found


def theirs() -> list[float]:
    """The library's JSON round trip."""
    logging.getLogger("spiff").setLevel(logging.ERROR)
    serializer, found = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure()), []
    for _ in range(ROUNDS // 3):
        host = Theirs(TEN_NODES)
        state = serializer.serialize_json(host.workflow)
        for element in STEPS:

            def step(element: str = element) -> None:
                nonlocal state
                host.workflow = serializer.deserialize_json(state)
                host.complete(element)
                state = serializer.serialize_json(host.workflow)

            found.append(cpu_ms(step))
    return found


def main() -> None:
    """Interleaved, five rounds."""
    rounds = [(statistics.median(ours()), statistics.median(theirs())) for _ in range(5)]
    mine, library = (statistics.median(r[i] for r in rounds) for i in (0, 1))
    machine.write(
        "token_game", {"ours_ms": round(mine, 4), "spiffworkflow_json_ms": round(library, 4), "ratio": round(library / mine, 1)}
    )


if __name__ == "__main__":
    main()
