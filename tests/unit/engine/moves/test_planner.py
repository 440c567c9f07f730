"""What a return undoes and what it keeps, construct by construct; the machine is written down and read between all steps."""

from __future__ import annotations

from engine.moves.planner import Barred, Plan, before
from tests.factories.bpmn import (
    TERMINATE,
    boundary,
    call,
    chain,
    end,
    error,
    event_sub,
    flow,
    gateway,
    loop,
    many,
    message,
    on_error,
    on_message,
    process,
    properties,
    receive,
    service,
    start,
    sub,
    timer,
    user,
)
from tests.factories.track import Track

SIMPLE = process(start(), user("a"), user("b"), user("c"), end(), chain("begun", "a", "b", "c", "done"))
PARALLEL = process(
    start(), user("first"), gateway("parallel", "split"), user("a"), user("a2"), user("b"), user("b2"), gateway("parallel", "join"), user("last"),
    end(), chain("begun", "first", "split", "a", "a2", "join", "last", "done"), chain("split", "b", "b2", "join"),
)  # fmt: skip


def plan_of(track: Track, element: str, which: int = -1) -> Plan:
    found = track.plan(element, which)
    assert isinstance(found, Plan), found
    return found


def test_a_sequence_goes_back_to_the_step_and_walks_on_from_there() -> None:
    track = Track(SIMPLE)
    track.complete("a", "b")

    found = track.return_to("a")

    assert (len(found.cancelled), found.kept, track.ready(), track.passed()) == (1, (), ["a"], [])
    assert track.finish() == 3


def test_out_of_a_parallel_branch_the_other_branch_keeps_its_work() -> None:
    track = Track(PARALLEL)
    track.complete("first", "a", "b")

    found = plan_of(track, "a")

    assert (track.cancelled(found), track.kept(found)) == (["a2"], ["b2"])
    track.return_to("a")
    assert track.ready() == ["a", "b2"]
    assert track.finish() == 4


def test_before_the_split_both_branches_go() -> None:
    track = Track(PARALLEL)
    track.complete("first", "a", "b")

    found = track.return_to("first")

    assert (found.kept, track.ready(), track.passed()) == ((), ["first"], [])
    assert track.finish() == 6


def test_after_a_join_the_branch_that_was_not_returned_to_waits_at_the_join_with_its_work() -> None:
    track = Track(PARALLEL)
    track.complete("first", "a", "b", "a2", "b2")

    found = track.return_to("a2")

    assert [node.element for node in found.revived] == ["join"]
    assert (track.ready(), track.passed()) == (["a2"], ["first", "a", "b", "b2"])
    track.complete("a2")
    assert track.ready() == ["last"]  # the join fired once, with what the other branch had brought
    assert track.finish() == 1


def test_who_waits_at_a_join_is_taken_away_by_the_branch_that_he_came_from() -> None:
    track = Track(PARALLEL)
    track.complete("first", "a", "a2", "b")

    kept = plan_of(track, "b")
    gone = plan_of(track, "a")

    assert (track.cancelled(kept), track.kept(kept)) == (["b2"], ["join"])
    assert (track.cancelled(gone), track.kept(gone)) == (["join"], ["b2"])
    track.return_to("a")
    assert track.finish() == 4


def test_into_a_sibling_branch_the_own_task_is_kept() -> None:
    track = Track(PARALLEL)
    track.complete("first", "a")
    graph = track.graph()

    found = plan_of(track, "a")

    assert track.token("b") in found.kept
    assert track.node("a") not in before(graph, track.token("b"))
    assert track.node("first") in before(graph, track.token("b"))


def test_what_comes_before_reaches_through_joins_and_sub_processes() -> None:
    track = Track(process(
        start(), sub("box", start("in"), user("x"), end("out"), chain("in", "x", "out")), user("y"), end(), chain("begun", "box", "y", "done")
    ))  # fmt: skip
    track.complete("x")

    assert before(track.graph(), track.token("y")) >= {track.node("x")}


LOOPED = process(
    start(), user("fill"), gateway("exclusive", "again", "again_to_fill"), user("sign"), end(), chain("begun", "fill", "again"),
    flow("again", "fill"), flow("again", "sign", "enough"), flow("sign", "done"),
)  # fmt: skip


