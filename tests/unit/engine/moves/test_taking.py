"""撤回 and 拿回: as long as nobody has acted and nothing has left the house; what was entered comes back as a draft."""

from __future__ import annotations

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.errors import NotActive, NotFound, NotYours, NoWayBack, TooLate
from engine.people import SYSTEM, Actor
from engine.registry import EffectContext, Moved, StepContext
from tests.factories.bpmn import chain, end, form, gateway, message, process, properties, send, service, start, user
from tests.factories.kit import ANN, BOB, CHIEF, OUTSIDER, Kit

PLAIN = process(
    properties(may_cancel="chief"), start(), user("fill", camunda_formKey="fill"), user("check"), user("judge", "chief@own"), end(),
    chain("begun", "fill", "check", "judge", "done"),
)  # fmt: skip


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    kit = Kit(any_database, clock)
    kit.deploy(toy_bpmn=PLAIN, fill_form=form("amount"))
    return kit


def begin(kit: Kit, who: Actor = ANN, process_id: str = "toy") -> str:
    return kit.engine.start(process_id, office_id="nb", actor=who, key=kit.key(), title="一件案子").instance_id


def done(kit: Kit, case: str, element: str) -> str:
    return str(kit.rows("SELECT id FROM task WHERE instance_id = ? AND element = ? AND state = 'completed' ORDER BY id DESC", case, element)[0][0])


def filled(kit: Kit, starter: Actor = ANN) -> str:
    case = begin(kit, starter)
    kit.complete(case, "fill", ANN, amount="5")
    return case


def send_back(kit: Kit, case: str, element: str, to: str, who: Actor = CHIEF) -> None:
    task = kit.open(case)[element]
    node = next(step.done.node for step in kit.engine.moves.options(task, who) if step.target.id == to)
    kit.engine.moves.return_task(task, node, kit.engine.moves.preview(task, node, who).version, "请再核", who, kit.key())


# --- 拿回 ------------------------------------------------------------------------------------------------------------------


def test_the_last_handler_takes_his_step_back_and_finds_what_he_had_entered(kit: Kit) -> None:
    case = filled(kit)

    kit.engine.moves.take_back(done(kit, case, "fill"), ANN, kit.key())

    view = kit.engine.task(kit.open(case)["fill"], ANN)
    assert (kit.ready(case), view.task.assignee_id, view.draft) == (["fill"], "ann", {"amount": "5"})
    assert [(h.kind, h.element, h.person_id) for h in kit.engine.case(case, SYSTEM).history if h.kind == "taken_back"] == [("taken_back", "fill", "ann")]
    kit.complete(case, "fill", ANN, amount="6")
    assert kit.ready(case) == ["check"]


def test_claimed_counts_as_acted(kit: Kit) -> None:
    case = filled(kit)
    kit.engine.claim(kit.open(case)["check"], BOB, kit.key())

    with pytest.raises(TooLate, match="bob"):
        kit.engine.moves.take_back(done(kit, case, "fill"), ANN, kit.key())
    assert kit.ready(case) == ["check"]
    kit.engine.release(kit.open(case)["check"], BOB, kit.key())
    kit.engine.moves.take_back(done(kit, case, "fill"), ANN, kit.key())


def test_what_the_direct_way_gave_back_is_as_claimed_as_it_was(kit: Kit) -> None:
    kit.deploy("pair", pair_bpmn=process(
        start(), user("first"), gateway("parallel", "s"), user("a"), user("b"), gateway("parallel", "j"), end(), chain("begun", "first", "s", "a", "j", "done"), chain("s", "b", "j"), id_="pair"
    ))  # fmt: skip
    case = begin(kit, ANN, "pair")
    kit.complete(case, "first", ANN)
    kit.engine.claim(kit.open(case)["b"], BOB, kit.key())
    ((claimed,),) = kit.rows("SELECT claimed_at FROM task WHERE id = ?", kit.open(case)["b"])
    send_back(kit, case, "a", "first", ANN)
    kit.engine.moves.resubmit(kit.open(case)["first"], {}, ANN, kit.key())

    assert kit.rows("SELECT assignee_id, claimed_at FROM task WHERE id = ?", kit.open(case)["b"]) == [("bob", claimed)]
    with pytest.raises(TooLate, match="bob认领"):
        kit.engine.moves.take_back(done(kit, case, "first"), ANN, kit.key())


