"""The shape of a diagram: identifiers, sizes, beginnings, and flows that lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.bpmn.finding import Finding
from engine.bpmn.lint.deck import Deck, named
from engine.tokens.model import Element, ProcessModel

NODE_LIMIT = 400
NESTING_LIMIT = 5
NAME_LIMIT = 128  # of the columns that hold ids and names (engine/tables.py); only PostgreSQL refuses what is longer, and at run time
STARTS_ASIDE = frozenset(("message", "timer", "error", "escalation", "signal", "conditional"))
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


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
        shared = sorted((set(model.flows) | {model.process_id}) & set(model.elements))
        for id_ in (*source.repeated, *shared):
            yield Finding("duplicate-id", id_, f"标识 {id_ or '（空）'} 用了不止一次", f"id {id_!r} is used twice", file=file)
        for id_ in (model.process_id, *model.elements):
            if not _ID.fullmatch(id_):
                yield Finding(
                    "bad-id", id_, f"标识“{id_}”应为英文字母、数字和下划线", f"id {id_!r} is not an identifier", file=file
                )


def names_fit(deck: Deck) -> Iterator[Finding]:
    for file, _source, model in deck.models():
        for id_, name in _stored_names(deck, model):
            if len(name) > NAME_LIMIT:
                zh = f"{id_[:NAME_LIMIT]}：名称“{name[:30]}…”有 {len(name)} 个字符，超过上限 {NAME_LIMIT}"
                yield Finding("too-long", id_, zh, f"a name is longer than {NAME_LIMIT} characters: {name[:30]}…", file=file)


def _stored_names(deck: Deck, model: ProcessModel) -> Iterator[tuple[str, str]]:
    """(element, name) of what the database keeps under a name: ids, messages, topics, variables."""
    yield model.process_id, model.process_id
    for element in model.elements.values():
        names = [element.id, element.topic, element.result_variable, element.properties.get("output_collection", ""), element.trigger.message_variable]
        names += [name for name, _text in (*element.inputs, *element.outputs, *element.mapped_in, *element.mapped_out)]
        if element.trigger.kind in {"message", "signal"}:
            names.append(element.trigger.name)
        if element.multi:
            names.append(element.multi.element_variable)
        if element.kind == "businessRuleTask" and not element.result_variable and element.decision_ref in deck.decisions:
            names += [output.name for output in deck.decisions[element.decision_ref].decisions[element.decision_ref].outputs]
        yield from ((element.id, name) for name in names)


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
                zh = f"{named(element)} 嵌套在 {depth} 层子流程里，超过上限 {NESTING_LIMIT}"
                yield Finding("too-deep", element.id, zh, f"nested deeper than {NESTING_LIMIT}", file=file)


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
                    f"连线 {flow.id} 不能连到{named(b)}",
                    "flow leads into a start or boundary event",
                    file=file,
                )
            if a and a.kind == "endEvent":
                yield Finding(
                    "flow-from-end", flow.id, f"连线 {flow.id} 不能从{named(a)}出发", "flow leaves an end event", file=file
                )


def starts(deck: Deck) -> Iterator[Finding]:
    for file, _source, model in deck.models():
        tops = [e for e in model.children.get("", ()) if e.kind == "startEvent"]
        for start in tops:
            if start.trigger.kind not in {"none", "message"}:
                zh = f"{named(start)}：流程的开始事件只能是普通或消息开始"
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
    for file, model, sub in deck.elements():
        if sub.kind != "subProcess" or sub.triggered_by_event:
            continue
        inside = [e for e in model.children.get(sub.id, ()) if e.kind == "startEvent"]
        if any(e.trigger.kind != "none" for e in inside):
            zh = f"{named(sub)}：子流程的开始事件只能是普通开始"
            yield Finding("bad-start", sub.id, zh, "sub-process start must be none", file=file)
        elif not model.entries(sub.id):
            yield Finding("no-start", sub.id, f"{named(sub)} 里面没有开始", "sub-process has no start", file=file)
        elif len(inside) > 1:
            yield Finding("two-starts", sub.id, f"{named(sub)} 里面有多个开始事件", "several start events", file=file)


def event_sub_processes(deck: Deck) -> Iterator[Finding]:
    for file, model, sub in deck.elements():
        if not sub.triggered_by_event:
            continue
        inside = [e for e in model.children.get(sub.id, ()) if e.kind == "startEvent"]
        faults = []
        if len(inside) != 1 or inside[0].trigger.kind not in STARTS_ASIDE:
            faults.append(("要有一个带事件的开始", "needs one event start"))
        elif inside[0].trigger.kind == "error" and not inside[0].interrupting:
            faults.append(("由错误启动时必须中断", "an error event sub-process interrupts"))
        if sub.multi is not None:
            faults.append(("不能设多实例或循环", "cannot repeat"))
        for zh, en in faults:
            yield Finding("bad-event-sub-process", sub.id, f"{named(sub)}：事件子流程{zh}", en, file=file)
        if sub.incoming or sub.outgoing:
            zh = f"{named(sub)}：事件子流程不能有连线"
            yield Finding("flow-at-event-sub-process", sub.id, zh, "has flows", file=file)


def all_is_reached(deck: Deck) -> Iterator[Finding]:
    for file, _source, model in deck.models():
        for element in model.elements.values():
            loose = (
                not element.incoming and element.kind not in {"startEvent", "boundaryEvent"} and not element.triggered_by_event
            )
            if element.kind == "intermediateCatchEvent" and element.trigger.kind == "link":
                loose = not element.incoming and not any(
                    element in model.link_targets(e) for e in model.elements.values() if _throws_link(e)
                )
            elif loose:
                loose = element not in model.entries(element.parent)
            if loose:
                zh = f"{named(element)} 没有连线通到，永远不会执行"
                yield Finding("unreachable", element.id, zh, "never reached", "warning", file)


def _throws_link(element: Element) -> bool:
    return element.kind == "intermediateThrowEvent" and element.trigger.kind == "link"
