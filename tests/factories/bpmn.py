"""Small diagrams written as Python: `process(user("a"), flow("a", "b"), …)` gives the bytes of a BPMN file."""

from __future__ import annotations

from html import escape
from itertools import pairwise

NS = (
    'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="t"'
)
FEEL = 'xsi:type="tFormalExpression"'


def node(tag: str, id_: str, inside: str = "", **attributes: str) -> str:
    """Any element; `camunda_x` becomes `camunda:x`, a trailing underscore is dropped."""
    text = "".join(f' {k.rstrip("_").replace("camunda_", "camunda:")}="{escape(v)}"' for k, v in attributes.items())
    return f'<{tag} id="{id_}"{text}>{inside}</{tag}>'


def properties(**values: str) -> str:
    """camunda:properties."""
    rows = "".join(f'<camunda:property name="{k}" value="{escape(v)}"/>' for k, v in values.items())
    return f"<extensionElements><camunda:properties>{rows}</camunda:properties></extensionElements>"


def user(id_: str, who: str = "clerk@own", inside: str = "", **attributes: str) -> str:
    return node("userTask", id_, inside, camunda_candidateGroups=who, **attributes)


def service(id_: str, topic: str, inside: str = "") -> str:
    return node("serviceTask", id_, inside, camunda_type="external", camunda_topic=topic)


def script(id_: str, variable: str, text: str) -> str:
    return node("scriptTask", id_, f"<script>{escape(text)}</script>", scriptFormat="feel", camunda_resultVariable=variable)


def start(id_: str = "begun", inside: str = "", **attributes: str) -> str:
    return node("startEvent", id_, inside, **attributes)


def end(id_: str = "done", inside: str = "") -> str:
    return node("endEvent", id_, inside)


def gateway(kind: str, id_: str, default: str = "") -> str:
    return node(f"{kind}Gateway", id_, **({"default_": default} if default else {}))


def boundary(id_: str, host: str, inside: str, *, interrupting: bool = True) -> str:
    return node("boundaryEvent", id_, inside, attachedToRef=host, cancelActivity=str(interrupting).lower())


def timer(text: str, kind: str = "timeDuration") -> str:
    return f"<timerEventDefinition><{kind} {FEEL}>{escape(text)}</{kind}></timerEventDefinition>"


def message(id_: str) -> str:
    """A message of that name, declared beside the process."""
    return node("message", id_, name=id_)


def on_message(name: str) -> str:
    return f'<messageEventDefinition messageRef="{name}"/>'


def signal(id_: str) -> str:
    return node("signal", id_, name=id_)


def on_signal(name: str) -> str:
    return f'<signalEventDefinition signalRef="{name}"/>'


def catch(id_: str, inside: str) -> str:
    return node("intermediateCatchEvent", id_, inside)


def throw(id_: str, inside: str) -> str:
    return node("intermediateThrowEvent", id_, inside)


def send(id_: str, name: str, **named: str) -> str:
    """A send task; `correlation` and `payload` are FEEL."""
    return node("sendTask", id_, properties(**named), messageRef=name)


def receive(id_: str, name: str, **named: str) -> str:
    return node("receiveTask", id_, properties(**named), messageRef=name)


def inputs(**values: str) -> str:
    """camunda:inputOutput with input parameters in FEEL."""
    rows = "".join(f'<camunda:inputParameter name="{k}">{escape(v)}</camunda:inputParameter>' for k, v in values.items())
    return f"<extensionElements><camunda:inputOutput>{rows}</camunda:inputOutput></extensionElements>"


def flow(source: str, target: str, condition: str = "", id_: str = "") -> str:
    inside = f"<conditionExpression {FEEL}>{escape(condition)}</conditionExpression>" if condition else ""
    return node("sequenceFlow", id_ or f"{source}_to_{target}", inside, sourceRef=source, targetRef=target)


def chain(*ids: str) -> str:
    """Flows from each to the next."""
    return "".join(flow(a, b) for a, b in pairwise(ids))