def test_a_draft_that_somebody_left_counts_as_acted(kit: Kit) -> None:
    case = filled(kit)
    kit.engine.save_draft(kit.open(case)["check"], {"note": "看过"}, BOB)

    with pytest.raises(TooLate):
        kit.engine.moves.take_back(done(kit, case, "fill"), ANN, kit.key())


def test_what_somebody_has_done_since_is_named(kit: Kit) -> None:
    case = filled(kit)
    kit.complete(case, "check", BOB)

    with pytest.raises(TooLate, match=r"check.*bob"):
        kit.engine.moves.take_back(done(kit, case, "fill"), ANN, kit.key())
    kit.engine.moves.take_back(done(kit, case, "check"), BOB, kit.key())
    assert kit.ready(case) == ["check"]


def test_only_its_doer_takes_a_step_back(kit: Kit) -> None:
    case = filled(kit)

    for who in (BOB, CHIEF, OUTSIDER):
        with pytest.raises(NotFound):
            kit.engine.moves.take_back(done(kit, case, "fill"), who, kit.key())


def test_who_has_lost_the_post_takes_nothing_back(kit: Kit) -> None:
    case = filled(kit)
    kit.bench.directory.left.add("ann")

    with pytest.raises(NotYours):
        kit.engine.moves.take_back(done(kit, case, "fill"), ANN, kit.key())
    assert kit.ready(case) == ["check"]


def test_taken_back_twice_it_counts_no_longer(kit: Kit) -> None:
    case = filled(kit)
    first = done(kit, case, "fill")
    answers = [kit.engine.moves.take_back(first, ANN, "the same key") for _ in range(2)]

    assert answers[0] == answers[1]
    with pytest.raises(NoWayBack):
        kit.engine.moves.take_back(first, ANN, kit.key())


def test_a_branch_is_taken_back_out_of_a_join(kit: Kit) -> None:
    kit.deploy("pair", pair_bpmn=process(
        start(), gateway("parallel", "s"), user("a"), user("b"), gateway("parallel", "j"), user("last"), end(), chain("begun", "s", "a", "j", "last", "done"), chain("s", "b", "j"), id_="pair"
    ))  # fmt: skip
    case = begin(kit, ANN, "pair")
    kit.complete(case, "a", ANN)
    kit.complete(case, "b", BOB)

    kit.engine.moves.take_back(done(kit, case, "a"), ANN, kit.key())

    assert kit.ready(case) == ["a"]
    kit.complete(case, "a", ANN)
    assert kit.ready(case) == ["last"]


def leaving(kit: Kit, *parts: str, what: str) -> str:
    kit.deploy("leaving", leaving_bpmn=process(start(), user("fill"), *parts, user("next"), end(), chain("begun", "fill", what, "next", "done"), id_="leaving", references=message("letter")))
    case = begin(kit, ANN, "leaving")
    kit.complete(case, "fill", ANN)
    return case


def test_a_letter_that_has_left_is_named(kit: Kit) -> None:
    case = leaving(kit, send("ask", "letter"), what="ask")

    with pytest.raises(TooLate, match=r"ask.*发出"):
        kit.engine.moves.take_back(done(kit, case, "fill"), ANN, kit.key())


def test_work_that_was_booked_is_named(kit: Kit) -> None:
    @kit.registry.operation("toys.book")
    def book(_ctx: StepContext) -> None:
        """Books."""

    case = leaving(kit, service("book", "toys.book"), what="book")

    with pytest.raises(TooLate, match=r"book.*办理"):
        kit.engine.moves.take_back(done(kit, case, "fill"), ANN, kit.key())


