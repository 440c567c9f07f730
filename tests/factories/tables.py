"""A task with several people at it, for tests of the verbs: who they are, the models, and what stands at a task."""

from __future__ import annotations

from engine.link import Link
from engine.parties.rows import Party, of_task
from engine.people import Actor
from tests.factories.bpmn import chain, end, flow, gateway, process, properties, start, user
from tests.factories.kit import ANN, Kit, person

CAO = person("cao", "clerk:nb")
DOU = person("dou", "clerk:nb")
EVA = person("eva", "archivist:sz")  # of another office: sees nothing of it unless she is asked
FORM = '{"type": "default", "id": "note", "components": [{"type": "textfield", "key": "note", "label": "说明", "validate": {"required": true}}]}'.encode()
PLAIN = process(
    properties(may_cancel="chief", may_transfer="chief"), start(), user("fill", camunda_formKey="note"),
    user("review", "chief@own,clerk@own", properties(not_by="fill")), end(), chain("begun", "fill", "review", "done"),
)  # fmt: skip


def signed_by(rule: str, signers: str, **more: str) -> bytes:
    """A task that the model has counter-signed, and a gateway that reads the result."""
    return process(
        start(), user("fill"), user("sign", inside=properties(countersign=rule, signers=signers, **more)),
        gateway("exclusive", "which", "which_to_no"), user("yes"), user("no"), end(),
        chain("begun", "fill", "sign", "which", "no", "done"), flow("which", "yes", 'signed.sign.result = "agreed"'), flow("yes", "done"), id_="signing",
    )  # fmt: skip


def held(kit: Kit, who: Actor = ANN) -> str:
    """A case whose first task somebody has taken; the task."""
    kit.hire(CAO, DOU, EVA)
    task = kit.open(kit.start())["fill"]
    kit.engine.claim(task, who, kit.key())
    return task


def seats(kit: Kit, task: str) -> list[Party]:
    with kit.database.read() as session:
        return of_task(Link(session), task)


def states(kit: Kit, task: str) -> dict[str, str]:
    """Person or post → state, the latest seat of each."""
    return {party.person_id or str(party.post_id): party.state for party in seats(kit, task)}


def seat(kit: Kit, task: str, who: Actor) -> str:
    """The latest seat of a person."""
    return [party.id for party in seats(kit, task) if party.person_id == who.person_id][-1]


def case_of(kit: Kit, task: str) -> str:
    return str(kit.rows("SELECT instance_id FROM task WHERE id = ?", task)[0][0])


def told(kit: Kit, task: str) -> list[str]:
    """Kinds of the history of the case, without what the token game says."""
    rows = kit.rows("SELECT kind, person_id FROM history WHERE instance_id = ? ORDER BY id", case_of(kit, task))
    return [f"{kind} {who}" for kind, who in rows if kind not in {"started", "opened", "claimed", "passed"}]
