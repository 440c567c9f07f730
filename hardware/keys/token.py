"""A key machine reached by PKCS#11, whatever stands behind it: a module of security, or a token in a folder (SoftHSM2) where nothing is to be protected.

Each answer has a session of its own: a token that is swapped or a PIN that is changed is seen at the next one, and nobody stays signed in.
"""

from __future__ import annotations

from threading import RLock
from typing import Any

import pkcs11
from pkcs11.exceptions import NoSuchToken, PinExpired, PinIncorrect, PinInvalid, PinLenRange, PinLocked, PKCS11Error

from hardware.keys.ports import KeyExposed, KeyMachineAway, KeyMachineError, KeyMissing, KeyPinBlocked, KeyPinWrong, TokenMissing

_ONE_AT_A_TIME = RLock()  # who is signed in at a token is a matter of the whole process (PKCS#11 2.40, 2.6.2): one session's end would sign another's out
BLOCK = 8  # bytes of a challenge: one block of triple DES


class TokenKeyMachine:
    """The key with this label (triple DES, in the machine alone) in the token with that label, behind the library `module` of its maker."""

    def __init__(self, module: str, token: str, key: str, pin: str) -> None:
        self._module, self._token, self._key, self._pin = module, token, key, pin
        self._refused: type[KeyMachineError] | None = None

    def authority(self, challenge: bytes) -> bytes:
        if len(challenge) != BLOCK:
            raise ValueError(f"expected a challenge of {BLOCK} bytes, but got {len(challenge)}")
        with _ONE_AT_A_TIME:
            return self._asked(challenge)

    def _asked(self, challenge: bytes) -> bytes:
        if self._refused is not None:  # a second try with the same PIN could only block it
            raise self._refused
        try:
            return self._answered(challenge)
        except (PinIncorrect, PinInvalid, PinLenRange, PinExpired) as error:
            self._refused = KeyPinWrong
            raise KeyPinWrong from error
        except PinLocked as error:
            self._refused = KeyPinBlocked
            raise KeyPinBlocked from error
        except PKCS11Error as error:
            raise KeyMachineAway(_cause(error)) from error

    def look(self) -> bool:
        """Looks for token, key and PIN before a card wants them; False where the token remembers a wrong PIN, so that none is shown to it. Raises KeyMachineError."""
        with _ONE_AT_A_TIME:
            return self._looked()

    def _looked(self) -> bool:
        try:
            try:
                token = self._found()
            except NoSuchToken as error:
                if others := self._others():
                    raise TokenMissing(others) from error
                raise
            flags = pkcs11.TokenFlag
            if token.flags & flags.USER_PIN_LOCKED:
                raise KeyPinBlocked
            if token.flags & (flags.USER_PIN_COUNT_LOW | flags.USER_PIN_FINAL_TRY):
                return False
        except PKCS11Error as error:
            raise KeyMachineAway(_cause(error)) from error
        self.authority(bytes(BLOCK))
        return True

    def _found(self) -> Any:
        return pkcs11.lib(self._module).get_token(token_label=self._token)

    def _others(self) -> str:
        return ", ".join(sorted({str(token.label).strip() for token in pkcs11.lib(self._module).get_tokens()} - {""}))

    def _answered(self, challenge: bytes) -> bytes:
        with self._found().open(user_pin=self._pin) as session:
            attributes = pkcs11.Attribute
            wanted = {attributes.CLASS: pkcs11.ObjectClass.SECRET_KEY, attributes.KEY_TYPE: pkcs11.KeyType.DES3, attributes.LABEL: self._key}
            found: list[Any] = list(session.get_objects(wanted))  # all of them: a search that was begun is ended
            if len(found) != 1:
                raise KeyMissing(str(len(found)))
            (key,) = found
            if key[attributes.EXTRACTABLE] or not key[attributes.SENSITIVE]:
                raise KeyExposed
            return bytes(key.encrypt(challenge, mechanism=pkcs11.Mechanism.DES3_ECB))


def _cause(error: PKCS11Error) -> str:
    return str(error)[:200] if type(error) is PKCS11Error else type(error).__name__  # of a library that is none it says which file is wrong
