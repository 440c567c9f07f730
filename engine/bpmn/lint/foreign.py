"""What stands in the XML and would be passed over in silence: unknown elements, attributes and extensions of other engines."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.bpmn.finding import Finding
from engine.bpmn.lint.deck import Deck, id_of
from engine.bpmn.read import CAMUNDA, NODES
from engine.xml import local

# Beside the flow nodes; none of it changes how a case runs.
BESIDE = frozenset(
    (
        "sequenceFlow", "laneSet", "documentation", "extensionElements", "incoming", "outgoing", "textAnnotation", "association", "group", "dataObject",
        "dataObjectReference", "dataStoreReference", "ioSpecification", "dataInputAssociation", "dataOutputAssociation", "property", "auditing",
        "monitoring", "multiInstanceLoopCharacteristics", "standardLoopCharacteristics", "correlationSubscription", "supportedInterfaceRef",
    )
)  # fmt: skip
# (attribute, what it may say) of elements that we would otherwise take for the ordinary kind.
ORDINARY = {
    "instantiate": {"false"},
    "eventGatewayType": {"Exclusive"},
    "isForCompensation": {"false"},
    "startQuantity": {"1"},
    "completionQuantity": {"1"},
    "behavior": {"All"},
}
HALF_READ = frozenset(
    (
        "eventDefinitionRef",
        "loopDataInputRef",
        "loopDataOutputRef",
        "inputDataItem",
        "outputDataItem",
        "complexBehaviorDefinition",
    )
)
UNDERSTOOD = frozenset(
    (
        "candidateGroups", "candidateStarterGroups", "assignee", "formKey", "formRef", "dueDate", "type", "topic", "decisionRef", "resultVariable",
        "collection", "elementVariable", "errorMessageVariable",
    )
)  # fmt: skip
# Of another engine's running, not of the procedure's meaning.
HARMLESS = frozenset(
    (
        "asyncBefore", "asyncAfter", "exclusive", "historyTimeToLive", "isStartableInTasklist", "versionTag", "jobPriority", "taskPriority", "priority",
        "followUpDate", "modelerTemplate", "modelerTemplateVersion", "formRefBinding", "calledElementBinding", "decisionRefBinding", "mapDecisionResult",
        "initiator",
    )
)  # fmt: skip
EXTENSIONS = frozenset(("properties", "inputOutput", "in", "out"))


def nothing_is_overlooked(deck: Deck) -> Iterator[Finding]:
    for file, source, model in deck.models():
        for scope in [source.node, *source.node.iter("{*}subProcess")]:
            for node in scope:
                kind = local(node)
                if kind and kind not in NODES | BESIDE:
                    id_ = node.get("id") or scope.get("id") or model.process_id
                    yield Finding("unknown-element", id_, f"“{id_}”：不认识的元素 {kind}", f"unknown element {kind}", file=file)


def nothing_is_half_read(deck: Deck) -> Iterator[Finding]:
    for file, source, _model in deck.models():
        for node in source.node.iter("{*}*"):
            if _is_camunda(node):
                continue
            if local(node) in HALF_READ:
                yield _unsupported(file, node, local(node))
            for name, allowed in ORDINARY.items():
                if node.get(name, next(iter(allowed))) not in allowed:
                    yield _unsupported(file, node, f"{name}={node.get(name)}")


def camunda_is_understood(deck: Deck) -> Iterator[Finding]:
    for file, source, _model in deck.models():
        for node in source.node.iter("{*}*"):
            if local(node) == "extensionElements":
                for extension in node:
                    if local(extension) and not (_is_camunda(extension) and local(extension) in EXTENSIONS):
                        yield _unsupported(file, node, local(extension))
            elif local(node) in {"inputParameter", "outputParameter"} and any(local(inner) for inner in node):
                yield _unsupported(file, node, f"{local(node)}/{local(node[0])}")
            elif not _is_camunda(node):
                yield from _attributes(file, node)


def _attributes(file: str, node: etree._Element) -> Iterator[Finding]:
    for key, value in node.attrib.items():
        name = str(key).removeprefix(CAMUNDA)
        if name == key or (name in UNDERSTOOD and (name != "type" or value == "external")):
            continue
        if name in HARMLESS:
            id_ = id_of(node)
            yield Finding("ignored", id_, f"“{id_}”的 camunda:{name} 不起作用", f"camunda:{name} has no effect", "warning", file)
        else:
            yield _unsupported(file, node, f"camunda:{name}={str(value)[:40]}")


def _unsupported(file: str, node: etree._Element, what: str) -> Finding:
    id_ = id_of(node)
    return Finding("unsupported", id_, f"“{id_}”：暂不支持 {what}", f"{what} is not supported", file=file)


def _is_camunda(node: etree._Element) -> bool:
    return str(node.tag).startswith(CAMUNDA)
