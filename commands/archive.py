"""compares the electronic copies of archived cases with what is kept, and names what differs and what was added"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from commands.furnished import require_data
from commands.progress import say
from commands.tables import load_tables
from handlers.coinvestigation_copy import compared
from records.coinvestigation.store import paperwork

PURPOSE = "把已归档案件的电子副本与留存的内容核对，列出不一致和归档后新增的"


def arguments(_parser: argparse.ArgumentParser) -> None:
    """Nothing but the data folder."""


def main(compose: Callable[..., Any], _options: argparse.Namespace) -> int:
    """One line for each deviation and for each file that was added later; 1 if anything deviates."""
    application = compose()
    require_data(application)
    load_tables()
    with application.database.read() as session:
        entries = paperwork.archived(session)
        found = [(entry.location, compared(session, application.papers, entry)) for entry in entries]
    faults = [f"✗ {location}：{fault}" for location, one in found for fault in one.deviations]
    added = [f"+ {location}：{addition}" for location, one in found for addition in one.additions]
    for line in (*faults, *added):
        say(line)
    say(
        f"已核对 {len(found)} 件归档案件，不一致 {len(faults)} 处，归档后新增 {len(added)} 件"
        f" / {len(found)} archived, {len(faults)} deviations, {len(added)} added later"
    )
    return int(bool(faults))
