"""row-level security: what a page's transaction sees of cases; indexes by which it is known in which cases somebody takes part.

It binds no owner and no superuser. The statements stand here as they were when this was written.
"""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

STATEMENTS = [
    r'''
CREATE OR REPLACE FUNCTION jinshui_sees_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('jinshui.sight', true), '') = '*' $$
''',
    r'''
CREATE OR REPLACE FUNCTION jinshui_sight() RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN coalesce(current_setting('jinshui.sight', true), '') IN ('', '*') THEN NULL ELSE current_setting('jinshui.sight', true)::jsonb END $$
''',
    r'''
CREATE OR REPLACE FUNCTION jinshui_own(which text) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(array_agg(value), '{}') FROM jsonb_array_elements_text(jinshui_sight() -> which) $$
''',
    r'''
CREATE OR REPLACE FUNCTION jinshui_lent(which text) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(array_agg(word), '{}') FROM jsonb_array_elements(jinshui_sight() -> 'lent') l(one), jsonb_array_elements_text(one -> which) w(word) $$
''',
    r'''
CREATE OR REPLACE FUNCTION jinshui_covers(one jsonb, process text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT jsonb_array_length(one -> 'processes') = 0 OR one -> 'processes' ? process $$
''',
    r'''
CREATE OR REPLACE FUNCTION jinshui_lent_sees(scope text, process text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT EXISTS (SELECT FROM jsonb_array_elements(jinshui_sight() -> 'lent') l(one), jsonb_array_elements_text(one -> 'scopes') p(path)
   WHERE jinshui_covers(one, process) AND starts_with(scope, path)) $$
''',
    r'''
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
''',
    r'''
CREATE OR REPLACE FUNCTION jinshui_offices_from(path text, most integer) RETURNS SETOF varchar LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
  WITH RECURSIVE p(scope) AS (
    SELECT min(x.scope) FROM instance x WHERE x.scope >= path
    UNION ALL SELECT (SELECT min(x.scope) FROM instance x WHERE x.scope > p.scope) FROM p WHERE p.scope IS NOT NULL)
  SELECT scope FROM p WHERE scope IS NOT NULL LIMIT most
$$
''',
    r'''
CREATE OR REPLACE FUNCTION jinshui_matters() RETURNS SETOF varchar LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ BEGIN RETURN QUERY
  WITH own AS MATERIALIZED (SELECT o.id, o.scope FROM office o WHERE o.scope ^@ ANY (jinshui_own('scopes'))),
  lent AS MATERIALIZED (SELECT o.scope FROM office o WHERE o.scope ^@ ANY (jinshui_lent('scopes'))),
  taken AS MATERIALIZED (SELECT t.id FROM jinshui_taken() t(id)),
  named AS MATERIALIZED (SELECT n.id FROM unnest(jinshui_own('named')) n(id))
  SELECT d.id FROM own JOIN delegation d ON d.from_scope = own.scope
  UNION ALL SELECT d.id FROM own JOIN delegation d ON d.to_office_id = own.id AND d.sent_on IS NOT NULL
  UNION ALL SELECT r.delegation_id FROM own JOIN delegation_receipt r ON r.scope = own.scope
  UNION ALL SELECT d.id FROM taken JOIN delegation d ON d.case_id = taken.id
  UNION ALL SELECT r.delegation_id FROM taken JOIN delegation_receipt r ON r.case_id = taken.id
  UNION ALL SELECT d.id FROM lent JOIN delegation d ON d.from_scope = lent.scope JOIN instance i ON i.id = d.case_id AND jinshui_lent_sees(i.scope, i.process_id)
  UNION ALL SELECT r.delegation_id FROM lent JOIN delegation_receipt r ON r.scope = lent.scope JOIN instance i ON i.id = r.case_id AND jinshui_lent_sees(i.scope, i.process_id)
  UNION ALL SELECT d.id FROM named JOIN delegation d ON d.id = named.id
  UNION ALL SELECT r.delegation_id FROM named JOIN delegation_receipt r ON r.id = named.id;
END $$
''',
    'ALTER TABLE "archive_entry" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "archive_entry"',
    'CREATE POLICY sight ON "archive_entry" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM delegation d WHERE d.id = subject_id) OR EXISTS (SELECT FROM delegation_receipt r WHERE r.id = subject_id) END)',
    'ALTER TABLE "attachment" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "attachment"',
    'CREATE POLICY sight ON "attachment" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM instance i WHERE i.id = instance_id) END)',
    'ALTER TABLE "case_party" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "case_party"',
    'CREATE POLICY sight ON "case_party" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM instance i WHERE i.id = instance_id) END)',
    'ALTER TABLE "case_tally" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "case_tally"',
    'CREATE POLICY sight ON "case_tally" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE scope ^@ ANY ((SELECT jinshui_own(\'scopes\'))::text[]) OR ((SELECT cardinality(jinshui_lent(\'scopes\')) > 0) AND jinshui_lent_sees(scope, process_id)) END)',
    'ALTER TABLE "comment" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "comment"',
    'CREATE POLICY sight ON "comment" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM instance i WHERE i.id = instance_id) END)',
    'ALTER TABLE "deadline" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "deadline"',
    'CREATE POLICY sight ON "deadline" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM instance i WHERE i.id = subject_id) END)',
    'ALTER TABLE "deadline_event" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "deadline_event"',
    'CREATE POLICY sight ON "deadline_event" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM deadline d WHERE d.id = deadline_id) END)',
    'ALTER TABLE "delegation" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "delegation"',
    'CREATE POLICY sight ON "delegation" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE CASE WHEN from_scope ^@ ANY ((SELECT jinshui_own(\'scopes\'))::text[]) THEN true ELSE id IN (SELECT jinshui_matters()) END END)',
    'ALTER TABLE "delegation_receipt" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "delegation_receipt"',
    'CREATE POLICY sight ON "delegation_receipt" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE CASE WHEN scope ^@ ANY ((SELECT jinshui_own(\'scopes\'))::text[]) THEN true ELSE delegation_id IN (SELECT jinshui_matters()) END END)',
    'ALTER TABLE "delegation_signature" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "delegation_signature"',
    'CREATE POLICY sight ON "delegation_signature" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM delegation d WHERE d.id = subject_id) OR EXISTS (SELECT FROM delegation_receipt r WHERE r.id = subject_id) END)',
    'ALTER TABLE "history" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "history"',
    'CREATE POLICY sight ON "history" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM instance i WHERE i.id = instance_id) END)',
    'ALTER TABLE "immediate_report" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "immediate_report"',
    'CREATE POLICY sight ON "immediate_report" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE scope ^@ ANY ((SELECT jinshui_own(\'scopes\'))::text[]) END)',
    'ALTER TABLE "import_batch" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "import_batch"',
    'CREATE POLICY sight ON "import_batch" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE scope ^@ ANY ((SELECT jinshui_own(\'scopes\'))::text[]) END)',
    'ALTER TABLE "import_fault" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "import_fault"',
    'CREATE POLICY sight ON "import_fault" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM import_batch b WHERE b.id = batch_id) END)',
    'ALTER TABLE "import_row" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "import_row"',
    'CREATE POLICY sight ON "import_row" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM import_batch b WHERE b.id = batch_id) END)',
    'ALTER TABLE "incident" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "incident"',
    'CREATE POLICY sight ON "incident" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM instance i WHERE i.id = instance_id) END)',
    'ALTER TABLE "inspection_transfer" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "inspection_transfer"',
    'CREATE POLICY sight ON "inspection_transfer" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM delegation d WHERE d.id = subject_id) OR EXISTS (SELECT FROM delegation_receipt r WHERE r.id = subject_id) END)',
    'ALTER TABLE "instance" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "instance"',
    'CREATE POLICY sight ON "instance" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE CASE WHEN scope ^@ ANY ((SELECT jinshui_own(\'scopes\'))::text[]) THEN true  WHEN (SELECT cardinality(jinshui_lent(\'scopes\')) > 0) AND jinshui_lent_sees(scope, process_id) THEN true ELSE id IN (SELECT jinshui_taken()) END END)',
    'ALTER TABLE "invoice_face" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "invoice_face"',
    'CREATE POLICY sight ON "invoice_face" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE CASE WHEN scope ^@ ANY ((SELECT jinshui_own(\'scopes\'))::text[]) THEN true ELSE delegation_id IN (SELECT jinshui_matters()) END END)',
    'ALTER TABLE "message" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "message"',
    'CREATE POLICY sight ON "message" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM instance i WHERE i.id = sender_id) OR EXISTS (SELECT FROM instance i WHERE i.id = receiver_id) END)',
    'ALTER TABLE "notice" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "notice"',
    'CREATE POLICY sight ON "notice" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE post_id = ANY ((SELECT jinshui_own(\'posts\'))::text[]) END)',
    'ALTER TABLE "notice_choice" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "notice_choice"',
    'CREATE POLICY sight ON "notice_choice" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE person_id = (SELECT jinshui_sight() ->> \'person\') END)',
    'ALTER TABLE "outbox" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "outbox"',
    'CREATE POLICY sight ON "outbox" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM instance i WHERE i.id = instance_id) END)',
    'ALTER TABLE "paper" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "paper"',
    'CREATE POLICY sight ON "paper" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM instance i WHERE i.id = subject_id) OR EXISTS (SELECT FROM paper_delivery d WHERE d.paper_id = id) END)',
    'ALTER TABLE "paper_delivery" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "paper_delivery"',
    'CREATE POLICY sight ON "paper_delivery" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM instance i WHERE i.id = subject_id) END)',
    'ALTER TABLE "person_tally" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "person_tally"',
    'CREATE POLICY sight ON "person_tally" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE scope ^@ ANY ((SELECT jinshui_own(\'scopes\'))::text[]) OR ((SELECT cardinality(jinshui_lent(\'scopes\')) > 0) AND jinshui_lent_sees(scope, process_id)) END)',
    'ALTER TABLE "receipt_extension" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "receipt_extension"',
    'CREATE POLICY sight ON "receipt_extension" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM delegation_receipt r WHERE r.id = receipt_id) END)',
    'ALTER TABLE "receipt_finding" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "receipt_finding"',
    'CREATE POLICY sight ON "receipt_finding" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE delegation_id IN (SELECT jinshui_matters()) END)',
    'ALTER TABLE "receipt_invoice" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "receipt_invoice"',
    'CREATE POLICY sight ON "receipt_invoice" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM delegation_receipt r WHERE r.id = receipt_id) END)',
    'ALTER TABLE "step_tally" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "step_tally"',
    'CREATE POLICY sight ON "step_tally" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE scope ^@ ANY ((SELECT jinshui_own(\'scopes\'))::text[]) OR ((SELECT cardinality(jinshui_lent(\'scopes\')) > 0) AND jinshui_lent_sees(scope, process_id)) END)',
    'ALTER TABLE "subscription" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "subscription"',
    'CREATE POLICY sight ON "subscription" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM instance i WHERE i.id = instance_id) END)',
    'ALTER TABLE "task" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "task"',
    'CREATE POLICY sight ON "task" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE CASE WHEN scope ^@ ANY ((SELECT jinshui_own(\'scopes\'))::text[]) THEN true WHEN state = \'open\' AND assignee_id = (SELECT jinshui_sight() ->> \'person\') THEN true WHEN (SELECT cardinality(jinshui_lent(\'scopes\')) > 0) AND jinshui_lent_sees(scope, process_id) THEN true ELSE instance_id IN (SELECT jinshui_taken()) END END)',
    'ALTER TABLE "task_party" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "task_party"',
    'CREATE POLICY sight ON "task_party" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM instance i WHERE i.id = instance_id) END)',
    'ALTER TABLE "task_return" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "task_return"',
    'CREATE POLICY sight ON "task_return" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM instance i WHERE i.id = instance_id) END)',
    'ALTER TABLE "timer" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "timer"',
    'CREATE POLICY sight ON "timer" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM instance i WHERE i.id = instance_id) END)',
    'ALTER TABLE "told" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "told"',
    'CREATE POLICY sight ON "told" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE person_id = (SELECT jinshui_sight() ->> \'person\') END)',
    'ALTER TABLE "trail_entry" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "trail_entry"',
    'CREATE POLICY sight ON "trail_entry" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE case_id = \'\' OR EXISTS (SELECT FROM instance i WHERE i.id = case_id) END)',
    'ALTER TABLE "urging" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "urging"',
    'CREATE POLICY sight ON "urging" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM instance i WHERE i.id = subject_id) END)',
    'ALTER TABLE "variable" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "variable"',
    'CREATE POLICY sight ON "variable" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE EXISTS (SELECT FROM instance i WHERE i.id = instance_id) END)',
    'ALTER TABLE "web_returned" ENABLE ROW LEVEL SECURITY',
    'DROP POLICY IF EXISTS sight ON "web_returned"',
    'CREATE POLICY sight ON "web_returned" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE person_id = (SELECT jinshui_sight() ->> \'person\') END)',
]
TABLES = (
    'archive_entry', 'attachment', 'case_party', 'case_tally', 'comment', 'deadline', 'deadline_event', 'delegation', 'delegation_receipt',
    'delegation_signature', 'history', 'immediate_report', 'import_batch', 'import_fault', 'import_row', 'incident', 'inspection_transfer',
    'instance', 'invoice_face', 'message', 'notice', 'notice_choice', 'outbox', 'paper', 'paper_delivery', 'person_tally', 'receipt_extension',
    'receipt_finding', 'receipt_invoice', 'step_tally', 'subscription', 'task', 'task_party', 'task_return', 'timer', 'told', 'trail_entry', 'urging',
    'variable', 'web_returned',
)
FUNCTIONS = (
    'jinshui_matters()', 'jinshui_offices_from(text, integer)', 'jinshui_taken()', 'jinshui_lent_sees(text, text)', 'jinshui_covers(jsonb, text)',
    'jinshui_lent(text)', 'jinshui_own(text)', 'jinshui_sight()', 'jinshui_sees_all()',
)
COMPLETED = "state = 'completed'"
HELD = 'claimable = 0'


def upgrade() -> None:
    for name, table, columns, where in (
        ('ix_task_closed', 'task', ['closed_by', 'instance_id'], COMPLETED), ('ix_candidate_held', 'task_candidate', ['post_id', 'task_id'], HELD),
    ):
        op.create_index(name, table, columns, unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    if op.get_bind().dialect.name == 'sqlite':
        return
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement.strip().replace('%', '%%'))


def downgrade() -> None:
    if op.get_bind().dialect.name != 'sqlite':
        for table in TABLES:
            op.execute(f'DROP POLICY IF EXISTS sight ON "{table}"')
            op.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
        for function in FUNCTIONS:
            op.execute(f'DROP FUNCTION IF EXISTS {function}')
    op.drop_index('ix_candidate_held', 'task_candidate')
    op.drop_index('ix_task_closed', 'task')
