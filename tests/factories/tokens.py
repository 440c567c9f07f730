"""A key machine for tests: SoftHSM2 with a token in a folder of its own, gone with the folder."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hardware.card.chip.host import ISSUER_KEY_OF_TESTS
from hardware.keys.ports import KeyMachine

MODULES = [Path("/usr/lib/softhsm/libsofthsm2.so"), *Path("/usr/lib").glob("*-linux-gnu/softhsm/libsofthsm2.so")]
TOKEN, KEY, TOKEN_PIN, OFFICER_PIN = "税务局密钥机", "发行密钥", "654321", "88888888"


class NoToken(Exception):
    """SoftHSM2 or python-pkcs11 is not installed."""


class Token:
    """One token with the issuer key of tests in it, as it stays in the office: it cannot be read out."""

    def __init__(self, module: str) -> None:
        self.module, self.pkcs11 = module, importlib.import_module("pkcs11")

    def machine(self, pin: str = TOKEN_PIN, key: str = KEY, token: str = TOKEN, module: str = "") -> KeyMachine:
        """The key machine, as a counter has it."""
        found: KeyMachine = importlib.import_module("hardware.keys.token").TokenKeyMachine(module or self.module, token, key, pin)
        return found

    def put_key(self, label: str, value: bytes, *, extractable: bool = False, sensitive: bool = True) -> None:
        """Puts a key in."""
        kinds = self.pkcs11.Attribute
        with self._opened(user_pin=TOKEN_PIN) as session:
            session.create_object({
                kinds.CLASS: self.pkcs11.ObjectClass.SECRET_KEY, kinds.KEY_TYPE: self.pkcs11.KeyType.DES3, kinds.VALUE: value, kinds.LABEL: label,
                kinds.TOKEN: True, kinds.SENSITIVE: sensitive, kinds.EXTRACTABLE: extractable, kinds.ENCRYPT: True,
            })  # fmt: skip

    def change_pin(self, pin: str) -> None:
        """The security officer gives the office another PIN."""
        self.pkcs11.lib(self.module).reinitialize()
        with self._opened(so_pin=OFFICER_PIN) as session:
            session.init_pin(pin)

    def value_of(self, label: str) -> bytes:
        """Tries to read a key out."""
        with self._opened(user_pin=TOKEN_PIN) as session:
            return bytes(session.get_key(label=label)[self.pkcs11.Attribute.VALUE])

    def pins_were_wrong(self) -> bool:
        """Whether the token remembers a wrong PIN since the last right one."""
        return bool(self._token().flags & self.pkcs11.TokenFlag.USER_PIN_COUNT_LOW)

    def _token(self) -> Any:
        return self.pkcs11.lib(self.module).get_token(token_label=TOKEN)

    def _opened(self, **pin: str) -> Any:
        return self._token().open(rw=True, **pin)


@contextmanager
def inserted(folder: Path) -> Iterator[Token]:
    """A new token; one at a time in a process. Raises NoToken."""
    module = next((str(path) for path in MODULES if path.exists()), "")
    if not module or shutil.which("softhsm2-util") is None:
        raise NoToken("apt install softhsm2")
    if importlib.util.find_spec("pkcs11") is None:
        raise NoToken("pip install -r requirements-station.txt")
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n", "utf-8")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(settings)
    program = ["softhsm2-util", "--init-token", "--free", "--label", TOKEN, "--so-pin", OFFICER_PIN, "--pin", TOKEN_PIN]
    subprocess.run(program, check=True, capture_output=True)
    token = Token(module)
    token.pkcs11.lib(module).reinitialize()  # the library reads the folder when it begins
    try:
        token.put_key(KEY, ISSUER_KEY_OF_TESTS)
        yield token
    finally:
        token.pkcs11.lib(module).finalize()
        del os.environ["SOFTHSM2_CONF"]
        if before is not None:
            os.environ["SOFTHSM2_CONF"] = before
