"""Gateways and the conditions of flows."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.finding import Finding
from engine.bpmn.lint.deck import Deck, named


def exclusive_has_default(deck: Deck) -> Iterator[Finding]:
    for file, model, element in deck.elements():
        if element.kind not in {"exclusiveGateway", "inclusiveGateway"} or len(element.outgoing) < 2:
            continue
        if not element.default_flow:
            zh = f"{named(element)} 没有默认分支，条件都不成立时案件会停住"
            yield Finding("no-default", element.id, zh, "gateway without default flow", file=file)
        for flow_id in element.outgoing:
            if flow_id != element.default_flow and not model.flows[flow_id].condition:
                zh = f"{named(element)} 的分支 {flow_id} 没有条件"
                yield Finding("no-condition", flow_id, zh, "branch without condition", file=file)


def tasks_have_a_way(deck: Deck) -> Iterator[Finding]:
    for file, model, element in deck.elements():
        if element.kind.endswith("Gateway") or not element.outgoing or element.default_flow:
            continue
        if all(model.flows[f].condition for f in element.outgoing):
            zh = f"{named(element)} 的连线都有条件又没有默认分支，条件都不成立时案件会停住"
            yield Finding("no-default", element.id, zh, "only conditional flows and no default", file=file)


def conditions_are_asked(deck: Deck) -> Iterator[Finding]:
    for file, model, element in deck.elements():
        for flow_id in element.outgoing:
            asked = element.kind not in {"parallelGateway", "eventBasedGateway"} and flow_id != element.default_flow
            if model.flows[flow_id].condition and not asked:
                zh = f"连线 {flow_id} 的条件不起作用：{named(element)} 不看这条连线的条件"
                yield Finding("ignored-condition", flow_id, zh, "this condition is never asked", file=file)


def defaults_are_own(deck: Deck) -> Iterator[Finding]:
    for file, _model, element in deck.elements():
        if element.default_flow and element.default_flow not in element.outgoing:
            zh = f"{named(element)} 的默认分支 {element.default_flow} 不是它的连线"
            yield Finding("bad-default", element.id, zh, "default flow is not one of its flows", file=file)


def event_gateways(deck: Deck) -> Iterator[Finding]:
    for file, model, element in deck.elements():
        if element.kind != "eventBasedGateway":
            continue
        for flow_id in element.outgoing:
            target = model.elements.get(model.flows[flow_id].target)
            fits = target is not None and (
                (target.kind == "intermediateCatchEvent" and target.trigger.kind in {"message", "timer", "signal", "conditional"})
                or target.kind == "receiveTask"
            )
            if target is not None and (target.multi or target.id in model.boundaries):
                zh = f"{named(target)} 接在事件网关后面，不能设多实例或边界事件"
                yield Finding("bad-event-gateway", target.id, zh, "repeats or has boundary events", file=file)
            if not fits:
                yield Finding(
                    "bad-event-gateway",
                    element.id,
                    f"{named(element)} 后面只能接等待事件",
                    "must lead to catching events",
                    file=file,
                )
        if len(element.outgoing) < 2:
            yield Finding("bad-event-gateway", element.id, f"{named(element)} 至少要有两个分支", "needs two branches", file=file)
