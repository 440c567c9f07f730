"""What can go wrong with a device; each message is a Chinese sentence for people, `en` the same in English."""

from __future__ import annotations

from records.errors import RecordsError


class DevicesError(RecordsError):
    """Base of this family's errors."""

    def __init__(self, message: str, en: str) -> None:
        super().__init__(message)
        self.en = en


class DeviceUnknown(DevicesError):
    """No device of this kind bears this serial."""


class DeviceTwice(DevicesError):
    """A device of this kind with this serial is in the books already."""


class MoveRefused(DevicesError):
    """The device's state, kind, holder or day does not allow this event."""


class ChangedMeanwhile(DevicesError):
    """Somebody else moved the record between reading and writing it."""


class DeviceStopped(DevicesError):
    """The serial is on the stop list. Source: Xi'an 2002-119, 二(五)."""


class StoppedAlready(DevicesError):
    """The serial was reported lost before. Source: Xi'an 2002-119, 二(五)."""


class StopRefused(DevicesError):
    """The entry of the stop list cannot be made or lifted."""


class SheetRefused(DevicesError):
    """The hand-up sheet or list of destruction cannot be opened or closed. Source: Xi'an 2002-119, 四4."""


class SavedRefused(DevicesError):
    """The saved data are not whole, or were sent before. Source: Xi'an 2002-119, 三(三)4(2)."""


class TotalRefused(DevicesError):
    """The monthly total of losses cannot be made or reported. Source: Xi'an 2002-119, 四3."""
