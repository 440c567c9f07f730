"""The second factor: six digits that a device makes anew every half minute (TOTP, RFC 6238), or once a recovery code instead.

A code is taken once: the half minute that it belongs to is kept with the factor and only ever moves on, in one UPDATE that names the
older one, so that of two nodes that see the same code at the same moment one takes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import pyotp
from pyotp.utils import strings_equal
from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session

from records.audit import Who, note
from records.offices.addresses import note_address
from records.offices.lock_out import LockOut, Standing, count_failure, forgive, standing
from records.offices.passwords import readable_secret
from records.offices.sealing import Seal
from records.offices.tables import RecoveryCode, SecondFactor

ISSUER = "金税流程"
PURPOSE = "second factor"
STEP_S = 30
DRIFT = 1  # half minutes that a device's clock may be off, to either side
DIGITS = 6
RECOVERY_CODES = 10


@dataclass(frozen=True)
class Factor:
    """What a page says of a person's second factor; `recovery_left` of RECOVERY_CODES are unused."""

    confirmed_at: datetime | None
    recovery_left: int = 0

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None


@dataclass(frozen=True)
class CodeProof:
    """Whether a code was taken, and as what; else until when the login is locked, if it is. `is_void`: there is nothing to prove (any more)."""

    way: str = ""
    locked_until: datetime | None = None
    is_void: bool = False


def has_second_factor(session: Session, person_id: str) -> bool:
    """Whether this person is asked for a code."""
    return session.scalar(select(SecondFactor.confirmed_at).where(SecondFactor.person_id == person_id)) is not None


def factor_of(session: Session, person_id: str) -> Factor | None:
    """The second factor of a person, begun or confirmed."""
    row = session.get(SecondFactor, person_id)
    if row is None:
        return None
    unused = select(func.count()).where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    return Factor(row.confirmed_at, session.scalar(unused) or 0)


def begin(session: Session, person_id: str, seal: Seal, now: datetime) -> None:
    """A new secret that counts for nothing until a code of it was shown; raises nothing and changes nothing where one is confirmed."""
    row = session.get(SecondFactor, person_id, with_for_update=True)
    if row is not None and row.confirmed_at is not None:
        return
    if row is None:
        row = SecondFactor(person_id=person_id, last_step=0)
        session.add(row)
    row.sealed_secret, row.begun_at, row.confirmed_at = seal.close(PURPOSE, pyotp.random_base32()), now, None


def pending_secret(session: Session, person_id: str, seal: Seal) -> str:
    """The secret that is about to be set up; empty once it is confirmed: nobody reads it again."""
    row = session.get(SecondFactor, person_id)
    return "" if row is None or row.confirmed_at is not None else seal.open(PURPOSE, row.sealed_secret)


def enrolment_address(secret: str, login: str) -> str:
    """What the QR code says to an authenticator."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S).provisioning_uri(name=login, issuer_name=ISSUER)


def confirm(session: Session, who: Who, code: str, seal: Seal) -> list[str] | None:
    """Has a begun factor count from now on, if the code is one of its own: the recovery codes, shown this once. Else None."""
    row = session.get(SecondFactor, who.person_id, with_for_update=True)
    if row is None or row.confirmed_at is not None:
        return None
    step = _step_of(seal.open(PURPOSE, row.sealed_secret), code, who.at)
    if step is None:
        return None
    row.confirmed_at, row.last_step = who.at, step
    session.flush()
    note(session, who, "person:second_factor:enrolled", "person", who.person_id)
    return make_recovery_codes(session, who, seal)


def prove_code(session: Session, person_id: str, code: str, seal: Seal, address: str, now: datetime, lock_out: LockOut) -> CodeProof:
    """Takes a code of the device or a recovery code, once; a wrong one counts as a wrong password does. Keeps it in the trail."""
    found = standing(session, person_id, now)
    row = session.get(SecondFactor, person_id) if found is not None else None
    if found is None or row is None or row.confirmed_at is None:
        return CodeProof(is_void=True)
    who = Who(person_id, found.name, now)
    proof = CodeProof(locked_until=found.locked_until) if found.locked_until else _proof(session, row, code, seal, now)
    if not proof.way and not proof.locked_until:
        proof = CodeProof(locked_until=count_failure(session, person_id, lock_out, now))
    _keep(session, who, found, proof, address)
    return proof


def _proof(session: Session, row: SecondFactor, code: str, seal: Seal, now: datetime) -> CodeProof:
    if _take_step(session, row, code, seal, now):
        return CodeProof("code")
    return CodeProof("recovery_code" if _take_recovery_code(session, row.person_id, code, seal, now) else "")


def _keep(session: Session, who: Who, found: Standing, proof: CodeProof, address: str) -> None:
    outcome = proof.way or ("locked" if proof.locked_until else "refused")
    if proof.way:
        forgive(session, who.person_id)
    note(session, who, f"session:second_factor:{outcome}", "login", found.login[:32])
    if not proof.way:
        note_address(session, who, f"session:second_factor:{outcome}", address, found.login)


def _take_step(session: Session, row: SecondFactor, code: str, seal: Seal, now: datetime) -> bool:
    step = _step_of(seal.open(PURPOSE, row.sealed_secret), code, now)
    if step is None:
        return False
    taken = session.execute(
        update(SecondFactor).where(SecondFactor.person_id == row.person_id, SecondFactor.last_step < step).values(last_step=step)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    return cast("CursorResult[Any]", taken).rowcount == 1


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The half minute that a code belongs to, of those that a device's clock may show."""
    given, current = "".join(code.split()), int(now.timestamp()) // STEP_S
    if len(given) != DIGITS or not (given.isascii() and given.isdecimal()):
        return None
    maker = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S)
    fitting = [step for step in range(current - DRIFT, current + DRIFT + 1) if strings_equal(given, maker.generate_otp(step))]
    return max(fitting, default=None)


def make_recovery_codes(session: Session, who: Who, seal: Seal) -> list[str]:
    """New codes for oneself; those of before are worth nothing any more. They are readable in this answer and never again."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == who.person_id))
    codes = [readable_secret() for _ in range(RECOVERY_CODES)]
    for code in codes:
        session.add(RecoveryCode(digest=_digest(who.person_id, code, seal), person_id=who.person_id))
    note(session, who, "person:recovery_codes:made", "person", who.person_id, new={"codes": len(codes)})
    return codes


def _take_recovery_code(session: Session, person_id: str, code: str, seal: Seal, now: datetime) -> bool:
    taken = session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.digest == _digest(person_id, code, seal), RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", taken).rowcount == 1


def _digest(person_id: str, code: str, seal: Seal) -> str:
    plain = "".join(filter(str.isalnum, code.lower()))
    return seal.digest("recovery code", f"{person_id}:{plain}")


def remove(session: Session, person_id: str, who: Who) -> bool:
    """Takes a second factor and its recovery codes away, begun or confirmed; False where there was none."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    gone = session.execute(delete(SecondFactor).where(SecondFactor.person_id == person_id).returning(SecondFactor.person_id))
    if gone.first() is None:
        return False
    note(session, who, "person:second_factor:removed", "person", person_id)
    return True
