"""The stretches of indexes of which a list is the merge: post × process, office × process, and what somebody is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from engine.link import Link
from engine.people import Actor, Stead
from engine.rights import in_list


@dataclass(frozen=True)
class Branch:
    """A stretch of an index; `key` are the columns that come before the term."""

    table: str
    id: str
    where: str
    values: tuple[Any, ...]
    process: str = ""


def branches_of(link: Link, actor: Actor, scope: str) -> list[Branch]:
    """Where the tasks of a scope stand, for a person with his posts, his offices and those for whom he deputises."""
    if scope == "mine":
        return [Branch("task", "id", "x.assignee_id = ? AND x.state = 'open'", (actor.person_id,)), *_asked(link, actor)]
    if scope == "claimable":
        where = "x.post_id = ? AND x.claimable = 1 AND x.process_id = ?"
        lent = {post for stead in actor.steads for post in stead.post_ids}
        pairs = _pairs(link, "task_candidate", "post_id", "AND x.claimable = 1", sorted(actor.post_ids | lent))
        pairs = [(post, process) for post, process in pairs if post in actor.post_ids or _is_lent(actor, post, process)]
        return [Branch("task_candidate", "task_id", where, pair, pair[1]) for pair in pairs] + _in_hand(link, actor)
    where = "x.scope = ? AND x.process_id = ?"
    sights = actor.sights
    pairs = _pairs(link, "task_office", "scope", "", outermost(actor.scopes, sights))
    pairs = [(path, process) for path, process in pairs if not sights[path] or process in sights[path]]
    wide = [pair for pair in pairs if not any(pair != o and pair[1] == o[1] and pair[0].startswith(o[0]) for o in pairs)]
    return [Branch("task_office", "task_id", where, pair, pair[1]) for pair in wide]


def _is_lent(actor: Actor, post: str, process: str) -> bool:
    return any(stead.covers(process) and post in stead.post_ids for stead in actor.steads)


def _in_hand(link: Link, actor: Actor) -> list[Branch]:
    """What those have in hand for whom the person deputises: he may go on with it where he could have claimed it."""
    absent = {stead.person_id for stead in actor.steads if stead.post_ids}
    found = list[Branch]()
    for person, process in _pairs(link, "task", "assignee_id", "AND x.state = 'open'", sorted(absent)):
        stead = next((one for one in actor.steads if one.person_id == person and one.post_ids and one.covers(process)), None)
        if stead is not None:
            where, values = in_hand_of(stead)
            found.append(Branch("task", "id", f"{where} AND x.process_id = ?", (*values, process), process))
    return found


def in_hand_of(stead: Stead) -> tuple[str, list[Any]]:
    """A condition on the task `x`, and its values; none is among them that the model gives to the absent person alone."""
    posts = sorted(stead.post_ids)
    candidate = f"EXISTS (SELECT 1 FROM task_candidate c WHERE c.task_id = x.id AND c.post_id IN ({Link.places(posts)}))"
    return f"x.assignee_id = ? AND x.state = 'open' AND {candidate}", [stead.person_id, *posts]


def _asked(link: Link, actor: Actor) -> list[Branch]:
    """Where others hold the task and ask this person for something, or one for whom he deputises; none for most people, and then nothing
    more is read.
    """
    lists = [Branch("task_party", "task_id", "x.person_id = ? AND x.state = 'open'", (actor.person_id,))]
    lists += [
        Branch("task_party", "task_id", "x.post_id = ? AND x.person_id IS NULL AND x.state = 'open'", (post,))
        for post in sorted(actor.post_ids)
    ]
    lists += [branch for stead in actor.steads for branch in _asked_of(stead)]
    is_there = ", ".join(f"EXISTS (SELECT 1 FROM task_party x WHERE {branch.where})" for branch in lists)
    row = link.one(f"SELECT {is_there}", *(value for branch in lists for value in branch.values)) or ()
    return [branch for branch, found in zip(lists, row, strict=False) if found]


def _asked_of(stead: Stead) -> list[Branch]:
    """What is asked of somebody absent, or of a post of his."""
    processes = sorted(stead.processes)
    only = f" AND EXISTS (SELECT 1 FROM task p WHERE p.id = x.task_id AND {in_list('p.process_id', processes)})" if processes else ""
    whom = [("x.person_id = ?", stead.person_id), *(("x.post_id = ? AND x.person_id IS NULL", post) for post in sorted(stead.post_ids))]
    return [Branch("task_party", "task_id", f"{condition} AND x.state = 'open'{only}", (value, *processes)) for condition, value in whom]


def _pairs(link: Link, table: str, column: str, also: str, keys: list[str]) -> list[tuple[str, str]]:
    """(key, process) for which there are rows, found by jumping through the index from process to process."""
    if not keys:
        return []
    first = f"(SELECT min(x.process_id) FROM {table} x WHERE x.{column} = g.key {also})"
    following = f"(SELECT min(x.process_id) FROM {table} x WHERE x.{column} = p.key {also} AND x.process_id > p.process)"
    # PostgreSQL does not guess the type of a bare parameter in VALUES.
    given = ", ".join("(CAST(? AS VARCHAR(255)))" for _ in keys)
    rows = link.all(
        f"WITH RECURSIVE g(key) AS (VALUES {given}), p(key, process) AS (SELECT g.key, CAST({first} AS VARCHAR(255)) FROM g"
        f" UNION ALL SELECT p.key, CAST({following} AS VARCHAR(255)) FROM p WHERE p.process IS NOT NULL)"
        " SELECT key, process FROM p WHERE process IS NOT NULL",
        *keys,
    )
    return [(row[0], row[1]) for row in rows]


def outermost(own: tuple[str, ...], seen: Iterable[str]) -> list[str]:
    """The paths that lie beneath none of the actor's own; those that are lent for some processes alone hide nothing."""
    return [s for s in sorted(seen) if not any(s != other and s.startswith(other) for other in own)]
