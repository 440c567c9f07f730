"""offices that close, accounts of outside parties, deputies, and in whose stead something was done."""

import sqlalchemy as sa
from alembic import op

from db import types

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('deputy',
    sa.Column('id', types.Id(), nullable=False),
    sa.Column('principal_id', types.Id(), nullable=False),
    sa.Column('deputy_id', types.Id(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=False),
    sa.Column('processes', types.JsonText(), nullable=False),
    sa.Column('made_by', types.Id(), nullable=False),
    sa.Column('made_at', types.Moment(timezone=True), nullable=False),
    sa.Column('withdrawn_by', types.Id(), nullable=True),
    sa.Column('withdrawn_at', types.Moment(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['deputy_id'], ['person.id'], name=op.f('fk_deputy_deputy_id_person')),
    sa.ForeignKeyConstraint(['principal_id'], ['person.id'], name=op.f('fk_deputy_principal_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deputy'))
    )
    op.create_index('ix_deputy_deputy', 'deputy', ['deputy_id', 'valid_from'], unique=False)
    op.create_index('ix_deputy_principal', 'deputy', ['principal_id', 'valid_from'], unique=False)
    op.create_table('party',
    sa.Column('id', types.Id(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('name_en', sa.String(length=120), nullable=False),
    sa.Column('office_id', types.Id(), nullable=False),
    sa.ForeignKeyConstraint(['office_id'], ['office.id'], name=op.f('fk_party_office_id_office')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_party')),
    sa.UniqueConstraint('kind', 'number', name=op.f('uq_party_kind'))
    )
    op.create_index(op.f('ix_party_office_id'), 'party', ['office_id'], unique=False)
    op.create_table('case_party',
    sa.Column('party', sa.String(length=64), nullable=False),
    sa.Column('instance_id', types.Id(), nullable=False),
    sa.ForeignKeyConstraint(['instance_id'], ['instance.id'], name=op.f('fk_case_party_instance_id_instance')),
    sa.PrimaryKeyConstraint('party', 'instance_id', name=op.f('pk_case_party')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_case_party_case', 'case_party', ['instance_id'], unique=False)
    op.add_column('office', sa.Column('closed_on', sa.Date(), nullable=True))
    op.add_column('person', sa.Column('office_id', types.Id(), nullable=True))
    op.add_column('person', sa.Column('party_id', types.Id(), nullable=True))
    op.create_index(op.f('ix_person_office_id'), 'person', ['office_id'], unique=False)
    op.create_index(op.f('ix_person_party_id'), 'person', ['party_id'], unique=False)
    op.add_column('task', sa.Column('closed_for', sa.String(length=64), server_default='', nullable=False))
    op.add_column('history', sa.Column('for_id', sa.String(length=64), server_default='', nullable=False))
    op.add_column('history', sa.Column('for_name', sa.String(length=64), server_default='', nullable=False))
    # Everybody belongs to the office of a post held, the one deepest in the tree: what somebody does for a whole city is held besides.
    op.execute(
        "UPDATE person SET office_id = (SELECT p.office_id FROM post_holding h JOIN post p ON p.id = h.post_id JOIN office o ON o.id = p.office_id"
        " WHERE h.person_id = person.id ORDER BY length(o.scope) DESC, o.scope, h.id LIMIT 1)"
    )


def downgrade() -> None:
    for table, column in (('history', 'for_name'), ('history', 'for_id'), ('task', 'closed_for')):
        op.drop_column(table, column)
    op.drop_index(op.f('ix_person_party_id'), table_name='person')
    op.drop_index(op.f('ix_person_office_id'), table_name='person')
    op.drop_column('person', 'party_id')
    op.drop_column('person', 'office_id')
    op.drop_column('office', 'closed_on')
    for table in ('case_party', 'party', 'deputy'):
        op.drop_table(table)
