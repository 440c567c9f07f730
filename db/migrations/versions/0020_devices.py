"""devices, the stop list, hand-up sheets, saved data, totals of losses; what taxpayers may issue, enrolments; invoices sold and handed in; faults, authorisations; stations."""

import sqlalchemy as sa
from alembic import op

from db import types
from db.evidence import Evidence
from db.guards import Guard

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

GUARDS = [
    Guard('device_posting_is_fixed', 'device_posting'),
    Guard('stop_entry_is_fixed', 'stop_entry', (
        'id', 'kind', 'serial', 'device_id', 'because', 'lost_on', 'reported_on', 'holder_kind', 'taxpayer_number', 'taxpayer_name', 'office_code',
        'office_name', 'case_id', 'put_on_by', 'put_on_at',
    )),
    Guard('stop_entry_is_lifted_once', 'stop_entry', ('state', 'lifted_on', 'lifted_because', 'lifted_by'), "{old}.state = 'lifted'", False),
    Guard('saved_data_is_fixed', 'saved_data', (
        'id', 'device_id', 'taxpayer_number', 'taxpayer_name', 'case_id', 'how', 'saved_on', 'saved_by', 'saved_by_name', 'saved_at', 'number_first',
        'number_last', 'count', 'undeclared_count', 'amount', 'tax', 'rows',
    )),
    Guard('stub_file_is_fixed', 'stub_file'),
    Guard('taxpayer_limit_is_fixed', 'taxpayer_limit'),
    Guard('invoice_sale_is_fixed', 'invoice_sale', (
        'id', 'taxpayer_id', 'code', 'number_from', 'number_to', 'count', 'ic_serial', 'sold_on', 'sold_by', 'sold_by_name', 'sold_at', 'case_id',
    )),
    Guard('lost_invoices_is_fixed', 'lost_invoices', (
        'id', 'taxpayer_id', 'code', 'number_from', 'number_to', 'count', 'because', 'lost_on', 'reported_on', 'reported_by', 'reported_by_name', 'case_id',
    )),
    Guard('fault_step_is_fixed', 'fault_step'),
    Guard('authorisation_is_fixed', 'authorisation', (
        'id', 'number', 'service_unit', 'service_unit_name', 'subsystems', 'tasks', 'valid_from', 'valid_until', 'extends', 'office_name',
        'signed_by', 'signed_by_name', 'signed_on', 'case_id',
    ), "{old}.state <> 'draft'"),
]  # fmt: skip
EVIDENCE = [
    Evidence('device_posting', 'device_posting', 'id', ()),
    Evidence('stop_entry', 'stop_entry', 'id', ()),
    Evidence('saved_data', 'saved_data', 'id', ()),
    Evidence('stub_file', 'stub_file', 'id', ()),
    Evidence('taxpayer_limit', 'taxpayer_limit', 'id', ()),
    Evidence('invoice_sale', 'invoice_sale', 'id', ()),
    Evidence('fault_step', 'fault_step', 'id', ()),
]
INDEXES = [  # name, table, columns, where the index is unique
    ('ix_station_office_id', 'station', ['office_id'], ''),
    ('ix_device_holder', 'device', ['holder_kind', 'holder_number'], ''),
    ('ix_device_register', 'device', ['scope', 'state'], ''),
    ('ix_hand_up_sheet_case_id', 'hand_up_sheet', ['case_id'], ''),
    ('ix_hand_up_sheet_open', 'hand_up_sheet', ['from_office_code'], "state = 'open'"),
    ('ix_hand_up_sheet_to', 'hand_up_sheet', ['to_office_code', 'state'], ''),
    ('ix_loss_total_case_id', 'loss_total', ['case_id'], ''),
    ('ix_device_posting_case_id', 'device_posting', ['case_id'], ''),
    ('ix_device_posting_day', 'device_posting', ['day'], ''),
    ('ix_enrolment_case_id', 'enrolment', ['case_id'], ''),
    ('ix_enrolment_register', 'enrolment', ['scope', 'state'], ''),
    ('ix_enrolment_running', 'enrolment', ['taxpayer_id'], "state <> 'ended'"),
    ('ix_enrolment_taxpayer_number', 'enrolment', ['taxpayer_number'], ''),
    ('ix_hand_up_line_device_id', 'hand_up_line', ['device_id'], ''),
    ('ix_invoice_sale_case_id', 'invoice_sale', ['case_id'], ''),
    ('ix_invoice_sale_code', 'invoice_sale', ['code', 'number_from'], ''),
    ('ix_invoice_sale_month', 'invoice_sale', ['taxpayer_id', 'sold_on'], ''),
    ('ix_lost_invoices_case_id', 'lost_invoices', ['case_id'], ''),
    ('ix_lost_invoices_code', 'lost_invoices', ['code', 'number_from'], ''),
    ('ix_lost_invoices_taxpayer_id', 'lost_invoices', ['taxpayer_id'], ''),
    ('ix_old_invoice_return_case_id', 'old_invoice_return', ['case_id'], ''),
    ('ix_old_invoice_return_code', 'old_invoice_return', ['code'], ''),
    ('ix_old_invoice_return_taxpayer_id', 'old_invoice_return', ['taxpayer_id'], ''),
    ('ix_saved_data_case_id', 'saved_data', ['case_id'], ''),
    ('ix_saved_data_device_id', 'saved_data', ['device_id'], ''),
    ('ix_stop_entry_case_id', 'stop_entry', ['case_id'], ''),
    ('ix_stop_entry_device_id', 'stop_entry', ['device_id'], ''),
    ('ix_stop_entry_listed', 'stop_entry', ['kind', 'serial'], "state = 'listed'"),
    ('ix_stop_entry_register', 'stop_entry', ['scope', 'reported_on'], ''),
    ('ix_taxpayer_limit_case_id', 'taxpayer_limit', ['case_id'], ''),
    ('ix_taxpayer_limit_history', 'taxpayer_limit', ['taxpayer_id', 'id'], ''),
    ('ix_fault_report_case_id', 'fault_report', ['case_id'], ''),
    ('ix_fault_report_register', 'fault_report', ['scope', 'noticed_on'], ''),
    ('ix_fault_report_state', 'fault_report', ['state', 'level'], ''),
    ('ix_major_matter_case_id', 'major_matter', ['case_id'], ''),
    ('ix_major_matter_register', 'major_matter', ['scope', 'found_on'], ''),
    ('ix_key_change_case_id', 'key_change', ['case_id'], ''),
    ('ix_key_change_register', 'key_change', ['scope', 'reported_on'], ''),
    ('ix_authorisation_case_id', 'authorisation', ['case_id'], ''),
    ('ix_authorisation_register', 'authorisation', ['scope', 'valid_until'], ''),
    ('ix_authorisation_unit', 'authorisation', ['service_unit', 'state'], ''),
]
POLICIES = {  # as they were when this was written; see handlers/sight.py
    'device': "scope ^@ ANY ((SELECT jinshui_own('scopes') || jinshui_lent('scopes'))::text[]) OR holder_kind || ':' || holder_number = (SELECT jinshui_sight() ->> 'party')",
    'device_posting': 'EXISTS (SELECT FROM device d WHERE d.id = device_id)',
    'enrolment': "scope ^@ ANY ((SELECT jinshui_own('scopes') || jinshui_lent('scopes'))::text[]) OR 'enterprise:' || taxpayer_number = (SELECT jinshui_sight() ->> 'party')",
    'hand_up_line': 'EXISTS (SELECT FROM hand_up_sheet s WHERE s.id = sheet_id)',
    'hand_up_sheet': "from_scope ^@ ANY ((SELECT jinshui_own('scopes') || jinshui_lent('scopes'))::text[])",
    'invoice_sale': "scope ^@ ANY ((SELECT jinshui_own('scopes') || jinshui_lent('scopes'))::text[]) OR 'enterprise:' || taxpayer_number = (SELECT jinshui_sight() ->> 'party')",
    'loss_total': "scope ^@ ANY ((SELECT jinshui_own('scopes') || jinshui_lent('scopes'))::text[])",
    'lost_invoices': "scope ^@ ANY ((SELECT jinshui_own('scopes') || jinshui_lent('scopes'))::text[]) OR 'enterprise:' || taxpayer_number = (SELECT jinshui_sight() ->> 'party')",
    'old_invoice_return': "scope ^@ ANY ((SELECT jinshui_own('scopes') || jinshui_lent('scopes'))::text[]) OR 'enterprise:' || taxpayer_number = (SELECT jinshui_sight() ->> 'party')",
    'saved_data': "scope ^@ ANY ((SELECT jinshui_own('scopes') || jinshui_lent('scopes'))::text[]) OR 'enterprise:' || taxpayer_number = (SELECT jinshui_sight() ->> 'party')",
    'stop_entry': "scope ^@ ANY ((SELECT jinshui_own('scopes') || jinshui_lent('scopes'))::text[]) OR 'enterprise:' || taxpayer_number = (SELECT jinshui_sight() ->> 'party')",
    'stub_file': 'EXISTS (SELECT FROM saved_data s WHERE s.id = saved_id)',
    'taxpayer_limit': "EXISTS (SELECT FROM taxpayer t LEFT JOIN office o ON o.id = t.office_id WHERE t.id = taxpayer_id AND (o.scope ^@ ANY ((SELECT jinshui_own('scopes') || jinshui_lent('scopes'))::text[]) OR 'enterprise:' || t.number = (SELECT jinshui_sight() ->> 'party')))",
    'fault_report': "scope ^@ ANY ((SELECT jinshui_own('scopes') || jinshui_lent('scopes'))::text[]) OR 'service_unit:' || service_unit = (SELECT jinshui_sight() ->> 'party') OR 'enterprise:' || taxpayer_number = (SELECT jinshui_sight() ->> 'party')",
    'fault_step': 'EXISTS (SELECT FROM fault_report r WHERE r.id = report_id)',
    'major_matter': "scope ^@ ANY ((SELECT jinshui_own('scopes') || jinshui_lent('scopes'))::text[])",
    'key_change': "scope ^@ ANY ((SELECT jinshui_own('scopes') || jinshui_lent('scopes'))::text[])",
    'authorisation': "scope ^@ ANY ((SELECT jinshui_own('scopes') || jinshui_lent('scopes'))::text[]) OR 'service_unit:' || service_unit = (SELECT jinshui_sight() ->> 'party') OR EXISTS (SELECT FROM unnest((SELECT jinshui_own('scopes') || jinshui_lent('scopes'))::text[]) own WHERE own ^@ scope)",
}
STATEMENTS = [
    statement for table, condition in POLICIES.items() for statement in (
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY', f'DROP POLICY IF EXISTS sight ON "{table}"',
        f'CREATE POLICY sight ON "{table}" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE {condition} END)',
    )
]  # fmt: skip
TABLES = (  # in the order in which they are made
    'device', 'hand_up_sheet', 'invoice_code', 'loss_total', 'device_posting', 'enrolment', 'hand_up_line', 'invoice_sale', 'lost_invoices', 'old_invoice_return',
    'saved_data', 'stop_entry', 'taxpayer_limit', 'stub_file', 'fault_report', 'major_matter', 'key_change', 'authorisation', 'fault_step', 'station',
)