def test_of_a_loop_the_last_passage_counts_and_earlier_rounds_stay_passed() -> None:
    track = Track(LOOPED)
    track.complete("fill", "fill")
    track.values["enough"] = True
    track.complete("fill")

    track.return_to("fill")

    assert (track.ready(), track.passed()) == (["fill"], ["fill", "fill"])
    track.return_to("fill", 0)  # the first round: all that came after it is undone, the third round included
    assert (track.ready(), track.passed()) == (["fill"], [])
    assert track.finish() == 2


INCLUSIVE = process(
    start(), user("first"), gateway("inclusive", "split", "split_to_c"), user("a"), user("b"), user("c"), gateway("inclusive", "join"), user("last"), end(),
    chain("begun", "first", "split"), flow("split", "a", "true"), flow("split", "b", "true"), flow("split", "c"), flow("a", "join"), flow("b", "join"),
    flow("c", "join"), chain("join", "last", "done"),
)  # fmt: skip


def test_an_inclusive_join_fires_again_when_the_returned_branch_has_come() -> None:
    track = Track(INCLUSIVE)
    track.complete("first", "a", "b")

    found = track.return_to("b")

    assert ([node.element for node in found.revived], track.ready()) == (["join"], ["b"])
    track.complete("b")
    assert track.ready() == ["last"]
    assert track.finish() == 1


ESCAPING = process(
    start(), user("first"), gateway("inclusive", "split", "split_to_b"), user("a"), gateway("exclusive", "away", "away_to_join"), user("b"),
    gateway("inclusive", "join"), user("last"), end(), end("out"), chain("begun", "first", "split"), flow("split", "a", "true"), flow("split", "b"),
    flow("split", "b", "true", "also_b"), chain("a", "away"), flow("away", "join"), flow("away", "out", "leaves"), flow("b", "join"), chain("join", "last", "done"),
)  # fmt: skip


def test_an_inclusive_join_that_fired_since_a_branch_had_left_did_so_because_of_it() -> None:
    """The branch ended elsewhere, and only so the join could fire: standing again on its task it may come to the join after all."""
    track = Track(ESCAPING, leaves=True)
    track.complete("first", "b", "a")
    assert track.ready() == ["last"]

    found = track.return_to("a")

    assert (track.ready(), [node.element for node in found.revived]) == (["a"], ["join"])
    track.values["leaves"] = False
    track.complete("a")
    assert track.ready() == ["last"]
    assert track.finish() == 1


BOXED = process(
    start(), user("first"),
    sub("box", start("in"), gateway("parallel", "s"), user("x"), user("x2"), user("y"), gateway("parallel", "j"), end("out"),
        chain("in", "s", "x", "x2", "j", "out"), chain("s", "y", "j")),
    user("last"), end(), chain("begun", "first", "box", "last", "done"),
)  # fmt: skip


def test_out_of_a_sub_process_everything_inside_goes() -> None:
    track = Track(BOXED)
    track.complete("first", "x")

    track.return_to("first")

    assert (track.ready(), len(track.machine.scopes)) == (["first"], 1)
    assert track.finish() == 5


def test_inside_a_running_sub_process_the_other_branch_is_kept() -> None:
    track = Track(BOXED)
    track.complete("first", "x", "y")

    track.return_to("x")

    assert (track.ready(), track.passed()) == (["x"], ["first", "y"])
    assert track.finish() == 3


def test_a_sub_process_that_has_ended_is_opened_again_as_it_was() -> None:
    track = Track(BOXED)
    track.complete("first", "x", "y", "x2")
    assert track.ready() == ["last"]

    found = track.return_to("x2")

    assert (found.whole, track.ready(), track.passed()) == (False, ["x2"], ["first", "x", "y"])
    track.complete("x2")
    assert track.ready() == ["last"]
    track.return_to("x2")  # and once more, on what was put back
    assert track.finish() == 2


COUNTED = process(
    start(), user("first"), user("sign", inside=many(count="count")), user("last"), end(), chain("begun", "first", "sign", "last", "done")
)  # fmt: skip


def test_out_of_a_parallel_counter_signature_all_of_it_goes() -> None:
    track = Track(COUNTED, count=3)
    track.complete("first", "sign")

    track.return_to("first")

    assert track.ready() == ["first"]
    assert track.finish() == 5


