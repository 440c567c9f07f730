"""measures the figures of bench/ and writes them to bench/results/"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from commands.command_line import both
from commands.progress import say

FOLDER = Path(__file__).parents[1] / "bench"
# No figures of their own, and one that fetches packages over the network (`make first-page`).
NOT_AMONG_ALL = {"__init__", "machine", "replay", "cluster", "first_page"}
PURPOSE = "测量 bench/ 的各项指标，写入 bench/results/"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Names of benchmarks; all without."""
    parser.add_argument("names", nargs="*", help=both("只测这几项（默认全部）", "only these (default: all)"))


def main(_compose: Callable[..., Any], options: argparse.Namespace) -> int:
    """Runs each benchmark in a process of its own, one after the other."""
    found = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in NOT_AMONG_ALL)
    if unknown := [name for name in options.names if not (FOLDER / f"{name}.py").exists()]:
        said = "、".join(unknown)
        say(f"✗ 没有名为 {said} 的测量，可以用 {' '.join(found)} / no benchmark of the name {said}")
        return 1
    code = 0
    for name in options.names or found:
        say(f"bench {name}")
        code = subprocess.run([sys.executable, "-m", f"bench.{name}"], cwd=FOLDER.parent, check=False).returncode or code  # noqa: S603
    return code
