"""`engine/rights.sees` once more, in SQL: which rows of the engine's tables a person's reading transactions are shown (ADR 20).

The two are held together by `tests/contracts/test_row_security.py`, case by case. What is asked once a query stands in a scalar
subquery; the paths of offices decide almost every row, and whether somebody takes part is asked only of the others. What else hangs on a case,
in whichever room, is shown with its case.
"""

from __future__ import annotations

import orjson

from db.row_security import BENEATH_OWN, ME, function, secured
from db.sight import Sight
from engine.people import Actor, Stead


def sight_of(actor: Actor) -> Sight:
    """What a person may see, as the server is told."""
    given = {
        "person": actor.person_id, "party": actor.party, "posts": sorted(actor.post_ids), "scopes": list(actor.scopes),
        "lent": [_lent(stead) for stead in actor.steads],
    }  # fmt: skip
    return Sight(orjson.dumps(given).decode())


def _lent(stead: Stead) -> dict[str, object]:
    return {"person": stead.person_id, "posts": sorted(stead.post_ids), "scopes": list(stead.scopes), "processes": sorted(stead.processes)}


function("""
CREATE OR REPLACE FUNCTION jinshui_lent(which text) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(array_agg(word), '{}') FROM jsonb_array_elements(jinshui_sight() -> 'lent') l(one), jsonb_array_elements_text(one -> which) w(word) $$
""")
function("""
CREATE OR REPLACE FUNCTION jinshui_covers(one jsonb, process text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT jsonb_array_length(one -> 'processes') = 0 OR one -> 'processes' ? process $$
""")
function("""
CREATE OR REPLACE FUNCTION jinshui_lent_sees(scope text, process text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT EXISTS (SELECT FROM jsonb_array_elements(jinshui_sight() -> 'lent') l(one), jsonb_array_elements_text(one -> 'scopes') p(path)
   WHERE jinshui_covers(one, process) AND starts_with(scope, path)) $$
""")
# Under the owner's eyes: whether somebody takes part in a case must not depend on what he sees of its tasks, which depends on that. All of
# them at once, so that a query that reads past many cases of others hashes them and asks nothing of each. In plpgsql, which plans it once a
# connection: to plan these twelve joins anew took 3 to 6 ms of each query of a signer or a party.
function("""
CREATE OR REPLACE FUNCTION jinshui_taken() RETURNS SETOF varchar LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ BEGIN RETURN QUERY
  WITH me AS MATERIALIZED (
    SELECT s ->> 'person' AS person, s ->> 'party' AS party, jinshui_own('posts') AS posts, jinshui_lent('posts') AS lent_posts, s -> 'lent' AS lent
    FROM jinshui_sight() s WHERE s IS NOT NULL),
  lent AS MATERIALIZED (SELECT one, place FROM me, jsonb_array_elements(me.lent) WITH ORDINALITY l(one, place))
  SELECT p.instance_id FROM me JOIN case_party p ON p.party = me.party WHERE me.party <> ''
  UNION ALL SELECT t.instance_id FROM me JOIN task t ON t.assignee_id = me.person AND t.state = 'open'
  UNION ALL SELECT t.instance_id FROM me JOIN task_candidate c ON c.post_id = ANY (me.posts) AND c.claimable = 1 JOIN task t ON t.id = c.task_id AND t.state = 'open'
  UNION ALL SELECT t.instance_id FROM me JOIN task_candidate c ON c.post_id = ANY (me.posts) AND c.claimable = 0 JOIN task t ON t.id = c.task_id AND t.state = 'open'
  UNION ALL SELECT t.instance_id FROM me JOIN task t ON t.closed_by = me.person AND t.state = 'completed' WHERE me.party = ''
  UNION ALL SELECT p.instance_id FROM me JOIN task_party p ON p.person_id = me.person AND p.state NOT IN ('withdrawn', 'waiting')
  UNION ALL SELECT p.instance_id FROM me JOIN task_party p ON p.for_id = me.person AND p.for_id <> '' AND p.state NOT IN ('withdrawn', 'waiting')
  UNION ALL SELECT p.instance_id FROM me JOIN task_party p ON p.post_id = ANY (me.posts) AND p.state = 'open' AND p.person_id IS NULL
  UNION ALL SELECT t.instance_id FROM me JOIN task_candidate c ON c.post_id = ANY (me.lent_posts) JOIN task t ON t.id = c.task_id AND t.state = 'open'
    JOIN lent ON lent.one -> 'posts' ? c.post_id AND jinshui_covers(lent.one, c.process_id)
  UNION ALL SELECT t.instance_id FROM lent JOIN task t ON t.assignee_id = lent.one ->> 'person' AND t.state = 'open' WHERE lent.place = (
    SELECT min(first.place) FROM lent first WHERE jinshui_covers(first.one, t.process_id))
  UNION ALL SELECT p.instance_id FROM lent JOIN task_party p ON p.person_id = lent.one ->> 'person' AND p.state = 'open'
    JOIN task t ON t.id = p.task_id AND jinshui_covers(lent.one, t.process_id)
  UNION ALL SELECT p.instance_id FROM me JOIN task_party p ON p.post_id = ANY (me.lent_posts) AND p.state = 'open' AND p.person_id IS NULL
    JOIN task t ON t.id = p.task_id JOIN lent ON lent.one -> 'posts' ? p.post_id AND jinshui_covers(lent.one, t.process_id);
END $$
""")
# The offices beneath a path that have cases, found by jumping through the index: a comparison of texts is not leakproof, so that under a policy
# it would read every case. It tells paths of offices, which are no secret.
function("""
CREATE OR REPLACE FUNCTION jinshui_offices_from(path text, most integer) RETURNS SETOF varchar LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
  WITH RECURSIVE p(scope) AS (
    SELECT min(x.scope) FROM instance x WHERE x.scope >= path
    UNION ALL SELECT (SELECT min(x.scope) FROM instance x WHERE x.scope > p.scope) FROM p WHERE p.scope IS NOT NULL)
  SELECT scope FROM p WHERE scope IS NOT NULL LIMIT most
$$
""")

