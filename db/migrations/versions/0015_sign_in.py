"""signing in: dates of passwords, second factors, recovery codes, outside identities, rules, what a session was proved by."""

import sqlalchemy as sa
from alembic import op

from db import types

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('password_state',
    sa.Column('person_id', types.Id(), nullable=False),
    sa.Column('set_at', types.Moment(timezone=True), nullable=False),
    sa.Column('initial_until', types.Moment(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_password_state_person_id_person')),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_password_state'))
    )
    op.create_table('second_factor',
    sa.Column('person_id', types.Id(), nullable=False),
    sa.Column('sealed_secret', sa.LargeBinary(), nullable=False),
    sa.Column('begun_at', types.Moment(timezone=True), nullable=False),
    sa.Column('confirmed_at', types.Moment(timezone=True), nullable=True),
    sa.Column('last_step', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_second_factor_person_id_person')),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_second_factor'))
    )
    op.create_table('recovery_code',
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('person_id', types.Id(), nullable=False),
    sa.Column('used_at', types.Moment(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_recovery_code_person_id_person')),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_recovery_code'))
    )
    op.create_index(op.f('ix_recovery_code_person_id'), 'recovery_code', ['person_id'], unique=False)
    op.create_table('outside_identity',
    sa.Column('person_id', types.Id(), nullable=False),
    sa.Column('issuer', sa.String(length=200), nullable=False),
    sa.Column('value', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_outside_identity_person_id_person')),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_outside_identity')),
    sa.UniqueConstraint('issuer', 'value', name=op.f('uq_outside_identity_issuer'))
    )
    op.create_table('sign_in_rule',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('value', types.JsonText(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_sign_in_rule'))
    )
    op.create_table('web_halfway',
    sa.Column('token_sha256', sa.String(length=64), nullable=False),
    sa.Column('person_id', types.Id(), nullable=False),
    sa.Column('created_at', types.Moment(timezone=True), nullable=False),
    sa.Column('proved_by', sa.String(length=20), nullable=False),
    sa.Column('must_change', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('token_sha256', name=op.f('pk_web_halfway'))
    )
    op.create_index(op.f('ix_web_halfway_person_id'), 'web_halfway', ['person_id'], unique=False)
    op.create_table('web_outside_attempt',
    sa.Column('state_sha256', sa.String(length=64), nullable=False),
    sa.Column('browser_sha256', sa.String(length=64), nullable=False),
    sa.Column('nonce', sa.String(length=64), nullable=False),
    sa.Column('verifier', sa.String(length=128), nullable=False),
    sa.Column('next', sa.String(length=2000), nullable=False),
    sa.Column('created_at', types.Moment(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('state_sha256', name=op.f('pk_web_outside_attempt'))
    )
    op.create_index(op.f('ix_web_outside_attempt_created_at'), 'web_outside_attempt', ['created_at'], unique=False)
    op.add_column('web_session', sa.Column('proved_by', sa.String(length=20), server_default='', nullable=False))
    op.add_column('web_session', sa.Column('second_factor', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('web_session', sa.Column('must_change', sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    for column in ('must_change', 'second_factor', 'proved_by'):
        op.drop_column('web_session', column)
    for table in ('web_outside_attempt', 'web_halfway', 'sign_in_rule', 'outside_identity', 'recovery_code', 'second_factor', 'password_state'):
        op.drop_table(table)
