"""Cards, a clerk who puts them in, and a printer, for tests and the demonstration: never in an office with real enterprises."""

from hardware.simulator.cards import Fault, SimulatedCard, volumes_on
from hardware.simulator.counter import PIN, Counter
from hardware.simulator.devices import FAULTS
from hardware.simulator.printers import FolderPrinter, PrintFault
from hardware.simulator.shelf import FolderShelf, MemoryShelf, Shelf

SIMULATOR = "simulator"  # what it tells the house that drives its cards
__all__ = ["FAULTS", "PIN", "SIMULATOR", "Counter", "Fault", "FolderPrinter", "FolderShelf", "MemoryShelf", "PrintFault", "Shelf", "SimulatedCard", "volumes_on"]
