"""What the work at a counter needs of a key machine: the answer to a card's challenge. `authority` is what the cards of `hardware/card/` take.

Every error says what `happened`: always "no", for a card that was given no answer has changed nothing. A wrong PIN costs a try, though.
"""

from __future__ import annotations

from typing import Literal, Protocol

from hardware.ports import DeviceError


class KeyMachineError(DeviceError):
    """Something that the key machine does not do. Its text is Chinese, `en` English."""

    happened: Literal["no", "unknown"] = "no"
    zh = ""
    english = ""

    def __init__(self, detail: str = "") -> None:
        super().__init__(self.zh + (f"（{detail}）" if detail else ""))
        self.en = self.english + (f" ({detail})" if detail else "")


class KeyMachineAway(KeyMachineError):
    """It is not there, or does not answer."""

    zh, english = "密钥机没有响应", "the key machine does not answer"


class KeyPinWrong(KeyMachineError):
    """Its PIN was wrong. Whoever asks again is refused without the machine being asked: a person must give another PIN."""

    zh = "密钥机的口令不符，不再重试：请技术人员改正密钥机的口令文件（pin_file），再重新启动工作站"
    english = "the PIN of the key machine is wrong and is not tried again: a technician mends its PIN file (pin_file) and starts the station anew"


class KeyPinBlocked(KeyMachineError):
    """Too many wrong PINs."""

    zh, english = "密钥机的口令已锁死，请密钥机的管理人员解锁", "the PIN of the key machine is blocked: whoever keeps the machine unlocks it"


class KeyMissing(KeyMachineError):
    """It has no such key, or several."""

    zh, english = "密钥机中没有这个密钥", "the key machine does not have this key"


class TokenMissing(KeyMachineError):
    """No token has the label that was given; the detail names those that are there."""

    zh, english = "密钥机中没有这个令牌", "the key machine has no token of this label"


class KeyExposed(KeyMachineError):
    """The key can be read out of the machine: whoever had it could unlock every card."""

    zh, english = "密钥可从密钥机导出，不得使用", "the key can be read out of the key machine and must not be used"


class KeyMachine(Protocol):
    """A machine with the issuer key in it. Every method raises KeyMachineError."""

    def authority(self, challenge: bytes) -> bytes:
        """The cryptogram that proves the issuer key to the card that gave this challenge. Raises ValueError for one that is not 8 bytes."""
        ...
