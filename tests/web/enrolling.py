"""People who set up a second factor on the pages, as one does: begin, scan, type."""

from __future__ import annotations

from tests.factories.devices import HALF_A_MINUTE, Device
from tests.web.browsing import Page, Person
from tests.web.office import PASSWORD, Office

HERE = "/security/second-factor"


def begin(office: Office, person: Person) -> tuple[Device, Page]:
    page = person.open(HERE).submit(f"{HERE}/begin")
    (secret,) = page.tree.xpath("//*[contains(@class, 'secret')]/text()")
    return Device(secret, office.clock), page


def enrol(office: Office, person: Person) -> tuple[Device, list[str]]:
    """The device, two minutes later, and the recovery codes."""
    device, page = begin(office, person)
    shown = page.submit(f"{HERE}/confirm", one_time_password=device.code())
    assert shown.status == 201, shown.text
    codes = [str(code) for code in shown.tree.xpath("//ol/li/text()")]
    office.clock.advance(4 * HALF_A_MINUTE)
    return device, codes


def password_of(office: Office, login: str, password: str = PASSWORD) -> Page:
    """At the door with login and password; what comes next."""
    return Person(office.web.test_client()).open("/sign-in").submit("/sign-in", login=login, password=password)
