"""first schema."""

import sqlalchemy as sa
from alembic import op

from db import types

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

GUARDS = {
    "sqlite": [
        'CREATE TRIGGER IF NOT EXISTS "trail_is_append_only_update" BEFORE UPDATE ON "trail_entry" FOR EACH ROW BEGIN SELECT RAISE(ABORT, \'trail_is_append_only\'); END',
        'CREATE TRIGGER IF NOT EXISTS "trail_is_append_only_delete" BEFORE DELETE ON "trail_entry" FOR EACH ROW BEGIN SELECT RAISE(ABORT, \'trail_is_append_only\'); END',
        'CREATE TRIGGER IF NOT EXISTS "generated_name_is_fixed_update" BEFORE UPDATE OF "name", "name_generated" ON "delegation" FOR EACH ROW WHEN OLD.name_generated BEGIN SELECT RAISE(ABORT, \'generated_name_is_fixed\'); END',
        'CREATE TRIGGER IF NOT EXISTS "imported_face_is_fixed_update" BEFORE UPDATE OF "id", "office_id", "scope", "source", "batch_id", "line", "identity", "invoice_code", "invoice_number", "copy", "amount", "tax", "issued_on", "seller_id", "seller_name", "seller_region", "buyer_id", "buyer_name", "buyer_region", "problem", "mismatch", "entered_by", "entered_at" ON "invoice_face" FOR EACH ROW WHEN OLD.source IN (\'certification\', \'audit\') BEGIN SELECT RAISE(ABORT, \'imported_face_is_fixed\'); END',
        'CREATE TRIGGER IF NOT EXISTS "imported_face_is_fixed_delete" BEFORE DELETE ON "invoice_face" FOR EACH ROW WHEN OLD.source IN (\'certification\', \'audit\') BEGIN SELECT RAISE(ABORT, \'imported_face_is_fixed\'); END',
        'CREATE TRIGGER IF NOT EXISTS "signature_is_fixed_update" BEFORE UPDATE ON "delegation_signature" FOR EACH ROW BEGIN SELECT RAISE(ABORT, \'signature_is_fixed\'); END',
        'CREATE TRIGGER IF NOT EXISTS "signature_is_fixed_delete" BEFORE DELETE ON "delegation_signature" FOR EACH ROW BEGIN SELECT RAISE(ABORT, \'signature_is_fixed\'); END',
        'CREATE TRIGGER IF NOT EXISTS "archive_entry_is_fixed_update" BEFORE UPDATE OF "subject_id", "office_id", "electronic_sha256", "archived_by", "archived_on" ON "archive_entry" FOR EACH ROW BEGIN SELECT RAISE(ABORT, \'archive_entry_is_fixed\'); END',
        'CREATE TRIGGER IF NOT EXISTS "archive_entry_is_fixed_delete" BEFORE DELETE ON "archive_entry" FOR EACH ROW BEGIN SELECT RAISE(ABORT, \'archive_entry_is_fixed\'); END',
    ],
    "postgresql": [
        'CREATE OR REPLACE FUNCTION "trail_is_append_only"() RETURNS trigger LANGUAGE plpgsql AS \'BEGIN RAISE EXCEPTION \'\'trail_is_append_only\'\' USING ERRCODE = \'\'check_violation\'\'; END\'',
        'CREATE OR REPLACE TRIGGER "trail_is_append_only_update" BEFORE UPDATE ON "trail_entry" FOR EACH ROW EXECUTE FUNCTION "trail_is_append_only"()',
        'CREATE OR REPLACE TRIGGER "trail_is_append_only_delete" BEFORE DELETE ON "trail_entry" FOR EACH ROW EXECUTE FUNCTION "trail_is_append_only"()',
        'CREATE OR REPLACE TRIGGER "trail_is_append_only_truncate" BEFORE TRUNCATE ON "trail_entry" FOR EACH STATEMENT EXECUTE FUNCTION "trail_is_append_only"()',
        'CREATE OR REPLACE FUNCTION "generated_name_is_fixed"() RETURNS trigger LANGUAGE plpgsql AS \'BEGIN RAISE EXCEPTION \'\'generated_name_is_fixed\'\' USING ERRCODE = \'\'check_violation\'\'; END\'',
        'CREATE OR REPLACE TRIGGER "generated_name_is_fixed_update" BEFORE UPDATE OF "name", "name_generated" ON "delegation" FOR EACH ROW WHEN (OLD.name_generated) EXECUTE FUNCTION "generated_name_is_fixed"()',
        'CREATE OR REPLACE FUNCTION "imported_face_is_fixed"() RETURNS trigger LANGUAGE plpgsql AS \'BEGIN RAISE EXCEPTION \'\'imported_face_is_fixed\'\' USING ERRCODE = \'\'check_violation\'\'; END\'',
        'CREATE OR REPLACE TRIGGER "imported_face_is_fixed_update" BEFORE UPDATE OF "id", "office_id", "scope", "source", "batch_id", "line", "identity", "invoice_code", "invoice_number", "copy", "amount", "tax", "issued_on", "seller_id", "seller_name", "seller_region", "buyer_id", "buyer_name", "buyer_region", "problem", "mismatch", "entered_by", "entered_at" ON "invoice_face" FOR EACH ROW WHEN (OLD.source IN (\'certification\', \'audit\')) EXECUTE FUNCTION "imported_face_is_fixed"()',
        'CREATE OR REPLACE TRIGGER "imported_face_is_fixed_delete" BEFORE DELETE ON "invoice_face" FOR EACH ROW WHEN (OLD.source IN (\'certification\', \'audit\')) EXECUTE FUNCTION "imported_face_is_fixed"()',
        'CREATE OR REPLACE TRIGGER "imported_face_is_fixed_truncate" BEFORE TRUNCATE ON "invoice_face" FOR EACH STATEMENT EXECUTE FUNCTION "imported_face_is_fixed"()',
        'CREATE OR REPLACE FUNCTION "signature_is_fixed"() RETURNS trigger LANGUAGE plpgsql AS \'BEGIN RAISE EXCEPTION \'\'signature_is_fixed\'\' USING ERRCODE = \'\'check_violation\'\'; END\'',
        'CREATE OR REPLACE TRIGGER "signature_is_fixed_update" BEFORE UPDATE ON "delegation_signature" FOR EACH ROW EXECUTE FUNCTION "signature_is_fixed"()',
        'CREATE OR REPLACE TRIGGER "signature_is_fixed_delete" BEFORE DELETE ON "delegation_signature" FOR EACH ROW EXECUTE FUNCTION "signature_is_fixed"()',
        'CREATE OR REPLACE TRIGGER "signature_is_fixed_truncate" BEFORE TRUNCATE ON "delegation_signature" FOR EACH STATEMENT EXECUTE FUNCTION "signature_is_fixed"()',
        'CREATE OR REPLACE FUNCTION "archive_entry_is_fixed"() RETURNS trigger LANGUAGE plpgsql AS \'BEGIN RAISE EXCEPTION \'\'archive_entry_is_fixed\'\' USING ERRCODE = \'\'check_violation\'\'; END\'',
        'CREATE OR REPLACE TRIGGER "archive_entry_is_fixed_update" BEFORE UPDATE OF "subject_id", "office_id", "electronic_sha256", "archived_by", "archived_on" ON "archive_entry" FOR EACH ROW EXECUTE FUNCTION "archive_entry_is_fixed"()',
        'CREATE OR REPLACE TRIGGER "archive_entry_is_fixed_delete" BEFORE DELETE ON "archive_entry" FOR EACH ROW EXECUTE FUNCTION "archive_entry_is_fixed"()',
        'CREATE OR REPLACE TRIGGER "archive_entry_is_fixed_truncate" BEFORE TRUNCATE ON "archive_entry" FOR EACH STATEMENT EXECUTE FUNCTION "archive_entry_is_fixed"()',
    ],
}


