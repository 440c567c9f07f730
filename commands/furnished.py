"""Whether there are data at all: a command that works on them must neither make an empty database nor report on one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from db import migrate
from db.copies import embedded
from db.installation import adopt_key
from db.selfcheck import DatabaseUnfit


def require_tables(application: Any) -> None:
    """Raises DatabaseUnfit where no database was ever begun."""
    database = application.database
    where = database.url.render_as_string(hide_password=True)
    if database.is_sqlite:
        where, is_empty = database.url.database, embedded.is_empty(Path(database.url.database))
    else:
        is_empty = migrate.current(database) is None
    if is_empty:
        raise DatabaseUnfit(f"{where} 还没有数据，请先用 ./run 启动一次 / there are no data yet in {where}: start the system once with ./run")


def require_data(application: Any) -> None:
    """Raises DatabaseUnfit where no database was ever begun, or where the key that its cases are signed with is missing."""
    require_tables(application)
    config = application.config
    adopt_key(application.database, config.data)
    if not (config.data / "secret").exists():
        raise DatabaseUnfit(
            f"{config.data} 没有密钥文件 secret，案件没有它就无法读取 / "
            f"the key `secret` is missing in {config.data}; without it no case can be read"
        )
