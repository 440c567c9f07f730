"""Takes a decision: required decisions first, then the table by its hit policy (DMN 1.3, 8.2.8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.dmn.errors import DmnError
from engine.dmn.read import Decision, DecisionFile, Input, Output, Rule
from engine.feel import EvalContext
from engine.feel.values import add, compare, equal


@dataclass(frozen=True)
class Look:
    """How a decision was taken: what its columns of conditions said, which rules fitted, and the answer."""

    values: tuple[Any, ...]
    hits: tuple[Rule, ...]
    answer: Any


def decide(file: DecisionFile, decision_id: str, scope: Mapping[str, Any], *, context: EvalContext | None = None) -> Any:
    """The answer: a value for one output, a dict for several; a list for the policies that collect; None when no rule fits.

    Raises DmnError when the table contradicts itself or an input is outside its allowed values.
    """
    return look(file, decision_id, scope, context=context).answer


def look(file: DecisionFile, decision_id: str, scope: Mapping[str, Any], *, context: EvalContext | None = None) -> Look:
    """As `decide`, with the way to the answer."""
    if decision_id not in file.decisions:
        raise DmnError(f"没有名为 {decision_id} 的决策")
    looks: dict[str, Look] = {}
    for id_ in file.order(decision_id):
        decision = file.decisions[id_]
        known = {file.decisions[r].variable or r: looks[r].answer for r in decision.requires}
        looks[id_] = _take(decision, {**scope, **known}, context)
    return looks[decision_id]


def _take(decision: Decision, scope: Mapping[str, Any], context: EvalContext | None) -> Look:
    if decision.literal is not None:
        return Look((), (), decision.literal.evaluate(scope, context=context))
    values = tuple(column.expression.evaluate(scope, context=context) for column in decision.inputs)
    for column, value in zip(decision.inputs, values, strict=True):
        if not is_allowed(column, value, scope, context):
            shown = "空" if value is None else value
            raise DmnError(f"决策表“{decision.name}”的输入“{column.label}”取值 {shown} 不在允许的范围内")
    hits = hits_of(decision, values, scope, context)
    if not hits and any(column.default is not None for column in decision.outputs):
        return Look(values, (), _plain(decision, _default(decision, scope, context)))
    results = [result_of(decision, rule, scope, context) for rule in hits]
    return Look(values, tuple(hits), _POLICY[decision.policy](decision, hits, results))


def is_allowed(column: Input, value: Any, scope: Mapping[str, Any], context: EvalContext | None = None) -> bool:
    """Whether a value lies in the allowed values of its column; null too only where they let it pass, as `null` or `not(…)` does."""
    return column.values is None or column.values.matches(value, scope, context=context)


def hits_of(decision: Decision, values: Sequence[Any], scope: Mapping[str, Any], context: EvalContext | None = None) -> list[Rule]:
    """The rules that fit what the columns of conditions say; of a table that takes the first, that one."""
    hits = []
    for rule in decision.rules:
        if all(test.matches(value, scope, context=context) for test, value in zip(rule.tests, values, strict=True)):
            hits.append(rule)
            if decision.policy == "FIRST":
                break
    return hits


def _default(decision: Decision, scope: Mapping[str, Any], context: EvalContext | None) -> dict[str, Any]:
    """What the columns say for the case that no rule fits (DMN 1.3, 8.2.11)."""
    return {c.name: c.default.evaluate(scope, context=context) if c.default else None for c in decision.outputs}


def result_of(decision: Decision, rule: Rule, scope: Mapping[str, Any], context: EvalContext | None = None) -> dict[str, Any]:
    """What a rule says, by the names of the columns."""
    return {
        column.name: result.evaluate(scope, context=context)
        for column, result in zip(decision.outputs, rule.results, strict=True)
    }


def _plain(decision: Decision, result: dict[str, Any]) -> Any:
    return result if len(decision.outputs) > 1 else next(iter(result.values()))


def _unique(decision: Decision, hits: list[Rule], results: list[dict[str, Any]]) -> Any:
    if len(hits) > 1:
        raise DmnError(f"决策表“{decision.name}”只许一条规则命中，实际命中 {'、'.join(rule.id for rule in hits)}")
    return _plain(decision, results[0]) if results else None


def _any(decision: Decision, hits: list[Rule], results: list[dict[str, Any]]) -> Any:
    if any(equal(result, results[0]) is not True for result in results[1:]):
        raise DmnError(f"决策表“{decision.name}”命中的规则 {'、'.join(rule.id for rule in hits)} 结果不一致")
    return _plain(decision, results[0]) if results else None


def _first(decision: Decision, _hits: list[Rule], results: list[dict[str, Any]]) -> Any:
    return _plain(decision, results[0]) if results else None


def by_priority(decision: Decision, results: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Results in the order in which the output columns list their values."""
    return sorted(results, key=lambda result: [_rank(decision, column, result[column.name]) for column in decision.outputs])


def _rank(decision: Decision, column: Output, value: Any) -> int:
    for place, listed in enumerate(column.values):
        if equal(listed, value) is True:
            return place
    raise DmnError(f"决策表“{decision.name}”的输出“{column.label}”取值 {value} 不在按优先顺序列出的值里")


def _priority(decision: Decision, hits: list[Rule], results: list[dict[str, Any]]) -> Any:
    return _first(decision, hits, by_priority(decision, results))


def _output_order(decision: Decision, _hits: list[Rule], results: list[dict[str, Any]]) -> Any:
    return [_plain(decision, result) for result in by_priority(decision, results)]


def _rule_order(decision: Decision, _hits: list[Rule], results: list[dict[str, Any]]) -> Any:
    return [_plain(decision, result) for result in results]


def _collect(decision: Decision, hits: list[Rule], results: list[dict[str, Any]]) -> Any:
    values = _rule_order(decision, hits, results)
    if decision.aggregation == "COUNT":
        return Decimal(len(values))
    if not decision.aggregation:
        return values
    if not values:
        return None
    if not all(isinstance(value, Decimal) for value in values):
        raise DmnError(f"决策表“{decision.name}”要对结果求 {decision.aggregation}，但结果不都是数")
    total = values[0]
    for value in values[1:]:
        if decision.aggregation == "SUM":
            total = add(total, value)
        elif compare("<" if decision.aggregation == "MIN" else ">", value, total):
            total = value
    return total


_POLICY: dict[str, Callable[[Decision, list[Rule], list[dict[str, Any]]], Any]] = {
    "UNIQUE": _unique,
    "ANY": _any,
    "FIRST": _first,
    "PRIORITY": _priority,
    "OUTPUT ORDER": _output_order,
    "RULE ORDER": _rule_order,
    "COLLECT": _collect,
}
