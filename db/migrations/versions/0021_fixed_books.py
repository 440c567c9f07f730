"""sheets of devices on their way up, totals of losses, invoices handed in, major matters and changes of keys are fixed, and evidence; lost devices are shown to whose they were."""

from contextlib import suppress

import sqlalchemy as sa
from alembic import op

from db.chain.members import Unreadable, unpacked
from db.evidence import Evidence
from db.guards import Guard

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

GUARDS = [
    Guard('hand_up_sheet_is_fixed', 'hand_up_sheet', (
        'id', 'number', 'purpose', 'from_office_code', 'from_office_name', 'to_office_code', 'to_office_name', 'count', 'case_id', 'opened_on',
        'opened_by', 'opened_by_name',
    )),
    Guard('hand_up_sheet_is_closed_once', 'hand_up_sheet', ('state', 'closed_on', 'closed_by', 'closed_by_name', 'reason'), '{old}.closed_on IS NOT NULL', False),
    Guard('hand_up_line_is_fixed', 'hand_up_line'),
    Guard('loss_total_is_fixed', 'loss_total', (
        'id', 'office_code', 'office_name', 'month', 'tax_cards', 'ic_cards', 'readers', 'rows', 'case_id', 'made_on', 'made_by', 'made_by_name',
    )),
    Guard('loss_total_is_reported_once', 'loss_total', ('to_office_code', 'reported_on'), '{old}.reported_on IS NOT NULL', False),
    Guard('old_invoice_return_is_fixed', 'old_invoice_return', (
        'id', 'taxpayer_id', 'kind', 'code', 'number_from', 'number_to', 'count', 'spoiled', 'handed_in_on', 'received_by', 'received_by_name', 'case_id',
    )),
    Guard('old_invoice_return_is_cancelled_once', 'old_invoice_return', ('cancelled_on', 'cancelled_by', 'cancelled_by_name'), '{old}.cancelled_on IS NOT NULL', False),
    Guard('major_matter_is_fixed', 'major_matter', (
        'id', 'number', 'side', 'effect', 'title', 'facts', 'measures', 'request', 'found_on', 'reported_on', 'office_name', 'case_id',
    ), '{old}.reported_on IS NOT NULL'),
    Guard('major_matter_is_decided', 'major_matter', ('decision', 'decided_by', 'decided_by_name', 'decided_on'), "{old}.state = 'decided'", False),
    Guard('major_matter_is_closed', 'major_matter', (
        'state', 'level', 'decision', 'decided_by', 'decided_by_name', 'decided_on', 'result', 'closed_on',
    ), "{old}.state IN ('settled', 'not_major')", False),
    Guard('key_change_is_fixed', 'key_change', (
        'id', 'number', 'key', 'serials', 'lost_on', 'reported_on', 'reason', 'office_name', 'superior_name', 'case_id',
    )),
    Guard('key_change_is_decided_once', 'key_change', ('decision', 'prepared_by_name', 'decided_by', 'decided_by_name', 'decided_on'), '{old}.decided_on IS NOT NULL', False),
    Guard('key_change_is_made_once', 'key_change', ('state', 'changed_on', 'changed_by_name', 'witnessed_by_name'), "{old}.state IN ('refused', 'changed')", False),
]  # fmt: skip
EVIDENCE = [
    Evidence('hand_up_sheet', 'hand_up_sheet', 'id', ()),
    Evidence('hand_up_closed', 'hand_up_sheet', 'id', (), set_by='closed_on'),
    Evidence('hand_up_line', 'hand_up_line', 'id', ()),
    Evidence('loss_total', 'loss_total', 'id', ()),
    Evidence('old_invoice_return', 'old_invoice_return', 'id', ()),
    Evidence('major_matter', 'major_matter', 'id', (), set_by='reported_on'),
    Evidence('major_matter_closed', 'major_matter', 'id', (), set_by='closed_on'),
    Evidence('key_change', 'key_change', 'id', ()),
    Evidence('key_decided', 'key_change', 'id', (), set_by='decided_on'),
]
FORMER = {  # the policies of 0020; an enterprise that has lost a device sees it, and its entry, under each of its numbers
    'device': "scope ^@ ANY ((SELECT jinshui_own('scopes') || jinshui_lent('scopes'))::text[]) OR holder_kind || ':' || holder_number = (SELECT jinshui_sight() ->> 'party')",
    'stop_entry': "scope ^@ ANY ((SELECT jinshui_own('scopes') || jinshui_lent('scopes'))::text[]) OR 'enterprise:' || taxpayer_number = (SELECT jinshui_sight() ->> 'party')",
}
POLICIES = {
    'device': FORMER['device'] + " OR (state IN ('lost', 'found') AND held_before_kind || ':' || held_before_number = (SELECT jinshui_sight() ->> 'party'))",
    'stop_entry': FORMER['stop_entry'] + " OR EXISTS (SELECT FROM device d WHERE d.id = device_id AND d.held_before_kind || ':' || d.held_before_number = (SELECT jinshui_sight() ->> 'party'))"
    " OR EXISTS (SELECT FROM taxpayer_limit l JOIN taxpayer t ON t.id = l.taxpayer_id WHERE l.taxpayer_number = stop_entry.taxpayer_number AND 'enterprise:' || t.number = (SELECT jinshui_sight() ->> 'party'))",
}


