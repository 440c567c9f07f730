"""compares the electronic copies of archived cases with what is kept, and names what differs"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from commands.furnished import require_data
from commands.progress import say
from commands.tables import load_tables
from handlers.coinvestigation_copy import deviations
from records.coinvestigation.store import paperwork


def arguments(_parser: argparse.ArgumentParser) -> None:
    """Nothing but the data folder."""


def main(compose: Callable[..., Any], _options: argparse.Namespace) -> int:
    """One line for each archived case that deviates; 1 if there is one."""
    application = compose()
    require_data(application)
    load_tables()
    with application.database.read() as session:
        entries = paperwork.archived(session)
        found = [(entry.location, fault) for entry in entries for fault in deviations(session, application.papers, entry)]
    for location, fault in found:
        say(f"✗ {location}：{fault}")
    say(f"已核对 {len(entries)} 件归档案件，不一致 {len(found)} 处 / {len(entries)} archived, {len(found)} deviations")
    return int(bool(found))