def upgrade() -> None:
    # ### commands auto generated by Alembic - please adjust! ###
    op.create_table('archive_entry',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('subject_id', types.Id(length=32), nullable=False),
    sa.Column('office_id', types.Id(length=32), nullable=False),
    sa.Column('class_code', sa.String(length=20), nullable=False),
    sa.Column('location', sa.String(length=100), nullable=False),
    sa.Column('page_count', sa.Integer(), nullable=False),
    sa.Column('electronic_sha256', sa.String(length=64), nullable=False),
    sa.Column('archived_by', types.Id(length=32), nullable=False),
    sa.Column('archived_on', sa.Date(), nullable=False),
    sa.Column('keep_until', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_archive_entry')),
    sa.UniqueConstraint('office_id', 'class_code', 'location', name=op.f('uq_archive_entry_office_id')),
    sa.UniqueConstraint('subject_id', name=op.f('uq_archive_entry_subject_id'))
    )
    op.create_table('attachment',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('instance_id', types.Id(length=32), nullable=False),
    sa.Column('person_id', sa.String(length=64), nullable=False),
    sa.Column('person_name', sa.String(length=64), nullable=False),
    sa.Column('at', types.Moment(timezone=True), nullable=False),
    sa.Column('filename', sa.String(length=255), nullable=False),
    sa.Column('media_type', sa.String(length=127), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachment'))
    )
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attachment_instance_id'), ['instance_id'], unique=False)

    op.create_table('blob',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('media_type', sa.String(length=127), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('stored_at', types.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_blob'))
    )
    op.create_table('comment',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('instance_id', types.Id(length=32), nullable=False),
    sa.Column('person_id', sa.String(length=64), nullable=False),
    sa.Column('person_name', sa.String(length=64), nullable=False),
    sa.Column('at', types.Moment(timezone=True), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_comment'))
    )
    with op.batch_alter_table('comment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_comment_instance_id'), ['instance_id'], unique=False)

    op.create_table('deadline',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('subject_id', types.Id(length=32), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('label', sa.String(length=200), nullable=False),
    sa.Column('rule', types.JsonText(), nullable=False),
    sa.Column('event_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('explanation', sa.Text(), nullable=False),
    sa.Column('explanation_en', sa.Text(), nullable=False),
    sa.Column('provisional', sa.Integer(), nullable=False),
    sa.Column('calendar_version', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('stopped_on', sa.Date(), nullable=True),
    sa.Column('met_on', sa.Date(), nullable=True),
    sa.Column('owner_posts', types.JsonText(), nullable=False),
    sa.Column('next_on', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deadline')),
    sa.UniqueConstraint('subject_id', 'key', name=op.f('uq_deadline_subject_id'))
    )
    with op.batch_alter_table('deadline', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_deadline_next_on'), ['next_on'], unique=False)
        batch_op.create_index('ix_deadline_state_due', ['state', 'due_on'], unique=False)

    op.create_table('definition',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('procedure', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('files', types.JsonText(), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('deployed_at', types.Moment(timezone=True), nullable=False),
    sa.Column('deployed_by', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_definition')),
    sa.UniqueConstraint('procedure', 'version', name=op.f('uq_definition_procedure'))
    )
    with op.batch_alter_table('definition', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_definition_procedure'), ['procedure'], unique=False)

    op.create_table('delegation',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('number', sa.String(length=60), nullable=True),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('name_generated', sa.Boolean(), nullable=False),
    sa.Column('source', sa.String(length=20), nullable=False),
    sa.Column('nature', sa.String(length=20), nullable=False),
    sa.Column('organiser', sa.String(length=10), nullable=False),
    sa.Column('from_office_id', types.Id(length=32), nullable=False),
    sa.Column('from_scope', sa.String(length=200), nullable=False),
    sa.Column('to_office_id', types.Id(length=32), nullable=True),
    sa.Column('to_scope', sa.String(length=200), nullable=False),
    sa.Column('enterprise_id', sa.String(length=20), nullable=False),
    sa.Column('enterprise_name', sa.String(length=100), nullable=False),
    sa.Column('enterprise_facts', sa.Text(), nullable=False),
    sa.Column('invoice_facts', sa.Text(), nullable=False),
    sa.Column('falsification_facts', sa.Text(), nullable=False),
    sa.Column('demands', sa.Text(), nullable=False),
    sa.Column('invoice_count', sa.Integer(), nullable=False),
    sa.Column('amount', types.Money(), nullable=False),
    sa.Column('tax', types.Money(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('created_by', types.Id(length=32), nullable=False),
    sa.Column('created_by_name', sa.String(length=60), nullable=False),
    sa.Column('created_on', sa.Date(), nullable=False),
    sa.Column('created_at', types.Moment(timezone=True), nullable=False),
    sa.Column('sent_on', sa.Date(), nullable=True),
    sa.Column('received_on', sa.Date(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('replied_on', sa.Date(), nullable=True),
    sa.Column('archived_on', sa.Date(), nullable=True),
    sa.Column('case_id', types.Id(length=32), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delegation')),
    sa.UniqueConstraint('number', name=op.f('uq_delegation_number'))
    )
    with op.batch_alter_table('delegation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_delegation_case_id'), ['case_id'], unique=False)
        batch_op.create_index('ix_delegation_register', ['from_scope', 'created_on'], unique=False)
        batch_op.create_index('ix_delegation_to', ['to_office_id', 'state'], unique=False)

    op.create_table('delegation_signature',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('subject_id', types.Id(length=32), nullable=False),
    sa.Column('paper', sa.String(length=40), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('person_id', types.Id(length=32), nullable=False),
    sa.Column('person_name', sa.String(length=60), nullable=False),
    sa.Column('post_id', types.Id(length=32), nullable=False),
    sa.Column('opinion', sa.Text(), nullable=False),
    sa.Column('signed_at', types.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delegation_signature'))
    )
    with op.batch_alter_table('delegation_signature', schema=None) as batch_op:
        batch_op.create_index('ix_delegation_signature_subject', ['subject_id', 'paper'], unique=False)

    op.create_table('history',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('instance_id', types.Id(length=32), nullable=False),
    sa.Column('at', types.Moment(timezone=True), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('element', sa.String(length=128), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('person_id', sa.String(length=64), nullable=False),
    sa.Column('person_name', sa.String(length=64), nullable=False),
    sa.Column('details', types.JsonText(), nullable=True),
    sa.Column('path', types.JsonText(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_history'))
    )
    with op.batch_alter_table('history', schema=None) as batch_op:
        batch_op.create_index('ix_history_case', ['instance_id', 'id'], unique=False)

    op.create_table('idempotency',
    sa.Column('key', sa.String(length=160), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('answer', sa.LargeBinary(), nullable=False),
    sa.Column('at', types.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_idempotency')),
    sqlite_with_rowid=False
    )
    op.create_table('import_batch',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('serial', sa.Integer(), nullable=False),
    sa.Column('office_id', types.Id(length=32), nullable=False),
    sa.Column('scope', sa.String(length=200), nullable=False),
    sa.Column('source', sa.String(length=20), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('file_sha256', sa.String(length=64), nullable=False),
    sa.Column('file_size', sa.Integer(), nullable=False),
    sa.Column('uploaded_by', types.Id(length=32), nullable=False),
    sa.Column('uploaded_by_name', sa.String(length=60), nullable=False),
    sa.Column('uploaded_on', sa.Date(), nullable=False),
    sa.Column('uploaded_at', types.Moment(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('read_as', sa.String(length=80), nullable=False),
    sa.Column('rows_expected', sa.Integer(), nullable=False),
    sa.Column('rows_read', sa.Integer(), nullable=False),
    sa.Column('rows_bad', sa.Integer(), nullable=False),
    sa.Column('errors_found', sa.Integer(), nullable=False),
    sa.Column('failure_code', sa.String(length=40), nullable=False),
    sa.Column('failure_details', types.JsonText(), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('runner', types.Id(length=32), nullable=False),
    sa.Column('beat_at', types.Moment(timezone=True), nullable=True),
    sa.Column('ended_at', types.Moment(timezone=True), nullable=True),
    sa.Column('delegated_at', types.Moment(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_batch')),
    sa.UniqueConstraint('office_id', 'serial', name=op.f('uq_import_batch_office_id'))
    )
    with op.batch_alter_table('import_batch', schema=None) as batch_op:
        batch_op.create_index('ix_import_batch_state', ['state', 'uploaded_at'], unique=False)

    op.create_table('incident',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('instance_id', types.Id(length=32), nullable=True),
    sa.Column('task_id', types.Id(length=32), nullable=True),
    sa.Column('element', sa.String(length=128), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='1', nullable=False),
    sa.Column('action', types.JsonText(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('created_at', types.Moment(timezone=True), nullable=False),
    sa.Column('resolved_at', types.Moment(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_incident'))
    )
    with op.batch_alter_table('incident', schema=None) as batch_op:
        batch_op.create_index('ix_incident_open', ['instance_id'], unique=False, sqlite_where=sa.text('resolved_at IS NULL'), postgresql_where=sa.text('resolved_at IS NULL'))
        batch_op.create_index('ix_incident_same', ['fingerprint'], unique=False, sqlite_where=sa.text('resolved_at IS NULL'), postgresql_where=sa.text('resolved_at IS NULL'))

    op.create_table('inspection_transfer',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('subject_id', types.Id(length=32), nullable=False),
    sa.Column('number', sa.String(length=60), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('invoice_count', sa.Integer(), nullable=False),
    sa.Column('amount', types.Money(), nullable=False),
    sa.Column('tax', types.Money(), nullable=False),
    sa.Column('transferred_by', types.Id(length=32), nullable=False),
    sa.Column('transferred_on', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inspection_transfer'))
    )
    with op.batch_alter_table('inspection_transfer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_inspection_transfer_subject_id'), ['subject_id'], unique=False)

    op.create_table('message',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('name', sa.String(length=128), nullable=False),
    sa.Column('correlation', sa.String(length=255), nullable=False),
    sa.Column('payload', sa.LargeBinary(), nullable=False),
    sa.Column('sender_id', types.Id(length=32), nullable=True),
    sa.Column('receiver_id', types.Id(length=32), nullable=True),
    sa.Column('token', sa.Integer(), nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('due_at', types.Moment(timezone=True), nullable=False),
    sa.Column('created_at', types.Moment(timezone=True), nullable=False),
    sa.Column('last_error', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message')),
    sa.UniqueConstraint('key', name=op.f('uq_message_key'))
    )
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.create_index('ix_message_due', ['due_at', 'id'], unique=False, sqlite_where=sa.text("state = 'pending'"), postgresql_where=sa.text("state = 'pending'"))
        batch_op.create_index('ix_message_parked', ['name', 'correlation'], unique=False, sqlite_where=sa.text("state = 'parked'"), postgresql_where=sa.text("state = 'parked'"))

    op.create_table('notice',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('post_id', sa.String(length=64), nullable=False),
    sa.Column('subject_id', types.Id(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('text_en', sa.Text(), nullable=False),
    sa.Column('at', types.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice'))
    )
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.create_index('ix_notice_post', ['post_id', 'at'], unique=False)

    op.create_table('office',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('name_en', sa.String(length=120), nullable=False),
    sa.Column('level', sa.String(length=12), nullable=False),
    sa.Column('parent_id', types.Id(length=32), nullable=True),
    sa.Column('scope', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['parent_id'], ['office.id'], name=op.f('fk_office_parent_id_office')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_office')),
    sa.UniqueConstraint('code', name=op.f('uq_office_code')),
    sa.UniqueConstraint('scope', name=op.f('uq_office_scope'))
    )
    with op.batch_alter_table('office', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_office_parent_id'), ['parent_id'], unique=False)

    op.create_table('outbox',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('topic', sa.String(length=128), nullable=False),
    sa.Column('payload', sa.LargeBinary(), nullable=False),
    sa.Column('instance_id', types.Id(length=32), nullable=True),
    sa.Column('token', sa.Integer(), nullable=True),
    sa.Column('element', sa.String(length=128), nullable=False),
    sa.Column('opened_version', sa.Integer(), server_default='0', nullable=False),
    sa.Column('external', sa.Integer(), nullable=False),
    sa.Column('post', sa.String(length=128), server_default='', nullable=False),
    sa.Column('worker', sa.String(length=128), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('due_at', types.Moment(timezone=True), nullable=False),
    sa.Column('created_at', types.Moment(timezone=True), nullable=False),
    sa.Column('last_error', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sa.UniqueConstraint('key', name=op.f('uq_outbox_key'))
    )
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.create_index('ix_outbox_due', ['external', 'due_at'], unique=False, sqlite_where=sa.text("state = 'pending'"), postgresql_where=sa.text("state = 'pending'"))
        batch_op.create_index('ix_outbox_instance', ['instance_id'], unique=False, sqlite_where=sa.text("state IN ('pending', 'failed')"), postgresql_where=sa.text("state IN ('pending', 'failed')"))

    op.create_table('paper',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('procedure', sa.String(length=64), nullable=False),
    sa.Column('template', sa.String(length=64), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('number', sa.String(length=64), nullable=False),
    sa.Column('subject_id', types.Id(length=32), nullable=False),
    sa.Column('data', types.JsonText(), nullable=False),
    sa.Column('copies', types.JsonText(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('issued_by', sa.String(length=64), nullable=False),
    sa.Column('issued_at', types.Moment(timezone=True), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('error', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_paper')),
    sa.UniqueConstraint('key', name=op.f('uq_paper_key')),
    sa.UniqueConstraint('number', 'template', name=op.f('uq_paper_number'))
    )
    with op.batch_alter_table('paper', schema=None) as batch_op:
        batch_op.create_index('ix_paper_subject', ['subject_id'], unique=False)

    op.create_table('paper_counter',
    sa.Column('series', sa.String(length=64), nullable=False),
    sa.Column('year', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('series', 'year', name=op.f('pk_paper_counter'))
    )
    op.create_table('person',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('login', sa.String(length=60), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('name_en', sa.String(length=60), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('failed_count', sa.Integer(), nullable=False),
    sa.Column('locked_until', types.Moment(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('login', name=op.f('uq_person_login'))
    )
    op.create_table('task_office',
    sa.Column('scope', sa.String(length=255), nullable=False),
    sa.Column('process_id', sa.String(length=128), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('task_id', types.Id(length=32), nullable=False),
    sa.PrimaryKeyConstraint('scope', 'process_id', 'due_on', 'task_id', name=op.f('pk_task_office')),
    sqlite_with_rowid=False
    )
    op.create_table('taxpayer',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('region', sa.String(length=6), nullable=False),
    sa.Column('office_id', types.Id(length=32), nullable=True),
    sa.Column('registered_on', sa.Date(), nullable=False),
    sa.Column('deregistered_on', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_taxpayer')),
    sa.UniqueConstraint('number', name=op.f('uq_taxpayer_number'))
    )
    with op.batch_alter_table('taxpayer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_taxpayer_region'), ['region'], unique=False)

    op.create_table('trail_entry',
    sa.Column('sequence', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('at', types.Moment(timezone=True), nullable=False),
    sa.Column('person_id', types.Id(length=32), nullable=False),
    sa.Column('person_name', sa.String(length=60), nullable=False),
    sa.Column('event', sa.String(length=80), nullable=False),
    sa.Column('subject_kind', sa.String(length=40), nullable=False),
    sa.Column('subject_id', types.Id(length=32), nullable=False),
    sa.Column('case_id', types.Id(length=32), nullable=False),
    sa.Column('task_id', types.Id(length=32), nullable=False),
    sa.Column('old', types.JsonText(), nullable=True),
    sa.Column('new', types.JsonText(), nullable=True),
    sa.PrimaryKeyConstraint('sequence', name=op.f('pk_trail_entry'))
    )
    with op.batch_alter_table('trail_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_trail_entry_case_id'), ['case_id'], unique=False)
        batch_op.create_index('ix_trail_entry_subject', ['subject_kind', 'subject_id', 'sequence'], unique=False)

    op.create_table('web_preference',
    sa.Column('person_id', types.Id(length=32), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('notices_seen_at', types.Moment(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_web_preference'))
    )
    op.create_table('web_session',
    sa.Column('token_sha256', sa.String(length=64), nullable=False),
    sa.Column('person_id', types.Id(length=32), nullable=False),
    sa.Column('created_at', types.Moment(timezone=True), nullable=False),
    sa.Column('seen_at', types.Moment(timezone=True), nullable=False),
    sa.Column('agent', sa.String(length=200), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('token_sha256', name=op.f('pk_web_session'))
    )
    with op.batch_alter_table('web_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_web_session_person_id'), ['person_id'], unique=False)

    op.create_table('deadline_event',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('deadline_id', types.Id(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('step', sa.String(length=64), nullable=False),
    sa.Column('at', types.Moment(timezone=True), nullable=False),
    sa.Column('details', types.JsonText(), nullable=False),
    sa.ForeignKeyConstraint(['deadline_id'], ['deadline.id'], name=op.f('fk_deadline_event_deadline_id_deadline')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deadline_event')),
    sa.UniqueConstraint('deadline_id', 'kind', 'step', name=op.f('uq_deadline_event_deadline_id'))
    )
    op.create_table('delegation_receipt',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('number', sa.String(length=60), nullable=True),
    sa.Column('delegation_id', types.Id(length=32), nullable=False),
    sa.Column('parent_id', types.Id(length=32), nullable=True),
    sa.Column('office_id', types.Id(length=32), nullable=False),
    sa.Column('scope', sa.String(length=200), nullable=False),
    sa.Column('from_office_id', types.Id(length=32), nullable=False),
    sa.Column('nature', sa.String(length=20), nullable=False),
    sa.Column('invoice_count', sa.Integer(), nullable=False),
    sa.Column('amount', types.Money(), nullable=False),
    sa.Column('tax', types.Money(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('received_by', types.Id(length=32), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('extended_to', sa.Date(), nullable=True),
    sa.Column('inspector_id', types.Id(length=32), nullable=False),
    sa.Column('inspector_name', sa.String(length=60), nullable=False),
    sa.Column('summary', sa.Text(), nullable=False),
    sa.Column('reply_number', sa.String(length=60), nullable=True),
    sa.Column('replied_on', sa.Date(), nullable=True),
    sa.Column('archived_on', sa.Date(), nullable=True),
    sa.Column('case_id', types.Id(length=32), nullable=False),
    sa.ForeignKeyConstraint(['delegation_id'], ['delegation.id'], name=op.f('fk_delegation_receipt_delegation_id_delegation')),
    sa.ForeignKeyConstraint(['parent_id'], ['delegation_receipt.id'], name=op.f('fk_delegation_receipt_parent_id_delegation_receipt')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delegation_receipt')),
    sa.UniqueConstraint('delegation_id', 'office_id', name=op.f('uq_delegation_receipt_delegation_id')),
    sa.UniqueConstraint('number', name=op.f('uq_delegation_receipt_number')),
    sa.UniqueConstraint('reply_number', name=op.f('uq_delegation_receipt_reply_number'))
    )
    with op.batch_alter_table('delegation_receipt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_delegation_receipt_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_delegation_receipt_parent_id'), ['parent_id'], unique=False)
        batch_op.create_index('ix_delegation_receipt_register', ['scope', 'received_on'], unique=False)

    op.create_table('import_fault',
    sa.Column('batch_id', types.Id(length=32), nullable=False),
    sa.Column('ordinal', sa.Integer(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('column', sa.String(length=40), nullable=False),
    sa.Column('value', sa.String(length=200), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('details', types.JsonText(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['import_batch.id'], name=op.f('fk_import_fault_batch_id_import_batch')),
    sa.PrimaryKeyConstraint('batch_id', 'ordinal', name=op.f('pk_import_fault'))
    )
    op.create_table('import_row',
    sa.Column('batch_id', types.Id(length=32), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('identity', sa.String(length=120), nullable=False),
    sa.Column('invoice_code', sa.String(length=10), nullable=False),
    sa.Column('invoice_number', sa.String(length=8), nullable=False),
    sa.Column('copy', sa.String(length=20), nullable=False),
    sa.Column('amount', types.Money(), nullable=False),
    sa.Column('tax', types.Money(), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('seller_id', sa.String(length=20), nullable=False),
    sa.Column('seller_name', sa.String(length=100), nullable=False),
    sa.Column('seller_region', sa.String(length=6), nullable=False),
    sa.Column('buyer_id', sa.String(length=20), nullable=False),
    sa.Column('buyer_name', sa.String(length=100), nullable=False),
    sa.Column('buyer_region', sa.String(length=6), nullable=False),
    sa.Column('problem', sa.String(length=30), nullable=True),
    sa.Column('mismatch', sa.String(length=20), nullable=True),
    sa.ForeignKeyConstraint(['batch_id'], ['import_batch.id'], name=op.f('fk_import_row_batch_id_import_batch')),
    sa.PrimaryKeyConstraint('batch_id', 'line', name=op.f('pk_import_row'))
    )
    op.create_table('instance',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('definition_id', types.Id(length=32), nullable=False),
    sa.Column('procedure', sa.String(length=64), nullable=False),
    sa.Column('process_id', sa.String(length=128), nullable=False),
    sa.Column('business_key', sa.String(length=128), nullable=False),
    sa.Column('title', sa.String(length=255), nullable=False),
    sa.Column('office_id', sa.String(length=64), nullable=False),
    sa.Column('scope', sa.String(length=255), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('state', sa.LargeBinary(), nullable=False),
    sa.Column('mac', sa.String(length=64), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('due_label', sa.String(length=255), nullable=False),
    sa.Column('parent_id', types.Id(length=32), nullable=True),
    sa.Column('started_at', types.Moment(timezone=True), nullable=False),
    sa.Column('started_by', sa.String(length=64), nullable=False),
    sa.Column('ended_at', types.Moment(timezone=True), nullable=True),
    sa.Column('incidents', sa.Integer(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['definition_id'], ['definition.id'], name=op.f('fk_instance_definition_id_definition')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_instance'))
    )
    with op.batch_alter_table('instance', schema=None) as batch_op:
        batch_op.create_index('ix_instance_number', ['business_key'], unique=False)
        batch_op.create_index('ix_instance_parent', ['parent_id'], unique=False)
        batch_op.create_index('ix_instance_scope_started', ['scope', 'started_at'], unique=False)
        batch_op.create_index('ix_instance_started', ['started_at', 'id'], unique=False)
        batch_op.create_index('ix_instance_words', ['title', 'business_key', 'id'], unique=False)

    op.create_table('invoice_face',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('office_id', types.Id(length=32), nullable=False),
    sa.Column('scope', sa.String(length=200), nullable=False),
    sa.Column('source', sa.String(length=20), nullable=False),
    sa.Column('batch_id', types.Id(length=32), nullable=True),
    sa.Column('line', sa.Integer(), nullable=True),
    sa.Column('identity', sa.String(length=120), nullable=False),
    sa.Column('invoice_code', sa.String(length=10), nullable=False),
    sa.Column('invoice_number', sa.String(length=8), nullable=False),
    sa.Column('copy', sa.String(length=20), nullable=False),
    sa.Column('amount', types.Money(), nullable=False),
    sa.Column('tax', types.Money(), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('seller_id', sa.String(length=20), nullable=False),
    sa.Column('seller_name', sa.String(length=100), nullable=False),
    sa.Column('seller_region', sa.String(length=6), nullable=False),
    sa.Column('buyer_id', sa.String(length=20), nullable=False),
    sa.Column('buyer_name', sa.String(length=100), nullable=False),
    sa.Column('buyer_region', sa.String(length=6), nullable=False),
    sa.Column('problem', sa.String(length=30), nullable=True),
    sa.Column('mismatch', sa.String(length=20), nullable=True),
    sa.Column('entered_by', types.Id(length=32), nullable=False),
    sa.Column('entered_at', types.Moment(timezone=True), nullable=False),
    sa.Column('delegation_id', types.Id(length=32), nullable=True),
    sa.CheckConstraint("source = 'manual' OR batch_id IS NOT NULL", name=op.f('ck_invoice_face_imported_has_batch')),
    sa.ForeignKeyConstraint(['batch_id'], ['import_batch.id'], name=op.f('fk_invoice_face_batch_id_import_batch')),
    sa.ForeignKeyConstraint(['delegation_id'], ['delegation.id'], name=op.f('fk_invoice_face_delegation_id_delegation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invoice_face')),
    sa.UniqueConstraint('office_id', 'source', 'identity', name=op.f('uq_invoice_face_office_id'))
    )
    with op.batch_alter_table('invoice_face', schema=None) as batch_op:
        batch_op.create_index('ix_invoice_face_batch', ['batch_id', 'line'], unique=False)
        batch_op.create_index(batch_op.f('ix_invoice_face_delegation_id'), ['delegation_id'], unique=False)

    op.create_table('office_region',
    sa.Column('region', sa.String(length=6), nullable=False),
    sa.Column('office_id', types.Id(length=32), nullable=False),
    sa.ForeignKeyConstraint(['office_id'], ['office.id'], name=op.f('fk_office_region_office_id_office')),
    sa.PrimaryKeyConstraint('region', name=op.f('pk_office_region'))
    )
    with op.batch_alter_table('office_region', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_office_region_office_id'), ['office_id'], unique=False)

    op.create_table('post',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('office_id', types.Id(length=32), nullable=False),
    sa.ForeignKeyConstraint(['office_id'], ['office.id'], name=op.f('fk_post_office_id_office')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_post')),
    sa.UniqueConstraint('office_id', 'role', name=op.f('uq_post_office_id'))
    )
    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_post_role'), ['role'], unique=False)

    op.create_table('urging',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('subject_id', types.Id(length=32), nullable=False),
    sa.Column('deadline_id', types.Id(length=32), nullable=True),
    sa.Column('by_id', sa.String(length=64), nullable=False),
    sa.Column('by_name', sa.String(length=64), nullable=False),
    sa.Column('posts', types.JsonText(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', types.Moment(timezone=True), nullable=False),
    sa.Column('answered_by', sa.String(length=64), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('answered_at', types.Moment(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['deadline_id'], ['deadline.id'], name=op.f('fk_urging_deadline_id_deadline')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_urging'))
    )
    with op.batch_alter_table('urging', schema=None) as batch_op:
        batch_op.create_index('ix_urging_subject', ['subject_id'], unique=False)

    op.create_table('immediate_report',
    sa.Column('face_id', types.Id(length=32), nullable=False),
    sa.Column('office_id', types.Id(length=32), nullable=False),
    sa.Column('scope', sa.String(length=200), nullable=False),
    sa.Column('city_office_id', types.Id(length=32), nullable=False),
    sa.Column('reported_at', types.Moment(timezone=True), nullable=False),
    sa.Column('acknowledged_by', types.Id(length=32), nullable=False),
    sa.Column('acknowledged_at', types.Moment(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['face_id'], ['invoice_face.id'], name=op.f('fk_immediate_report_face_id_invoice_face')),
    sa.PrimaryKeyConstraint('face_id', name=op.f('pk_immediate_report'))
    )
    with op.batch_alter_table('immediate_report', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_immediate_report_city_office_id'), ['city_office_id'], unique=False)

    op.create_table('post_holding',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('post_id', types.Id(length=32), nullable=False),
    sa.Column('person_id', types.Id(length=32), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_post_holding_person_id_person')),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_post_holding_post_id_post')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_post_holding'))
    )
    with op.batch_alter_table('post_holding', schema=None) as batch_op:
        batch_op.create_index('ix_post_holding_person', ['person_id', 'valid_from'], unique=False)
        batch_op.create_index(batch_op.f('ix_post_holding_post_id'), ['post_id'], unique=False)

    op.create_table('receipt_extension',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('receipt_id', types.Id(length=32), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('wanted', sa.Date(), nullable=False),
    sa.Column('applied_by', types.Id(length=32), nullable=False),
    sa.Column('applied_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('granted', sa.Date(), nullable=True),
    sa.Column('decided_by', types.Id(length=32), nullable=False),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('opinion', sa.Text(), nullable=False),
    sa.Column('told_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['receipt_id'], ['delegation_receipt.id'], name=op.f('fk_receipt_extension_receipt_id_delegation_receipt')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_receipt_extension'))
    )
    with op.batch_alter_table('receipt_extension', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_receipt_extension_receipt_id'), ['receipt_id'], unique=False)

    op.create_table('receipt_finding',
    sa.Column('subject_id', types.Id(length=32), nullable=False),
    sa.Column('face_id', types.Id(length=32), nullable=False),
    sa.Column('delegation_id', types.Id(length=32), nullable=False),
    sa.Column('existence', sa.String(length=20), nullable=True),
    sa.Column('authenticity', sa.String(length=20), nullable=True),
    sa.Column('contents', sa.String(length=20), nullable=True),
    sa.Column('trade', sa.String(length=20), nullable=True),
    sa.Column('payments', sa.String(length=20), nullable=True),
    sa.Column('conclusion', sa.String(length=20), nullable=True),
    sa.Column('remark', sa.Text(), nullable=False),
    sa.Column('tax_recovered', types.Money(), nullable=False),
    sa.Column('late_fee', types.Money(), nullable=False),
    sa.Column('fine', types.Money(), nullable=False),
    sa.Column('found_by', types.Id(length=32), nullable=False),
    sa.Column('found_by_name', sa.String(length=60), nullable=False),
    sa.Column('found_at', types.Moment(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['delegation_id'], ['delegation.id'], name=op.f('fk_receipt_finding_delegation_id_delegation')),
    sa.ForeignKeyConstraint(['face_id'], ['invoice_face.id'], name=op.f('fk_receipt_finding_face_id_invoice_face')),
    sa.PrimaryKeyConstraint('subject_id', 'face_id', name=op.f('pk_receipt_finding'))
    )
    with op.batch_alter_table('receipt_finding', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_receipt_finding_delegation_id'), ['delegation_id'], unique=False)

    op.create_table('receipt_invoice',
    sa.Column('receipt_id', types.Id(length=32), nullable=False),
    sa.Column('face_id', types.Id(length=32), nullable=False),
    sa.ForeignKeyConstraint(['face_id'], ['invoice_face.id'], name=op.f('fk_receipt_invoice_face_id_invoice_face')),
    sa.ForeignKeyConstraint(['receipt_id'], ['delegation_receipt.id'], name=op.f('fk_receipt_invoice_receipt_id_delegation_receipt')),
    sa.PrimaryKeyConstraint('receipt_id', 'face_id', name=op.f('pk_receipt_invoice'))
    )
    with op.batch_alter_table('receipt_invoice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_receipt_invoice_face_id'), ['face_id'], unique=False)

    op.create_table('subscription',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('instance_id', types.Id(length=32), nullable=False),
    sa.Column('token', sa.Integer(), nullable=False),
    sa.Column('element', sa.String(length=128), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('name', sa.String(length=128), nullable=False),
    sa.Column('correlation', sa.String(length=255), nullable=False),
    sa.ForeignKeyConstraint(['instance_id'], ['instance.id'], name=op.f('fk_subscription_instance_id_instance')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscription'))
    )
    with op.batch_alter_table('subscription', schema=None) as batch_op:
        batch_op.create_index('ix_subscription_instance', ['instance_id'], unique=False)
        batch_op.create_index('ix_subscription_name', ['kind', 'name', 'correlation'], unique=False)

    op.create_table('task',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('instance_id', types.Id(length=32), nullable=False),
    sa.Column('token', sa.Integer(), nullable=False),
    sa.Column('element', sa.String(length=128), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('name_en', sa.String(length=255), nullable=False),
    sa.Column('procedure', sa.String(length=64), nullable=False),
    sa.Column('process_id', sa.String(length=128), nullable=False),
    sa.Column('business_key', sa.String(length=128), nullable=False),
    sa.Column('title', sa.String(length=255), nullable=False),
    sa.Column('scope', sa.String(length=255), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('assignee_id', sa.String(length=64), nullable=True),
    sa.Column('assignee_name', sa.String(length=64), nullable=False),
    sa.Column('claimed_at', types.Moment(timezone=True), nullable=True),
    sa.Column('opened_at', types.Moment(timezone=True), nullable=False),
    sa.Column('opened_version', sa.Integer(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('own_due', sa.Integer(), server_default='0', nullable=False),
    sa.Column('closed_at', types.Moment(timezone=True), nullable=True),
    sa.Column('closed_by', sa.String(length=64), nullable=True),
    sa.Column('draft', types.JsonText(), nullable=True),
    sa.ForeignKeyConstraint(['instance_id'], ['instance.id'], name=op.f('fk_task_instance_id_instance')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_task'))
    )
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.create_index('ix_task_done', ['instance_id', 'element', 'closed_by'], unique=False, sqlite_where=sa.text("state = 'completed'"), postgresql_where=sa.text("state = 'completed'"))
        batch_op.create_index('ix_task_mine', ['assignee_id', 'due_on', 'id'], unique=False, sqlite_where=sa.text("state = 'open' AND assignee_id IS NOT NULL"), postgresql_where=sa.text("state = 'open' AND assignee_id IS NOT NULL"))
        batch_op.create_index('ix_task_open_case', ['instance_id'], unique=False, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
        batch_op.create_index('ix_task_words', ['title', 'business_key', 'id'], unique=False, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))

    op.create_table('timer',
    sa.Column('id', types.Id(length=32), nullable=False),
    sa.Column('instance_id', types.Id(length=32), nullable=False),
    sa.Column('token', sa.Integer(), nullable=False),
    sa.Column('element', sa.String(length=128), nullable=False),
    sa.Column('timer_kind', sa.String(length=16), nullable=False),
    sa.Column('expression', sa.Text(), nullable=False),
    sa.Column('occurrence', sa.Integer(), nullable=False),
    sa.Column('due_at', types.Moment(timezone=True), nullable=True),
    sa.Column('done_at', types.Moment(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=16), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('stuck', sa.Integer(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['instance_id'], ['instance.id'], name=op.f('fk_timer_instance_id_instance')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_timer')),
    sa.UniqueConstraint('instance_id', 'token', 'occurrence', name=op.f('uq_timer_instance_id'))
    )
    with op.batch_alter_table('timer', schema=None) as batch_op:
        batch_op.create_index('ix_timer_due', ['due_at'], unique=False, sqlite_where=sa.text('done_at IS NULL AND stuck = 0'), postgresql_where=sa.text('done_at IS NULL AND stuck = 0'))
        batch_op.create_index('ix_timer_instance', ['instance_id'], unique=False, sqlite_where=sa.text('done_at IS NULL'), postgresql_where=sa.text('done_at IS NULL'))

    op.create_table('variable',
    sa.Column('instance_id', types.Id(length=32), nullable=False),
    sa.Column('scope_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('name', sa.String(length=128), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('element', sa.String(length=128), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['instance_id'], ['instance.id'], name=op.f('fk_variable_instance_id_instance')),
    sa.PrimaryKeyConstraint('instance_id', 'scope_id', 'name', name=op.f('pk_variable')),
    sqlite_with_rowid=False
    )
    op.create_table('task_candidate',
    sa.Column('task_id', types.Id(length=32), nullable=False),
    sa.Column('post_id', sa.String(length=64), nullable=False),
    sa.Column('process_id', sa.String(length=128), nullable=False),
    sa.Column('claimable', sa.Integer(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['task_id'], ['task.id'], name=op.f('fk_task_candidate_task_id_task')),
    sa.PrimaryKeyConstraint('task_id', 'post_id', name=op.f('pk_task_candidate')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('task_candidate', schema=None) as batch_op:
        batch_op.create_index('ix_candidate_list', ['post_id', 'process_id', 'due_on', 'task_id'], unique=False, sqlite_where=sa.text('claimable = 1'), postgresql_where=sa.text('claimable = 1'))

    # ### end Alembic commands ###
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    # ### commands auto generated by Alembic - please adjust! ###
    with op.batch_alter_table('task_candidate', schema=None) as batch_op:
        batch_op.drop_index('ix_candidate_list', sqlite_where=sa.text('claimable = 1'), postgresql_where=sa.text('claimable = 1'))

    op.drop_table('task_candidate')
    op.drop_table('variable')
    with op.batch_alter_table('timer', schema=None) as batch_op:
        batch_op.drop_index('ix_timer_instance', sqlite_where=sa.text('done_at IS NULL'), postgresql_where=sa.text('done_at IS NULL'))
        batch_op.drop_index('ix_timer_due', sqlite_where=sa.text('done_at IS NULL AND stuck = 0'), postgresql_where=sa.text('done_at IS NULL AND stuck = 0'))

    op.drop_table('timer')
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.drop_index('ix_task_words', sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
        batch_op.drop_index('ix_task_open_case', sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
        batch_op.drop_index('ix_task_mine', sqlite_where=sa.text("state = 'open' AND assignee_id IS NOT NULL"), postgresql_where=sa.text("state = 'open' AND assignee_id IS NOT NULL"))
        batch_op.drop_index('ix_task_done', sqlite_where=sa.text("state = 'completed'"), postgresql_where=sa.text("state = 'completed'"))

    op.drop_table('task')
    with op.batch_alter_table('subscription', schema=None) as batch_op:
        batch_op.drop_index('ix_subscription_name')
        batch_op.drop_index('ix_subscription_instance')

    op.drop_table('subscription')
    with op.batch_alter_table('receipt_invoice', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_receipt_invoice_face_id'))

    op.drop_table('receipt_invoice')
    with op.batch_alter_table('receipt_finding', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_receipt_finding_delegation_id'))

    op.drop_table('receipt_finding')
    with op.batch_alter_table('receipt_extension', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_receipt_extension_receipt_id'))

    op.drop_table('receipt_extension')
    with op.batch_alter_table('post_holding', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_post_holding_post_id'))
        batch_op.drop_index('ix_post_holding_person')

    op.drop_table('post_holding')
    with op.batch_alter_table('immediate_report', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_immediate_report_city_office_id'))

    op.drop_table('immediate_report')
    with op.batch_alter_table('urging', schema=None) as batch_op:
        batch_op.drop_index('ix_urging_subject')

    op.drop_table('urging')
    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_post_role'))

    op.drop_table('post')
    with op.batch_alter_table('office_region', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_office_region_office_id'))

    op.drop_table('office_region')
    with op.batch_alter_table('invoice_face', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_invoice_face_delegation_id'))
        batch_op.drop_index('ix_invoice_face_batch')

    op.drop_table('invoice_face')
    with op.batch_alter_table('instance', schema=None) as batch_op:
        batch_op.drop_index('ix_instance_words')
        batch_op.drop_index('ix_instance_started')
        batch_op.drop_index('ix_instance_scope_started')
        batch_op.drop_index('ix_instance_parent')
        batch_op.drop_index('ix_instance_number')

    op.drop_table('instance')
    op.drop_table('import_row')
    op.drop_table('import_fault')
    with op.batch_alter_table('delegation_receipt', schema=None) as batch_op:
        batch_op.drop_index('ix_delegation_receipt_register')
        batch_op.drop_index(batch_op.f('ix_delegation_receipt_parent_id'))
        batch_op.drop_index(batch_op.f('ix_delegation_receipt_case_id'))

    op.drop_table('delegation_receipt')
    op.drop_table('deadline_event')
    with op.batch_alter_table('web_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_web_session_person_id'))

    op.drop_table('web_session')
    op.drop_table('web_preference')
    with op.batch_alter_table('trail_entry', schema=None) as batch_op:
        batch_op.drop_index('ix_trail_entry_subject')
        batch_op.drop_index(batch_op.f('ix_trail_entry_case_id'))

    op.drop_table('trail_entry')
    with op.batch_alter_table('taxpayer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_taxpayer_region'))

    op.drop_table('taxpayer')
    op.drop_table('task_office')
    op.drop_table('person')
    op.drop_table('paper_counter')
    with op.batch_alter_table('paper', schema=None) as batch_op:
        batch_op.drop_index('ix_paper_subject')

    op.drop_table('paper')
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_index('ix_outbox_instance', sqlite_where=sa.text("state IN ('pending', 'failed')"), postgresql_where=sa.text("state IN ('pending', 'failed')"))
        batch_op.drop_index('ix_outbox_due', sqlite_where=sa.text("state = 'pending'"), postgresql_where=sa.text("state = 'pending'"))

    op.drop_table('outbox')
    with op.batch_alter_table('office', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_office_parent_id'))

    op.drop_table('office')
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.drop_index('ix_notice_post')

    op.drop_table('notice')
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.drop_index('ix_message_parked', sqlite_where=sa.text("state = 'parked'"), postgresql_where=sa.text("state = 'parked'"))
        batch_op.drop_index('ix_message_due', sqlite_where=sa.text("state = 'pending'"), postgresql_where=sa.text("state = 'pending'"))

    op.drop_table('message')
    with op.batch_alter_table('inspection_transfer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_inspection_transfer_subject_id'))

    op.drop_table('inspection_transfer')
    with op.batch_alter_table('incident', schema=None) as batch_op:
        batch_op.drop_index('ix_incident_same', sqlite_where=sa.text('resolved_at IS NULL'), postgresql_where=sa.text('resolved_at IS NULL'))
        batch_op.drop_index('ix_incident_open', sqlite_where=sa.text('resolved_at IS NULL'), postgresql_where=sa.text('resolved_at IS NULL'))

    op.drop_table('incident')
    with op.batch_alter_table('import_batch', schema=None) as batch_op:
        batch_op.drop_index('ix_import_batch_state')

    op.drop_table('import_batch')
    op.drop_table('idempotency')
    with op.batch_alter_table('history', schema=None) as batch_op:
        batch_op.drop_index('ix_history_case')

    op.drop_table('history')
    with op.batch_alter_table('delegation_signature', schema=None) as batch_op:
        batch_op.drop_index('ix_delegation_signature_subject')

    op.drop_table('delegation_signature')
    with op.batch_alter_table('delegation', schema=None) as batch_op:
        batch_op.drop_index('ix_delegation_to')
        batch_op.drop_index('ix_delegation_register')
        batch_op.drop_index(batch_op.f('ix_delegation_case_id'))

    op.drop_table('delegation')
    with op.batch_alter_table('definition', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_definition_procedure'))

    op.drop_table('definition')
    with op.batch_alter_table('deadline', schema=None) as batch_op:
        batch_op.drop_index('ix_deadline_state_due')
        batch_op.drop_index(batch_op.f('ix_deadline_next_on'))

    op.drop_table('deadline')
    with op.batch_alter_table('comment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_comment_instance_id'))

    op.drop_table('comment')
    op.drop_table('blob')
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attachment_instance_id'))

    op.drop_table('attachment')
    op.drop_table('archive_entry')
    # ### end Alembic commands ###
