"""upgrades: who is ready, in the hall and gone; the volumes that left and came back; what was handed over for a day."""

import sqlalchemy as sa
from alembic import op

from db import types
from db.evidence import Evidence
from db.guards import Guard

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None

GUARDS = [
    Guard('upgrade_visit_is_fixed', 'upgrade_visit', ('id', 'office_code', 'taxpayer_id', 'tax_office', 'ready_on', 'preparation_case')),
    Guard('upgrade_visit_is_signed_once', 'upgrade_visit', (
        'day', 'ticket', 'person_name', 'signed_in_at', 'case_id', 'prepared',
    ), '{old}.signed_in_at IS NOT NULL', False),
    Guard('upgrade_visit_ends_once', 'upgrade_visit', ('state', 'left_at', 'ended_because'), '{old}.left_at IS NOT NULL', False),
    Guard('upgrade_visit_is_handed_over_once', 'upgrade_visit', (
        'sheets', 'sheets_because', 'hand_over_id', 'day_case',
    ), '{old}.hand_over_id IS NOT NULL', False),
    Guard('upgrade_volume_is_fixed', 'upgrade_volume'),
    Guard('upgrade_hand_over_is_fixed', 'upgrade_hand_over', (
        'id', 'office_code', 'office_name', 'day', 'enterprises', 'sheets', 'missing', 'handed_by', 'handed_by_name', 'received_by', 'received_by_name', 'at', 'case_id',
    )),
]  # fmt: skip
EVIDENCE = [
    Evidence('upgrade_signed_in', 'upgrade_visit', 'id', (), set_by='signed_in_at'),
    Evidence('upgrade_ended', 'upgrade_visit', 'id', (), set_by='left_at'),
    Evidence('upgrade_gathered', 'upgrade_visit', 'id', (), set_by='hand_over_id'),
    Evidence('upgrade_volume', 'upgrade_volume', 'id', ()),
    Evidence('upgrade_hand_over', 'upgrade_hand_over', 'id', ()),
]
INDEXES = [  # name, table, columns, where the index is unique
    ('ix_upgrade_hand_over_case_id', 'upgrade_hand_over', ['case_id'], ''),
    ('ix_upgrade_hand_over_register', 'upgrade_hand_over', ['scope', 'day'], ''),
    ('ix_upgrade_visit_book', 'upgrade_visit', ['scope', 'day'], ''),
    ('ix_upgrade_visit_case_id', 'upgrade_visit', ['case_id'], ''),
    ('ix_upgrade_visit_day_case', 'upgrade_visit', ['day_case'], ''),
    ('ix_upgrade_visit_hand_over_id', 'upgrade_visit', ['hand_over_id'], ''),
    ('ix_upgrade_visit_open', 'upgrade_visit', ['taxpayer_id'], "state IN ('ready', 'signed_in')"),
    ('ix_upgrade_visit_preparation_case', 'upgrade_visit', ['preparation_case'], ''),
    ('ix_upgrade_visit_state', 'upgrade_visit', ['scope', 'state'], ''),
    ('ix_upgrade_visit_taxpayer_number', 'upgrade_visit', ['taxpayer_number'], ''),
    ('ix_upgrade_volume_code', 'upgrade_volume', ['code', 'number_from'], ''),
]
POLICIES = {  # as they were when this was written; see handlers/sight.py
    'upgrade_visit': "scope ^@ ANY ((SELECT jinshui_own('scopes') || jinshui_lent('scopes'))::text[]) OR 'enterprise:' || taxpayer_number = (SELECT jinshui_sight() ->> 'party')",
    'upgrade_volume': 'EXISTS (SELECT FROM upgrade_visit v WHERE v.id = visit_id)',
    'upgrade_hand_over': "scope ^@ ANY ((SELECT jinshui_own('scopes') || jinshui_lent('scopes'))::text[])",
}
STATEMENTS = [
    statement for table, condition in POLICIES.items() for statement in (
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY', f'DROP POLICY IF EXISTS sight ON "{table}"',
        f'CREATE POLICY sight ON "{table}" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE {condition} END)',
    )
]  # fmt: skip
TABLES = ('upgrade_hand_over', 'upgrade_visit', 'upgrade_volume')  # in the order in which they are made


def upgrade() -> None:
    _tables()
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, columns, unique=bool(where), sqlite_where=sa.text(where) if where else None, postgresql_where=sa.text(where) if where else None)
    dialect = op.get_bind().dialect.name
    for statement in [one for made in GUARDS for one in made.create(dialect)] + [one for kind in EVIDENCE for one in kind.create(dialect)]:
        op.get_bind().exec_driver_sql(statement)
    for statement in STATEMENTS if dialect != 'sqlite' else ():
        op.get_bind().exec_driver_sql(statement.replace('%', '%%'))


