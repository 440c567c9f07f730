"""会签 as a model wants it: its signers are asked when the task opens, and a gateway reads what they came to."""

from __future__ import annotations

import pytest

from engine.errors import ModelRefused, NotPossibleNow, StepFailed, WaitsForOthers
from engine.worklist import WorklistQuery
from tests.factories.bpmn import chain, end, process, properties, service, start, user
from tests.factories.kit import ANN, BOB, CHIEF, Kit
from tests.factories.tables import CAO, DOU, case_of, seat, seats, signed_by, states


def at_sign(kit: Kit, rule: str, signers: str, **variables: object) -> str:
    """A case at its counter-signed task, which Ann holds; the task."""
    kit.deploy("signing", signing_bpmn=signed_by(rule, signers))
    case = kit.start("signing", **variables)
    kit.complete(case, "fill", ANN)
    task = kit.open(case)["sign"]
    kit.engine.claim(task, ANN, kit.key())
    return task


def sign(kit: Kit, task: str, who: object, agreed: bool = True) -> str:
    return str(kit.engine.parties.answer(seat(kit, task, who), who, kit.key(), agreed=agreed, opinion="意见")["result"])  # type: ignore[arg-type]


@pytest.mark.parametrize(("second", "leads_to"), [(True, "yes"), (False, "no")])
def test_three_sign_by_share_and_the_gateway_reads_the_result(kit: Kit, second: bool, leads_to: str) -> None:
    task = at_sign(kit, "share:0.6", '["bob", "cao", "dou"]')
    with pytest.raises(WaitsForOthers, match="bob、cao、dou会签"):
        kit.engine.complete(task, {}, ANN, kit.key())

    assert [sign(kit, task, BOB, second), sign(kit, task, CAO, second)] == ["", "agreed" if second else "refused"]
    assert states(kit, task)["dou"] == "withdrawn"
    kit.engine.complete(task, {}, ANN, kit.key())
    assert kit.ready(case_of(kit, task)) == [leads_to]


def test_signers_may_come_from_the_case_with_names_posts_and_weights(kit: Kit) -> None:
    task = at_sign(kit, "share:0.5", "asked", asked=[{"person_id": "bob", "weight": 3}, "chief@own", {"post": "clerk@own"}, "bob"])

    assert [(p.person_id, p.post_id, p.weight) for p in seats(kit, task)] == [("bob", None, 3), (None, "chief:nb", 1), (None, "clerk:nb", 1)]
    assert [row.id for row in kit.engine.worklist(CHIEF, WorklistQuery(kit.clock.today())).items] == [task]
    chiefs = seats(kit, task)[1].id
    kit.engine.parties.answer(chiefs, CHIEF, kit.key(), agreed=False, opinion="不妥")
    assert states(kit, task) == {"bob": "open", "chief": "refused", "clerk:nb": "open"}
    assert sign(kit, task, BOB) == "agreed"


def test_in_order_only_the_first_is_asked(kit: Kit) -> None:
    task = at_sign(kit, "sequence", '["cao", "dou"]')

    assert states(kit, task) == {"cao": "open", "dou": "waiting"}
    sign(kit, task, CAO)
    assert sign(kit, task, DOU) == "agreed"


def test_the_holder_takes_off_only_who_has_left(kit: Kit) -> None:
    task = at_sign(kit, "all", '["bob", "cao"]')
    with pytest.raises(NotPossibleNow, match="流程规定的会签人"):
        kit.engine.parties.remove(seat(kit, task, BOB), "不等了", ANN, kit.key())
    kit.bench.directory.left.add("bob")
    kit.engine.parties.remove(seat(kit, task, BOB), "已离岗", ANN, kit.key())

    assert sign(kit, task, CAO) == "agreed"


@pytest.mark.parametrize(
    ("signers", "sentence"), [("[]", "没有得出会签人"), ('["nobody"]', "不存在"), ('["nobody@own"]', "找不到会签"), ('[{ person_id: "bob", weight: 0 - 1 }]', "份额")]
)
def test_signers_who_are_not_there_stop_the_step_with_a_sentence(kit: Kit, signers: str, sentence: str) -> None:
    kit.deploy("signing", signing_bpmn=signed_by("all", signers))
    case = kit.start("signing")

    with pytest.raises(StepFailed, match=sentence):
        kit.complete(case, "fill", ANN)
    assert kit.ready(case) == ["fill"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"countersign": "most", "signers": '["bob"]'}, "bad-countersign"),
        ({"countersign": "share:1.5", "signers": '["bob"]'}, "bad-countersign"),
        ({"signers": '["bob"]'}, "bad-countersign"),
        ({"countersign": "all"}, "no-signers"),
        ({"countersign": "all", "signers": "[bob"}, "bad-expression"),
        ({"countersgn": "all"}, "misspelt-property"),
        ({"batch_values": " "}, "no-batch-values"),
        ({"batch_values": "{ a: }"}, "bad-expression"),
    ],
)
def test_the_gate_refuses_what_would_sign_nothing(kit: Kit, given: dict[str, str], code: str) -> None:
    wrong = process(start(), user("sign", inside=properties(**given)), end(), chain("begun", "sign", "done"), id_="wrong")

    with pytest.raises(ModelRefused) as refused:
        kit.deploy("wrong", wrong_bpmn=wrong)
    assert (code, "sign") in {(finding.code, finding.element) for finding in refused.value.findings if finding.severity == "error"}  # type: ignore[attr-defined]


def test_the_gate_refuses_signers_where_nobody_signs(kit: Kit) -> None:
    wrong = process(
        properties(may_transfer="chief @own, "), start(), user("fill"), service("book", "toys.book", properties(countersign="all", signers="[]")), end(),
        chain("begun", "fill", "book", "done"), id_="wrong",
    )  # fmt: skip

    with pytest.raises(ModelRefused) as refused:
        kit.deploy("wrong", wrong_bpmn=wrong)
    assert {"misplaced-property", "bad-may-transfer"} <= {finding.code for finding in refused.value.findings}  # type: ignore[attr-defined]