def test_one_signature_may_be_given_anew_while_the_others_go_on() -> None:
    track = Track(COUNTED, count=3)
    track.complete("first", "sign", "sign")

    found = track.return_to("sign", 0)

    assert (found.cancelled, track.ready(), track.passed()) == ((), ["sign", "sign"], ["first", "sign"])
    track.complete("sign")
    assert track.ready() == ["sign"]
    assert track.finish() == 2


def test_a_counter_signature_that_is_over_is_begun_anew_as_a_whole() -> None:
    track = Track(COUNTED, count=2)
    track.complete("first", "sign", "sign")

    found = track.return_to("sign", 0)

    assert (found.whole, track.ready(), track.passed()) == (True, ["sign", "sign"], ["first"])
    assert track.finish() == 3


IN_ORDER = process(
    start(), user("first"), user("sign", inside=many("people", "who", sequential=True)), user("last"), end(), chain("begun", "first", "sign", "last", "done")
)  # fmt: skip


def test_in_order_the_second_signer_returns_to_the_first_who_has_his_own_again() -> None:
    track = Track(IN_ORDER, people=["ann", "bob", "eve"])
    track.complete("first", "sign", "sign")

    track.return_to("sign", 0)

    assert track.ready() == ["sign"]
    token = track.machine.tokens[track.token("sign")]
    assert track.opened_scopes[token.scope] == {"loopCounter": 0, "nrOfInstances": 3, "who": "ann"}
    assert [track.complete("sign") for _ in range(3)]
    assert track.ready() == ["last"]


def test_what_a_run_collected_is_taken_out_with_it() -> None:
    collecting = properties(output_collection="votes", output_element="vote")
    track = Track(process(
        start(), user("sign", inside=collecting + many(count="count")), user("last"), end(), chain("begun", "sign", "last", "done")
    ), count=3, votes=["second", "first"])  # fmt: skip
    track.complete("sign", which=1)
    track.complete("sign")

    track.return_to("sign", 0)  # the one that was completed first

    assert track.values["votes"] == ["first"]


NESTED = process(
    start(), sub("round", start("in"), user("x"), user("y"), end("out"), chain("in", "x", "y", "out"), inside=many(count="count")),
    user("last"), end(), chain("begun", "round", "last", "done"),
)  # fmt: skip


def test_within_one_run_of_a_repeated_sub_process_the_other_runs_are_kept() -> None:
    track = Track(NESTED, count=2)
    track.complete("x", "x")

    track.return_to("x", 0)

    assert track.ready() == ["x", "y"]
    assert track.finish() == 4


def test_a_run_that_is_over_is_begun_anew_with_all_that_was_in_it() -> None:
    track = Track(NESTED, count=2)
    track.complete("x", "y")

    found = track.return_to("y")

    assert (found.whole, track.ready()) == (True, ["x", "x"])
    assert track.finish() == 5


ROUNDS = process(start(), user("work", inside=loop("more", 5)), user("last"), end(), chain("begun", "work", "last", "done"))


def test_a_standard_loop_goes_back_to_the_round_before() -> None:
    track = Track(ROUNDS, more=True)
    track.complete("work", "work")

    track.return_to("work")

    assert (track.ready(), track.passed()) == (["work"], ["work"])
    track.values["more"] = False
    assert track.finish() == 2


TIMED = process(
    start(), user("first"), user("work"), boundary("late", "work", timer("PT1H")), boundary("soon", "work", timer("PT1M"), interrupting=False),
    user("urge"), user("after"), user("last"), end(), end("told"), chain("begun", "first", "work", "after", "done"), chain("late", "last", "done"),
    chain("soon", "urge", "told"),
)  # fmt: skip


def test_a_reminder_that_came_while_a_task_was_open_does_not_depend_on_its_end() -> None:
    track = Track(TIMED)
    track.complete("first", "soon", "work")

    found = track.return_to("work")

    assert (found.whole, track.ready()) == (False, ["urge", "work"])
    boundaries = sorted(token.element for token in track.machine.tokens.values() if token.role == "boundary")
    assert boundaries == ["late", "soon"]  # both wait again
    assert track.finish() == 3


def test_before_the_task_the_reminder_goes_with_it() -> None:
    track = Track(TIMED)
    track.complete("first", "soon")

    track.return_to("first")

    assert track.ready() == ["first"]
    assert [token.role for token in track.machine.tokens.values()] == [""]


