"""What a model must satisfy: one small function per rule, listed in RULES.

A rule is given everything that was read and yields findings. Errors refuse the model; nothing is accepted that would then run wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.bpmn.finding import Finding
from engine.bpmn.read import Source
from engine.bpmn.timers import timer_fault
from engine.feel import FeelSyntaxError, compile_expression
from engine.tokens.model import ACTIVITIES, Element, ProcessModel

NODE_LIMIT = 400
NESTING_LIMIT = 5
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
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


@dataclass
class Deck:
    """All that is deployed together."""

    sources: list[tuple[str, Source]]  # file, process
    forms: frozenset[str]
    decisions: frozenset[str]

    def models(self) -> Iterator[tuple[str, Source, ProcessModel]]:
        for file, source in self.sources:
            yield file, source, source.model

    def elements(self) -> Iterator[tuple[str, ProcessModel, Element]]:
        for file, _source, model in self.models():
            for element in model.elements.values():
                yield file, model, element


Rule = Callable[[Deck], Iterator[Finding]]


def lint(deck: Deck) -> list[Finding]:
    """Every finding of every rule."""
    return [finding for rule in RULES for finding in rule(deck)]


def executable(deck: Deck) -> Iterator[Finding]:
    if not deck.sources:
        yield Finding("no-process", "", "文件里没有流程", "there is no process in the file")
    seen: set[str] = set()
    for file, source, model in deck.models():
        if not source.executable:
            yield Finding(
                "not-executable",
                model.process_id,
                f"流程 {model.process_id} 没有标为可执行",
                "process is not executable",
                file=file,
            )
        if model.process_id in seen:
            yield Finding(
                "duplicate-process", model.process_id, f"流程标识 {model.process_id} 重复", "process id used twice", file=file
            )
        seen.add(model.process_id)


def unique_ids(deck: Deck) -> Iterator[Finding]:
    for file, source, model in deck.models():
        for id_ in source.repeated:
            yield Finding("duplicate-id", id_, f"标识 {id_ or '（空）'} 用了不止一次", f"id {id_!r} is used twice", file=file)
        for id_ in (model.process_id, *model.elements):
            if not _ID.fullmatch(id_):
                yield Finding(
                    "bad-id", id_, f"标识“{id_}”应为英文字母、数字和下划线", f"id {id_!r} is not an identifier", file=file
                )


def sizes(deck: Deck) -> Iterator[Finding]:
    for file, _source, model in deck.models():
        if len(model.elements) > NODE_LIMIT:
            zh = f"流程 {model.process_id} 有 {len(model.elements)} 个环节，超过上限 {NODE_LIMIT}"
            yield Finding("too-many-nodes", model.process_id, zh, f"more than {NODE_LIMIT} elements", file=file)
        for element in model.elements.values():
            depth, parent = 0, element.parent
            while parent:
                depth, parent = depth + 1, model.elements[parent].parent
            if depth > NESTING_LIMIT:
                zh = f"{_named(element)} 嵌套在 {depth} 层子流程里，超过上限 {NESTING_LIMIT}"
                yield Finding("too-deep", element.id, zh, f"nested deeper than {NESTING_LIMIT}", file=file)


def known_kinds(deck: Deck) -> Iterator[Finding]:
    for file, _model, element in deck.elements():
        if element.kind in REFUSED_KINDS:
            zh, en = REFUSED_KINDS[element.kind]
            yield Finding("unsupported", element.id, f"{_named(element)}：暂不支持{zh}", f"{en} is not supported", file=file)
        if element.trigger.kind in REFUSED_TRIGGERS:
            zh, en = REFUSED_TRIGGERS[element.trigger.kind]
            yield Finding("unsupported", element.id, f"{_named(element)}：暂不支持{zh}", f"{en} is not supported", file=file)


def flows_lead_somewhere(deck: Deck) -> Iterator[Finding]:
    for file, source, model in deck.models():
        for flow_id, end, missing in source.dangling:
            yield Finding(
                "dangling-flow",
                flow_id,
                f"连线 {flow_id} 的 {end} 指向不存在的 {missing or '（空）'}",
                f"{end} {missing!r} is missing",
                file=file,
            )
        for flow in model.flows.values():
            a, b = model.elements.get(flow.source), model.elements.get(flow.target)
            if a and b and a.parent != b.parent:
                yield Finding(
                    "crossing-flow", flow.id, f"连线 {flow.id} 穿过了子流程的边界", "flow crosses a sub-process border", file=file
                )
            if b and b.kind in {"startEvent", "boundaryEvent"}:
                yield Finding(
                    "flow-into-start",
                    flow.id,
                    f"连线 {flow.id} 不能连到{_named(b)}",
                    "flow leads into a start or boundary event",
                    file=file,
                )
            if a and a.kind == "endEvent":
                yield Finding(
                    "flow-from-end", flow.id, f"连线 {flow.id} 不能从{_named(a)}出发", "flow leaves an end event", file=file
                )


def starts(deck: Deck) -> Iterator[Finding]:
    for file, _source, model in deck.models():
        tops = [e for e in model.children.get("", ()) if e.kind == "startEvent"]
        for start in tops:
            if start.trigger.kind not in {"none", "message"}:
                zh = f"{_named(start)}：流程的开始事件只能是普通或消息开始"
                yield Finding("bad-start", start.id, zh, "a process starts by a none or message start event", file=file)
        if not tops:
            yield Finding("no-start", model.process_id, f"流程 {model.process_id} 没有开始事件", "no start event", file=file)
        if sum(start.trigger.kind == "none" for start in tops) > 1:
            yield Finding(
                "two-starts",
                model.process_id,
                f"流程 {model.process_id} 有多个普通开始事件",
                "several none start events",
                file=file,
            )


def inner_starts(deck: Deck) -> Iterator[Finding]:
    for file, _source, model in deck.models():
        for sub in model.elements.values():
            if sub.kind != "subProcess":
                continue
            inside = [e for e in model.children.get(sub.id, ()) if e.kind == "startEvent"]
            if sub.triggered_by_event:
                if len(inside) != 1 or inside[0].trigger.kind not in {
                    "message",
                    "timer",
                    "error",
                    "escalation",
                    "signal",
                    "conditional",
                }:
                    yield Finding(
                        "bad-event-sub-process",
                        sub.id,
                        f"{_named(sub)}：事件子流程要有一个带事件的开始",
                        "needs one event start",
                        file=file,
                    )
                if sub.incoming or sub.outgoing:
                    yield Finding(
                        "flow-at-event-sub-process", sub.id, f"{_named(sub)}：事件子流程不能有连线", "has flows", file=file
                    )
            elif not model.entries(sub.id):
                yield Finding("no-start", sub.id, f"{_named(sub)} 里面没有开始", "sub-process has no start", file=file)
            elif any(e.trigger.kind != "none" for e in inside):
                yield Finding(
                    "bad-start",
                    sub.id,
                    f"{_named(sub)}：子流程的开始事件只能是普通开始",
                    "sub-process start must be none",
                    file=file,
                )


def exclusive_has_default(deck: Deck) -> Iterator[Finding]:
    for file, model, element in deck.elements():
        if element.kind not in {"exclusiveGateway", "inclusiveGateway"} or len(element.outgoing) < 2:
            continue
        if not element.default_flow:
            zh = f"{_named(element)} 没有默认分支，条件都不成立时案件会停住"
            yield Finding("no-default", element.id, zh, "gateway without default flow", file=file)
        for flow_id in element.outgoing:
            if flow_id != element.default_flow and not model.flows[flow_id].condition:
                zh = f"{_named(element)} 的分支 {flow_id} 没有条件"
                yield Finding("no-condition", flow_id, zh, "branch without condition", file=file)


def defaults_are_own(deck: Deck) -> Iterator[Finding]:
    for file, _model, element in deck.elements():
        if element.default_flow and element.default_flow not in element.outgoing:
            zh = f"{_named(element)} 的默认分支 {element.default_flow} 不是它的连线"
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
            if not fits:
                yield Finding(
                    "bad-event-gateway",
                    element.id,
                    f"{_named(element)} 后面只能接等待事件",
                    "must lead to catching events",
                    file=file,
                )
        if len(element.outgoing) < 2:
            yield Finding("bad-event-gateway", element.id, f"{_named(element)} 至少要有两个分支", "needs two branches", file=file)


def boundaries_hold(deck: Deck) -> Iterator[Finding]:
    for file, model, element in deck.elements():
        if element.kind != "boundaryEvent":
            continue
        host = model.elements.get(element.attached_to)
        if host is None or host.kind not in ACTIVITIES:
            zh = f"{_named(element)} 没有附着在任何活动上"
            yield Finding("boundary-nowhere", element.id, zh, "boundary event is attached to nothing", file=file)
        if element.trigger.kind not in {"message", "timer", "error", "escalation", "signal", "conditional"}:
            zh = f"{_named(element)}：边界事件不能是 {element.trigger.kind}"
            yield Finding("bad-boundary", element.id, zh, f"boundary event of kind {element.trigger.kind}", file=file)
        if element.trigger.kind == "error" and not element.interrupting:
            yield Finding(
                "bad-boundary", element.id, f"{_named(element)}：错误边界事件必须中断", "an error boundary interrupts", file=file
            )


def catches_and_throws(deck: Deck) -> Iterator[Finding]:
    catch, throw = {"message", "timer", "signal", "conditional", "link"}, {"none", "message", "signal", "escalation", "link"}
    end = {"none", "message", "error", "signal", "escalation", "terminate"}
    allowed = {"intermediateCatchEvent": catch, "intermediateThrowEvent": throw, "endEvent": end}
    for file, _model, element in deck.elements():
        kind = element.trigger.kind
        if element.kind in allowed and kind not in allowed[element.kind] and kind not in REFUSED_TRIGGERS:
            yield Finding(
                "bad-event", element.id, f"{_named(element)}：这里不能用 {kind} 事件", f"{kind} cannot stand here", file=file
            )
        if kind in {"message", "signal"} and not element.trigger.name:
            yield Finding(
                "no-name",
                element.id,
                f"{_named(element)} 没有指明{'消息' if kind == 'message' else '信号'}",
                f"no {kind}",
                file=file,
            )
        if element.kind in {"receiveTask"} and kind != "message":
            yield Finding("no-name", element.id, f"{_named(element)} 没有指明消息", "no message", file=file)


def links_pair(deck: Deck) -> Iterator[Finding]:
    for file, model, element in deck.elements():
        if element.kind == "intermediateThrowEvent" and element.trigger.kind == "link" and len(model.link_targets(element)) != 1:
            zh = f"{_named(element)}：链接“{element.trigger.name}”在同一层要有且只有一个接收端"
            yield Finding("bad-link", element.id, zh, "a link needs exactly one catch in its scope", file=file)


def people_are_named(deck: Deck) -> Iterator[Finding]:
    for file, _model, element in deck.elements():
        if element.kind != "userTask":
            continue
        if not element.candidates and not element.assignee:
            yield Finding(
                "no-people", element.id, f"{_named(element)} 没有指定办理岗位", "user task without candidates", file=file
            )
        for group in element.candidates:
            if "@" not in group:
                zh = f"{_named(element)} 的岗位“{group}”应写成 岗位@机关（如 inspector@own）"
                yield Finding("bad-people", element.id, zh, "expected role@office", file=file)
        if element.form_key and deck.forms and element.form_key not in deck.forms:
            yield Finding(
                "no-form", element.id, f"{_named(element)} 的表单 {element.form_key} 不存在", "form is missing", file=file
            )


def work_is_named(deck: Deck) -> Iterator[Finding]:
    for file, _model, element in deck.elements():
        if element.kind == "serviceTask" and not element.topic:
            yield Finding(
                "no-topic", element.id, f"{_named(element)} 没有指定处理程序（topic）", "service task without topic", file=file
            )
        if element.kind == "sendTask" and not element.topic and element.trigger.kind != "message":
            yield Finding("no-topic", element.id, f"{_named(element)} 没有指定消息", "send task without message", file=file)
        if element.kind == "scriptTask" and not element.expression:
            yield Finding("no-script", element.id, f"{_named(element)} 没有脚本", "script task without script", file=file)
        if element.kind == "businessRuleTask":
            if not element.decision_ref:
                yield Finding("no-decision", element.id, f"{_named(element)} 没有指定决策", "no decision", file=file)
            elif element.decision_ref not in deck.decisions:
                yield Finding(
                    "no-decision",
                    element.id,
                    f"{_named(element)} 的决策 {element.decision_ref} 不存在",
                    "decision missing",
                    file=file,
                )


def scripts_are_feel(deck: Deck) -> Iterator[Finding]:
    for file, source, _model in deck.models():
        for node in source.node.iter("{*}scriptTask"):
            if (node.get("scriptFormat") or "").lower() not in {"feel", ""}:
                id_ = node.get("id", "")
                zh = f"脚本任务 {id_} 的语言是 {node.get('scriptFormat')}，只接受 FEEL"
                yield Finding("not-feel", id_, zh, "scripts are FEEL only", file=file)


def expressions_compile(deck: Deck) -> Iterator[Finding]:
    for file, _source, model in deck.models():
        texts = [(f.id, f.condition) for f in model.flows.values()]
        for element in model.elements.values():
            texts += [(element.id, text) for text in _expressions(element)]
        for id_, text in texts:
            if not text:
                continue
            try:
                compile_expression(text)
            except FeelSyntaxError as error:
                yield Finding("bad-expression", id_, f"{id_}：{error.sentence_zh}", f"{id_}: {error.sentence_en}", file=file)


def _expressions(element: Element) -> list[str]:
    multi = element.multi
    texts = [element.expression if element.kind == "scriptTask" else "", element.due_date]
    texts += [text for _name, text in (*element.inputs, *element.outputs)]
    texts += [text for _name, text in (*element.mapped_in, *element.mapped_out) if text != "*"]
    texts += [element.properties.get(name, "") for name in ("correlation", "payload", "title", "output_element")]
    texts += [group.partition("office:")[2] for group in element.candidates if "@office:" in group]
    if element.trigger.kind == "conditional":
        texts.append(element.trigger.expression)
    if multi:
        texts += [multi.collection, multi.cardinality, multi.completion_condition, multi.loop_condition]
    return texts


def timers_are_known(deck: Deck) -> Iterator[Finding]:
    for file, _model, element in deck.elements():
        if element.trigger.kind == "timer" and (fault := timer_fault(element.trigger.timer_kind, element.trigger.expression)):
            yield Finding("bad-timer", element.id, f"{_named(element)}：{fault}", "the timer is not understood", file=file)


def repeats_are_bounded(deck: Deck) -> Iterator[Finding]:
    for file, _model, element in deck.elements():
        multi = element.multi
        if multi and not multi.loop and not multi.collection and not multi.cardinality:
            yield Finding(
                "bad-multi", element.id, f"{_named(element)}：多实例没有集合也没有次数", "neither collection nor count", file=file
            )
        if multi and multi.loop and not multi.loop_condition and not multi.loop_maximum:
            yield Finding(
                "bad-loop", element.id, f"{_named(element)}：循环没有条件也没有次数", "neither condition nor maximum", file=file
            )


def calls_do_not_circle(deck: Deck) -> Iterator[Finding]:
    models = {model.process_id: model for _f, _s, model in deck.models()}
    calls = {id_: {e.called_element for e in m.elements.values() if e.kind == "callActivity"} for id_, m in models.items()}
    for file, _model, element in deck.elements():
        if element.kind != "callActivity":
            continue
        if element.called_element not in models:
            zh = f"{_named(element)} 调用的流程 {element.called_element or '（空）'} 不在同一个程序里"
            yield Finding("no-called", element.id, zh, "called process is not in this procedure", file=file)
        todo, seen = [element.called_element], set[str]()
        while todo:
            called = todo.pop()
            if called == _model.process_id:
                yield Finding(
                    "call-circle", element.id, f"{_named(element)} 直接或间接调用了自己所在的流程", "calls itself", file=file
                )
                break
            if called not in seen:
                seen.add(called)
                todo.extend(calls.get(called, ()))


def all_is_reached(deck: Deck) -> Iterator[Finding]:
    for file, _source, model in deck.models():
        for element in model.elements.values():
            loose = (
                not element.incoming and element.kind not in {"startEvent", "boundaryEvent"} and not element.triggered_by_event
            )
            if loose and element not in model.entries(element.parent) and element.trigger.kind != "link":
                zh = f"{_named(element)} 没有连线通到，永远不会执行"
                yield Finding("unreachable", element.id, zh, "never reached", "warning", file)


def splits_are_bounded(deck: Deck) -> Iterator[Finding]:
    """Uncontrolled merges multiply tokens: a bound on tokens per element, counted along the flows that lead forward."""
    for file, _source, model in deck.models():
        counts: dict[str, int] = {}
        for element in model.elements.values():
            if _token_bound(model, element.id, counts, set()) > 256:
                zh = f"{_named(element)} 可能同时收到成百上千个令牌：前面的分支没有用并行网关汇合"
                yield Finding("token-flood", element.id, zh, "unjoined splits multiply tokens here", file=file)
                break


def _token_bound(model: ProcessModel, element_id: str, counts: dict[str, int], path: set[str]) -> int:
    if element_id in counts:
        return counts[element_id]
    if element_id in path or len(path) > NODE_LIMIT:
        return 0
    element = model.elements[element_id]
    arriving = [
        _token_bound(model, model.flows[f].source, counts, path | {element_id})
        for f in element.incoming
        if model.flows[f].source in model.elements
    ]
    if not arriving:
        bound = 1
    elif element.kind in {"parallelGateway", "inclusiveGateway"} and len(arriving) > 1:
        bound = max(arriving)
    else:
        splits_apart = all(model.elements[model.flows[f].source].kind == "exclusiveGateway" for f in element.incoming)
        bound = max(arriving) if splits_apart else _merged(model, element, arriving)
    counts[element_id] = min(bound, 10**9) or 1
    return counts[element_id]


def _merged(model: ProcessModel, element: Element, arriving: list[int]) -> int:
    """Branches of an exclusive split bring one token between them; branches of a real split add up."""
    if element.kind == "exclusiveGateway" and not _splits_before(model, element):
        return max(arriving)
    return sum(arriving) if _splits_before(model, element) else max(arriving)


def _splits_before(model: ProcessModel, element: Element) -> bool:
    todo, seen = [model.flows[f].source for f in element.incoming], set[str]()
    while todo:
        current = todo.pop()
        node = model.elements.get(current)
        if node is None or current in seen:
            continue
        seen.add(current)
        if node.kind not in {"exclusiveGateway", "eventBasedGateway"} and len(node.outgoing) > 1:
            return True
        todo.extend(model.flows[f].source for f in node.incoming)
    return False


def _named(element: Element) -> str:
    return f"“{element.name}”（{element.id}）" if element.name != element.id else f"“{element.id}”"


RULES: tuple[Rule, ...] = (
    executable,
    unique_ids,
    sizes,
    known_kinds,
    flows_lead_somewhere,
    starts,
    inner_starts,
    exclusive_has_default,
    defaults_are_own,
    event_gateways,
    boundaries_hold,
    catches_and_throws,
    links_pair,
    people_are_named,
    work_is_named,
    scripts_are_feel,
    expressions_compile,
    timers_are_known,
    repeats_are_bounded,
    calls_do_not_circle,
    all_is_reached,
    splits_are_bounded,
)
