"""An engine on both databases with the plain model deployed."""

from __future__ import annotations

import pytest

from db.clock import ManualClock
from db.session import Database
from tests.factories.kit import Kit
from tests.factories.tables import CAO, DOU, EVA, FORM, PLAIN


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    kit = Kit(any_database, clock)
    kit.hire(CAO, DOU, EVA)
    kit.deploy(toy_bpmn=PLAIN, note_form=FORM)
    return kit
