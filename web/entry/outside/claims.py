"""What an ID token must say before anybody is believed to be who it names (OpenID Connect Core 3.1.3.7)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

LEEWAY = timedelta(minutes=1)  # two clocks of two machines
OLDEST = timedelta(minutes=10)  # as long as an attempt may take


class TokenRefused(Exception):
    """The provider's answer proves nothing; `reason` is a word for the trail."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check_claims(claims: Mapping[str, Any], issuer: str, client_id: str, nonce: str, now: datetime) -> None:
    """Raises TokenRefused unless this provider made the token for us, for this attempt, and just now."""
    _demand(claims.get("iss") == issuer, "issuer")
    audience = claims.get("aud")
    receivers = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
    _demand(client_id in receivers, "audience")
    _demand(claims.get("azp", client_id) == client_id and (len(receivers) == 1 or "azp" in claims), "audience")
    _demand(_moment(claims, "exp") + LEEWAY.total_seconds() > now.timestamp(), "expired")
    issued = _moment(claims, "iat")
    _demand(now.timestamp() - (OLDEST + LEEWAY).total_seconds() <= issued <= now.timestamp() + LEEWAY.total_seconds(), "issued_when")
    _demand("nbf" not in claims or _moment(claims, "nbf") <= now.timestamp() + LEEWAY.total_seconds(), "issued_when")
    given = claims.get("nonce")
    _demand(isinstance(given, str) and hmac.compare_digest(given.encode(), nonce.encode()), "nonce")
    _demand(isinstance(claims.get("sub"), str) and bool(claims["sub"]), "subject")


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    _demand(isinstance(value, (int, float)) and not isinstance(value, bool), name)
    return float(value)  # type: ignore[arg-type]


def _demand(holds: bool, reason: str) -> None:
    if not holds:
        raise TokenRefused(reason)
