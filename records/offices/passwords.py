"""Passwords are kept as argon2id hashes; checking one costs the same whether or not the login exists."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

# Two passes over 19 MiB: about 30 ms here, and 50 people signing in at eight o'clock do not need a gigabyte.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# What looks alike in print is left out: such a secret is read from paper or over the telephone.
_READABLE = "abcdefghijkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4


def hash_password(password: str) -> str:
    """A salted hash in argon2's own notation, parameters included."""
    return _HASHER.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether it is the password; None (no such login) costs as much time and is always False."""
    try:
        _HASHER.verify(password_hash or _nobody(), password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether a hash was made with other parameters than those of today, so that it should be made anew while the password is at hand."""
    try:
        return _HASHER.check_needs_rehash(password_hash)
    except InvalidHashError:
        return False


def readable_secret() -> str:
    """Sixteen random characters in groups of four, 80 bits, for people to read and type: `k7wm-3xqp-…`."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(_GROUP)) for _ in range(_GROUPS))


@cache
def _nobody() -> str:
    return _HASHER.hash("nobody has this password")
