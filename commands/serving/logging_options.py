"""The options of every process that keeps running: where its log goes and how much of it."""

from __future__ import annotations

import argparse

from monitoring import logs


def arguments(parser: argparse.ArgumentParser) -> None:
    """--log-file, --log-level."""
    parser.add_argument("--log-file", default="", metavar="FILE", help="JSON lines, instead of standard error")
    parser.add_argument("--log-level", default="", choices=logs.LEVELS, help="default: warning on a terminal, info elsewhere")


def set_up(options: argparse.Namespace) -> None:
    """Opens the log that the options ask for."""
    logs.set_up(file=options.log_file, level=options.log_level)


def passed_on(options: argparse.Namespace) -> list[str]:
    """The same options for a child."""
    given = {"--log-file": options.log_file, "--log-level": options.log_level}
    return [part for name, value in given.items() if value for part in (name, value)]