def test_an_effect_that_was_not_begun_is_withdrawn_and_one_that_was_is_too_late(kit: Kit) -> None:
    printed = []

    @kit.registry.effect("toys.print")
    def print_(ctx: EffectContext) -> None:
        """Prints, or jams."""
        printed.append(ctx.key)
        raise RuntimeError("卡纸")

    case = leaving(kit, service("print", "toys.print"), what="print")
    kit.engine.moves.take_back(done(kit, case, "fill"), ANN, kit.key())
    kit.engine.tick()
    assert (printed, kit.rows("SELECT state FROM outbox")) == ([], [("withdrawn",)])

    kit.complete(case, "fill", ANN)
    kit.engine.tick()
    assert len(printed) == 1
    with pytest.raises(TooLate, match="已经开始"):
        kit.engine.moves.take_back(done(kit, case, "fill"), ANN, kit.key())


# --- 撤回 ------------------------------------------------------------------------------------------------------------------


def test_a_case_in_which_the_starter_did_nothing_yet_is_ended(kit: Kit) -> None:
    case = begin(kit)

    kit.engine.moves.withdraw(case, "填错了", ANN, kit.key())

    assert (kit.status(case), kit.ready(case)) == ("cancelled", [])
    told = [(h.kind, h.person_id, h.details.get("reason")) for h in kit.engine.case(case, SYSTEM).history if h.kind == "withdrawn_case"]
    assert told == [("withdrawn_case", "ann", "填错了")]
    with pytest.raises(NotActive):
        kit.engine.moves.withdraw(case, "再撤", ANN, kit.key())


def test_a_case_comes_back_to_the_first_step_that_the_starter_did(kit: Kit) -> None:
    case = filled(kit)

    kit.engine.moves.withdraw(case, "填错了", ANN, kit.key())

    assert (kit.status(case), kit.ready(case)) == ("active", ["fill"])
    view = kit.engine.task(kit.open(case)["fill"], ANN)
    assert (view.task.assignee_id, view.draft) == ("ann", {"amount": "5"})


def test_after_the_direct_way_it_still_comes_back_to_the_first_step(kit: Kit) -> None:
    """The first step is the one that was done last, then: it was done again, and what came of it counts as it was."""
    case = filled(kit)
    kit.complete(case, "check", ANN)
    send_back(kit, case, "judge", "fill")
    kit.engine.moves.resubmit(kit.open(case)["fill"], {"amount": "5"}, ANN, kit.key())

    kit.engine.moves.withdraw(case, "填错了", ANN, kit.key())

    assert kit.ready(case) == ["fill"]


def test_once_another_has_acted_it_is_too_late(kit: Kit) -> None:
    case = filled(kit)
    kit.engine.claim(kit.open(case)["check"], BOB, kit.key())

    with pytest.raises(TooLate, match="bob"):
        kit.engine.moves.withdraw(case, "", ANN, kit.key())


def test_only_the_starter_withdraws(kit: Kit) -> None:
    case = begin(kit)

    with pytest.raises(NotYours):
        kit.engine.moves.withdraw(case, "", BOB, kit.key())
    with pytest.raises(NotFound):
        kit.engine.moves.withdraw(case, "", OUTSIDER, kit.key())


def test_what_is_offered_is_what_may_be_done(kit: Kit) -> None:
    case = filled(kit)
    moves = kit.engine.moves

    own = moves.offers(case, ANN)
    assert (own.withdraw, [step.element for step in own.steps], own.cancel) == (True, ["fill"], False)
    others = moves.offers(case, BOB)
    assert (others.withdraw, others.steps, others.cancel) == (False, (), False)
    assert moves.offers(case, CHIEF).cancel
    kit.complete(case, "check", BOB)
    late = moves.offers(case, ANN)
    assert (late.withdraw, late.steps) == (False, ())
    with pytest.raises(NotFound):
        moves.offers(case, OUTSIDER)


# --- 终止 ------------------------------------------------------------------------------------------------------------------


def test_who_had_begun_a_task_hears_that_the_case_was_terminated(kit: Kit) -> None:
    moved: list[Moved] = []
    kit.kernel.on_moved = lambda _session, found: moved.append(found)
    case = filled(kit)
    kit.engine.claim(kit.open(case)["check"], BOB, kit.key())

    kit.engine.cancel_case(case, "当事人撤回申请", CHIEF, kit.key())

    assert [(m.kind, m.step, m.posts, m.because) for m in moved] == [("gone_cancelled", "check", ("clerk:nb",), "当事人撤回申请")]