_IS_LENT = "(SELECT cardinality(jinshui_lent('scopes')) > 0)"
_OF_CASE = "EXISTS (SELECT FROM instance i WHERE i.id = instance_id)"


def _by_path(case: str, mine: str = "") -> str:
    """By the path of the office, else by taking part. A CASE is asked in this order, and the planner takes it for half of the rows: of an OR of
    paths it believes that it lets through hardly any, and reads whole tables for a page.
    """
    return (
        f"CASE WHEN {BENEATH_OWN.format(column='scope')} THEN true {mine}"
        f" WHEN {_IS_LENT} AND jinshui_lent_sees(scope, process_id) THEN true ELSE {case} IN (SELECT jinshui_taken()) END"
    )


secured("instance", _by_path("id"))
secured("task", _by_path("instance_id", f"WHEN state = 'open' AND assignee_id = {ME} THEN true"))
for _table in ("variable", "history", "comment", "attachment", "incident", "task_party", "task_return", "case_party", "timer", "subscription", "outbox"):
    secured(_table, _OF_CASE)
secured("message", "EXISTS (SELECT FROM instance i WHERE i.id = sender_id) OR EXISTS (SELECT FROM instance i WHERE i.id = receiver_id)")
secured("trail_entry", "case_id = '' OR EXISTS (SELECT FROM instance i WHERE i.id = case_id)")
for _table in ("case_tally", "person_tally", "step_tally"):
    secured(_table, f"{BENEATH_OWN.format(column='scope')} OR ({_IS_LENT} AND jinshui_lent_sees(scope, process_id))")
secured("paper", "EXISTS (SELECT FROM instance i WHERE i.id = subject_id) OR EXISTS (SELECT FROM paper_delivery d WHERE d.paper_id = id)")
secured("paper_delivery", "EXISTS (SELECT FROM instance i WHERE i.id = subject_id)")
for _table in ("deadline", "urging"):
    secured(_table, "EXISTS (SELECT FROM instance i WHERE i.id = subject_id)")
secured("deadline_event", "EXISTS (SELECT FROM deadline d WHERE d.id = deadline_id)")
