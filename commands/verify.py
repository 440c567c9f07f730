"""verifies the audit chain against every row of evidence and against the anchors outside, while the system runs"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from time import monotonic
from typing import Any

from commands.furnished import require_data
from commands.progress import say
from commands.tables import load_tables
from db.chain.findings import Result

SAY_SECONDS = 2.0
SHOWN = 200
PURPOSE = "在系统运行时把封存链与每一行凭据、与外部锚点核对"


def arguments(_parser: argparse.ArgumentParser) -> None:
    """Nothing but the data folder."""


def main(compose: Callable[..., Any], _options: argparse.Namespace) -> int:
    """One line for each deviation; 1 if there is any."""
    application = compose()
    require_data(application)
    load_tables()
    result = application.chain.verify(_Progress())
    for line in lines(result):
        say(line)
    return int(bool(result.deviations))


def lines(result: Result) -> list[str]:
    """What a verification came to: every deviation, every seam, and the sum."""
    told = [f"✗ {found.line}" for found in result.findings[:SHOWN]]
    if result.deviations > len(told):
        told.append(f"✗ 另有 {result.deviations - len(told)} 处未列出 / {result.deviations - len(told)} more are not listed")
    told += [f"~ 封条 {seam.number} 起为恢复后的新链段（{seam.at} UTC）：{seam.reason} / from seal {seam.number} on after a restore" for seam in result.seams]
    told += [f"= 外部锚点 {address}：{count} 个封条一致 / {count} heads agree" for address, count in result.anchored.items()]
    waits = f"，{result.waiting} 行待封存" if result.waiting else ""
    told.append(
        f"已核对 {result.seals} 个封条、{result.rows} 行{waits}，不一致 {result.deviations} 处"
        f" / {result.seals} seals, {result.rows} rows, {result.waiting} waiting, {result.deviations} deviations"
    )
    return told


class _Progress:
    """Says every two seconds how far it is."""

    def __init__(self) -> None:
        self.said = monotonic()

    def __call__(self, done: int, of: int) -> None:
        if monotonic() - self.said >= SAY_SECONDS:
            self.said = monotonic()
            say(f"{done} / {of} seals")
