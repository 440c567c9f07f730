"""An engine on an empty database."""

from __future__ import annotations

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.registry import BpmnError, StepContext
from tests.factories.kit import Kit


@pytest.fixture(autouse=True)
def reads_in_process(gate_in_process: None) -> None:
    """Toy models need no child to be read in."""


@pytest.fixture
def kit(database: Database, clock: ManualClock) -> Kit:
    kit = Kit(database, clock)

    @kit.registry.operation("toys.fail")
    def fail(ctx: StepContext) -> None:
        """Throws the modelled error that the variable `code` names."""
        raise BpmnError(str(ctx.variables["code"]), "坏了")

    return kit
