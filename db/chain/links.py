"""What makes a chain of seals: the head of each is a hash over the one before it, and carries the mark of this installation's key.

The hash anybody can recompute; the mark nobody can make who has the database alone, for the key lies beside it, in the file `secret`.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from db.chain.encoding import digest, encoded

BEGINNING = ""  # stands before the first seal
_CHAIN, _EPOCH = "jinshui seal 1", "jinshui epoch 1"


@dataclass(frozen=True)
class Header:
    """A seal without its members."""

    number: int
    epoch: int
    at: str  # as `db.types.moment_text` writes it: it sorts by time
    previous: str
    rows: int
    drained: bool
    root: str
    head: str = ""
    mac: str = ""

    def hashed(self) -> str:
        """The head that belongs to these values."""
        return digest((_CHAIN, self.number, self.epoch, self.at, self.previous, self.rows, self.drained, self.root)).hex()


def root_of(members: bytes) -> str:
    """The hash over the members of a seal."""
    return hashlib.sha256(members).hexdigest()


def key_of(secret: bytes) -> bytes:
    """The key of the chain, which signs nothing else."""
    return hmac.digest(secret, b"jinshui audit chain", hashlib.sha256)


def mark(key: bytes, head: str) -> str:
    """What only an owner of the key can put under a head."""
    return hmac.digest(key, head.encode(), hashlib.sha256).hex()


def epoch_mark(key: bytes, began_at: str, reason: str) -> str:
    """What only an owner of the key can put under a new beginning after a restore."""
    return hmac.digest(key, encoded((_EPOCH, began_at, reason)), hashlib.sha256).hex()


def is_marked(found: str, expected: str) -> bool:
    """Whether a mark is the right one."""
    return hmac.compare_digest(found.encode("utf-8", "replace"), expected.encode())
