"""compares the figures of the supervisor's board, and the register of devices, with a count from the beginning; --anew writes the former anew"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from commands.command_line import both
from commands.furnished import require_data
from commands.progress import say
from commands.tables import load_tables
from records.devices.figures import deviations

SHOWN = 50
PURPOSE = "把督办看板的数字、专用设备台账与从头清点的结果核对；加 --anew 则重新写入看板的数字"


def arguments(parser: argparse.ArgumentParser) -> None:
    """--anew."""
    parser.add_argument("--anew", action="store_true", help=both("重新写入数字；用内置数据库时，其间不能办理业务", "write the figures anew; with the embedded database nobody works meanwhile"))


def main(compose: Callable[..., Any], options: argparse.Namespace) -> int:
    """One line for each figure that is wrong; 1 if there is any that was not written anew. A device is never set right: its postings stand."""
    application = compose()
    require_data(application)
    load_tables()
    board = application.engine.board
    wrong = board.recount() if options.anew else board.deviations()
    _list(wrong)
    if options.anew:
        say(f"已重新统计，更正 {len(wrong)} 处 / counted anew, {len(wrong)} set right")
    else:
        say(f"看板数字与从头统计不一致 {len(wrong)} 处 / {len(wrong)} figures differ from a count from the beginning")
    with application.database.read() as session:
        devices = deviations(session)
    _list(devices)
    say(f"专用设备台账与流水不一致 {len(devices)} 处 / {len(devices)} differences between the register of devices and its postings")
    return int(bool(devices or (wrong and not options.anew)))


def _list(wrong: Sequence[str]) -> None:
    for line in wrong[:SHOWN]:
        say(f"✗ {line}")
    if len(wrong) > SHOWN:
        say(f"✗ 另有 {len(wrong) - SHOWN} 处未列出 / {len(wrong) - SHOWN} more are not listed")
