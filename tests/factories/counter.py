"""A procedure with work for a station, in a folder as a designer would write it: cards are laid out, issued, sold to, checked."""

from __future__ import annotations

import shutil
from pathlib import Path

from app import WORKFLOWS
from tests.factories.bpmn import boundary, chain, end, error, flow, form, process, properties, service, start, user

POST = "card_issuance@yt"
TAX, IC, NUMBER = "661200001", "500100001", "610113220000010"
CATCHES = '<errorEventDefinition errorRef="{0}" camunda:errorMessageVariable="declined_because"/>'
_GIVEN = {
    "taxpayer_number": "taxpayer_number", "enterprise_name": "enterprise_name", "tax_card": "tax_card", "ic_card": "ic_card", "machine_no": "1",
    "version": '"ten_thousand"', "per_invoice": "10000", "monthly_quantity": "25",
}  # fmt: skip


def extensions(post: str, **given: str) -> str:
    """The properties and inputs of a station task."""
    rows = "".join(f'<camunda:inputParameter name="{name}">${{{text.replace(chr(34), "&quot;")}}}</camunda:inputParameter>' for name, text in given.items())
    inner = properties(post=post).removesuffix("</extensionElements>")
    return f"{inner}<camunda:inputOutput>{rows}</camunda:inputOutput></extensionElements>"


def counter_bpmn(post: str = '"card_issuance@yt"') -> bytes:
    """Begun with two cards, issued by the station, checked; a card that is wrong or broken comes back to the clerk."""
    return process(
        start("applied", camunda_formKey="applied"),
        service("issue", "station.issue_cards", extensions(post, **_GIVEN)),
        boundary("wrong", "issue", CATCHES.format("CARD_WRONG")),
        boundary("broken", "issue", CATCHES.format("CARD_BROKEN")),
        user("lay_out", "card_issuance@own"),
        user("check", "card_issuance@own"),
        end(),
        chain("applied", "issue", "check", "done"),
        flow("wrong", "lay_out"), flow("broken", "lay_out"), flow("lay_out", "issue"),
        references=error("CARD_WRONG") + error("CARD_BROKEN"), camunda_candidateStarterGroups="card_issuance",
    )  # fmt: skip


CHECK_FORM = form("tax_card", "ic_card", kind="textfield")
APPLIED_FORM = form("taxpayer_number", "enterprise_name", "tax_card", "ic_card", kind="textfield")
_SCENARIO = """\
name: 发卡
name_en: Cards
on: 2003-03-03
begin: {{process: toy, by: song.jia, office: yt, form: {{taxpayer_number: "610113220000010", enterprise_name: 秦岭, tax_card: "661200001", ic_card: "500100001"}}}}
steps:
{steps}
expect:
  ends: {{toy: [{ends}]}}
"""
DONE = "  - {task: check, by: song.jia, form: {}}"


def scenario(folder: Path, *steps: str, ends: str = "done") -> Path:
    """Writes a scenario that begins a case and goes on with these steps."""
    file = folder / "scenarios" / "cards.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(_SCENARIO.format(steps="\n".join(steps), ends=ends), "utf-8")
    return file


def counter_folder(root: Path) -> Path:
    """The folder, beside the offices of Xi'an."""
    shutil.copytree(WORKFLOWS / "xian_offices", root / "xian_offices")
    folder = root / "counter"
    (folder / "forms").mkdir(parents=True)
    (folder / "toy.bpmn").write_bytes(counter_bpmn())
    (folder / "procedure.yaml").write_text("key: counter\nname: 发卡\nname_en: Cards\nprocesses: [toy.bpmn]\nrecords: []\n", "utf-8")
    for name, content in (("applied", APPLIED_FORM), ("lay_out", CHECK_FORM), ("check", form("remark", kind="textfield"))):
        (folder / "forms" / f"{name}.form").write_bytes(content)
    return folder
