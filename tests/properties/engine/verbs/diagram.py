"""The diagram of the game: a step, two branches that join, two steps more. Once as BPMN, once as what the reference knows of it."""

from __future__ import annotations

from tests.factories.bpmn import chain, end, gateway, process, properties, start, user
from tests.properties.engine.verbs.people import CHIEF, CLERKS

NEEDS: dict[str, tuple[str, ...]] = {  # step → the steps whose end opens it
    "fill": (), "check": ("fill",), "confirm": ("check",), "visit": ("fill",), "judge": ("confirm", "visit"), "file": ("judge",),
}  # fmt: skip
STEPS = tuple(NEEDS)
JOINED = NEEDS["judge"]
BRANCHES = frozenset(("check", "confirm", "visit"))
MAY_DO = {**dict.fromkeys(STEPS, frozenset(CLERKS)), "judge": frozenset((*CLERKS, CHIEF))}
NOT_BY = {"judge": "fill"}  # whoever did that one may not do this one
SIGNED_BY = {"visit": ("share:0.5", ("ann", ""))}  # the model has somebody and a post sign
ENTERS = {"fill": "note", "judge": "verdict"}  # what the form of a step wants
AT_ONCE = {"check": {}, "confirm": {}, "visit": {}, "judge": {"verdict": "同意"}}  # what approving many at once enters
VOUCHES_FOR_NOTE = frozenset(("check", "visit"))
STRAIGHT_BACK = "file"  # what this step returns comes straight back to it, as long as it may

PROCESS = process(
    properties(may_cancel="chief", may_transfer="chief"), start(), user("fill", camunda_formKey="fill"), gateway("parallel", "split"),
    user("check", inside=properties(batch_values="{}")),
    user("confirm", inside=properties(batch_values="{}", vouches_for="none")),
    user("visit", inside=properties(batch_values="{}", countersign=SIGNED_BY["visit"][0], signers='["ann", "chief@own"]')),
    gateway("parallel", "join"),
    user("judge", "chief@own,clerk@own", properties(not_by="fill", batch_values='{ verdict: "同意" }', vouches_for="verdict"), camunda_formKey="judge"),
    user("file", inside=properties(resubmit="direct")), end(),
    chain("begun", "fill", "split", "check", "confirm", "join", "judge", "file", "done"), chain("split", "visit", "join"),
)  # fmt: skip


def form(step: str) -> bytes:
    """The form of a step, with its one field."""
    field = f'{{"type": "textfield", "key": "{ENTERS[step]}", "label": "说明", "validate": {{"required": true}}}}'
    return f'{{"type": "default", "id": "{step}", "components": [{field}]}}'.encode()


def after(step: str) -> frozenset[str]:
    """The steps that come of a step, by whatever way."""
    following = [other for other in STEPS if step in NEEDS[other]]
    return frozenset(following).union(*map(after, following))


def before(step: str) -> frozenset[str]:
    """The steps of which a step comes."""
    return frozenset(other for other in STEPS if step in after(other))


def how(step: str, to: str) -> str:
    """How a return goes, as seen from the parallel part: out of it, into it, within one branch, from one branch to the other beside it, past it."""
    if to not in before(step):
        return "beside"
    return {(True, False): "out", (False, True): "into", (True, True): "within", (False, False): "past"}[step in BRANCHES, to in BRANCHES]
