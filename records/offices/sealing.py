"""Seals what the database keeps but must not give away with a copy of it: with a key derived from the one beside the data."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken


class SealBroken(Exception):
    """Expected what this installation sealed, but the key or the bytes are others."""


class Seal:
    """`key` is the installation's; each purpose has a key of its own, so that nothing sealed for one opens as another."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def close(self, purpose: str, text: str) -> bytes:
        """The text as it may be stored."""
        return self._fernet(purpose).encrypt(text.encode())

    def open(self, purpose: str, sealed: bytes) -> str:
        """The text again; raises SealBroken."""
        try:
            return self._fernet(purpose).decrypt(bytes(sealed)).decode()
        except InvalidToken:
            raise SealBroken(purpose) from None

    def digest(self, purpose: str, text: str) -> str:
        """A keyed digest: who has a copy of the table alone cannot even try codes against it."""
        return hmac.digest(self._derived(purpose), text.encode(), hashlib.sha256).hex()

    def _fernet(self, purpose: str) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self._derived(purpose)))

    def _derived(self, purpose: str) -> bytes:
        return hmac.digest(self._key, f"jinshui {purpose}".encode(), hashlib.sha256)
