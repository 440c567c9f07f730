"""One case for every finding that the lint can have: what is refused, at which element, in a sentence that names it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import NamedTuple

import pytest

import engine.bpmn.lint as rules
from engine import tables
from engine.bpmn import check_in_process
from engine.bpmn.finding import Finding
from engine.bpmn.lint.shape import NAME_LIMIT
from engine.bpmn.properties import KNOWN
from records.audit.tables import TrailEntry
from tests.factories.bpmn import (
    NS,
    boundary,
    call,
    catch,
    chain,
    end,
    error,
    event_sub,
    flow,
    gateway,
    inputs,
    loop,
    many,
    message,
    node,
    on_condition,
    on_error,
    on_link,
    on_message,
    on_signal,
    process,
    properties,
    receive,
    script,
    service,
    start,
    sub,
    throw,
    timer,
    user,
)  # fmt: skip

FRAME = start() + user("a") + end() + chain("begun", "a", "done")


class Case(NamedTuple):
    """What is drawn beside the frame (or instead of it), and what must be found."""

    code: str
    element: str
    drawn: str = ""
    frame: str = FRAME
    files: dict[str, bytes] = {}
    references: str = ""
    id_: str = "toy"


def beside(*parts: str) -> str:
    """A second way from `a` to `done`, in which the parts stand; the first part is `x`."""
    return "".join(parts) + flow("a", "x") + flow("x", "done")


def dmn(inside: str) -> bytes:
    return f'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"><decision id="d" name="决策">{inside}</decision></definitions>'.encode()


ONE_OUTPUT = dmn('<decisionTable><input><inputExpression><text>n</text></inputExpression></input><output name="o"/></decisionTable>')
OTHER = process(start("ob"), end("oe"), chain("ob", "oe"), id_="other")
ASK = node("eventBasedGateway", "x")
LETTER = message("letter")
RISING = "".join(gateway("parallel", f"p{i}") + gateway("exclusive", f"m{i}") + flow(f"p{i}", f"m{i}", id_=f"l{i}") + flow(f"p{i}", f"m{i}", id_=f"r{i}") + flow(f"m{i}", f"p{i + 1}") for i in range(9))  # fmt: skip

CASES = [
    # identity and size
    Case("duplicate-id", "a", user("a")),
    Case("duplicate-id", "", "<userTask/><userTask/>"),
    Case("duplicate-id", "box", sub("box", sub("box", user("b")))),
    Case("duplicate-id", "a", flow("a", "done", id_="a")),
    Case("bad-id", "协查", user("协查")),
    Case("bad-id", "", '<userTask camunda:candidateGroups="c@own"/>'),
    Case("too-many-nodes", "toy", "".join(user(f"u{i}") for i in range(500))),
    Case("too-deep", "deep", "".join(f'<subProcess id="s{i}">' for i in range(6)) + user("deep") + "</subProcess>" * 6),
    Case("no-process", "", files={"toy.bpmn": f"<definitions {NS}/>".encode()}),
    Case("not-executable", "toy", files={"toy.bpmn": process(FRAME).replace(b'isExecutable="true"', b'isExecutable="false"')}),
    Case("duplicate-process", "toy", files={"second.bpmn": process(FRAME)}),
    # nothing is passed over
    Case("unknown-element", "strange", '<callChoreography id="strange"/>'),
    Case("unknown-element", "strange", beside(sub("x", user("b"), '<implicitThrowEvent id="strange"/>'))),
    Case("unsupported", "x", beside('<complexGateway id="x"/>')),
    Case("unsupported", "x", beside('<adHocSubProcess id="x"/>')),
    Case("unsupported", "x", beside('<transaction id="x"/>')),
    Case("unsupported", "x", beside(throw("x", "<compensateEventDefinition/>"))),
    Case("unsupported", "b", boundary("b", "a", "<compensateEventDefinition/>")),
    Case("unsupported", "x", flow("a", "x") + end("x", "<cancelEventDefinition/>")),
    Case("unsupported", "x", beside(catch("x", on_message("letter") + timer("PT1H"))), references=LETTER),
    Case("unsupported", "x", flow("a", "x") + end("x", '<eventDefinitionRef>other</eventDefinitionRef>')),
    Case("unsupported", "x", beside('<receiveTask id="x" messageRef="letter" instantiate="true"/>'), references=LETTER),
    Case("unsupported", "x", flow("a", "x") + node("eventBasedGateway", "x", eventGatewayType="Parallel")),
    Case("unsupported", "x", user("x", isForCompensation="true")),
    Case("unsupported", "x", beside(user("x", completionQuantity="2"))),
    Case("unsupported", "x", beside(user("x", inside=many("xs").replace("></multi", "><loopDataOutputRef>ys</loopDataOutputRef></multi")))),
    Case("unsupported", "x", beside(user("x", inside=many("xs").replace(" isSeq", ' behavior="One" isSeq')))),
    Case("unsupported", "x", beside(node("serviceTask", "x", camunda_class="com.example.Work", camunda_topic="t"))),
    Case("unsupported", "x", beside(node("serviceTask", "x", camunda_type="mail", camunda_topic="t"))),
    Case("unsupported", "x", beside(user("x", camunda_candidateUsers="ann"))),
    Case("unsupported", "x", beside(user("x", inside='<extensionElements><camunda:taskListener event="create"/></extensionElements>'))),
    Case("unsupported", "x", beside(user("x", inside='<extensionElements xmlns:zeebe="z"><zeebe:userTask/></extensionElements>'))),
    Case("unsupported", "x", beside(service("x", "t", inputs(v="1").replace(">1<", "><camunda:script>1</camunda:script><")))),
    Case("ignored", "x", beside(user("x", camunda_asyncBefore="true"))),
    # flows
    Case("dangling-flow", "a_to_nowhere", flow("a", "nowhere")),
    Case("dangling-flow", "nowhere_to_a", flow("nowhere", "a")),
    Case("crossing-flow", "a_to_b", beside(sub("x", user("b"))) + flow("a", "b")),
    Case("flow-into-start", "a_to_begun", flow("a", "begun")),
    Case("flow-from-end", "done_to_a", flow("done", "a")),
    Case("no-default", "x", flow("a", "x") + gateway("exclusive", "x") + flow("x", "done", "n > 1", "y") + flow("x", "done", "n < 1", "z")),
    Case("no-default", "x", flow("a", "x") + gateway("inclusive", "x") + flow("x", "done", "n > 1", "y") + flow("x", "done", "n < 1", "z")),
    Case("no-default", "x", flow("a", "x") + user("x") + flow("x", "done", "n > 1")),
    Case("no-condition", "y", flow("a", "x") + gateway("exclusive", "x", "z") + flow("x", "done", "", "y") + flow("x", "done", "", "z")),
    Case("bad-default", "x", flow("a", "x") + gateway("exclusive", "x", "begun_to_a") + flow("x", "done", "n > 1", "y") + flow("x", "done", "n < 1", "z")),
    Case("ignored-condition", "y", flow("a", "x") + gateway("parallel", "x") + flow("x", "done", "n > 1", "y")),
    Case("ignored-condition", "z", flow("a", "x") + gateway("exclusive", "x", "z") + flow("x", "done", "n > 1", "y") + flow("x", "done", "n > 2", "z")),
    Case("bad-event-gateway", "x", flow("a", "x") + ASK + user("b") + user("c") + flow("x", "b") + flow("x", "c")),
    Case("bad-event-gateway", "x", flow("a", "x") + ASK + catch("b", timer("PT1H")) + flow("x", "b") + flow("b", "done")),
    Case("bad-event-gateway", "b", flow("a", "x") + ASK + receive("b", "letter") + catch("c", timer("PT1H")) + flow("x", "b") + flow("x", "c") + boundary("d", "b", timer("PT1H")), references=LETTER),
    Case("unreachable", "lost", user("lost")),
    Case("unreachable", "lost", catch("lost", on_link("nobody"))),
    Case("token-flood", "m8", RISING + user("p9") + flow("a", "p0")),
    # beginnings
    Case("no-start", "toy", frame=user("a") + end() + chain("a", "done")),
    Case("no-start", "x", beside(sub("x"))),
    Case("no-start", "x", beside(sub("x", user("b"), user("c"), chain("b", "c", "b")))),
    Case("two-starts", "toy", start("again") + flow("again", "a")),
    Case("two-starts", "x", beside(sub("x", start("s"), start("t"), user("b"), chain("s", "b"), chain("t", "b")))),
    Case("bad-start", "timed", start("timed", timer("P1D")) + flow("timed", "a")),
    Case("bad-start", "heard", start("heard", on_signal("closed")) + flow("heard", "a"), references=node("signal", "closed", name="closed")),
    Case("bad-start", "x", beside(sub("x", start("s", timer("P1D"))))),
    Case("bad-event-sub-process", "aside", sub("aside", start("s"), triggeredByEvent="true")),
    Case("bad-event-sub-process", "aside", event_sub("aside", on_error("E"), interrupting=False), references=error("E")),
    Case("bad-event-sub-process", "aside", event_sub("aside", on_message("letter"), many(count="2")), references=LETTER),
    Case("flow-at-event-sub-process", "aside", event_sub("aside", on_message("letter")) + flow("a", "aside"), references=LETTER),
    # events
    Case("boundary-nowhere", "b", boundary("b", "begun", timer("PT1H"))),
    Case("boundary-nowhere", "b", beside(sub("x", user("c"))) + boundary("b", "c", timer("PT1H"))),
    Case("boundary-nowhere", "b", event_sub("aside", on_message("letter")) + boundary("b", "aside", timer("PT1H")), references=LETTER),
    Case("bad-boundary", "b", boundary("b", "a", "")),
    Case("bad-boundary", "b", boundary("b", "a", on_error("E"), interrupting=False), references=error("E")),
    Case("bad-event", "x", beside(catch("x", "<terminateEventDefinition/>"))),
    Case("bad-event", "x", beside(throw("x", timer("PT1H")))),
    Case("bad-event", "x", flow("a", "x") + end("x", on_condition("true"))),
    Case("bad-event", "x", beside(catch("x", ""))),
    Case("no-name", "x", beside(catch("x", "<messageEventDefinition/>"))),
    Case("no-name", "x", beside(throw("x", "<signalEventDefinition/>"))),
    Case("no-name", "x", beside(node("receiveTask", "x"))),
    Case("no-name", "x", flow("a", "x") + end("x", on_error())),
    Case("dangling-reference", "b", boundary("b", "a", on_error("missing"))),
    Case("dangling-reference", "x", beside(receive("x", "missing"))),
    Case("bad-link", "x", flow("a", "x") + throw("x", on_link("nowhere"))),
    Case("bad-link", "x", flow("a", "x") + throw("x", on_link("p")) + catch("y", on_link("p")) + catch("z", on_link("p"))),
    Case("bad-link", "x", flow("a", "x") + throw("x", on_link("p")) + sub("box", catch("y", on_link("p")))),
    Case("bad-timer", "x", beside(catch("x", timer("soon, please")))),
    Case("bad-timer", "x", beside(catch("x", timer("")))),
    Case("bad-timer", "b", boundary("b", "a", timer("R/PT1S", "timeCycle"))),
    *(Case("bad-timer", "b", boundary("b", "a", timer(text, "timeCycle"))) for text in ("R/P0M", "R/-P1M", "R/P-1M", "R/P0Y0M", "R3/P1M1D", "R0/P1D", "R/-P1D", "R/P101Y")),
    *(Case("bad-timer", "x", beside(catch("x", timer(text)))) for text in ("P101Y", "P999999999W", "P36526D", "P1M1D", "PT1X", "2026-02-30", "2026-03-01T25:00")),
    # work
    Case("no-people", "x", beside(node("userTask", "x"))),
    Case("no-people", "x", beside(node("manualTask", "x"))),
    Case("bad-people", "x", beside(user("x", "clerks"))),
    Case("bad-again", "x", beside(user("x", inside=properties(again="same-persn")))),
    Case("no-form", "x", beside(user("x", camunda_formRef="missing"))),
    Case("no-topic", "x", beside(node("serviceTask", "x"))),
    Case("no-topic", "x", beside(node("sendTask", "x"))),
    Case("no-script", "x", beside(node("scriptTask", "x", scriptFormat="feel"))),
    Case("not-feel", "x", beside(node("scriptTask", "x", "<script>1</script>", scriptFormat="python"))),
    Case("not-feel", "y", flow("a", "x") + user("x") + flow("x", "done", "n", "y").replace("<conditionExpression", '<conditionExpression language="javascript"')),
    Case("no-decision", "x", beside(node("businessRuleTask", "x"))),
    Case("no-decision", "x", beside(node("businessRuleTask", "x", camunda_decisionRef="missing", camunda_resultVariable="r"))),
    Case("no-result", "x", beside(node("businessRuleTask", "x", camunda_decisionRef="d")), files={"d.dmn": ONE_OUTPUT}),
    Case("ignored-mapping", "x", beside(user("x", inside=inputs(v="1")))),
    Case("ignored-mapping", "x", beside(sub("x", user("b"), inside=inputs(v="1").replace("inputParameter", "outputParameter")))),
    Case("bad-expression", "x", beside(script("x", "v", "1 +"))),
    Case("bad-expression", "x", beside(receive("x", "letter", correlation="(")), references=LETTER),
    Case("bad-expression", "x", beside(user("x", "clerk@office:)("))),
    Case("bad-expression", "x", beside(node("userTask", "x", camunda_assignee="done_by."))),
    Case("bad-expression", "x", beside(service("x", "t", properties(post="desk +")))),
    Case("bad-call", "x", beside(script("x", "v", "isempty(v)"))),
    Case("bad-call", "x", beside(catch("x", timer('dedline("reply")', "timeDate")))),
    Case("bad-call", "x", beside(script("x", "v", "case_id(1)"))),
    Case("bad-call", "x", beside(script("x", "v", "modulo(dividend: 5, divsor: 2)"))),
    Case("bad-call", "x", beside(script("x", "v", "clerk.find(v)"))),
    Case("bad-call", "y", flow("a", "x") + gateway("exclusive", "x", "z") + flow("x", "done", "${isempty(n)}", "y") + flow("x", "done", "", "z")),
    # properties
    Case("bad-not-by", "x", beside(user("x", inside=properties(not_by="b")))),
    Case("bad-not-by", "x", beside(user("x", inside=properties(not_by="a, done")))),
    Case("bad-not-by", "x", beside(user("x", inside=properties(not_by="a；b")))),
    Case("bad-not-by", "x", beside(user("x", inside=properties(not_by="")))),
    *(Case("misspelt-property", "x", beside(user("x", inside=properties(**{name: "a"})))) for name in ("notby", "not-by", "Not_By", "not_yb", "notBy", "no_by", "again_becuase")),
    Case("misspelt-property", "x", beside(receive("x", "letter", corelation="case_id()")), references=LETTER),
    Case("misspelt-property", "toy", frame=properties(offered_no="toy") + FRAME),
    Case("bad-return-to", "x", beside(user("x", inside=properties(return_to="b")))),
    Case("bad-return-to", "x", beside(user("x", inside=properties(return_to="a, begun")))),
    Case("bad-return-to", "x", beside(user("x", inside=properties(return_to="")))),
    Case("bad-resubmit", "x", beside(user("x", inside=properties(resubmit="both")))),
    Case("bad-repeatable", "x", beside(service("x", "t", properties(repeatable="no")))),
    Case("bad-vouches-for", "x", beside(user("x", inside=properties(vouches_for="，")))),
    Case("misplaced-property", "x", beside(service("x", "t", properties(not_by="a")))),
    Case("misplaced-property", "toy", frame=properties(not_by="a") + FRAME),
    Case("misplaced-property", "x", beside(user("x", inside=properties(may_cancel="chief")))),
    Case("misplaced-property", "x", beside(user("x", inside=properties(output_collection="ys")))),
    Case("misplaced-property", "x", beside(user("x", inside=properties(output_element="y") + many("xs")))),
    Case("repeated-property", "x", beside(user("x", inside=properties(not_by="a").replace("<camunda:property ", '<camunda:property name="not_by" value="x"/><camunda:property ')))),
    Case("repeated-property", "x", beside(user("x", inside=properties(name_en="X") + properties(not_by="a")))),
    Case("unknown-property", "x", beside(user("x", inside=properties(name="a")))),
    Case("unknown-property", "x", beside(user("x", inside=properties(payloads="a")))),
    Case("ignored", "x", beside(user("x", inside=properties(post="POST /letters")))),
    Case("bad-offered-on", "toy", frame=properties(offered_on="otehr") + FRAME, files={"other.bpmn": OTHER}),
    Case("starter-not-named", "toy", files={"toy.bpmn": process(FRAME, camunda_candidateStarterGroups="clerk@own, enterprise@party")}),
    Case("bad-call", "toy", frame=properties(offered_to="is_known(number)") + FRAME),
    Case("offered-elsewhere", "toy", frame=properties(offered_on="quite_another") + FRAME),
    *(Case("bad-may-cancel", "toy", frame=properties(may_cancel=text) + FRAME) for text in ("", "chief,", "chief clerk", "chief@", "chief；clerk")),
    *(Case("bad-may-stop-clock", "toy", frame=properties(may_stop_clock=text) + FRAME) for text in ("", "chief clerk", "chief@")),
    *(Case("bad-may-transfer", "toy", frame=properties(may_transfer=text) + FRAME) for text in ("", "chief clerk")),
    *(Case("bad-countersign", "x", beside(user("x", inside=properties(countersign=text, signers="[]")))) for text in ("", "most", "share:2")),
    Case("no-signers", "x", beside(user("x", inside=properties(countersign="all")))),
    Case("no-batch-values", "x", beside(user("x", inside=properties(batch_values=" ")))),
    # names that the database could not keep
    Case("too-long", "x", beside(script("x", "v" * 129, "1"))),
    Case("too-long", "x", beside(receive("x", "l" * 129)), references=message("l" * 129)),
    Case("too-long", "x", beside(service("x", "t" * 129))),
    Case("too-long", "x", beside(user("x", inside=many("xs", "i" * 129)))),
    Case("too-long", "x", beside(node("businessRuleTask", "x", camunda_decisionRef="d")), files={"d.dmn": ONE_OUTPUT.replace(b'<output name="o"/>', b'<output name="o"/><output name="' + b"p" * 129 + b'"/>')}),
    Case("bad-multi", "x", beside(user("x", inside=many()))),
    Case("bad-loop", "x", beside(user("x", inside=loop()))),
    Case("no-called", "x", beside(call("x", "missing"))),
    Case("no-called", "x", beside(call("x", "heard")), files={"heard.bpmn": process(start("hb", on_message("letter")), id_="heard", references=LETTER)}),
    Case("call-circle", "x", beside(call("x", "toy"))),
    Case("call-circle", "back", beside(call("x", "other")), files={"other.bpmn": process(start(), call("back", "toy"), end(), chain("begun", "back", "done"), id_="other")}),
]  # fmt: skip


WARNINGS = {"unreachable", "ignored", "unknown-property", "offered-elsewhere"}


def found_in(case: Case) -> list[Finding]:
    files = {"toy.bpmn": process(case.frame, case.drawn, references=case.references), **case.files}
    return check_in_process(files).findings


@pytest.mark.parametrize("case", CASES, ids=[f"{c.code} {c.element} {i}" for i, c in enumerate(CASES)])
def test_what_would_run_wrongly_is_found_at_its_element(case: Case) -> None:
    findings = found_in(case)

    mine = [f for f in findings if (f.code, f.element) == (case.code, case.element)]
    assert mine, [(f.code, f.element, f.zh) for f in findings]
    assert case.element in mine[0].zh
    assert mine[0].zh.isprintable()
    assert any("一" <= letter <= "鿿" for letter in mine[0].zh)
    assert mine[0].en
    assert mine[0].severity == ("warning" if case.code in WARNINGS else "error")
    assert mine[0].file or case.code == "no-process"


def codes() -> set[str]:
    """Every code that a finding of the lint is made with."""
    found: set[str] = set()
    for file in Path(rules.__file__).parent.glob("*.py"):
        for call_ in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(call_, ast.Call) and ast.unparse(call_.func) == "Finding":
                assert isinstance(call_.args[0], ast.Constant)
                found.add(call_.args[0].value)
    return found


def test_every_code_has_a_case_and_every_case_a_code() -> None:
    assert {case.code for case in CASES} == codes()


def test_every_rule_is_listed() -> None:
    listed = {rule.__name__ for rule in (*rules.FIRST, *rules.RULES)}

    defined = set()
    for file in Path(rules.__file__).parent.glob("*.py"):
        for made in ast.parse(file.read_text("utf-8")).body:
            if isinstance(made, ast.FunctionDef) and [a.arg for a in made.args.args] == ["deck"] and made.name != "lint":
                defined.add(made.name)

    assert defined == listed


def test_a_plain_model_has_no_finding() -> None:
    assert found_in(Case("", "")) == []


@pytest.mark.parametrize("id_", ["Start", "End", "Root", "a-b.c", "Gateway_0k1x"])
def test_ids_that_other_engines_keep_for_themselves_are_fine(id_: str) -> None:
    assert check_in_process({"t.bpmn": process(start(), user(id_), end(), chain("begun", id_, "done"))}).accepted


def test_everything_that_is_wrong_is_told_at_once() -> None:
    findings = found_in(Case("", "", beside(node("userTask", "x")) + flow("a", "nowhere") + boundary("b", "a", "")))

    assert {f.code for f in findings} >= {"no-people", "dangling-flow", "bad-boundary"}


def test_a_cycle_of_flows_or_a_hundred_tasks_in_a_row_is_no_flood() -> None:
    row = [f"u{i}" for i in range(390)]
    drawn = "".join(user(id_) for id_ in reversed(row))

    assert check_in_process({"t.bpmn": process(end(), drawn, start(), chain("begun", *row, "done"))}).findings == []
    assert check_in_process({"t.bpmn": process(start(), user("a"), user("b"), chain("begun", "a", "b", "a"))}).accepted


@pytest.mark.parametrize(("text", "says"), [("check_entr", "check_entry"), ("chekc_entry", "check_entry"), ("CheckEntry", "check_entry"), ("fil", ""), ("other", "")])
def test_a_slip_of_the_pen_is_answered_with_the_name_that_was_meant(text: str, says: str) -> None:
    tasks = user("check_entry") + user("fill") + user("approve_order", inside=properties(not_by=text))
    drawn = process(start(), tasks, end(), chain("begun", "check_entry", "fill", "approve_order", "done"))

    (finding,) = (f for f in check_in_process({"t.bpmn": drawn}).findings if f.code == "bad-not-by")

    assert finding.severity == "error"
    assert ("是否应为" in finding.zh) is bool(says)
    assert says in finding.zh
    assert text in finding.en


def test_duties_may_be_apart_from_tasks_of_a_called_process_and_of_a_calling_one() -> None:
    called = process(start("cb"), user("b", inside=properties(not_by="a")), end("ce"), chain("cb", "b", "ce"), id_="called")
    calling = process(FRAME, beside(call("x", "called")), user("c", inside=properties(not_by="b, a")), flow("x", "c"))
    stranger = process(start("sb"), user("s", inside=properties(not_by="a")), end("se"), chain("sb", "s", "se"), id_="stranger")

    findings = check_in_process({"calling.bpmn": calling, "called.bpmn": called, "stranger.bpmn": stranger}).findings

    assert [(f.code, f.element) for f in findings if f.code == "bad-not-by"] == [("bad-not-by", "s")]


def test_a_model_from_another_tool_keeps_its_properties_and_is_told_what_is_passed_over() -> None:
    foreign = properties(host="a", Purpose="b", payload="{{not FEEL}}", title="(", owner="c")
    lane = '<laneSet id="ls"><lane id="l" name="岗"><extensionElements><camunda:properties><camunda:property name="name_en" value="Post"/></camunda:properties></extensionElements></lane></laneSet>'
    result = check_in_process({"t.bpmn": process(lane, start(), user("a", inside=foreign), end(), chain("begun", "a", "done"))})

    assert result.accepted
    assert {f.code for f in result.findings} == {"unknown-property", "ignored"}


def test_every_property_of_the_table_is_accepted_where_it_is_read_and_told_in_the_documents() -> None:
    drawn = process(
        properties(may_cancel="chief, head@city", may_stop_clock="chief, head@city", offered_on="toy", purpose="为什么", purpose_en="why", name_en="Toy"), start(),
        user("a", inside=properties(again="same-person", again_because="reason", name_en="A", output_collection="ys", output_element="y").replace("again", "agin") + many("xs")),
        user("b", inside=properties(again="same-person", again_because="reason", not_by="a")), service("c", "t", properties(post="desk")),
        node("sendTask", "d", properties(correlation="number", payload="{n: 1}"), messageRef="letter"), end(), chain("begun", "a", "b", "c", "d", "done"), references=LETTER,
    )  # fmt: skip

    findings = check_in_process({"t.bpmn": drawn}).findings

    assert [f.code for f in findings] == ["misspelt-property", "misspelt-property"]  # the two that are spoilt above
    told = (Path(__file__).parents[4] / "docs" / "architecture.md").read_text("utf-8")
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \|", told.partition("## Properties of a model")[2].partition("\n## ")[0], re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"[a-z_]+", row)} == KNOWN


def test_the_longest_name_is_as_long_as_the_columns_that_keep_it() -> None:
    columns = [
        tables.Task.element, tables.Task.process_id, tables.Timer.element, tables.Subscription.element, tables.Subscription.name, tables.Message.name, tables.Outbox.topic,
        tables.Outbox.element, tables.Variable.name, tables.Variable.element, tables.Instance.process_id, tables.TaskCandidate.process_id, tables.History.element,
        tables.Incident.element, tables.TaskOffice.process_id, TrailEntry.task_id,
    ]  # fmt: skip

    assert {column.type.length for column in columns} == {NAME_LIMIT}
    longest = "x" * NAME_LIMIT
    assert check_in_process({"t.bpmn": process(start(), user(longest), end(), chain("begun", longest, "done").replace(f'id="begun_to_{longest}"', 'id="f"'))}).accepted


@pytest.mark.parametrize("kind", ["element", "process"])
def test_an_id_that_is_too_long_is_refused(kind: str) -> None:
    long = "x" * 129
    drawn = process(FRAME, beside(user("x")).replace('"x"', f'"{long}"')) if kind == "element" else process(FRAME, id_=long)

    assert [(f.code, f.element) for f in check_in_process({"t.bpmn": drawn}).findings if f.code == "too-long"] == [("too-long", long)]
