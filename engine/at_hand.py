"""What somebody has to do in a case: tasks in hand, those beside which he is asked, and those that he may take; for whom he deputises included."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from engine.link import Link
from engine.people import Actor
from engine.rights import in_list, may_claim, seats_of

HELD, ASKED, LENT, FREE = range(4)  # what comes first


def at_hand(link: Link, actor: Actor, cases: Collection[str], *, asked: bool = True) -> dict[str, list[str]]:
    """Of each of these cases, the open tasks that are the actor's to do; what he has in hand first, what nobody has yet last. Those beside which
    he is only asked count if `asked`.
    """
    if not cases:
        return {}
    (seat, seats), (claim, posts) = _seat(actor), may_claim(actor)
    rows = link.all(
        "SELECT t.instance_id, t.id, t.process_id, t.assignee_id,"
        f" CASE WHEN EXISTS (SELECT 1 FROM task_party p WHERE p.task_id = t.id AND p.state = 'open' AND {seat}) THEN 1 ELSE 0 END,"
        f" CASE WHEN EXISTS (SELECT 1 FROM task_candidate c WHERE c.task_id = t.id AND {claim}) THEN 1 ELSE 0 END"
        f" FROM task t WHERE t.state = 'open' AND {in_list('t.instance_id', cases)} ORDER BY t.id",
        *seats, *posts, *cases,
    )  # fmt: skip
    found = defaultdict[str, list[tuple[int, str]]](list)
    for case, task, *row in rows:
        rank = _rank(actor, *row)
        if rank is not None and (asked or rank != ASKED):
            found[case].append((rank, task))
    return {case: [task for _rank, task in sorted(tasks)] for case, tasks in found.items()}


def _rank(actor: Actor, process_id: str, holder: str | None, is_asked: int, may_take: int) -> int | None:
    if holder == actor.person_id:
        return HELD
    if is_asked:
        return ASKED
    stead = actor.stead_in(process_id)
    if holder is not None and stead is not None and stead.person_id == holder:
        return LENT
    return FREE if holder is None and may_take else None


def _seat(actor: Actor) -> tuple[str, list[Any]]:
    """A condition on the seat `p` of a task `t`, and its values: it is the actor's, by whichever way."""
    posts = sorted(actor.post_ids)
    own = f"p.person_id = ?{' OR (p.person_id IS NULL AND ' + in_list('p.post_id', posts) + ')' if posts else ''}"
    lent = [seats_of(stead) for stead in actor.steads]
    conditions, values = [f"({own})", *(condition for condition, _values in lent)], [actor.person_id, *posts]
    return f"({' OR '.join(f'({one})' for one in conditions)})", [*values, *(value for _condition, more in lent for value in more)]
