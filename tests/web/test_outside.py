"""Signing in through a real provider of identities, and what an attacker would try with it."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
import requests
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import select

from db.clock import ManualClock
from db.session import Database
from records.audit import Who, trail_of
from records.audit.tables import TrailEntry
from records.offices import outside
from tests.factories.identities import BACK, HOME, SECRET, Identities, free_port, identities, new_key, sign_in_there
from tests.web.browsing import Page, Person
from tests.web.enrolling import enrol, password_of
from tests.web.office import PASSWORD, Office, open_office
from web import WebSettings
from web.entry.outside.claims import TokenRefused
from web.entry.outside.provider import KEPT_S, KEYS_AGAIN_S, Provider, ProviderAway
from web.entry.outside.settings import OutsideSettings
from web.entry.tables import WebOutsideAttempt

LEAVE = "/sign-in/outside"


@pytest.fixture(scope="module")
def sso() -> Iterator[Identities]:
    with identities() as running:
        yield running


@pytest.fixture
def present() -> ManualClock:
    """The provider goes by the machine's clock, so do these pages."""
    return ManualClock(datetime.now(UTC))


@dataclass
class Desk:
    """An office whose pages know a provider, where 李娜 is known by her number."""

    office: Office
    settings: OutsideSettings

    def visitor(self) -> Person:
        return Person(self.office.web.test_client())

    def leave(self, person: Person, next_address: str = "") -> str:
        """To the provider: the address that the browser is sent to."""
        page = person.open("/sign-in").submit(LEAVE, **({"next": next_address} if next_address else {}))
        assert page.status == 200, page.text
        (link,) = page.tree.xpath("//a[contains(@class, 'btn-primary')]/@href")
        (refresh,) = page.tree.xpath("//meta[@http-equiv='refresh']/@content")
        assert refresh == f"0;url={link}"
        return str(link)

    def link(self, login: str, value: str) -> None:
        with self.office.database.write() as session:
            outside.link(session, self.office.person(login).person_id, self.settings.issuer, value, Who("", "test", self.office.clock.now()))

    def refusals(self) -> list[str]:
        with self.office.database.read() as session:
            rows = session.scalars(select(TrailEntry).where(TrailEntry.event == "session:outside:refused").order_by(TrailEntry.sequence))
            return [row.new["login"] for row in rows]


@pytest.fixture
def desk_at(furnished: Path, tmp_path: Path, present: ManualClock) -> Iterator[Callable[[OutsideSettings], Desk]]:
    shutil.copy(furnished, tmp_path / "outside.db")
    database = Database(f"sqlite:///{tmp_path}/outside.db")

    def made(settings: OutsideSettings) -> Desk:
        desk = Desk(open_office(database, present, WebSettings(outside=settings)), settings)
        desk.link("li.na", "330203001")
        return desk

    yield made
    database.dispose()


@pytest.fixture
def desk(desk_at: Callable[[OutsideSettings], Desk], sso: Identities) -> Desk:
    return desk_at(sso.settings())


def come_back(person: Person, address: str) -> Page:
    assert address.startswith(HOME)
    return person.open(address.removeprefix(HOME))


def test_whom_the_provider_vouches_for_comes_in(desk: Desk) -> None:
    visitor = desk.visitor()
    page = come_back(visitor, sign_in_there(desk.leave(visitor), "li.na@sso"))

    assert (page.status, page.address) == (200, "/tasks")
    assert "李娜" in page.text
    assert "统一身份认证" in visitor.open("/security").text


def test_the_request_is_of_the_code_flow_with_proof_state_and_nonce(desk: Desk) -> None:
    one, two = (parse_qs(urlsplit(desk.leave(desk.visitor())).query) for _ in range(2))

    assert one["response_type"] == ["code"]
    assert one["code_challenge_method"] == ["S256"]
    assert one["redirect_uri"] == [BACK]
    assert set(one) == {"response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method"}
    assert all(one[name] != two[name] for name in ("state", "nonce", "code_challenge"))


def test_claims_in_the_token_itself_are_as_good(desk_at: Callable[[OutsideSettings], Desk]) -> None:
    with identities(claims_apart=False) as running:
        desk = desk_at(running.settings())
        visitor = desk.visitor()
        assert come_back(visitor, sign_in_there(desk.leave(visitor), "li.na@sso")).address == "/tasks"


