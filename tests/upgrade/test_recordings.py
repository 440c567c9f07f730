"""Which revisions need a recording: every one that an office can have, and it can only be made while the revision is the newest, by the code that has it."""

from __future__ import annotations

import gzip
from typing import Any

import orjson
import pytest
from alembic.script import ScriptDirectory

from db import migrate
from tests.upgrade import coinvestigation
from tests.upgrade.recording import FOLDER, revisions

TOGETHER = frozenset(("0012", "0013", "0014", "0015", "0016", "0017", "0018"))  # came out with 0019: no database ever stood at one of them
EVERY = sorted({script.revision for script in ScriptDirectory.from_config(migrate._config()).walk_revisions()} - TOGETHER)
WITH_CO_INVESTIGATION = [revision for revision in EVERY if revision >= "0008"]  # earlier code is gone that could have made one


def test_every_revision_has_a_recording_of_live_cases() -> None:
    missing = sorted(set(EVERY) - set(revisions()))

    assert missing == [], "record with: python -m tests.upgrade.recording"
    assert sorted(revisions()) == EVERY


def test_every_revision_since_the_eighth_has_a_recording_of_a_co_investigation() -> None:
    assert coinvestigation.recorded() == WITH_CO_INVESTIGATION, "record with: python -m tests.upgrade.coinvestigation"


@pytest.mark.parametrize("revision", EVERY)
def test_a_recording_was_made_at_the_revision_that_it_bears(revision: str) -> None:
    found: list[dict[str, Any]] = [orjson.loads((FOLDER / f"{revision}.json").read_bytes())]
    if revision in coinvestigation.recorded():
        found.append(orjson.loads(gzip.decompress((coinvestigation.HERE / f"{revision}.json.gz").read_bytes()))["rows"])

    assert {rows["alembic_version"][0]["version_num"] for rows in found} == {revision}
