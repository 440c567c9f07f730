"""What a browser fetches for a task of the real procedure, with form and diagram and nothing in its cache: at most 100 kB."""

from __future__ import annotations

import json
import re
from typing import Any

from lxml import etree

from app import ROOT, WORKFLOWS
from commands import demo_office
from engine.worklist import WorklistQuery
from tests.procedures.test_coinvestigation import BEGIN, POINTS
from tests.procedures.walking import Walk
from tests.web.browsing import Person
from web.cases.diagram import drawn

LIMIT = 100_000
DIST = ROOT / "web/static/dist"
ON_DEMAND = ("viewer.js", "viewer.css")  # fetched by the page itself as soon as the diagram is seen
STEPS: list[tuple[str, str, dict[str, Any]]] = [
    ("chen.min", "fill_letter", {"next_step": "submit", "enterprise_facts": "一般纳税人", "invoice_facts": "税额不符", "demands": "请核实交易"}),
    ("lin.jing", "check_entry", {"entry_checked": "on", "decision": "agree"}),
    ("sun.qiang", "check_handling", {"handling_checked": "on", "decision": "agree"}),
    ("zhou.hua", "approve_delegation", {"decision": "agree"}),
    ("shen.yi", "sign_receipt", {"handled_by": "own"}),
    ("gu.ning", "fill_order", {"inspector_id": "曹平", "order_demands": "到户核查"}),
    ("shen.yi", "approve_order", {"decision": "agree"}),
    ("cao.ping", "investigate", {**POINTS, "conclusion": "consistent", "summary": "交易真实"}),
    ("gu.ning", "draft_reply", {"reply_text": "发票均由其开具，交易真实"}),
]  # fmt: skip
WEIGHED = ("fill_letter", "investigate", "draft_reply")
GZIP = {"Accept-Encoding": "gzip"}


def sent(person: Person, address: str) -> int:
    answer = person.client.get(address, headers=GZIP, buffered=True)
    assert (answer.status_code, answer.headers.get("Content-Encoding")) == (200, "gzip"), address
    return len(answer.data)


def weigh(straight: Walk, person: Person, element: str, login: str) -> dict[str, int]:
    """Bytes by address, of a page whose task is claimed."""
    engine, actor = straight.application.engine, straight.actor(login)
    today = straight.application.clock.today()
    task = next(t for scope in ("mine", "claimable") for t in engine.worklist(actor, WorklistQuery(today, scope=scope)).items if t.element == element)
    engine.claim(task.id, actor, straight.key())
    page = person.client.get(f"/tasks/{task.id}").get_data(as_text=True)
    assert 'id="task-form"' in page
    (diagram,) = re.findall(r'<bpmn-view src="([^"]+)"', page)
    manifest = json.loads((DIST / "manifest.json").read_text())
    chunks = [f"/static/dist/{name}" for key in ON_DEMAND for name in (manifest[key]["file"], *manifest[key]["preload"])]
    fetched = {f"/tasks/{task.id}", diagram, *chunks, *re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css))"', page)}
    return {address: sent(person, address) for address in fetched}


def test_a_task_of_the_real_procedure_weighs_at_most_100_kilobytes(straight: Walk) -> None:
    web = straight.application.web()
    straight.start("chen.min", "hs", "delegation", **BEGIN)

    for login, element, values in STEPS:
        if element in WEIGHED:
            person = Person(web.test_client())
            person.open("/sign-in").submit("/sign-in", login=login, password=demo_office.password(straight.application))
            weights = weigh(straight, person, element, login)
            assert sum(weights.values()) <= LIMIT, (element, weights)
            assert len(weights) >= 6
        straight.do(login, element, **values)


def test_a_drawing_keeps_every_shape_line_and_name_and_tells_no_rule(straight: Walk) -> None:
    for file in sorted((WORKFLOWS / "coinvestigation").glob("*.bpmn")):
        whole = file.read_text("utf-8")
        with straight.application.web().test_request_context():
            bare = drawn(whole)

        assert seen(bare) == seen(whole)
        assert "camunda" not in bare
        assert "documentation" not in bare
        assert {xml.split(":")[0] for xml in re.findall(r'xsi:type="([^"]+)"', bare)} <= set(etree.fromstring(bare.encode()).nsmap)
        assert not re.search(r"<\w*:?conditionExpression[^>]*>[^<]", bare)


def seen(xml: str) -> list[Any]:
    """Shapes and lines with their corners, and of what they are of: kind, name, both ends, default, and which marks it bears."""
    root = etree.fromstring(xml.encode())
    elements = {e.get("id"): e for e in root.iter("{*}*") if e.get("id")}
    found = list[Any]()
    for picture in root.iter("{*}BPMNShape", "{*}BPMNEdge"):
        of = elements[picture.get("bpmnElement")]
        ends = [of.get(key) for key in ("name", "sourceRef", "targetRef", "default", "attachedToRef", "cancelActivity", "triggeredByEvent", "processRef")]
        marks = [etree.QName(child).localname for child in of if re.search("EventDefinition|LoopCharacteristics|conditionExpression", child.tag)]
        corners = [sorted(corner.items()) for corner in picture.iter("{*}Bounds", "{*}waypoint")]
        found.append((of.tag, ends, marks, corners, [item for item in sorted(picture.items()) if item[0] != "id"]))
    assert found
    return found
