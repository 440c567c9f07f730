"""calendar versions."""

import sqlalchemy as sa
from alembic import op

from db import types

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

GUARDS = {
    "sqlite": [
        'CREATE TRIGGER IF NOT EXISTS "calendar_version_is_append_only_update" BEFORE UPDATE ON "calendar_version" FOR EACH ROW BEGIN SELECT RAISE(ABORT, \'calendar_version_is_append_only\'); END',
        'CREATE TRIGGER IF NOT EXISTS "calendar_version_is_append_only_delete" BEFORE DELETE ON "calendar_version" FOR EACH ROW BEGIN SELECT RAISE(ABORT, \'calendar_version_is_append_only\'); END',
    ],
    "postgresql": [
        'CREATE OR REPLACE FUNCTION "calendar_version_is_append_only"() RETURNS trigger LANGUAGE plpgsql AS \'BEGIN RAISE EXCEPTION \'\'calendar_version_is_append_only\'\' USING ERRCODE = \'\'check_violation\'\'; END\'',
        'CREATE OR REPLACE TRIGGER "calendar_version_is_append_only_update" BEFORE UPDATE ON "calendar_version" FOR EACH ROW EXECUTE FUNCTION "calendar_version_is_append_only"()',
        'CREATE OR REPLACE TRIGGER "calendar_version_is_append_only_delete" BEFORE DELETE ON "calendar_version" FOR EACH ROW EXECUTE FUNCTION "calendar_version_is_append_only"()',
        'CREATE OR REPLACE TRIGGER "calendar_version_is_append_only_truncate" BEFORE TRUNCATE ON "calendar_version" FOR EACH STATEMENT EXECUTE FUNCTION "calendar_version_is_append_only"()',
    ],
}


def upgrade() -> None:
    op.create_table('calendar_version',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('version', sa.String(length=32), nullable=False),
    sa.Column('content', types.JsonText(), nullable=False),
    sa.Column('loaded_by', sa.String(length=64), nullable=False),
    sa.Column('loaded_at', types.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_calendar_version')),
    sa.UniqueConstraint('version', name=op.f('uq_calendar_version_version'))
    )
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table('calendar_version')
    if op.get_bind().dialect.name == "postgresql":
        op.execute('DROP FUNCTION IF EXISTS "calendar_version_is_append_only"()')
