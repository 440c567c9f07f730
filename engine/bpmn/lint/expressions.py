"""Every text that is evaluated compiles."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.finding import Finding
from engine.bpmn.lint.deck import Deck, id_of
from engine.feel import FeelSyntaxError, compile_expression
from engine.tokens.model import Element


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
    texts += [element.properties.get(name, "") for name in ("correlation", "payload", "title", "output_element", "again_because")]
    texts += [group.partition("office:")[2] for group in element.candidates if "@office:" in group]
    if element.trigger.kind == "conditional":
        texts.append(element.trigger.expression)
    if multi:
        texts += [multi.collection, multi.cardinality, multi.completion_condition, multi.loop_condition]
    return texts
