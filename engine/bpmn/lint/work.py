"""Tasks, calls and repetition: who does it, by what, how often."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.finding import Finding
from engine.bpmn.lint.deck import Deck, named
from engine.tokens.model import SAME_PERSON

TAKES_INPUTS = frozenset(("serviceTask", "sendTask", "intermediateThrowEvent", "endEvent"))
GIVES_OUTPUTS = frozenset(
    (
        "userTask", "manualTask", "serviceTask", "sendTask", "scriptTask", "businessRuleTask", "receiveTask", "intermediateCatchEvent", "boundaryEvent", "startEvent",
    )
)  # fmt: skip


def people_are_named(deck: Deck) -> Iterator[Finding]:
    for file, _model, element in deck.elements():
        if element.form_key and element.form_key not in deck.forms:
            yield Finding(
                "no-form", element.id, f"{named(element)} 的表单 {element.form_key} 不存在", "form is missing", file=file
            )
        if element.kind not in {"userTask", "manualTask"}:
            continue
        if not element.candidates and not element.assignee:
            yield Finding(
                "no-people", element.id, f"{named(element)} 没有指定办理岗位", "user task without candidates", file=file
            )
        for group in element.candidates:
            if "@" not in group:
                zh = f"{named(element)} 的岗位“{group}”应写成 岗位@机关（如 inspector@own）"
                yield Finding("bad-people", element.id, zh, "expected role@office", file=file)


def returns_are_understood(deck: Deck) -> Iterator[Finding]:
    """`again` has one value, on tasks of people; in a repeated task “the last who did it” would be whoever did another item."""
    for file, _model, element in deck.elements():
        value = element.properties.get("again", "")
        if not value and "again_because" not in element.properties:
            continue
        if value != SAME_PERSON or element.kind not in {"userTask", "manualTask"} or not element.candidates or element.multi:
            zh = f"{named(element)}：again 只能写 {SAME_PERSON}，只用于有岗位、不重复的人工任务"
            en = f"again takes {SAME_PERSON} only, on a task of posts that is not repeated"
            yield Finding("bad-again", element.id, zh, en, file=file)


def work_is_named(deck: Deck) -> Iterator[Finding]:
    for file, _model, element in deck.elements():
        if element.kind == "serviceTask" and not element.topic:
            yield Finding(
                "no-topic", element.id, f"{named(element)} 没有指定处理程序（topic）", "service task without topic", file=file
            )
        if element.kind == "sendTask" and not element.topic and element.trigger.kind != "message":
            yield Finding("no-topic", element.id, f"{named(element)} 没有指定消息", "send task without message", file=file)
        if element.kind == "scriptTask" and not element.expression:
            yield Finding("no-script", element.id, f"{named(element)} 没有脚本", "script task without script", file=file)
        if element.kind == "businessRuleTask":
            if not element.decision_ref:
                yield Finding("no-decision", element.id, f"{named(element)} 没有指定决策", "no decision", file=file)
            elif element.decision_ref not in deck.decisions:
                yield Finding(
                    "no-decision",
                    element.id,
                    f"{named(element)} 的决策 {element.decision_ref} 不存在",
                    "decision missing",
                    file=file,
                )
            elif not element.result_variable and not deck.decisions[element.decision_ref].gives_names(element.decision_ref):
                zh = f"{named(element)} 没有写结果变量，决策的结果会丢失"
                yield Finding("no-result", element.id, zh, "the answer of the decision is stored nowhere", file=file)


def mappings_are_used(deck: Deck) -> Iterator[Finding]:
    for file, _model, element in deck.elements():
        if (element.inputs and element.kind not in TAKES_INPUTS) or (element.outputs and element.kind not in GIVES_OUTPUTS):
            zh = f"{named(element)}：这种环节的输入输出参数不起作用"
            yield Finding("ignored-mapping", element.id, zh, "input or output parameters have no effect here", file=file)


def repeats_are_bounded(deck: Deck) -> Iterator[Finding]:
    for file, _model, element in deck.elements():
        multi = element.multi
        if multi and not multi.loop and not multi.collection and not multi.cardinality:
            yield Finding(
                "bad-multi", element.id, f"{named(element)}：多实例没有集合也没有次数", "neither collection nor count", file=file
            )
        if multi and multi.loop and not multi.loop_condition and not multi.loop_maximum:
            yield Finding(
                "bad-loop", element.id, f"{named(element)}：循环没有条件也没有次数", "neither condition nor maximum", file=file
            )


def calls_do_not_circle(deck: Deck) -> Iterator[Finding]:
    models = {model.process_id: model for _f, _s, model in deck.models()}
    calls = {id_: {e.called_element for e in m.elements.values() if e.kind == "callActivity"} for id_, m in models.items()}
    for file, _model, element in deck.elements():
        if element.kind != "callActivity":
            continue
        if element.called_element not in models:
            zh = f"{named(element)} 调用的流程 {element.called_element or '（空）'} 不在同一个程序里"
            yield Finding("no-called", element.id, zh, "called process is not in this procedure", file=file)
        elif not any(
            e.kind == "startEvent" and e.trigger.kind == "none" for e in models[element.called_element].children.get("", ())
        ):
            zh = f"{named(element)} 调用的流程 {element.called_element} 没有普通开始事件"
            yield Finding("no-called", element.id, zh, "called process has no none start event", file=file)
        todo, seen = [element.called_element], set[str]()
        while todo:
            called = todo.pop()
            if called == _model.process_id:
                yield Finding(
                    "call-circle", element.id, f"{named(element)} 直接或间接调用了自己所在的流程", "calls itself", file=file
                )
                break
            if called not in seen:
                seen.add(called)
                todo.extend(calls.get(called, ()))
