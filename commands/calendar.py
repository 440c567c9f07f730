"""loads the holiday calendar of a year from a file, and moves the provisional dates that it settles"""

from __future__ import annotations

import argparse
import getpass
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from commands import mishaps
from commands.command_line import both
from commands.furnished import require_data
from commands.progress import say, table
from commands.tables import load_tables
from db import migrate
from deadlines.calendar import BadCalendar

LARGEST = 1_000_000
PURPOSE = "从文件载入一年的放假安排，并重算由它确定的暂定期限"


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, as `docs/deadlines.md` describes it."""
    parser.add_argument("file", type=Path, metavar="FILE", help=both("JSON 文件：版本、年份、放假日、调休上班日，写法见 docs/deadlines.md", "JSON: version, years, days off, weekends worked; see docs/deadlines.md"))


def main(compose: Callable[..., Any], options: argparse.Namespace) -> int:
    """Checks, stores, counts again; says which years came and which dates moved. 1 if the file cannot be used."""
    try:
        content = read(options.file)
        application = compose()
        require_data(application)
        load_tables()
        migrate.upgrade(application.database)
        with application.database.write() as session:
            loaded = application.deadlines.load_calendar(session, content, by=getpass.getuser())
    except BadCalendar as error:
        for fault in error.faults:
            say(f"✗ {fault}")
        say("没有载入 / nothing was loaded")
        return 1
    years = "、".join(map(str, sorted(loaded.years)))
    say(f"已载入日历 {loaded.version}：{years} 年，放假 {len(loaded.off)} 日，调休上班 {len(loaded.worked)} 日")
    moved = application.deadlines.recount(application.database)
    say(f"到期日变动 {len(moved)} 件 / {len(moved)} due dates moved")
    if moved:
        say(table(("期限 / deadline", "原 / before", "现 / after"), [(m.label, str(m.before), str(m.due_on)) for m in moved]))
    return 0


def read(file: Path) -> Any:
    """The content of the file; raises BadCalendar with the place of the fault."""
    try:
        if file.stat().st_size > LARGEST:
            raise BadCalendar([f"{file} 太大，日历文件不会超过 1 MB"])
        return json.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        zh, en = mishaps.reason(error)
        raise BadCalendar([f"不能读取 {file}：{zh} / cannot read {file}: {en}"]) from error
    except json.JSONDecodeError as error:
        raise BadCalendar([f"{file} 第 {error.lineno} 行第 {error.colno} 列不是正确的 JSON / {file} line {error.lineno} column {error.colno} is not JSON: {error.msg}"]) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise BadCalendar([f"{file} 不是 UTF-8 编码的 JSON 文件"]) from error
