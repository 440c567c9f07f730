"""The provider of identities while it is slow: one asks, nobody else waits."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from joserfc.jwk import KeySet, RSAKey

from web.entry.outside import provider
from web.entry.outside.provider import Provider, ProviderAway
from web.entry.outside.settings import OutsideSettings

ISSUER = "https://sso.example"
KEY = RSAKey.generate_key(2048, {"kid": "first"})
SAYS = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys", **{name: f"{ISSUER}/{name}" for name in ("authorization_endpoint", "token_endpoint")}}


@pytest.mark.parametrize("asked", ["who it is", "its keys"])
def test_nobody_waits_for_the_network_while_somebody_else_asks(asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, answered, now = threading.Event(), threading.Event(), [0.0]
    slow = [asked == "who it is"]

    def fetched(address: str, *_headers: Any) -> Any:
        if slow[0]:
            begun.set()
            answered.wait(5)
        return KeySet([KEY]).as_dict(private=False) if address == SAYS["jwks_uri"] else SAYS

    monkeypatch.setattr(provider, "_fetched", fetched)
    ours = Provider(OutsideSettings(ISSUER, "jinshui", "secret", "employee_number"), lambda: now[0])

    def ask() -> object:
        return ours.known() if asked == "who it is" else ours._keys_with(known, "second")

    if not slow[0]:
        known = ours.known()
        slow[0], now[0] = True, 60.0
    one = threading.Thread(target=ask)
    one.start()
    try:
        assert begun.wait(5)
        with pytest.raises(ProviderAway, match="somebody else"):
            ask()
    finally:
        answered.set()
        one.join()
    slow[0] = False
    assert ours.known().keys.keys[0].kid == "first"
