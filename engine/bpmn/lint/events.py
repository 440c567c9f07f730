"""Events: what may stand where, and what it needs."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.finding import Finding
from engine.bpmn.lint.deck import Deck, id_of, named
from engine.bpmn.timers import timer_fault
from engine.tokens.model import ACTIVITIES

REFUSED_KINDS = {
    "complexGateway": ("复杂网关", "complex gateway"),
    "adHocSubProcess": ("即席子流程", "ad-hoc sub-process"),
    "transaction": ("事务子流程", "transaction sub-process"),
}
REFUSED_TRIGGERS = {
    "compensation": ("补偿事件", "compensation event"),
    "cancel": ("取消事件", "cancel event"),
    "multiple": ("含有多个定义的事件", "event with several definitions"),
}


def known_kinds(deck: Deck) -> Iterator[Finding]:
    for file, _model, element in deck.elements():
        if element.kind in REFUSED_KINDS:
            zh, en = REFUSED_KINDS[element.kind]
            yield Finding("unsupported", element.id, f"{named(element)}：暂不支持{zh}", f"{en} is not supported", file=file)
        if element.trigger.kind in REFUSED_TRIGGERS:
            zh, en = REFUSED_TRIGGERS[element.trigger.kind]
            yield Finding("unsupported", element.id, f"{named(element)}：暂不支持{zh}", f"{en} is not supported", file=file)


def boundaries_hold(deck: Deck) -> Iterator[Finding]:
    for file, model, element in deck.elements():
        if element.kind != "boundaryEvent":
            continue
        host = model.elements.get(element.attached_to)
        if host is None or host.kind not in ACTIVITIES:
            zh = f"{named(element)} 没有附着在任何活动上"
            yield Finding("boundary-nowhere", element.id, zh, "boundary event is attached to nothing", file=file)
        elif host.parent != element.parent or host.triggered_by_event:
            zh = f"{named(element)} 附着的 {named(host)} 不在同一层，或者是事件子流程"
            yield Finding("boundary-nowhere", element.id, zh, "attached across a border or to an event sub-process", file=file)
        if element.trigger.kind not in {"message", "timer", "error", "escalation", "signal", "conditional"}:
            zh = f"{named(element)}：边界事件不能是 {element.trigger.kind}"
            yield Finding("bad-boundary", element.id, zh, f"boundary event of kind {element.trigger.kind}", file=file)
        if element.trigger.kind == "error" and not element.interrupting:
            yield Finding(
                "bad-boundary", element.id, f"{named(element)}：错误边界事件必须中断", "an error boundary interrupts", file=file
            )


def catches_and_throws(deck: Deck) -> Iterator[Finding]:
    catch, throw = {"message", "timer", "signal", "conditional", "link"}, {"none", "message", "signal", "escalation", "link"}
    end = {"none", "message", "error", "signal", "escalation", "terminate"}
    allowed = {"intermediateCatchEvent": catch, "intermediateThrowEvent": throw, "endEvent": end}
    for file, _model, element in deck.elements():
        kind = element.trigger.kind
        if element.kind in allowed and kind not in allowed[element.kind] and kind not in REFUSED_TRIGGERS:
            yield Finding(
                "bad-event", element.id, f"{named(element)}：这里不能用 {kind} 事件", f"{kind} cannot stand here", file=file
            )
        if kind in {"message", "signal"} and not element.trigger.name:
            yield Finding(
                "no-name",
                element.id,
                f"{named(element)} 没有指明{'消息' if kind == 'message' else '信号'}",
                f"no {kind}",
                file=file,
            )
        if element.kind == "endEvent" and kind == "error" and not element.trigger.name:
            yield Finding("no-name", element.id, f"{named(element)} 没有指明错误代码", "no error code", file=file)
        if element.kind == "receiveTask" and kind != "message":
            yield Finding("no-name", element.id, f"{named(element)} 没有指明消息", "no message", file=file)


def references_exist(deck: Deck) -> Iterator[Finding]:
    for file, source, _model in deck.models():
        root = source.node.getparent()
        declared = {node.get("id", "") for node in root} if root is not None else set()
        for node in source.node.iter("{*}*"):
            for kind in ("message", "signal", "error", "escalation"):
                reference = node.get(f"{kind}Ref")
                if reference and reference not in declared:
                    id_ = id_of(node)
                    zh = f"“{id_}”的 {kind}Ref 指向不存在的 {reference}"
                    yield Finding("dangling-reference", id_, zh, f"{kind}Ref {reference!r} is missing", file=file)


def links_pair(deck: Deck) -> Iterator[Finding]:
    for file, model, element in deck.elements():
        if element.kind == "intermediateThrowEvent" and element.trigger.kind == "link" and len(model.link_targets(element)) != 1:
            zh = f"{named(element)}：链接“{element.trigger.name}”在同一层要有且只有一个接收端"
            yield Finding("bad-link", element.id, zh, "a link needs exactly one catch in its scope", file=file)


def timers_are_known(deck: Deck) -> Iterator[Finding]:
    for file, _model, element in deck.elements():
        if element.trigger.kind == "timer" and (fault := timer_fault(element.trigger.timer_kind, element.trigger.expression)):
            yield Finding("bad-timer", element.id, f"{named(element)}：{fault}", "the timer is not understood", file=file)
