"""中止计时 and 恢复计时: the terms of a case stand and go on, its date and those of its steps with them; nothing is late meanwhile, and nothing is forgiven."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from db.clock import ManualClock
from db.session import Database
from deadlines.api import DeadlineService
from deadlines.rules import TermRule
from engine.board.sight import Sight
from engine.errors import NotActive, NotFound, NotPossibleNow, NotYours
from engine.people import SYSTEM, Actor
from engine.registry import Moved, StepContext
from engine.worklist import WorklistQuery
from handlers.stopped_clocks import StoppedClocks
from records.coinvestigation import store
from tests.factories.bpmn import (
    boundary,
    call,
    chain,
    end,
    gateway,
    message,
    on_message,
    process,
    properties,
    service,
    start,
    timer,
    user,
)
from tests.factories.kit import ANN, BOB, CHIEF, OUTSIDER, Kit
from tests.factories.notices import left_for
from tests.unit.records.making import LIN, SZ, drafted

REVIEW = TermRule("review", "审核期限", "Review", 10, "working_day", "civil", (5,), 5)  # from Monday 2 March 2026 to the 16th
DECIDE = TermRule("decide", "决定期限", "Decision", 5, "working_day", "civil")
MAY = properties(may_stop_clock="chief", may_cancel="chief")
TOY = process(
    MAY, start(), service("begin", "toys.begin"), user("fill"), user("check"), service("meet", "toys.meet"), user("judge"), end(),
    chain("begun", "begin", "fill", "check", "meet", "judge", "done"),
)  # fmt: skip


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    deadlines = DeadlineService(clock)
    kit = Kit(any_database, clock, deadlines)
    kit.kernel.clocks = StoppedClocks(deadlines)
    kit.deadlines = deadlines  # type: ignore[attr-defined]

    @kit.registry.operation("toys.begin")
    def begin(ctx: StepContext) -> None:
        row = deadlines.start(ctx.session, ctx.case.instance_id, REVIEW, ctx.clock.today(), owner_posts=["clerk:nb"])
        ctx.set_due(row.due_on, row.label)

    @kit.registry.operation("toys.meet")
    def meet(ctx: StepContext) -> None:
        deadlines.meet(ctx.session, ctx.case.instance_id, "review", ctx.clock.today())
        ctx.set_due(None)

    @kit.registry.operation("toys.decide")
    def decide(ctx: StepContext) -> None:
        row = deadlines.start(ctx.session, ctx.case.instance_id, DECIDE, ctx.clock.today())
        ctx.set_due(row.due_on, row.label)

    kit.deploy(toy_bpmn=TOY)
    return kit


def on(kit: Kit, month: int, day: int) -> None:
    kit.clock.set(datetime(2026, month, day, 2, tzinfo=UTC))


def stop(kit: Kit, case: str, who: Actor = CHIEF, reason: str = "等待纳税人补正", until: date | None = None, key: str = "") -> None:
    kit.engine.moves.stop_clock(case, reason, who, key or kit.key(), until)


def resume(kit: Kit, case: str, who: Actor = CHIEF) -> None:
    kit.engine.moves.resume_clock(case, "已补正", who, kit.key())


def dates(kit: Kit, case: str) -> tuple[str, list[str]]:
    """The date of the case, and those of its open tasks as every list has them."""
    header = kit.rows("SELECT due_on FROM instance WHERE id = ?", case)[0][0]
    tasks = kit.rows("SELECT id, due_on FROM task WHERE instance_id = ? AND state = 'open' ORDER BY id", case)
    for id_, due in tasks:
        for table in ("task_candidate", "task_office"):
            assert {row[0] for row in kit.rows(f"SELECT due_on FROM {table} WHERE task_id = ?", id_)} == {due}, table
    return str(header), [str(due) for _id, due in tasks]


def board(kit: Kit) -> tuple[int, int, int]:
    """Open, overdue, stopped."""
    found = kit.engine.board.open_cases(Sight(("nb/",)))
    return tuple(sum(getattr(one, name) for one in found.values()) for name in ("open", "overdue", "stopped"))  # type: ignore[return-value]


def by_term(kit: Kit) -> dict[str, int]:
    return {term: n for term, n in kit.engine.worklist(ANN, WorklistQuery(kit.clock.today(), scope="claimable")).terms.items() if n}


IN_TIME, LATE = "9999-12-30", "9999-12-29"


def test_the_remainder_is_kept_and_given_back(kit: Kit) -> None:
    case = kit.start()
    assert dates(kit, case) == ("2026-03-16", ["2026-03-16"])
    on(kit, 3, 6)

    stop(kit, case)

    assert dates(kit, case) == (IN_TIME, [IN_TIME])
    on(kit, 6, 1)  # long after its day
    assert (board(kit), by_term(kit)) == ((1, 0, 1), {"stopped": 1})
    assert [line.id for line in kit.engine.board.list_open(Sight(("nb/",)), "stopped")] == [case]
    assert kit.engine.board.list_open(Sight(("nb/",)), "overdue") == []
    assert [line.instance_id for line in kit.engine.board.list_tasks(Sight(("nb/",)), term="stopped")] == [case]
    resume(kit, case)
    assert dates(kit, case) == ("2026-06-09", ["2026-06-09"])  # six working days were left
    assert (board(kit), by_term(kit)) == ((1, 0, 0), {"ample": 1})
    assert [(h.kind, h.person_id, h.details.get("reason")) for h in kit.engine.case(case, SYSTEM).history if "clock" in h.kind] == [
        ("clock_stopped", "chief", "等待纳税人补正"), ("clock_resumed", "chief", "已补正"),
    ]  # fmt: skip


def test_what_was_late_stays_as_late_and_is_counted_apart_meanwhile(kit: Kit) -> None:
    case = kit.start()
    on(kit, 3, 18)
    assert board(kit) == (1, 1, 0)

    stop(kit, case)

    assert (dates(kit, case), board(kit), by_term(kit)) == ((LATE, [LATE]), (1, 0, 1), {"stopped": 1})
    on(kit, 6, 1)
    resume(kit, case)
    assert dates(kit, case) == ("2026-05-30", ["2026-05-30"])  # two days, as when it stopped
    assert board(kit) == (1, 1, 0)


@pytest.mark.parametrize(("day", "kept"), [(6, "in_time"), (18, "late")])
def test_work_goes_on_while_the_clock_stands_and_counts_by_when_it_stopped(kit: Kit, day: int, kept: str) -> None:
    case = kit.start()
    on(kit, 3, day)
    stop(kit, case)
    on(kit, 6, 1)

    for element in ("fill", "check"):
        kit.complete(case, element)

    with kit.database.read() as session:
        (row,) = kit.deadlines.for_subject(session, case)  # type: ignore[attr-defined]
        assert (row.state, row.met_on <= row.due_on) == ("met", kept == "in_time")
    assert dates(kit, case)[0] == "None"  # the only term was met: nothing stands any more, and what follows has no date
    assert board(kit) == (1, 0, 0)
    kit.complete(case, "judge")
    kit.engine.board.count_new()
    assert [line.id for line in kit.engine.board.list_finished(Sight(("nb/",)), kept)] == [case]
    assert len(kit.engine.board.list_done(Sight(("nb/",)), kept=kept)) == 2


def test_after_it_went_on_a_step_counts_by_the_moved_date(kit: Kit) -> None:
    case = kit.start()
    on(kit, 3, 6)
    stop(kit, case)
    on(kit, 6, 1)
    resume(kit, case)
    on(kit, 6, 9)
    kit.complete(case, "fill")
    on(kit, 6, 10)
    kit.complete(case, "check")
    kit.engine.board.count_new()

    lists = {kept: [t.name for t in kit.engine.board.list_done(Sight(("nb/",)), kept=kept)] for kept in ("in_time", "late")}
    assert lists == {"in_time": ["fill"], "late": ["check"]}


# --- who, and when not -------------------------------------------------------------------------------------------------------


def test_the_model_says_who(kit: Kit) -> None:
    case = kit.start()
    offers = kit.engine.moves.offers
    assert [(offers(case, who).stop, offers(case, who).resume) for who in (ANN, CHIEF)] == [(False, False), (True, False)]
    for act in (stop, resume):
        with pytest.raises(NotYours, match="没有中止或恢复这类案件计时的岗位"):
            act(kit, case, ANN)
        with pytest.raises(NotFound):
            act(kit, case, OUTSIDER)

    stop(kit, case)

    assert [(offers(case, who).stop, offers(case, who).resume) for who in (ANN, CHIEF)] == [(False, False), (False, True)]
    assert [h.name for h in kit.engine.case(case, SYSTEM).history if h.kind == "refused"] == ["您没有中止或恢复这类案件计时的岗位"] * 2


def test_a_model_that_does_not_say_so_stops_nothing(kit: Kit) -> None:
    kit.deploy("plain", plain_bpmn=process(start(), service("begin", "toys.begin"), user("fill"), end(), chain("begun", "begin", "fill", "done"), id_="plain"))
    case = kit.start("plain")

    assert not kit.engine.moves.offers(case, CHIEF).stop
    with pytest.raises(NotYours):
        stop(kit, case)


def test_each_way_in_which_it_cannot_be_has_its_sentence(kit: Kit) -> None:
    case = kit.start()
    with pytest.raises(NotPossibleNow, match="计时没有中止，不必恢复"):
        resume(kit, case)
    with pytest.raises(NotPossibleNow, match="请写明中止计时的理由"):
        stop(kit, case, reason="")
    with pytest.raises(NotPossibleNow, match="应晚于今天"):
        stop(kit, case, until=kit.clock.today())
    stop(kit, case)
    with pytest.raises(NotPossibleNow, match="计时已经中止，不能再次中止"):
        stop(kit, case)
    resume(kit, case)
    for element in ("fill", "check"):
        kit.complete(case, element)
    with pytest.raises(NotPossibleNow, match="没有正在计算的期限"):
        stop(kit, case)
    assert not kit.engine.moves.offers(case, CHIEF).stop
    kit.complete(case, "judge")
    for act in (stop, resume):
        with pytest.raises(NotActive):
            act(kit, case)


def test_the_same_request_stops_once(kit: Kit) -> None:
    case = kit.start()

    stop(kit, case, key="one-request")
    stop(kit, case, key="one-request")

    assert [h.kind for h in kit.engine.case(case, SYSTEM).history if h.kind == "clock_stopped"] == ["clock_stopped"]


def test_a_case_can_be_stopped_again_after_it_went_on_and_after_a_restart(kit: Kit) -> None:
    case = kit.start()
    clocks = kit.kernel.clocks
    for stopped, resumed, due_on in ((6, 10, "2026-03-18"), (17, 20, "2026-03-23")):
        on(kit, 3, stopped)
        stop(kit, case)
        kit.forget()
        kit.kernel.clocks = clocks
        on(kit, 3, resumed)
        resume(kit, case)

        assert dates(kit, case)[0] == due_on  # six working days were left, then one


# --- what else happens meanwhile ---------------------------------------------------------------------------------------------


def test_the_holders_of_the_open_steps_hear_of_it(kit: Kit) -> None:
    heard: list[Moved] = []
    kit.kernel.on_moved = lambda _session, moved: heard.append(moved)
    case = kit.start()

    stop(kit, case)
    resume(kit, case)

    assert [(m.kind, m.posts, m.by.person_id, m.because) for m in heard] == [
        ("clock_stopped", ("clerk:nb",), "chief", "等待纳税人补正"), ("clock_resumed", ("clerk:nb",), "chief", "已补正"),
    ]  # fmt: skip


def test_a_returned_case_keeps_its_clock_whether_it_runs_or_stands(kit: Kit) -> None:
    case = kit.start()
    kit.complete(case, "fill")
    returned(kit, case)
    assert (kit.ready(case), dates(kit, case)) == (["fill"], ("2026-03-16", ["2026-03-16"]))
    on(kit, 3, 6)
    stop(kit, case)
    kit.complete(case, "fill")
    returned(kit, case)
    assert (kit.ready(case), dates(kit, case)) == (["fill"], (IN_TIME, [IN_TIME]))
    on(kit, 6, 1)

    kit.engine.moves.resubmit(kit.open(case)["fill"], {}, ANN, kit.key())  # 直达
    assert (kit.ready(case), dates(kit, case)) == (["check"], (IN_TIME, [IN_TIME]))
    resume(kit, case)

    assert dates(kit, case) == ("2026-06-09", ["2026-06-09"])


def returned(kit: Kit, case: str) -> None:
    task = kit.open(case)["check"]
    kit.engine.claim(task, BOB, kit.key())
    node = kit.engine.moves.options(task, BOB)[0].done.node
    kit.engine.moves.return_task(task, node, kit.engine.moves.preview(task, node, BOB).version, "缺少附件", BOB, kit.key())


def test_what_is_taken_back_or_withdrawn_keeps_its_clock(kit: Kit) -> None:
    case = kit.engine.start("toy", office_id="nb", actor=ANN, key=kit.key(), title="一件案子").instance_id
    on(kit, 3, 6)
    for _ in range(2):
        kit.complete(case, "fill")
        done = kit.rows("SELECT id FROM task WHERE instance_id = ? AND state = 'completed' ORDER BY id DESC", case)[0][0]
        kit.engine.moves.take_back(done, ANN, kit.key())
        running = dates(kit, case)
        if running[0] == "2026-03-16":
            stop(kit, case)
    assert (running, dates(kit, case)) == ((IN_TIME, [IN_TIME]), (IN_TIME, [IN_TIME]))
    kit.complete(case, "fill")

    kit.engine.moves.withdraw(case, "重新填写", ANN, kit.key())

    assert (kit.ready(case), dates(kit, case)) == (["fill"], (IN_TIME, [IN_TIME]))


def test_an_extension_meanwhile_is_kept_for_when_the_clock_goes_on(kit: Kit) -> None:
    kit.deploy("asked", asked_bpmn=process(
        MAY, start(), service("begin", "toys.begin"), user("fill"), boundary("granted", "fill", on_message("granted"), interrupting=False), service("take", "toys.take"),
        end(), end("taken"), chain("begun", "begin", "fill", "done"), chain("granted", "take", "taken"), references=message("granted"), id_="asked",
    ))  # fmt: skip

    seen = []

    @kit.registry.operation("toys.take")
    def take(ctx: StepContext) -> None:
        seen.append(ctx.due_on)
        row = kit.deadlines.extend(ctx.session, ctx.case.instance_id, "review", date(2026, 3, 20), approved_by="市局", reason="企业走逃")  # type: ignore[attr-defined]
        ctx.set_due(row.due_on, row.label)

    case = kit.start("asked")
    on(kit, 3, 6)
    stop(kit, case)
    on(kit, 6, 1)

    kit.engine.send_message("granted", "", {}, kit.key())

    assert (seen, dates(kit, case)) == ([date(2026, 3, 16)], (IN_TIME, [IN_TIME]))  # a handler is told a day of the calendar
    resume(kit, case)
    assert dates(kit, case) == ("2026-06-15", ["2026-06-15"])  # ten working days: 9 to 13, 16 to 20 March


def test_a_calendar_that_is_published_meanwhile_moves_the_date_that_is_kept(kit: Kit) -> None:
    case = kit.start()
    with kit.database.write() as session:
        kit.engine.set_due(session, case, date(2026, 3, 16), "按本局的叫法")  # so that only its day says which term it is
    on(kit, 3, 6)
    stop(kit, case)
    with kit.database.write() as session:
        kit.deadlines.for_subject(session, case)[0].due_on = date(2026, 3, 17)  # type: ignore[attr-defined]
        kit.engine.move_due(session, case, date(2026, 3, 16), date(2026, 3, 17), "审核期限")

    assert dates(kit, case) == (IN_TIME, [IN_TIME])
    on(kit, 6, 1)
    resume(kit, case)
    assert dates(kit, case) == ("2026-06-09", ["2026-06-09"])  # that of the term, with the six working days that were left


def test_the_records_of_a_case_have_the_day_of_its_term_when_the_clock_goes_on(kit: Kit) -> None:
    case, due = kit.start(), date(2026, 3, 16)
    with kit.database.write() as session:
        asked = drafted(session)
        received = store.open_receipt(session, LIN, delegation_id=asked.id, office=SZ, received_on=date(2026, 3, 2), due_on=due, case_id=case)
        asked.due_on = due
        ids = asked.id, received.id
    on(kit, 3, 6)
    stop(kit, case)
    on(kit, 6, 1)

    resume(kit, case)

    with kit.database.read() as session:
        assert (store.delegation(session, ids[0]).due_on, store.receipt(session, ids[1]).due_on) == (date(2026, 6, 9), date(2026, 6, 9))


def test_a_record_follows_its_own_term_and_not_another_that_had_been_due_on_the_new_day(kit: Kit) -> None:
    case, due = kit.start(), date(2026, 3, 16)
    with kit.database.write() as session:
        far = kit.deadlines.start(session, case, TermRule("far", "远期", "Far", 99, "day", "plain"), date(2026, 3, 2))  # type: ignore[attr-defined]
        assert far.due_on == date(2026, 6, 9)
        received = store.open_receipt(session, LIN, delegation_id=drafted(session).id, office=SZ, received_on=date(2026, 3, 2), due_on=due, case_id=case)
        receipt_id = received.id
    on(kit, 3, 6)
    stop(kit, case)
    on(kit, 6, 1)

    resume(kit, case)

    with kit.database.read() as session:
        assert store.receipt(session, receipt_id).due_on == date(2026, 6, 9)


def test_a_term_that_begins_meanwhile_stands_too(kit: Kit) -> None:
    kit.deploy("two", two_bpmn=process(
        MAY, start(), service("begin", "toys.begin"), user("fill"), service("decide", "toys.decide"), user("judge"), end(),
        chain("begun", "begin", "fill", "decide", "judge", "done"), id_="two",
    ))  # fmt: skip
    case = kit.start("two")
    on(kit, 3, 6)
    stop(kit, case)
    on(kit, 3, 20)

    kit.complete(case, "fill")

    assert dates(kit, case) == (IN_TIME, [IN_TIME])
    on(kit, 6, 1)
    resume(kit, case)
    assert dates(kit, case) == ("2026-06-08", ["2026-06-08"])  # five working days from when it goes on
    with kit.database.read() as session:
        assert {row.key: str(row.due_on) for row in kit.deadlines.for_subject(session, case)} == {"review": "2026-06-09", "decide": "2026-06-08"}  # type: ignore[attr-defined]


def test_dates_that_the_model_gives_to_steps_stand_and_come_back(kit: Kit) -> None:
    kit.deploy("own", own_bpmn=process(
        MAY, start(), service("begin", "toys.begin"), gateway("parallel", "split"), user("a", camunda_dueDate='date("2026-03-10")'), user("b"),
        user("c", camunda_dueDate='today() + duration("P3D")'), end(), end("over"), chain("begun", "begin", "split", "a", "done"),
        chain("split", "b", "c", "over"), id_="own",
    ))  # fmt: skip
    case = kit.start("own")
    assert dates(kit, case) == ("2026-03-16", ["2026-03-10", "2026-03-16"])
    on(kit, 3, 12)

    stop(kit, case)

    assert dates(kit, case) == (IN_TIME, [LATE, IN_TIME])  # the step was two days late
    kit.complete(case, "b")
    assert dates(kit, case) == (IN_TIME, [LATE, IN_TIME])
    on(kit, 6, 1)
    resume(kit, case)
    assert dates(kit, case) == ("2026-06-03", ["2026-05-30", "2026-06-04"])  # two days late; three days from now on


def test_a_called_process_stands_with_its_case(kit: Kit) -> None:
    kit.deploy(
        "calls",
        outer_bpmn=process(MAY, start(), service("begin", "toys.begin"), user("fill"), call("ask", "inner"), end(), chain("begun", "begin", "fill", "ask", "done"), id_="outer"),
        inner_bpmn=process(start(), user("answer", camunda_dueDate='today() + duration("P3D")'), end(), chain("begun", "answer", "done"), id_="inner"),
    )
    case = kit.start("outer")
    stop(kit, case)

    kit.complete(case, "fill")

    assert (kit.ready(case), dates(kit, case)) == (["answer"], (IN_TIME, [IN_TIME]))
    on(kit, 6, 1)
    resume(kit, case)
    assert dates(kit, case)[1] == ["2026-06-04"]


def test_a_case_that_is_terminated_owes_nothing_more(kit: Kit) -> None:
    for stopped in (False, True):
        case = kit.start()
        if stopped:
            stop(kit, case, until=date(2026, 3, 20))

        kit.engine.cancel_case(case, "当事人撤回申请", CHIEF, kit.key())

        on(kit, 3, 2)
        with kit.database.read() as session:
            assert [row.state for row in kit.deadlines.for_subject(session, case)] == ["cancelled"]  # type: ignore[attr-defined]
    on(kit, 6, 1)
    assert kit.deadlines.tick(kit.database) == []  # type: ignore[attr-defined]


def test_timers_of_the_model_are_no_terms_and_go_on(kit: Kit) -> None:
    kit.deploy("timed", timed_bpmn=process(
        MAY, start(), service("begin", "toys.begin"), user("fill"), boundary("late", "fill", timer("P3D"), interrupting=False), user("urge"), end(), end("over"),
        chain("begun", "begin", "fill", "done"), chain("late", "urge", "over"), id_="timed",
    ))  # fmt: skip
    case = kit.start("timed")
    stop(kit, case)

    kit.clock.advance(timedelta(days=4))
    kit.engine.tick()

    assert (kit.ready(case), dates(kit, case)) == (["fill", "urge"], (IN_TIME, [IN_TIME, IN_TIME]))


def test_a_timer_that_names_a_deadline_stands_with_it(kit: Kit) -> None:
    kit.deploy("named", named_bpmn=process(
        MAY, start(), service("begin", "toys.begin"), user("fill"), boundary("late", "fill", timer('deadline("review")', "timeDate"), interrupting=False),
        user("urge"), end(), end("over"), chain("begun", "begin", "fill", "done"), chain("late", "urge", "over"), id_="named",
    ))  # fmt: skip
    case = kit.start("named")
    on(kit, 3, 6)
    stop(kit, case)
    on(kit, 6, 1)
    kit.engine.tick()
    assert kit.ready(case) == ["fill"]

    resume(kit, case)

    for day, ready in ((9, ["fill"]), (10, ["fill", "urge"])):
        on(kit, 6, day)
        kit.engine.tick()
        assert kit.ready(case) == ready


def test_nobody_is_reminded_while_the_clock_stands_but_on_the_day_that_was_named(kit: Kit) -> None:
    case = kit.start()
    stop(kit, case, until=date(2026, 4, 1))
    said: list[Any] = []
    for day in range(120):
        kit.clock.set(datetime(2026, 3, 2, 2, tzinfo=UTC) + timedelta(day))
        said += kit.deadlines.tick(kit.database)  # type: ignore[attr-defined]

    with kit.database.read() as session:
        found = left_for(session, ["clerk:nb"])
    assert (said, [(n.kind, str(n.at.date())) for n in found]) == ([], [("still_stands", "2026-04-01")])
    assert dates(kit, case)[0] == IN_TIME  # it goes on when somebody says so


@pytest.mark.parametrize(("is_met", "said"), [(False, "决定期限"), (True, "审核期限")])
def test_the_first_that_still_stands_reminds_once_for_all(kit: Kit, is_met: bool, said: str) -> None:
    case, deadlines = kit.start(), kit.kernel.clocks.deadlines  # type: ignore[attr-defined]
    with kit.database.write() as session:
        deadlines.start(session, case, DECIDE, kit.clock.today(), owner_posts=["clerk:nb"])  # ends before the review
    stop(kit, case, until=date(2026, 4, 1))
    if is_met:
        with kit.database.write() as session:
            deadlines.meet(session, case, "decide", kit.clock.today())
    with kit.database.read() as session:
        assert deadlines.stopped_among(session, [case])[case].until == date(2026, 4, 1)
    for day in (1, 2):
        on(kit, 4, day)
        deadlines.tick(kit.database)

    with kit.database.read() as session:
        (notice,) = left_for(session, ["clerk:nb"])
    assert (notice.kind, notice.text) == ("still_stands", f"“{said}”的计时中止至 2026-04-01，现已到期；请核实，情形消除的应恢复计时")
