"""gives a PostgreSQL role what the application needs and no more: evidence it can read and add, never change (run as the owner)"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from commands.command_line import both
from commands.furnished import require_tables
from commands.progress import say
from commands.tables import load_tables
from db import roles

PURPOSE = "给 PostgreSQL 角色刚好够用的权限：凭据可以读取和新增，不能改动（以属主身份运行）"


def arguments(parser: argparse.ArgumentParser) -> None:
    """ROLE."""
    parser.add_argument("role", help=both("应用所用的角色，没有时建立", "the application's role, made where it is not there yet"))


def main(compose: Callable[..., Any], options: argparse.Namespace) -> int:
    """Grants in one transaction; 1 with a sentence where that makes no sense."""
    application = compose()
    if application.database.is_sqlite:
        say("✗ 嵌入式数据库没有角色；请依靠封存链和外部锚点 / the embedded database knows no roles; rely on the chain and its anchors")
        return 1
    if not roles.NAME.fullmatch(options.role):
        say("✗ 角色名只能用小写字母、数字和下划线 / a role is named by lower-case letters, digits and underscores")
        return 1
    require_tables(application)  # the key may lie elsewhere: nothing of a case is read
    load_tables()
    harden(application.database, options.role)
    say(f"角色 {options.role} 可以读取和新增凭据，不能改动 / the role {options.role} reads and adds evidence, and cannot change it")
    return 0


def harden(database: Any, role: str) -> None:
    """Makes the role, without a password, where it is not there, and grants; refused by the database where this connection is not the owner's."""
    with database.write() as session:
        if session.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}).scalar() is None:
            session.execute(text(f'CREATE ROLE "{role}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS'))
        for statement in roles.grants(role, str(database.url.database)):
            session.execute(text(statement))
