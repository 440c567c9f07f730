"""An office with work for a station, and a station of it as a program sees the house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from db.ids import new_id
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles
from records.audit import Who
from records.offices import stations, store
from records.offices.model import Station
from tests.factories.counter import APPLIED_FORM, CHECK_FORM, NUMBER, counter_bpmn
from tests.web.office import Office

POST = "clerk@hs"
GIVEN = {"taxpayer_number": NUMBER, "enterprise_name": "西安秦岭", "tax_card": "661200001", "ic_card": "500100001"}
CARDS = counter_bpmn('"clerk@hs"').replace(b"card_issuance@own", b"clerk@own").replace(b'candidateStarterGroups="card_issuance"', b'candidateStarterGroups="clerk"').replace(b'id="toy"', b'id="cards"')


def deploy(office: Office, topic: str = "station.issue_cards") -> None:
    """The procedure whose cards a station writes, or whose paper it prints."""
    files = {"cards.bpmn": CARDS.decode().replace("station.issue_cards", topic), "procedure.yaml": "name: 发卡\nrecords: []\n", "forms/applied.form": APPLIED_FORM.decode(), "forms/lay_out.form": CHECK_FORM.decode()}
    office.engine.deploy(ProcedureFiles("cards", files), SYSTEM)


def begin(office: Office, title: str = "秦岭机械发卡", process_id: str = "cards", **given: Any) -> str:
    """A case that waits for its station."""
    li = office.person("li.na")
    return office.engine.start(process_id, office_id=li.office_id, actor=li, key=new_id(), variables={**GIVEN, **given}, title=title).instance_id


def made(office: Office, name: str = "窗口 1 号", code: str = "hs", posts: tuple[str, ...] = (POST,), *, is_simulated: bool = False) -> tuple[str, str]:
    """(id, credential) of a station."""
    with office.database.write() as session:
        at = store.office_by_code(session, code)
        assert at is not None
        row, token = stations.make(session, Who("", "高博", office.clock.now()), name, at, posts, is_simulated=is_simulated)
        return row.id, token


@dataclass
class Program:
    """Calls the addresses with a credential."""

    office: Office
    token: str = ""

    def call(self, what: str, _token: str | None = None, **given: Any) -> TestResponse:
        token = self.token if _token is None else _token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.office.web.test_client().post(f"/api/stations/jobs/{what}", json=given, headers=headers)

    def fetch(self, **given: Any) -> list[dict[str, Any]]:
        answer = self.call("fetch", **given)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        found: list[dict[str, Any]] = answer.get_json()["jobs"]
        return found


def station_row(office: Office, id_: str) -> Station:
    with office.database.read() as session:
        return session.get_one(Station, id_)
