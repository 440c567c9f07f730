"""Deployed versions: equal content is one version, a running case keeps its own, a refused model changes nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bench.soak.tampering import superuser
from db.clock import ManualClock
from db.session import Database
from engine import definitions, idempotency
from engine.api import KEYS_KEPT
from engine.errors import FormUnreadable, ModelRefused, NoSuchProcess, StateDamaged, StepFailed
from engine.link import Link
from engine.people import SYSTEM
from engine.procedures import read_folder
from tests.factories.bpmn import chain, end, form, process, start, user
from tests.factories.kit import ANN, Kit

ONE = process(start(), user("a"), end(), chain("begun", "a", "done"))
TWO = process(start(), user("a"), user("b"), end(), chain("begun", "a", "b", "done"))


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    return Kit(any_database, clock)


def folder(root: Path, model: bytes) -> Path:
    place = root / "toys"
    (place / "scenarios").mkdir(parents=True, exist_ok=True)
    (place / "toy.bpmn").write_bytes(model)
    (place / "procedure.yaml").write_text(
        "key: toys\nname: 玩具\nsummary:\n  toy:\n    - {label: 金额, label_en: Amount, value: amount * 2, format: money}\n"
    )
    (place / "scenarios" / "walk.yaml").write_text("not deployed")
    return root


def test_a_folder_becomes_a_version_once_and_again_when_it_changes(kit: Kit, tmp_path: Path) -> None:
    root = folder(tmp_path, ONE)
    assert kit.engine.deploy_folders(root) == [("toys", 1, True)]
    assert kit.engine.deploy_folders(root) == [("toys", 1, False)]

    assert kit.engine.deploy_folders(folder(tmp_path, TWO)) == [("toys", 2, True)]

    assert "scenarios/walk.yaml" not in read_folder(root / "toys").files


def test_a_running_case_keeps_its_version(kit: Kit, tmp_path: Path) -> None:
    kit.engine.deploy_folders(folder(tmp_path, TWO))
    old = kit.start(amount=21)
    kit.engine.deploy_folders(folder(tmp_path, ONE))
    new = kit.start(amount=1)
    kit.forget()

    kit.complete(old, "a")
    kit.complete(new, "a")

    assert (kit.status(old), kit.status(new)) == ("active", "completed")
    assert kit.engine.case(old, ANN).summary == [{"label": "金额", "label_en": "Amount", "value": 42, "format": "money"}]


def test_a_refused_model_leaves_the_old_version_in_place(kit: Kit) -> None:
    kit.deploy(toy_bpmn=ONE)

    with pytest.raises(ModelRefused) as refused:
        kit.deploy(toy_bpmn=ONE.replace(b' camunda:candidateGroups="clerk@own"', b""))

    assert [finding.element for finding in refused.value.findings] == ["a"]  # type: ignore[attr-defined]
    kit.complete(kit.start(), "a")


def test_a_process_id_belongs_to_one_procedure(kit: Kit) -> None:
    kit.deploy(toy_bpmn=ONE)

    with pytest.raises(ModelRefused, match="toy"):
        kit.deploy("others", toy_bpmn=TWO)
    with pytest.raises(NoSuchProcess):
        kit.start("absent")


def test_a_name_that_a_version_gave_up_is_free_and_begins_nothing(kit: Kit) -> None:
    kit.deploy(toy_bpmn=ONE)
    kit.deploy(other_bpmn=process(start(), user("a"), end(), chain("begun", "a", "done"), id_="other"))

    with pytest.raises(NoSuchProcess, match="toy"):
        kit.start("toy")
    kit.deploy("second", toy_bpmn=ONE)

    assert kit.start("toy")


def test_a_cold_process_compiles_nothing_but_what_it_plays(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two", "three"):
        kit.deploy(name, **{f"{name}_bpmn": process(start(), user("a"), end(), chain("begun", "a", "done"), id_=name)})
    compiled, compile_ = [], definitions.compile_procedure
    monkeypatch.setattr(definitions, "compile_procedure", lambda *given: compiled.append(given[1]) or compile_(*given))
    kit.forget()

    kit.complete(kit.start("two"), "a")

    assert compiled == ["two"]


def test_a_form_that_can_no_longer_be_read_stops_its_task_and_takes_nothing(kit: Kit) -> None:
    """A rule of today may refuse what a gate of yesterday let pass."""
    kit.deploy(toy_bpmn=ONE, a_form=form("copies"))
    case = kit.start()
    with superuser(kit.database) as session:
        Link(session).put("UPDATE definition SET files = REPLACE(files, ?, ?)", "number", "iframe")
    kit.forget()

    with pytest.raises(FormUnreadable, match=r"流程设计人员.*a\.form"):
        kit.engine.task(kit.open(case)["a"], ANN)
    with pytest.raises(StepFailed):
        kit.complete(case, "a", copies="3")

    assert kit.ready(case) == ["a"]
    (incident,) = kit.engine.case(case, ANN).incidents
    assert "a.form" in incident.reason


def test_a_state_that_somebody_edited_is_not_played(kit: Kit) -> None:
    kit.deploy(toy_bpmn=TWO)
    case = kit.start()
    with kit.database.write() as session:
        from engine.link import Link

        link = Link(session)
        state = bytes(link.one("SELECT state FROM instance WHERE id = ?", case)[0]).replace(b'"a"', b'"b"')  # type: ignore[index]
        link.run("UPDATE instance SET state = ? WHERE id = ?", state, case)
    kit.forget()

    with pytest.raises(StateDamaged):
        kit.engine.task(kit.open(case)["a"], ANN)
    with pytest.raises(Exception, match="校验码"):
        kit.complete(case, "a")
    assert [i.reason for i in kit.engine.case(case, SYSTEM).incidents] == [str(StateDamaged())]


def test_the_diagram_shows_the_way_and_where_the_case_stands(kit: Kit) -> None:
    kit.deploy(toy_bpmn=TWO)
    case = kit.start()
    kit.complete(case, "a")

    drawn = kit.engine.diagram(case, ANN)

    assert (drawn.done, drawn.flows, drawn.current) == (["begun", "a"], ["begun_to_a", "a_to_b"], ["b"])


def test_old_keys_are_forgotten_and_young_ones_kept(kit: Kit) -> None:
    kit.deploy(toy_bpmn=ONE)
    kit.start()
    kit.clock.advance(timedelta(days=20))
    kit.start()
    kit.clock.advance(timedelta(days=15))

    assert kit.engine.forget_keys() == 1
    assert kit.rows("SELECT count(*) FROM idempotency") == [(1,)]


def test_however_many_keys_are_old_they_are_forgotten_in_one_day(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "AT_ONCE", 3)
    kit.deploy(toy_bpmn=ONE)
    for _ in range(7):
        kit.start()
    kit.clock.advance(KEYS_KEPT + timedelta(seconds=1))

    assert kit.engine.forget_keys() == 7
    assert kit.rows("SELECT count(*) FROM idempotency") == [(0,)]