def test_after_a_task_was_interrupted_one_goes_back_to_what_came_before_it() -> None:
    track = Track(TIMED)
    track.complete("first", "late")

    assert track.ready() == ["last"]
    track.return_to("first")
    assert (track.ready(), track.finish()) == (["first"], 3)


INTERRUPTED = process(
    start(), sub("box", start("in"), gateway("parallel", "s"), user("x"), user("y"), gateway("parallel", "j"), end("out"), chain("in", "s", "x", "j", "out"), chain("s", "y", "j")),
    boundary("late", "box", timer("PT1H")), user("after"), user("last"), end(), chain("begun", "box", "after", "done"), chain("late", "last", "done"),
)  # fmt: skip


def test_a_sub_process_that_was_interrupted_is_begun_anew() -> None:
    track = Track(INTERRUPTED)
    track.complete("x", "late")

    found = track.return_to("x")

    assert (found.whole, track.ready(), track.passed()) == (True, ["x", "y"], [])
    assert track.finish() == 3


HANDLED = process(
    start(), gateway("parallel", "split"), user("a"), user("a2"), user("b"), gateway("parallel", "join"), end(),
    chain("begun", "split", "a", "a2", "join", "done"), chain("split", "b", "join"),
    event_sub("recall", on_message("stop"), user("mend"), end("mended"), chain("recall_begun", "mend", "mended")), references=message("stop"),
)  # fmt: skip


def test_what_an_event_sub_process_had_swept_away_stands_again() -> None:
    track = Track(HANDLED)
    track.complete("a", "recall_begun")
    assert track.ready() == ["mend"]

    found = track.return_to("a")

    assert (track.ready(), [node.element for node in found.revived]) == (["a", "b"], ["b"])
    assert track.finish() == 3


def test_a_handler_that_interrupts_nothing_is_kept() -> None:
    beside = event_sub("note", on_message("stop"), user("mend"), end("mended"), chain("note_begun", "mend", "mended"), interrupting=False)
    track = Track(process(start(), user("a"), user("b"), end(), chain("begun", "a", "b", "done"), beside, references=message("stop")))
    track.complete("a", "note_begun")

    track.return_to("a")

    assert track.ready() == ["a", "mend"]
    assert track.finish() == 3


CALLING = process(start(), user("first"), call("ask", "inner"), user("last"), end(), chain("begun", "first", "ask", "last", "done"))
CALLED = process(start("in"), user("x"), user("y"), end("out"), chain("in", "x", "y", "out"), id_="inner")
CALLS = CALLING.replace(b"</definitions>", CALLED[CALLED.index(b"<process") :])


def test_inside_a_running_call_one_goes_back_within_it_and_out_of_it() -> None:
    track = Track(CALLS)
    track.complete("first", "x")

    track.return_to("x")
    assert track.ready() == ["x"]
    track.return_to("first")
    assert (track.ready(), track.finish()) == (["first"], 4)


def test_a_called_process_that_has_ended_is_called_anew() -> None:
    track = Track(CALLS)
    track.complete("first", "x", "y")

    found = track.return_to("y")

    assert (found.whole, track.ready(), track.passed()) == (True, ["x"], ["first"])
    assert track.finish() == 3


def test_work_that_was_done_and_messages_that_were_sent_are_told() -> None:
    track = Track(process(
        start(), user("a"), service("book", "toys.book"), service("print", "toys.print", properties(repeatable="yes")), user("b"), end(),
        chain("begun", "a", "book", "print", "b", "done"),
    ))  # fmt: skip
    track.complete("a")

    found = plan_of(track, "a")

    assert [(deed.element.id, deed.is_message, deed.is_final) for deed in found.deeds] == [("book", False, True), ("print", False, False)]


def test_work_in_another_branch_is_none_of_the_returns_business() -> None:
    track = Track(process(
        start(), gateway("parallel", "split"), user("a"), user("a2"), user("b"), service("book", "toys.book"), user("b2"), gateway("parallel", "join"), end(),
        chain("begun", "split", "a", "a2", "join", "done"), chain("split", "b", "book", "b2", "join"),
    ))  # fmt: skip
    track.complete("a", "b")

    assert plan_of(track, "a").deeds == ()
    assert [deed.element.id for deed in plan_of(track, "b").deeds] == ["book"]


