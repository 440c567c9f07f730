"""The options of every process that keeps running: where its log goes and how much of it."""

from __future__ import annotations

import argparse

from commands.command_line import both
from monitoring import logs


def arguments(parser: argparse.ArgumentParser) -> None:
    """--log-file, --log-level."""
    parser.add_argument("--log-file", default="", metavar="FILE", help=both("日志写到这个文件（每行一个 JSON），不写到标准错误", "JSON lines, instead of standard error"))
    parser.add_argument(
        "--log-level", default="", choices=logs.LEVELS,
        help=both("日志级别（终端上默认 warning，其他默认 info）", "default: warning on a terminal, info elsewhere"),
    )  # fmt: skip


def set_up(options: argparse.Namespace) -> None:
    """Opens the log that the options ask for."""
    logs.set_up(file=options.log_file, level=options.log_level)


def passed_on(options: argparse.Namespace) -> list[str]:
    """The same options for a child."""
    given = {"--log-file": options.log_file, "--log-level": options.log_level}
    return [part for name, value in given.items() if value for part in (name, value)]
