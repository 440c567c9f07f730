"""Behind a proxy that speaks TLS: forms come from the public address, cookies stay on it, and no header of a proxy is believed without."""

from __future__ import annotations

from dataclasses import replace

import pytest

from records.audit import trail_of
from tests.web.browsing import Page, Person
from tests.web.office import PASSWORD, Office
from web import create_web
from web.address import AddressUnfit, checked
from web.services import KEY, Services, WebSettings

PUBLIC = "https://tax.example"
PROXIED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.9.9.9, 10.0.0.7", "Sec-Fetch-Site": "same-origin"}


def behind(office: Office, address: str) -> Person:
    deps: Services = office.web.extensions[KEY]
    web = create_web(replace(deps, settings=WebSettings(public_address=address)))
    return Person(web.test_client())


def sign_in(person: Person, origin: str, password: str = PASSWORD, **headers: str) -> Page:
    page = person.open("/sign-in", **PROXIED)
    return person.post("/sign-in", page.fields("/sign-in", login="li.na", password=password), **{**PROXIED, **headers, "Origin": origin})


def test_a_form_from_the_public_address_is_taken(office: Office) -> None:
    visitor = behind(office, PUBLIC)
    visitor.client.environ_base["wsgi.url_scheme"] = "https"  # the browser keeps Secure cookies for https only

    page = sign_in(visitor, PUBLIC)

    assert (page.status, page.address) == (200, "/tasks")


@pytest.mark.parametrize("origin", ["http://tax.example", "https://evil.example", "http://localhost"])
def test_a_form_from_any_other_origin_is_refused(office: Office, origin: str) -> None:
    assert sign_in(behind(office, PUBLIC), origin).status == 403


def test_a_host_that_somebody_made_up_changes_nothing(office: Office) -> None:
    assert sign_in(behind(office, PUBLIC), "https://evil.example", Host="evil.example").status == 403


def test_every_cookie_demands_tls(office: Office) -> None:
    visitor = behind(office, PUBLIC)
    form = visitor.open("/sign-in", **PROXIED).fields("/sign-in", login="li.na", password=PASSWORD)
    answers = [
        visitor.client.get("/sign-in"),
        visitor.client.post("/sign-in", data=form, headers={"Origin": PUBLIC}),
        visitor.client.post("/language", data={**form, "language": "en"}, headers={"Origin": PUBLIC}),
    ]
    cookies = [cookie for answer in answers for cookie in answer.headers.getlist("Set-Cookie") if "Expires=Thu, 01 Jan 1970" not in cookie]

    assert {cookie.partition("=")[0] for cookie in cookies} >= {"__Host-jinshui_session"}
    assert all("; Secure" in cookie for cookie in cookies)


def test_the_sender_is_the_one_whom_the_proxy_spoke_with(office: Office) -> None:
    sign_in(behind(office, PUBLIC), PUBLIC, password="guess")
    with office.database.read() as session:
        assert len(trail_of(session, "address", "10.0.0.7")) == 1


def test_without_a_public_address_no_header_of_a_proxy_is_believed(office: Office, visitor: Person) -> None:
    assert sign_in(visitor, PUBLIC).status == 403
    assert sign_in(visitor, "http://localhost", password="guess").status == 401
    with office.database.read() as session:
        assert trail_of(session, "address", "10.0.0.7") == []
        assert len(trail_of(session, "address", "127.0.0.1")) == 1


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""), ("https://tax.example", "https://tax.example"), ("https://Tax.Example:443/", "https://tax.example"),
        ("http://10.0.0.7:8080", "http://10.0.0.7:8080"), ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://税务.example", "https://xn--zfr703g.example"),
    ],
)  # fmt: skip
def test_a_public_address_is_kept_as_browsers_write_it(given: str, kept: str) -> None:
    assert checked(given) == kept


@pytest.mark.parametrize("given", ["tax.example", "ftp://tax.example", "https://", "https://tax.example/bpm", "https://u@tax.example", "https://tax.example:x"])
def test_anything_else_is_refused(given: str) -> None:
    with pytest.raises(AddressUnfit):
        checked(given)


def test_over_tls_cookies_of_ours_belong_to_this_host_alone(office: Office) -> None:
    """A neighbour under the same domain can plant any cookie but one with this prefix."""
    visitor = behind(office, PUBLIC)
    visitor.client.environ_base["wsgi.url_scheme"] = "https"
    sign_in(visitor, PUBLIC)
    held = visitor.client.get_cookie("__Host-jinshui_session")
    assert held is not None
    assert (held.path, held.secure, held.http_only, held.same_site) == ("/", True, True, "Lax")

    planted = behind(office, PUBLIC)
    planted.client.environ_base["wsgi.url_scheme"] = "https"
    planted.client.set_cookie("jinshui_session", held.value)
    assert planted.open("/tasks", **PROXIED).address == "/sign-in"
    assert visitor.open("/tasks", **PROXIED).address == "/tasks"


def test_signing_out_over_tls_takes_the_cookie_along(office: Office) -> None:
    visitor = behind(office, PUBLIC)
    visitor.client.environ_base["wsgi.url_scheme"] = "https"
    page = sign_in(visitor, PUBLIC)
    answer = visitor.client.post("/sign-out", data=page.person.open("/profile").fields("/sign-out"), headers={**PROXIED, "Origin": PUBLIC})
    (gone,) = (cookie for cookie in answer.headers.getlist("Set-Cookie") if cookie.startswith("__Host-jinshui_session="))

    assert "Expires=Thu, 01 Jan 1970" in gone
    assert "; Secure" in gone  # without it a browser ignores the whole line


def test_over_tls_a_browser_is_told_to_come_by_no_other_way(office: Office, visitor: Person) -> None:
    secure = behind(office, PUBLIC).open("/sign-in", **PROXIED).response.headers

    assert secure["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in visitor.open("/sign-in").response.headers


@pytest.mark.parametrize(("headers", "status"), [({}, 403), ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Sec-Fetch-Site": "same-origin"}, 200)])
def test_a_form_that_hides_its_origin_is_taken_only_where_the_browser_vouches_for_it(visitor: Person, headers: dict[str, str], status: int) -> None:
    fields = visitor.open("/sign-in").fields("/sign-in", login="li.na", password=PASSWORD)

    assert visitor.post("/sign-in", fields, Origin="null", **headers).status == status
