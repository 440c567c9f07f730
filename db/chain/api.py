"""The front door of the chain: what the pump does every few seconds, what a verification is and where it is written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.chain import links, reads
from db.chain.anchoring import Anchoring
from db.chain.anchors import Place
from db.chain.findings import Result
from db.chain.links import Header
from db.chain.sealer import Sealer
from db.chain.tables import Anchor, Unsealed, Verification
from db.chain.verify import Progress, verify
from db.clock import Clock
from db.session import Database

SEAL_SECONDS = 5  # how long a row waits at most for its seal, while a pump turns
VERIFY = "verify_chain"  # the daily chore
COUNTED = 100_000  # of what waits; more is said to be more


@dataclass(frozen=True)
class State:
    """How the chain stands: its last link, what waits, the places outside, the last verification."""

    last: Header | None
    waiting: int
    anchors: Sequence[Anchor]
    verified: Verification | None


class Chain:
    """Given the secret of the installation, which is read when it is needed, and the places outside."""

    def __init__(self, database: Database, clock: Clock, secret: Callable[[], bytes], places: Sequence[Place] = ()) -> None:
        self.database, self.clock, self.places = database, clock, tuple(places)
        self._secret = secret
        self.sealer = Sealer(database, clock, self.key)
        self.anchoring = Anchoring(database, clock, self.places)

    def key(self) -> bytes:
        """The key of the chain."""
        return links.key_of(self._secret())

    def tick(self) -> None:
        """Seals what waits, then brings the head outside."""
        self.sealer.seal()
        self.anchoring.work()

    def verify(self, progress: Progress = lambda _done, _of: None) -> Result:
        """Verifies everything, and writes down what came of it."""
        begun = monotonic()
        result = verify(self.database, self.key(), self.places, progress)
        with self.database.write() as session:
            session.add(Verification(
                at=self.clock.now(), milliseconds=round((monotonic() - begun) * 1000), seals=result.seals, rows=result.rows,
                waiting=result.waiting, deviations=result.deviations, told=result.told(),
            ))  # fmt: skip
        return result


def state(session: Session) -> State:
    """As the page and the figures show it."""
    some = select(Unsealed.id).limit(COUNTED).subquery()
    return State(
        reads.last(session),
        session.scalar(select(func.count()).select_from(some)) or 0,
        session.scalars(select(Anchor).order_by(Anchor.address)).all(),
        session.scalars(select(Verification).order_by(Verification.id.desc()).limit(1)).first(),
    )
