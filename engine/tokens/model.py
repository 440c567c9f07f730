"""A process as the machine sees it: elements and flows by id, immutable, shared by all of its cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

ACTIVITIES = frozenset(
    [
        "task",
        "userTask",
        "manualTask",
        "serviceTask",
        "sendTask",
        "receiveTask",
        "scriptTask",
        "businessRuleTask",
        "subProcess",
        "callActivity",
    ]
)
EVENTS = frozenset(["startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"])
GATEWAYS = frozenset(["exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"])
WAITING_TASKS = frozenset(("userTask", "manualTask", "receiveTask"))
SAME_PERSON = "same-person"  # the one value of the property `again`
WORKING_TASKS = frozenset(("serviceTask", "sendTask", "scriptTask", "businessRuleTask"))


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow; `condition` is FEEL or empty."""

    id: str
    source: str
    target: str
    condition: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Trigger:
    """What an event waits for or throws. `kind`: none, message, timer, error, escalation, signal, link, terminate, conditional."""

    kind: str = "none"
    name: str = ""  # message, signal or link name; error or escalation code
    timer_kind: str = ""  # date, duration, cycle
    expression: str = ""  # timer text or condition, FEEL
    message_variable: str = ""  # of an error that is caught: where its sentence goes


@dataclass(frozen=True, slots=True)
class MultiInstance:
    """How often an activity runs. `collection` and `cardinality` are FEEL; `loop` is a standard loop."""

    sequential: bool = False
    collection: str = ""
    element_variable: str = ""
    cardinality: str = ""
    completion_condition: str = ""
    loop: bool = False
    loop_condition: str = ""
    loop_maximum: int = 0
    test_before: bool = False


@dataclass(frozen=True)
class Element:
    """A node of the diagram with everything that the host needs to know of it."""

    id: str
    kind: str
    name: str = ""
    parent: str = ""  # id of the sub-process it stands in; empty in the process itself
    documentation: str = ""
    lane: str = ""
    trigger: Trigger = Trigger()
    attached_to: str = ""
    interrupting: bool = True
    triggered_by_event: bool = False
    default_flow: str = ""
    multi: MultiInstance | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    candidates: tuple[str, ...] = ()
    assignee: str = ""
    form_key: str = ""
    due_date: str = ""
    topic: str = ""
    expression: str = ""  # script text, FEEL
    decision_ref: str = ""
    result_variable: str = ""
    called_element: str = ""
    inputs: tuple[tuple[str, str], ...] = ()
    outputs: tuple[tuple[str, str], ...] = ()
    mapped_in: tuple[tuple[str, str], ...] = ()  # call activity: (target, FEEL source); "*" is everything
    mapped_out: tuple[tuple[str, str], ...] = ()
    incoming: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()
    barred_start: str = ""  # name of the start event that `not_by` names: whoever began the case may not do this

    @property
    def name_en(self) -> str:
        """The English name, or the Chinese one where a designer gave none."""
        return self.properties.get("name_en", "") or self.name

    @property
    def not_by(self) -> tuple[str, ...]:
        """Tasks whose doer may not do this one (separation of duties), and the start event, whose doer began the case."""
        return tuple(part.strip() for part in self.properties.get("not_by", "").split(",") if part.strip())

    @property
    def acts(self) -> bool:
        """Whether passing it does something that lasts: work of a handler, a message or signal to others. Decisions and scripts do not."""
        throws = self.trigger.kind in {"message", "signal"} and self.kind in {"intermediateThrowEvent", "endEvent"}
        return throws or self.kind in {"serviceTask", "sendTask"}

    @property
    def goes_back(self) -> bool:
        """Whether the task, when the case comes to it again, goes back to whoever did it last (`again`)."""
        return self.properties.get("again", "") == SAME_PERSON


