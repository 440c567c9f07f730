"""Tasks that several sign, and tasks that may be approved together."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.finding import Finding
from engine.bpmn.lint.deck import Deck, named
from engine.bpmn.properties import OF_PEOPLE
from engine.parties.rules import parse

LENGTH_SHOWN = 60


def countersigns_are_understood(deck: Deck) -> Iterator[Finding]:
    """`countersign` and `signers` stand together, on a task that somebody holds and completes when it is decided."""
    for file, _model, element in deck.elements():
        rule, signers = (element.properties.get(name) for name in ("countersign", "signers"))
        if element.kind not in OF_PEOPLE or (rule is None and signers is None):
            continue
        if rule is None or parse(rule) is None:
            shown = (rule or "")[:LENGTH_SHOWN] or "（空）"
            zh = f"{named(element)} 的 countersign 写的“{shown}”应为 all、sequence、any、majority 或 share:2/3、share:0.6（大于 0、不超过 1）"
            yield Finding("bad-countersign", element.id, zh, "countersign takes all, sequence, any, majority, or share:2/3 or share:0.6 (above 0, at most 1)", file=file)
        if not (signers or "").strip():
            zh = f"{named(element)} 要会签，却没有写会签人（signers）"
            yield Finding("no-signers", element.id, zh, "countersign without signers", file=file)


def batches_have_values(deck: Deck) -> Iterator[Finding]:
    """`batch_values` says what a batch approval enters; without a form there is nothing to enter, and an empty context says so."""
    for file, _model, element in deck.elements():
        if element.kind in OF_PEOPLE and "batch_values" in element.properties and not element.properties["batch_values"].strip():
            zh = f"{named(element)} 的 batch_values 是空的；没有要填的内容时写 {{}}"
            yield Finding("no-batch-values", element.id, zh, "batch_values is empty; write {} where nothing is to be entered", file=file)
