"""Reads the table before a view is called: who is let in, and what anybody else is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.exceptions import Forbidden, NotFound

from web.rights.model import Answer, Row, marks_of
from web.rights.table import ROWS

if TYPE_CHECKING:
    from engine.people import Actor

_READS = frozenset(("HEAD", "OPTIONS"))


class RightsIncomplete(Exception):
    """Expected a row for every address and an address for every row."""


@lru_cache(maxsize=4)
def _by_address(rows: tuple[Row, ...]) -> Mapping[tuple[str, str], tuple[Row, ...]]:
    found: dict[tuple[str, str], tuple[Row, ...]] = {}
    for row in rows:
        key = (row.endpoint, row.method)
        found[key] = (*found.get(key, ()), row)
    return found


def row_of(endpoint: str | None, method: str, values: Mapping[str, object] | None = None) -> Row | None:
    """The row for a call; None where the table has none, and nobody is let in."""
    rows = _by_address(ROWS).get((endpoint or "", "GET" if method in _READS else method), ())
    return next((row for row in rows if row.fits(values)), None)


def require(row: Row | None, actor: Actor) -> None:
    """Raises what the table tells whoever it does not let in; what has no row is not there."""
    if row is None:
        raise NotFound
    if not row.kind.lets_in(marks_of(actor)):
        raise NotFound if row.kind.shut is Answer.GONE else Forbidden


def is_open(endpoint: str, actor: Actor) -> bool:
    """Whether a page is offered to somebody in the bar."""
    row = row_of(endpoint, "GET")
    return row is not None and row.kind.lets_in(marks_of(actor))


def addresses(app: Flask) -> set[tuple[str, str]]:
    """Every (endpoint, method) of an application, without those that the framework answers itself."""
    return {(rule.endpoint, method) for rule in app.url_map.iter_rules() for method in (rule.methods or ()) if method not in _READS}


def check(app: Flask, rows: Iterable[Row] = ROWS) -> None:
    """Raises RightsIncomplete, with all names, unless addresses and rows are the same."""
    there, declared = addresses(app), {(row.endpoint, row.method) for row in rows}
    without = sorted(f"{endpoint} ({method}) has no row" for endpoint, method in there - declared)
    astray = sorted(f"{endpoint} ({method}) is no address" for endpoint, method in declared - there)
    if without or astray:
        raise RightsIncomplete("; ".join([*without, *astray]))