@dataclass(frozen=True)
class ProcessModel:
    """One executable process of one deployed version."""

    process_id: str
    name: str
    elements: Mapping[str, Element]
    flows: Mapping[str, Flow]
    properties: Mapping[str, str] = field(default_factory=dict)
    documentation: str = ""
    starters: tuple[str, ...] = ()

    @cached_property
    def children(self) -> Mapping[str, tuple[Element, ...]]:
        """Elements by the sub-process that holds them ("" for the process)."""
        found: dict[str, list[Element]] = {}
        for element in self.elements.values():
            found.setdefault(element.parent, []).append(element)
        return {parent: tuple(elements) for parent, elements in found.items()}

    @cached_property
    def boundaries(self) -> Mapping[str, tuple[Element, ...]]:
        """Boundary events by the activity they are attached to."""
        found: dict[str, list[Element]] = {}
        for element in self.elements.values():
            if element.attached_to:
                found.setdefault(element.attached_to, []).append(element)
        return {activity: tuple(elements) for activity, elements in found.items()}

    @cached_property
    def conditionals(self) -> frozenset[str]:
        """Events that wait for a condition to become true: what must be looked at after every step."""
        return frozenset(element.id for element in self.elements.values() if element.trigger.kind == "conditional")

    @cached_property
    def reach(self) -> Mapping[str, frozenset[str]]:
        """For each element the flows that a token on it may still take, boundary events and links included."""
        return {element_id: self._reach_from(element_id) for element_id in self.elements}

    def _steps(self, element_id: str) -> list[tuple[str, str]]:
        element = self.elements[element_id]
        steps = [(flow, self.flows[flow].target) for flow in element.outgoing]
        steps += [("", b.id) for b in self.boundaries.get(element_id, ())]
        if element.trigger.kind == "link" and element.kind == "intermediateThrowEvent":
            steps += [("", e.id) for e in self.link_targets(element)]
        return steps

    def _reach_from(self, element_id: str) -> frozenset[str]:
        flows: set[str] = set()
        todo, seen = [element_id], {element_id}
        while todo:
            for flow, target in self._steps(todo.pop()):
                if flow:
                    flows.add(flow)
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
        return frozenset(flows)

    @cached_property
    def join_reach(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """For each inclusive gateway: element → its incoming flows that are reachable without passing the gateway."""
        return {
            gateway.id: self._ways_into(gateway)
            for gateway in self.elements.values()
            if gateway.kind == "inclusiveGateway" and len(gateway.incoming) > 1
        }

    def _ways_into(self, gateway: Element) -> Mapping[str, frozenset[str]]:
        """Found backwards from each flow: there are few of them, and many elements from which to go forwards."""
        found: dict[str, set[str]] = {e.id: set() for e in self.children[gateway.parent] if e.id != gateway.id}
        for flow in gateway.incoming:
            todo, seen = [self.flows[flow].source], {gateway.id}
            while todo:
                element_id = todo.pop()
                if element_id not in seen:
                    seen.add(element_id)
                    todo += self.sources.get(element_id, ())
            for element_id in seen & found.keys():
                found[element_id].add(flow)
        return {element_id: frozenset(flows) for element_id, flows in found.items()}

    @cached_property
    def sources(self) -> Mapping[str, list[str]]:
        """For each element those from which a token may come to it."""
        found: dict[str, list[str]] = {}
        for element_id in self.elements:
            for _flow, target in self._steps(element_id):
                found.setdefault(target, []).append(element_id)
        return found

    def link_targets(self, throw: Element) -> list[Element]:
        """The catching half of a link, in the same scope."""
        return [
            e
            for e in self.children.get(throw.parent, ())
            if e.kind == "intermediateCatchEvent" and e.trigger.kind == "link" and e.trigger.name == throw.trigger.name
        ]

    def entries(self, parent: str) -> list[Element]:
        """Where a scope begins: its none start event, else every node that no flow leads to."""
        inside = self.children.get(parent, ())
        starts = [e for e in inside if e.kind == "startEvent" and e.trigger.kind == "none"]
        if starts:
            return starts[:1]
        return [
            e
            for e in inside
            if not e.incoming
            and e.kind not in {"boundaryEvent", "startEvent"}
            and not e.triggered_by_event
            and not (e.kind == "intermediateCatchEvent" and e.trigger.kind == "link")
        ]

    def event_starts(self, parent: str) -> list[tuple[Element, Element]]:
        """(event sub-process, its start event) for every event sub-process directly inside a scope."""
        return [
            (sub, start)
            for sub in self.children.get(parent, ())
            if sub.triggered_by_event
            for start in self.children.get(sub.id, ())
            if start.kind == "startEvent"
        ]
