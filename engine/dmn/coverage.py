"""Whether a table has an answer for everything that it may be asked, and only one: over the whole product of its cells, by the evaluator itself.

Every rule that fits a cell of a column is a bit; the sets of rules that can fit together are followed from column to column, each set once, so
that the work goes by the number of such sets and not by the number of combinations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, islice
from typing import Any

from engine.dmn.cells import Cell, Dimension, dimensions, shown
from engine.dmn.decide import by_priority, result_of
from engine.dmn.errors import DmnError
from engine.dmn.read import Decision, Rule
from engine.feel.landmarks import Opaque, is_constant
from engine.feel.values import equal

GAPS_SHOWN = 10
SETS_LIMIT = 500_000  # of rules that can fit together, after one column
COLLECTING = {"COLLECT", "RULE ORDER", "OUTPUT ORDER"}


@dataclass(frozen=True)
class Fault:
    """What is wrong with a table: `kind` is gap, overlap, contradiction, masked, never or opaque."""

    kind: str
    zh: str
    en: str
    rules: tuple[str, ...] = ()
    example: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"


def table_faults(decision: Decision) -> Iterator[Fault]:
    """Gaps, rules that collide, contradict each other, are masked by others or never hit; and what cannot be analysed."""
    if not decision.outputs or not decision.inputs:
        return
    try:
        yield from _Table(decision).faults()
    except Opaque as error:
        yield Fault("opaque", f"决策表“{decision.name}”（{decision.id}）：{error.zh}", f"table {decision.id}: {error.en}")
    except DmnError as error:
        yield Fault("opaque", f"决策表“{decision.name}”（{decision.id}）：{error}", f"table {decision.id}: its results cannot be compared")


class _Table:
    """A table while it is looked at; `steps` are for each dimension the rules that fit and one cell for each such set of rules."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self.dimensions: list[Dimension] = dimensions(decision)
        self.steps = [[(self._fitting(dimension, cell), cell) for cell in dimension.cells] for dimension in self.dimensions]
        self.all = (1 << len(decision.rules)) - 1

    def _fitting(self, dimension: Dimension, cell: Cell) -> int:
        rules = enumerate(self.decision.rules)
        return sum(1 << n for n, rule in rules if all(rule.tests[place].matches(cell.value, {}) for place in dimension.columns))

    def faults(self) -> Iterator[Fault]:
        """One after another, gaps first."""
        together = self.together()
        if 0 in together and not any(output.default is not None for output in self.decision.outputs):
            yield from self.gaps()
        hit = 0
        for rules in together:
            hit |= rules
        for number, rule in enumerate(self.decision.rules):
            if not hit >> number & 1:
                yield self.fault("never", f"规则 {rule.id} 永远不会命中", f"rule {rule.id} is never hit", [rule])
        policy = self.decision.policy
        if policy == "UNIQUE":
            yield from self.overlaps(together)
        elif policy == "ANY":
            yield from self.contradictions(together)
        elif policy not in COLLECTING:
            yield from self.masked(together, hit)

    def together(self) -> dict[int, tuple[Cell, ...]]:
        """Every set of rules that can fit together, with an example for it."""
        sets: dict[int, tuple[Cell, ...]] = {self.all: ()}
        for step in self.steps:
            following: dict[int, tuple[Cell, ...]] = {}
            for rules, example in sets.items():
                for fitting, cell in step:
                    following.setdefault(rules & fitting, (*example, cell))
            if len(following) > SETS_LIMIT:
                raise Opaque(f"规则的组合超过 {SETS_LIMIT} 种，请拆成几个表", f"more than {SETS_LIMIT} sets of rules: split the table")
            sets = following
        return sets

    def gaps(self) -> Iterator[Fault]:
        """Every stretch of the space for which no rule fits, the first ones with their sentence."""
        found = list(islice(self._gaps(0, self.all, set()), GAPS_SHOWN + 1))
        for stretches in found[:GAPS_SHOWN]:
            example = tuple(cells[0] for cells in stretches)
            parts = [(d, cells) for d, cells in zip(self.dimensions, stretches, strict=True) if len(cells) < len(d.cells)]
            zh = "；".join(f"“{d.label}”为 {'、'.join(cell.zh for cell in cells)}" for d, cells in parts) or "任何输入"
            en = "; ".join(f"{d.text}: {', '.join(cell.en for cell in cells)}" for d, cells in parts) or "any input"
            hint = any(cell.value is None for cells in stretches for cell in cells)
            zh += " 时没有规则命中" + ("（不会为空的输入列，允许取值写 not(null)）" if hint else "")
            yield self.fault("gap", f"有空缺：{zh}", f"has a gap, no rule is hit for {en}", (), example)
        if len(found) > GAPS_SHOWN:
            yield self.fault("gap", f"还有更多空缺（只列出前 {GAPS_SHOWN} 处）", f"has more gaps; the first {GAPS_SHOWN} are listed", (), None)

    def _gaps(self, place: int, rules: int, whole: set[tuple[int, int]]) -> Iterator[list[tuple[Cell, ...]]]:
        """For each dimension the cells; cells that leave the same rules stand together, and what is known to be `whole` is not asked again."""
        if not rules:
            yield [dimension.cells for dimension in self.dimensions[place:]]
            return
        if place == len(self.steps) or (place, rules) in whole:
            return
        grouped: dict[int, list[Cell]] = {}
        for fitting, cell in self.steps[place]:
            grouped.setdefault(rules & fitting, []).append(cell)
        clean = True
        for left, cells in grouped.items():
            for rest in self._gaps(place + 1, left, whole):
                clean = False
                yield [tuple(cells), *rest]
        if clean:
            whole.add((place, rules))

    def overlaps(self, together: Mapping[int, tuple[Cell, ...]]) -> Iterator[Fault]:
        """Every pair of rules that fit the same input."""
        pairs: dict[tuple[int, int], tuple[Cell, ...]] = {}
        for rules, example in together.items():
            for pair in combinations(self._members(rules), 2):
                pairs.setdefault(pair, example)
        for (a, b), example in sorted(pairs.items(), key=lambda pair: pair[0]):
            two = [self.decision.rules[a], self.decision.rules[b]]
            yield self.fault("overlap", f"规则 {two[0].id} 与 {two[1].id} 重叠", f"rules {two[0].id} and {two[1].id} overlap", two, example)

    def contradictions(self, together: Mapping[int, tuple[Cell, ...]]) -> Iterator[Fault]:
        """Every pair of rules that fit the same input and say different things."""
        told: set[tuple[int, int]] = set()
        for rules, example in together.items():
            for pair in combinations(self._members(rules), 2):
                a, b = (self.decision.rules[n] for n in pair)
                if pair in told or self._same(a, b):
                    continue
                told.add(pair)
                yield self.fault("contradiction", f"规则 {a.id} 与 {b.id} 重叠而结果不同", f"rules {a.id} and {b.id} overlap and differ", [a, b], example)

    def masked(self, together: Mapping[int, tuple[Cell, ...]], hit: int) -> Iterator[Fault]:
        """Rules that fit something and never give the answer, since another one always comes before."""
        first = self._first if self.decision.policy == "FIRST" else self._foremost
        answering = {first(rules) for rules in together if rules}
        for number, rule in enumerate(self.decision.rules):
            if hit >> number & 1 and number not in answering:
                zh, en = f"规则 {rule.id} 总被别的规则抢先，不起作用", f"rule {rule.id} is always preceded by another and has no effect"
                example = next(example for rules, example in together.items() if rules >> number & 1)
                yield self.fault("masked", zh, en, [rule], example)

    def _first(self, rules: int) -> int:
        return self._members(rules)[0]

    def _foremost(self, rules: int) -> int:
        members = self._members(rules)
        results = {number: self._result(self.decision.rules[number]) for number in members}
        best = by_priority(self.decision, list(results.values()))[0]
        return next(number for number in members if results[number] is best)

    def _members(self, rules: int) -> list[int]:
        return [number for number in range(len(self.decision.rules)) if rules >> number & 1]

    def _same(self, a: Rule, b: Rule) -> bool:
        differing = [(x, y) for x, y in zip(a.results, b.results, strict=True) if x.text.strip() != y.text.strip()]
        return not differing or equal(self._result(a), self._result(b)) is True

    def _result(self, rule: Rule) -> dict[str, Any]:
        for result in rule.results:
            if not is_constant(result.text):
                zh = f"规则 {rule.id} 的结果 {result.text} 要到办理时才知道，不能与其他规则比较"
                raise Opaque(zh, f"the result {result.text} of rule {rule.id} is known only in a case and cannot be compared")
        return result_of(self.decision, rule, {})

    def fault(self, kind: str, zh: str, en: str, rules: list[Rule] | tuple[()], example: tuple[Cell, ...] | None = ()) -> Fault:
        """With the name of the table and the example, if there is one."""
        given = {d.text: cell.value for d, cell in zip(self.dimensions, example, strict=True)} if example else {}
        written = ", ".join(f"{name} = {shown(value)}" for name, value in given.items())
        name = f"决策表“{self.decision.name}”（{self.decision.id}）"
        return Fault(
            kind, f"{name}{zh}" + (f"，例如 {written}" if written else ""),
            f"table {self.decision.id}: {en}" + (f", e.g. {written}" if written else ""), tuple(rule.id for rule in rules), given,
        )  # fmt: skip
