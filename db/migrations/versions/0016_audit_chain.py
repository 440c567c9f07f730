"""the chain over everything that is evidence: what waits, seals, anchors, verifications; guards where there were none.

Rows that are older than the chain wait for their seal from here on.
"""

import sqlalchemy as sa
from alembic import op

from db import types
from db.evidence import Evidence
from db.guards import Guard

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
ISSUED = ('id', 'key', 'procedure', 'template', 'title', 'number', 'subject_id', 'data', 'copies', 'issued_by', 'issued_at')
RETURNED = (
    'id', 'instance_id', 'kind', 'token', 'element', 'from_element', 'from_name', 'person_id', 'person_name', 'at', 'reason', 'resubmit',
)  # fmt: skip
GUARDS = [
    Guard('seal_is_append_only', 'seal'),
    Guard('verification_is_append_only', 'verification'),
    Guard('history_is_append_only', 'history'),
    Guard('deadline_event_is_append_only', 'deadline_event'),
    Guard('definition_is_fixed', 'definition'),
    Guard('epoch_is_append_only', 'epoch'),
    Guard('comment_is_append_only', 'comment'),
    Guard('attachment_is_append_only', 'attachment'),
    Guard('blob_is_append_only', 'blob'),
    Guard('paper_is_fixed', 'paper', ISSUED),
    Guard('return_is_fixed', 'task_return', RETURNED),
    Guard('paper_bytes_are_fixed', 'paper', ('sha256',), '{old}.sha256 IS NOT NULL', False),
]
EVIDENCE = [
    Evidence('definition', 'definition', 'id', ()),
    Evidence('calendar_version', 'calendar_version', 'number', ()),
    Evidence('epoch', 'epoch', 'number', ()),
    Evidence('history', 'history', 'id', ()),
    Evidence('trail_entry', 'trail_entry', 'sequence', ()),
    Evidence('deadline_event', 'deadline_event', 'id', ()),
    Evidence('delegation_signature', 'delegation_signature', 'id', ()),
    Evidence('archive_entry', 'archive_entry', 'id', ()),
    Evidence('comment', 'comment', 'id', ()),
    Evidence('attachment', 'attachment', 'id', ()),
    Evidence('blob', 'blob', 'sha256', ()),
    Evidence('paper', 'paper', 'id', ()),
    Evidence('paper_made', 'paper', 'id', (), set_by='sha256'),
    Evidence('party_act', 'task_party', 'id', (), set_by='closed_at'),
    Evidence('task_return', 'task_return', 'id', ()),
    Evidence('verification', 'verification', 'id', ()),
]


def upgrade() -> None:
    op.add_column('epoch', sa.Column('mark', sa.String(length=64), server_default='', nullable=False))
    _tables()
    for kind in EVIDENCE:
        op.execute(sa.text(kind.enqueue))
    dialect = op.get_bind().dialect.name
    for statement in [one for made in GUARDS for one in made.create(dialect)] + [one for kind in EVIDENCE for one in kind.create(dialect)]:
        op.get_bind().exec_driver_sql(statement)


def _tables() -> None:
    op.create_table('unsealed',
    sa.Column('id', WHOLE, autoincrement=True, nullable=False),
    sa.Column('evidence', sa.String(length=32), nullable=False),
    sa.Column('key', sa.String(length=160), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unsealed'))
    )
    op.create_table('seal',
    sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('at', types.Moment(timezone=True), nullable=False),
    sa.Column('previous', sa.String(length=64), nullable=False),
    sa.Column('head', sa.String(length=64), nullable=False),
    sa.Column('mac', sa.String(length=64), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('drained', sa.Integer(), nullable=False),
    sa.Column('root', sa.String(length=64), nullable=False),
    sa.Column('members', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_seal'))
    )
    op.create_table('anchor',
    sa.Column('address', sa.String(length=255), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('head', sa.String(length=64), nullable=False),
    sa.Column('at', types.Moment(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('since', types.Moment(timezone=True), nullable=True),
    sa.Column('next_at', types.Moment(timezone=True), nullable=True),
    sa.Column('error', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('address', name=op.f('pk_anchor'))
    )
    op.create_table('verification',
    sa.Column('id', WHOLE, autoincrement=True, nullable=False),
    sa.Column('at', types.Moment(timezone=True), nullable=False),
    sa.Column('milliseconds', sa.BigInteger(), nullable=False),
    sa.Column('seals', sa.BigInteger(), nullable=False),
    sa.Column('rows', sa.BigInteger(), nullable=False),
    sa.Column('waiting', sa.Integer(), nullable=False),
    sa.Column('deviations', sa.Integer(), nullable=False),
    sa.Column('told', types.JsonText(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_verification'))
    )


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for made in GUARDS[2:]:
        for statement in made.drop(dialect):
            op.execute(statement)
    for kind in EVIDENCE[:-1]:
        op.execute(f'DROP TRIGGER IF EXISTS "{kind.trigger}"' + ('' if dialect == 'sqlite' else f' ON "{kind.table}"'))
    for table in ('verification', 'anchor', 'seal', 'unsealed'):
        op.drop_table(table)
    op.drop_column('epoch', 'mark')