def test_work_that_waits_for_its_answer_is_taken_away() -> None:
    track = Track(process(start(), user("a"), service("ask", "later"), user("b"), end(), chain("begun", "a", "ask", "b", "done")))
    track.complete("a")

    found = track.return_to("a")

    assert (found.deeds, track.ready()) == ((), ["a"])


def test_a_branch_that_ended_by_itself_is_undone_with_its_work() -> None:
    track = Track(process(
        start(), user("a"), gateway("parallel", "split"), service("book", "toys.book"), end("noted"), user("b"), end(),
        chain("begun", "a", "split", "book", "noted"), chain("split", "b", "done"),
    ))  # fmt: skip
    track.complete("a")

    assert [deed.element.id for deed in plan_of(track, "a").deeds] == ["book"]


def test_an_event_gateway_waits_again() -> None:
    track = Track(process(
        start(), user("a"), gateway("eventBased", "which"), receive_event("yes", "yes"), receive_event("no", "no"), user("b"), user("c"), end(),
        chain("begun", "a", "which", "yes", "b", "done"), chain("which", "no", "c", "done"), references=message("yes") + message("no"),
    ))  # fmt: skip
    track.complete("a", "yes")

    track.return_to("a")
    track.complete("a", "no")

    assert track.ready() == ["c"]


def receive_event(id_: str, name: str) -> str:
    return f'<intermediateCatchEvent id="{id_}">{on_message(name)}</intermediateCatchEvent>'


def test_after_an_error_was_caught_one_goes_back_to_before_the_work_that_failed() -> None:
    track = Track(process(
        start(), sub("box", start("in"), user("x"), end("broken", on_error("bad")), chain("in", "x", "broken")), boundary("caught", "box", on_error("bad")),
        user("after"), user("mend"), end(), chain("begun", "box", "after", "done"), chain("caught", "mend", "done"), references=error("bad"),
    ))  # fmt: skip
    track.complete("x")
    assert track.ready() == ["mend"]

    found = track.return_to("x")

    assert (found.whole, track.ready()) == (True, ["x"])


def test_a_terminated_sub_process_is_begun_anew() -> None:
    track = Track(process(
        start(), sub("box", start("in"), gateway("parallel", "s"), user("x"), user("y"), end("stop", TERMINATE), end("out"), chain("in", "s", "x", "stop"), chain("s", "y", "out")),
        user("last"), end(), chain("begun", "box", "last", "done"),
    ))  # fmt: skip
    track.complete("x")
    assert track.ready() == ["last"]

    found = track.return_to("x")

    assert (found.whole, track.ready()) == (True, ["x", "y"])


def test_a_step_that_was_undone_is_no_target() -> None:
    track = Track(SIMPLE)
    track.complete("a", "b")
    node = track.node("b")
    track.return_to("a")

    from engine.moves.planner import plan

    found = plan(track.graph(), track.machine, track.model, node)
    assert isinstance(found, Barred)
    assert "不能退回" in found.zh


def test_a_case_from_before_ways_were_kept_walks_on_and_offers_only_what_came_since() -> None:
    track = Track(process(start(), user("a"), user("b"), user("c"), user("d"), end(), chain("begun", "a", "b", "c", "d", "done")))
    track.complete("a")
    track.steps.clear()  # as a case that an earlier release had begun

    track.complete("b", "c")

    assert track.passed() == ["c"]
    track.return_to("c")
    assert (track.ready(), track.finish()) == (["c"], 2)


def test_what_a_step_writes_down_does_not_grow_with_what_happened_before() -> None:
    track = Track(LOOPED)
    for _ in range(300):
        track.complete("fill")

    sizes = [len(str(step)) for step in track.steps]
    assert max(sizes[10:]) <= max(sizes[:10]) + 12  # numbers become longer
    assert len(track.steps) == 301
    track.return_to("fill", 7)
    assert (track.ready(), len(track.passed())) == (["fill"], 7)


def test_receiving_is_waited_for_again() -> None:
    track = Track(process(start(), user("a"), receive("wait", "ping"), user("b"), end(), chain("begun", "a", "wait", "b", "done"), references=message("ping")))
    track.complete("a", "wait")

    track.return_to("a")
    track.complete("a")

    assert track.ready() == ["wait"]
