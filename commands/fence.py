"""fences a database that came back by other means than `restore`: nothing is sent twice, and the chain goes on from here"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from commands.command_line import both
from commands.furnished import require_data
from commands.progress import say
from db import queue
from db.chain import links
from db.types import moment_text
from engine.epoch import fence

PURPOSE = "给用其他办法恢复的数据库加上隔断：什么也不重复发出，封存链从这里接下去"


def arguments(parser: argparse.ArgumentParser) -> None:
    """REASON."""
    parser.add_argument("reason", help=both("做了什么，例如“恢复到 14:05”", "what was done, e.g. 'recovery to 14:05'"))


def main(compose: Callable[..., Any], options: argparse.Namespace) -> int:
    """One transaction; every node must be stopped."""
    application = compose()
    require_data(application)
    database, now = application.database, application.clock.now()
    mark = links.epoch_mark(application.chain.key(), moment_text(now), options.reason)
    statements = fence(now, options.reason, application.engine.kernel.registry.inward, mark, sqlite=database.is_sqlite)
    with database.write() as session:
        for statement in [*statements, *([] if database.is_sqlite else queue.FORGET)]:
            session.execute(text(statement.replace(":", r"\:")))
    say("已设栅栏：尚未发出的对外作业等待确认 / fenced: effects that were not sent wait on the page /operations?state=held")
    return 0
