"""What may follow what: the states of a case, a task, a message, an effect. Nothing else."""

from __future__ import annotations

CASE = {"active": {"completed", "cancelled"}, "completed": set[str](), "cancelled": set[str]()}
TASK = {"open": {"completed", "cancelled"}, "completed": set[str](), "cancelled": set[str]()}
MESSAGE = {
    "pending": {"delivered", "parked", "failed"},
    "parked": {"pending", "delivered"},
    "failed": {"pending"},
    "delivered": set[str](),
}
EFFECT = {"pending": {"done", "failed"}, "failed": {"pending"}, "done": set[str]()}


def may_follow(table: dict[str, set[str]], before: str, after: str) -> bool:
    """Whether the table allows the change."""
    return after in table[before]
