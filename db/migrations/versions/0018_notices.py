"""notices of people: what is to be told, what was told, choices, rules, digests; an address for mail.

What was told to posts in the last thirty days is told to their holders of today, read where they had looked at it already.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from db import types
from db.clock import SHANGHAI
from db.followed import Followed

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
FOLLOWED = [
    Followed('history', 'history', 'id', when="NEW.kind IN ('opened', 'transferred', 'released', 'fell_back', 'reassigned', 'back_to_holder')"),
    Followed('incident', 'incident', 'id'),
    Followed('seat', 'task_party', 'id', when="NEW.state IN ('open', 'unread')"),
    Followed('seat', 'task_party', 'id', 'UPDATE OF state', "NEW.state <> OLD.state AND NEW.state IN ('open', 'agreed', 'refused', 'answered')"),
    Followed('notice', 'notice', 'id'),
    Followed('urging', 'urging', 'id', 'UPDATE OF answered_at', 'OLD.answered_at IS NULL AND NEW.answered_at IS NOT NULL'),
]
KEPT = timedelta(days=30)
# The occasion of a notice to a post by its kind, as handlers/telling/sources.py has it.
CARRIED = sa.text(
    "INSERT INTO told (person_id, key, occasion, instance_id, text, text_en, at, read_at)"
    " SELECT h.person_id, 'notice:' || MIN(n.id), CASE n.kind WHEN 'repeat' THEN 'overdue' WHEN 'provisional' THEN 'moved_term'"
    " WHEN 'recomputed' THEN 'moved_term' WHEN 'reminder' THEN 'reminder' WHEN 'overdue' THEN 'overdue' WHEN 'urged' THEN 'urged'"
    " WHEN 'escalated' THEN 'escalated' WHEN 'returned' THEN 'returned' WHEN 'withdrawn' THEN 'withdrawn' ELSE 'matter' END,"
    " n.subject_id, n.text, n.text_en, n.at, CASE WHEN w.notices_seen_at >= n.at THEN w.notices_seen_at END"
    " FROM notice n JOIN post_holding h ON h.post_id = n.post_id JOIN person p ON p.id = h.person_id"
    " LEFT JOIN web_preference w ON w.person_id = h.person_id"
    " WHERE n.at > :since AND p.active = :here AND h.valid_from <= :today AND (h.valid_to IS NULL OR h.valid_to >= :today)"
    " GROUP BY h.person_id, n.kind, n.subject_id, n.text, n.text_en, n.at, w.notices_seen_at ORDER BY n.at, MIN(n.id)"
).bindparams(sa.bindparam('since', type_=types.Moment()), sa.bindparam('today', type_=sa.Date()), sa.bindparam('here', type_=sa.Boolean()))


def upgrade() -> None:
    op.add_column('person', sa.Column('email', sa.String(length=120), server_default='', nullable=False))
    _tables()
    now = datetime.now(UTC)
    op.get_bind().execute(CARRIED, {'since': now - KEPT, 'today': now.astimezone(SHANGHAI).date(), 'here': True})
    with op.batch_alter_table('web_preference', schema=None) as batch_op:
        batch_op.drop_column('notices_seen_at')
    dialect = op.get_bind().dialect.name
    for kind in FOLLOWED:
        for statement in kind.create(dialect):
            op.get_bind().exec_driver_sql(statement)


def _tables() -> None:
    op.create_table('untold',
    sa.Column('id', WHOLE, autoincrement=True, nullable=False),
    sa.Column('source', sa.String(length=16), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('due_at', types.Moment(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_untold'))
    )
    op.create_table('told',
    sa.Column('id', WHOLE, autoincrement=True, nullable=False),
    sa.Column('person_id', types.Id(), nullable=False),
    sa.Column('for_id', sa.String(length=64), server_default='', nullable=False),
    sa.Column('key', sa.String(length=160), nullable=False),
    sa.Column('gathered', sa.String(length=80), server_default='', nullable=False),
    sa.Column('count', sa.Integer(), server_default='1', nullable=False),
    sa.Column('occasion', sa.String(length=24), nullable=False),
    sa.Column('instance_id', types.Id(), nullable=True),
    sa.Column('task_id', types.Id(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('text_en', sa.Text(), nullable=False),
    sa.Column('at', types.Moment(timezone=True), nullable=False),
    sa.Column('read_at', types.Moment(timezone=True), nullable=True),
    sa.Column('mail', sa.String(length=10), server_default='', nullable=False),
    sa.Column('mail_at', types.Moment(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_told')),
    sa.UniqueConstraint('person_id', 'key', name=op.f('uq_told_person_id'))
    )
    with op.batch_alter_table('told', schema=None) as batch_op:
        batch_op.create_index('ix_told_person', ['person_id', 'id'], unique=False)
        batch_op.create_index('ix_told_case', ['instance_id', 'person_id'], unique=False)
        for name, columns, where in (('ix_told_unread', ['person_id', 'gathered'], 'read_at IS NULL'), ('ix_told_mail', ['mail_at'], "mail = 'waiting'")):
            batch_op.create_index(name, columns, unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.create_table('notice_choice',
    sa.Column('person_id', types.Id(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('value', types.JsonText(), nullable=False),
    sa.PrimaryKeyConstraint('person_id', 'name', name=op.f('pk_notice_choice'))
    )
    op.create_table('notice_rule',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('value', types.JsonText(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_notice_rule'))
    )
    op.create_table('notice_digest',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('person_id', types.Id(), nullable=False),
    sa.Column('sent', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'person_id', name=op.f('pk_notice_digest'))
    )


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for kind in FOLLOWED:
        op.execute(f'DROP TRIGGER IF EXISTS "{kind.trigger}"' + ('' if dialect == 'sqlite' else f' ON "{kind.table}"'))
    op.add_column('web_preference', sa.Column('notices_seen_at', types.Moment(timezone=True), nullable=True))
    for table in ('notice_digest', 'notice_rule', 'notice_choice', 'told', 'untold'):
        op.drop_table(table)
    op.drop_column('person', 'email')
