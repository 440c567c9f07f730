"""`engine/rights.sees` once more, in SQL: which rows of the engine's tables a person's reading transactions are shown (ADR 20).

The two are held together by `tests/contracts/test_row_security.py`, case by case. What is asked once a query stands in a scalar
subquery; the paths of offices decide almost every row, and whether somebody takes part is asked only of the others.
"""

from __future__ import annotations

import orjson

from db.row_security import function, secured
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
CREATE OR REPLACE FUNCTION jinshui_sees_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('jinshui.sight', true), '') = '*' $$
""")
function("""
CREATE OR REPLACE FUNCTION jinshui_sight() RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN coalesce(current_setting('jinshui.sight', true), '') IN ('', '*') THEN NULL ELSE current_setting('jinshui.sight', true)::jsonb END $$
""")
function("""
CREATE OR REPLACE FUNCTION jinshui_own(which text) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(array_agg(value), '{}') FROM jsonb_array_elements_text(jinshui_sight() -> which) $$
""")
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
# Under the owner's eyes: whether somebody takes part in a case must not depend on what he sees of its tasks, which depends on that.
function("""
CREATE OR REPLACE FUNCTION jinshui_takes_part(wanted text) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
  s jsonb := jinshui_sight();
  me text := s ->> 'person';
  own text[];
BEGIN
  IF s IS NULL THEN
    RETURN false;
  END IF;
  IF s ->> 'party' <> '' AND EXISTS (SELECT FROM case_party WHERE party = s ->> 'party' AND instance_id = wanted) THEN
    RETURN true;
  END IF;
  own := jinshui_own('posts');
  IF EXISTS (SELECT FROM task WHERE instance_id = wanted AND state = 'open' AND assignee_id = me) THEN
    RETURN true;
  END IF;
  IF EXISTS (SELECT FROM task t JOIN task_candidate c ON c.task_id = t.id WHERE t.instance_id = wanted AND t.state = 'open' AND c.post_id = ANY (own)) THEN
    RETURN true;
  END IF;
  IF s ->> 'party' = '' AND EXISTS (SELECT FROM task WHERE instance_id = wanted AND state = 'completed' AND closed_by = me) THEN
    RETURN true;
  END IF;
  IF EXISTS (SELECT FROM task_party WHERE instance_id = wanted AND (person_id = me OR for_id = me) AND state NOT IN ('withdrawn', 'waiting')) THEN
    RETURN true;
  END IF;
  IF EXISTS (SELECT FROM task_party WHERE instance_id = wanted AND state = 'open' AND person_id IS NULL AND post_id = ANY (own)) THEN
    RETURN true;
  END IF;
  IF jsonb_array_length(s -> 'lent') = 0 THEN
    RETURN false;
  END IF;
  RETURN EXISTS (
      SELECT FROM task t JOIN task_candidate c ON c.task_id = t.id, jsonb_array_elements(s -> 'lent') l(one)
      WHERE t.instance_id = wanted AND t.state = 'open' AND one -> 'posts' ? c.post_id AND jinshui_covers(one, c.process_id))
    OR EXISTS (
      SELECT FROM task t WHERE t.instance_id = wanted AND t.state = 'open' AND t.assignee_id = (
        SELECT one ->> 'person' FROM jsonb_array_elements(s -> 'lent') WITH ORDINALITY l(one, place)
        WHERE jinshui_covers(one, t.process_id) ORDER BY place LIMIT 1))
    OR EXISTS (
      SELECT FROM task_party p JOIN task t ON t.id = p.task_id, jsonb_array_elements(s -> 'lent') l(one)
      WHERE p.instance_id = wanted AND p.state = 'open' AND jinshui_covers(one, t.process_id)
        AND (p.person_id = one ->> 'person' OR (p.person_id IS NULL AND one -> 'posts' ? p.post_id)));
END
$$
""")

_OWN_PATH = "scope ^@ ANY ((SELECT jinshui_own('scopes'))::text[])"
_LENT_PATH = "(cardinality((SELECT jinshui_lent('scopes'))) > 0 AND jinshui_lent_sees(scope, process_id))"
_LENT_POST = "post_id = ANY ((SELECT jinshui_lent('posts'))::text[])"
_OF_CASE = "EXISTS (SELECT FROM instance i WHERE i.id = instance_id)"

secured("instance", f"{_OWN_PATH} OR {_LENT_PATH} OR jinshui_takes_part(id)")
secured("task", f"{_OWN_PATH} OR {_LENT_PATH} OR jinshui_takes_part(instance_id)")
secured("task_office", f"{_OWN_PATH} OR {_LENT_PATH}")
secured("task_candidate", f"post_id = ANY ((SELECT jinshui_own('posts'))::text[]) OR {_LENT_POST} OR EXISTS (SELECT FROM task t WHERE t.id = task_id)")
for _table in ("variable", "history", "comment", "attachment", "incident", "task_party", "task_return", "case_party", "timer", "subscription"):
    secured(_table, _OF_CASE)
secured("paper", "EXISTS (SELECT FROM instance i WHERE i.id = subject_id) OR EXISTS (SELECT FROM paper_delivery d WHERE d.paper_id = id)")
secured("paper_delivery", "EXISTS (SELECT FROM instance i WHERE i.id = subject_id)")
for _table in ("deadline", "urging"):
    secured(_table, "EXISTS (SELECT FROM instance i WHERE i.id = subject_id)")
secured("deadline_event", "EXISTS (SELECT FROM deadline d WHERE d.id = deadline_id)")
