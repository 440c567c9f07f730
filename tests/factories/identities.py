"""A real provider of identities on loopback (oidc-provider, run by node), and somebody who signs in there with a browser."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests
from joserfc.jwk import RSAKey
from lxml import html

from tests.conftest import missing
from web.entry.outside.settings import OutsideSettings

HERE = Path(__file__).parent / "provider"
NODE = Path(sys.executable).parent / "node"
SECRET = "secret between the provider and us, long enough"
HOME = "http://localhost"  # where Flask's test client lives
BACK = f"{HOME}/sign-in/outside/back"
PEOPLE: dict[str, dict[str, Any]] = {
    "li.na@sso": {"name": "李娜", "employee_number": "330203001", "email": "li.na@tax.example", "email_verified": True},
    "stranger": {"name": "陌生人", "employee_number": "999", "email": "stranger@tax.example", "email_verified": False},
    "nobody": {"name": "无编号"},
}


def new_key(kid: str = "first") -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


@dataclass
class Identities:
    """A running provider: its address, and the key that it signs with, so that a test can forge what it would never say."""

    issuer: str
    key: RSAKey
    process: subprocess.Popen[str]
    more: dict[str, Any] = field(default_factory=dict)

    def settings(self, **changed: str) -> OutsideSettings:
        known = {"issuer": self.issuer, "client_id": "jinshui", "client_secret": SECRET, "claim": "employee_number", "scopes": "openid profile email"}
        return OutsideSettings(**{**known, **changed})

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(20)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def identities(*, key: RSAKey | None = None, port: int = 0, id_token_s: int = 600, claims_apart: bool = True, **client: Any) -> Iterator[Identities]:
    """Starts one; `claims_apart`: what scopes ask for stands in userinfo, not in the ID token, as is the standard's way."""
    if not NODE.exists() or not (HERE / "node_modules/oidc-provider").is_dir():
        missing("oidc-provider", "run ./test, which installs it into tests/factories/provider")
    key, port = key or new_key(), port or free_port()
    given = {
        "issuer": f"http://127.0.0.1:{port}", "port": port, "secret": SECRET, "redirect_uris": [BACK], "alg": "RS256", "id_token_s": id_token_s,
        "claims_apart": claims_apart, "people": PEOPLE, "keys": [key.as_dict(private=True)], "client": client,
    }  # fmt: skip
    process = subprocess.Popen(
        [str(NODE), "provider.mjs", json.dumps(given)], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        running = Identities(str(given["issuer"]), key, process)
        try:
            yield running
        finally:
            if process.poll() is None:
                running.stop()


def sign_in_there(address: str, login: str) -> str:
    """Follows the provider's own pages as a person does: name, password, agreement. The address with which it sends the browser back."""
    with requests.Session() as browser:
        answer = browser.get(address, allow_redirects=False, timeout=20)
        for _page in range(12):
            if answer.is_redirect:
                to = urljoin(answer.url, answer.headers["Location"])
                if to.startswith(HOME):
                    return to
                answer = browser.get(to, allow_redirects=False, timeout=20)
            else:
                assert answer.status_code == 200, answer.text
                answer = _filled_in(browser, answer, login)
    raise AssertionError("the provider never came to an end")


def _filled_in(browser: requests.Session, answer: requests.Response, login: str) -> requests.Response:
    (form,) = html.fromstring(answer.text).forms
    fields = {**dict(form.form_values()), **({"login": login, "password": "any"} if "login" in form.fields else {})}
    return browser.post(urljoin(answer.url, form.action), data=fields, allow_redirects=False, timeout=20)
