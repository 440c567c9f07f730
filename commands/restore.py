"""brings a backup back, checked, and with a fence: what was not sent when it was made waits for an operator"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from commands.command_line import both
from commands.progress import say
from db import copies, keys, migrate, queue
from db.chain import links
from db.copies import Manifest, Refused, embedded, server
from db.installation import Agreement, adopt_key, noted
from db.types import moment_text
from engine.epoch import fence
from web.sessions.store import END_SESSIONS

CHAINED_SINCE = "0016"  # the revision from which on a new beginning is signed

PURPOSE = "恢复备份：先核对，并拦住备份时尚未发出的事项，等人处理"


def arguments(parser: argparse.ArgumentParser) -> None:
    """SOURCE --replace."""
    parser.add_argument("source", type=Path, help=both("备份所在的文件夹", "the folder of a backup"))
    parser.add_argument("--replace", action="store_true", help=both("先把现有数据移到一旁", "move what is there aside first"))


def main(compose: Callable[..., Any], options: argparse.Namespace) -> int:
    """Restores; 1 with a sentence where that is not possible."""
    try:
        found, aside = restore(compose(), options.source, replace=options.replace)
    except Refused as refused:
        say(f"✗ {refused}")
        return 1
    say(f"恢复完成 / restored {options.source} of {found.made_at}: revision {found.revision}, {sum(found.rows.values())} rows, all counted")
    if aside:
        say(f"原有数据已移到 / what was there before: {aside}")
    say("备份时尚未发出的事项请在 /operations?state=held 逐项确认 / effects that were not sent when the backup was made wait on the page /operations?state=held")
    return 0


def restore(application: Any, source: Path, *, replace: bool = False) -> tuple[Manifest, str]:
    """(what the backup says, where the former data are). Nothing is touched before the backup is known to be whole."""
    database = application.database
    found = Manifest.read(source)
    backend = database.url.get_backend_name()
    if found.backend != backend:
        raise Refused(f"备份来自 {found.backend}，不能恢复到 {backend}", f"the backup is of {found.backend}, not of {backend}")
    if not migrate.knows(found.revision):
        raise Refused(
            f"备份的数据库版本 {found.revision} 比程序新，请用更新的程序恢复",
            f"the backup has revision {found.revision}, which this code does not know; restore it with newer code",
        )
    back = _embedded if database.is_sqlite else _server
    return found, back(application, source, found, replace)


def _embedded(application: Any, source: Path, found: Manifest, replace: bool) -> str:
    file = Path(application.database.url.database)
    application.database.dispose()
    with embedded.occupied(file, alone=True):
        return _embedded_alone(application, file, source, found, replace)


def _embedded_alone(application: Any, file: Path, source: Path, found: Manifest, replace: bool) -> str:
    is_empty = embedded.is_empty(file)
    _require_room(is_empty, replace)
    if not is_empty:
        embedded.require_idle(file)
        _settle(application)
    new = file.with_name(f"{file.name}.restoring")
    new.unlink(missing_ok=True)
    shutil.copyfile(source / embedded.NAME, new)
    if embedded.facts(new) != (found.revision, found.rows):
        raise Refused("备份的行数与清单不符", "the backup has not the rows that its manifest says")
    embedded.run(new, _fence(application, source, found))
    if not is_empty:
        embedded.fold(file)
    aside = _set_aside(application, [file] if not is_empty else [], source)
    copies.put_in_place(new, file)  # in one movement: whoever starts meanwhile, or after a power cut, finds one of the two
    _change_key(application)
    return aside


def _server(application: Any, source: Path, found: Manifest, replace: bool) -> str:
    database = application.database
    is_empty = server.is_empty(database)
    _require_room(is_empty, replace)
    server.require_idle(database)
    _settle(application)
    schema = "" if is_empty else f"before_restore_{_stamp(application)}"
    statements = [*_fence(application, source, found), *queue.FORGET]
    aside = _set_aside(application, [], source)
    server.bring_back(database, source / server.NAME, found.rows, schema, statements, lambda text: say(f"正在恢复 / restore: {text}"))
    _change_key(application)
    return " + ".join(place for place in (f"schema {schema}" if schema else "", aside) if place)


def _require_room(is_empty: bool, replace: bool) -> None:
    if not is_empty and not replace:
        raise Refused(
            "目标中已有数据；确要替换，请加 --replace（原有数据会移到一旁）", "there are data already; --replace moves them aside"
        )


def _fence(application: Any, source: Path, found: Manifest) -> list[str]:
    registry, database = application.engine.kernel.registry, application.database
    key, now, reason = _key(source), application.clock.now(), f"restore of the backup of {found.made_at}"
    # Signed with the key of the backup, which takes the place of the one that is there.
    mark = links.epoch_mark(links.key_of(key), moment_text(now), reason) if found.revision >= CHAINED_SINCE else ""
    statements = [*fence(now, reason, registry.inward, mark, sqlite=database.is_sqlite), END_SESSIONS]
    if Agreement.__tablename__ in found.rows:  # whoever starts after a power cut tells by it which key is the right one
        statements.append(noted(key))
    return statements


def _key(source: Path) -> bytes:
    if (key := keys.read_key(source / keys.NAME)) is None:
        raise Refused("备份中的密钥文件 secret 已损坏", "the key `secret` of the backup is damaged")
    return key


def _settle(application: Any) -> None:
    """A restore that died is finished before another begins: the key it left is needed for what is now moved aside."""
    adopt_key(application.database, application.config.data)
    application.database.dispose()


def _set_aside(application: Any, files: list[Path], source: Path) -> str:
    """Gives the former files and key a second place, and lays the key of the backup beside; where they are, or nothing."""
    data = application.config.data
    secret, key = data / keys.NAME, (source / keys.NAME).read_bytes()
    aside = _fresh(data / f"before-restore-{_stamp(application)}")
    is_other = not secret.exists() or secret.read_bytes() != key
    kept = [*files, *([secret] if is_other and secret.exists() else [])]
    for file in kept:
        aside.mkdir(parents=True, exist_ok=True, mode=0o700)
        copies.keep(file, aside / file.name)
    if kept:
        copies.to_disk(aside)
        copies.to_disk(data)
    if is_other:
        keys.bring(data, key)
    else:
        (data / keys.COMING).unlink(missing_ok=True)
    return str(aside) if kept else ""


def _change_key(application: Any) -> None:
    """The key of the backup, where it is another one, takes the place of the old one: its database is there now."""
    data = application.config.data
    if (data / keys.COMING).exists():
        keys.arrive(data)


def _fresh(folder: Path) -> Path:
    """The folder, or one with a number behind its name where a restore of the same second was here before."""
    names = (folder.with_name(f"{folder.name}{ending}") for ending in ("", *(f"-{n}" for n in range(2, 1_000))))
    return next(name for name in names if not name.exists())


def _stamp(application: Any) -> str:
    return str(application.clock.now().strftime("%Y%m%d_%H%M%S"))
