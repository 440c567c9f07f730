"""Reads BPMN 2.0 with the `camunda:` attributes into models; everything that it does not know is left for the lint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lxml import etree

from engine.feel import unwrap
from engine.tokens.model import Element, Flow, MultiInstance, ProcessModel, Trigger
from engine.xml import child, children, local, text_of

CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
NODES = frozenset(
    (
        "task", "userTask", "manualTask", "serviceTask", "sendTask", "receiveTask", "scriptTask", "businessRuleTask", "subProcess",
        "callActivity", "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent",
        "exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway", "adHocSubProcess", "transaction",
    )
)  # fmt: skip
DEFINITIONS = {
    "messageEventDefinition": "message",
    "timerEventDefinition": "timer",
    "errorEventDefinition": "error",
    "escalationEventDefinition": "escalation",
    "signalEventDefinition": "signal",
    "linkEventDefinition": "link",
    "terminateEventDefinition": "terminate",
    "conditionalEventDefinition": "conditional",
    "compensateEventDefinition": "compensation",
    "cancelEventDefinition": "cancel",
}


@dataclass
class Source:
    """A process with its XML beside it, for the lint."""

    model: ProcessModel
    node: etree._Element
    executable: bool
    repeated: list[str] = field(default_factory=list)
    dangling: list[tuple[str, str, str]] = field(default_factory=list)  # (flow, end, id that is not there)


def read_processes(root: etree._Element) -> list[Source]:
    """Every process of a file, in the order of the file."""
    names = _references(root)
    return [_Reader(node, names).read() for node in children(root, "process")]


def _references(root: etree._Element) -> dict[str, str]:
    """Id → name or code of messages, signals, errors and escalations."""
    found: dict[str, str] = {}
    for kind, attribute in (("message", "name"), ("signal", "name"), ("error", "errorCode"), ("escalation", "escalationCode")):
        for node in children(root, kind):
            found[str(node.get("id", ""))] = str(node.get(attribute) or node.get("name") or node.get("id", ""))
    return found


class _Reader:
    def __init__(self, process: etree._Element, names: dict[str, str]) -> None:
        self.process = process
        self.names = names
        self.elements: dict[str, Element] = {}
        self.flows: dict[str, Flow] = {}
        self.lanes: dict[str, str] = {}
        self.into: dict[str, list[str]] = {}  # element → flows that lead to it
        self.out_of: dict[str, list[str]] = {}
        self.repeated: list[str] = []

    def read(self) -> Source:
        for lane in self.process.iter("{*}lane"):
            for reference in children(lane, "flowNodeRef"):
                self.lanes[text_of(reference)] = str(lane.get("name") or lane.get("id", ""))
        self._flows(self.process)
        self._scope(self.process, "")
        self._bar_starters()
        model = ProcessModel(
            process_id=self.process.get("id", ""),
            name=str(self.process.get("name") or self.process.get("id", "")),
            elements=self.elements,
            flows=self.flows,
            properties=_properties(self.process),
            documentation=text_of(child(self.process, "documentation")),
            starters=_listed(self.process.get(f"{CAMUNDA}candidateStarterGroups")),
        )
        ends = [(f.id, end, ref) for f in self.flows.values() for end, ref in (("sourceRef", f.source), ("targetRef", f.target))]
        return Source(
            model,
            self.process,
            self.process.get("isExecutable", "false") == "true",
            self.repeated,
            [row for row in ends if row[2] not in self.elements],
        )

    def _flows(self, scope: etree._Element) -> None:
        for node in scope.iter("{*}sequenceFlow"):
            id_ = node.get("id", "")
            if id_ in self.flows:
                self.repeated.append(id_)
            condition = text_of(child(node, "conditionExpression"))
            self.flows[id_] = Flow(
                id_, node.get("sourceRef", ""), node.get("targetRef", ""), unwrap(condition), node.get("name", "")
            )
        for flow in self.flows.values():
            self.into.setdefault(flow.target, []).append(flow.id)
            self.out_of.setdefault(flow.source, []).append(flow.id)

    def _bar_starters(self) -> None:
        """A task that `not_by` keeps from whoever began the case knows by which start."""
        starts = {one.id: one.name for one in self.elements.values() if one.kind == "startEvent" and not one.parent and one.trigger.kind == "none"}
        for one in list(self.elements.values()):
            if barred := next((starts[other] for other in one.not_by if other in starts), ""):
                self.elements[one.id] = replace(one, barred_start=barred)

    def _scope(self, scope: etree._Element, parent: str) -> None:
        for node in scope:
            kind = local(node)
            if kind not in NODES:
                continue
            element = self._element(node, kind, parent)
            if element.id in self.elements:
                self.repeated.append(element.id)
            self.elements[element.id] = element
            if kind in {"subProcess", "adHocSubProcess", "transaction"}:
                self._scope(node, element.id)

    def _element(self, node: etree._Element, kind: str, parent: str) -> Element:
        id_ = node.get("id", "")
        camunda = {key[len(CAMUNDA) :]: str(value) for key, value in node.attrib.items() if str(key).startswith(CAMUNDA)}
        inputs, outputs = _input_output(node)
        mapped_in, mapped_out = _mappings(node)
        return Element(
            id=id_,
            kind=kind,
            name=" ".join((node.get("name") or "").split()) or id_,
            parent=parent,
            documentation=text_of(child(node, "documentation")),
            lane=self.lanes.get(id_, ""),
            trigger=self._trigger(node),
            attached_to=node.get("attachedToRef", ""),
            interrupting=node.get("cancelActivity" if kind == "boundaryEvent" else "isInterrupting", "true") == "true",
            triggered_by_event=node.get("triggeredByEvent") == "true",
            default_flow=node.get("default", ""),
            multi=_multi(node),
            properties=_properties(node),
            candidates=_listed(camunda.get("candidateGroups")),
            assignee=unwrap(camunda.get("assignee", "")),
            form_key=camunda.get("formRef") or camunda.get("formKey", ""),
            due_date=unwrap(camunda.get("dueDate", "")),
            topic=camunda.get("topic", ""),
            expression=unwrap(text_of(child(node, "script"))),
            decision_ref=camunda.get("decisionRef", ""),
            result_variable=camunda.get("resultVariable", ""),
            called_element=node.get("calledElement", ""),
            inputs=inputs,
            outputs=outputs,
            mapped_in=mapped_in,
            mapped_out=mapped_out,
            incoming=tuple(self.into.get(id_, ())),
            outgoing=tuple(self.out_of.get(id_, ())),
        )

    def _trigger(self, node: etree._Element) -> Trigger:
        if local(node) in {"receiveTask", "sendTask"} and node.get("messageRef"):
            return Trigger("message", self.names.get(node.get("messageRef", ""), ""))
        definitions = [n for n in node if local(n) in DEFINITIONS]
        if not definitions:
            return Trigger()
        if len(definitions) > 1:
            return Trigger("multiple")
        definition = definitions[0]
        kind = DEFINITIONS[local(definition)]
        if kind == "timer":
            for name, timer_kind in (("timeDate", "date"), ("timeDuration", "duration"), ("timeCycle", "cycle")):
                part = child(definition, name)
                if part is not None:
                    return Trigger(kind, timer_kind=timer_kind, expression=unwrap(text_of(part)))
        if kind == "conditional":
            return Trigger(kind, expression=unwrap(text_of(child(definition, "condition"))))
        reference = definition.get(f"{kind}Ref", "")
        name = definition.get("name", "") if kind == "link" else self.names.get(reference, "")
        return Trigger(kind, name, message_variable=definition.get(f"{CAMUNDA}errorMessageVariable", ""))


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _extensions(node: etree._Element, name: str) -> Iterator[etree._Element]:
    extensions = child(node, "extensionElements")
    if extensions is not None:
        yield from (n for n in extensions if n.tag == f"{CAMUNDA}{name}")


def _properties(node: etree._Element) -> dict[str, str]:
    return {
        p.get("name", ""): p.get("value", "") for block in _extensions(node, "properties") for p in children(block, "property")
    }


def _input_output(node: etree._Element) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    inputs: list[tuple[str, str]] = []
    outputs: list[tuple[str, str]] = []
    for block in _extensions(node, "inputOutput"):
        inputs += [(p.get("name", ""), unwrap(text_of(p))) for p in children(block, "inputParameter")]
        outputs += [(p.get("name", ""), unwrap(text_of(p))) for p in children(block, "outputParameter")]
    return tuple(inputs), tuple(outputs)


def _mappings(node: etree._Element) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    found: dict[str, list[tuple[str, str]]] = {"in": [], "out": []}
    for direction, rows in found.items():
        for mapping in _extensions(node, direction):
            if mapping.get("variables") == "all":
                rows.append(("*", "*"))
            elif mapping.get("target"):
                rows.append((mapping.get("target", ""), mapping.get("source") or unwrap(mapping.get("sourceExpression", ""))))
    return tuple(found["in"]), tuple(found["out"])


def _multi(node: etree._Element) -> MultiInstance | None:
    loop = child(node, "standardLoopCharacteristics")
    if loop is not None:
        maximum = loop.get("loopMaximum", "")
        return MultiInstance(
            loop=True,
            loop_condition=unwrap(text_of(child(loop, "loopCondition"))),
            loop_maximum=int(maximum) if maximum.isdecimal() else 0,
            test_before=loop.get("testBefore") == "true",
        )
    multi = child(node, "multiInstanceLoopCharacteristics")
    if multi is None:
        return None
    return MultiInstance(
        sequential=multi.get("isSequential") == "true",
        collection=unwrap(multi.get(f"{CAMUNDA}collection", "")),
        element_variable=multi.get(f"{CAMUNDA}elementVariable", ""),
        cardinality=unwrap(text_of(child(multi, "loopCardinality"))),
        completion_condition=unwrap(text_of(child(multi, "completionCondition"))),
    )
