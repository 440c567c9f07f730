"""What a token may still bring to an inclusive join, found backwards from the join, against walks forwards from every element."""

from __future__ import annotations

import random

from engine.tokens.model import Element, Flow, ProcessModel, Trigger

GRAPHS = 200


def tangle(rng: random.Random) -> ProcessModel:
    """Elements and flows with no order at all: loops, flows to itself, dead ends, boundary events, links, and a second scope."""
    names = [f"e{n}" for n in range(rng.randrange(3, 12))]
    flows = {f"f{n}": Flow(f"f{n}", rng.choice(names), rng.choice(names)) for n in range(rng.randrange(2, 24))}
    elements = {}
    for name in names:
        attached, link = (rng.choice(names) if rng.random() < 0.2 else ""), Trigger("link", "l") if rng.random() < 0.2 else Trigger()
        kind = rng.choice(("intermediateThrowEvent", "intermediateCatchEvent")) if link.kind == "link" else rng.choice(("inclusiveGateway", "userTask"))
        elements[name] = Element(
            name, kind, parent="sub" if rng.random() < 0.1 else "", trigger=link, attached_to=attached,
            incoming=tuple(f for f, flow in flows.items() if flow.target == name), outgoing=tuple(f for f, flow in flows.items() if flow.source == name),
        )  # fmt: skip
    return ProcessModel("tangle", "", elements, flows)


def walked(model: ProcessModel, begin: str, gateway: Element) -> frozenset[str]:
    """Flows into the gateway that a walk from an element meets without passing the gateway."""
    met, todo, seen = set(), [begin], {begin}
    while todo:
        element = model.elements[todo.pop()]
        met |= set(element.outgoing)
        following = [model.flows[flow].target for flow in element.outgoing] + [e.id for e in model.elements.values() if e.attached_to == element.id]
        if element.kind == "intermediateThrowEvent" and element.trigger.kind == "link":
            following += [e.id for e in model.link_targets(element)]
        todo += [name for name in following if name not in seen and name != gateway.id]
        seen |= {*following} - {gateway.id}
    return frozenset(met) & frozenset(gateway.incoming)


def test_backwards_from_a_join_is_found_what_walks_forwards_find() -> None:
    reached = 0
    for seed in range(GRAPHS):
        model = tangle(random.Random(seed))
        joins = [e for e in model.elements.values() if e.kind == "inclusiveGateway" and len(e.incoming) > 1]

        for join in joins:
            beside = [e.id for e in model.elements.values() if e.parent == join.parent and e.id != join.id]
            assert model.join_reach[join.id] == {name: walked(model, name, join) for name in beside}, f"seed {seed}"
            reached += any(model.join_reach[join.id].values())
        assert model.join_reach.keys() == {join.id for join in joins}
    assert reached > GRAPHS / 2
