"""The tables of states, and that the statements of the engine follow them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import lifecycle

ENGINE = Path(lifecycle.__file__).parent
TABLES = {"task": lifecycle.TASK, "message": lifecycle.MESSAGE, "outbox": lifecycle.EFFECT}
UPDATE = re.compile(r"UPDATE (task|message|outbox) SET (.*?) WHERE (.*)", re.DOTALL)


def statements() -> Iterator[tuple[str, str, str, str]]:
    """(file, table, SET, WHERE) of every UPDATE in the engine's sources."""
    for file in sorted(ENGINE.glob("*.py")):
        for found in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(found, ast.Constant) and isinstance(found.value, str) and (match := UPDATE.match(found.value)):
                yield file.name, *match.groups()  # type: ignore[misc]


CHANGES = [(f, t, s, w) for f, t, s, w in statements() if re.search(r"\bstate = '", s)]


def test_there_are_statements_to_look_at() -> None:
    assert {table for _file, table, _set, _where in CHANGES} == set(TABLES)


@pytest.mark.parametrize(("file", "table", "setting", "where"), CHANGES, ids=lambda text: text[:24])
def test_each_change_of_state_names_the_state_before_and_the_table_allows_it(file: str, table: str, setting: str, where: str) -> None:
    (after,) = re.findall(r"\bstate = '(\w+)'", setting)
    listed = re.search(r"\bstate (?:= ('\w+')|IN \(([^)]*)\))", where)

    assert listed, f"{file}: {table} becomes {after} whatever it was"
    for before in re.findall(r"'(\w+)'", listed[0]):
        assert before == after or after in TABLES[table][before], f"{file}: {table} {before} → {after}"


@pytest.mark.parametrize("table", [lifecycle.CASE, lifecycle.TASK, lifecycle.MESSAGE, lifecycle.EFFECT, lifecycle.TIMER])
def test_every_state_is_reached_and_an_end_can_be_reached_from_each(table: lifecycle.Table) -> None:
    first = next(iter(table))
    reached, todo = {first}, [first]
    while todo:
        for after in table[todo.pop()] - reached:
            reached.add(after)
            todo.append(after)

    assert reached == set(table)
    assert any(not following for following in table.values())
