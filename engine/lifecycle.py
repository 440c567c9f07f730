"""What may follow what: the states of a case, a task, a message, an effect, a timer. Nothing else.

A new row begins in the first state of its table. Every statement of the engine that sets a state names the state before in
its WHERE, so that the row count tells whether it was so.
"""

from __future__ import annotations

Table = dict[str, frozenset[str]]


def _table(**follows: str) -> Table:
    return {state: frozenset(after.split()) for state, after in follows.items()}


CASE = _table(active="completed cancelled", completed="", cancelled="")
TASK = _table(open="completed cancelled", completed="", cancelled="")
MESSAGE = _table(pending="delivered parked unwanted failed", parked="pending", failed="pending", delivered="", unwanted="")
# `held`: pending when a copy of the database was made; after a restore nobody knows whether it was done since (engine/epoch.py).
EFFECT = _table(
    pending="done failed withdrawn held skipped", held="pending skipped withdrawn", failed="pending skipped withdrawn",
    done="", skipped="", withdrawn="",
)  # fmt: skip
TIMER = _table(running="fired withdrawn stuck", stuck="running withdrawn", fired="", withdrawn="")
