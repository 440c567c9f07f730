"""compares the figures of the supervisor's board with a count from the beginning; --anew writes them anew"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from commands.command_line import both
from commands.furnished import require_data
from commands.progress import say
from commands.tables import load_tables

SHOWN = 50
PURPOSE = "把督办看板的数字与从头清点的结果核对；加 --anew 则重新写入"


def arguments(parser: argparse.ArgumentParser) -> None:
    """--anew."""
    parser.add_argument("--anew", action="store_true", help=both("重新写入数字；用内置数据库时，其间不能办理业务", "write the figures anew; with the embedded database nobody works meanwhile"))


def main(compose: Callable[..., Any], options: argparse.Namespace) -> int:
    """One line for each figure that is wrong; 1 if there is any and they were not written anew."""
    application = compose()
    require_data(application)
    load_tables()
    board = application.engine.board
    wrong = board.recount() if options.anew else board.deviations()
    for line in wrong[:SHOWN]:
        say(f"✗ {line}")
    if len(wrong) > SHOWN:
        say(f"✗ 另有 {len(wrong) - SHOWN} 处未列出 / {len(wrong) - SHOWN} more are not listed")
    if options.anew:
        say(f"已重新统计，更正 {len(wrong)} 处 / counted anew, {len(wrong)} set right")
        return 0
    say(f"看板数字与从头统计不一致 {len(wrong)} 处 / {len(wrong)} figures differ from a count from the beginning")
    return int(bool(wrong))
