"""What every process does before it serves: a database that keeps what is committed, the same key on all machines, the right schema."""

from __future__ import annotations

import logging
from typing import Any

from commands.furnished import require_data
from commands.progress import say
from commands.tables import load_tables
from db import migrate, roles, selfcheck
from db.installation import adopt_key, agree_on_secret
from db.selfcheck import DatabaseUnfit

log = logging.getLogger("jinshui.audit")
PUBLIC_ADDRESS = "JINSHUI_PUBLIC_ADDRESS"  # environment variable; https://… where a proxy that speaks TLS stands before the pages


def prepare(application: Any) -> None:
    """Schema and procedures as this code wants them; raises DatabaseUnfit."""
    load_tables()
    selfcheck.require(application.database)
    before, after = migrate.upgrade(application.database)
    if before != after:
        say(f"数据库已升级 / database migrated: {before or 'empty'} → {after}")
    _tell_role(application.database)
    settle_key(application)
    for procedure, version, fresh in application.engine.deploy_folders(application.workflows):
        if fresh:
            say(f"流程已部署 / procedure {procedure}: version {version} deployed")


def join(application: Any) -> None:
    """Takes a database as another process has prepared it; raises DatabaseUnfit where it is not prepared for this code."""
    load_tables()
    selfcheck.require(application.database)
    require_data(application)
    found, wanted = migrate.current(application.database), migrate.newest()
    if found != wanted:
        raise DatabaseUnfit(
            f"数据库版本为 {found}，本程序需要 {wanted}，请先运行 app.py migrate / "
            f"the schema is {found}, this code expects {wanted}: run app.py migrate first"
        )
    _tell_role(application.database)
    settle_key(application)


def settle_key(application: Any) -> None:
    """The key in use is the one that signed the cases of this database, after a restore that died half way too; raises DatabaseUnfit."""
    adopt_key(application.database, application.config.data)
    agree_on_secret(application.database, application.config.secret())


def _tell_role(database: Any) -> None:
    """An owner can switch guards off: a warning, not a refusal, for a small office may have one role only."""
    with database.read() as session:
        held = roles.powers(session)
    if held:
        log.warning(
            "the database role can alter evidence (%d tables): run `app.py harden ROLE` as the owner and connect as that role / 数据库角色可以改动凭据",
            len(held),
        )
