"""The tables of states, and that the statements of the engine follow them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import lifecycle

ENGINE = Path(lifecycle.__file__).parent
TABLES = {"task": lifecycle.TASK, "message": lifecycle.MESSAGE, "outbox": lifecycle.EFFECT, "task_party": lifecycle.PARTY}
NAMES = {"task": "TASK", "message": "MESSAGE", "outbox": "EFFECT", "task_party": "PARTY"}
UPDATE = re.compile(r"UPDATE (task_party|task|message|outbox|timer) SET (.*?) WHERE (.*)", re.DOTALL)
# What is set where a state changes, and what then must be asked: (SET, WHERE).
SPELT = {
    "timer": (r"\b(done_at|outcome|stuck) = ", r"\bdone_at IS NULL\b"),
}
UNSET = "\u2026"  # stands for what an f-string fills in


def texts(tree: ast.AST) -> Iterator[str]:
    """Every text of a source, f-strings as one."""
    within = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else UNSET for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in within:
            yield node.value


def statements() -> Iterator[tuple[str, str, str, str]]:
    """(file, table, SET, WHERE) of every UPDATE in the engine's sources."""
    for file in sorted(ENGINE.rglob("*.py")):
        for text in texts(ast.parse(file.read_text("utf-8"))):
            if match := UPDATE.match(text):
                yield file.name, *match.groups()  # type: ignore[misc]


CHANGES = [(f, t, s, w) for f, t, s, w in statements() if re.search(SPELT[t][0] if t in SPELT else r"\bstate = ", s)]


def test_there_are_statements_to_look_at() -> None:
    assert {table for _file, table, _set, _where in CHANGES} == {*TABLES, *SPELT}
    assert len(CHANGES) >= 15


@pytest.mark.parametrize(("file", "table", "setting", "where"), CHANGES, ids=lambda text: text[:24])
def test_each_change_of_state_names_the_state_before_and_the_table_allows_it(file: str, table: str, setting: str, where: str) -> None:
    if table in SPELT:
        assert re.search(SPELT[table][1], where), f"{file}: {table} changes whatever it was"
        return
    (after,) = re.findall(r"\bstate = (?:'(\w+)'|\?)", setting)
    listed = re.search(r"\bstate (?:= ('\w+')|IN \(([^)]*)\))", where)

    assert listed, f"{file}: {table} becomes {after or 'something'} whatever it was"
    for before in re.findall(r"'(\w+)'", listed[0] if after else ""):
        assert before == after or after in TABLES[table][before], f"{file}: {table} {before} → {after}"


def calls() -> Iterator[tuple[str, str, str, str, list[ast.expr]]]:
    """(file, table, SET, WHERE, arguments after the statement) of every UPDATE that is executed where it is written."""
    for file in sorted(ENGINE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and (match := UPDATE.match(next(texts(node.args[0]), ""))):
                yield file.name, *match.groups(), node.args[1:]  # type: ignore[misc]


FOUND_OUT = [row for row in calls() if re.search(r"\bstate = \?", row[2])]


def test_no_statement_that_sets_what_was_found_out_is_overlooked() -> None:
    assert len(FOUND_OUT) == len([setting for _f, _t, setting, _w in CHANGES if re.search(r"\bstate = \?", setting)]) >= 3


@pytest.mark.parametrize(("file", "table", "setting", "where", "given"), FOUND_OUT, ids=lambda part: str(part)[:24])
def test_a_state_that_is_found_out_is_one_that_the_table_lets_follow(file: str, table: str, setting: str, where: str, given: list[ast.expr]) -> None:
    """`becomes` looks it up: its table is that of the statement, its state before the one that the statement asks for."""
    place = re.findall(r"\w+ = (\?)?", setting[: setting.index("state = ?")]).count("?")
    listed = re.search(r"\bstate = '(\w+)'", where)

    assert listed, f"{file}: {where}"
    asked = given[place]
    assert isinstance(asked, ast.Call), f"{file}: {ast.unparse(asked)}"
    assert [ast.unparse(asked.func), *map(ast.unparse, asked.args[:2])] == ["becomes", NAMES[table], f"'{listed[1]}'"]


def test_what_the_table_does_not_let_follow_stops_the_step() -> None:
    assert lifecycle.becomes(lifecycle.MESSAGE, "pending", "parked") == "parked"
    assert lifecycle.becomes(lifecycle.EFFECT, "pending", "pending") == "pending"
    for table, before, after in ((lifecycle.MESSAGE, "pending", "started"), (lifecycle.MESSAGE, "delivered", "pending"), (lifecycle.EFFECT, "done", "failed")):
        with pytest.raises(ValueError, match=f"may follow {before}, but got {after}"):
            lifecycle.becomes(table, before, after)


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
