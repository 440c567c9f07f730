"""Every text that is evaluated compiles, and calls only what is there."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.finding import Finding
from engine.bpmn.lint.deck import Deck, id_of
from engine.bpmn.properties import texts_in_feel
from engine.bpmn.timers import is_expression
from engine.feel import OF_A_CASE, FeelSyntaxError, call_faults, compile_expression
from engine.tokens.model import Element, ProcessModel


def scripts_are_feel(deck: Deck) -> Iterator[Finding]:
    for file, source, _model in deck.models():
        for node in source.node.iter("{*}scriptTask", "{*}conditionExpression", "{*}condition"):
            language = node.get("scriptFormat") or node.get("language") or ""
            if language and "feel" not in language.lower():
                id_ = id_of(node)
                yield Finding(
                    "not-feel", id_, f"“{id_}”的语言是 {language[:40]}，只接受 FEEL", "expressions are FEEL only", file=file
                )


def expressions_compile(deck: Deck) -> Iterator[Finding]:
    for file, _source, model in deck.models():
        for id_, text in _texts(model):
            try:
                compile_expression(text)
            except FeelSyntaxError as error:
                yield Finding("bad-expression", id_, f"{id_}：{error.sentence_zh}", f"{id_}: {error.sentence_en}", file=file)


def calls_are_answered(deck: Deck) -> Iterator[Finding]:
    for file, _source, model in deck.models():
        for id_, text in _texts(model):
            try:
                calls = compile_expression(text).calls
            except FeelSyntaxError:  # told by `expressions_compile`
                continue
            for zh, en in call_faults(calls, OF_A_CASE):
                yield Finding("bad-call", id_, f"{id_}：{zh}", f"{id_}: {en}", file=file)


def _texts(model: ProcessModel) -> Iterator[tuple[str, str]]:
    """(process, flow or element, text) of everything that a case evaluates."""
    yield from ((model.process_id, text) for name in ("parties", "offered_to") if (text := model.properties.get(name)))
    for flow in model.flows.values():
        if flow.condition:
            yield flow.id, flow.condition
    for element in model.elements.values():
        yield from ((element.id, text) for text in _expressions(element) if text)


def _expressions(element: Element) -> list[str]:
    multi, trigger = element.multi, element.trigger
    texts = [element.expression if element.kind == "scriptTask" else "", element.assignee, element.due_date]
    texts += [text for _name, text in (*element.inputs, *element.outputs)]
    texts += [text for _name, text in (*element.mapped_in, *element.mapped_out) if text != "*"]
    texts += texts_in_feel(element)
    texts += [group.partition("office:")[2] for group in element.candidates if "@office:" in group]
    if trigger.kind == "conditional" or (trigger.kind == "timer" and is_expression(trigger.timer_kind, trigger.expression)):
        texts.append(trigger.expression)
    if multi:
        texts += [multi.collection, multi.cardinality, multi.completion_condition, multi.loop_condition]
    return texts
