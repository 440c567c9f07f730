"""brings the database to the newest schema, or writes a new revision"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from commands.command_line import both
from commands.progress import say
from commands.tables import load_tables
from db import migrate as migrations

PURPOSE = "把数据库升级到最新版本，或写一个新的版本脚本"


def arguments(parser: argparse.ArgumentParser) -> None:
    """--revision MESSAGE writes a revision from the difference of tables and database."""
    parser.add_argument("--revision", metavar="MESSAGE", default="", help=both("把表与数据库的差别写成新的版本脚本（开发用）", "writes a revision from the difference of tables and database"))


def main(compose: Callable[..., Any], options: argparse.Namespace) -> int:
    """Migrates; says from where to where, or why not."""
    application = compose()
    load_tables()
    try:
        before, after = migrations.upgrade(application.database)
    except migrations.NewerDatabase as newer:
        say(f"✗ {newer}")
        return 1
    say(f"数据库已升级 / schema {before or 'empty'} → {after}" if before != after else f"数据库已是最新 / schema {after}, nothing to do")
    if options.revision:
        say(f"wrote {migrations.revision(application.database, options.revision)}")
    return 0