def process(*parts: str, id_: str = "toy", references: str = "", **attributes: str) -> bytes:
    """A file with one executable process; `references` are messages, errors and signals beside it."""
    attributes.setdefault("camunda_candidateStarterGroups", "clerk")
    text = "".join(f' {k.replace("camunda_", "camunda:")}="{v}"' for k, v in attributes.items())
    body = f'{references}<process id="{id_}" name="玩具流程" isExecutable="true"{text}>{"".join(parts)}</process>'
    return f"<definitions {NS}>{body}</definitions>".encode()


# --- events, scopes and repetition -----------------------------------------------------------------------------------------


def error(id_: str) -> str:
    """An error of that code, declared beside the process; `escalation` likewise."""
    return node("error", id_, name=id_, errorCode=id_)


def on_error(code: str = "") -> str:
    return f'<errorEventDefinition errorRef="{code}"/>' if code else "<errorEventDefinition/>"


def escalation(id_: str) -> str:
    return node("escalation", id_, name=id_, escalationCode=id_)


def on_escalation(code: str = "") -> str:
    return f'<escalationEventDefinition escalationRef="{code}"/>' if code else "<escalationEventDefinition/>"


def on_condition(text: str) -> str:
    return f"<conditionalEventDefinition><condition {FEEL}>{escape(text)}</condition></conditionalEventDefinition>"


def on_link(name: str) -> str:
    return f'<linkEventDefinition name="{name}"/>'


TERMINATE = "<terminateEventDefinition/>"


def sub(id_: str, *parts: str, inside: str = "", **attributes: str) -> str:
    """An embedded sub-process; `inside` stands before its parts."""
    return node("subProcess", id_, inside + "".join(parts), **attributes)


def event_sub(id_: str, trigger: str, *parts: str, interrupting: bool = True) -> str:
    """An event sub-process; its start event is `<id>_begun`."""
    begun = start(f"{id_}_begun", trigger, isInterrupting=str(interrupting).lower())
    return sub(id_, begun, *parts, triggeredByEvent="true")


def call(id_: str, process_id: str, *mappings: str) -> str:
    """A call activity; mappings as `passes` and `returns` write them."""
    inside = f"<extensionElements>{''.join(mappings)}</extensionElements>" if mappings else ""
    return node("callActivity", id_, inside, calledElement=process_id)


def passes(source: str, target: str) -> str:
    return f'<camunda:in sourceExpression="{escape(source)}" target="{target}"/>'


def returns(source: str, target: str) -> str:
    return f'<camunda:out sourceExpression="{escape(source)}" target="{target}"/>'


def many(collection: str = "", each: str = "item", count: str = "", until: str = "", *, sequential: bool = False) -> str:
    """Multi-instance over a collection, or a number of times."""
    over = f' camunda:collection="{escape(collection)}" camunda:elementVariable="{each}"' if collection else ""
    inside = f"<loopCardinality {FEEL}>{escape(count)}</loopCardinality>" if count else ""
    inside += f"<completionCondition {FEEL}>{escape(until)}</completionCondition>" if until else ""
    return f'<multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}"{over}>{inside}</multiInstanceLoopCharacteristics>'


def loop(condition: str = "", most: int = 0, *, before: bool = False) -> str:
    """A standard loop."""
    inside = f"<loopCondition {FEEL}>{escape(condition)}</loopCondition>" if condition else ""
    limit = f' loopMaximum="{most}"' if most else ""
    return f'<standardLoopCharacteristics testBefore="{str(before).lower()}"{limit}>{inside}</standardLoopCharacteristics>'


def form(*keys: str, kind: str = "number") -> bytes:
    """A form with one field of that kind per key."""
    rows = ",".join(f'{{"type": "{kind}", "key": "{key}", "label": "{key}"}}' for key in keys)
    return f'{{"id": "f", "type": "default", "components": [{rows}]}}'.encode()