def test_the_way_goes_on_to_the_page_that_was_asked_for(desk: Desk) -> None:
    visitor = desk.visitor()
    address = sign_in_there(desk.leave(visitor, "/cases?q=a"), "li.na@sso")

    assert visitor.client.get(address.removeprefix(HOME)).headers["Location"] == "/cases?q=a"


@pytest.mark.parametrize("next_address", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site_afterwards(desk: Desk, next_address: str) -> None:
    visitor = desk.visitor()
    address = sign_in_there(desk.leave(visitor, next_address), "li.na@sso")

    assert visitor.client.get(address.removeprefix(HOME)).headers["Location"] == "/"


def test_a_second_factor_is_asked_for_all_the_same(desk: Desk) -> None:
    clerk = password_of(desk.office, "li.na").person
    device, _codes = enrol(desk.office, clerk)
    desk.office.clock.set(max(desk.office.clock.now(), datetime.now(UTC)))
    visitor = desk.visitor()
    page = come_back(visitor, sign_in_there(desk.leave(visitor), "li.na@sso"))

    assert page.address == "/sign-in/code"
    assert page.submit("/sign-in/code", one_time_password=device.code()).address == "/tasks"


def test_somebody_whom_nobody_wrote_down_is_not_made(desk: Desk) -> None:
    visitor = desk.visitor()
    page = come_back(visitor, sign_in_there(desk.leave(visitor), "stranger"))

    assert "没有对应本系统的用户" in page.text
    assert visitor.open("/tasks").address == "/sign-in"
    assert desk.refusals() == ["999"]


def test_without_the_claim_nobody_comes_in(desk: Desk) -> None:
    visitor = desk.visitor()
    assert "没有完成登录" in come_back(visitor, sign_in_there(desk.leave(visitor), "nobody")).text
    assert desk.refusals() == ["(claim_missing)"]


@pytest.mark.parametrize(("login", "value", "comes_in"), [("li.na@sso", "li.na@tax.example", True), ("stranger", "stranger@tax.example", False)])
def test_an_address_of_mail_counts_only_when_it_was_verified(desk_at: Callable[[OutsideSettings], Desk], sso: Identities, login: str, value: str, comes_in: bool) -> None:
    desk = desk_at(sso.settings(claim="email"))
    desk.link("li.na", value)
    visitor = desk.visitor()
    page = come_back(visitor, sign_in_there(desk.leave(visitor), login))

    assert (page.address == "/tasks") is comes_in
    assert desk.refusals() == ([] if comes_in else ["(email_not_verified)"])


def test_an_answer_is_taken_once(desk: Desk) -> None:
    visitor = desk.visitor()
    address = sign_in_there(desk.leave(visitor), "li.na@sso")
    come_back(visitor, address)
    visitor.open("/profile").submit("/sign-out")

    assert "这次登录已经失效" in come_back(visitor, address).text
    assert visitor.open("/tasks").address == "/sign-in"
    assert desk.refusals() == ["(state)"]


def with_query(address: str, **changed: str) -> str:
    parts = urlsplit(address)
    fields = {**{name: values[0] for name, values in parse_qs(parts.query).items()}, **changed}
    return requests.Request("GET", address.partition("?")[0], params=fields).prepare().url or ""


def test_a_code_that_was_used_is_worth_nothing_in_an_attempt_of_its_own(desk: Desk) -> None:
    """Replayed, as somebody who saw the address in a log would."""
    visitor, thief = desk.visitor(), desk.visitor()
    stolen = sign_in_there(desk.leave(visitor), "li.na@sso")
    come_back(visitor, stolen)
    state = parse_qs(urlsplit(desk.leave(thief)).query)["state"][0]

    assert "没有完成登录" in come_back(thief, with_query(stolen, state=state)).text
    assert desk.refusals() == ["(code: invalid_grant)"]


def test_a_code_that_was_intercepted_fails_for_want_of_its_verifier(desk: Desk) -> None:
    """Injected, before its owner used it: the provider ties it to the challenge."""
    visitor, thief = desk.visitor(), desk.visitor()
    stolen = sign_in_there(desk.leave(visitor), "li.na@sso")
    state = parse_qs(urlsplit(desk.leave(thief)).query)["state"][0]

    assert "没有完成登录" in come_back(thief, with_query(stolen, state=state)).text
    assert thief.open("/tasks").address == "/sign-in"
    assert desk.refusals() == ["(code: invalid_grant)"]


def test_an_answer_in_another_browser_is_none(desk: Desk) -> None:
    """Sign-in by somebody else's hand: a link with the attacker's own answer signs nobody in as the attacker."""
    attacker, victim = desk.visitor(), desk.visitor()
    victim.open("/sign-in")
    address = sign_in_there(desk.leave(attacker), "li.na@sso")

    assert "这次登录已经失效" in come_back(victim, address).text
    assert victim.open("/tasks").address == "/sign-in"


def test_a_token_with_another_nonce_is_refused(desk: Desk) -> None:
    visitor = desk.visitor()
    address = desk.leave(visitor)

    page = come_back(visitor, sign_in_there(with_query(address, nonce="of the attacker"), "li.na@sso"))
    assert "没有完成登录" in page.text
    assert desk.refusals() == ["(nonce)"]


def test_a_token_that_came_too_late_is_refused(desk_at: Callable[[OutsideSettings], Desk], present: ManualClock) -> None:
    with identities(id_token_s=1) as running:
        desk = desk_at(running.settings())
        visitor = desk.visitor()
        address = sign_in_there(desk.leave(visitor), "li.na@sso")
        present.advance(timedelta(minutes=5))

        assert "没有完成登录" in come_back(visitor, address).text
        assert desk.refusals() == ["(expired)"]


def test_an_attempt_lasts_ten_minutes(desk: Desk, present: ManualClock) -> None:
    visitor = desk.visitor()
    address = sign_in_there(desk.leave(visitor), "li.na@sso")
    present.advance(timedelta(minutes=11))

    assert "这次登录已经失效" in come_back(visitor, address).text


def test_an_answer_of_another_provider_is_a_mix_up(desk: Desk) -> None:
    """Two providers and one browser: what the second says is never taken to the first (RFC 9207)."""
    with identities() as other:
        visitor = desk.visitor()
        address = desk.leave(visitor).replace(desk.settings.issuer, other.issuer)
        back = sign_in_there(address, "li.na@sso")
        assert parse_qs(urlsplit(back).query)["iss"] == [other.issuer]

        assert "没有完成登录" in come_back(visitor, back).text
    assert desk.refusals() == ["(mixed_up)"]


def test_an_answer_that_hides_its_provider_is_a_mix_up_too(desk: Desk) -> None:
    visitor = desk.visitor()
    back = sign_in_there(desk.leave(visitor), "li.na@sso")
    hidden = "&".join(part for part in back.split("&") if not part.startswith("iss="))
    assert hidden != back

    assert "没有完成登录" in come_back(visitor, hidden).text
    assert desk.refusals() == ["(mixed_up)"]


def test_who_says_no_at_the_provider_is_told_at_the_door(desk: Desk) -> None:
    visitor = desk.visitor()
    state = parse_qs(urlsplit(desk.leave(visitor)).query)["state"][0]

    page = visitor.open(f"/sign-in/outside/back?error=access_denied&state={state}&iss={desk.settings.issuer}")
    assert "没有完成登录" in page.text
    assert page.form("/sign-in") is not None
    assert desk.refusals() == ["(answer: access_denied)"]


def test_refused_answers_close_an_address_as_wrong_passwords_do(desk: Desk) -> None:
    visitor = desk.visitor()
    for _ in range(30):
        visitor.open("/sign-in/outside/back?state=guess&code=guess")
    address = sign_in_there(desk.leave(visitor), "li.na@sso")

    assert "登录失败次数过多" in come_back(visitor, address).text


def test_a_locked_login_is_locked_at_this_door_too(desk: Desk) -> None:
    for _ in range(5):
        password_of(desk.office, "li.na", "guess")
    visitor = desk.visitor()

    page = come_back(visitor, sign_in_there(desk.leave(visitor), "li.na@sso"))
    assert page.status == 429
    assert "该用户已锁定" in page.text


def test_the_form_to_the_provider_needs_a_token(desk: Desk) -> None:
    assert desk.visitor().post(LEAVE, {"next": "/tasks"}).status == 403


def test_without_a_provider_there_is_no_such_door(office: Office, visitor: Person) -> None:
    assert visitor.open("/sign-in/outside/back?state=a&code=b").status == 404
    assert LEAVE not in [form.action for form in visitor.open("/sign-in").tree.forms]


def test_a_provider_that_is_down_is_told_and_passwords_go_on_working(desk_at: Callable[[OutsideSettings], Desk]) -> None:
    desk = desk_at(OutsideSettings(f"http://127.0.0.1:{free_port()}", "jinshui", SECRET, "employee_number"))
    page = desk.visitor().open("/cases").submit(LEAVE)

    assert page.status == 503
    assert "统一身份认证暂时没有应答" in page.text
    assert page.submit("/sign-in", login="li.na", password=PASSWORD).address == "/cases"


def test_a_provider_that_goes_down_on_the_way_is_told(desk_at: Callable[[OutsideSettings], Desk]) -> None:
    with identities() as running:
        desk = desk_at(running.settings())
        visitor = desk.visitor()
        address = sign_in_there(desk.leave(visitor), "li.na@sso")
    page = come_back(visitor, address)

    assert page.status == 503
    assert page.submit("/sign-in", login="li.na", password=PASSWORD).address == "/tasks"


def test_a_provider_that_says_nothing_holds_nobody_up_for_long(desk_at: Callable[[OutsideSettings], Desk], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.entry.outside.provider.TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        desk = desk_at(OutsideSettings(f"http://127.0.0.1:{silent.getsockname()[1]}", "jinshui", SECRET, "employee_number"))
        begun = time.monotonic()
        statuses = [desk.visitor().open("/sign-in").submit(LEAVE).status for _ in range(10)]
        took = time.monotonic() - begun

    assert statuses == [503] * 10
    assert took < 3  # asked once: ten time-outs would be three seconds


class Seconds:
    """A clock that counts seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_discovery_is_kept_for_an_hour_and_no_longer(sso: Identities) -> None:
    seconds = Seconds()
    with identities() as running:
        provider = Provider(running.settings(), seconds)
        provider.known()
    seconds.now += KEPT_S - 1
    assert provider.known().metadata["issuer"] == running.issuer
    seconds.now += 1
    with pytest.raises(ProviderAway):
        provider.known()


def forged(running: Identities, now: datetime, key: Any = None, header: dict[str, Any] | None = None, **changed: Any) -> str:
    """What the provider would say, but for what is changed; None leaves out."""
    claims = {
        "iss": running.issuer, "aud": "jinshui", "sub": "li.na@sso", "nonce": "n", "iat": int(now.timestamp()), "exp": int(now.timestamp()) + 300, **changed,
    }  # fmt: skip
    kept = {name: value for name, value in claims.items() if value is not None}
    return str(jwt.encode({"alg": "RS256", "kid": running.key.kid, **(header or {})}, kept, key or running.key, algorithms=["RS256", "HS256", "none"]))


NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
STAMP = int(NOW.timestamp())


def test_what_the_provider_signs_is_believed(sso: Identities) -> None:
    assert Provider(sso.settings()).read(forged(sso, NOW), "n", NOW)["sub"] == "li.na@sso"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"iss": "https://evil.example"}, "issuer"), ({"iss": ["https://evil.example"]}, "issuer"), ({"iss": None}, "issuer"),
        ({"aud": "another client"}, "audience"), ({"aud": ["another client"]}, "audience"), ({"aud": None}, "audience"), ({"aud": []}, "audience"),
        ({"aud": ["jinshui", "another client"]}, "audience"), ({"aud": ["jinshui", "x"], "azp": "x"}, "audience"), ({"azp": "x"}, "audience"),
        ({"exp": STAMP - 61}, "expired"), ({"exp": None}, "exp"), ({"exp": "never"}, "exp"), ({"exp": True}, "exp"),
        ({"iat": STAMP + 3600}, "issued_when"), ({"iat": STAMP - 3600}, "issued_when"), ({"iat": None}, "iat"), ({"nbf": STAMP + 3600}, "issued_when"),
        ({"nonce": "another"}, "nonce"), ({"nonce": None}, "nonce"), ({"nonce": ["n"]}, "nonce"), ({"nonce": "日"}, "nonce"),
        ({"sub": None}, "subject"), ({"sub": ""}, "subject"), ({"sub": ["li.na@sso"]}, "subject"),
    ],
)  # fmt: skip
def test_a_token_that_says_anything_else_is_refused(sso: Identities, changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(TokenRefused) as refused:
        Provider(sso.settings()).read(forged(sso, NOW, **changed), "n", NOW)

    assert refused.value.reason == reason


def test_several_receivers_are_taken_where_we_are_the_one_who_asked(sso: Identities) -> None:
    token = forged(sso, NOW, aud=["jinshui", "x"], azp="jinshui")

    assert Provider(sso.settings()).read(token, "n", NOW)["azp"] == "jinshui"


def tampered(token: str, part: int, change: Callable[[bytes], bytes]) -> str:
    from base64 import urlsafe_b64decode, urlsafe_b64encode

    parts = token.split(".")
    raw = urlsafe_b64decode(parts[part] + "=" * (-len(parts[part]) % 4))
    parts[part] = urlsafe_b64encode(change(raw)).decode().rstrip("=")
    return ".".join(parts)


def test_a_token_that_was_signed_by_somebody_else_is_refused(sso: Identities) -> None:
    provider, other = Provider(sso.settings()), new_key("first")
    public = OctKey.import_key(orjson.dumps(sso.key.as_dict(private=False)))
    whole = forged(sso, NOW)
    attempts = {
        forged(sso, NOW, other): "signature",
        forged(sso, NOW, new_key("unknown"), {"kid": "unknown"}): "signature",
        tampered(whole, 1, lambda raw: raw.replace(b"li.na", b"gao.b")): "signature",
        tampered(whole, 0, lambda raw: raw.replace(b"RS256", b"none")): "algorithm",
        forged(sso, NOW, public, {"alg": "HS256"}): "algorithm",
        whole.rpartition(".")[0] + ".": "signature",
        "nonsense": "unreadable",
        "": "unreadable",
    }
    for token, reason in attempts.items():
        with pytest.raises(TokenRefused) as refused:
            provider.read(token, "n", NOW)
        assert refused.value.reason == reason, token[:80]


def test_a_new_key_of_the_provider_is_fetched_when_a_token_bears_it() -> None:
    seconds, port = Seconds(), free_port()
    with identities(port=port) as running:
        provider = Provider(running.settings(), seconds)
        provider.known()
    with identities(port=port, key=new_key("second")) as renewed:
        token = forged(renewed, NOW)
        with pytest.raises(TokenRefused):
            provider.read(token, "n", NOW)
        seconds.now += KEYS_AGAIN_S
        assert provider.read(token, "n", NOW)["sub"] == "li.na@sso"


@dataclass
class Saying:
    """Something on loopback that says what a provider must not."""

    metadata: dict[str, Any]

    def __enter__(self) -> str:
        said = self.metadata

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = orjson.dumps(said)
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        address = f"http://127.0.0.1:{self.server.server_port}"
        if "issuer" not in said:
            said["issuer"] = address
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return address

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


SAID = {f"{name}": "https://sso.example/x" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}


@pytest.mark.parametrize("metadata", [{**SAID, "issuer": "https://evil.example"}, {**SAID, "token_endpoint": "http://evil.example/token"}, {}, {**SAID, "jwks_uri": None}])
def test_a_provider_that_says_it_is_another_or_speaks_in_the_open_is_not_used(metadata: dict[str, Any]) -> None:
    with Saying(dict(metadata)) as issuer, pytest.raises(ProviderAway):
        Provider(OutsideSettings(issuer, "jinshui", SECRET, "sub")).known()


def test_attempts_leave_nothing_behind(desk: Desk, present: ManualClock) -> None:
    for _ in range(3):
        desk.leave(desk.visitor())
    present.advance(timedelta(minutes=11))
    desk.leave(desk.visitor())
    with desk.office.database.read() as session:
        assert len(session.scalars(select(WebOutsideAttempt)).all()) == 1


def test_what_came_of_an_attempt_is_in_the_trail(desk: Desk) -> None:
    visitor = desk.visitor()
    come_back(visitor, sign_in_there(desk.leave(visitor), "li.na@sso"))
    with desk.office.database.read() as session:
        assert [(row.event, row.new) for row in trail_of(session, "login", "li.na")] == [("session:sign_in:accepted", {"way": "outside"})]


def test_settings_say_nothing_of_the_secret_between_us(sso: Identities) -> None:
    assert SECRET not in repr(replace(sso.settings(), claim="sub"))
