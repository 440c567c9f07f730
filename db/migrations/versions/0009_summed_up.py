"""which summary took a large mismatch, so that none is reported twice and none is left out."""

from datetime import date, datetime, time, timedelta

import orjson
import sqlalchemy as sa
from alembic import op

from db import types
from db.clock import SHANGHAI

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('immediate_report', sa.Column('summed_up_in', types.Id(), server_default='', nullable=False))
    _mark_what_was_summed_up()


def _mark_what_was_summed_up() -> None:
    """A summary took what was reported in its month and acknowledged by then; of two for one month, the first reported it."""
    instance = sa.table('instance', sa.column('id'), sa.column('office_id'), sa.column('process_id'), sa.column('started_at', types.Moment()))
    variable = sa.table('variable', sa.column('instance_id'), sa.column('name'), sa.column('content'))
    report = sa.table(
        'immediate_report', sa.column('city_office_id'), sa.column('summed_up_in'),
        sa.column('reported_at', types.Moment()), sa.column('acknowledged_at', types.Moment()),
    )  # fmt: skip
    summaries = (
        sa.select(instance.c.id, instance.c.office_id, instance.c.started_at, variable.c.content)
        .join(variable, variable.c.instance_id == instance.c.id)
        .where(instance.c.process_id == 'mismatch_summary', variable.c.name == 'summary_month')
        .order_by(instance.c.started_at, instance.c.id)
    )
    for id_, office_id, started_at, content in op.get_bind().execute(summaries).fetchall():
        first = date.fromisoformat(f"{orjson.loads(bytes(content))}-01")
        begin, end = (datetime.combine(day, time(), SHANGHAI) for day in (first, (first + timedelta(days=31)).replace(day=1)))
        op.execute(
            sa.update(report)
            .where(report.c.city_office_id == office_id, report.c.summed_up_in == '', report.c.acknowledged_at <= started_at)
            .where(report.c.reported_at >= begin, report.c.reported_at < end)
            .values(summed_up_in=id_)
        )


def downgrade() -> None:
    op.drop_column('immediate_report', 'summed_up_in')
