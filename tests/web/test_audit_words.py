"""Every event that is written into a trail has a name on the audit page; a new one without fails here."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import Babel

from engine import history
from engine.history import KINDS
from engine.people import SYSTEM
from records.coinvestigation.states import DELEGATION, EXTENSION, IMPORT, RECEIPT
from records.devices import states as devices
from records.faults import states as faults
from records.taxpayers import enrolments
from records.upgrade import states as upgrade
from records.upgrade.rules import DIRECTIONS
from web.audit import words

ROOT = Path(__file__).parents[2]
WRITERS = ("records", "handlers", "web", "commands")
EVENT = re.compile(r'"((?:access|audit|board|coinvestigation|devices|faults|invoices|notices|offices|operations|person|rights|session|sign_in|taxpayers|upgrade):[a-z_]+(?::[a-z_]+)?)"')
TRAILED = re.compile(r'\btrail\(\s*"([a-z_]+)"')  # what handlers tell in their own words; what the engine tells is one enumeration, and nothing else is written
MOVES = [
    f"coinvestigation:{kind}:{event}"
    for kind, table in (("delegation", DELEGATION), ("receipt", RECEIPT), ("extension", EXTENSION))
    for event in sorted({event for _state, event in table})
]
COMPOSED = [
    *MOVES,
    *(f"coinvestigation:import:{state}" for state in sorted({*IMPORT.values()} - {"reading"})),
    *(f"devices:device:{event}" for event in sorted(devices.EVENTS)),
    *(f"devices:sheet:{event}" for event in ("hand_up", "destruction", *sorted({event for _state, event in devices.SHEET}))),
    *(f"faults:{kind}:{event}" for kind, table in faults.TABLES.items() for event in sorted({event for _state, event in table})),
    *(f"taxpayers:enrolment:{event}" for event in sorted({*enrolments.NAMES, *(event for _state, event in enrolments.TABLE)})),
    *(f"upgrade:visit:{event}" for event in sorted({event for _state, event in upgrade.VISIT})),
    *(f"upgrade:volume:{direction}" for direction in DIRECTIONS),
    *(f"offices:{name}:refused" for name in ("office", "person", "party", "deputy", "list")),
    *(f"operations:{kind}:{act}" for kind in ("effect", "external", "timer", "message") for act in ("retry", "skip")),
    *(f"session:sign_in:{outcome}" for outcome in ("accepted", "password_accepted", "locked", "expired", "refused")),
    *(f"session:second_factor:{outcome}" for outcome in ("code", "recovery_code", "locked", "refused")),
]


def sources() -> str:
    return "\n".join(file.read_text("utf-8") for room in (*WRITERS, "engine") for file in sorted((ROOT / room).rglob("*.py")) if "node_modules" not in file.parts)


def literal() -> list[str]:
    return sorted(event for event in set(EVENT.findall(sources())) if event.count(":") == 2)


@pytest.mark.parametrize("event", [*literal(), *COMPOSED])
def test_an_event_has_a_name(event: str, spoken: None) -> None:
    assert words.event_name(event), f"{event}: add it to web/audit/words.py"


@pytest.mark.parametrize("kind", sorted({*KINDS, *TRAILED.findall(sources())}))
def test_a_kind_of_the_history_has_a_name(kind: str, spoken: None) -> None:
    assert words.kind_name(kind), f"{kind}: add it to web/audit/words.py"


def test_they_were_found() -> None:
    assert len(literal()) > 50
    assert {"completed_task", "clock_stopped", "passed"} <= KINDS and "lower_replied" in TRAILED.findall(sources())


def test_the_engine_writes_nothing_that_is_not_enumerated() -> None:
    with pytest.raises(AssertionError, match="invented is no kind"):
        history.add(object(), datetime.now(UTC), "case", "invented", SYSTEM)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def spoken() -> object:
    app = Flask("words")
    Babel(app, default_locale="zh")
    with app.test_request_context():
        yield
