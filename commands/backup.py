"""writes a backup of database and key into a new folder, while the system runs"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from commands.command_line import both
from commands.furnished import require_data
from commands.progress import say
from db.copies import Manifest, Refused, embedded, put_folder, server
from db.sqlite import driver

PURPOSE = "在系统运行时把数据库和密钥备份到一个新文件夹"


def arguments(parser: argparse.ArgumentParser) -> None:
    """TARGET."""
    parser.add_argument("target", type=Path, help=both("备份放到哪个文件夹，须尚不存在", "a folder that does not exist yet"))


def main(compose: Callable[..., Any], options: argparse.Namespace) -> int:
    """Backs up; 1 with a sentence where that is not possible."""
    try:
        application = compose()
        require_data(application)
        made = back_up(application, options.target)
    except Refused as refused:
        say(f"✗ {refused}")
        return 1
    say(f"备份完成 / backup {options.target}: revision {made.revision}, {sum(made.rows.values())} rows, {len(made.rows)} tables")
    return 0


def back_up(application: Any, target: Path) -> Manifest:
    """Makes the folder beside its place first, so that under its own name there is only ever a whole backup, power cut or not."""
    if target.exists():
        raise Refused(f"{target} 已经存在", f"{target} is there already")
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True, mode=0o700)
    try:
        made = _fill(application, part)
        put_folder(part, target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)  # no copy of the key lies about where nobody looks for it
        raise
    return made


def _fill(application: Any, part: Path) -> Manifest:
    config, database = application.config, application.database
    _copy_secret(config.data / "secret", part / "secret")
    if database.is_sqlite:
        name, version = embedded.NAME, str(driver.sqlite_version)
        embedded.copy(Path(database.url.database), part / name, _progress)
        revision, rows = embedded.facts(part / name)
    else:
        name, version = server.NAME, str(server.major(database))
        revision, rows = server.copy(database, part / name, _progress)
    (part / name).chmod(0o600)
    said = Manifest(application.clock.now().isoformat(), database.url.get_backend_name(), version, revision, rows)
    return said.write(part, [name, "secret"])


def _copy_secret(source: Path, target: Path) -> None:
    target.touch(mode=0o600)
    target.write_bytes(source.read_bytes())


def _progress(text: str) -> None:
    say(f"正在备份 / backup: {text}")
