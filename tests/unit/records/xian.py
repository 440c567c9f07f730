"""The offices, the service unit and the enterprises of Xi'an for tests of devices, limits and invoices."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from db.ids import new_id
from db.session import Database
from records.audit import Who
from records.devices import holders, store
from records.devices.holders import Holder
from records.devices.model import Device
from records.offices.model import Office, Party
from records.taxpayers import store as taxpayers
from records.taxpayers.model import Taxpayer

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TODAY, TOMORROW = date(2026, 3, 2), date(2026, 3, 3)
HAN, TIAN, LU, AI, HAO = (Who(*one, NOW) for one in (("han", "韩雪"), ("tian", "田野"), ("lu", "路遥"), ("ai", "艾华"), ("hao", "郝云")))
QINLING, DAYAN, HANCHENG = "610113220000010", "610113220000029", "610104220000037"
UNIT = Holder("service_unit", "XAHX", "西安航信技术服务有限公司")
TREE = (
    ("sn", "陕西省国家税务局", "province", ""), ("xa", "西安市国家税务局", "city", "sn"), ("yt", "西安市雁塔区国家税务局", "district", "xa"),
    ("lh", "西安市莲湖区国家税务局", "district", "xa"), ("yt1", "雁塔区国税局第一税务所", "tax_office", "yt"), ("lh1", "莲湖区国税局第一税务所", "tax_office", "lh"),
)  # fmt: skip


@dataclass
class Xian:
    """The offices by code, with what was made in them."""

    offices: dict[str, Office] = field(default_factory=dict)
    taxpayers: dict[str, Taxpayer] = field(default_factory=dict)

    def office(self, code: str) -> Holder:
        """An office as a holder."""
        return holders.office(self.offices[code])

    def enterprise(self, number: str = QINLING) -> Holder:
        """An enterprise as a holder."""
        return holders.enterprise(number, self.taxpayers[number].name)


def furnish(session: Session) -> Xian:
    """Makes offices, service unit and three enterprises."""
    made = Xian()
    for code, name, level, above in TREE:
        scope = f"{made.offices[above].scope if above else ''}{code}/"
        made.offices[code] = Office(
            id=new_id(), code=code, name=name, name_en=code.upper(), level=level, parent_id=made.offices[above].id if above else None, scope=scope,
        )  # fmt: skip
        session.add(made.offices[code])
        session.flush()
    session.add(Party(id=new_id(), kind="service_unit", number=UNIT.number, name=UNIT.name, name_en="Hangxin", office_id=made.offices["xa"].id))
    for number, name, office in ((QINLING, "西安秦岭机械制造有限公司", "yt1"), (DAYAN, "西安大雁商贸有限公司", "yt1"), (HANCHENG, "西安汉城电器有限公司", "lh1")):
        made.taxpayers[number] = taxpayers.register(session, HAN, number, name, today=TODAY - timedelta(days=300), office_id=made.offices[office].id)
    return made


def stocked(session: Session, serial: str = "J0001", kind: str = "tax_card", *, is_replacement: bool = False) -> Device:
    """A device in the stock of the service unit."""
    return store.take_in(session, TIAN, kind, serial, UNIT, "sn/xa/", TODAY, version="V6", is_replacement=is_replacement)


def in_use(session: Session, xian: Xian, serial: str = "J0001", kind: str = "tax_card", number: str = QINLING) -> Device:
    """A device that an enterprise works with."""
    row = stocked(session, serial, kind)
    store.move(session, TIAN, row, "sell", TODAY, to=xian.enterprise(number))
    if kind != "reader":
        store.move(session, TIAN, row, "issue", TODAY)
    return store.move(session, TIAN, row, "install", TODAY)


def collected(session: Session, xian: Xian, serial: str, at: str = "yt") -> Device:
    """A device that an office has collected."""
    row = in_use(session, xian, serial)
    return store.move(session, HAN, row, "collect", TODAY, to=xian.office(at))


def begun(database: Database) -> Xian:
    """The same in a transaction of its own."""
    with database.write() as session:
        return furnish(session)
