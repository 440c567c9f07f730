"""Cards and a clerk who puts them in, for tests and the demonstration: never in an office with real enterprises."""

from hardware.simulator.cards import Fault, SimulatedCard
from hardware.simulator.counter import PIN, Counter
from hardware.simulator.shelf import FolderShelf, MemoryShelf, Shelf

SIMULATOR = "simulator"  # what it tells the house that drives its cards
__all__ = ["PIN", "SIMULATOR", "Counter", "Fault", "FolderShelf", "MemoryShelf", "Shelf", "SimulatedCard"]