def upgrade() -> None:
    _tables()
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, columns, unique=bool(where), sqlite_where=sa.text(where) if where else None, postgresql_where=sa.text(where) if where else None)
    dialect = op.get_bind().dialect.name
    for statement in [one for made in GUARDS for one in made.create(dialect)] + [one for kind in EVIDENCE for one in kind.create(dialect)]:
        op.get_bind().exec_driver_sql(statement)
    if dialect != 'sqlite':
        for statement in STATEMENTS:
            op.get_bind().exec_driver_sql(statement.replace('%', '%%'))


def _tables() -> None:
    op.create_table('device',
    sa.Column('id', types.Id(), nullable=False), sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('serial', sa.String(length=40), nullable=False), sa.Column('version', sa.String(length=40), nullable=False),
    sa.Column('is_replacement', sa.Boolean(), nullable=False), sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('holder_kind', sa.String(length=20), nullable=False), sa.Column('holder_number', sa.String(length=20), nullable=False),
    sa.Column('holder_name', sa.String(length=100), nullable=False), sa.Column('scope', types.OfficePath(length=200), nullable=False),
    sa.Column('state_before', sa.String(length=20), nullable=False), sa.Column('held_before_kind', sa.String(length=20), nullable=False),
    sa.Column('held_before_number', sa.String(length=20), nullable=False), sa.Column('held_before_name', sa.String(length=100), nullable=False),
    sa.Column('taken_in_on', sa.Date(), nullable=False), sa.Column('last_on', sa.Date(), nullable=False), sa.Column('steps', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_device')), sa.UniqueConstraint('kind', 'serial', name=op.f('uq_device_kind')),
    )
    op.create_table('hand_up_sheet',
    sa.Column('id', types.Id(), nullable=False), sa.Column('number', sa.String(length=60), nullable=False),
    sa.Column('purpose', sa.String(length=12), nullable=False), sa.Column('from_office_code', sa.String(length=20), nullable=False),
    sa.Column('from_office_name', sa.String(length=100), nullable=False), sa.Column('from_scope', types.OfficePath(length=200), nullable=False),
    sa.Column('to_office_code', sa.String(length=20), nullable=False), sa.Column('to_office_name', sa.String(length=100), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False), sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('case_id', types.Id(), nullable=False), sa.Column('opened_on', sa.Date(), nullable=False), sa.Column('opened_by', types.Id(), nullable=False),
    sa.Column('opened_by_name', sa.String(length=60), nullable=False), sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('closed_by', types.Id(), nullable=False), sa.Column('closed_by_name', sa.String(length=60), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False), sa.PrimaryKeyConstraint('id', name=op.f('pk_hand_up_sheet')),
    sa.UniqueConstraint('number', name=op.f('uq_hand_up_sheet_number')),
    )
    op.create_table('invoice_code',
    sa.Column('code', sa.String(length=10), nullable=False), sa.Column('sold', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_invoice_code')),
    )
    op.create_table('loss_total',
    sa.Column('id', types.Id(), nullable=False), sa.Column('office_code', sa.String(length=20), nullable=False),
    sa.Column('office_name', sa.String(length=100), nullable=False), sa.Column('scope', types.OfficePath(length=200), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False), sa.Column('tax_cards', sa.Integer(), nullable=False),
    sa.Column('ic_cards', sa.Integer(), nullable=False), sa.Column('readers', sa.Integer(), nullable=False),
    sa.Column('rows', types.JsonText(), nullable=False), sa.Column('to_office_code', sa.String(length=20), nullable=False),
    sa.Column('case_id', types.Id(), nullable=False), sa.Column('made_on', sa.Date(), nullable=False), sa.Column('made_by', types.Id(), nullable=False),
    sa.Column('made_by_name', sa.String(length=60), nullable=False), sa.Column('reported_on', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_loss_total')), sa.UniqueConstraint('office_code', 'month', name=op.f('uq_loss_total_office_code')),
    )
    op.create_table('device_posting',
    sa.Column('id', types.Id(), nullable=False), sa.Column('device_id', types.Id(), nullable=False), sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('event', sa.String(length=24), nullable=False), sa.Column('day', sa.Date(), nullable=False),
    sa.Column('from_state', sa.String(length=20), nullable=False), sa.Column('to_state', sa.String(length=20), nullable=False),
    sa.Column('from_kind', sa.String(length=20), nullable=False), sa.Column('from_number', sa.String(length=20), nullable=False),
    sa.Column('from_name', sa.String(length=100), nullable=False), sa.Column('to_kind', sa.String(length=20), nullable=False),
    sa.Column('to_number', sa.String(length=20), nullable=False), sa.Column('to_name', sa.String(length=100), nullable=False),
    sa.Column('case_id', types.Id(), nullable=False), sa.Column('note', sa.Text(), nullable=False), sa.Column('by_id', types.Id(), nullable=False),
    sa.Column('by_name', sa.String(length=60), nullable=False), sa.Column('at', types.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['device_id'], ['device.id'], name=op.f('fk_device_posting_device_id_device')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_device_posting')), sa.UniqueConstraint('device_id', 'step', name=op.f('uq_device_posting_device_id')),
    )
    op.create_table('enrolment',
    sa.Column('id', types.Id(), nullable=False), sa.Column('taxpayer_id', types.Id(), nullable=False),
    sa.Column('taxpayer_number', sa.String(length=20), nullable=False), sa.Column('taxpayer_name', sa.String(length=100), nullable=False),
    sa.Column('scope', types.OfficePath(length=200), nullable=False), sa.Column('service_unit', sa.String(length=20), nullable=False),
    sa.Column('machines', sa.Integer(), nullable=False), sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('case_id', types.Id(), nullable=False), sa.Column('applied_on', sa.Date(), nullable=True), sa.Column('enrolled_on', sa.Date(), nullable=True),
    sa.Column('in_use_on', sa.Date(), nullable=True), sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('ended_because', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['taxpayer_id'], ['taxpayer.id'], name=op.f('fk_enrolment_taxpayer_id_taxpayer')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_enrolment')),
    )
    op.create_table('hand_up_line',
    sa.Column('sheet_id', types.Id(), nullable=False), sa.Column('place', sa.Integer(), nullable=False), sa.Column('device_id', types.Id(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False), sa.Column('serial', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['device_id'], ['device.id'], name=op.f('fk_hand_up_line_device_id_device')),
    sa.ForeignKeyConstraint(['sheet_id'], ['hand_up_sheet.id'], name=op.f('fk_hand_up_line_sheet_id_hand_up_sheet')),
    sa.PrimaryKeyConstraint('sheet_id', 'place', name=op.f('pk_hand_up_line')),
    )
    op.create_table('invoice_sale',
    sa.Column('id', types.Id(), nullable=False), sa.Column('taxpayer_id', types.Id(), nullable=False),
    sa.Column('taxpayer_number', sa.String(length=20), nullable=False), sa.Column('scope', types.OfficePath(length=200), nullable=False),
    sa.Column('code', sa.String(length=10), nullable=False), sa.Column('number_from', sa.String(length=8), nullable=False),
    sa.Column('number_to', sa.String(length=8), nullable=False), sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('ic_serial', sa.String(length=40), nullable=False), sa.Column('sold_on', sa.Date(), nullable=False),
    sa.Column('sold_by', types.Id(), nullable=False), sa.Column('sold_by_name', sa.String(length=60), nullable=False),
    sa.Column('sold_at', types.Moment(timezone=True), nullable=False), sa.Column('case_id', types.Id(), nullable=False),
    sa.CheckConstraint('number_from <= number_to AND count > 0', name=op.f('ck_invoice_sale_range')),
    sa.ForeignKeyConstraint(['code'], ['invoice_code.code'], name=op.f('fk_invoice_sale_code_invoice_code')),
    sa.ForeignKeyConstraint(['taxpayer_id'], ['taxpayer.id'], name=op.f('fk_invoice_sale_taxpayer_id_taxpayer')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invoice_sale')),
    )
    op.create_table('lost_invoices',
    sa.Column('id', types.Id(), nullable=False), sa.Column('taxpayer_id', types.Id(), nullable=False),
    sa.Column('taxpayer_number', sa.String(length=20), nullable=False), sa.Column('scope', types.OfficePath(length=200), nullable=False),
    sa.Column('code', sa.String(length=10), nullable=False), sa.Column('number_from', sa.String(length=8), nullable=False),
    sa.Column('number_to', sa.String(length=8), nullable=False), sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('because', sa.String(length=10), nullable=False), sa.Column('lost_on', sa.Date(), nullable=False),
    sa.Column('reported_on', sa.Date(), nullable=False), sa.Column('reported_by', types.Id(), nullable=False),
    sa.Column('reported_by_name', sa.String(length=60), nullable=False), sa.Column('found_on', sa.Date(), nullable=True),
    sa.Column('case_id', types.Id(), nullable=False),
    sa.CheckConstraint('number_from <= number_to AND count > 0', name=op.f('ck_lost_invoices_range')),
    sa.ForeignKeyConstraint(['taxpayer_id'], ['taxpayer.id'], name=op.f('fk_lost_invoices_taxpayer_id_taxpayer')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lost_invoices')),
    )
    op.create_table('old_invoice_return',
    sa.Column('id', types.Id(), nullable=False), sa.Column('taxpayer_id', types.Id(), nullable=False),
    sa.Column('taxpayer_number', sa.String(length=20), nullable=False), sa.Column('scope', types.OfficePath(length=200), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False), sa.Column('code', sa.String(length=10), nullable=False),
    sa.Column('number_from', sa.String(length=8), nullable=False), sa.Column('number_to', sa.String(length=8), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False), sa.Column('spoiled', sa.Integer(), nullable=False), sa.Column('handed_in_on', sa.Date(), nullable=False),
    sa.Column('received_by', types.Id(), nullable=False), sa.Column('received_by_name', sa.String(length=60), nullable=False),
    sa.Column('cancelled_on', sa.Date(), nullable=True), sa.Column('cancelled_by', types.Id(), nullable=False),
    sa.Column('cancelled_by_name', sa.String(length=60), nullable=False), sa.Column('case_id', types.Id(), nullable=False),
    sa.CheckConstraint('number_from <= number_to AND count > 0 AND spoiled >= 0 AND spoiled <= count', name=op.f('ck_old_invoice_return_range')),
    sa.ForeignKeyConstraint(['taxpayer_id'], ['taxpayer.id'], name=op.f('fk_old_invoice_return_taxpayer_id_taxpayer')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_old_invoice_return')),
    )
    op.create_table('saved_data',
    sa.Column('id', types.Id(), nullable=False), sa.Column('device_id', types.Id(), nullable=False),
    sa.Column('taxpayer_number', sa.String(length=20), nullable=False), sa.Column('taxpayer_name', sa.String(length=100), nullable=False),
    sa.Column('scope', types.OfficePath(length=200), nullable=False), sa.Column('case_id', types.Id(), nullable=False),
    sa.Column('how', sa.String(length=10), nullable=False), sa.Column('saved_on', sa.Date(), nullable=False),
    sa.Column('saved_by', types.Id(), nullable=False), sa.Column('saved_by_name', sa.String(length=60), nullable=False),
    sa.Column('saved_at', types.Moment(timezone=True), nullable=False), sa.Column('number_first', sa.String(length=8), nullable=False),
    sa.Column('number_last', sa.String(length=8), nullable=False), sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('undeclared_count', sa.Integer(), nullable=False), sa.Column('amount', types.Money(), nullable=False),
    sa.Column('tax', types.Money(), nullable=False), sa.Column('rows', types.JsonText(), nullable=False), sa.Column('checked_by', types.Id(), nullable=False),
    sa.Column('checked_by_name', sa.String(length=60), nullable=False), sa.Column('checked_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['device_id'], ['device.id'], name=op.f('fk_saved_data_device_id_device')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_data')),
    )
    op.create_table('stop_entry',
    sa.Column('id', types.Id(), nullable=False), sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('serial', sa.String(length=40), nullable=False), sa.Column('device_id', types.Id(), nullable=True),
    sa.Column('because', sa.String(length=10), nullable=False), sa.Column('lost_on', sa.Date(), nullable=False),
    sa.Column('reported_on', sa.Date(), nullable=False), sa.Column('holder_kind', sa.String(length=20), nullable=False),
    sa.Column('taxpayer_number', sa.String(length=20), nullable=False), sa.Column('taxpayer_name', sa.String(length=100), nullable=False),
    sa.Column('office_code', sa.String(length=20), nullable=False), sa.Column('office_name', sa.String(length=100), nullable=False),
    sa.Column('scope', types.OfficePath(length=200), nullable=False), sa.Column('case_id', types.Id(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False), sa.Column('put_on_by', types.Id(), nullable=False),
    sa.Column('put_on_at', types.Moment(timezone=True), nullable=False), sa.Column('lifted_on', sa.Date(), nullable=True),
    sa.Column('lifted_because', sa.Text(), nullable=False), sa.Column('lifted_by', types.Id(), nullable=False),
    sa.ForeignKeyConstraint(['device_id'], ['device.id'], name=op.f('fk_stop_entry_device_id_device')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stop_entry')),
    )
    op.create_table('taxpayer_limit',
    sa.Column('id', types.Id(), nullable=False), sa.Column('taxpayer_id', types.Id(), nullable=False),
    sa.Column('taxpayer_number', sa.String(length=20), nullable=False), sa.Column('version', sa.String(length=20), nullable=False),
    sa.Column('per_invoice', types.Money(), nullable=False), sa.Column('monthly_quantity', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False), sa.Column('decided_level', sa.String(length=12), nullable=False),
    sa.Column('decided_on', sa.Date(), nullable=False), sa.Column('document_number', sa.String(length=60), nullable=False),
    sa.Column('case_id', types.Id(), nullable=False), sa.Column('by_id', types.Id(), nullable=False),
    sa.Column('by_name', sa.String(length=60), nullable=False), sa.Column('at', types.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['taxpayer_id'], ['taxpayer.id'], name=op.f('fk_taxpayer_limit_taxpayer_id_taxpayer')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_taxpayer_limit')),
    )
    op.create_table('stub_file',
    sa.Column('id', types.Id(), nullable=False), sa.Column('saved_id', types.Id(), nullable=False), sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False), sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False), sa.Column('made_on', sa.Date(), nullable=False), sa.Column('made_by', types.Id(), nullable=False),
    sa.Column('made_by_name', sa.String(length=60), nullable=False), sa.Column('made_at', types.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['saved_id'], ['saved_data.id'], name=op.f('fk_stub_file_saved_id_saved_data')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stub_file')), sa.UniqueConstraint('saved_id', name=op.f('uq_stub_file_saved_id')),
    )
    op.create_table('fault_report',
    sa.Column('id', types.Id(), nullable=False), sa.Column('number', sa.String(length=60), nullable=True),
    sa.Column('side', sa.String(length=12), nullable=False), sa.Column('grade', sa.String(length=12), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False), sa.Column('summary', sa.String(length=100), nullable=False),
    sa.Column('description', sa.Text(), nullable=False), sa.Column('subsystem', sa.String(length=20), nullable=False),
    sa.Column('noticed_on', sa.Date(), nullable=False), sa.Column('reported_on', sa.Date(), nullable=True),
    sa.Column('office_name', sa.String(length=100), nullable=False), sa.Column('scope', types.OfficePath(length=200), nullable=False),
    sa.Column('level', sa.String(length=10), nullable=False), sa.Column('level_since', sa.Date(), nullable=True),
    sa.Column('service_unit', sa.String(length=20), nullable=False), sa.Column('service_unit_name', sa.String(length=100), nullable=False),
    sa.Column('taxpayer_number', sa.String(length=20), nullable=False), sa.Column('enterprise_name', sa.String(length=100), nullable=False),
    sa.Column('filled_by', types.Id(), nullable=False), sa.Column('filled_by_name', sa.String(length=60), nullable=False),
    sa.Column('concerned_id', types.Id(), nullable=False), sa.Column('concerned_name', sa.String(length=100), nullable=False),
    sa.Column('duplicate_of', sa.String(length=60), nullable=False), sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('case_id', types.Id(), nullable=False), sa.PrimaryKeyConstraint('id', name=op.f('pk_fault_report')),
    sa.UniqueConstraint('number', name=op.f('uq_fault_report_number')),
    )
    op.create_table('major_matter',
    sa.Column('id', types.Id(), nullable=False), sa.Column('number', sa.String(length=60), nullable=True),
    sa.Column('side', sa.String(length=12), nullable=False), sa.Column('effect', sa.String(length=12), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False), sa.Column('title', sa.String(length=100), nullable=False),
    sa.Column('facts', sa.Text(), nullable=False), sa.Column('measures', sa.Text(), nullable=False), sa.Column('request', sa.Text(), nullable=False),
    sa.Column('found_on', sa.Date(), nullable=False), sa.Column('reported_on', sa.Date(), nullable=True),
    sa.Column('office_name', sa.String(length=100), nullable=False), sa.Column('scope', types.OfficePath(length=200), nullable=False),
    sa.Column('level', sa.String(length=10), nullable=False), sa.Column('decision', sa.Text(), nullable=False),
    sa.Column('decided_by', types.Id(), nullable=False), sa.Column('decided_by_name', sa.String(length=60), nullable=False),
    sa.Column('decided_on', sa.Date(), nullable=True), sa.Column('result', sa.Text(), nullable=False), sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('case_id', types.Id(), nullable=False), sa.PrimaryKeyConstraint('id', name=op.f('pk_major_matter')),
    sa.UniqueConstraint('number', name=op.f('uq_major_matter_number')),
    )
    op.create_table('key_change',
    sa.Column('id', types.Id(), nullable=False), sa.Column('number', sa.String(length=60), nullable=False),
    sa.Column('key', sa.String(length=12), nullable=False), sa.Column('serials', sa.String(length=200), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False), sa.Column('lost_on', sa.Date(), nullable=False),
    sa.Column('reported_on', sa.Date(), nullable=False), sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('office_name', sa.String(length=100), nullable=False), sa.Column('scope', types.OfficePath(length=200), nullable=False),
    sa.Column('superior_name', sa.String(length=100), nullable=False), sa.Column('decision', sa.Text(), nullable=False),
    sa.Column('prepared_by_name', sa.String(length=60), nullable=False), sa.Column('decided_by', types.Id(), nullable=False),
    sa.Column('decided_by_name', sa.String(length=60), nullable=False), sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('changed_on', sa.Date(), nullable=True), sa.Column('changed_by_name', sa.String(length=60), nullable=False),
    sa.Column('witnessed_by_name', sa.String(length=60), nullable=False), sa.Column('case_id', types.Id(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_key_change')), sa.UniqueConstraint('number', name=op.f('uq_key_change_number')),
    )
    op.create_table('authorisation',
    sa.Column('id', types.Id(), nullable=False), sa.Column('number', sa.String(length=60), nullable=True),
    sa.Column('service_unit', sa.String(length=20), nullable=False), sa.Column('service_unit_name', sa.String(length=100), nullable=False),
    sa.Column('subsystems', types.JsonText(), nullable=False), sa.Column('tasks', sa.Text(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False), sa.Column('valid_until', sa.Date(), nullable=False),
    sa.Column('extends', sa.String(length=60), nullable=False), sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('office_name', sa.String(length=100), nullable=False), sa.Column('scope', types.OfficePath(length=200), nullable=False),
    sa.Column('signed_by', types.Id(), nullable=False), sa.Column('signed_by_name', sa.String(length=60), nullable=False),
    sa.Column('signed_on', sa.Date(), nullable=True), sa.Column('revoked_on', sa.Date(), nullable=True),
    sa.Column('revoked_because', sa.Text(), nullable=False), sa.Column('case_id', types.Id(), nullable=False),
    sa.CheckConstraint('valid_from <= valid_until', name=op.f('ck_authorisation_term')), sa.PrimaryKeyConstraint('id', name=op.f('pk_authorisation')),
    sa.UniqueConstraint('number', name=op.f('uq_authorisation_number')),
    )
    op.create_table('fault_step',
    sa.Column('id', types.Id(), nullable=False), sa.Column('report_id', types.Id(), nullable=False), sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('act', sa.String(length=12), nullable=False), sa.Column('level', sa.String(length=10), nullable=False),
    sa.Column('grade', sa.String(length=12), nullable=False), sa.Column('office_name', sa.String(length=100), nullable=False),
    sa.Column('words', sa.Text(), nullable=False), sa.Column('authorisation_number', sa.String(length=60), nullable=False),
    sa.Column('day', sa.Date(), nullable=False), sa.Column('by_id', types.Id(), nullable=False),
    sa.Column('by_name', sa.String(length=60), nullable=False), sa.Column('at', types.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['report_id'], ['fault_report.id'], name=op.f('fk_fault_step_report_id_fault_report')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fault_step')), sa.UniqueConstraint('report_id', 'place', name=op.f('uq_fault_step_report_id')),
    )
    op.create_table('station',
    sa.Column('id', types.Id(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('office_id', types.Id(), nullable=False),
    sa.Column('posts', types.JsonText(), nullable=False),
    sa.Column('token_sha256', sa.String(length=64), nullable=False),
    sa.Column('is_simulated', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('made_by', types.Id(), nullable=False),
    sa.Column('made_at', types.Moment(timezone=True), nullable=False),
    sa.Column('seen_at', types.Moment(timezone=True), nullable=True),
    sa.Column('revoked_by', types.Id(), nullable=True),
    sa.Column('revoked_at', types.Moment(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['office_id'], ['office.id'], name=op.f('fk_station_office_id_office')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_station')),
    sa.UniqueConstraint('token_sha256', name=op.f('uq_station_token_sha256'))
    )


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table in reversed(TABLES):
        op.drop_table(table)
    if dialect != 'sqlite':
        for function in [made.name for made in GUARDS] + [kind.trigger for kind in EVIDENCE]:
            op.execute(f'DROP FUNCTION IF EXISTS "{function}"')
