"""Random block-structured diagrams: sequences of tasks, exclusive, parallel and inclusive blocks and sub-processes, nested."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from typing import Any

from tests.factories.bpmn import chain, end, flow, gateway, process, start, sub, user

PLAIN = ("task", "task", "exclusive", "parallel")
MIXED = (*PLAIN, "inclusive", "inclusive", "sub")
Tree = tuple[str, Any]


@dataclass
class Drawing:
    """Grows from left to right; every block has one way in and one way out."""

    rng: random.Random
    kinds: tuple[str, ...]
    parts: list[str] = field(default_factory=list)
    count: int = 0

    def name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def block(self, depth: int) -> tuple[str, str, Tree]:
        """(first, last) element of a new block, and what it means."""
        kind = self.rng.choice(self.kinds) if depth else "task"
        if kind == "task":
            id_ = self.name("t")
            self.parts.append(user(id_))
            return id_, id_, ("task", id_)
        return self._box(depth) if kind == "sub" else self._split(kind, depth)

    def _box(self, depth: int) -> tuple[str, str, Tree]:
        """A sub-process means what is in it."""
        around, self.parts, box = self.parts, [], self.name("b")
        first, last, tree = self.sequence(depth - 1)
        inside = (start(f"{box}_in"), *self.parts, end(f"{box}_out"), chain(f"{box}_in", first), chain(last, f"{box}_out"))
        self.parts = [*around, sub(box, *inside)]
        return box, box, tree

    def _split(self, kind: str, depth: int) -> tuple[str, str, Tree]:
        split, join = self.name("s"), self.name("j")
        branches = [self.sequence(depth - 1) for _ in range(self.rng.randint(2, 3))]
        flows = [f"{split}_to_{first}" for first, _last, _tree in branches]
        meant: list[tuple[str, Tree]] = []
        self.parts += [gateway(kind, split, "" if kind == "parallel" else flows[-1]), gateway(kind, join)]
        for (first, last, tree), flow_id in zip(branches, flows, strict=True):
            condition = "" if kind == "parallel" or flow_id == flows[-1] else self.rng.choice(("true", "false"))
            self.parts += [flow(split, first, condition, flow_id), flow(last, join)]
            meant.append((condition, tree))
        return split, join, (kind, meant)

    def sequence(self, depth: int) -> tuple[str, str, Tree]:
        blocks = [self.block(depth) for _ in range(self.rng.randint(1, 2))]
        for left, right in itertools.pairwise(blocks):
            self.parts.append(flow(left[1], right[0]))
        return blocks[0][0], blocks[-1][1], ("sequence", [block[2] for block in blocks])


def draw(seed: int, depth: int = 3, kinds: tuple[str, ...] = PLAIN) -> tuple[bytes, Tree]:
    """(BPMN file, what it means) of a seed."""
    drawing = Drawing(random.Random(seed), kinds)
    first, last, tree = drawing.sequence(depth)
    drawing.parts += [start(), end(), flow("begun", first), flow(last, "done")]
    return process(*drawing.parts), tree


class Oracle:
    """Plays a tree by what the blocks mean; knows no token, no gateway and no join."""

    def __init__(self, tree: Tree) -> None:
        kind, content = tree
        self.kind, self.rest = kind, content
        self.parts: list[Oracle] = []
        if kind == "sequence":
            self.rest = list(content)
            self._next()
        elif kind != "task":
            true = [tree for condition, tree in content if condition == "true"]
            default = [content[-1][1]]
            chosen = [tree for _c, tree in content] if kind == "parallel" else (true or default)
            self.parts = [Oracle(tree) for tree in (chosen[:1] if kind == "exclusive" else chosen)]

    def _next(self) -> None:
        while self.rest and all(not part.ready() for part in self.parts):
            self.parts = [Oracle(self.rest.pop(0))]

    def ready(self) -> list[str]:
        if self.kind == "task":
            return [self.rest] if self.rest else []
        return sorted(task for part in self.parts for task in part.ready())

    def complete(self, task: str) -> None:
        if self.kind == "task":
            self.rest = ""
            return
        next(part for part in self.parts if task in part.ready()).complete(task)
        if self.kind == "sequence":
            self._next()
