"""The devices of the demonstration office, workflows/*/demo/devices.yaml: a service unit's stock, and enterprises that are in the system already."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import yaml
from sqlalchemy.orm import Session

from records.audit import Who
from records.devices import holders, kinds, store
from records.devices.holders import Holder
from records.devices.model import Device
from records.offices import parties
from records.offices import store as offices
from records.taxpayers import enrolments, limits
from records.taxpayers import store as taxpayers

LIFE = {"sell": "enterprise", "issue": "", "install": ""}  # how a device came to the enterprise that uses it


def load_devices(application: Any) -> int:
    """Takes every device in under the days that the file names; returns how many there are."""
    count = 0
    for file in sorted(application.workflows.glob("*/demo/devices.yaml")):
        data = yaml.CSafeLoader(file.read_text("utf-8")).get_single_data()
        with application.database.write() as session:
            loading = _Loading(session, data, Who("demonstration", "演示数据", application.clock.now()), application.clock.today())
            count += loading.stock() + loading.enterprises()
    return count


class _Loading:
    def __init__(self, session: Session, data: Mapping[str, Any], who: Who, today: date) -> None:
        self.session, self.data, self.who, self.today = session, data, who, today
        unit = parties.known(session, "service_unit", str(data["service_unit"]))
        if unit is None:
            raise LookupError(f"demo/devices.yaml：没有服务单位 {data['service_unit']}")
        self.unit, self.scope = holders.service_unit(unit.number, unit.name), offices.office(session, unit.office_id).scope

    def stock(self) -> int:
        """What the service unit can sell, and the replacement cards that it lends."""
        made = [self._taken_in(kind, serial) for kind, serials in self.data["stock"].items() for serial in serials]
        lent = [self._taken_in(kind, serial, is_replacement=True) for kind, serials in self.data["replacements"].items() for serial in serials]
        return len(made) + len(lent)

    def enterprises(self) -> int:
        """Enterprises with a limit, enrolled and in use, each with its devices."""
        count = 0
        for row in self.data["enterprises"]:
            party = parties.known(self.session, "enterprise", str(row["number"]))
            if party is None:
                raise LookupError(f"demo/devices.yaml：没有企业 {row['number']}")
            on = self.data["in_use_on"]
            taxpayers.register(self.session, self.who, party.number, party.name, today=on, office_id=party.office_id)
            enrolments.enrol(self.session, self.who, party.number, on, service_unit=self.unit.number, machines=len(row["devices"]["tax_card"]))
            limits.grant(
                self.session, self.who, party.number, row["version"], Decimal(str(row["per_invoice"])), int(row["monthly_quantity"]),
                decided_level=row["decided_level"], decided_on=on,
            )  # fmt: skip
            enrolments.put_in_use(self.session, self.who, party.number, on)
            owner = holders.enterprise(party.number, party.name)
            count += len([self._in_use(kind, serial, owner) for kind, serials in row["devices"].items() for serial in serials])
        return count

    def _taken_in(self, kind: str, serial: str, *, is_replacement: bool = False) -> Device:
        on = self.data["taken_in_on"]
        return store.take_in(self.session, self.who, kind, str(serial), self.unit, self.scope, on, is_replacement=is_replacement)

    def _in_use(self, kind: str, serial: str, owner: Holder) -> Device:
        device = self._taken_in(kind, serial)
        for event, holder in LIFE.items():
            if event != "issue" or kinds.is_card(kind):
                store.move(self.session, self.who, device, event, self.today, to=owner if holder else None, on=self.data["in_use_on"])
        return device
