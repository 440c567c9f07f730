"""The front door of the tables: what a handler or a page does with devices. The stop list, sheets, saved data and totals are modules beside it.

Every change takes a `Who`, moves a record only from the state in which it was read, and notes the act in the trail.
"""

from __future__ import annotations

from records.devices.holders import NOBODY, Holder
from records.devices.store.devices import device, device_by_id, held_by, known, lost_by, move, postings, take_in
from records.devices.store.stopped import require_not_stopped
from records.devices.store.taking_in import Arrived, take_all_in

__all__ = ["NOBODY", "Arrived", "Holder", "device", "device_by_id", "held_by", "known", "lost_by", "move", "postings", "require_not_stopped", "take_all_in", "take_in"]
