"""Whether the decision tables of a folder are whole, and whether its cases (`decisions/cases.yaml`) try every rule and every boundary."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from db.clock import SHANGHAI
from engine.bpmn import GateResult
from engine.dmn import Decision, DecisionFile, DmnError, look, table_faults
from engine.dmn.cells import dimensions, marks_of, shown
from engine.feel import EvalContext, FeelError
from engine.feel.landmarks import Opaque
from engine.feel.values import equal, kind, plain

CASES = "decisions/cases.yaml"
_NEAR = {"number": Decimal("1.000001"), "date": timedelta(days=2)}  # a neighbour lies nearer to its boundary than this: by 1, by a day
_KEYS = {"given", "gives", "on", "note"}


@dataclass(frozen=True)
class Tried:
    """What the cases of a table have tried: rules that were hit, and what the columns of conditions said."""

    rules: set[str]
    values: list[tuple[Any, ...]]


def decision_faults(folder: Path, result: GateResult) -> Iterator[str]:
    """Of every table of a folder: gaps and overlaps, cases that go otherwise, rules and boundaries that no case tries."""
    tables = {id_: file for id_, file in sorted(result.decisions.items()) if file.decisions[id_].rules}
    for id_, file in tables.items():
        yield from map(str, table_faults(file.decisions[id_]))
    listed = folder / CASES
    try:
        cases = yaml.CSafeLoader(listed.read_text("utf-8")).get_single_data() if listed.exists() else {}
    except yaml.YAMLError as error:
        yield f"{CASES} 不是 YAML：{error} / is no YAML"
        return
    if not isinstance(cases, dict) or not all(isinstance(rows, list) for rows in cases.values()):
        yield f"{CASES} 应为每个决策一个列表 / should have a list for each decision"
        return
    for id_ in cases.keys() - result.decisions.keys():
        yield f"{CASES}：没有名为 {id_} 的决策 / there is no decision {id_}"
    for id_, file in sorted(result.decisions.items()):
        tried = Tried(set(), [])
        yield from _play(file, id_, cases.get(id_, []), tried)
        if id_ in tables:
            yield from _untried(file.decisions[id_], tried)


def _play(file: DecisionFile, id_: str, rows: list[Any], tried: Tried) -> Iterator[str]:
    names = _names(file, id_)
    for number, row in enumerate(rows, 1):
        where = f"{CASES} {id_} 第 {number} 例"
        if not isinstance(row, dict) or not {"given", "gives"} <= row.keys() <= _KEYS or not isinstance(row["given"], dict):
            yield f"{where}应有 given 与 gives（另可有 on、note） / needs given and gives (on and note are possible)"
            continue
        if unknown := sorted(row["given"].keys() - names):
            yield f"{where}：决策不用 {'、'.join(unknown)} / the decision does not use {', '.join(unknown)}"
            continue
        try:
            seen = look(file, id_, _plain(row["given"]), context=_context(row.get("on")))
        except (DmnError, FeelError) as error:
            yield f"{where}：{error} / cannot be decided"
            continue
        tried.rules.update(rule.id for rule in seen.hits)
        tried.values.append(seen.values)
        if equal(_plain(row["gives"]), seen.answer) is not True:
            got = _written(seen.answer)
            yield f"{where}应得 {_written(_plain(row['gives']))}，实得 {got} / should give {_written(_plain(row['gives']))} and gives {got}"


def _untried(decision: Decision, tried: Tried) -> Iterator[str]:
    """Rules that no case hits, boundaries that no case has with both their neighbours."""
    for rule in decision.rules:
        if rule.id not in tried.rules:
            yield f"{CASES} {decision.id}：没有一例命中规则 {rule.id} / no case hits rule {rule.id}"
    try:
        spaces = dimensions(decision)
    except Opaque:
        return  # told by `table_faults`
    for space in spaces:
        place = space.columns[0]
        column, values = decision.inputs[place], [seen[place] for seen in tried.values]
        marks = {mark.value for one in space.columns for mark in marks_of(decision, one)}
        for sort, near in _NEAR.items():
            of_sort = sorted(mark for mark in marks if kind(mark) == sort)
            possible = [cell.value for cell in space.cells if kind(cell.value) == sort]
            for wanted in _wanted(of_sort, possible, near):
                if not wanted.met(values):
                    yield f"{CASES} {decision.id}：“{column.label}”没有一例取 {wanted.zh} / no case has {column.expression.text} {wanted.en}"


@dataclass(frozen=True)
class _Wanted:
    """A stretch of values beside a boundary, or the boundary itself (`low` is `high`)."""

    low: Any
    high: Any
    zh: str
    en: str

    def met(self, values: Collection[Any]) -> bool:
        """Whether one of the values lies in it."""
        if self.low == self.high:
            return any(equal(value, self.low) is True for value in values)
        return any(kind(value) == kind(self.low) and self.low < value < self.high for value in values)


def _wanted(marks: list[Any], possible: list[Any], near: Any) -> Iterator[_Wanted]:
    """The boundaries, and beside each what lies near it and before the next one, where the table may be asked it."""
    for mark, before, after in zip(marks, [None, *marks], [*marks[1:], None], strict=False):
        if mark in possible:
            yield _Wanted(mark, mark, shown(mark), shown(mark))
        if any((before is None or before < value) and value < mark for value in possible):
            low = mark - near if before is None else max(before, mark - near)
            yield _Wanted(low, mark, f"比 {shown(mark)} 略小的值", f"just beneath {shown(mark)}")
        if any((after is None or value < after) and mark < value for value in possible):
            high = mark + near if after is None else min(after, mark + near)
            yield _Wanted(mark, high, f"比 {shown(mark)} 略大的值", f"just above {shown(mark)}")


def _names(file: DecisionFile, id_: str) -> set[str]:
    """What a decision and those which it requires read from a case."""
    found: set[str] = set()
    for one in file.order(id_):
        decision = file.decisions[one]
        expressions = [column.expression for column in decision.inputs] + [result for rule in decision.rules for result in rule.results]
        found |= {name for e in [*expressions, *filter(None, [decision.literal])] for name in e.names()}
    return found


def _context(on: Any) -> EvalContext:
    return EvalContext(now=datetime.combine(on, time(12), SHANGHAI)) if isinstance(on, date) else EvalContext()


def _plain(value: Any) -> Any:
    """What YAML read, as FEEL has it."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else plain(value)


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_written(one)}" for key, one in value.items()) + "}"
    return "[" + ", ".join(map(_written, value)) + "]" if isinstance(value, list) else shown(value)
