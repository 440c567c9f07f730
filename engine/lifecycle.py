"""What may follow what: the states of a case, a task, a message, an effect, a timer. Nothing else.

A new row begins in the first state of its table. Every statement of the engine that sets a state names the state before in its WHERE: what
has moved on meanwhile is left alone; one that sets what was found out has it from `becomes`. (A case is written whole by the step that has
locked and read it.) A timer's state is spelt in three columns: it runs while `done_at` is empty, then `outcome` tells.
"""

from __future__ import annotations

Table = dict[str, frozenset[str]]


def _table(**follows: str) -> Table:
    return {state: frozenset(after.split()) for state, after in follows.items()}


CASE = _table(active="completed cancelled", completed="", cancelled="")
TASK = _table(open="completed cancelled", completed="", cancelled="")
MESSAGE = _table(pending="delivered parked unwanted failed", parked="pending", failed="pending", delivered="", unwanted="")
# `held`: pending or failed when a copy of the database was made; after a restore nobody knows whether it was done since (engine/epoch.py).
EFFECT = _table(
    pending="done failed withdrawn held skipped", held="pending skipped withdrawn", failed="pending held skipped withdrawn",
    done="", skipped="", withdrawn="",
)  # fmt: skip
TIMER = _table(running="fired withdrawn skipped stuck", stuck="running skipped withdrawn", fired="", withdrawn="", skipped="")


def becomes(table: Table, before: str, after: str) -> str:
    """The state after, as a statement sets it; raises ValueError where the table does not let it follow the one before.

    What is tried again may stay as it was.
    """
    if after != before and after not in table[before]:
        raise ValueError(f"expected a state that may follow {before}, but got {after}")
    return after
