"""The provider of identities over the network: what it says of itself, its keys, its tokens. The only file that knows Authlib.

Discovery and keys are kept for an hour. A provider that does not answer is not asked again for some seconds, so that nobody's sign-in
waits for its time-out over and over; the page then says so, and passwords go on working.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from time import monotonic
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from web.entry.outside.claims import TokenRefused, check_claims
from web.entry.outside.settings import OutsideSettings, is_safe

TIMEOUT_S = 5.0
KEPT_S = 3600.0
AWAY_S = 15.0
KEYS_AGAIN_S = 30.0  # a token with an unknown key has the keys fetched again, but no oftener
# No HMAC, whose key every client of the provider knows, and never `none`.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderAway(Exception):
    """Expected an answer of the provider that can be read, but there is none."""


@dataclass(frozen=True)
class Known:
    """What the provider says of itself, with its keys; `at` and `keys_at` by the clock that counts seconds."""

    metadata: Mapping[str, Any]
    keys: KeySet
    at: float
    keys_at: float


class Provider:
    """One provider, asked by all requests of this process."""

    def __init__(self, settings: OutsideSettings, seconds: Callable[[], float] = monotonic) -> None:
        self.settings, self._seconds, self._asking = settings, seconds, threading.Lock()
        self._known: Known | None = None
        self._away_until = 0.0

    def known(self) -> Known:
        """What it says of itself, at most an hour old. Raises ProviderAway."""
        if (fresh := self._fresh()) is not None:
            return fresh
        with self._alone():
            if (fresh := self._fresh()) is not None:  # somebody else has just heard it
                return fresh
            now = self._seconds()
            try:
                metadata = self._metadata()
                self._known = Known(metadata, self._keys(metadata), now, now)
            except ProviderAway:
                self._away_until = now + AWAY_S
                raise
            return self._known

    def _fresh(self) -> Known | None:
        """What was heard within the hour; None where it is to be asked. Raises ProviderAway while it is not."""
        now = self._seconds()
        if self._known is not None and now - self._known.at < KEPT_S:
            return self._known
        if now < self._away_until:
            raise ProviderAway("not asked again yet")
        return None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One at a time asks; whoever comes meanwhile does not wait for the network, but raises ProviderAway: a provider that is slow holds one
        thread of the pages, and not all of them.
        """
        if not self._asking.acquire(blocking=False):
            raise ProviderAway("somebody else is asking it now")
        try:
            yield
        finally:
            self._asking.release()

    def address(self, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Where a browser goes to sign in there."""
        session = self._session(redirect_uri)
        made: tuple[str, str] = session.create_authorization_url(
            self.known().metadata["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
        )
        return made[0]

    def says_who_answers(self) -> bool:
        """Whether its answers name their issuer (RFC 9207), so that an answer without is none of its own."""
        return self.known().metadata.get("authorization_response_iss_parameter_supported") is True

    def claims(self, code: str, redirect_uri: str, verifier: str, nonce: str, now: Callable[[], datetime]) -> Mapping[str, Any]:
        """What a code is worth: the checked claims of its ID token, with the chosen one. Raises ProviderAway, TokenRefused."""
        tokens = self._exchange(code, redirect_uri, verifier)
        if not isinstance(tokens.get("id_token"), str):
            raise TokenRefused("no_id_token")
        found = self.read(tokens["id_token"], nonce, now())
        if self.settings.claim not in found and isinstance(tokens.get("access_token"), str):
            found = {**self._userinfo(tokens["access_token"], found["sub"]), **found}
        return found

    def read(self, id_token: str, nonce: str, now: datetime) -> dict[str, Any]:
        """The claims of an ID token that passes every check. Raises ProviderAway, TokenRefused."""
        known = self.known()
        try:
            header = jws.extract_compact(id_token.encode()).headers()
        except (JoseError, ValueError):
            raise TokenRefused("unreadable") from None
        supported = known.metadata.get("id_token_signing_alg_values_supported", ["RS256"])
        allowed = [name for name in ALGORITHMS if name in supported]
        if header.get("alg") not in allowed:
            raise TokenRefused("algorithm")
        keys = self._keys_with(known, header.get("kid"))
        try:
            claims = jwt.decode(id_token, keys, algorithms=allowed).claims
        except (JoseError, ValueError):
            raise TokenRefused("signature") from None
        check_claims(claims, self.settings.issuer, self.settings.client_id, nonce, now)
        return dict(claims)

    def _keys_with(self, known: Known, kid: object) -> KeySet:
        now = self._seconds()
        if kid is None or any(key.kid == kid for key in known.keys.keys) or now - known.keys_at < KEYS_AGAIN_S:
            return known.keys
        with self._alone():
            keys = self._keys(known.metadata)
            self._known = Known(known.metadata, keys, known.at, now)
            return keys

    def _exchange(self, code: str, redirect_uri: str, verifier: str) -> Mapping[str, Any]:
        try:
            with self._session(redirect_uri) as session:
                tokens: Mapping[str, Any] = session.fetch_token(
                    self.known().metadata["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=verifier,
                    timeout=TIMEOUT_S, allow_redirects=False,
                )  # fmt: skip
        except AuthlibBaseError as error:
            raise TokenRefused(f"code: {error.error}"[:60]) from None
        except (requests.RequestException, ValueError) as error:
            raise ProviderAway(str(error)) from error
        return tokens

    def _userinfo(self, access_token: str, subject: str) -> dict[str, Any]:
        address = self.known().metadata.get("userinfo_endpoint")
        if not isinstance(address, str) or not is_safe(address):
            return {}
        found = _fetched(address, {"Authorization": f"Bearer {access_token}"})
        if found.get("sub") != subject:
            raise TokenRefused("userinfo_subject")
        return found

    def _metadata(self) -> Mapping[str, Any]:
        found = _fetched(f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.settings.issuer:
            raise ProviderAway(f"expected the issuer {self.settings.issuer}, but got {found.get('issuer')}")
        for name in _ENDPOINTS:
            if not isinstance(found.get(name), str) or not is_safe(found[name]):
                raise ProviderAway(f"expected an https address as {name}, but got {found.get(name)}")
        return found

    @staticmethod
    def _keys(metadata: Mapping[str, Any]) -> KeySet:
        try:
            return KeySet.import_key_set(_fetched(metadata["jwks_uri"]))  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ProviderAway(f"the keys cannot be read: {error}") from error

    def _session(self, redirect_uri: str) -> Any:
        methods = self.known().metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        method = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        return OAuth2Session(
            self.settings.client_id, self.settings.client_secret, token_endpoint_auth_method=method, scope=self.settings.scopes,
            redirect_uri=redirect_uri, code_challenge_method="S256",
        )  # fmt: skip


def _fetched(address: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    try:
        answer = requests.get(address, headers=headers, timeout=TIMEOUT_S, allow_redirects=False)
        found = json.loads(answer.content) if answer.status_code == HTTPStatus.OK else None
    except (requests.RequestException, ValueError) as error:
        raise ProviderAway(f"{address}: {error}") from error
    if not isinstance(found, dict):
        raise ProviderAway(f"{address} answers {answer.status_code}; expected an object")
    return found
