"""The decision tables of every procedure: no gap, no overlap, every rule and every boundary tried by a case that comes out as it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import WORKFLOWS
from commands.checking.decisions import decision_faults
from engine.bpmn import check_in_process
from engine.procedures import folders, read_folder


@pytest.mark.parametrize("folder", folders(WORKFLOWS), ids=lambda folder: folder.name)
def test_the_tables_of_a_procedure_are_whole_and_tried(folder: Path) -> None:
    assert list(decision_faults(folder, check_in_process(read_folder(folder).as_bytes()))) == []
