"""The figures of an office that moves to another place of the tree: its rows are called otherwise, the offices above lose and gain them."""

from __future__ import annotations

from collections.abc import Iterable

from engine.board.counting import ALONE, TABLES, Names
from engine.link import Link


def begin(link: Link) -> None:
    """Nobody counts what lay there until the transaction ends: asked before anything is moved."""
    link.alone(ALONE)


def move(link: Link, old: str, new: str, left: Iterable[str], joined: Iterable[str]) -> None:
    """`left` and `joined`: the offices that were above and are no longer, and those that are now."""
    left, joined = list(left), list(joined)
    for table, keys, figures in TABLES:
        if "beneath" in keys:
            for office in left:
                _take_off(link, table, keys, figures, office, old)
            for office in joined:
                _put_on(link, table, keys, figures, office, old)
        link.run(
            f"UPDATE {table} SET scope = CAST(? AS VARCHAR(255)) || substr(scope, {len(old) + 1}) WHERE substr(scope, 1, ?) = ?", new, len(old), old
        )


def _take_off(link: Link, table: str, keys: Names, figures: Names, office: str, old: str) -> None:
    less = ", ".join(f"{column} = {table}.{column} - m.{column}" for column in figures)
    same = " AND ".join(f"m.{column} = {table}.{column}" for column in keys if column != "scope")
    link.run(f"UPDATE {table} SET {less} FROM {table} m WHERE {table}.scope = ? AND m.scope = ? AND m.beneath = 1 AND {same}", office, old)
    link.run(f"DELETE FROM {table} WHERE scope = ? AND done = 0", office)


def _put_on(link: Link, table: str, keys: Names, figures: Names, office: str, old: str) -> None:
    more = ", ".join(f"{column} = {table}.{column} + excluded.{column}" for column in figures)
    rest = ", ".join(column for column in (*keys, *figures) if column != "scope")
    link.run(
        f"INSERT INTO {table} (scope, {rest}) SELECT CAST(? AS VARCHAR(255)), {rest} FROM {table} WHERE scope = ? AND beneath = 1"
        f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {more}",
        office, old,
    )  # fmt: skip