def _tables() -> None:
    op.create_table('upgrade_hand_over',
    sa.Column('id', types.Id(), nullable=False), sa.Column('office_code', sa.String(length=20), nullable=False),
    sa.Column('office_name', sa.String(length=100), nullable=False), sa.Column('scope', types.OfficePath(length=200), nullable=False),
    sa.Column('day', sa.Date(), nullable=False), sa.Column('enterprises', sa.Integer(), nullable=False), sa.Column('sheets', sa.Integer(), nullable=False),
    sa.Column('missing', types.JsonText(), nullable=False), sa.Column('handed_by', types.Id(), nullable=False),
    sa.Column('handed_by_name', sa.String(length=60), nullable=False), sa.Column('received_by', types.Id(), nullable=False),
    sa.Column('received_by_name', sa.String(length=60), nullable=False), sa.Column('at', types.Moment(timezone=True), nullable=False),
    sa.Column('case_id', types.Id(), nullable=False), sa.PrimaryKeyConstraint('id', name=op.f('pk_upgrade_hand_over')),
    sa.UniqueConstraint('office_code', 'day', name=op.f('uq_upgrade_hand_over_office_code')),
    )
    op.create_table('upgrade_visit',
    sa.Column('id', types.Id(), nullable=False), sa.Column('office_code', sa.String(length=20), nullable=False),
    sa.Column('scope', types.OfficePath(length=200), nullable=False), sa.Column('taxpayer_id', types.Id(), nullable=False),
    sa.Column('taxpayer_number', sa.String(length=20), nullable=False), sa.Column('enterprise_name', sa.String(length=100), nullable=False),
    sa.Column('tax_office', sa.String(length=20), nullable=False), sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('ready_on', sa.Date(), nullable=False), sa.Column('prepared', types.JsonText(), nullable=False),
    sa.Column('preparation_case', types.Id(), nullable=False), sa.Column('day', sa.Date(), nullable=True), sa.Column('ticket', sa.Integer(), nullable=True),
    sa.Column('person_name', sa.String(length=60), nullable=False), sa.Column('signed_in_at', types.Moment(timezone=True), nullable=True),
    sa.Column('case_id', types.Id(), nullable=False), sa.Column('left_at', types.Moment(timezone=True), nullable=True),
    sa.Column('ended_because', sa.Text(), nullable=False), sa.Column('sheets', sa.Integer(), nullable=False),
    sa.Column('sheets_because', sa.Text(), nullable=False), sa.Column('day_case', types.Id(), nullable=False),
    sa.Column('hand_over_id', types.Id(), nullable=True),
    sa.ForeignKeyConstraint(['taxpayer_id'], ['taxpayer.id'], name=op.f('fk_upgrade_visit_taxpayer_id_taxpayer')),
    sa.ForeignKeyConstraint(['hand_over_id'], ['upgrade_hand_over.id'], name=op.f('fk_upgrade_visit_hand_over_id_upgrade_hand_over')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upgrade_visit')),
    sa.UniqueConstraint('office_code', 'day', 'ticket', name=op.f('uq_upgrade_visit_office_code')),
    )
    op.create_table('upgrade_volume',
    sa.Column('id', types.Id(), nullable=False), sa.Column('visit_id', types.Id(), nullable=False), sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('direction', sa.String(length=10), nullable=False), sa.Column('code', sa.String(length=10), nullable=False),
    sa.Column('number_from', sa.String(length=8), nullable=False), sa.Column('number_to', sa.String(length=8), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False), sa.Column('words', sa.Text(), nullable=False), sa.Column('by_id', types.Id(), nullable=False),
    sa.Column('by_name', sa.String(length=60), nullable=False), sa.Column('at', types.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['visit_id'], ['upgrade_visit.id'], name=op.f('fk_upgrade_volume_visit_id_upgrade_visit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upgrade_volume')), sa.UniqueConstraint('visit_id', 'place', name=op.f('uq_upgrade_volume_visit_id')),
    )


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table in reversed(TABLES):
        op.drop_table(table)
    if dialect != 'sqlite':
        for function in [made.name for made in GUARDS] + [kind.trigger for kind in EVIDENCE]:
            op.execute(f'DROP FUNCTION IF EXISTS "{function}"')
    kinds = [kind.name for kind in EVIDENCE]
    op.get_bind().execute(sa.text('DELETE FROM unsealed WHERE evidence IN :names').bindparams(sa.bindparam('names', kinds, expanding=True)))