def _policies(conditions: dict[str, str]) -> list[str]:
    return [
        statement for table, condition in conditions.items() for statement in (
            f'DROP POLICY IF EXISTS sight ON "{table}"', f'CREATE POLICY sight ON "{table}" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE {condition} END)',
        )
    ]  # fmt: skip


STATEMENTS = _policies(POLICIES)
KINDS = sorted(kind.name for kind in EVIDENCE)


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.add_column('hand_up_line', sa.Column('id', sa.String(length=44), nullable=False, server_default=''))
    op.execute("UPDATE hand_up_line SET id = sheet_id || '/' || place")  # never a random one: a line keeps its name through down and up again
    if dialect != 'sqlite':
        op.alter_column('hand_up_line', 'id', server_default=None)
    op.create_index('ix_hand_up_line_id', 'hand_up_line', ['id'], unique=True)
    for statement in [one for made in GUARDS for one in made.create(dialect)] + [one for kind in EVIDENCE for one in kind.create(dialect)]:
        op.get_bind().exec_driver_sql(statement)
    for statement in STATEMENTS if dialect != 'sqlite' else ():
        op.get_bind().exec_driver_sql(statement.replace('%', '%%'))
    for kind in EVIDENCE:
        op.execute(kind.enqueue)
    if sealed := _sealed():
        op.get_bind().execute(sa.text('DELETE FROM unsealed WHERE evidence = :name AND key = :key'), sealed)


def _sealed() -> list[dict[str, str]]:
    """What was sealed before this revision was taken back once: it is not sealed a second time."""
    found = []
    for (members,) in op.get_bind().execute(sa.text('SELECT members FROM seal'), execution_options={'yield_per': 20}):
        with suppress(Unreadable):  # a seal that somebody spoiled is told by the verification, and stops no migration
            found += [{'name': group.name, 'key': key} for group in unpacked(members) if group.name in KINDS for key, _digest in group.rows]
    return found


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for statement in [one for made in GUARDS for one in made.drop(dialect)]:
        op.execute(statement)
    for statement in _policies(FORMER) if dialect != 'sqlite' else ():
        op.get_bind().exec_driver_sql(statement.replace('%', '%%'))
    for kind in EVIDENCE:
        op.execute(f'DROP TRIGGER IF EXISTS "{kind.trigger}"' + ('' if dialect == 'sqlite' else f' ON "{kind.table}"'))
    if dialect != 'sqlite':
        for function in [made.name for made in GUARDS] + [kind.trigger for kind in EVIDENCE]:
            op.execute(f'DROP FUNCTION IF EXISTS "{function}"')
    op.get_bind().execute(sa.text('DELETE FROM unsealed WHERE evidence IN :names').bindparams(sa.bindparam('names', KINDS, expanding=True)))
    op.drop_index('ix_hand_up_line_id', 'hand_up_line')
    op.drop_column('hand_up_line', 'id')
