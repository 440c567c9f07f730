"""The processes that all engines run: the same diagram, written in each engine's own words for groups and conditions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.factories.bpmn import catch, chain, end, flow, gateway, node, process, service, start, timer, user

PAYLOAD_BYTES = 2048
TOPIC = "bench.check"
POST = "clerk:nb"
_FLOWABLE = "http://flowable.org/bpmn"
_CAMUNDA = "http://camunda.org/schema/1.0/bpmn"

FORMS = {
    "A": [("textfield", "payload"), ("checkbox", "approved")],
    "B": [("checkbox", "ok")],
    "LOOP": [("textfield", "payload"), ("checkbox", "again")],
}


def _payload() -> str:
    lines = [{"goods": f"货物{k:05}", "count": k % 7 + 1, "price": 950 + k * 125, "rate": 17} for k in range(24)]
    text = json.dumps({"lines": lines}, ensure_ascii=False)
    return text + "x" * (PAYLOAD_BYTES - 8 - len(text.encode()))


_TAIL = _payload()


def payload(salt: int = 0) -> str:
    """Two kilobytes of JSON; the salt makes each of them another one, so that none is stored for free."""
    return f"{salt:08}{_TAIL}"


def _task(engine: str, id_: str, form: str) -> str:
    """Ours checks what is entered against a form; the peers take any variable."""
    return user(id_, "clerk@own", camunda_formKey=form) if engine == "ours" else user(id_, POST)


def _condition(engine: str, text: str) -> str:
    return text if engine == "ours" else "${" + text + "}"


def _service(engine: str) -> str:
    if engine == "ours":
        return service("svc", TOPIC)
    return node("serviceTask", "svc", camunda_expression="${execution.setVariable('checked', true)}")


def w1(engine: str) -> bytes:
    """Start, user task, gateway, service task, user task, end."""
    return process(
        start(), _task(engine, "A", "A"), gateway("exclusive", "big", "big_to_met"), _service(engine), gateway("exclusive", "met"),
        _task(engine, "B", "B"), end(), chain("begun", "A", "big"), flow("big", "svc", _condition(engine, "amount > 1000")),
        flow("big", "met"), chain("svc", "met", "B", "done"), id_="W1",
    )  # fmt: skip


def w2(engine: str) -> bytes:
    """Three parallel branches of one user task each."""
    branches = [_task(engine, id_, "B") + chain("fork", id_, "join") for id_ in "PQR"]
    return process(
        start(), gateway("parallel", "fork"), *branches, gateway("parallel", "join"), end(),
        chain("begun", "fork"), chain("join", "done"), id_="W2",
    )  # fmt: skip


def w3(engine: str) -> bytes:
    """One user task, as often as whoever completes it says."""
    return process(
        start(), gateway("exclusive", "met"), _task(engine, "A", "LOOP"), gateway("exclusive", "more", "more_to_done"), end(),
        chain("begun", "met", "A", "more"), flow("more", "met", _condition(engine, "again")), flow("more", "done"), id_="W3",
    )  # fmt: skip


def w4(_engine: str) -> bytes:
    """A timer, then the end; the loaded ones are made due all at once."""
    return process(start(), catch("wait", timer("P1D")), end(), chain("begun", "wait", "done"), id_="W4")


PROCESSES = {"W1": w1, "W2": w2, "W3": w3, "W4": w4}


def form_file(id_: str) -> str:
    """A form of ours, in the editor's JSON."""
    rows = [{"type": kind, "key": key, "label": key} for kind, key in FORMS[id_]]
    return json.dumps({"id": id_, "type": "default", "components": rows})


def write_models(engine: str, folder: Path) -> None:
    """The files that a Java peer reads."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, build in PROCESSES.items():
        text = build(engine).decode()
        if engine == "flowable":
            text = text.replace(_CAMUNDA, _FLOWABLE)
        (folder / f"{name}.bpmn").write_text(text, "utf-8")
    (folder / "payload.json").write_text(payload(), "utf-8")


def entered(form: str, salt: int, *, more: bool = False) -> dict[str, Any]:
    """What is entered: at the first task of W1 and at each turn of W3 a new payload."""
    if form == "A":
        return {"payload": payload(salt), "approved": True}
    return {"payload": payload(salt), "again": more} if form == "LOOP" else {"ok": True}
